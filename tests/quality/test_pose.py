"""Verdict and reasons: each flaw alone brings its own reason, a clean recording none."""

from __future__ import annotations

from dataclasses import replace
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import PoseSequence
from ganbodypose.io.formats.tracks import Track, sequence_of
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.quality.pose import assess_pose
from ganbodypose.skeletons import H36M_17

CALIBRATION = ErrorCalibration(
    (1.0,) * 17, (0.01, 0.3), (0.01, 0.3), (1.0, 0.0), low_m=(0.005, 0.1), high_m=(0.02, 0.6)
)


@pytest.fixture
def clean(standing: np.ndarray) -> PoseSequence:
    """4 s at 25 Hz of somebody standing in the middle of the picture, 400 pixels tall, well seen."""
    frames = 100
    base = sequence_of(
        Track(np.repeat(standing[None] * [1, -1, -1], frames, 0), np.full((frames, 17), 0.03), 25.0)
    )
    px = np.array([320.0, 260.0]) + 240 * standing[:, :2]
    box = np.concatenate([px.min(0), px.max(0)])
    return replace(
        base,
        keypoints_2d_px=np.repeat(px[None], frames, 0),
        keypoints_2d_confidence=np.full((frames, 17), 0.9),
        pose_quality=np.full(frames, 0.9),
        bbox_px=np.repeat(box[None], frames, 0),
        image_size_wh=(640, 600),
        meta={"calibration": CALIBRATION.as_dict()},
    )


def reasons(recording: PoseSequence) -> set[str]:
    return {reason.name for reason in assess_pose(recording, 1).reasons}


def changed(recording: PoseSequence, name: str, values: Any) -> PoseSequence:
    return replace(recording, **{name: values})


def test_a_clean_recording_is_good_with_an_interval_and_no_reasons(clean: PoseSequence) -> None:
    quality = assess_pose(clean, 1)
    assert (quality.verdict, quality.reasons) == ("good", ())
    assert (quality.low_m[:, 1:] < quality.expected_error_m[:, 1:]).all()
    assert (quality.high_m[:, 1:] > quality.expected_error_m[:, 1:]).all()
    assert "off by 30 mm" in quality.sentence()
    assert quality.as_json()["joints"]["left_wrist"]["expected_error_mm"] == pytest.approx(30)


@pytest.mark.parametrize(
    ("error_m", "verdict"), [(0.03, "good"), (0.07, "fair"), (0.2, "poor"), (np.nan, "unknown")]
)
def test_verdict(clean: PoseSequence, error_m: float, verdict: str) -> None:
    assert assess_pose(changed(clean, "expected_error_m", np.full((100, 17), error_m)), 1).verdict == verdict


def test_each_flaw_has_its_own_reason(clean: PoseSequence) -> None:
    wrist = H36M_17.index("left_wrist")
    confidence, px, joints = (
        getattr(clean, name).copy() for name in ("keypoints_2d_confidence", "keypoints_2d_px", "joints_3d_m")
    )
    confidence[:40, wrist] = 0.1
    hidden = changed(clean, "keypoints_2d_confidence", confidence)
    assert reasons(hidden) == {"occluded"}
    assert "left wrist (40%)" in assess_pose(hidden, 1).reasons[0].sentence
    assert reasons(changed(clean, "keypoints_2d_px", px + np.array([300.0, 0]))) == {"truncated"}
    assert reasons(changed(clean, "bbox_px", 0.2 * clean.bbox_px)) == {"small"}
    px[::3, wrist] += 60
    assert reasons(changed(clean, "keypoints_2d_px", px)) == {"blurred"}
    joints[50, wrist] += 2
    assert reasons(changed(clean, "joints_3d_m", joints)) == {"jumping"}
    assert reasons(changed(clean, "meta", {"camera_assumed": True})) == {"camera"}


def test_bones_that_stretch_or_differ_are_implausible(clean: PoseSequence) -> None:
    knee, ankle = H36M_17.indices("left_knee", "left_ankle")
    joints = clean.joints_3d_m.copy()
    shin = joints[:, ankle] - joints[:, knee]
    joints[:, ankle] = joints[:, knee] + 1.3 * shin
    assert (
        "differ in length by 26%" in assess_pose(changed(clean, "joints_3d_m", joints), 1).reasons[0].sentence
    )
    stretch = (1 + 0.3 * np.sin(np.arange(100) / 5))[:, None]
    joints[:, ankle] = joints[:, knee] + stretch * shin
    assert "left shin varies" in assess_pose(changed(clean, "joints_3d_m", joints), 1).reasons[0].sentence


def test_somebody_in_the_way_makes_identity_unsure(clean: PoseSequence) -> None:
    both = {name: np.concatenate([getattr(clean, name)] * 2) for name in clean.ROW_FIELDS}
    both["track_id"] = np.repeat([1, 2], 100)
    beside = replace(clean, **both)
    assert reasons(beside) == {"identity"}
    beside.bbox_px[100:] += 1000
    assert reasons(beside) == set()
