"""Curves over corruption levels, and whether the quality tells."""

from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.jobs.robustness import RobustnessOptions, robustness_on_dataset, with_corruption, write_files
from ganbodypose.jobs.robustness_video import robustness_on_videos
from ganbodypose.protocols.robustness import CLEAN, Condition, Frames, summarise
from ganbodypose.protocols.sources import pairs_trials

RNG = np.random.default_rng(0)
TRUTH = RNG.normal(0, 0.4, (40, 17, 3))


def frames(error_m: float, quality: float) -> Frames:
    """Joints but the pelvis are off by `error_m` times 17/16, so that the mean over all is `error_m`."""
    joints = TRUTH.copy()
    joints[:, 1:, 0] += error_m * 17 / 16
    return Frames(joints, TRUTH, np.full(40, quality), np.full((40, 17), 0.05))


def curve(qualities: list[float]) -> list[tuple[Condition, Frames]]:
    errors = np.linspace(0.02, 0.1, len(qualities))
    conditions = [(CLEAN, 0), *(("noise", level) for level in range(1, len(qualities)))]
    return [(c, frames(e, q)) for c, e, q in zip(conditions, errors, qualities, strict=True)]


def test_points_by_hand() -> None:
    result = summarise("live", "x", "truth", curve([0.9, 0.7, 0.4]))
    assert [p.mpjpe_mm for p in result.points] == pytest.approx([20, 60, 100])
    assert [p.pose_quality for p in result.curve("noise")] == pytest.approx([0.9, 0.7, 0.4])
    assert result.points[0].expected_error_mm == pytest.approx(50) and result.corruptions == ("noise",)
    assert result.spearman_levels["noise"] == pytest.approx(1)
    assert result.spearman_frames > 0.9  # ties within a condition
    assert result.spearman_quality == {"noise": pytest.approx(1)}
    assert result.as_json()["spearman_quality"] == result.spearman_quality


def test_a_quality_that_rises_with_the_error_is_found_out() -> None:
    result = summarise("live", "x", "truth", curve([0.4, 0.7, 0.9]))
    assert result.spearman_levels["noise"] == pytest.approx(-1)
    assert result.as_json()["spearman_levels_mean"] == pytest.approx(-1)
    assert result.spearman_quality["noise"] == pytest.approx(-1)


def test_a_frame_without_a_pose_has_no_quality() -> None:
    lost = frames(0.1, 0.9)
    lost.joints_m[:20] = np.nan
    lost.pose_quality[:20] = np.nan
    result = summarise("live", "x", "truth", [*curve([0.8, 0.7]), (("noise", 2), lost)])
    assert result.points[-1].pose_quality == pytest.approx(0.9) and result.points[-1].missing == 0.5
    assert result.spearman_quality["noise"] == pytest.approx(1)  # 0.8, 0.7, 0.45


def test_frames_without_a_pose_are_counted() -> None:
    some = frames(0.05, 0.5)
    some.joints_m[:10] = np.nan
    some.pose_quality[:10] = np.nan
    result = summarise("live", "x", "truth", [((CLEAN, 0), some)])
    assert result.points[0].missing == 0.25 and result.points[0].mpjpe_mm == pytest.approx(50)


def test_the_published_network_knows_when_joints_are_lost(data_dir: Path, tmp_path: Path) -> None:
    options = RobustnessOptions(("keypoint-missing",), (3, 5), trials=4)
    progress = []
    result = robustness_on_dataset("pairs", data_dir, options, lambda *now: progress.append(now))
    errors = [p.mpjpe_mm for p in result.points]
    qualities = [p.pose_quality for p in result.points]
    assert errors == sorted(errors) and qualities == sorted(qualities, reverse=True)
    assert result.spearman_levels["keypoint-missing"] == 1 and result.spearman_frames > 0.3
    assert progress[-1] == (4 * 40 * 3, 4 * 40 * 3)
    assert all(path.stat().st_size > 100 for path in write_files(result, tmp_path))


def test_corruption_differs_between_trials_but_not_between_runs(data_dir: Path) -> None:
    trial = next(pairs_trials(data_dir))
    first, again, other = (
        with_corruption(trial, ("keypoint-noise", 2), k).keypoints.xy_px for k in (0, 0, 1)
    )
    np.testing.assert_array_equal(first, again)
    assert np.nanmax(np.abs(first - other)) > 1


def test_wrong_options_are_told(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="no corruption 'rain'; choose from noise"):
        RobustnessOptions(("rain",))
    with pytest.raises(UserError, match="from 1 to 5"):
        RobustnessOptions(levels=(6,))
    with pytest.raises(UserError, match="None of the corruptions applies"):
        robustness_on_dataset("pairs", tmp_path, RobustnessOptions(("fog",)))


def test_a_video(make_video, fake_detector) -> None:
    """A detector that sees the same in every picture: nothing changes, and dropped frames are no failures."""
    fake_detector(1)
    path = make_video(frames=12, size_wh=(160, 120))
    options = RobustnessOptions(("noise", "frame-drops", "keypoint-jitter"), (4,))
    result = robustness_on_videos([str(path)], options)
    by_name = {p.corruption: p for p in result.points}  # the last of each: level 4
    assert [p.level for p in result.curve("keypoint-jitter")] == [0, 4]
    assert result.curve("keypoint-jitter")[0].mpjpe_mm == 0
    assert by_name["noise"].mpjpe_mm == pytest.approx(0, abs=1e-3)
    assert by_name["frame-drops"].missing == 0 and by_name["frame-drops"].frames < 12
    assert by_name["keypoint-jitter"].mpjpe_mm > 1
    fake_detector(0)
    with pytest.raises(UserError, match=r"Nobody was found in .*ramp.mp4"):
        robustness_on_videos([str(path)], options)
