"""Pose quality of a whole recording: which joints to believe, and in plain words why not.

Per joint and frame an expected error with an 80 % interval (both calibrated on people the network was never trained
on), per frame a score in [0,1], per recording a verdict and its reasons. Reasons are read off the recording itself.
"""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass
from typing import Any

import numpy as np

from ganbodypose.core import PoseSequence, how_many
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.skeletons import H36M_17

GOOD_M, FAIR_M = 0.05, 0.10  # expected errors; the latter is also what the frame score counts
UNSEEN_CONFIDENCE = 0.5
_OFTEN = 0.1  # share of the frames from which on something is worth a word
_JOINT_OFTEN = 0.3
_SMALL_PX = 120.0  # of a person's height: the detector looks at 256 pixels
_BLUR_OF_HEIGHT = 0.06  # a movement by this share of the height while the shutter is open blurs a limb
_SHUTTER = 0.5  # share of the frame's time that cameras usually keep the shutter open
_OVERLAP = 0.3  # of the smaller person's box
_BONE_VARIATION, _BONE_ASYMMETRY = 0.10, 0.10
_IMPLAUSIBLE_SPEED_M_PER_S = 15.0  # of a joint against the pelvis
_LIMB_BONES = ("knee", "ankle", "elbow", "wrist")


@dataclass(frozen=True)
class Reason:
    """Why to be careful: `name` for programs, one sentence for people."""

    name: str
    sentence: str


@dataclass(frozen=True)
class PoseQuality:
    """expected_error_m, low_m, high_m [T,17]: with a probability of 80 % the true error lies between the latter;
    NaN where unknown. score [T]: the share of joints expected within 100 mm. verdict: good, fair, poor, unknown."""

    expected_error_m: np.ndarray
    low_m: np.ndarray
    high_m: np.ndarray
    score: np.ndarray
    verdict: str
    reasons: tuple[Reason, ...]

    def sentence(self) -> str:
        """The verdict in plain words."""
        if self.verdict == "unknown":
            return "How good the poses are is unknown: the file states no expected errors."
        usual, low, high = (
            1000 * _median(a[:, 1:]) for a in (self.expected_error_m, self.low_m, self.high_m)
        )
        between = f" (four times in five by {low:.0f} to {high:.0f} mm)" if np.isfinite(low) else ""
        return f"Poses are {self.verdict}: a joint is expected to be off by {usual:.0f} mm{between}."

    def as_json(self) -> dict[str, Any]:
        """Plain values, of each joint the medians; what is not known is None."""
        columns = {"expected_error_mm": self.expected_error_m, "low_mm": self.low_m, "high_mm": self.high_m}
        return {
            "verdict": self.verdict,
            "mean_score": _plain(float(np.nanmean(self.score))) if np.isfinite(self.score).any() else None,
            "reasons": {reason.name: reason.sentence for reason in self.reasons},
            "joints": {
                joint: {name: _plain(1000 * _median(column[:, j])) for name, column in columns.items()}
                for j, joint in enumerate(H36M_17.joints)
            },
        }


def assess_pose(recording: PoseSequence, track_id: int) -> PoseQuality:
    """Of one person in a recording; the others tell where identities may be mixed up."""
    person = recording.person(track_id)
    error = person.expected_error_m.astype(np.float64)
    low, high = _interval(person, error)
    usual = _median(error[:, 1:])
    verdict = (
        "unknown" if np.isnan(usual) else "good" if usual < GOOD_M else "fair" if usual < FAIR_M else "poor"
    )
    checks = (_occluded, _truncated, _small, _blurred, _jumping, _bones, _camera)
    reasons = [Reason(check.__name__.strip("_"), s) for check in checks for s in check(person)]
    reasons += [Reason("identity", sentence) for sentence in _identity(recording, person)]
    return PoseQuality(error, low, high, person.pose_quality, verdict, tuple(reasons))


def _interval(person: PoseSequence, error_m: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """By the calibration that the run wrote down."""
    stored = person.meta.get("calibration")
    if stored is None:
        return np.full_like(error_m, np.nan), np.full_like(error_m, np.nan)
    return ErrorCalibration.from_dict(stored).error_interval(error_m)


def _occluded(person: PoseSequence) -> Iterator[str]:
    unseen = (person.keypoints_2d_confidence < UNSEEN_CONFIDENCE).mean(0)  # NaN, no detector, is no reason
    often = [j for j in np.argsort(-unseen) if unseen[j] > _JOINT_OFTEN]
    if often:
        named = _and([f"{_words(H36M_17.joints[j])} ({unseen[j]:.0%})" for j in often[:3]])
        more = f" and {len(often) - 3} more joints" if len(often) > 3 else ""
        yield f"Occluded: {named}{more} could not be seen clearly in that share of the frames."


def _truncated(person: PoseSequence) -> Iterator[str]:
    width, height = person.image_size_wh
    x, y = np.moveaxis(person.keypoints_2d_px, -1, 0)
    share = float((((x < 0) | (x > width - 1) | (y < 0) | (y > height - 1)).any(-1)).mean())
    if width > 0 and share > _OFTEN:
        yield f"Truncated: in {share:.0%} of the frames a part of the body lies outside of the picture."


def _small(person: PoseSequence) -> Iterator[str]:
    size = _median(_size_px(person))
    if size < _SMALL_PX:
        yield f"Too small in the picture: the person is only {size:.0f} pixels tall; film from nearer."


def _blurred(person: PoseSequence) -> Iterator[str]:
    """Not measured in the pictures: what moves this far while the shutter is usually open must be blurred."""
    step = np.linalg.norm(np.diff(person.keypoints_2d_px, axis=0), axis=-1)
    one_frame = np.diff(person.frame_index) == 1
    moved = _SHUTTER * _row_max(step)[one_frame] / _size_px(person)[1:][one_frame]
    share = float((moved > _BLUR_OF_HEIGHT).mean()) if moved.size else 0.0
    if share > _OFTEN:
        yield (
            f"Motion blur likely: in {share:.0%} of the frames a limb moves so fast that it must be smeared; "
            "film at a higher rate or with a shorter shutter."
        )


def _jumping(person: PoseSequence) -> Iterator[str]:
    seconds = np.diff(person.time_s)
    speed = _row_max(np.linalg.norm(np.diff(person.joints_3d_m, axis=0), axis=-1)) / seconds
    count = int((speed > _IMPLAUSIBLE_SPEED_M_PER_S).sum())
    if count:
        frames, limit = how_many(count, "frame"), f"{_IMPLAUSIBLE_SPEED_M_PER_S:.0f} m/s"
        yield f"Jumps: in {frames} a joint moves faster than a body can ({limit})."


def _bones(person: PoseSequence) -> Iterator[str]:
    """Of the limbs, whose bones are rigid in every body."""
    parents = np.maximum(H36M_17.parents, 0)
    lengths = np.linalg.norm(person.joints_3d_m - person.joints_3d_m[:, parents], axis=-1)
    lengths = np.where(lengths > 0, lengths, np.nan)
    middle = np.array([_median(column) for column in lengths.T])
    spread = np.array([_median(np.abs(c - m)) for c, m in zip(lengths.T, middle, strict=True)]) * 1.48
    variation = {j: spread[j] / middle[j] for j in _limb_joints()}
    worst = max(variation, key=lambda j: np.nan_to_num(variation[j]))
    if variation[worst] > _BONE_VARIATION:
        yield f"Implausible bones: the length of the {_bone(worst)} varies by {variation[worst]:.0%}."
    uneven = {j: abs(np.log(middle[j] / middle[H36M_17.mirror[j]])) for j in _limb_joints()}
    worst = max(uneven, key=lambda j: np.nan_to_num(uneven[j]))
    if uneven[worst] > _BONE_ASYMMETRY:
        part = _bone(worst).partition(" ")[2]
        yield f"Implausible bones: the left and the right {part} differ in length by {uneven[worst]:.0%}."


def _camera(person: PoseSequence) -> Iterator[str]:
    if person.meta.get("camera_assumed"):
        yield "Intrinsics assumed: the camera's field of view is a guess, so distances and depth may be off."


def _identity(recording: PoseSequence, person: PoseSequence) -> Iterator[str]:
    """Where others are in the way, the tracker may have taken one person for another."""
    near = np.zeros(len(person), bool)
    for other_id in set(recording.track_ids) - {int(person.track_id[0])}:
        other = recording.person(other_id)
        _, mine, theirs = np.intersect1d(person.frame_index, other.frame_index, return_indices=True)
        near[mine] |= _overlap(person.bbox_px[mine], other.bbox_px[theirs]) > _OVERLAP
    if near.any():
        yield f"Identity unsure: another person is in the way in {near.mean():.0%} of the frames."
    longest = float(np.diff(person.time_s).max(initial=0))
    if longest > 1:
        yield f"Identity unsure: the person is out of sight for up to {longest:.1f} s."


def _overlap(a: np.ndarray, b: np.ndarray) -> np.ndarray:
    """Common area of boxes [N,4] as a share of the smaller one."""
    common = np.prod(np.maximum(np.minimum(a[:, 2:], b[:, 2:]) - np.maximum(a[:, :2], b[:, :2]), 0), -1)
    smaller = np.minimum(*(np.prod(box[:, 2:] - box[:, :2], -1) for box in (a, b)))
    return common / np.maximum(smaller, 1e-9)


def _size_px(person: PoseSequence) -> np.ndarray:
    """The longer side of the person's box [T]: the body's height, also when it lies."""
    return np.max(person.bbox_px[:, 2:] - person.bbox_px[:, :2], axis=-1)


def _row_max(values: np.ndarray) -> np.ndarray:
    return np.where(np.isfinite(values), values, 0.0).max(-1)


def _median(values: np.ndarray) -> float:
    known = values[np.isfinite(values)]
    return float(np.median(known)) if known.size else float("nan")


def _plain(value: float) -> float | None:
    return round(value, 3) if np.isfinite(value) else None


def _limb_joints() -> list[int]:
    return [j for j, name in enumerate(H36M_17.joints) if name.partition("_")[2] in _LIMB_BONES]


def _bone(end_joint: int) -> str:
    names = {"knee": "thigh", "ankle": "shin", "elbow": "upper arm", "wrist": "forearm"}
    side, _, part = H36M_17.joints[end_joint].partition("_")
    return f"{side} {names[part]}"


def _words(joint: str) -> str:
    return joint.replace("_", " ")


def _and(words: list[str]) -> str:
    return words[0] if len(words) == 1 else f"{', '.join(words[:-1])} and {words[-1]}"
