"""Rendered pairs, written here as they are, and the real archive."""

from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.pairs import at_joint_centres, read_pairs
from ganbodypose.geometry.camera import project, world_to_camera
from ganbodypose.skeletons import BLAZEPOSE_33, H36M_17

RNG = np.random.default_rng(0)


def write_pairs(path: Path, **changes: Any) -> Path:
    """Clips of 3 and 2 frames; the second frame of the first has nobody in it."""
    xyz = RNG.normal([0, 0, 4], 0.3, (5, 33, 3)).astype(np.float32)
    xy = xyz[..., :2] / xyz[..., 2:] * 1000 + 320
    xy[1], xyz[1] = np.nan, np.nan
    content = {
        "fps": np.float32(25),
        "full_xy": xy,
        "full_vis": np.where(np.isnan(xy).any(-1), 0, 0.9),
        "full_world": xyz - [0, 0, 4],
        "gt17_cam": RNG.normal([0, 0, 4], 0.3, (5, 17, 3)),
        "clip": np.array([0, 0, 0, 1, 1]),
        "clip_K": np.array([[[1000, 0, 320], [0, 1000, 320], [0, 0, 1.0]]] * 2),
        "clip_WH": np.array([[640, 640]] * 2),
        "clip_name": np.array(["deepmimic:walk", "reactidle:stand"]),
        "clip_action": np.array(["walk", ""]),
    }
    np.savez(path, **{k: v for k, v in (content | changes).items() if v is not None})
    return path


def test_clips(tmp_path: Path) -> None:
    path = write_pairs(tmp_path / "pairs.npz")
    first, second = read_pairs(path)
    assert (first.motion, first.view.clip.action, first.view.clip.fps) == ("deepmimic:walk", "walk", 25)
    assert len(first.view.clip.joints_m) == 3 and len(second.view.clip.joints_m) == 2
    assert first.view.clip.subject != second.view.clip.subject  # a body is rendered once
    with np.load(path) as content:
        truth, world = at_joint_centres(content["gt17_cam"]), content["full_world"]
    camera = second.view.camera
    assert camera is not None and camera.size_wh == (640, 640)
    np.testing.assert_allclose(world_to_camera(camera, second.view.clip.joints_m), truth[3:], atol=1e-5)
    shoulder = BLAZEPOSE_33.index("left_shoulder")
    np.testing.assert_allclose(second.detector_m[:, 11], world[3:, shoulder])
    seen = first.view.keypoints
    assert np.isnan(seen.xy_px[1]).all() and (seen.confidence[1] == 0).all() and seen.depth_m is not None
    np.testing.assert_allclose(seen.depth_m[0, 11], world[0, shoulder, 2])


def test_joint_centres_lie_inside_of_the_bones_heads() -> None:
    joints = RNG.normal(size=(2, 17, 3))
    hips, knees, ankles = (H36M_17.indices(f"left_{j}", f"right_{j}") for j in ("hip", "knee", "ankle"))
    joints[:, 0] = joints[:, hips].mean(1)
    moved = at_joint_centres(joints)

    def apart(found: np.ndarray, ends: tuple[int, ...]) -> np.ndarray:
        return found[:, ends[0]] - found[:, ends[1]]

    np.testing.assert_allclose(apart(moved, hips), 0.785 * apart(joints, hips))
    np.testing.assert_allclose(moved[:, hips].mean(1), joints[:, 0], atol=1e-12)
    shanks = joints[:, knees] - joints[:, ankles]
    np.testing.assert_allclose(moved[:, knees] - moved[:, ankles], 0.95 * shanks)
    others = [j for j in range(17) if j not in (*hips, *ankles)]
    np.testing.assert_array_equal(moved[:, others], joints[:, others])


@pytest.mark.parametrize(
    ("changes", "message"),
    [
        ({"full_vis": None}, "'full_vis' is missing"),
        ({"gt17_cam": np.zeros((5, 16, 3))}, r"'gt17_cam' must be numbers \[any,17,3\]"),
        ({"clip": np.zeros(4, int)}, r"'full_xy' must have one entry per frame of 'clip' \(4\), not 5"),
        ({"clip_name": np.arange(2)}, r"'clip_name' must be text \[clips\]"),
        ({"clip_K": np.zeros((3, 3, 3))}, r"'clip_K' must be numbers \[2,3,3\]"),
        ({"fps": np.float32(0)}, "'fps' must be one positive number"),
    ],
)
def test_malformed(tmp_path: Path, changes: dict[str, Any], message: str) -> None:
    path = write_pairs(tmp_path / "pairs.npz", **changes)
    with pytest.raises(UserError, match=f"{path}: field {message}"):
        list(read_pairs(path))


def test_the_real_archive(data_dir: Path) -> None:
    """The detector's points lie where the camera sees the true joints, to a few per cent of the person."""
    path = data_dir / "pairs" / "train_full.npz"
    if not path.is_file():
        pytest.skip("no rendered pairs among the recorded data")
    first = next(read_pairs(path)).view
    assert first.camera is not None
    true_px = project(first.camera, world_to_camera(first.camera, first.clip.joints_m))
    off = np.linalg.norm(first.keypoints.xy_px - true_px, axis=-1)
    height = np.ptp(true_px[..., 1], axis=1)
    assert np.nanmedian(off / height[:, None]) < 0.05
