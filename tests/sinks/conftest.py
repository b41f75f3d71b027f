"""People to send: a body posed by joint rotations, as the live pipeline would deliver it."""

from __future__ import annotations

import socket
import time
from collections.abc import Callable

import numpy as np
import pytest

from ganbodypose.core import FrameResult, PersonResult, VideoFrame
from ganbodypose.geometry.kinematics import NODES, forward_kinematics
from ganbodypose.io.formats.tracks import Y_UP
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.skeletons import H36M_17

MakeLive = Callable[..., LiveFrame]

_LENGTH_M = {"hip": 0.12, "knee": 0.42, "ankle": 0.41, "shoulder": 0.17, "elbow": 0.29, "wrist": 0.26}
_LENGTHS = np.array([_LENGTH_M.get(joint.split("_")[-1], 0.22) for joint in H36M_17.joints])
ROOT_M = np.array([0.4, 0.1, 3.0])


def body(turns: dict[str, np.ndarray] | None = None) -> np.ndarray:
    """Joints [17,3] m in the camera frame, relative to the pelvis, of a T-pose with some nodes turned."""
    rotations = np.broadcast_to(np.eye(3), (1, len(NODES), 3, 3)).copy()
    for index, node in enumerate(NODES):
        rotations[0, index] = (turns or {}).get(node.name, np.eye(3))
    return forward_kinematics(rotations, _LENGTHS, np.zeros((1, 3)))[0] @ Y_UP


def person_of(joints_m: np.ndarray, track_id: int = 1) -> PersonResult:
    return PersonResult(
        track_id,
        np.arange(34.0).reshape(17, 2),
        np.full(17, 0.9),
        joints_m,
        ROOT_M,
        np.linspace(0, 0.16, 17),
        0.8,
        np.array([0, 0, 10, 20.0]),
    )


@pytest.fixture
def make_live() -> MakeLive:
    """make_live(index=0, people=None) -> LiveFrame; people: joints [17,3] by track id."""

    def make(index: int = 0, people: dict[int, np.ndarray] | None = None) -> LiveFrame:
        people = {1: body()} if people is None else people
        persons = tuple(person_of(joints, track_id) for track_id, joints in people.items())
        time_s = index / 30
        frame = VideoFrame(np.zeros((48, 64, 3), np.uint8), index, time_s)
        return LiveFrame(frame, FrameResult(index, time_s, persons), time.monotonic() - 0.04, 0.04)

    return make


@pytest.fixture
def free_port() -> int:
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


def wait_until(condition: Callable[[], bool], seconds: float = 8.0) -> bool:
    end = time.monotonic() + seconds
    while not condition() and time.monotonic() < end:
        time.sleep(0.01)
    return condition()
