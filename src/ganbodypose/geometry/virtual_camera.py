"""The virtual camera: the view of one person that the network sees.

A person's rays are rotated so that the person's centre lies on the optical axis and scaled by the person's
extent. That removes where in the picture, how large and (but for the strength of perspective) with which lens
the person was seen. Centre and extent follow the person causally with a time constant, so the same code serves
a live stream, a file and a training batch. All arrays are batched over a leading person axis P.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.skeletons import H36M_17

CENTER_TIME_CONSTANT_S = 0.25
EXTENT_TIME_CONSTANT_S = 1.0
MIN_CONFIDENCE = 0.2  # joints below do not steer the view
_TORSO = np.zeros(len(H36M_17))
_TORSO[H36M_17.indices("right_hip", "left_hip", "right_shoulder", "left_shoulder")] = 1.0


@dataclass(frozen=True)
class VirtualCamera:
    """Views of P persons. `R_virtual_cam` [P,3,3] turns camera-frame vectors into the virtual frame
    (x right, y down, z along the view); `extent` [P] is the person's half size on the plane z = 1."""

    R_virtual_cam: np.ndarray
    extent: np.ndarray
    direction: (
        np.ndarray
    )  # [P,3] unit vector to the person's centre, camera frame; NaN before anyone was seen

    @staticmethod
    def unseen(persons: int) -> VirtualCamera:
        """The state before the first frame."""
        R = np.broadcast_to(np.eye(3), (persons, 3, 3)).copy()
        return VirtualCamera(R, np.ones(persons), np.full((persons, 3), np.nan))

    def follow(self, rays: np.ndarray, confidence: np.ndarray, dt_s: np.ndarray | float) -> VirtualCamera:
        """The view after one more frame: rays [P,J,3] (z = 1, camera frame), confidence [P,J], seconds since
        the last frame [P] or scalar. Persons without a usable joint keep their view."""
        usable = (confidence >= MIN_CONFIDENCE) & np.isfinite(rays).all(-1)
        first = np.isnan(self.direction[:, 0])
        direction = _followed_direction(self.direction, rays, usable, dt_s, first)
        R = look_at(direction)
        spread = _spread(view_plane(R, rays), usable)
        gain = np.where(first, 1.0, 1 - np.exp(-np.asarray(dt_s) / EXTENT_TIME_CONSTANT_S))
        extent = np.exp((1 - gain) * np.log(self.extent) + gain * np.log(spread))
        extent = np.where(np.isfinite(extent), extent, self.extent)
        seen = usable.any(-1) | ~first
        return VirtualCamera(R, extent, np.where(seen[:, None], direction, np.nan))

    def normalise(self, rays: np.ndarray) -> np.ndarray:
        """Rays [P,J,3] of the camera -> coordinates [P,J,2] in the view, in units of the person's extent."""
        return view_plane(self.R_virtual_cam, rays) / self.extent[:, None, None]


def look_at(direction: np.ndarray) -> np.ndarray:
    """Rotations [P,3,3] whose z axis is `direction` [P,3] and whose x axis stays level in the picture."""
    z = np.where(np.isnan(direction), [0.0, 0.0, 1.0], direction)
    x = np.stack([z[..., 2], np.zeros_like(z[..., 0]), -z[..., 0]], -1)
    x /= np.maximum(np.linalg.norm(x, axis=-1, keepdims=True), 1e-9)
    y = np.stack(
        [z[..., 1] * x[..., 2], z[..., 2] * x[..., 0] - z[..., 0] * x[..., 2], -z[..., 1] * x[..., 0]], -1
    )  # z cross x, whose middle is 0
    return np.stack([x, y, z], -2)


def view_plane(R: np.ndarray, rays: np.ndarray) -> np.ndarray:
    """Rays [P,J,3] turned by R [P,3,3] and put on the plane z = 1 -> [P,J,2]; NaN beyond 80 degrees."""
    turned = np.einsum("pij,pkj->pki", R, rays)
    depth = np.where(turned[..., 2] > 0.17 * np.linalg.norm(turned, axis=-1), turned[..., 2], np.nan)
    return turned[..., :2] / depth[..., None]


def _followed_direction(
    previous: np.ndarray, rays: np.ndarray, usable: np.ndarray, dt_s: np.ndarray | float, first: np.ndarray
) -> np.ndarray:
    torso = usable * _TORSO
    weight = np.where(torso.any(-1, keepdims=True), torso, usable)
    unit = rays / np.linalg.norm(rays, axis=-1, keepdims=True)
    measured = np.einsum("pj,pjk->pk", weight, np.where(np.isfinite(unit), unit, 0.0))
    gain = np.where(first, 1.0, 1 - np.exp(-np.asarray(dt_s) / CENTER_TIME_CONSTANT_S))[:, None]
    total = weight.sum(-1, keepdims=True)
    moved = (1 - gain) * np.where(np.isnan(previous), 0.0, previous) + gain * measured / np.maximum(
        total, 1e-9
    )
    moved = np.where(total > 0, moved, previous)
    return moved / np.linalg.norm(moved, axis=-1, keepdims=True)


def _spread(plane: np.ndarray, usable: np.ndarray) -> np.ndarray:
    """Root mean square distance [P] of the usable joints from the centre; NaN without any."""
    usable = usable & np.isfinite(plane).all(-1)
    squares = np.where(usable, np.square(plane).sum(-1), 0.0).sum(-1)
    count = usable.sum(-1)
    return np.where(count > 2, np.sqrt(np.maximum(squares / np.maximum(count, 1), 1e-8)), np.nan)
