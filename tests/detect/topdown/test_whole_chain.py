"""A network of one's own through tracking and lifting: the detector's keypoints become 3D poses."""

import numpy as np

from ganbodypose import PoseEstimator
from ganbodypose.core import VideoFrame
from ganbodypose.detect.base import Region
from ganbodypose.detect.topdown.detector import TopDownDetector
from ganbodypose.detect.topdown.name import parse_name
from ganbodypose.detect.topdown.network import TopDownNetwork


class OnePerson:
    def find_people(self, _):
        return [Region([320, 240], 400.0)]


def test_a_simcc_network_gives_poses_in_3d(simcc_model, standing):
    xy = standing
    x, y = (0.9 - (np.arange(2 * n) - 2 * xy[:, [i]]) ** 2 / 400 for i, n in enumerate((192, 256)))
    network = TopDownNetwork(parse_name(f"onnx:{simcc_model(x, y)}"))
    estimator = PoseEstimator(detector=TopDownDetector("own", OnePerson(), network), persons=1)
    grey = np.full((480, 640, 3), 90, np.uint8)
    results = list(estimator.stream(VideoFrame(grey, k, k / 30) for k in range(8)))
    person = results[-1].persons[0]
    seen = person.keypoints_2d_confidence > 0.5
    assert seen.sum() >= 16 and np.isfinite(person.joints_3d_m).all()
    head, feet = person.joints_3d_m[10], person.joints_3d_m[[3, 6]].mean(0)
    assert head[1] < 0 < feet[1]  # y points down
