"""Output files that appear under their name only when they are complete."""

from __future__ import annotations

import errno
import os
import secrets
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from ganbodypose.core import UserError

_ADVICE = {
    errno.ENOSPC: "the disk is full; free some space",
    errno.EDQUOT: "your disk quota is used up; free some space",
    errno.EFBIG: "the file would grow larger than the system allows; write elsewhere",
    errno.ENOENT: "its folder does not exist; create it",
    errno.ENOTDIR: "its folder is a file; give another folder",
    errno.EEXIST: "a file of that name is in the way; give another folder",
    errno.EACCES: "the folder may not be written to; change its permissions or give another folder",
    errno.EPERM: "the folder may not be written to; change its permissions or give another folder",
    errno.EROFS: "the disk is read-only; give another folder",
}


def part_path(path: Path) -> Path:
    """Where `path` is built: beside it and with its suffix, by which encoders choose the format.

    Another name at each call, so that two writers of one file do not meet, nor a file of the user's; hidden, so that
    no search for files of a kind finds what a killed program leaves. Long names are cut, to stay possible.
    """
    return path.with_name(f".{path.stem[:40]}.{secrets.token_hex(4)}.part{path.suffix}")


@contextmanager
def replacing(path: Path) -> Iterator[Path]:
    """A temporary path to write to: renamed to `path` on success, removed on any exception.

    An OSError inside becomes a UserError about `path`.
    """
    part = part_path(path)
    try:
        yield part
        part.replace(path)
    except OSError as error:
        raise cannot_write(path, error) from error
    finally:
        remove(part)


def make_folder(folder: Path) -> Path:
    """The folder, made if missing; UserError where that is not possible."""
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:
        raise cannot_write(folder, error) from error
    return folder


def remove(path: Path) -> None:
    """As far as it is there."""
    try:
        path.unlink(missing_ok=True)
    except OSError:  # a folder that cannot be written to holds no such file
        return


def cannot_write(path: Path, error: OSError) -> UserError:
    """The one sentence for a failed write."""
    reason = _ADVICE.get(error.errno or 0, error.strerror or str(error))
    return UserError(f"{path} cannot be written: {reason}.")


def flush_to_disk(*paths: Path) -> None:
    """Return when the contents are on the disk and would survive a loss of power. OSError where they cannot be."""
    for path in paths:
        if path.is_dir() and os.name == "nt":  # folders cannot be opened there, nor need they be
            continue
        descriptor = os.open(path, os.O_RDONLY if path.is_dir() else os.O_RDWR)
        try:
            os.fsync(descriptor)
        finally:
            os.close(descriptor)
