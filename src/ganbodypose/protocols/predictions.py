"""Any tool's predictions as a subject, read from files, so that rivals are judged by the same code.

One of
  a folder   <trial>.npz (a results file), .trc, .bvh, .csv or .json for each trial; '/' in a trial's name is a folder
             or '_' (the recording `S9/Photo/54138969` may be S9/Photo/54138969.trc or S9_Photo_54138969.trc)
  .npz       one array [T,17,3] per trial, under its name, in metres
  .json      {"units": "m" or "mm", "joint_names": [...], "trials": {name: [[[x, y, z], ...], ...]}}
  .mat       3D of MPI-INF-3DHP's test sequences as P-STMO and its successors save them (inference_data.mat):
             TS1 ... TS6, each [3,17,1,T] or [3,17,T] mm, for the valid frames only
Poses are in camera axes (x right, y down, z forward). Joints are those of Human3.6M, by name where the file has
names (units default to metres, names to that order). Frames that a file does not have are failures.
"""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.datasets.checks import entry, field_error, numbers, read_mat
from ganbodypose.io import formats
from ganbodypose.io.npz import DAMAGED, check_npz
from ganbodypose.io.text import read_json
from ganbodypose.protocols.trial import Prediction, Trial
from ganbodypose.skeletons import H36M_17, MPI_INF_3DHP_17, Skeleton, skeleton_map

_METRES = {"m": 1.0, "mm": 0.001}
_FILES = (*formats.FORMATS, ".json")


class PredictionFiles:
    """The predictions in `path`; UserError names the trial and the file that is missing or malformed."""

    def __init__(self, path: str | Path) -> None:
        self.path = Path(path)
        self.name = self.path.name
        self._of_trial = self._reader()

    def predict(self, trials: Sequence[Trial]) -> list[Prediction]:
        return [self._of_trial(trial) for trial in trials]

    def _reader(self) -> Callable[[Trial], Prediction]:
        if self.path.is_dir():
            return lambda trial: _from_file(_file_of(self.path, trial.name), trial)
        if not self.path.is_file():
            raise UserError(f"There are no predictions at {self.path}; check the path.")
        kind = self.path.suffix.lower()
        if kind == ".mat":
            return _many(self.path, _inference_mat(self.path))
        if kind == ".npz" and "joint_names" not in (arrays := _plain_npz(self.path)):
            return _many(self.path, arrays)
        if kind == ".json":
            return _many(self.path, _json_trials(self.path))
        return lambda trial: _from_file(self.path, trial)


def _many(path: Path, poses: Mapping[str, np.ndarray]) -> Callable[[Trial], Prediction]:
    def of_trial(trial: Trial) -> Prediction:
        if trial.name not in poses:
            known = ", ".join(list(poses)[:3])
            raise UserError(f"{path} has no predictions for {trial.name!r}; it has {known} ...")
        joints = numbers(path, poses[trial.name], trial.name, (None, 17, 3))
        return Prediction(_in_all_frames(path, joints, trial))

    return of_trial


def _in_all_frames(path: Path, joints: np.ndarray, trial: Trial) -> np.ndarray:
    """One pose per frame, or one per valid frame, which is spread over them."""
    if len(joints) == len(trial):
        return joints
    if len(joints) != trial.valid.sum():
        raise field_error(
            path,
            trial.name,
            f"must have {len(trial)} poses, one per frame (or {int(trial.valid.sum())}, one per valid frame), "
            f"not {len(joints)}",
        )
    spread = np.full((len(trial), *joints.shape[1:]), np.nan)
    spread[trial.valid] = joints
    return spread


def _from_file(path: Path, trial: Trial) -> Prediction:
    if path.suffix.lower() == ".json":
        return _many(path, {trial.name: _json_poses(path, _json(path), "poses")})(trial)
    return _of_sequence(formats.read(path), trial)


def _of_sequence(sequence: PoseSequence, trial: Trial) -> Prediction:
    """The person with most frames, placed by frame number."""
    person = sequence.person(sequence.track_ids[0]) if len(sequence) else sequence
    inside = (person.frame_index >= 0) & (person.frame_index < len(trial))
    at, rows = person.frame_index[inside], np.flatnonzero(inside)

    def spread(values: np.ndarray) -> np.ndarray:
        whole = np.full((len(trial), *values.shape[1:]), np.nan)
        whole[at] = values[rows]
        return whole

    expected = spread(person.expected_error_m)
    return Prediction(
        spread(person.joints_3d_m),
        expected if np.isfinite(expected).any() else None,
        spread(person.pose_quality),
    )


def _file_of(folder: Path, trial: str) -> Path:
    stems = (trial, trial.replace("/", "_"), f"{trial}/poses")
    choices = [folder / f"{stem}{kind}" for stem in stems for kind in _FILES]
    found = next((path for path in choices if path.is_file()), None)
    if found is None:
        raise UserError(f"No predictions for {trial!r} lie in {folder}; expected {choices[0]} or the like.")
    return found


def _plain_npz(path: Path) -> dict[str, np.ndarray]:
    try:
        check_npz(path)
        with np.load(path, allow_pickle=False) as arrays:
            return {name: arrays[name] for name in arrays.files}
    except (OSError, *DAMAGED) as error:
        raise UserError(f"{path} is not a NumPy .npz archive of plain arrays ({error}).") from error


def _json(path: Path) -> dict[str, Any]:
    content = read_json(path)
    if not isinstance(content, dict):
        raise UserError(
            f"{path} must be a JSON object with 'trials'; see the documentation of --predictions."
        )
    return content


def _json_trials(path: Path) -> dict[str, np.ndarray]:
    content = _json(path)
    trials = entry(path, content, "trials", "")
    if not isinstance(trials, dict):
        raise field_error(path, "trials", f"must be an object of poses by name, not {type(trials).__name__}")
    return {name: _json_poses(path, {**content, "trials": trials[name]}, "trials", name) for name in trials}


def _json_poses(path: Path, content: dict[str, Any], field: str, name: str = "") -> np.ndarray:
    """[T,17,3] m, from nested lists in which null is missing."""
    units, names = content.get("units", "m"), content.get("joint_names", H36M_17.joints)
    if not isinstance(units, str) or units not in _METRES:
        raise field_error(path, "units", f"must be 'm' or 'mm', not {units!r}")
    if not isinstance(names, list | tuple) or not all(joint in names for joint in H36M_17.joints):
        raise field_error(path, "joint_names", f"must name the 17 joints of {H36M_17.name}")
    where = f"{field}[{name!r}]" if name else field
    try:
        poses = np.array(entry(path, content, field, ""), np.float64)  # null becomes NaN
    except (TypeError, ValueError):
        raise field_error(path, where, "must be numbers [frames, joints, 3]") from None
    order = [list(names).index(joint) for joint in H36M_17.joints]
    return numbers(path, poses, where, (None, len(names), 3))[:, order] * _METRES[units]


def _inference_mat(path: Path) -> dict[str, np.ndarray]:
    """TS1 ... -> [T,17,3] m in the order of H36M_17."""
    sequences = {name: values for name, values in read_mat(path).items() if name.startswith("TS")}
    if not sequences:
        raise UserError(f"{path} must have the variables TS1 to TS6; it has none of them.")
    return {name: _from_mpi_17(path, values, name) for name, values in sequences.items()}


def _from_mpi_17(
    path: Path, values: np.ndarray, name: str, skeleton: Skeleton = MPI_INF_3DHP_17
) -> np.ndarray:
    axes_first = values[:, :, 0] if values.ndim == 4 and values.shape[2] == 1 else values
    poses = numbers(path, axes_first, name, (3, 17, None)).transpose(2, 1, 0)
    return skeleton_map(skeleton, H36M_17) @ poses / 1000
