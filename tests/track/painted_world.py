"""A small painted world with people who walk, and a detector that sees only what is painted.

Every body is a few rectangles; the head has a colour of its own, by which `PaintedDetector` knows bodies from
background (the tracker never looks at heads). Whoever is nearer hides who is behind. Like BlazePose the
detector answers a region with the most prominent person near it, whoever that is, so following alone hops.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field

import numpy as np

from ganbodypose.core import Detection, Keypoints2D, VideoFrame
from ganbodypose.detect.base import Region
from ganbodypose.skeletons import COCO_17
from ganbodypose.track import TrackedPerson, Tracker

WIDTH, HEIGHT = 640, 360
TALL_PX = 120.0
REGION_PER_HEIGHT = 1.4
BACKGROUND = (90, 110, 100)
HEAD_ID = 250  # red of every head; green holds the person's number, blue the certainty of the detection
_EMPTY = np.tile(np.array(BACKGROUND, np.uint8), (HEIGHT, WIDTH, 1))
Path = Callable[[float], tuple[float, float] | None]

# Body plan: keypoints as shares of the height, from the middle of the body (x right, y down).
_PLAN = {
    "nose": (0.0, -0.45), "eye": (0.02, -0.46), "ear": (0.03, -0.45), "shoulder": (0.10, -0.30),
    "elbow": (0.13, -0.15), "wrist": (0.14, 0.0), "hip": (0.07, 0.0), "knee": (0.07, 0.23), "ankle": (0.07, 0.46),
}  # fmt: skip


@dataclass(frozen=True)
class Actor:
    """Somebody with clothes; `path(t)` is the middle of the body in pixels, or None while out of the picture."""

    path: Path
    shirt: tuple[int, int, int] = (180, 40, 40)
    trousers: tuple[int, int, int] = (40, 40, 60)
    tall_px: float = TALL_PX
    certainty: float = 1.0


@dataclass
class World:
    """Actors, the last one in front."""

    actors: Sequence[Actor]

    def center(self, number: int, t: float) -> np.ndarray | None:
        place = self.actors[number].path(t)
        return None if place is None else np.array(place, dtype=float)

    def picture(self, t: float) -> np.ndarray:
        """RGB uint8 [HEIGHT,WIDTH,3] at time t."""
        rgb = _EMPTY.copy()
        for number, actor in enumerate(self.actors):
            center = self.center(number, t)
            if center is not None:
                self._paint(rgb, actor, number, center)
        return rgb

    @staticmethod
    def _paint(rgb: np.ndarray, actor: Actor, number: int, center: np.ndarray) -> None:
        def box(x0: float, y0: float, x1: float, y1: float, colour: tuple[int, int, int]) -> None:
            a = np.rint(center + np.array([x0, y0]) * actor.tall_px).astype(int)
            b = np.rint(center + np.array([x1, y1]) * actor.tall_px).astype(int)
            rgb[max(a[1], 0) : max(b[1], 0), max(a[0], 0) : max(b[0], 0)] = colour

        box(-0.13, -0.34, 0.13, 0.02, actor.shirt)
        box(-0.11, 0.02, 0.11, 0.5, actor.trousers)
        box(-0.06, -0.5, 0.06, -0.36, (HEAD_ID, number, round(actor.certainty * 255)))

    def frames(self, times: Iterable[float]) -> Iterator[VideoFrame]:
        for index, t in enumerate(times):
            yield VideoFrame(self.picture(t), index, float(t))


@dataclass
class PaintedDetector:
    """`PoseDetector` on painted pictures. `blind` makes it miss everybody; calls are counted."""

    tall_px: Sequence[float]
    name: str = "painted"
    skeleton = COCO_17
    blind: bool = False
    searches: int = 0
    estimates: int = 0
    _picture: np.ndarray | None = None  # the last one looked at, and who was there
    _seen: list[tuple[int, np.ndarray, int, float]] = field(default_factory=list)

    def _heads(self, rgb: np.ndarray) -> list[tuple[int, np.ndarray, int, float]]:
        """(number, middle of the body, visible pixels of the head, certainty) of everybody who can be seen."""
        if rgb is self._picture:
            return self._seen
        ys, xs = np.divmod(np.flatnonzero(rgb[..., 0].ravel() == HEAD_ID), rgb.shape[1])
        people = []
        for number in sorted(set(rgb[ys, xs, 1].tolist())):
            mine = rgb[ys, xs, 1] == number
            tall = self.tall_px[number]
            x, y = xs[mine], ys[mine]
            if len(x) >= 0.5 * (0.12 * tall) * (0.14 * tall):  # at least half of the head
                center = np.array([(x.min() + x.max() + 1) / 2, (y.min() + y.max() + 1) / 2 + 0.43 * tall])
                people.append((number, center, len(x), float(rgb[y[0], x[0], 2]) / 255))
        self._picture, self._seen = rgb, people
        return people

    def find_people(self, rgb: np.ndarray) -> list[Region]:
        self.searches += 1
        if self.blind:
            return []
        regions = [self._region(number, c, certainty) for number, c, _, certainty in self._heads(rgb)]
        return sorted(regions, key=lambda r: -r.score)

    def _region(self, number: int, center: np.ndarray, score: float) -> Region:
        return Region(center, REGION_PER_HEIGHT * self.tall_px[number], 0.0, score)

    def estimate(self, rgb: np.ndarray, region: Region) -> Detection | None:
        """The most prominent person around: head size, and nearness to the region's centre."""
        self.estimates += 1
        if self.blind or abs(region.rotation_rad) > 1:
            return None
        best, most = None, 0.0
        for number, center, pixels, certainty in self._heads(rgb):
            off = float(np.hypot(*(center - region.center_px))) / region.size_px
            weight = pixels * np.exp(-((off / 0.3) ** 2))
            if off < 0.5 and weight > most:
                best, most = (number, center, certainty), weight
        return None if best is None else body(best[1], self.tall_px[best[0]], best[2])

    def next_region(self, detection: Detection) -> Region:
        shoulders_to_hips = [detection.keypoints.skeleton.index(n) for n in ("left_shoulder", "left_hip")]
        hips = detection.keypoints.xy_px[detection.keypoints.skeleton.indices("left_hip", "right_hip")].mean(
            0
        )
        tall = float(np.diff(detection.keypoints.xy_px[shoulders_to_hips, 1])[0]) / 0.30
        return Region(hips, REGION_PER_HEIGHT * tall, 0.0, detection.score)


def body(center: np.ndarray, tall_px: float, certainty: float = 1.0) -> Detection:
    """A standing person whose hips are at `center` [2]."""
    points = []
    for joint in COCO_17.joints:
        side, _, part = joint.rpartition("_")
        x, y = _PLAN[part]
        points.append((x if side == "left" else -x, y))
    xy = np.array(points) * tall_px + center
    keypoints = Keypoints2D(xy, np.full(len(xy), certainty), COCO_17)
    return Detection(keypoints, np.concatenate([xy.min(0), xy.max(0)]), certainty)


def walk(start: tuple[float, float], speed: tuple[float, float] = (0.0, 0.0), begin: float = 0.0) -> Path:
    """A straight walk: at `start` at time 0, out of the picture before `begin`."""
    return lambda t: None if t < begin else (start[0] + speed[0] * t, start[1] + speed[1] * t)


def clock(seconds: float, fps: float = 30.0) -> np.ndarray:
    return np.arange(round(seconds * fps)) / fps


Story = list[list[TrackedPerson]]


def follow(
    world: World,
    times: Iterable[float],
    blind: Callable[[int], bool] = lambda _: False,
    **options: float | None,
) -> tuple[Story, PaintedDetector]:
    """What a tracker reports for every frame; `blind(frame)` makes the detector miss everybody."""
    detector = PaintedDetector([a.tall_px for a in world.actors])
    tracker = Tracker(detector, **options)  # type: ignore[arg-type]
    story = []
    for frame in world.frames(times):
        detector.blind = blind(frame.index)
        story.append(tracker.update(frame))
    return story, detector


def owner(world: World, person: TrackedPerson, t: float) -> int | None:
    """The number of the actor whose body the detection shows."""
    middle = person.detection.keypoints.xy_px[COCO_17.indices("left_hip", "right_hip")].mean(0)
    centers = {n: world.center(n, t) for n in range(len(world.actors))}
    off = {n: float(np.hypot(*(middle - c))) for n, c in centers.items() if c is not None}
    nearest = min(off, key=lambda n: off[n], default=None)
    return nearest if nearest is not None and off[nearest] < 6 else None


def ids_of(world: World, story: Story, times: Iterable[float], number: int) -> list[int]:
    """Ids under which actor `number` was observed, frame by frame (0: not)."""
    found = []
    for people, t in zip(story, times, strict=True):
        mine = [p.track_id for p in people if p.observed and owner(world, p, t) == number]
        found.append(mine[0] if mine else 0)
    return found
