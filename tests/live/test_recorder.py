"""Recording while it runs: a results file per recording, never overwritten, never half-written."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import FrameResult, PersonResult, UserError, VideoFrame
from ganbodypose.geometry.camera import assumed_camera
from ganbodypose.io.results import load
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.live.recorder import Recorder


def _live(index: int) -> LiveFrame:
    person = PersonResult(
        1,
        np.zeros((17, 2)),
        np.ones(17),
        np.full((17, 3), float(index)),
        np.ones(3),
        np.ones(17),
        0.5,
        np.zeros(4),
    )
    frame = VideoFrame(np.zeros((48, 64, 3), np.uint8), index, index / 30)
    return LiveFrame(frame, FrameResult(index, index / 30, (person,)), 0.0, 0.0)


@pytest.fixture
def recorder(tmp_path: Path) -> Recorder:
    return Recorder(tmp_path / "made" / "here", assumed_camera((64, 48)), lambda: {"live": True})


def test_what_comes_between_start_and_stop_is_recorded(recorder: Recorder) -> None:
    recorder.add(_live(0))
    recorder.start()
    assert recorder.is_recording
    for k in range(1, 6):
        recorder.add(_live(k))
    path = recorder.stop()
    recorder.add(_live(6))
    sequence = load(path)
    assert sequence.frame_index.tolist() == [1, 2, 3, 4, 5]
    assert sequence.joints_3d_m[2, 0, 0] == 3
    assert sequence.fps == pytest.approx(30)
    assert sequence.meta["live"] is True


def test_recordings_of_one_second_do_not_overwrite_each_other(recorder: Recorder) -> None:
    for _ in range(3):
        recorder.start()
        recorder.add(_live(0))
        recorder.stop()
    assert len(set(recorder.files)) == 3
    assert all(path.exists() for path in recorder.files)


def test_nothing_recorded_leaves_nothing(recorder: Recorder, tmp_path: Path) -> None:
    assert recorder.stop() is None
    assert list(tmp_path.iterdir()) == []


def test_a_folder_that_cannot_be_made_is_one_sentence(tmp_path: Path) -> None:
    (tmp_path / "file").write_text("")
    with pytest.raises(UserError):
        Recorder(tmp_path / "file" / "x", assumed_camera((64, 48)), lambda: {}).start()


def test_a_full_disk_ends_the_recording_and_not_the_run(
    recorder: Recorder, monkeypatch: pytest.MonkeyPatch
) -> None:
    recorder.start()

    def full(*_: object) -> None:
        raise UserError("disk full")

    monkeypatch.setattr("ganbodypose.io.results.ResultsWriter.append", full)
    recorder.add(_live(0))
    assert recorder.problem == "disk full"
    assert not recorder.is_recording
    recorder.add(_live(1))
