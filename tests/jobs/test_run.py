"""The main job: a complete folder or none, whatever happens on the way."""

from __future__ import annotations

import hashlib
import json
import shutil
import signal
import sys
import threading
from collections.abc import Callable
from pathlib import Path

import av
import numpy as np
import pytest

from ganbodypose import __version__, load
from ganbodypose.core import FrameResult, UserError, VideoFrame
from ganbodypose.jobs.options import RunOptions
from ganbodypose.jobs.run import Progress, RunSummary, run_video
from ganbodypose.report.overlay import OverlayVideo

pytestmark = pytest.mark.usefixtures("fake_detector")
FILES = {"poses.npz", "overlay.mp4", "report.html"}


@pytest.fixture(scope="module")
def video(make_video: Callable[..., Path]) -> Path:
    return make_video(frames=12, size_wh=(320, 240))


def _names(folder: Path) -> set[str]:
    return {path.name for path in folder.iterdir()}


def _frames_in(path: Path) -> int:
    with av.open(str(path)) as container:
        return sum(1 for _ in container.decode(video=0))


def test_the_folder_holds_three_whole_files_and_nothing_else(video: Path, tmp_path: Path) -> None:
    summary = run_video(video, tmp_path / "a" / "b")
    assert _names(tmp_path / "a" / "b") == FILES
    assert {path.name for path in summary.files.values()} == FILES
    assert _frames_in(tmp_path / "a" / "b" / "overlay.mp4") == summary.frames == 12
    assert "</html>" in (tmp_path / "a" / "b" / "report.html").read_text()
    sequence = load(tmp_path / "a" / "b" / "poses.npz")
    assert len(sequence) == sum(summary.frames_per_person.values()) > 0


def test_what_an_earlier_run_left_does_not_stay_beside_other_poses(video: Path, tmp_path: Path) -> None:
    run_video(video, tmp_path)
    (tmp_path / "notes.txt").write_text("mine")
    run_video(video, tmp_path, RunOptions(overlay=False, report=False))
    assert _names(tmp_path) == {"poses.npz", "notes.txt"}


@pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
def test_a_name_in_an_older_encoding_stops_nothing(video: Path, tmp_path: Path) -> None:
    source = tmp_path / "caf\udce9.mp4"
    shutil.copy(video, source)
    run_video(source, tmp_path / "out", RunOptions(fps=50))  # of a video: warns, and names it
    meta = load(tmp_path / "out" / "poses.npz").meta
    assert meta["source"]["name"] == "caf?.mp4"
    assert "caf?.mp4: its own times" in meta["warnings"][-1]
    assert "caf?.mp4: its own times" in (tmp_path / "out" / "report.html").read_text("utf-8")


def test_a_video_in_slow_motion_gets_the_times_of_its_filming(video: Path, tmp_path: Path) -> None:
    run_video(video, tmp_path, RunOptions(overlay=False, report=False, filmed_fps=240))
    poses = load(tmp_path / "poses.npz")
    assert poses.fps == 240
    np.testing.assert_allclose(poses.time_s, poses.frame_index / 240, atol=1e-6)


def test_a_whole_recording_gives_the_same_files(video: Path, tmp_path: Path, tiny_both_ways: Path) -> None:
    options = RunOptions(mode=str(tiny_both_ways))
    seen: list[Progress] = []
    summary = run_video(video, tmp_path, options, seen.append)
    assert _names(tmp_path) == FILES
    assert _frames_in(tmp_path / "overlay.mp4") == summary.frames == 12
    assert [now.frames for now in seen] == list(range(1, 25))  # looked for people, then drawn
    assert {now.frames_total for now in seen} == {24}
    whole = load(tmp_path / "poses.npz")
    assert whole.meta["model"]["name"] == "tiny.onnx"
    in_memory = options.estimator().run(video)
    np.testing.assert_allclose(whole.joints_3d_m, in_memory.joints_3d_m, atol=1e-5)


def test_a_whole_recording_that_is_stopped_ends_there(
    video: Path, tmp_path: Path, tiny_both_ways: Path
) -> None:
    summary = run_video(video, tmp_path, RunOptions(mode=str(tiny_both_ways)), _interrupt_at(4))
    assert summary.interrupted
    assert load(tmp_path / "poses.npz").frame_index.max() == 3
    assert _frames_in(tmp_path / "overlay.mp4") == 4


def test_the_results_say_what_made_them(video: Path, tmp_path: Path) -> None:
    run_video(video, tmp_path, RunOptions(height_m=1.9, detector="blazepose-lite", report=False))
    with np.load(tmp_path / "poses.npz", allow_pickle=False) as file:
        meta = json.loads(str(file["meta_json"]))
    assert meta["versions"]["ganbodypose"] == __version__
    assert meta["versions"]["numpy"] == np.__version__
    assert meta["source"] == {"name": video.name, "sha256": hashlib.sha256(video.read_bytes()).hexdigest()}
    assert meta["options"]["height_m"] == 1.9
    assert meta["options"]["report"] is False
    assert meta["detector"]["name"] == "blazepose-lite"
    assert set(meta["detector"]["sha256"]) == {"pose_detection", "pose_landmark_lite"}
    assert len(meta["model"]["sha256"]) == 64
    assert meta["timing"]["frames"] == 12
    assert 0 < meta["timing"]["pose_s"] < meta["timing"]["elapsed_s"]
    assert any("intrinsics assumed: 55 degrees" in warning for warning in meta["warnings"])


def test_progress_counts_up_to_the_number_of_frames(video: Path, tmp_path: Path) -> None:
    seen: list[Progress] = []
    run_video(video, tmp_path, RunOptions(overlay=False, report=False), seen.append)
    assert [p.frames for p in seen] == list(range(1, 13))
    assert {p.frames_total for p in seen} == {12}


def test_a_video_without_people_gives_valid_empty_results_and_a_warning(
    fake_detector: Callable[[int], None], video: Path, tmp_path: Path
) -> None:
    fake_detector(0)
    summary = run_video(video, tmp_path)
    assert _names(tmp_path) == FILES
    assert len(load(tmp_path / "poses.npz")) == 0
    assert _frames_in(tmp_path / "overlay.mp4") == 12
    assert summary.warnings == ("Nobody was found in the video: the results are empty.",)


def _interrupt_at(frame: int, times: int = 1) -> Callable[[Progress], None]:
    def on_progress(now: Progress) -> None:
        if now.frames == frame:
            for _ in range(times):
                signal.raise_signal(signal.SIGINT)

    return on_progress


def test_ctrl_c_keeps_the_finished_part_as_valid_files(video: Path, tmp_path: Path) -> None:
    summary = run_video(video, tmp_path, on_progress=_interrupt_at(5))
    assert summary.interrupted
    assert summary.frames == 5
    assert _names(tmp_path) == FILES
    assert _frames_in(tmp_path / "overlay.mp4") == 5
    assert load(tmp_path / "poses.npz").frame_index.max() == 4
    assert any("Stopped early" in warning for warning in load(tmp_path / "poses.npz").meta["warnings"])


def test_a_second_ctrl_c_leaves_nothing(video: Path, tmp_path: Path) -> None:
    with pytest.raises(KeyboardInterrupt):
        run_video(video, tmp_path / "out", on_progress=_interrupt_at(5, times=2))
    assert not (tmp_path / "out").exists()


def test_ctrl_c_works_as_before_after_a_run(video: Path, tmp_path: Path) -> None:
    before = signal.getsignal(signal.SIGINT)
    run_video(video, tmp_path, RunOptions(overlay=False, report=False))
    assert signal.getsignal(signal.SIGINT) is before


def test_a_run_works_outside_the_main_thread(video: Path, tmp_path: Path) -> None:
    done: list[RunSummary] = []
    options = RunOptions(overlay=False, report=False)
    thread = threading.Thread(target=lambda: done.append(run_video(video, tmp_path, options)))
    thread.start()
    thread.join()
    assert done[0].frames == 12


def _raise(error: Exception) -> Callable[..., None]:
    def fail(*_: object, **__: object) -> None:
        raise error

    return fail


@pytest.mark.parametrize("error", [UserError("The disk is full."), ZeroDivisionError()])
@pytest.mark.parametrize(
    "part",
    [
        "report.html.write_report",
        "estimator.PoseSession.step",
        "jobs.run.ResultsWriter.close",
        "jobs.run.OverlayVideo.write",  # on its own thread
        "io.video_writer.VideoWriter.close",
    ],
)
def test_an_error_in_the_middle_is_passed_on_and_leaves_nothing(
    part: str, error: Exception, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(f"ganbodypose.{part}", _raise(error))
    with pytest.raises(type(error)) as caught:
        run_video(video, tmp_path / "out")
    assert caught.value is error
    assert not (tmp_path / "out").exists()


def test_an_error_in_the_last_picture_of_the_overlay_is_not_lost(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    write = OverlayVideo.write

    def fail_at_last(self: OverlayVideo, frame: VideoFrame, result: FrameResult) -> None:
        if frame.index == 11:
            raise UserError("The disk is full.")
        write(self, frame, result)

    monkeypatch.setattr(OverlayVideo, "write", fail_at_last)
    with pytest.raises(UserError, match="disk is full"):
        run_video(video, tmp_path / "out")
    assert not (tmp_path / "out").exists()


def test_a_failed_run_leaves_earlier_results_alone(
    video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    run_video(video, tmp_path)
    before = {path.name: path.read_bytes() for path in tmp_path.iterdir()}
    monkeypatch.setattr("ganbodypose.report.html.write_report", _raise(UserError("The disk is full.")))
    with pytest.raises(UserError):
        run_video(video, tmp_path)
    assert {path.name: path.read_bytes() for path in tmp_path.iterdir()} == before


def test_the_source_is_never_overwritten(video: Path, tmp_path: Path) -> None:
    source = tmp_path / "overlay.mp4"
    source.write_bytes(video.read_bytes())
    with pytest.raises(UserError, match=r"overlay\.mp4"):
        run_video(source, tmp_path)
    assert source.read_bytes() == video.read_bytes()


def test_options_out_of_range_make_no_folder(video: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match="body height"):
        run_video(video, tmp_path / "out", RunOptions(height_m=-1))
    assert not (tmp_path / "out").exists()


def test_folders_made_for_a_failed_run_are_gone_but_no_others(video: Path, tmp_path: Path) -> None:
    (tmp_path / "mine").mkdir()
    with pytest.raises(KeyboardInterrupt):
        run_video(video, tmp_path / "mine" / "a" / "b", on_progress=_interrupt_at(5, times=2))
    assert _names(tmp_path) == {"mine"}
    assert _names(tmp_path / "mine") == set()


def test_a_summary_is_plain_json(video: Path, tmp_path: Path) -> None:
    summary = run_video(video, tmp_path, RunOptions(overlay=False, report=False))
    values = json.loads(json.dumps(summary.as_json()))
    assert values["files"] == {"poses": str(tmp_path / "poses.npz")}
    assert values["frames"] == 12
    assert values["frames_per_s"] > 0
