"""A dressed body in motion: its mesh and its true joints, frame by frame."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.ndimage import gaussian_filter1d

from ganbodypose.training.pairs import kernels
from ganbodypose.training.pairs.body import BodyModel, Shape
from ganbodypose.training.pairs.clothing import Dressed, dress
from ganbodypose.training.pairs.joints import body_joints
from ganbodypose.training.pairs.motions import FPS
from ganbodypose.training.pairs.retarget import Posed, retarget

_TOUCHING_M = 0.05  # a mesh this near its lowest height stands on something
_FLIGHT_S = 0.9  # nobody is in the air for longer: what holds them is not drawn


@dataclass(frozen=True)
class Actor:
    """shape and clothes; joints_m [T,17,3] truth; points and normals [T,V,3] float32 of `clothes`; floor_z, or None
    where the motion leaves the ground for longer than a leap (it used steps, walls, poles)."""

    shape: Shape
    clothes: Dressed
    joints_m: np.ndarray
    points: np.ndarray
    normals: np.ndarray
    floor_z: float | None


def make_actor(model: BodyModel, joints: np.ndarray, rng: np.random.Generator) -> Actor:
    """A random person in random clothes who moves as joints [T,17,3] do (at FPS)."""
    shape = model.sample(rng)
    posed = retarget(joints, shape.rig, rng, FPS)
    clothes = dress(model, shape, rng)
    points = _skinned(model, shape, posed, clothes.vertices, clothes.rest)
    floor_z, lift = stand(points[..., 2].min(1).astype(float))
    points[..., 2] += lift[:, None].astype(np.float32)
    normals = np.empty_like(points)
    for at, out in zip(points, normals, strict=True):
        kernels.vertex_normals(at, clothes.faces, out)
    truth = _joints(model, shape, posed)
    truth[..., 2] += lift[:, None]
    return Actor(shape, clothes, truth, points, normals, floor_z)


def stand(lowest: np.ndarray) -> tuple[float | None, np.ndarray]:
    """Lowest height [T] of a body -> the floor's height (None: it floats) and how far [T] to lift the body, slowly.

    Bodies differ from the one that was recorded: standing feet sink in or hover by some centimetres. Frames that
    touch the ground are put on it; those in between follow, so leaps stay leaps.
    """
    floor = float(np.percentile(lowest, 10))
    touching = lowest < floor + _TOUCHING_M
    longest = max((len(run) for run in _runs(~touching)), default=0)
    if longest > _FLIGHT_S * FPS:
        return None, np.zeros(len(lowest))
    frames = np.arange(len(lowest))
    lift = np.interp(frames, frames[touching], floor - lowest[touching])
    return floor, gaussian_filter1d(lift, 0.08 * FPS, mode="nearest")


def _runs(mask: np.ndarray) -> list[np.ndarray]:
    """The stretches of True in mask [T], as frame numbers."""
    frames = np.flatnonzero(mask)
    return [run for run in np.split(frames, np.flatnonzero(np.diff(frames) > 1) + 1) if len(run)]


def _skinned(
    model: BodyModel, shape: Shape, posed: Posed, vertices: np.ndarray, rest: np.ndarray
) -> np.ndarray:
    """[T,N,3] float32: some vertices of the body, from their places `rest` [N,3], in every frame."""
    weights, bones = model.weights[vertices], model.weight_bones[vertices]
    rest_heads, out = (
        shape.rig.heads.astype(np.float32),
        np.empty((len(posed.heads), len(vertices), 3), np.float32),
    )
    for turns, heads, at in zip(
        posed.rotations.astype(np.float32), posed.heads.astype(np.float32), out, strict=True
    ):
        kernels.skin(rest, weights, bones, turns, heads, rest_heads, at)
    return out


def _joints(model: BodyModel, shape: Shape, posed: Posed) -> np.ndarray:
    vertices = np.append(model.face_vertices, shape.crown)
    at = _skinned(model, shape, posed, vertices, shape.vertices[vertices].astype(np.float32)).astype(float)
    return body_joints(shape.rig, posed.heads, model.face_points(at[:, :-1]), at[:, -1])
