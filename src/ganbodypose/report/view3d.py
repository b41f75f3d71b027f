"""The 3D view of the overlay: a floor and people on it, coloured by expected error, seen from `viewpoint`."""

from __future__ import annotations

from collections.abc import Sequence

import cv2
import numpy as np

from ganbodypose.core import Camera, PersonResult
from ganbodypose.report import drawing
from ganbodypose.report.colors import error_colors, person_color
from ganbodypose.report.viewpoint import Follower, Ground, Placed, ViewCamera
from ganbodypose.skeletons import H36M_17

_TARGET_ABOVE_FLOOR_M = 0.97
_FLOOR_RADIUS_M = 1.3
_GRID_STEP_M = 0.4
_FLOOR_RGB, _GRID_RGB, _SHADOW_RGB = (27, 31, 41), (58, 65, 82), (12, 14, 19)
_BONES = np.array(H36M_17.bones)
_HANDS = (("L", H36M_17.index("left_wrist")), ("R", H36M_17.index("right_wrist")))
_LETTER_HEIGHT = 11
_CIRCLE = np.linspace(0, 2 * np.pi, 61)[:, None]


class BodyView:
    """Draws people into a picture of `size_wh`; the main person's middle goes to `centre_px`."""

    def __init__(
        self, size_wh: tuple[int, int], centre_px: tuple[float, float], camera: Camera | None = None
    ):
        self._size_wh = size_wh
        self._centre_px = np.array(centre_px)
        self._follower = Follower(Ground.of(camera))
        self._focus: int | None = None

    def draw(self, image: np.ndarray, persons: Sequence[PersonResult], time_s: float) -> None:
        """Draw onto `image` [H,W,3]; `persons` has the main person first and may be empty."""
        persons = [p for p in persons if np.isfinite(p.joints_3d_m).all(axis=-1).any()]
        if not persons:
            return
        if persons[0].track_id != self._focus:  # a new main person: start their view afresh
            self._focus = persons[0].track_id
            self._follower = Follower(self._follower.ground)
        follower = self._follower
        people = follower.update(persons, time_s)
        main = people[0]
        view = follower.camera(main, _TARGET_ABOVE_FLOOR_M, self._size_wh, self._centre_px)
        self._draw_floor(image, view, follower.on_floor(main.root_m, main.floor_m))
        for placed in people:
            self._draw_shadow(image, view, placed)
        self._draw_halos(image, view, people)
        for placed in sorted(people, key=lambda p: -float(view.project(p.root_m)[1])):
            self._draw_body(image, view, placed.joints_m, error_colors(placed.person.expected_error_m))

    def _draw_floor(self, image: np.ndarray, view: ViewCamera, centre_m: np.ndarray) -> None:
        """A round piece of a grid that is fixed to the ground, so that walking can be seen."""
        radius_m = _FLOOR_RADIUS_M * self._follower.zoom_out
        rim, _ = view.project(self._ring(centre_m, radius_m))
        drawing.polygon(image, drawing.fixed(rim), _FLOOR_RGB)
        ground = self._follower.ground
        for along, across in ((ground.east, ground.south), (ground.south, ground.east)):
            offset = centre_m @ across
            first = np.ceil((offset - radius_m) / _GRID_STEP_M) * _GRID_STEP_M
            steps = np.arange(first, offset + radius_m, _GRID_STEP_M) - offset
            half = np.sqrt(np.maximum(radius_m**2 - steps**2, 0))[:, None] * along
            middle = centre_m + steps[:, None] * across
            ends, _ = view.project(np.stack([middle - half, middle + half], axis=1))
            drawing.lines(image, drawing.fixed(ends), _GRID_RGB)

    def _ring(self, centre_m: np.ndarray, radius_m: float) -> np.ndarray:
        ground = self._follower.ground
        return centre_m + radius_m * (np.cos(_CIRCLE) * ground.east + np.sin(_CIRCLE) * ground.south)

    def _draw_shadow(self, image: np.ndarray, view: ViewCamera, placed: Placed) -> None:
        """The body seen from above on the floor, and a ring in the person's colour."""
        shadow, depth = view.project(self._follower.on_floor(placed.joints_m, placed.floor_m))
        bones = shadow[_BONES]
        bones = bones[np.isfinite(bones).all(axis=(1, 2))]
        thickness = max(2, round(0.05 * view.focal_px / max(float(np.nanmean(depth)), 0.5)))
        drawing.lines(image, drawing.fixed(bones), _SHADOW_RGB, thickness)
        ring, _ = view.project(self._ring(self._follower.on_floor(placed.root_m, placed.floor_m), 0.22))
        if np.isfinite(ring).all():
            drawing.lines(image, drawing.fixed(ring)[None], person_color(placed.person.track_id))

    def _draw_halos(self, image: np.ndarray, view: ViewCamera, people: Sequence[Placed]) -> None:
        """A translucent ball around each joint whose radius is the expected error, to scale."""
        plain = image.copy()
        for placed in people:
            px, depth = view.project(placed.joints_m)
            radius = placed.person.expected_error_m * view.focal_px / depth
            known = np.isfinite(px).all(axis=-1) & np.isfinite(radius)
            colors = error_colors(placed.person.expected_error_m)
            marks = (drawing.fixed(px[known]).tolist(), radius[known].tolist(), colors[known].tolist())
            for centre, size, rgb in zip(*marks, strict=True):
                drawing.disc(image, centre, size, rgb)
        cv2.addWeighted(image, 0.18, plain, 0.82, 0, dst=image)

    def _draw_body(self, image: np.ndarray, view: ViewCamera, body_m: np.ndarray, colors: np.ndarray) -> None:
        """Bones from far to near; what is farther is thinner and duller."""
        px, depth = view.project(body_m)
        bone_depth = depth[_BONES].mean(axis=1)
        dull = np.clip(0.25 + 0.5 * (bone_depth - np.nanmean(depth)), 0, 0.55)[:, None]
        shaded = colors[_BONES].mean(axis=1) * (1 - dull) + np.array(drawing.BACKGROUND) * dull
        thick = np.maximum(0.055 * view.focal_px / np.maximum(bone_depth, 0.5), 2)
        points = drawing.fixed(np.nan_to_num(px)).tolist()
        known = np.isfinite(px).all(axis=-1)
        rgb_of_bone, rgb_of_joint = np.nan_to_num(shaded).astype(int).tolist(), colors.tolist()
        for bone in np.argsort(-bone_depth).tolist():
            a, b = H36M_17.bones[bone]
            if known[a] and known[b]:
                drawing.line(image, points[a], points[b], drawing.BACKGROUND, round(thick[bone]) + 3)
                drawing.line(image, points[a], points[b], rgb_of_bone[bone], round(thick[bone]))
        for joint in np.argsort(-depth).tolist():
            if known[joint]:
                radius = 0.034 * view.focal_px / depth[joint]
                drawing.disc(image, points[joint], radius + 1, drawing.BACKGROUND)
                drawing.disc(image, points[joint], radius, rgb_of_joint[joint])
        for letter, wrist in _HANDS:
            if known[wrist]:
                x, y = px[wrist].astype(int).tolist()
                drawing.text(image, letter, (x + 9, y + 4), _LETTER_HEIGHT, drawing.MUTED)
