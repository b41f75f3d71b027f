"""The live examples: a raised hand that is known well stops the robot; ROS gets what the schema says."""

from __future__ import annotations

import importlib.util
import json
import runpy
import sys
import threading
import time
from pathlib import Path
from types import ModuleType, SimpleNamespace
from typing import Any

import numpy as np
import pytest

from ganbodypose import PoseEstimator
from ganbodypose.core import FrameResult, PersonResult, VideoFrame
from ganbodypose.live.pipeline import LiveFrame, LivePipeline
from ganbodypose.sinks import Delivery
from ganbodypose.sinks.message import frame_message, hello
from ganbodypose.sinks.websocket import WebSocketSink
from ganbodypose.skeletons import H36M_17

_EXAMPLES = Path(__file__).parents[2] / "examples"
_WRIST, _HEAD = H36M_17.indices("right_wrist", "head_top")


def _example(name: str) -> ModuleType:
    spec = importlib.util.spec_from_file_location(name, _EXAMPLES / f"{name}.py")
    assert spec is not None and spec.loader is not None
    module = importlib.util.module_from_spec(spec)
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


def test_a_raised_hand_stops_the_robot_only_where_it_is_known_well(
    monkeypatch: pytest.MonkeyPatch, capsys: pytest.CaptureFixture[str]
) -> None:
    rgb = np.zeros((48, 64, 3), np.uint8)
    frames = [VideoFrame(rgb, k, 10.0 * k) for k in range(4)]  # so far apart that nothing is smoothed over
    sources: list[str] = []

    def live(_: PoseEstimator, source: str) -> LivePipeline:
        sources.append(source)
        return LivePipeline(frames, lambda *_: _Session())

    monkeypatch.setattr(PoseEstimator, "live", live)
    runpy.run_path(str(_EXAMPLES / "raised_hand.py"))
    assert sources == ["0"]
    assert capsys.readouterr().out.split() == ["go", "STOP", "go"]  # the fourth frame shows nobody


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
    assert len(skeleton.lines) == 16 - 2  # without the right forearm and the right shin
    start, end = skeleton.lines[0]  # pelvis to right hip
    np.testing.assert_allclose([start, end], [(0, 0, 3), (0.01, 0, 3)], atol=1e-4)


def test_ros_refuses_another_schema() -> None:
    with pytest.raises(ValueError, match="expected schema"):
        _example("ros2_skeleton").parse('{"type": "frame", "schema": "other/2"}', None)


def test_ros_ignores_frames_before_the_hello() -> None:
    message = '{"type": "frame", "schema": "ganbodypose.live/1", "persons": []}'
    assert _example("ros2_skeleton").parse(message, None) == (None, [])


class _Ros:
    """Stands for rclpy, which comes with ROS 2 only: remembers what is published, and ends after three messages."""

    def __init__(self) -> None:
        self.published: list[Any] = []
        self.names: list[tuple] = []

    def init(self) -> None: ...

    def create_node(self, name: str) -> _Ros:
        self.names.append((name,))
        return self

    def create_publisher(self, kind: type, topic: str, depth: int) -> _Ros:
        self.names.append((kind.__name__, topic, depth))
        return self

    def publish(self, message: Any) -> None:
        self.published.append(message)
        if len(self.published) == 3:
            raise KeyboardInterrupt


class _Message(SimpleNamespace):
    """A ROS message: parts that are not given yet spring up."""

    LINE_LIST, ADD = 5, 0

    def __getattr__(self, name: str) -> _Message:
        setattr(self, name, _Message())
        return self.__dict__[name]


class MarkerArray(_Message): ...


def test_ros_publishes_what_a_live_run_sends(monkeypatch: pytest.MonkeyPatch) -> None:
    ros, sink = _Ros(), WebSocketSink("127.0.0.1", 0)
    delivery, done = Delivery(sink), threading.Event()
    for name, module in {
        "rclpy": ros,
        "rclpy.time": SimpleNamespace(Time=lambda nanoseconds: _Message(to_msg=lambda: nanoseconds)),
        "geometry_msgs.msg": SimpleNamespace(Point=_Message),
        "visualization_msgs.msg": SimpleNamespace(Marker=_Message, MarkerArray=MarkerArray),
    }.items():
        monkeypatch.setitem(sys.modules, name, module)
    frame = VideoFrame(np.zeros((4, 4, 3), np.uint8), 0, 0.0)
    live = LiveFrame(frame, FrameResult(0, 0.0, (_person(False, 0.02),)), time.monotonic(), 0.0)

    def feed() -> None:
        while not done.wait(0.02):
            delivery.offer(live)

    feeding = threading.Thread(target=feed)
    feeding.start()
    with pytest.raises(KeyboardInterrupt):
        _example("ros2_skeleton").main(sink.address)
    done.set()
    feeding.join()
    delivery.close()
    assert ros.names == [("ganbodypose",), ("MarkerArray", "skeletons", 10)]
    (marker,) = ros.published[-1].markers
    assert (marker.ns, marker.id, marker.header.frame_id) == ("ganbodypose", 1, "camera_optical_frame")
    assert abs(marker.header.stamp / 1e9 - time.time()) < 60
    assert len(marker.points) == 2 * 16
    np.testing.assert_allclose([marker.points[1].x, marker.points[1].z], [0.01, 3], atol=1e-4)
