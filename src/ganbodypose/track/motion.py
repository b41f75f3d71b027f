"""How a person's region moves: constant velocity, learned from what was seen and trusted for a short while."""

from __future__ import annotations

import math
from dataclasses import dataclass, replace

import numpy as np

from ganbodypose.detect.base import Region

SMOOTHING_S = 0.1  # time constant of the velocity's exponential mean
HORIZON_S = 0.5  # without news a velocity is trusted for about this long
MAX_SPEED = 5.0  # region sides per second; a sprinter seen from the side makes about 4
MAX_SPIN_RAD_S = 3 * math.pi  # a quick somersault


def turn_between(start_rad: float, end_rad: float) -> float:
    """The shorter way from one angle to another, in [-pi, pi)."""
    return (end_rad - start_rad + math.pi) % (2 * math.pi) - math.pi


@dataclass(frozen=True)
class Motion:
    """A region seen at time_s, how it moves (velocity_px_s [2], spin_rad_s), and from how many sightings."""

    region: Region
    time_s: float
    velocity_px_s: np.ndarray
    spin_rad_s: float = 0.0
    sightings: int = 1

    @classmethod
    def start(cls, region: Region, time_s: float) -> Motion:
        return cls(region, time_s, np.zeros(2))

    def at(self, time_s: float) -> Region:
        """Where to look at time_s: the shift saturates, so that somebody hidden does not run off the picture."""
        horizon = HORIZON_S * (1 - math.exp(-max(time_s - self.time_s, 0.0) / HORIZON_S))
        return replace(
            self.region,
            center_px=self.region.center_px + self.velocity_px_s * horizon,
            rotation_rad=turn_between(0.0, self.region.rotation_rad + self.spin_rad_s * horizon),
        )

    def seen(self, region: Region, time_s: float, trust: float = 1.0) -> Motion:
        """The motion after another sighting, of which `trust` in [0,1] is believed, the rest predicted.

        A repeated time moves the region and keeps the velocity.
        """
        elapsed = time_s - self.time_s
        if trust < 1:
            region = _between(self.at(time_s), region, trust)
        if elapsed <= 0:
            return replace(self, region=region)
        gain = trust * max(1 - math.exp(-elapsed / SMOOTHING_S), 1 / self.sightings)
        velocity = (region.center_px - self.region.center_px) / elapsed
        velocity *= min(1.0, MAX_SPEED * region.size_px / max(math.hypot(*velocity), 1e-9))
        spin = turn_between(self.region.rotation_rad, region.rotation_rad) / elapsed
        spin = min(max(spin, -MAX_SPIN_RAD_S), MAX_SPIN_RAD_S)
        return Motion(
            region,
            time_s,
            self.velocity_px_s + gain * (velocity - self.velocity_px_s),
            self.spin_rad_s + gain * (spin - self.spin_rad_s),
            self.sightings + 1,
        )


def _between(a: Region, b: Region, share: float) -> Region:
    """`share` of the way from `a` to `b`."""
    return replace(
        b,
        center_px=a.center_px + share * (b.center_px - a.center_px),
        size_px=float(a.size_px * (b.size_px / a.size_px) ** share),
        rotation_rad=turn_between(0.0, a.rotation_rad + share * turn_between(a.rotation_rad, b.rotation_rad)),
    )
