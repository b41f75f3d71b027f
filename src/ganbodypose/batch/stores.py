"""Recordings in object stores and on servers, through fsspec: `s3://bucket/*.mp4`, `https://host/video.mp4`."""

from __future__ import annotations

import tempfile
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path, PurePosixPath
from typing import Any

from ganbodypose.core import UserError, pip_install
from ganbodypose.io.sources.opening import without_login
from ganbodypose.jobs.result_folder import UNFINISHED

_MAGIC = "*?["


def is_url(text: str) -> bool:
    return "://" in text


def find_in_store(url: str) -> list[str]:
    """The files that `url` means, as URLs: itself, what is below it where it is a folder, or what a pattern
    matches. UserError where there is none."""
    try:
        store, path = _opened(url)
        if any(character in path for character in _MAGIC):
            found = store.glob(path)
        else:
            found = store.find(path) if store.isdir(path) else [path] * store.exists(path)
        urls = sorted(str(store.unstrip_protocol(one)) for one in found)
    except UserError:
        raise
    except Exception as error:  # every store has errors of its own
        raise _unreachable(url, error) from error
    if not urls:
        raise UserError(f"There is nothing at {without_login(url)}; check the address.")
    return urls


def version_in_store(url: str) -> str:
    """Changes with the contents, without reading them: what the store says of them (ETag, size, time)."""
    try:
        store, path = _opened(url)
        return str(store.ukey(path))
    except UserError:
        raise
    except Exception as error:
        raise _unreachable(url, error) from error


@contextmanager
def fetched(url: str, folder: Path) -> Iterator[Path]:
    """A copy below `folder`, under its own name, gone afterwards."""
    with tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=folder) as place:
        copy = Path(place) / PurePosixPath(url).name
        try:
            store, path = _opened(url)
            store.get_file(path, str(copy))
        except UserError:
            raise
        except Exception as error:
            raise _unreachable(url, error) from error
        yield copy


def _opened(url: str) -> tuple[Any, str]:
    """The file system and the path in it."""
    try:
        from fsspec.core import url_to_fs
    except ImportError:
        raise UserError(f"{url} needs the package fsspec: {pip_install('stores')}.") from None
    try:
        store, path = url_to_fs(url)
    except ImportError as error:  # e.g. s3fs
        raise UserError(f"{without_login(url)} needs one more package: {error}.") from error
    except ValueError as error:
        raise UserError(f"{without_login(url)} is no address that can be read: {error}.") from error
    return store, path


def _unreachable(url: str, error: Exception) -> UserError:
    return UserError(
        f"{without_login(url)} cannot be read ({type(error).__name__}: {error}); check address and access."
    )
