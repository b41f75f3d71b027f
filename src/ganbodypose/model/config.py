"""One typed configuration per network; every part of the paper can be switched off for ablation."""

from __future__ import annotations

from dataclasses import asdict, dataclass
from typing import Any


@dataclass(frozen=True)
class NetworkConfig:
    """Sizes and switches of the network.

    grid_channels: channels of the 3D convolutions on the 5x5 kinematic grid (none: a flat convolution over time).
    part_channels: channels C of each of the five body-part pixels.
    mix_channels: bottleneck of the blocks that span all parts; dilations: their steps in time.
    attention_window: frames a pixel looks back on (causal) or around itself; attention_width: the "nodes" of
    a layer, all heads together (0: part_channels).
    window: frames of a training window.
    both_ways: for whole recordings, where the network runs forwards, backwards and mirrored and the mean counts
    (`lift.ways`); mirrored: for streams, where it runs as seen and mirrored. It is trained all the same.
    bins: classes per axis over [-reach_m, reach_m] (0: plain regression).
    """

    grid_channels: tuple[int, ...] = (24, 32)
    part_channels: int = 96
    mix_channels: int = 256
    dilations: tuple[int, ...] = (1, 3, 9)
    attention_layers: int = 2
    attention_heads: int = 4
    attention_window: int = 16
    attention_width: int = 0
    gan: bool = True
    gan_hidden: int = 192
    bins: int = 56
    reach_m: float = 1.4
    error_hidden: int = 64
    causal: bool = True
    window: int = 27
    both_ways: bool = False
    mirrored: bool = False

    @property
    def frames_around(self) -> int:
        """How many frames before a frame (and behind it, unless causal) can change what is said of it."""
        taps = 2 if self.causal else 1  # of a kernel of three, on one side
        stem = 2 if self.grid_channels else 1  # convolutions over time in it
        window = self.attention_window - 1 if self.causal else self.attention_window // 2
        return taps * (stem + sum(self.dilations)) + self.attention_layers * window

    def as_dict(self) -> dict[str, Any]:
        return asdict(self)

    @staticmethod
    def from_dict(values: dict[str, Any]) -> NetworkConfig:
        """Inverse of `as_dict`; unknown keys raise TypeError."""
        tuples: dict[str, Any] = {k: tuple(v) if isinstance(v, list) else v for k, v in values.items()}
        return NetworkConfig(**tuples)


def _paper(layers: int, nodes: int) -> NetworkConfig:
    """A cell of the paper's Table 3: 9-frame windows that see the future, attention of `layers` x `nodes`."""
    return NetworkConfig(
        dilations=(1, 3),
        attention_layers=layers,
        attention_width=nodes,
        attention_window=9,
        causal=False,
        window=9,
    )


PRESETS = {
    "live": NetworkConfig(),
    "studio": NetworkConfig(both_ways=True),
    "paper": _paper(2, 512),
    "paper-2x1024": _paper(2, 1024),
    "paper-3x512": _paper(3, 512),
    "paper-3x1024": _paper(3, 1024),
}
