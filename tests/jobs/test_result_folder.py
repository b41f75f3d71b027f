"""What killed runs leave behind goes with a later run, but never what a living run is making."""

import os
import time
from pathlib import Path

from ganbodypose.jobs.result_folder import unfinished_folder


def left_behind(out: Path, name: str, hours_ago: float) -> Path:
    folder = out / f".unfinished-{name}"
    folder.mkdir(parents=True)
    (folder / "overlay.mp4").touch()
    then_s = time.time() - 3600 * hours_ago
    for path in (folder / "overlay.mp4", folder):
        os.utime(path, (then_s, then_s))
    return folder


def test_what_a_run_left_that_was_killed_a_day_ago_goes(tmp_path: Path) -> None:
    killed, alive = left_behind(tmp_path, "killed", 25), left_behind(tmp_path, "alive", 23)
    with unfinished_folder(tmp_path):
        assert not killed.exists() and (alive / "overlay.mp4").exists()


def test_a_run_that_still_writes_into_an_old_folder_keeps_it(tmp_path: Path) -> None:
    alive = left_behind(tmp_path, "alive", 25)
    os.utime(alive / "overlay.mp4")
    with unfinished_folder(tmp_path):
        assert alive.exists()
