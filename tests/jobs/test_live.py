"""A live run: every frame of a file reaches the receivers; recordings; what the user can mend comes first."""

from __future__ import annotations

import json
import os
import signal
from collections.abc import Callable
from pathlib import Path

import pytest

from ganbodypose.core import UserError
from ganbodypose.io.results import load
from ganbodypose.jobs.live import LiveOptions, run_live
from ganbodypose.jobs.options import PoseOptions

MakeVideo = Callable[..., Path]


@pytest.fixture(autouse=True)
def _fake(fake_detector: Callable[[int], None]) -> None:
    fake_detector(1)


def test_a_file_goes_to_the_receivers_and_into_a_recording(make_video: MakeVideo, tmp_path: Path) -> None:
    video, lines = make_video(frames=12, size_wh=(640, 480)), tmp_path / "poses.jsonl"
    options = LiveOptions(receivers=(f"jsonl:{lines}",), record=True, recordings=tmp_path / "recordings")
    told: list[tuple[str, ...]] = []
    summary = run_live(str(video), options, told.append)
    frames = [json.loads(line) for line in lines.read_text().splitlines()][1:]
    assert [frame["frame"] for frame in frames] == list(range(12))
    assert len(frames[-1]["persons"]) == 1
    assert told == [(f"jsonl:{lines}",)]
    assert (summary.statistics.frames, summary.statistics.dropped) == (12, 0)
    (recording,) = summary.recordings
    assert load(recording).frame_index.max() == 11
    plain = json.loads(json.dumps(summary.as_json()))
    assert plain["frames"] == 12
    assert plain["receivers"][0]["sent"] == 12
    assert plain["delay_p95_ms"] > 0


@pytest.fixture
def breaking(monkeypatch: pytest.MonkeyPatch) -> Callable[[Callable[[], object]], None]:
    """At the fifth picture something happens."""
    from ganbodypose.live.pipeline import LivePipeline

    def then(happens: Callable[[], object]) -> None:
        proceed, count = LivePipeline.__next__, 0

        def next_(self: LivePipeline):
            nonlocal count
            count += 1
            if count == 5:
                happens()
            return proceed(self)

        monkeypatch.setattr(LivePipeline, "__next__", next_)

    return then


def test_ctrl_c_ends_a_run_with_its_summary_and_recording(
    make_video: MakeVideo, tmp_path: Path, breaking: Callable
) -> None:
    def interrupt() -> None:
        raise KeyboardInterrupt

    breaking(interrupt)
    options = LiveOptions(record=True, recordings=tmp_path)
    summary = run_live(str(make_video(frames=12, size_wh=(640, 480))), options)
    assert summary.statistics.frames == 4
    assert load(summary.recordings[0]).frame_index.max() <= 3


def test_a_source_that_fails_leaves_what_was_recorded(
    make_video: MakeVideo, tmp_path: Path, breaking: Callable
) -> None:
    def fail() -> None:
        raise UserError("The camera is gone.")

    breaking(fail)
    options = LiveOptions(record=True, recordings=tmp_path)
    with pytest.raises(
        UserError, match=r"The camera is gone\. What was recorded until then is in .*\.npz"
    ) as told:
        run_live(str(make_video(frames=12, size_wh=(640, 480))), options)
    assert load(str(told.value).split(" is in ")[1].rstrip(".")).frame_index.max() == 3


def test_the_end_of_the_service_is_the_end_of_the_run(
    make_video: MakeVideo, tmp_path: Path, breaking: Callable
) -> None:
    breaking(lambda: os.kill(os.getpid(), signal.SIGTERM))
    options = LiveOptions(record=True, recordings=tmp_path)
    summary = run_live(str(make_video(frames=12, size_wh=(640, 480))), options)
    assert load(summary.recordings[0]).frame_index.max() == 3
    assert signal.getsignal(signal.SIGTERM) == signal.SIG_DFL


def test_a_recording_says_what_made_it_as_that_of_a_video_does(make_video: MakeVideo, tmp_path: Path) -> None:
    from ganbodypose.jobs.run import RunOptions, run_video

    video = make_video(frames=12, size_wh=(640, 480))
    live = load(run_live(str(video), LiveOptions(record=True, recordings=tmp_path / "live")).recordings[0])
    run = load(run_video(video, tmp_path / "run", RunOptions(overlay=False, report=False)).files["poses"])
    for key in ("calibration", "model", "camera_assumed", "detector", "versions", "source", "warnings"):
        assert live.meta[key] == run.meta[key]


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"receivers": ("nonsense",)}, "is no receiver"),
        ({"receivers": ("jsonl:poses.jsonl", "jsonl:poses.jsonl")}, "is given twice"),
        ({"smoothing": 2.0}, "smoothing must lie between"),
        ({"pose": PoseOptions(persons=0)}, "number of persons"),
    ],
)
def test_wrong_options_are_one_sentence(make_video: MakeVideo, options: dict, words: str) -> None:
    with pytest.raises(UserError, match=words):
        run_live(str(make_video()), LiveOptions(**options))


def test_a_missing_source_is_one_sentence() -> None:
    with pytest.raises(UserError, match="does not exist"):
        run_live("no-such.mp4", LiveOptions())
