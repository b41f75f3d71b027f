"""The readers of datasets, each with a small right file as the tests of that dataset write it."""

from __future__ import annotations

import json
import pickle
import shutil
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import numpy as np
from reader import Reader, written

sys.path.insert(0, str(Path(__file__).parents[1] / "datasets"))

import test_asf_amc as asf
import test_coco as coco
import test_mpi_inf_3dhp as mpi
import test_pairs as pairs
import test_uiprmd as uiprmd

from ganbodypose.datasets.amass import read_amass
from ganbodypose.datasets.asf_amc import read_asf_amc
from ganbodypose.datasets.coco import read_coco, read_densepose
from ganbodypose.datasets.human36m import CAMERAS, load_cameras
from ganbodypose.datasets.keraal import read_keraal
from ganbodypose.datasets.mocap import read_mocap
from ganbodypose.datasets.motionbert import read_motionbert
from ganbodypose.datasets.mpi_inf_3dhp import load_calibration, read_test
from ganbodypose.datasets.pairs import read_pairs
from ganbodypose.datasets.pstmo import read_pstmo_test, read_pstmo_train
from ganbodypose.datasets.safe_pickle import load_npz_member, load_pickle
from ganbodypose.datasets.threedpw import read_sequence
from ganbodypose.datasets.uiprmd import read_uiprmd
from ganbodypose.datasets.videopose3d import read_videopose3d
from ganbodypose.protocols.people_2d import results_file
from ganbodypose.skeletons import H36M_17


def all_readers() -> Iterator[tuple[str, Reader]]:
    yield from _archives()
    yield from _pickled()
    yield from _texts()
    yield from _containers()


def _archives() -> Iterator[tuple[str, Reader]]:
    yield "mocap", Reader(".npz", mocap_archive, lambda p: list(read_mocap(p)))
    yield (
        "pairs",
        Reader(
            ".npz", written("a.npz", lambda d: pairs.write_pairs(d / "a.npz")), lambda p: list(read_pairs(p))
        ),
    )
    yield "uiprmd", Reader(".npz", written("kinect.npz", uiprmd.write), lambda p: list(read_uiprmd(p)))
    yield "amass", Reader(".npz", written("a.npz", _write_amass), _read_amass)
    yield "amass-model", Reader(".npz", written("m.npz", lambda d: _write_body(d / "m.npz")), _read_body)


def _pickled() -> Iterator[tuple[str, Reader]]:
    yield "pickle", Reader(".pkl", _pickles, _read_pickles)
    yield "pickle-halves", Reader(".pkl", _pickles, lambda p: list(read_motionbert(p, "train")))
    yield "pickle-in-npz", Reader(".npz", _object_arrays, lambda p: load_npz_member(p, "data"))
    walk = {"S1": {"Walking": np.zeros((2, 32, 3))}}
    yield (
        "videopose3d",
        Reader(".npz", _one("positions_3d", walk), lambda p: list(read_videopose3d(p, ["S1"]))),
    )
    view = {"data_2d": np.zeros((2, 17, 2)), "data_3d": np.ones((2, 17, 3)), "valid": np.ones(2)}
    yield (
        "pstmo-train",
        Reader(".npz", _one("data", {"S1 Seq1": [{"0": view}, 25]}), lambda p: list(read_pstmo_train(p))),
    )
    yield "pstmo-test", Reader(".npz", _one("data", {"TS1": view}), lambda p: list(read_pstmo_test(p, 25.0)))


def _texts() -> Iterator[tuple[str, Reader]]:
    yield "asf", Reader(".asf", written("1.asf", lambda d: asf.write_asf(d / "1.asf")), _read_asf)
    yield "amc", Reader(".amc", written("1.amc", lambda d: asf.write_amc(d / "1.amc", [{}, {}])), _read_amc)
    yield "coco", Reader(".json", _coco({}), lambda p: list(read_coco(p)))
    yield "densepose", Reader(".json", _coco(coco.dense()), lambda p: list(read_densepose(p)))
    result = [{"image_id": 7, "category_id": 1, "keypoints": [1.0] * 51, "score": 0.5}]
    yield "coco-results", Reader(".json", lambda: [json.dumps(result).encode()], results_file)
    yield "h36m-cameras", Reader(".json", lambda: [json.dumps(_cameras()).encode()], load_cameras)
    yield "mpi-calibration", Reader(".calibration", lambda: [mpi.CALIBRATION.encode()], load_calibration)
    yield (
        "keraal-kinect",
        Reader("-Kinect-E-P1.txt", lambda: [_KINECT], lambda p: list(read_keraal(p.parent, 30))),
    )
    found = {"positions": {"1.0": {"rShoulder": [0.1, 0.2]}, "2.0": {"Neck": [0.3, 0.4, 0.5]}}}
    yield "keraal-2d", Reader("-OP-E-P1.json", lambda: [json.dumps(found).encode()], _read_keraal_2d)


def _containers() -> Iterator[tuple[str, Reader]]:
    """Not MATLAB 5 and CDF: SciPy crashes and cdflib hangs on damaged ones (SECURITY.md)."""
    test = written("TS1/annot_data.mat", mpi.write_test)
    yield (
        "mpi-test",
        Reader(".mat", test, _at("TS1/annot_data.mat", lambda d: list(read_test(d, 25.0, ["TS1"])))),
    )


def _at(place: str, read: Callable[[Path], object]) -> Callable[[Path], object]:
    """Reads a folder in which the file lies at `place`."""

    def moved(path: Path) -> object:
        target = path.parent / "dataset" / place
        target.parent.mkdir(parents=True, exist_ok=True)
        path.replace(target)
        return read(path.parent / "dataset")

    return moved


def mocap_archive() -> list[bytes]:
    def write(folder: Path) -> None:
        poses, names = np.zeros((3, 17, 3), np.float32), np.array(H36M_17.joints)
        clips = {"clip_start": [0], "clip_len": [3], "clip_name": ["a"], "subject": ["s"], "action": ["w"]}
        np.savez_compressed(
            folder / "a.npz", poses=poses, fps=30.0, joint_names=names, up="z", units="m", **clips
        )

    return written("a.npz", write)()


def _write_amass(folder: Path) -> None:
    pose = {"poses": np.zeros((2, 156)), "trans": np.zeros((2, 3)), "betas": np.zeros(4)}
    np.savez(folder / "a.npz", **pose, gender=np.array("female"), mocap_framerate=np.array(120.0))


def _write_body(path: Path) -> None:
    path.parent.mkdir(parents=True, exist_ok=True)
    body = {
        "v_template": np.zeros((5, 3)),
        "shapedirs": np.zeros((5, 3, 4)),
        "J_regressor": np.ones((52, 5)) / 5,
    }
    np.savez(path, **body)


def _read_amass(path: Path) -> object:
    models = path.parent / "models"
    _write_body(models / "SMPLH_FEMALE.npz")
    motion = path.parent / "motion" / path.name
    motion.parent.mkdir(exist_ok=True)
    shutil.copy(path, motion)
    return list(read_amass(motion.parent, models))


def _read_body(path: Path) -> object:
    models, motion = path.parent / "models", path.parent / "motion"
    for folder in (models, motion):
        folder.mkdir(exist_ok=True)
    shutil.copy(path, models / "SMPLH_FEMALE.npz")
    _write_amass(motion)
    return list(read_amass(motion, models))


def _read_asf(path: Path) -> object:
    asf.write_amc(path.with_suffix(".amc"), [{}])
    return list(read_asf_amc(path.parent))


def _read_amc(path: Path) -> object:
    asf.write_asf(path.with_suffix(".asf"))
    return list(read_asf_amc(path.parent))


def _coco(extra: dict[str, Any]) -> Callable[[], list[bytes]]:
    people = [coco.annotation(1, 7, **extra), coco.annotation(2, 3, **extra)]
    return written("a.json", lambda folder: coco.write(folder / "a.json", people))


def _cameras() -> dict[str, Any]:
    lens = {"calibration_matrix": np.eye(3).tolist(), "distortion": [0.0] * 5}
    pose = {"R": np.eye(3).tolist(), "t": [[0.0], [0.0], [4000.0]]}
    return {"intrinsics": dict.fromkeys(CAMERAS, lens), "extrinsics": {"S1": dict.fromkeys(CAMERAS, pose)}}


_KINECT = (" ".join(f"{k / 10:.1f}" for k in range(175)) + "\n").encode() * 2


def _read_keraal_2d(path: Path) -> object:
    path.with_name("input-Kinect-E-P1.txt").write_bytes(_KINECT)
    return list(read_keraal(path.parent, 30))


def _pickles() -> list[bytes]:
    person = np.zeros((2, 72))
    views = {
        "sequence": "walk",
        "jointPositions": [person],
        "poses2d": [np.zeros((2, 3, 18))],
        "campose_valid": [np.ones(2)],
        "cam_poses": np.tile(np.eye(4), (2, 1, 1)),
        "cam_intrinsics": np.array([[500.0, 0, 50], [0, 500, 50], [0, 0, 1]]),
    }
    halves = {
        "joint_2d": np.zeros((2, 17, 2)),
        "joint3d_image": np.zeros((2, 17, 3)),
        "confidence": np.zeros((2, 17, 1)),
        "source": ["s_09_act_02"] * 2,
        "camera_name": ["1"] * 2,
    }
    return [
        pickle.dumps(contents, protocol) for contents in (views, {"train": halves}) for protocol in (0, 2, 4)
    ]


def _read_pickles(path: Path) -> None:
    load_pickle(path)
    list(read_sequence(path))


def _one(field: str, value: object) -> Callable[[], list[bytes]]:
    """An .npz whose one field is a pickled object."""
    return written(
        "a.npz", lambda folder: np.savez(folder / "a.npz", **{field: np.array(value, dtype=object)})
    )


_object_arrays = _one("data", {"S1": {"walk": np.zeros((2, 17, 3))}})
