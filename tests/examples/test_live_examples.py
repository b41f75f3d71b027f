"""The live examples: a raised hand that is known well stops the robot; ROS gets what the schema says."""

from __future__ import annotations

import asyncio
import importlib.util
import json
import time
from collections.abc import AsyncIterator
from pathlib import Path
from types import ModuleType

import numpy as np
import pytest

from ganbodypose.core import FrameResult, PersonResult, VideoFrame
from ganbodypose.live.pipeline import LiveFrame, LivePipeline
from ganbodypose.sinks.message import frame_message, hello
from ganbodypose.skeletons import H36M_17

_EXAMPLES = Path(__file__).parents[2] / "examples"
_WRIST, _HEAD = H36M_17.indices("left_wrist", "head_top")


def _example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, _EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
    import sys

    sys.modules[name] = module  # dataclasses look their module up
    spec.loader.exec_module(module)
    return module


def _person(hand_up: bool, error_m: float) -> PersonResult:
    joints = np.zeros((17, 3))
    joints[:, 0] = np.arange(17) / 100
    joints[_HEAD, 1] = -0.7
    joints[_WRIST, 1] = -0.9 if hand_up else 0.0
    errors = np.full(17, 0.02)
    errors[_WRIST] = error_m
    return PersonResult(
        1, np.zeros((17, 2)), np.ones(17), joints, np.array([0, 0, 3.0]), errors, 0.9, np.zeros(4)
    )


_PERSONS = [
    (_person(hand_up=False, error_m=0.02),),
    (_person(hand_up=True, error_m=0.02),),
    (_person(hand_up=True, error_m=0.25),),
    (),
]


class _Session:
    """A fake source's people, frame by frame."""

    def detect(self, frame: VideoFrame) -> VideoFrame:
        return frame

    def lift(self, detected: VideoFrame) -> FrameResult:
        return FrameResult(detected.index, detected.time_s, _PERSONS[detected.index])


def test_a_raised_hand_stops_the_robot_only_where_it_is_known_well() -> None:
    example = _example("raised_hand")
    rgb = np.zeros((48, 64, 3), np.uint8)
    frames = [VideoFrame(rgb, k, 10.0 * k) for k in range(4)]  # so far apart that nothing is smoothed over

    async def commands() -> list[bool]:
        with LivePipeline(frames, lambda *_: _Session()) as pipeline:
            stops: AsyncIterator[bool] = example.stop_commands(pipeline)
            return [stop async for stop in stops]

    assert asyncio.run(commands()) == [False, True, False, False]


def test_ros_gets_the_bones_that_are_known_well() -> None:
    example = _example("ros2_skeleton")
    person = _person(hand_up=True, error_m=0.3)
    person.joints_3d_m[H36M_17.index("right_ankle")] = np.nan
    frame = VideoFrame(np.zeros((4, 4, 3), np.uint8), 0, 0.0)
    live = LiveFrame(frame, FrameResult(0, 0.0, (person,)), time.monotonic(), 0.0)
    parents, none = example.parse(json.dumps(hello()), None)
    assert parents == list(H36M_17.parents)
    assert none == []
    parents, (skeleton,) = example.parse(json.dumps(frame_message(live)), parents)
    assert skeleton.person == 1
    assert abs(skeleton.stamp_s - time.time()) < 5
    assert len(skeleton.lines) == 16 - 2  # without the left forearm and the right shin
    start, end = skeleton.lines[0]  # pelvis to right hip
    np.testing.assert_allclose([start, end], [(0, 0, 3), (0.01, 0, 3)], atol=1e-4)


def test_ros_refuses_another_schema() -> None:
    with pytest.raises(ValueError, match="expected schema"):
        _example("ros2_skeleton").parse('{"type": "frame", "schema": "other/2"}', None)


def test_ros_ignores_frames_before_the_hello() -> None:
    message = '{"type": "frame", "schema": "ganbodypose.live/1", "persons": []}'
    assert _example("ros2_skeleton").parse(message, None) == (None, [])
