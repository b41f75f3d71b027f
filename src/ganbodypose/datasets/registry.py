"""Every dataset by name: what its folder looks like, and its clips.

One line per form in which a dataset is passed around; the formats are in the readers.
"""

from __future__ import annotations

import zipfile
from collections.abc import Callable, Iterator
from dataclasses import dataclass
from fnmatch import fnmatch
from pathlib import Path

from ganbodypose.core import Clip, UserError
from ganbodypose.datasets import (
    amass,
    asf_amc,
    bvh,
    human36m,
    keraal,
    mocap,
    motionbert,
    mpi_inf_3dhp,
    pairs,
    pstmo,
    threedpw,
    uiprmd,
    videopose3d,
)

KERAAL_FPS = 30.0  # a Kinect v2's; the files state none
MPI_INF_3DHP_TEST_FPS = 25.0  # the files state none

ReadClips = Callable[[Path], Iterator[Clip]]


@dataclass(frozen=True)
class Dataset:
    """One form of a dataset.

    marks: patterns of which one file in a folder is enough to know it; parts: patterns that should all be there.
    clips: every clip in a folder, one at a time; None for sets of single pictures. training: those that networks may be
    trained on, by the set's own split or ours; None where there are none.
    """

    name: str
    title: str
    marks: tuple[str, ...]
    parts: tuple[str, ...] = ()
    clips: ReadClips | None = None
    training: ReadClips | None = None

    def is_in(self, folder: Path) -> bool:
        return any(self._is_it(path) for mark in self.marks for path in folder.glob(mark))

    def is_file(self, path: Path) -> bool:
        return any(fnmatch(path.name, Path(mark).name) for mark in self.marks) and self._is_it(path)

    def missing_in(self, folder: Path) -> list[str]:
        return [part for part in self.parts if next(folder.glob(part), None) is None]

    def _is_it(self, path: Path) -> bool:
        return self.name != "mocap" or _is_mocap_archive(path)


def _is_mocap_archive(path: Path) -> bool:
    """Its name says nothing, so what is in it must."""
    if not zipfile.is_zipfile(path):
        return False
    with zipfile.ZipFile(path) as archive:
        return {"poses.npy", "clip_start.npy", "clip_name.npy"} <= set(archive.namelist())


def _present(folder: Path, names: tuple[str, ...]) -> list[str]:
    return [name for name in names if (folder / name).is_dir()]


def _human36m(folder: Path) -> Iterator[Clip]:
    return human36m.read_cdf(folder, _present(folder, human36m.SUBJECTS))


def _human36m_training(folder: Path) -> Iterator[Clip]:
    return human36m.read_cdf(folder, _present(folder, human36m.TRAIN_SUBJECTS))


def _motionbert(folder: Path) -> Iterator[Clip]:
    recordings = motionbert.read_motionbert(folder / "h36m_sh_conf_cam_source_final.pkl", "test")
    return (recording.clip for recording in recordings if recording.clip is not None)


def _mpi_inf_3dhp_train(folder: Path) -> Iterator[Clip]:
    """As the first camera has them: the others show the same motions."""
    subjects = _present(folder, mpi_inf_3dhp.TRAIN_SUBJECTS)
    return (view.clip for view in mpi_inf_3dhp.read_train(folder, subjects, mpi_inf_3dhp.CAMERAS[:1]))


def _mpi_inf_3dhp_test(folder: Path) -> Iterator[Clip]:
    sequences = _present(folder, mpi_inf_3dhp.TEST_SEQUENCES)
    views = mpi_inf_3dhp.read_test(folder, MPI_INF_3DHP_TEST_FPS, sequences, universal=False)
    return (view.clip for view in views)


def _pstmo_training(folder: Path) -> Iterator[Clip]:
    """As the first camera of each sequence has them: the others show the same motions."""
    seen: set[str] = set()
    for view in pstmo.read_pstmo_train(folder / "data_train_3dhp.npz"):
        sequence = view.clip.name.rpartition("/")[0]
        if sequence not in seen:
            seen.add(sequence)
            yield view.clip


def _pstmo(folder: Path) -> Iterator[Clip]:
    if (folder / "data_train_3dhp.npz").is_file():
        yield from _pstmo_training(folder)
    if (folder / "data_test_3dhp.npz").is_file():
        for view in pstmo.read_pstmo_test(folder / "data_test_3dhp.npz", MPI_INF_3DHP_TEST_FPS):
            yield view.clip


def _threedpw(folder: Path) -> Iterator[Clip]:
    folders = sorted({path.parent for path in folder.rglob("*.pkl")})
    return (view.clip for part in folders for view in threedpw.read_3dpw(part))


def _threedpw_training(folder: Path) -> Iterator[Clip]:
    return (view.clip for view in threedpw.read_3dpw(folder / "sequenceFiles" / "train"))


def _mocap(folder: Path) -> Iterator[Clip]:
    archives = (path for path in mocap.mocap_files(folder) if _is_mocap_archive(path))
    return (clip for path in archives for clip in mocap.read_mocap(path))


def _uiprmd(folder: Path) -> Iterator[Clip]:
    return (repetition.clip for repetition in uiprmd.read_uiprmd(folder / "uiprmd_kinect17_30hz.npz"))


def _uiprmd_training(folder: Path) -> Iterator[Clip]:
    return (clip for clip in _uiprmd(folder) if clip.subject not in uiprmd.HELD_OUT)


_H36M_SUBJECTS = tuple(f"{s}/MyPoseFeatures/D3_Positions/*.cdf" for s in human36m.SUBJECTS)
_3DHP_TRAIN = tuple(f"{s}/{q}/annot.mat" for s in mpi_inf_3dhp.TRAIN_SUBJECTS for q in ("Seq1", "Seq2"))
_3DHP_TEST = tuple(f"{name}/annot_data.mat" for name in mpi_inf_3dhp.TEST_SEQUENCES)

DATASETS = {
    dataset.name: dataset
    for dataset in (
        Dataset(
            "h36m",
            "Human3.6M, official 3D positions",
            ("S*/MyPoseFeatures/D3_Positions/*.cdf",),
            _H36M_SUBJECTS,
            _human36m,
            _human36m_training,
        ),
        Dataset(
            "h36m-videopose3d",
            "Human3.6M, VideoPose3D's files",
            ("data_3d_h36m.npz",),
            ("data_2d_h36m_*.npz", "camera-parameters.json"),
            lambda folder: videopose3d.read_videopose3d(folder / "data_3d_h36m.npz"),
            lambda folder: videopose3d.read_videopose3d(folder / "data_3d_h36m.npz", human36m.TRAIN_SUBJECTS),
        ),
        Dataset(
            "h36m-motionbert",
            "Human3.6M, MotionBERT's file (the test half is in metres)",
            ("h36m_sh_conf_cam_source_final.pkl",),
            clips=_motionbert,
        ),
        Dataset(
            "3dhp-train",
            "MPI-INF-3DHP, training",
            ("S*/Seq*/annot.mat",),
            _3DHP_TRAIN,
            _mpi_inf_3dhp_train,
            _mpi_inf_3dhp_train,
        ),
        Dataset("3dhp-test", "MPI-INF-3DHP, test", ("TS*/annot_data.mat",), _3DHP_TEST, _mpi_inf_3dhp_test),
        Dataset(
            "3dhp-pstmo",
            "MPI-INF-3DHP, P-STMO's files",
            ("data_train_3dhp.npz", "data_test_3dhp.npz"),
            ("data_train_3dhp.npz", "data_test_3dhp.npz"),
            _pstmo,
            _pstmo_training,
        ),
        Dataset(
            "3dpw",
            "3DPW",
            ("sequenceFiles/*/*.pkl",),
            tuple(f"sequenceFiles/{split}/*.pkl" for split in ("train", "validation", "test")),
            _threedpw,
            _threedpw_training,
        ),
        Dataset(
            "amass",
            "AMASS, body model parameters",
            ("**/*_poses.npz", "**/*_stageii.npz"),
            clips=amass.read_amass,
            training=amass.read_amass,
        ),
        Dataset(
            "cmu",
            "CMU motion capture, ASF/AMC",
            ("**/*.amc",),
            ("**/*.asf",),
            asf_amc.read_asf_amc,
            asf_amc.read_asf_amc,
        ),
        Dataset("bvh", "BVH files", ("**/*.bvh",), (), bvh.read_bvh_folder, bvh.read_bvh_folder),
        Dataset(
            "mocap",
            "Prepared motion-capture archives",
            ("*.npz",),
            clips=_mocap,
            training=lambda folder: mocap.read_split(folder, "train"),
        ),
        Dataset(
            "uiprmd",
            "UI-PRMD, Kinect v2, prepared",
            ("uiprmd_kinect17_30hz.npz",),
            (),
            _uiprmd,
            _uiprmd_training,
        ),
        Dataset(
            "keraal",
            "Keraal, Kinect v2 with 2D detections",
            ("*-Kinect-*.txt",),
            ("*-OP-*.json", "*-BP-*.json", "*-AP-*.json"),
            lambda folder: (recording.clip for recording in keraal.read_keraal(folder, KERAAL_FPS)),
        ),
        Dataset(
            "pairs",
            "Rendered people as a detector saw them",
            ("train_full.npz",),
            clips=lambda folder: (c.view.clip for c in pairs.read_pairs(folder / "train_full.npz")),
        ),
        Dataset("coco", "COCO keypoints", ("person_keypoints_*.json", "annotations/person_keypoints_*.json")),
        Dataset(
            "densepose", "DensePose-COCO", ("densepose_coco_*.json", "annotations/densepose_coco_*.json")
        ),
    )
}


def dataset_named(name: str) -> Dataset:
    if name not in DATASETS:
        raise UserError(f"There is no dataset {name!r}; choose from {', '.join(DATASETS)}.")
    return DATASETS[name]


def read_clips(name: str, folder: str | Path) -> Iterator[Clip]:
    """Every clip of the dataset `name` in `folder`, one at a time, in metres, z up. UserError when it has none."""
    dataset = dataset_named(name)
    if dataset.clips is None:
        raise UserError(f"{dataset.title} holds single pictures, which give no motion.")
    return dataset.clips(Path(folder))


def read_training_clips(name: str, folder: str | Path) -> Iterator[Clip]:
    """As `read_clips`, without what the set or this project keeps for validation and tests."""
    dataset = dataset_named(name)
    if dataset.training is None:
        raise UserError(f"{dataset.title} has no motion to train on.")
    return dataset.training(Path(folder))


def datasets_in(folder: Path) -> list[Dataset]:
    """What `folder` is: usually one, none when nothing in it is known."""
    return [dataset for dataset in DATASETS.values() if dataset.is_in(folder)]
