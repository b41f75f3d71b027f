"""Corrupted pictures and keypoints: each level is worse than the one before, and always the same."""

import numpy as np
import pytest

from ganbodypose.core import Keypoints2D, VideoFrame
from ganbodypose.corruption import LEVELS
from ganbodypose.corruption.keypoints import KEYPOINT_CORRUPTIONS
from ganbodypose.corruption.pictures import CORRUPTIONS, PICTURE_CORRUPTIONS, corrupted
from ganbodypose.skeletons import H36M_17

RNG = np.random.default_rng(0)


def picture() -> np.ndarray:
    """A scene with coarse and fine structure, 240 x 320."""
    y, x = np.mgrid[:240, :320]
    waves = np.sin(x / 3) + np.sin(y / 17) + np.sin((x + y) / 41)
    grey = (waves - waves.min()) / np.ptp(waves) * 255
    return np.stack([grey, 255 - grey, grey / 2], -1).astype(np.uint8)


@pytest.mark.parametrize("name", CORRUPTIONS)
def test_every_level_is_worse(name: str) -> None:
    rgb = picture()
    original = rgb.copy()
    away = []
    for level in LEVELS:
        worse = CORRUPTIONS[name](rgb, level, np.random.default_rng(3))
        assert worse.shape == rgb.shape and worse.dtype == np.uint8
        away.append(np.abs(worse.astype(float) - rgb).mean())
    np.testing.assert_array_equal(rgb, original)
    assert away[0] > 0 and (np.diff(away) > 0).all()


def test_how_much_by_hand() -> None:
    grey = np.full((200, 300, 3), 120, np.uint8)
    rng = np.random.default_rng(0)
    assert (CORRUPTIONS["noise"](grey, 1, rng) - 120.0).std() == pytest.approx(0.08 * 255, rel=0.05)
    assert CORRUPTIONS["dark"](grey, 3, rng).mean() == pytest.approx(120 * 0.15, abs=0.5)
    assert (CORRUPTIONS["patches"](grey, 5, rng) != 120).any(-1).mean() == pytest.approx(0.4, abs=0.12)
    assert len(np.unique(CORRUPTIONS["low-resolution"](picture(), 5, rng)[:, 0, 0])) <= 24
    np.testing.assert_array_equal(CORRUPTIONS["blur"](grey, 5, rng), grey)


def video(frames: int = 200) -> list[VideoFrame]:
    return [VideoFrame(np.zeros((4, 4, 3), np.uint8), k, k / 30) for k in range(frames)]


def test_frame_drops_leave_times_as_they_are() -> None:
    shares = []
    for level in LEVELS:
        kept = list(corrupted(video(), "frame-drops", level))
        assert kept[0].index == 0 and all(frame.time_s == frame.index / 30 for frame in kept)
        shares.append(1 - len(kept) / 200)
    np.testing.assert_allclose(shares, [0.1, 0.25, 0.5, 0.7, 0.85], atol=0.09)


@pytest.mark.parametrize("name", PICTURE_CORRUPTIONS)
def test_a_video_is_corrupted_alike_every_time(name: str) -> None:
    frames = [VideoFrame(picture(), k, k / 30) for k in (0, 1, 70)]
    first, again = (list(corrupted(frames, name, 3)) for _ in range(2))
    for one, other in zip(first, again, strict=True):
        np.testing.assert_array_equal(one.rgb, other.rgb)
    if name in ("fog", "patches"):  # stand still for a while
        np.testing.assert_array_equal(first[0].rgb, first[1].rgb)
        assert (first[0].rgb != first[2].rgb).any()
    if name == "noise":
        assert (first[0].rgb != first[1].rgb).any()


def person(frames: int = 600) -> Keypoints2D:
    """Its joints span 100 px, so its height is taken to be 120 px."""
    body = RNG.uniform(0, 100, (17, 2))
    body[0], body[1] = 0, 100
    depth = np.tile(RNG.normal(size=17), (frames, 1))
    return Keypoints2D(np.tile(body, (frames, 1, 1)), np.full((frames, 17), 0.9), depth_m=depth)


@pytest.mark.parametrize("name", ["keypoint-noise", "keypoint-jitter"])
def test_noise_by_hand(name: str) -> None:
    clean = person()
    for level, share in zip(LEVELS, (0.01, 0.02, 0.04, 0.06, 0.10), strict=True):
        worse = KEYPOINT_CORRUPTIONS[name](clean, level, np.random.default_rng(1))
        offset = worse.xy_px - clean.xy_px
        assert offset.std() == pytest.approx(share * 120, rel=0.06)
        np.testing.assert_array_equal(worse.confidence, clean.confidence)
        lag = (offset[1:] * offset[:-1]).mean() / offset.var()  # slow, or not at all
        assert lag == pytest.approx(np.exp(-1 / 15) if name == "keypoint-noise" else 0, abs=0.03)


def test_swaps_exchange_sides_of_everything() -> None:
    clean = person()
    worse = KEYPOINT_CORRUPTIONS["keypoint-swaps"](clean, 3, np.random.default_rng(1))
    swapped = (worse.xy_px != clean.xy_px).any((1, 2))
    assert swapped.mean() == pytest.approx(0.3, abs=0.12)
    mirror = list(H36M_17.mirror)
    np.testing.assert_array_equal(worse.xy_px[swapped], clean.xy_px[swapped][:, mirror])
    assert worse.depth_m is not None and clean.depth_m is not None
    np.testing.assert_array_equal(worse.depth_m[swapped], clean.depth_m[swapped][:, mirror])


def test_missing_joints_are_nan_without_confidence() -> None:
    for level, share in zip(LEVELS, (0.05, 0.15, 0.3, 0.45, 0.6), strict=True):
        worse = KEYPOINT_CORRUPTIONS["keypoint-missing"](person(), level, np.random.default_rng(1))
        gone = np.isnan(worse.xy_px).all(-1)
        assert gone.mean() == pytest.approx(share, abs=0.05)
        assert (worse.confidence[gone] == 0).all() and (worse.confidence[~gone] == 0.9).all()


def test_nobody_stays_nobody() -> None:
    nobody = Keypoints2D(np.full((5, 17, 2), np.nan), np.zeros((5, 17)))
    for corrupt in KEYPOINT_CORRUPTIONS.values():
        assert np.isnan(corrupt(nobody, 5, RNG).xy_px).all()
