"""ROS 2: subscribe to `ganbodypose live --to ws://` and publish skeletons as visualization_msgs/MarkerArray.

    ganbodypose live --to ws://127.0.0.1:8765        # in one terminal
    python ros2_skeleton.py ws://127.0.0.1:8765      # in another, with ROS 2 sourced and `pip install websockets`

Published on /skeletons in the frame `camera_optical_frame` (ROS REP 103: x right, y down, z forward, which are
our axes): one list of lines per person. Bones whose ends are expected to be off by more than 150 mm are left
out. `parse` and `bones` need no ROS; the class at the end is all that does.
"""

from __future__ import annotations

import json
import sys
from dataclasses import dataclass

SCHEMA = "ganbodypose.live/1"
MAX_ERROR_M = 0.15
Point = tuple[float, float, float]


@dataclass(frozen=True)
class Skeleton:
    """One person at `stamp_s` (Unix time of the picture): lines from joint to joint, m, camera frame."""

    person: int
    stamp_s: float
    lines: list[tuple[Point, Point]]


def parse(text: str, parents: list[int] | None) -> tuple[list[int] | None, list[Skeleton]]:
    """One message -> (parents of the joints, once known; the skeletons in it). ValueError: another schema."""
    message = json.loads(text)
    if message.get("schema") != SCHEMA:
        raise ValueError(f"expected schema {SCHEMA}, got {message.get('schema')}")
    if message["type"] == "hello":
        return message["parents"], []
    if message["type"] != "frame" or parents is None:
        return parents, []
    stamp_s = message["captured_unix_s"]
    return parents, [Skeleton(p["id"], stamp_s, bones(p, parents)) for p in message["persons"]]


def bones(person: dict, parents: list[int]) -> list[tuple[Point, Point]]:
    """The bones of a person whose both ends are known well enough, in the camera frame."""
    root = person["root_m"]
    errors = person["expected_error_m"]
    places: list[Point | None] = [
        None
        if None in (*joint, *root, error) or error > MAX_ERROR_M
        else (joint[0] + root[0], joint[1] + root[1], joint[2] + root[2])
        for joint, error in zip(person["joints_m"], errors, strict=True)
    ]
    ends = ((places[parent], places[child]) for child, parent in enumerate(parents) if parent >= 0)
    return [(a, b) for a, b in ends if a is not None and b is not None]


def main(address: str) -> None:
    import rclpy
    from geometry_msgs.msg import Point as PointMessage
    from rclpy.time import Time
    from visualization_msgs.msg import Marker, MarkerArray
    from websockets.sync.client import connect

    def marker(skeleton: Skeleton) -> Marker:
        message = Marker(ns="ganbodypose", id=skeleton.person, type=Marker.LINE_LIST, action=Marker.ADD)
        message.header.frame_id = "camera_optical_frame"
        message.header.stamp = Time(nanoseconds=int(skeleton.stamp_s * 1e9)).to_msg()
        message.lifetime.nanosec = 300_000_000  # who is gone disappears
        message.scale.x, message.color.a, message.color.g = 0.03, 1.0, 1.0
        message.points = [PointMessage(x=p[0], y=p[1], z=p[2]) for line in skeleton.lines for p in line]
        return message

    rclpy.init()
    publisher = rclpy.create_node("ganbodypose").create_publisher(MarkerArray, "skeletons", 10)
    parents = None
    with connect(address) as socket:
        for text in socket:
            parents, skeletons = parse(text, parents)
            publisher.publish(MarkerArray(markers=[marker(skeleton) for skeleton in skeletons]))


if __name__ == "__main__":
    main(sys.argv[1] if len(sys.argv) > 1 else "ws://127.0.0.1:8765")
