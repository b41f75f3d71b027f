"""The folder of results of one recording: all of a run's files appear in it together, at the end, or none."""

from __future__ import annotations

import shutil
import tempfile
import time
from collections.abc import Iterator
from contextlib import contextmanager, suppress
from pathlib import Path

from ganbodypose.core import UserError
from ganbodypose.io.atomic import cannot_write, make_folder

POSES, OVERLAY, REPORT = "poses.npz", "overlay.mp4", "report.html"
UNFINISHED = ".unfinished-"  # how the names of folders begin that killed runs leave behind
_ABANDONED_S = 24 * 3600.0  # a run that lives writes to its folder every few seconds


def results_in(folder: Path) -> list[Path]:
    """Those of the files that are there."""
    return [folder / name for name in (POSES, OVERLAY, REPORT) if (folder / name).exists()]


def refuse_to_overwrite(source: Path, out_dir: Path) -> None:
    """UserError where one of the results in `out_dir` would take the place of the source."""
    if source.exists() and any(file.samefile(source) for file in results_in(out_dir)):
        raise UserError(f"The results would overwrite the video '{source}': choose another output folder.")


@contextmanager
def unfinished_folder(out_dir: Path) -> Iterator[Path]:
    """A hidden folder in `out_dir`, gone afterwards; so are folders that were made here and stayed empty, and what
    runs left there that were killed a day ago.

    UserError where it cannot be made.
    """
    if out_dir.exists() and not out_dir.is_dir():
        raise UserError(f"The results need a folder but '{out_dir}' is a file: give another name.")
    made = [folder for folder in (out_dir, *out_dir.parents) if not folder.exists()]
    make_folder(out_dir)
    clear_abandoned(out_dir, _ABANDONED_S)
    try:
        unfinished = tempfile.TemporaryDirectory(prefix=UNFINISHED, dir=out_dir)
    except OSError as error:
        raise cannot_write(out_dir, error) from error
    try:
        with unfinished as name:
            yield Path(name)
    finally:
        for folder in made:
            with suppress(OSError):  # not empty
                folder.rmdir()


def clear_abandoned(out_dir: Path, untouched_s: float = 0.0) -> None:
    """Remove what killed runs left in `out_dir`, if nothing in it has changed for so long."""
    for left in out_dir.glob(f"{UNFINISHED}*"):
        with suppress(OSError):  # the run ends just now
            if time.time() - max(path.stat().st_mtime for path in (left, *left.iterdir())) >= untouched_s:
                shutil.rmtree(left, ignore_errors=True)


def publish(unfinished: Path, out_dir: Path) -> dict[str, Path]:
    """Move the files to their final names; returns these by stem, "poses" and so on. UserError where it fails.

    Those of an earlier run that were not made anew go: an overlay or report beside other poses would be believed.
    """
    try:
        made = {file.stem: file.replace(out_dir / file.name) for file in results_in(unfinished)}
        for left in set(results_in(out_dir)) - set(made.values()):
            left.unlink()
    except OSError as error:
        raise cannot_write(out_dir, error) from error
    return made
