from dataclasses import dataclass, field

import numpy as np

from ganbodypose.core import Detection, Keypoints2D
from ganbodypose.detect.base import Region
from ganbodypose.skeletons import COCO_17, H36M_17, skeleton_map
from ganbodypose.training.pairs.watch import watch

POSE = np.random.default_rng(0).uniform(0, 100, (17, 2))


@dataclass
class Crowd:
    """A detector that sees people [places] in every picture; `estimate` finds whoever is nearest to the region."""

    places: list[tuple[float, float]]
    name: str = "crowd"
    skeleton = COCO_17
    searched: int = 0
    blind: set[int] = field(default_factory=set)

    def find_people(self, rgb):
        del rgb
        self.searched += 1
        return [Region(np.array(place, float), 100.0) for place in self.places]

    def estimate(self, rgb, region):
        if int(rgb[0, 0, 0]) in self.blind:
            return None
        place = min(self.places, key=lambda p: np.hypot(*(np.array(p) - region.center_px)))
        return detection(place)

    def next_region(self, detection):
        return Region(detection.keypoints.xy_px.mean(0), 100.0)


def detection(place):
    xy = np.tile(np.array(place, float), (17, 1)) + coco_pose()
    return Detection(Keypoints2D(xy, np.full(17, 0.8), COCO_17), np.array([0, 0, 1, 1]), 1.0)


def coco_pose():
    """A pose whose map to H36M_17 is what `truth` says."""
    return POSE - POSE.mean(0)


def truth(place):
    return skeleton_map(COCO_17, H36M_17) @ (coco_pose() + place)


def pictures(count):
    return [np.full((2, 2, 3), number, np.uint8) for number in range(count)]


def test_the_right_person_is_followed_and_searched_only_once():
    crowd = Crowd([(50.0, 50.0), (400.0, 300.0)])
    watched = watch(crowd, pictures(5), np.stack([truth((400.0, 300.0))] * 5))
    assert watched.found.all() and crowd.searched == 1
    assert np.allclose(watched.xy_px[3], coco_pose() + np.array([400, 300]))
    assert np.isnan(watched.world_m).all() and (watched.confidence == np.float32(0.8)).all()


def test_somebody_else_does_not_count():
    crowd = Crowd([(50.0, 50.0)])
    watched = watch(crowd, pictures(3), np.stack([truth((400.0, 300.0))] * 3))
    assert not watched.found.any() and np.isnan(watched.xy_px).all() and crowd.searched == 3


def test_who_is_lost_is_searched_again():
    crowd = Crowd([(50.0, 50.0)], blind={2})
    watched = watch(crowd, pictures(5), np.stack([truth((50.0, 50.0))] * 5))
    assert watched.found.tolist() == [True, True, False, True, True] and crowd.searched == 3
