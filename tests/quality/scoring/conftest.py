"""A made-up person who squats or raises an arm, well or badly, with small differences between people."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest

from ganbodypose.quality.scoring.features import Repetition
from ganbodypose.quality.scoring.model import Example
from ganbodypose.skeletons import H36M_17

Move = Callable[..., tuple[np.ndarray, np.ndarray]]
THIGH, SHIN, TRUNK = 0.42, 0.42, 0.5


def _body(knee: np.ndarray, lean: np.ndarray, raised: dict[str, np.ndarray]) -> np.ndarray:
    """Joints [T,17,3], x forward, y left, z up, from angles [T] in radians."""
    zero = np.zeros_like(knee)
    at = {}
    for side, out in (("left", 1.0), ("right", -1.0)):
        ankle = np.stack([zero, zero + 0.1 * out, zero], -1)
        shin = SHIN * np.stack([np.sin(knee / 2), zero, np.cos(knee / 2)], -1)
        thigh = THIGH * np.stack([-np.sin(knee / 2), zero, np.cos(knee / 2)], -1)
        at |= {f"{side}_ankle": ankle, f"{side}_knee": ankle + shin, f"{side}_hip": ankle + shin + thigh}
    at["pelvis"] = (at["left_hip"] + at["right_hip"]) / 2
    up = np.stack([np.sin(lean), zero, np.cos(lean)], -1)
    for joint, share in (("spine", 0.5), ("thorax", 1.0), ("neck_nose", 1.25), ("head_top", 1.6)):
        at[joint] = at["pelvis"] + share * TRUNK * up
    for side, out in (("left", 1.0), ("right", -1.0)):
        at[f"{side}_shoulder"] = at["thorax"] + [0, 0.18 * out, 0]
        arm = np.stack([zero + 0.05, out * np.sin(raised[side]), -np.cos(raised[side])], -1)
        at[f"{side}_elbow"] = at[f"{side}_shoulder"] + 0.3 * arm
        at[f"{side}_wrist"] = at[f"{side}_shoulder"] + 0.55 * arm
    return np.stack([at[joint] for joint in H36M_17.joints], axis=1)


@pytest.fixture
def move() -> Move:
    """move(depth_deg=90, lean_deg=20, raise_deg=0, side='right', yaw_deg=0, size=1, fps=30, seconds=2, noise_m=0)
    -> joints [T,17,3] m, z up, and times [T]: one repetition from rest to rest."""

    def make(
        depth_deg: float = 90,
        lean_deg: float = 20,
        raise_deg: float = 0,
        side: str = "right",
        yaw_deg: float = 0,
        size: float = 1.0,
        fps: float = 30,
        seconds: float = 2.0,
        noise_m: float = 0.0,
        seed: int = 0,
    ) -> tuple[np.ndarray, np.ndarray]:
        times = np.arange(round(fps * seconds) + 1) / fps
        phase = (1 - np.cos(2 * np.pi * times / seconds)) / 2
        other = "left" if side == "right" else "right"
        raised = {side: np.radians(5 + raise_deg * phase), other: np.radians(5 + 0 * phase)}
        joints = size * _body(np.radians(depth_deg) * phase, np.radians(lean_deg) * phase, raised)
        cosine, sine = np.cos(np.radians(yaw_deg)), np.sin(np.radians(yaw_deg))
        turned = joints @ np.array([[cosine, sine, 0], [-sine, cosine, 0], [0, 0, 1]]) + [2.0, -1.0, 0.3]
        return turned + np.random.default_rng(seed).normal(0, noise_m, turned.shape), times

    return make


@pytest.fixture
def squats(move: Move) -> list[Example]:
    """Four people, six good squats and six shallow ones with the trunk bent forward each."""
    rng = np.random.default_rng(1)
    found = []
    for person in range(4):
        own = {"yaw_deg": rng.uniform(0, 360), "size": rng.uniform(0.9, 1.1)}
        style = rng.normal(0, 4)
        for k in range(12):
            depth, lean = (95, 20) if k < 6 else (60, 40)
            joints, times = move(
                depth + style + rng.normal(0, 2), lean + rng.normal(0, 2), noise_m=0.004, seed=k, **own
            )
            found.append(Example(Repetition.of(joints, times), k < 6, f"person{person}"))
    return found
