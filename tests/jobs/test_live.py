"""A live run: every frame of a file reaches the receivers; recordings; what the user can mend comes first."""

from __future__ import annotations

import json
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


def test_ctrl_c_ends_a_run_with_its_summary_and_recording(
    make_video: MakeVideo, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    from ganbodypose.live.pipeline import LivePipeline

    proceed, count = LivePipeline.__next__, 0

    def interrupted(self: LivePipeline):
        nonlocal count
        count += 1
        if count == 5:
            raise KeyboardInterrupt
        return proceed(self)

    monkeypatch.setattr(LivePipeline, "__next__", interrupted)
    options = LiveOptions(record=True, recordings=tmp_path)
    summary = run_live(str(make_video(frames=12, size_wh=(640, 480))), options)
    assert summary.statistics.frames == 4
    assert load(summary.recordings[0]).frame_index.max() <= 3


@pytest.mark.parametrize(
    ("options", "words"),
    [
        ({"receivers": ("nonsense",)}, "is no receiver"),
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
