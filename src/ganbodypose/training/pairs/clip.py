"""One pair clip from nothing but a seed: who, what, where, seen how; then rendered and looked at."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np

from ganbodypose.detect.base import PoseDetector
from ganbodypose.geometry.camera import project, world_to_camera
from ganbodypose.training.pairs.actor import Actor, make_actor
from ganbodypose.training.pairs.background import Background, Place, make_background
from ganbodypose.training.pairs.body import BodyModel
from ganbodypose.training.pairs.cameras import Shot, cut_off, sample_shot
from ganbodypose.training.pairs.motions import Motion, Motions
from ganbodypose.training.pairs.studio import Figures, Film, Studio, sample_film, sample_light
from ganbodypose.training.pairs.textures import Photographs
from ganbodypose.training.pairs.watch import Watched, watch

_COMPANY = 0.12  # of all clips show a second person


@dataclass(frozen=True)
class Stage:
    """Everything a clip is rendered from. company: the second person, who is no part of the truth."""

    motion: Motion
    actor: Actor
    company: Actor | None
    shot: Shot
    background: Background
    film: Film
    studio: Studio

    @property
    def joints_camera_m(self) -> np.ndarray:
        """Truth [T,17,3] m in the camera frame."""
        return world_to_camera(self.shot.camera, self.actor.joints_m)

    @property
    def joints_px(self) -> np.ndarray:
        return project(self.shot.camera, self.joints_camera_m)

    def pictures(self) -> Iterator[np.ndarray]:
        """RGB uint8 [H,W,3], frame by frame."""
        people = [actor for actor in (self.actor, self.company) if actor is not None]
        figures = Figures.of([(actor.clothes, actor.points, actor.normals) for actor in people])
        for frame, joints in enumerate(self.actor.joints_m):
            yield self.studio.picture(figures, frame, joints[0])


@dataclass(frozen=True)
class PairClip:
    """A rendered clip: its stage and what the detector saw of it."""

    stage: Stage
    watched: Watched

    @property
    def cut_off(self) -> float:
        """Part of the joints outside the picture."""
        return cut_off(self.stage.shot.camera, self.stage.actor.joints_m)


class ClipMaker:
    """Bodies, motions and backgrounds of one split."""

    def __init__(self, model: BodyModel, motions: Motions, photographs: Photographs) -> None:
        self._model, self._motions, self._photographs = model, motions, photographs

    def make(self, seed: tuple[int, int], detector: PoseDetector) -> PairClip:
        """The clip of a seed (run, number): the same on every machine that has the same packages."""
        stage = self.stage(seed)
        return PairClip(stage, watch(detector, stage.pictures(), stage.joints_px))

    def stage(self, seed: tuple[int, int]) -> Stage:
        rng = np.random.default_rng(seed)
        motion = self._motions.sample(rng)
        actor = make_actor(self._model, motion.joints_m, rng)
        # Heads of bones do not reach to fingertips and toes: what must fit is some of the mesh.
        body = actor.points[::4, ::50].reshape(-1, 3).astype(float)
        shot = sample_shot(body, rng)
        place = Place(body.min(0), body.max(0), actor.floor_z)
        company = self._company(place, rng) if rng.random() < _COMPANY else None
        background = make_background(shot.camera, place, self._photographs, rng)
        film = sample_film(rng)
        studio = Studio(shot.camera, background, sample_light(rng), film, int(rng.integers(1 << 31)))
        return Stage(motion, actor, company, shot, background, film, studio)

    def _company(self, place: Place, rng: np.random.Generator) -> Actor:
        """Somebody else, on the same floor, a step or more away."""
        motion = self._motions.sample(rng)
        joints = motion.joints_m
        reach = (
            np.hypot(*(place.high - place.low)[:2]) / 2
            + np.hypot(*np.ptp(joints[..., :2].reshape(-1, 2), axis=0)) / 2
        )
        angle = rng.uniform(0, 2 * np.pi)
        away = (reach + rng.uniform(0.2, 2.5)) * np.array([np.cos(angle), np.sin(angle)])
        actor = make_actor(self._model, joints, rng)
        own = actor.floor_z if actor.floor_z is not None else float(actor.points[..., 2].min())
        floor = place.floor_z if place.floor_z is not None else place.low[2]
        shift = np.array([*(place.center[:2] + away - actor.joints_m[..., :2].mean((0, 1))), floor - own])
        return Actor(
            actor.shape,
            actor.clothes,
            actor.joints_m + shift,
            actor.points + shift.astype(np.float32),
            actor.normals,
            place.floor_z,
        )
