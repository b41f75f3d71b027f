"""Long videos in parts: where they are cut, and that the outcome is that of the single pass."""

from __future__ import annotations

import os
import signal
import threading
import time
from collections.abc import Callable
from dataclasses import replace
from itertools import pairwise
from pathlib import Path

import fake_parts
import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.results import load
from ganbodypose.io.sources.key_frames import KeyFrames
from ganbodypose.jobs import parts
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.parts import LEAST_S, TAIL_S, WARM_UP_S, Part, follow, parts_of, plan
from ganbodypose.jobs.run import Progress, run_video

# Where to cut


def _every(seconds: float, last_s: float) -> KeyFrames:
    return KeyFrames(tuple(np.arange(0.0, last_s, seconds)), last_s)


@pytest.mark.parametrize(("start_s", "end_s"), [(0.0, None), (31.7, None), (0.0, 500.0), (100.0, 460.5)])
@pytest.mark.parametrize("most", [2, 3, 8])
def test_parts_cover_everything_once_and_begin_at_key_frames(
    start_s: float, end_s: float | None, most: int
) -> None:
    frames = _every(2.0, 600.0)
    planned = plan(frames, start_s, end_s, most)
    assert len(planned) == most
    assert (planned[0].start_s, planned[0].join_s) == (start_s, start_s)
    assert (planned[-1].until_s, planned[-1].end_s) == (np.inf, end_s)
    for before, after in pairwise(planned):
        assert before.until_s == after.join_s == after.start_s + WARM_UP_S
        assert before.end_s == after.join_s + TAIL_S
        assert after.start_s in frames.times_s
    lengths = np.diff([*(part.join_s for part in planned), end_s or 600.0])
    assert lengths.max() - lengths.min() <= 2 * 2.0


@pytest.mark.parametrize(
    "frames",
    [
        KeyFrames(),  # cannot be entered
        KeyFrames((0.0,), 600.0),  # one key frame
        KeyFrames((0.0, 599.0), 600.0),  # no use
        _every(2.0, 2 * LEAST_S - 1),  # too short
    ],
)
def test_what_cannot_be_cut_is_one_part(frames: KeyFrames) -> None:
    assert plan(frames, 0.0, None, 4) == []


def test_rare_key_frames_make_fewer_parts() -> None:
    assert [part.start_s for part in plan(_every(250.0, 600.0), 0.0, None, 8)] == [0.0, 250.0, 500.0]


@pytest.mark.usefixtures("short_parts")
def test_main_subjects_are_chosen_once(make_video: Callable[..., Path]) -> None:
    video = str(make_video(frames=180, key_every=15))
    assert len(parts_of(video, RunOptions(parts=2))) == 2
    assert parts_of(video, RunOptions(parts=2, persons=1)) == []


def test_only_files_are_cut(tmp_path: Path) -> None:
    assert parts_of(str(tmp_path), RunOptions(parts=4)) == []
    assert parts_of("rtsp://camera", RunOptions(parts=4)) == []


# Workers


@pytest.fixture
def as_named(monkeypatch: pytest.MonkeyPatch, tmp_path: Path) -> Callable[[str], list]:
    """Follows one part of a source that does what its name says."""
    monkeypatch.setattr(parts, "follow_part", fake_parts.as_named)

    def follow_it(name: str, stop: threading.Event | None = None) -> object:
        return follow(str(tmp_path / name), RunOptions(), [Part(0.0, 0.0)], stop or threading.Event())

    return follow_it


def _processes(tmp_path: Path) -> list[int]:
    return [int(line) for line in (tmp_path / "attempts").read_text().splitlines()]


def _is_alive(process: int) -> bool:
    try:
        os.kill(process, 0)
    except ProcessLookupError:
        return False
    return True


def test_a_part_whose_process_dies_is_done_again(as_named: Callable, tmp_path: Path) -> None:
    followed = as_named("once")
    assert [tracked.frame_index for tracked in followed.tracked] == [0, 1, 2]
    assert (followed.warnings, followed.is_damaged) == (("It is damaged.",), True)
    assert len(_processes(tmp_path)) == 2


def test_a_part_that_cannot_be_done_is_told(as_named: Callable, tmp_path: Path) -> None:
    with pytest.raises(
        UserError, match=r"failed 2 times: its process was killed by SIGKILL.*use fewer --parts"
    ):
        as_named("kill")
    assert len(_processes(tmp_path)) == 2


def test_what_the_user_can_mend_is_told_at_once(as_named: Callable, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="The source is bad"):
        as_named("bad")
    assert len(_processes(tmp_path)) == 1


def test_ctrl_c_leaves_no_process(as_named: Callable, tmp_path: Path) -> None:
    stop = threading.Event()

    def stop_when_at_work() -> None:
        while not (tmp_path / "attempts").exists():
            time.sleep(0.05)
        stop.set()

    threading.Thread(target=stop_when_at_work, daemon=True).start()
    with pytest.raises(KeyboardInterrupt):
        as_named("hang", stop)
    assert not any(_is_alive(process) for process in _processes(tmp_path))


# The whole job


@pytest.fixture
def short_parts(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "LEAST_S", 2.0)


@pytest.fixture
def workers_with_fake_detector(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(parts, "follow_part", fake_parts.with_fake_detector)


FAKED = pytest.mark.usefixtures("short_parts", "fake_detector", "workers_with_fake_detector")


@FAKED
def test_a_video_in_parts_gives_what_the_single_pass_gives(
    make_video: Callable[..., Path], tmp_path: Path, tiny_network: Path
) -> None:
    video, seen = make_video(frames=180, size_wh=(320, 240), key_every=15), list[Progress]()
    options = RunOptions(mode=str(tiny_network))
    single = run_video(video, tmp_path / "single", options)
    summary = run_video(video, tmp_path / "parts", RunOptions(mode=str(tiny_network), parts=2), seen.append)
    assert (summary.parts, summary.frames) == (2, 180)
    assert summary.warnings == single.warnings
    assert {path.name for path in (tmp_path / "parts").iterdir()} == {
        "poses.npz",
        "overlay.mp4",
        "report.html",
    }
    assert [now.frames for now in seen[180:]] == list(range(181, 361)), "found, then drawn"
    one, other = load(tmp_path / "single" / "poses.npz"), load(tmp_path / "parts" / "poses.npz")
    for name in PoseSequence.ROW_FIELDS:
        np.testing.assert_array_equal(getattr(one, name), getattr(other, name), name)


@FAKED
def test_ctrl_c_while_in_parts_leaves_nothing(make_video: Callable[..., Path], tmp_path: Path) -> None:
    video = make_video(frames=180, size_wh=(320, 240), key_every=15)
    with pytest.raises(KeyboardInterrupt):
        run_video(
            video,
            tmp_path / "out",
            RunOptions(parts=2),
            lambda now: now.frames == 5 and signal.raise_signal(signal.SIGINT),
        )
    assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("short_parts", "blazepose_weights")
def test_a_real_athlete_moves_the_same_in_parts(
    demo_video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    """A tracker that begins in the middle of fast movement soon looks where the one that saw it all looks."""
    monkeypatch.setattr(parts, "WARM_UP_S", 0.6)
    monkeypatch.setattr(parts, "TAIL_S", 0.6)
    section = RunOptions(end_s=4.5, overlay=False, report=False)
    run_video(demo_video, tmp_path / "single", section)
    assert run_video(demo_video, tmp_path / "parts", replace(section, parts=2)).parts == 2
    one, other = load(tmp_path / "single" / "poses.npz"), load(tmp_path / "parts" / "poses.npz")
    np.testing.assert_array_equal(one.track_id, other.track_id)
    np.testing.assert_array_equal(one.frame_index, other.frame_index)
    assert np.abs(one.joints_3d_m - other.joints_3d_m).max() < 1e-3
