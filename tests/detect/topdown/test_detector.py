import numpy as np
import pytest

from ganbodypose.core import Detection, Keypoints2D, UserError
from ganbodypose.detect import checksums_of, create_detector
from ganbodypose.detect.base import Region
from ganbodypose.detect.topdown.crop import box_crop
from ganbodypose.detect.topdown.detector import TopDownDetector
from ganbodypose.detect.topdown.name import parse_name
from ganbodypose.detect.topdown.network import TopDownNetwork
from ganbodypose.detect.topdown.people import YoloxPeople
from ganbodypose.detect.topdown.region import region_of
from ganbodypose.skeletons import COCO_17, H36M_17, HALPE_26

BLOBS = np.array([[300.3, 200.8], [341.7, 260.2], [280.45, 275.1]])  # of red, green and blue, x y


class Nobody:
    def find_people(self, _):
        return []


def picture(amplitudes=(255, 204, 153), sigma=8.0):
    """Black, with one blurred dot of each primary colour."""
    y, x = np.mgrid[:480, :640]
    rgb = [
        a * np.exp(-((x - bx) ** 2 + (y - by) ** 2) / (2 * sigma**2))
        for a, (bx, by) in zip(amplitudes, BLOBS, strict=True)
    ]
    return np.round(np.stack(rgb, -1)).astype(np.uint8)


def detector(path, query=""):
    return TopDownDetector("test", Nobody(), TopDownNetwork(parse_name(f"onnx:{path}{query}")))


@pytest.mark.parametrize(
    "region",
    [
        Region([310, 240], 256.0),
        Region([325.4, 231.2], 300.0),
        Region([310, 240], 320.0, np.radians(30)),
        Region([310, 240], 280.0, np.radians(-150)),
    ],
)
def test_keypoints_come_back_into_the_picture_to_a_tenth_of_a_pixel(heatmap_model, region):
    found = detector(heatmap_model()).estimate(picture(), region)
    assert found is not None and found.keypoints.skeleton is COCO_17
    np.testing.assert_allclose(found.keypoints.xy_px, BLOBS[np.arange(17) % 3], atol=0.1)


def test_unbiased_data_processing_comes_back_as_exactly(heatmap_model):
    """The network samples every fourth pixel, so its 193rd column is the last: UDP's view of an input of 193."""
    found = detector(heatmap_model((193, 257)), "?udp=1").estimate(picture(), Region([310, 240], 257.0))
    np.testing.assert_allclose(found.keypoints.xy_px, BLOBS[np.arange(17) % 3], atol=0.1)


def test_channels_and_normalisation_are_those_of_imagenet(heatmap_model):
    found = detector(heatmap_model(stride=1)).estimate(picture(), Region([310, 240], 256.0))
    np.testing.assert_allclose(found.keypoints.confidence[:3], [1.0, 0.8, 0.6], atol=0.01)
    wrong = detector(heatmap_model(stride=1), "?normalise=unit").estimate(
        picture(), Region([310, 240], 256.0)
    )
    assert abs(wrong.keypoints.confidence[1] - 0.8) > 0.05


def test_nobody_where_all_is_dark(heatmap_model):
    assert detector(heatmap_model()).estimate(np.zeros((480, 640, 3), np.uint8), Region([9, 9], 99.0)) is None


def test_simcc_network_finds_known_logits(simcc_model):
    true = np.stack([np.linspace(20, 170, 17), np.linspace(240, 10, 17)], 1)
    x, y = (1 - (np.arange(2 * n) - 2 * true[:, [i]]) ** 2 / 40 for i, n in enumerate((192, 256)))
    found = detector(simcc_model(x, y)).estimate(picture(), Region([300, 200], 512.0))
    np.testing.assert_allclose(found.keypoints.xy_px, [300, 200] + 2 * (true - [96, 128]), atol=1e-5)


def test_rtmlib_agrees(simcc_model):
    rtmlib = pytest.importorskip("rtmlib")
    rng = np.random.default_rng(0)
    x, y = np.zeros((17, 384)), np.zeros((17, 512))
    x[np.arange(17), rng.integers(1, 383, 17)] = y[np.arange(17), rng.integers(1, 511, 17)] = 0.9
    path = simcc_model(x, y)
    keypoints, scores = rtmlib.RTMPose(str(path))(picture(), [[200, 100, 350, 300]])
    found = detector(path).estimate(picture(), Region([275, 200], 1.25 * 200))
    np.testing.assert_allclose(found.keypoints.xy_px, keypoints[0], atol=1e-3)
    np.testing.assert_allclose(found.keypoints.confidence, scores[0], atol=1e-6)


def test_yolox_finds_people_for_it(yolox_model):
    pytest.importorskip("rtmlib")
    people = YoloxPeople(yolox_model([[8, 4, 24, 44, 0.9], [40, 0, 50, 10, 0.1]]))
    (region,) = people.find_people(np.zeros((128, 128, 3), np.uint8))
    np.testing.assert_allclose(region.center_px, [32, 48])
    assert region.size_px == pytest.approx(80 * 1.25)


def test_yolox_without_rtmlib_says_what_to_install(yolox_model, monkeypatch):
    monkeypatch.setitem(__import__("sys").modules, "rtmlib", None)
    with pytest.raises(UserError, match=r"gan-bodypose\[rtmpose\]"):
        YoloxPeople(yolox_model([[0, 0, 1, 1, 1]]))


@pytest.mark.parametrize("size_wh", [(192, 256), (256, 256), (288, 192)])
def test_next_region_holds_the_person_upright(size_wh):
    rng = np.random.default_rng(1)
    xy = rng.uniform(100, 300, (17, 2))
    core = dict(zip(H36M_17.joints, range(17), strict=True))
    xy[core["pelvis"]], xy[core["thorax"]] = [200, 200], [260, 200]  # the trunk points to the right
    person = Detection(Keypoints2D(xy, np.ones(17), H36M_17), np.array([100, 100, 300, 300.0]), 0.7)
    region = region_of(person, size_wh)
    assert region.rotation_rad == pytest.approx(np.pi / 2) and region.score == 0.7
    crop = box_crop(region, size_wh)
    inside = (xy - crop.b) @ np.linalg.inv(crop.A).T / size_wh
    assert (inside > 0.05).all() and (inside < 0.95).all()
    assert np.ptp(inside, axis=0).max() == pytest.approx(0.8)
    assert inside[core["thorax"], 1] < inside[core["pelvis"], 1]


def test_unseen_keypoints_do_not_pull_the_region_away():
    xy = np.tile([200.0, 200.0], (17, 1))
    xy[3], xy[4], confidence = [210, 230], [5000, 0], np.ones(17)
    confidence[4] = 0.1
    region = region_of(Detection(Keypoints2D(xy, confidence, COCO_17), np.zeros(4), 0.7), (192, 256))
    np.testing.assert_allclose(region.center_px, [205, 215])


@pytest.mark.usefixtures("blazepose_weights")
def test_created_by_name_with_the_default_person_detector(heatmap_model):
    path = heatmap_model(dynamic=True, joints=26)
    name = f"onnx:{path}?size=96x128"
    made = create_detector(name)
    assert made.name == name and made.skeleton is HALPE_26
    assert made.find_people(np.zeros((128, 96, 3), np.uint8)) == []
    assert checksums_of(name).keys() == {"heatmap.onnx", "pose_detection"}


@pytest.mark.parametrize(
    ("query", "said"),
    [
        ("?size=10", "WIDTHxHEIGHT"),
        ("?size=100x100", "takes 192x256 pictures, not 100x100"),
        ("?skeleton=nobody", "Unknown skeleton 'nobody'"),
        ("?skeleton=halpe_26", "17 keypoints, but halpe_26 has 26"),
        ("?normalise=caffe", "Unknown normalisation"),
        ("?udp=yes", "0 or 1"),
        ("?colour=bgr", "Unknown detector option 'colour'"),
        ("?person=/none.onnx", "There is no pose network '/none.onnx'"),
    ],
)
def test_wrong_options_are_explained(heatmap_model, query, said):
    with pytest.raises(UserError, match=said):
        detector(heatmap_model(), query)


def test_wrong_files_are_explained(heatmap_model, yolox_model, tmp_path):
    with pytest.raises(UserError, match="any size: say which"):
        detector(heatmap_model(dynamic=True))
    with pytest.raises(UserError, match="5 keypoints: say which"):
        detector(heatmap_model(joints=5))
    with pytest.raises(UserError, match="neither heatmaps"):
        detector(yolox_model([[0, 0, 1, 1, 1]]))
    (tmp_path / "broken.onnx").write_bytes(b"no network")
    with pytest.raises(UserError, match="cannot be read as an ONNX network"):
        detector(tmp_path / "broken.onnx")
