"""Where each person stands in front of the camera, frame after frame.

Least squares over the rays finds the place (`geometry.root`); its weak side is the depth, which rests on
perspective alone where the pose is uncertain. So the depth is checked against the apparent size, and follows
with a time constant, more slowly where the pose tells little of it (most of the person is outside the picture); what
lies across the view stays on the rays of the frame itself.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np

from ganbodypose.geometry.root import measured_depth, root_at_depth

DEPTH_TIME_CONSTANT_S = 0.25
_FULL_INFORMATION = 100.0  # a depth that is known to a tenth


@dataclass(frozen=True)
class RootTrajectory:
    """Log of the depth [P] m of P persons; NaN before they were seen."""

    log_depth: np.ndarray

    @staticmethod
    def unknown(persons: int) -> RootTrajectory:
        return RootTrajectory(np.full(persons, np.nan))

    def update(
        self, joints_3d: np.ndarray, rays: np.ndarray, weights: np.ndarray, dt_s: float
    ) -> tuple[np.ndarray, RootTrajectory]:
        """Pelvis positions [P,3] m in the camera frame, and the state after one more frame.

        joints_3d [P,17,3] m camera axes, relative to the pelvis; rays [P,17,3] (z = 1); weights [P,17], inverse
        variances (1/m^2), 0 where not seen. A person who is not seen keeps the depth.
        """
        depth, information = measured_depth(joints_3d, rays, weights)
        measured, sure = np.log(depth), np.minimum(information / _FULL_INFORMATION, 1.0)
        gain = np.where(np.isnan(self.log_depth), 1.0, 1 - np.exp(-sure * dt_s / DEPTH_TIME_CONSTANT_S))
        previous = np.where(np.isnan(self.log_depth), measured, self.log_depth)
        log_depth = np.where(np.isnan(measured), previous, previous + gain * (measured - previous))
        root = root_at_depth(joints_3d, rays, np.exp(log_depth), np.maximum(weights, 1e-6))
        return root, RootTrajectory(log_depth)

    def take(self, rows: np.ndarray) -> RootTrajectory:
        return RootTrajectory(self.log_depth[rows])

    def join(self, other: RootTrajectory) -> RootTrajectory:
        return RootTrajectory(np.concatenate([self.log_depth, other.log_depth]))
