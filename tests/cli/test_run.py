"""The command line: every option changes something, every foreseeable error is one sentence."""

from __future__ import annotations

import json
import os
import shutil
import signal
import subprocess
import sys
import time
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from pathlib import Path

import av
import numpy as np
import pytest

from ganbodypose import __version__, cli, load
from ganbodypose.core import PoseSequence

Run = Callable[..., "Outcome"]


@dataclass(frozen=True)
class Outcome:
    code: int
    out: str
    err: str

    @property
    def sentence(self) -> str:
        """The one error line; fails where there is anything else."""
        (line,) = self.err.splitlines()
        assert line.startswith("error: ")
        assert self.out == ""
        assert self.code != 0
        return line


@pytest.fixture
def run_cli(monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]) -> Run:
    """`ganbodypose` with these arguments, in this process."""

    def run(*arguments: object) -> Outcome:
        monkeypatch.setattr(sys, "argv", ["ganbodypose", *map(str, arguments)])
        with pytest.raises(SystemExit) as caught:
            cli.main()
        out, err = capsys.readouterr()
        return Outcome(int(caught.value.code or 0), out, err)

    return run


@pytest.fixture(scope="module")
def video(make_video: Callable[..., Path]) -> Path:
    return make_video(frames=12, size_wh=(320, 240))


@pytest.fixture
def poses(run_cli: Run, video: Path, tmp_path: Path) -> Callable[..., PoseSequence]:
    """The results of `ganbodypose run` on the small video with these options."""

    def run(*options: object, source: Path = video) -> PoseSequence:
        outcome = run_cli("run", source, "--out", tmp_path / "out", "--no-overlay", "--no-report", *options)
        assert outcome.code == 0, outcome.err
        return load(tmp_path / "out" / "poses.npz")

    return run


@pytest.mark.usefixtures("fake_detector")
class TestOptions:
    """One test per option: it changes something."""

    def test_out_is_where_the_results_go(self, run_cli: Run, video: Path, tmp_path: Path) -> None:
        outcome = run_cli("run", video, "--out", tmp_path / "here")
        assert outcome.code == 0
        for name in ("poses.npz", "overlay.mp4", "report.html"):
            assert (tmp_path / "here" / name).exists()
            assert str(tmp_path / "here" / name) in outcome.out

    @pytest.mark.skipif(sys.platform != "linux", reason="other systems have no such names")
    def test_a_name_that_cannot_be_shown_is_written_with_escapes(
        self, run_cli: Run, video: Path, tmp_path: Path
    ) -> None:
        shutil.copy(video, tmp_path / "caf\udce9.mp4")
        outcome = run_cli("run", tmp_path / "caf\udce9.mp4", "--out", tmp_path, "--no-overlay", "--json")
        assert outcome.code == 0
        assert json.loads(outcome.out)["source"] == str(tmp_path / "caf\udce9.mp4")

    def test_camera(self, poses: Callable[..., PoseSequence], tmp_path: Path) -> None:
        file = tmp_path / "calib.toml"
        file.write_text(
            "[cam]\nsize = [320, 240]\ndistortions = [0, 0, 0, 0]\n"
            "matrix = [[333, 0, 160], [0, 334, 120], [0, 0, 1]]\n"
        )
        sequence = poses("--camera", file)
        np.testing.assert_array_equal(sequence.camera_matrix, [[333, 0, 160], [0, 334, 120], [0, 0, 1]])
        assert sequence.meta["options"]["camera"] == "calib.toml"
        assert not any("assumed: 55" in warning for warning in sequence.meta["warnings"])

    def test_fov(self, poses: Callable[..., PoseSequence]) -> None:
        assert any("assumed: 55" in warning for warning in poses().meta["warnings"])
        sequence = poses("--fov", 90)
        assert sequence.camera_matrix[0, 0] == pytest.approx(160)  # half the width over tan 45 degrees
        assert not any("assumed: 55" in warning for warning in sequence.meta["warnings"])

    def test_height(self, poses: Callable[..., PoseSequence]) -> None:
        tall, small = (np.ptp(poses("--height", h).joints_3d_m[-1, :, 1]) for h in (2.0, 1.0))
        assert tall / small == pytest.approx(2, rel=0.01)

    def test_mode(self, poses: Callable[..., PoseSequence], run_cli: Run, tmp_path: Path) -> None:
        assert poses("--mode", "live").meta["options"]["mode"] == "live"
        assert "Unknown mode" in run_cli("run", "x.mp4", "--out", tmp_path, "--mode", "dream").sentence

    def test_detector(self, poses: Callable[..., PoseSequence]) -> None:
        assert poses().meta["detector"]["name"] == "blazepose-full"
        assert poses("--detector", "blazepose-lite").meta["detector"]["name"] == "blazepose-lite"

    def test_persons(self, poses: Callable[..., PoseSequence], fake_detector: Callable[[int], None]) -> None:
        fake_detector(2)
        assert len(poses().track_ids) == 2
        assert len(poses("--persons", 1).track_ids) == 1

    def test_start_and_end(self, poses: Callable[..., PoseSequence]) -> None:
        assert set(poses("--start", 0.2).frame_index) <= set(range(6, 12))
        sequence = poses("--end", 0.2)
        assert sequence.frame_index.max() == 5

    def test_image_fps(self, poses: Callable[..., PoseSequence], tmp_path: Path) -> None:
        folder = tmp_path / "images"
        folder.mkdir()
        for k in range(4):
            picture = av.VideoFrame.from_ndarray(np.full((240, 320, 3), 50 * k, np.uint8), "rgb24")
            picture.save(str(folder / f"{k}.png"))
        sequence = poses("--image-fps", 12.5, source=folder)
        assert sequence.fps == 12.5
        assert sequence.time_s.max() == pytest.approx(3 / 12.5)

    def test_no_overlay_and_no_report(self, run_cli: Run, video: Path, tmp_path: Path) -> None:
        run_cli("run", video, "--out", tmp_path / "a", "--no-overlay")
        run_cli("run", video, "--out", tmp_path / "b", "--no-report")
        assert {path.name for path in (tmp_path / "a").iterdir()} == {"poses.npz", "report.html"}
        assert {path.name for path in (tmp_path / "b").iterdir()} == {"poses.npz", "overlay.mp4"}

    def test_json_is_one_object_and_nothing_else(self, run_cli: Run, video: Path, tmp_path: Path) -> None:
        outcome = run_cli("run", video, "--out", tmp_path, "--json")
        summary = json.loads(outcome.out)
        assert summary["frames"] == 12
        assert Path(summary["files"]["poses"]).exists()
        assert "assumed: 55" in outcome.err

    def test_version(self, run_cli: Run) -> None:
        assert run_cli("--version") == Outcome(0, f"ganbodypose {__version__}\n", "")


@pytest.mark.parametrize("arguments", [(), ("models",)])
def test_without_arguments_there_is_help(run_cli: Run, arguments: tuple[str, ...]) -> None:
    outcome = run_cli(*arguments)
    assert "Usage" in outcome.out + outcome.err
    assert "error:" not in outcome.out + outcome.err


@pytest.mark.usefixtures("fake_detector")
def test_demo_runs_the_main_job_and_says_where_the_results_lie(
    run_cli: Run, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr("ganbodypose.detect.weights.demo_video_path", lambda: video)
    outcome = run_cli("demo")
    assert outcome.code == 0
    assert str(Path("demo-output") / "report.html") in outcome.out
    assert (tmp_path / "demo-output" / "report.html").exists()


class TestModels:
    def test_list_names_size_licence_and_place(
        self, run_cli: Run, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GANBODYPOSE_CACHE", str(tmp_path))
        rows = {row["name"]: row for row in json.loads(run_cli("models", "list", "--json").out)["models"]}
        assert rows["pose_landmark_full"]["size_bytes"] == 6_440_512
        assert rows["pose_landmark_full"]["licence"] == "Apache-2.0"
        assert rows["pose_landmark_full"]["path"] is None
        assert "pose_landmark_full" in run_cli("models", "list").out

    def test_path_and_pull_print_where_a_file_lies(self, run_cli: Run, blazepose_weights: None) -> None:
        del blazepose_weights
        path = Path(run_cli("models", "path", "pose_detection").out.strip())
        assert path.stat().st_size == 2_959_046
        assert str(path) in run_cli("models", "pull", "pose_detection").out

    def test_an_unknown_name_is_one_sentence(self, run_cli: Run) -> None:
        assert "yolo" in run_cli("models", "path", "yolo").sentence


@pytest.mark.usefixtures("fake_detector")
class TestBadInput:
    """One clear sentence, an exit code that is not 0, nothing half-written."""

    @pytest.fixture
    def sentence(self, run_cli: Run, tmp_path: Path) -> Iterator[Callable[..., str]]:
        """The error line of a run that must fail; afterwards there is no trace of the output folder."""
        yield lambda source, *options: run_cli("run", source, "--out", tmp_path / "out", *options).sentence
        assert not (tmp_path / "out").exists()

    def test_missing_file(self, sentence: Callable[..., str]) -> None:
        assert "nowhere.mp4 does not exist" in sentence("nowhere.mp4")

    def test_empty_file(self, sentence: Callable[..., str], tmp_path: Path) -> None:
        (tmp_path / "empty.mp4").touch()
        assert "empty" in sentence(tmp_path / "empty.mp4")

    def test_text_called_mp4(self, sentence: Callable[..., str], tmp_path: Path) -> None:
        (tmp_path / "text.mp4").write_text("This is not a video. " * 200)
        assert "not a video" in sentence(tmp_path / "text.mp4")

    def test_truncated_before_its_index(
        self, sentence: Callable[..., str], video: Path, tmp_path: Path
    ) -> None:
        whole = video.read_bytes()
        (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) // 2])
        assert "cut off" in sentence(tmp_path / "cut.mp4")

    def test_sound_without_pictures(self, sentence: Callable[..., str], tmp_path: Path) -> None:
        with av.open(str(tmp_path / "sound.mp4"), "w") as container:
            stream = container.add_stream("aac", rate=44100)
            frame = av.AudioFrame.from_ndarray(np.zeros((1, 1024), np.float32), "fltp", "mono")
            frame.rate = 44100
            container.mux(stream.encode(frame))
            container.mux(stream.encode())
        assert "no video" in sentence(tmp_path / "sound.mp4")

    def test_one_by_one_video(self, sentence: Callable[..., str], make_video: Callable[..., Path]) -> None:
        assert "1x1" in sentence(make_video(size_wh=(1, 1)))

    def test_start_after_the_end_of_the_video(self, sentence: Callable[..., str], video: Path) -> None:
        assert sentence(video, "--start", 60)

    @pytest.mark.parametrize(
        ("option", "value", "words"),
        [
            ("--fov", "500", "field of view must lie between 5 and 150 degrees, not 500"),
            ("--fov", "wide", "--fov"),
            ("--height", "-1.8", "body height must lie between"),
            ("--persons", "0", "number of persons must lie between"),
            ("--persons", "1.5", "--persons"),
            ("--detector", "yolo", "Unknown detector 'yolo': choose one of blazepose-full"),
            ("--mode", "dream", "Unknown mode 'dream': choose one of live"),
            ("--start", "-3", "start must be 0 seconds or later"),
            ("--end", "0", "must come before the end"),
            ("--image-fps", "0", "image rate must be"),
            ("--size", "large", "must be WIDTHxHEIGHT"),
            ("--size", "640x480", "for keypoints only"),
            ("--camera", "nowhere.toml", "nowhere.toml"),
            ("--colour", "red", "--colour"),
        ],
    )
    def test_unknown_option_values(
        self, sentence: Callable[..., str], video: Path, option: str, value: str, words: str
    ) -> None:
        assert words in sentence(video, option, value)

    def test_no_video_named(self, run_cli: Run, tmp_path: Path) -> None:
        outcome = run_cli("run", "--out", tmp_path)
        assert outcome.code == 2
        assert "video" in outcome.sentence.lower()

    def test_camera_file_with_wrong_shape(
        self, sentence: Callable[..., str], video: Path, tmp_path: Path
    ) -> None:
        file = tmp_path / "calib.toml"
        file.write_text(
            "[cam]\nsize = [320, 240]\ndistortions = [0, 0, 0, 0]\nmatrix = [[333, 0], [0, 334]]\n"
        )
        assert "calib.toml" in sentence(video, "--camera", file)

    def test_camera_file_for_pictures_of_another_shape(
        self, sentence: Callable[..., str], video: Path, tmp_path: Path
    ) -> None:
        file = tmp_path / "calib.toml"
        file.write_text(
            "[cam]\nsize = [1000, 200]\ndistortions = [0, 0, 0, 0]\n"
            "matrix = [[333, 0, 160], [0, 334, 120], [0, 0, 1]]\n"
        )
        assert "1000x200" in sentence(video, "--camera", file)

    def test_output_folder_below_a_file(self, run_cli: Run, video: Path, tmp_path: Path) -> None:
        (tmp_path / "file").write_text("mine")
        for out in (tmp_path / "file", tmp_path / "file" / "out"):
            assert "is a file" in run_cli("run", video, "--out", out).sentence
        assert (tmp_path / "file").read_text() == "mine"

    def test_read_only_disk(self, run_cli: Run, video: Path, small_disk: Callable[[str], Path]) -> None:
        disk = small_disk("ro,size=1m")
        assert "read-only" in run_cli("run", video, "--out", disk).sentence

    @pytest.mark.parametrize("size", ["8k", "40k", "100k"])
    def test_full_disk(self, run_cli: Run, video: Path, small_disk: Callable[[str], Path], size: str) -> None:
        disk = small_disk(f"size={size}")
        assert "full" in run_cli("run", video, "--out", disk).sentence
        assert list(disk.iterdir()) == []


@pytest.fixture
def small_disk(tmp_path: Path) -> Iterator[Callable[[str], Path]]:
    """small_disk(mount options) -> a folder that is a disk in memory of its own."""
    disk = tmp_path / "disk"

    def mount(options: str) -> Path:
        disk.mkdir()
        command = ["mount", "-t", "tmpfs", "-o", options, "tmpfs", str(disk)]
        try:
            done = subprocess.run(command, capture_output=True, text=True, check=False)
        except FileNotFoundError:
            pytest.skip("there is no mount command here")
        if done.returncode:
            pytest.skip(f"mounting is not permitted here: {done.stderr.strip()}")
        return disk

    yield mount
    if disk.is_mount():
        subprocess.run(["umount", str(disk)], check=True)


@pytest.mark.usefixtures("fake_detector")
def test_nobody_in_the_video_is_a_warning(
    run_cli: Run, video: Path, tmp_path: Path, fake_detector: Callable[[int], None]
) -> None:
    fake_detector(0)
    outcome = run_cli("run", video, "--out", tmp_path)
    assert outcome.code == 0
    assert "warning: Nobody was found" in outcome.err
    assert len(load(tmp_path / "poses.npz")) == 0


@pytest.mark.usefixtures("fake_detector")
def test_a_video_that_breaks_off_keeps_its_readable_part_but_does_not_succeed(
    run_cli: Run, make_video: Callable[..., Path], tmp_path: Path
) -> None:
    whole = make_video(frames=90, size_wh=(320, 240), index_first=True).read_bytes()
    (tmp_path / "cut.mp4").write_bytes(whole[: len(whole) * 8 // 10])
    outcome = run_cli("run", tmp_path / "cut.mp4", "--out", tmp_path / "out")
    assert outcome.code == 1
    assert any("cut.mp4" in line for line in outcome.err.splitlines() if line.startswith("warning: "))
    assert 0 < load(tmp_path / "out" / "poses.npz").frame_index.max() < 89
    assert (tmp_path / "out" / "report.html").exists()


@pytest.mark.usefixtures("fake_detector")
def test_pictures_of_another_size_are_a_warning_but_no_damage(run_cli: Run, tmp_path: Path) -> None:
    images = tmp_path / "images"
    images.mkdir()
    for k, size in enumerate((240, 240, 480)):
        picture = av.VideoFrame.from_ndarray(np.zeros((size, size, 3), np.uint8), "rgb24")
        picture.save(str(images / f"{k}.png"))
    outcome = run_cli("run", images, "--out", tmp_path / "out", "--image-fps", 10)
    assert outcome.code == 0
    assert "another size" in outcome.err


class TestWeights:
    def test_a_wrong_hash_is_refused(
        self, run_cli: Run, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GANBODYPOSE_CACHE", str(tmp_path))
        (tmp_path / "pose_detection.tflite").write_bytes(b"something else")
        sentence = run_cli("run", video, "--out", tmp_path / "out").sentence
        assert "is not the released file" in sentence
        assert not (tmp_path / "out").exists()

    def test_no_network_at_first_use(
        self, run_cli: Run, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
    ) -> None:
        monkeypatch.setenv("GANBODYPOSE_CACHE", str(tmp_path / "cache"))
        monkeypatch.setenv("PIP_CONFIG_FILE", os.devnull)
        monkeypatch.setenv("PIP_NO_INDEX", "1")
        monkeypatch.delenv("PIP_FIND_LINKS", raising=False)
        outcome = run_cli("run", video, "--out", tmp_path / "out")
        assert outcome.code == 1
        (line,) = (line for line in outcome.err.splitlines() if line.startswith("error: "))
        assert "could not be fetched" in line
        assert not (tmp_path / "out").exists()


@pytest.mark.usefixtures("fake_detector")
def test_ctrl_c_that_keeps_nothing_says_so(
    run_cli: Run, video: Path, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    def interrupt(*_: object) -> None:
        raise KeyboardInterrupt

    monkeypatch.setattr("ganbodypose.estimator.PoseSession.step", interrupt)
    outcome = run_cli("run", video, "--out", tmp_path / "out")
    assert outcome.code == 130
    assert outcome.sentence == "error: interrupted, nothing was written"
    assert not (tmp_path / "out").exists()


def _some_pictures_are_written(out: Path) -> bool:
    """The encoder writes when it has some."""
    return any(path.stat().st_size > 20_000 for path in out.glob(".unfinished-*/.overlay*"))


def test_ctrl_c_in_the_middle_keeps_the_finished_part(
    demo_video: Path, blazepose_weights: None, tmp_path: Path
) -> None:
    """In a process of its own, with the real detector."""
    del blazepose_weights
    process = subprocess.Popen(
        [sys.executable, "-m", "ganbodypose.cli", "run", str(demo_video), "--out", str(tmp_path)],
        stdout=subprocess.PIPE,
        stderr=subprocess.PIPE,
        text=True,
    )
    deadline = time.monotonic() + 90
    while not _some_pictures_are_written(tmp_path) and time.monotonic() < deadline:
        time.sleep(0.05)
    process.send_signal(signal.SIGINT)
    out, err = process.communicate(timeout=60)
    assert process.returncode == 130
    assert "Stopped early" in err
    assert "Traceback" not in err
    assert str(tmp_path / "poses.npz") in out
    assert 0 < load(tmp_path / "poses.npz").frame_index.max() < 229
    assert {path.name for path in tmp_path.iterdir()} == {"poses.npz", "overlay.mp4", "report.html"}
