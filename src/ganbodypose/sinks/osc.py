"""`osc://HOST:PORT`: the joints as plain OSC messages.

    /ganbodypose/1/frame             i frame, d time_s, f delay_s, i persons
    /ganbodypose/1/person/ID/joints  51 f: x y z of the 17 joints, m, camera frame, relative to the pelvis
    /ganbodypose/1/person/ID/root    3 f: the pelvis, m, camera frame
    /ganbodypose/1/person/ID/error   17 f: expected error, m
    /ganbodypose/1/person/ID/quality f

Missing is NaN. Joints in the order of `skeletons.H36M_17`.
"""

from __future__ import annotations

from collections.abc import Iterator

import numpy as np

from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.sinks.address import in_url
from ganbodypose.sinks.udp import Double, Message, OscSender

PREFIX = "/ganbodypose/1"


class OscSink:
    """Everybody in the picture, joint by joint."""

    waiting = 2
    lost = 0

    def __init__(self, host: str, port: int) -> None:
        self.name = f"osc://{in_url(host)}:{port}"
        self._host, self._port = host, port

    def open(self) -> None:
        self._sender = OscSender(self._host, self._port)

    def send(self, live: LiveFrame) -> None:
        self._sender.send(_messages(live))

    def close(self) -> None:
        self._sender.close()


def _messages(live: LiveFrame) -> Iterator[Message]:
    result = live.result
    yield f"{PREFIX}/frame", (result.frame_index, Double(result.time_s), live.delay_s, len(result.persons))
    for person in result.persons:
        where = f"{PREFIX}/person/{person.track_id}"
        yield f"{where}/joints", _floats(person.joints_3d_m)
        yield f"{where}/root", _floats(person.root_camera_m)
        yield f"{where}/error", _floats(person.expected_error_m)
        yield f"{where}/quality", [float(person.pose_quality)]


def _floats(values: np.ndarray) -> list[float]:
    return np.asarray(values, np.float64).ravel().tolist()
