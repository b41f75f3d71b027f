"""The results file is a contract: exact keys, shapes and dtypes, and nothing half-written."""

from __future__ import annotations

import dataclasses
import hashlib
import json
import os
import subprocess
import sys
import tracemalloc
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import Camera, FrameResult, PersonResult, PoseSequence, UserError
from ganbodypose.io.checksum import sha256_of_file
from ganbodypose.io.results import ResultsWriter, load, save
from ganbodypose.skeletons import H36M_17

CAMERA = Camera(np.array([[900.0, 0, 320], [0, 910, 240], [0, 0, 1]]), (640, 480))

# Copied from the description of the file, not from the code.
CONTRACT = {
    "frame_index": ((-1,), "int64"),
    "time_s": ((-1,), "float64"),
    "track_id": ((-1,), "int64"),
    "keypoints_2d_px": ((-1, 17, 2), "float32"),
    "keypoints_2d_confidence": ((-1, 17), "float32"),
    "joints_3d_m": ((-1, 17, 3), "float32"),
    "root_camera_m": ((-1, 3), "float32"),
    "expected_error_m": ((-1, 17), "float32"),
    "pose_quality": ((-1,), "float32"),
    "bbox_px": ((-1, 4), "float32"),
    "joint_names": ((17,), "str"),
    "camera_matrix": ((3, 3), "float64"),
    "fps": ((), "float64"),
    "image_size_wh": ((2,), "int64"),
    "meta_json": ((), "str"),
}


def person(track_id: int, seed: int) -> PersonResult:
    rng = np.random.default_rng(seed)
    return PersonResult(
        track_id=track_id,
        keypoints_2d_px=rng.normal(size=(17, 2)),
        keypoints_2d_confidence=rng.random(17),
        joints_3d_m=rng.normal(size=(17, 3)),
        root_camera_m=rng.normal(size=3),
        expected_error_m=rng.random(17),
        pose_quality=float(rng.random()),
        bbox_px=rng.normal(size=4),
    )


# Nobody in frame 1, two people in frame 2.
FRAMES = [
    FrameResult(0, 0.0, (person(7, 1),)),
    FrameResult(1, 0.04, ()),
    FrameResult(2, 0.09, (person(7, 2), person(8, 3))),
    FrameResult(3, 0.25, (person(8, 4),)),
]


def write(path: Path, frames: list[FrameResult] = FRAMES, fps: float | None = 25.0) -> Path:
    with ResultsWriter(path, CAMERA, fps, (640, 480), {"detector": "größe"}) as writer:
        for frame in frames:
            writer.append(frame)
    return path


@pytest.mark.parametrize(("frames", "rows"), [(FRAMES, 4), (FRAMES[1:2], 0), ([], 0)])
def test_keys_shapes_and_dtypes(tmp_path: Path, frames: list[FrameResult], rows: int) -> None:
    with np.load(write(tmp_path / "poses.npz", frames), allow_pickle=False) as archive:
        assert set(archive) == set(CONTRACT)
        for name, (shape, dtype) in CONTRACT.items():
            assert archive[name].shape == tuple(rows if n == -1 else n for n in shape), name
            assert (archive[name].dtype.kind == "U") if dtype == "str" else (archive[name].dtype == dtype), (
                name
            )


def test_values_come_back(tmp_path: Path) -> None:
    sequence = load(write(tmp_path / "poses.npz"))
    assert sequence.frame_index.tolist() == [0, 2, 2, 3]
    assert sequence.time_s.tolist() == [0.0, 0.09, 0.09, 0.25]
    assert sequence.track_id.tolist() == [7, 7, 8, 8]
    people = [p for frame in FRAMES for p in frame.persons]
    for field in dataclasses.fields(PersonResult):
        expected = np.stack([getattr(p, field.name) for p in people])
        np.testing.assert_allclose(getattr(sequence, field.name), expected, rtol=1e-6, err_msg=field.name)
    assert sequence.joint_names == H36M_17.joints
    np.testing.assert_array_equal(sequence.camera_matrix, CAMERA.matrix)
    assert (sequence.fps, sequence.image_size_wh) == (25.0, (640, 480))
    assert sequence.meta == {"detector": "größe"}


def test_missing_stays_nan(tmp_path: Path) -> None:
    lost = dataclasses.replace(
        person(1, 1), keypoints_2d_px=np.full((17, 2), np.nan), pose_quality=float("nan")
    )
    sequence = load(write(tmp_path / "poses.npz", [FrameResult(0, 0.0, (lost,))]))
    assert np.isnan(sequence.keypoints_2d_px).all()
    assert np.isnan(sequence.pose_quality).all()


@pytest.mark.parametrize(
    ("frames", "fps"),
    [(FRAMES, 3 / 0.25), (FRAMES[:2], 25.0), (FRAMES[:1], float("nan")), ([], float("nan"))],
)
def test_rate_from_the_times(tmp_path: Path, frames: list[FrameResult], fps: float) -> None:
    assert load(write(tmp_path / "poses.npz", frames, None)).fps == pytest.approx(fps, nan_ok=True)


def test_facts_that_come_late(tmp_path: Path) -> None:
    path = tmp_path / "poses.npz"
    writer = ResultsWriter(path, CAMERA, None, (640, 480), {"a": 1, "b": 2})
    assert writer.close({"b": 3}) == path
    assert writer.close() == path
    np.testing.assert_array_equal(load(path).camera_matrix, CAMERA.matrix)
    assert load(path).meta == {"a": 1, "b": 3}


def test_save_is_the_inverse_of_load(tmp_path: Path) -> None:
    sequence = load(write(tmp_path / "poses.npz"))
    again = load(save(tmp_path / "again.npz", sequence.person(8)))
    assert again.frame_index.tolist() == [2, 3]
    for name in PoseSequence.ROW_FIELDS:
        np.testing.assert_array_equal(getattr(again, name), getattr(sequence, name)[[2, 3]])
    assert (again.fps, again.meta, again.joint_names) == (sequence.fps, sequence.meta, sequence.joint_names)


def test_nothing_under_the_final_name_until_closed(tmp_path: Path) -> None:
    path = tmp_path / "poses.npz"
    path.write_text("the file of an earlier run")
    with ResultsWriter(path, CAMERA, 25.0, (640, 480), {}) as writer:
        writer.append(FRAMES[0])
        assert path.read_text() == "the file of an earlier run"
    assert len(load(path)) == 1
    assert [p.name for p in tmp_path.iterdir()] == ["poses.npz"]


def test_error_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        ResultsWriter(tmp_path / "p.npz", CAMERA, 25.0, (640, 480), {}) as writer,
    ):
        writer.append(FRAMES[0])
        raise KeyboardInterrupt
    assert list(tmp_path.iterdir()) == []


def test_interrupted_results_may_be_kept(tmp_path: Path) -> None:
    with (
        pytest.raises(KeyboardInterrupt),
        ResultsWriter(tmp_path / "p.npz", CAMERA, 25.0, (640, 480), {}) as writer,
    ):
        try:
            writer.append(FRAMES[0])
            raise KeyboardInterrupt
        finally:
            writer.close({"interrupted": True})
    assert load(tmp_path / "p.npz").meta == {"interrupted": True}


def test_meta_that_is_no_json_leaves_nothing(tmp_path: Path) -> None:
    with (
        pytest.raises(TypeError),
        ResultsWriter(tmp_path / "p.npz", CAMERA, 25.0, (640, 480), {"a": object()}),
    ):
        pass
    assert list(tmp_path.iterdir()) == []


def test_memory_does_not_grow_with_the_rows(tmp_path: Path) -> None:
    """20,000 rows are 11 MB; of these a chunk of 2 MB may be in memory, and its copies, never all."""
    people = tuple(person(track_id, 1) for track_id in range(100))
    tracemalloc.start()
    try:
        with ResultsWriter(tmp_path / "poses.npz", CAMERA, 25.0, (640, 480), {}) as writer:
            for index in range(200):
                writer.append(FrameResult(index, index / 25, people))
        peak = tracemalloc.get_traced_memory()[1]
    finally:
        tracemalloc.stop()
    assert len(load(tmp_path / "poses.npz")) == 20_000
    assert peak < 6e6


Change = Callable[[dict[str, Any]], None]
BAD: dict[str, tuple[Change, str]] = {
    "a key is missing": (lambda a: a.pop("bbox_px"), "lacks 'bbox_px'"),
    "wrong dtype": (
        lambda a: a.update(time_s=a["time_s"].astype(np.float32)),
        "'time_s' must be float64 [N]",
    ),
    "wrong shape": (
        lambda a: a.update(joints_3d_m=a["joints_3d_m"][:, :16]),
        "'joints_3d_m' must be float32 [N, 17, 3]",
    ),
    "wrong dimensions": (lambda a: a.update(fps=np.array([25.0])), "'fps' must be float64 []"),
    "uneven lengths": (
        lambda a: a.update(track_id=a["track_id"][:3]),
        "'track_id' has 3 rows but 'frame_index' 4",
    ),
    "objects": (lambda a: a.update(meta_json=np.array({"a": 1}, object)), "'meta_json' cannot be read"),
    "not text": (lambda a: a.update(joint_names=np.arange(17)), "'joint_names' must be str [17]"),
    "another order": (
        lambda a: a.update(joint_names=a["joint_names"][::-1]),
        "'joint_names' must be the 17 joints",
    ),
    "no json": (lambda a: a.update(meta_json=np.array("{")), "'meta_json' must be a JSON object (Expecting"),
    "json list": (lambda a: a.update(meta_json=np.array("[1]")), "'meta_json' must be a JSON object"),
}


@pytest.mark.parametrize("case", BAD)
def test_wrong_content_is_named(tmp_path: Path, case: str) -> None:
    change, message = BAD[case]
    path = write(tmp_path / "poses.npz")
    with np.load(path) as archive:
        arrays = dict(archive)
    change(arrays)
    np.savez(path, **arrays)
    with pytest.raises(UserError) as error:
        load(path)
    assert str(error.value).startswith(str(path))
    assert message in str(error.value)


def test_more_keys_and_other_byte_order_are_fine(tmp_path: Path) -> None:
    path = write(tmp_path / "poses.npz")
    before = load(path)
    with np.load(path) as archive:
        arrays = dict(archive)
    arrays |= {"extra": np.zeros(3), "joints_3d_m": arrays["joints_3d_m"].astype(">f4")}
    np.savez(path, **arrays)
    np.testing.assert_array_equal(load(path).joints_3d_m, before.joints_3d_m)
    assert load(path).joints_3d_m.dtype == np.dtype("=f4")


@pytest.mark.parametrize("content", [b"", b"text, not a zip", b"PK\x03\x04 broken"])
def test_not_a_results_file(tmp_path: Path, content: bytes) -> None:
    (tmp_path / "a.npz").write_bytes(content)
    with pytest.raises(UserError, match=r"a\.npz is not a results file"):
        load(tmp_path / "a.npz")


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="does not exist"):
        load(tmp_path / "a.npz")
    with pytest.raises(UserError, match=r"cannot be read"):
        load(tmp_path)


def test_damaged_file(tmp_path: Path) -> None:
    path = write(tmp_path / "poses.npz")
    data = bytearray(path.read_bytes())
    middle = data.index(b"joints_3d_m") + 200
    data[middle : middle + 100] = bytes(100)
    path.write_bytes(data)
    with pytest.raises(UserError, match=r"poses\.npz is .*damaged"):
        load(path)


def test_folder_that_does_not_exist(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="its folder does not exist"):
        ResultsWriter(tmp_path / "no" / "poses.npz", CAMERA, 25.0, (640, 480), {})


LIMITED = """
import resource, sys
import numpy as np
from ganbodypose.core import Camera, FrameResult, PersonResult, UserError
from ganbodypose.io.results import ResultsWriter
limit, frames = int(sys.argv[2]), int(sys.argv[3])
noise = np.random.default_rng(0).random
resource.setrlimit(resource.RLIMIT_FSIZE, (limit, limit))
try:
    camera, meta = Camera(np.eye(3), (64, 48)), {"x": "x" * 100000}
    with ResultsWriter(sys.argv[1], camera, None, (64, 48), meta) as writer:
        for k in range(frames):
            parts = [noise(s) for s in ((17, 2), 17, (17, 3), 3, 17, (), 4)]
            writer.append(FrameResult(k, k / 25, (PersonResult(1, *parts),)))
except UserError as error:
    print(error)
"""


@pytest.mark.skipif(sys.platform == "win32", reason="needs a limit on file sizes")
@pytest.mark.parametrize("frames", [1, 3000])  # the disk fills at the end, or while rows are added
def test_full_disk(tmp_path: Path, frames: int) -> None:
    command = [sys.executable, "-c", LIMITED, str(tmp_path / "p.npz"), "2000", str(frames)]
    run = subprocess.run(command, capture_output=True, text=True, env=os.environ, check=False)
    assert run.stdout.startswith(f"{tmp_path / 'p.npz'} cannot be written: ")
    assert run.stderr == ""
    assert list(tmp_path.iterdir()) == []


def test_sha256(tmp_path: Path) -> None:
    (tmp_path / "a").write_bytes(b"abc")  # FIPS 180-4, first example
    assert (
        sha256_of_file(tmp_path / "a") == "ba7816bf8f01cfea414140de5dae2223b00361a396177a9cb410ff61f20015ad"
    )
    (tmp_path / "b").write_bytes(bytes(3_000_000))
    assert sha256_of_file(tmp_path / "b") == hashlib.sha256(bytes(3_000_000)).hexdigest()


def test_meta_is_plain_json(tmp_path: Path) -> None:
    with np.load(write(tmp_path / "poses.npz")) as archive:
        assert json.loads(str(archive["meta_json"])) == {"detector": "größe"}
