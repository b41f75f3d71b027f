"""RTMO through rtmlib, on a small network of its true signature."""

import sys
from pathlib import Path

import numpy as np
import pytest

from ganbodypose import PoseEstimator
from ganbodypose.core import UserError, VideoFrame
from ganbodypose.detect import check_name, checksums_of, create_detector

pytest.importorskip("rtmlib")
PICTURE = np.full((512, 512, 3), 90, np.uint8)  # twice as large as the network's input


@pytest.fixture
def rtmo(rtmo_model):
    """The detector's name, with these people in every picture."""
    return lambda people: f"rtmo:{rtmo_model(people)}"


def test_everybody_is_found_where_they_are_the_surest_first(rtmo, standing) -> None:
    left, right = standing * 0.5, standing * 0.5 + [130, 20]
    detector = create_detector(rtmo([(left, 0.6), (right, 0.9), (left + 4, 0.1)]))
    regions = detector.find_people(PICTURE)
    assert [round(region.score, 6) for region in regions] == [0.9, 0.6]
    for region, xy in zip(regions, (right, left), strict=True):
        found = detector.estimate(PICTURE, region)
        assert found is not None
        np.testing.assert_allclose(found.keypoints.xy_px, 2 * xy, atol=1e-3)
        again = detector.next_region(found)
        np.testing.assert_allclose(again.center_px, region.center_px)


def test_a_region_without_anybody_and_a_picture_without_anybody(rtmo, standing) -> None:
    detector = create_detector(rtmo([(standing * 0.5, 0.8)]))
    (region,) = detector.find_people(PICTURE)
    elsewhere = type(region)([500, 480], 40.0)
    assert detector.estimate(PICTURE, elsewhere) is None
    for nobody in ([], [(standing, 0.05)]):
        empty = create_detector(rtmo(nobody))
        assert empty.find_people(PICTURE) == [] and empty.estimate(PICTURE, region) is None


def test_a_new_picture_is_looked_at_anew(rtmo, standing, monkeypatch: pytest.MonkeyPatch) -> None:
    detector = create_detector(rtmo([(standing * 0.5, 0.8)]))
    looks: list[int] = []
    network = detector._network
    monkeypatch.setattr(detector, "_network", lambda bgr: looks.append(1) or network(bgr))
    for picture in (PICTURE, PICTURE, PICTURE.copy()):
        detector.estimate(picture, detector.find_people(picture)[0])
    assert len(looks) == 2


def test_poses_in_3d_come_of_it(rtmo, standing) -> None:
    estimator = PoseEstimator(detector=rtmo([(standing, 0.9)]), persons=1)
    results = list(estimator.stream(VideoFrame(PICTURE.copy(), k, k / 30) for k in range(5)))
    joints = results[-1].persons[0].joints_3d_m
    assert np.isfinite(joints).all() and joints[10, 1] < 0 < joints[3, 1]  # y points down


def test_what_is_wrong_is_told(tmp_path: Path, rtmo, standing, monkeypatch: pytest.MonkeyPatch) -> None:
    with pytest.raises(UserError, match=r"no RTMO network .*none\.onnx"):
        check_name(f"rtmo:{tmp_path}/none.onnx")
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(UserError, match="cannot be read as an ONNX network"):
        create_detector(f"rtmo:{tmp_path}/broken.onnx")
    name = rtmo([(standing, 0.9)])
    assert list(checksums_of(name)) == ["rtmo.onnx"]
    monkeypatch.setitem(sys.modules, "rtmlib", None)
    with pytest.raises(UserError, match=r"gan-bodypose\[rtmpose\]"):
        create_detector(name)


def test_a_network_of_another_kind_is_refused(yolox_model) -> None:
    with pytest.raises(UserError, match="is no RTMO network"):
        create_detector(f"rtmo:{yolox_model([[0, 0, 1, 1, 1]])}")
