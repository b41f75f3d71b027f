"""`vmc://HOST:PORT`: bone rotations and root for avatars, by the Virtual Motion Capture protocol over OSC.

Protocol: https://protocol.vmc.info/specification, messages from Performer to Marionette. Bones and axes:
`humanoid`. One person is sent: who was there first, while there.
"""

from __future__ import annotations

from collections.abc import Iterator

from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.sinks.address import in_url
from ganbodypose.sinks.base import OnePerson, is_complete
from ganbodypose.sinks.humanoid import BONES, Humanoid, HumanoidPose
from ganbodypose.sinks.udp import Message, OscSender

_UPRIGHT = (0.0, 0.0, 0.0, 1.0)


class VmcSink:
    """While the person is out of view the avatar keeps its pose."""

    waiting = 2
    lost = 0

    def __init__(self, host: str, port: int) -> None:
        self.name = f"vmc://{in_url(host)}:{port}"
        self._host, self._port = host, port
        self._choice = OnePerson()
        self._humanoid, self._track_id = Humanoid(), -1

    def open(self) -> None:
        self._sender = OscSender(self._host, self._port)

    def send(self, live: LiveFrame) -> None:
        person = self._choice.of(live.result)
        if person is None or not is_complete(person):
            self._sender.send(_state(live, loaded=False))
            return
        if person.track_id != self._track_id:
            self._humanoid, self._track_id = Humanoid(), person.track_id
        pose = self._humanoid.pose(person, live.result.time_s)
        self._sender.send([*_state(live, loaded=True), *_bones(pose)])

    def close(self) -> None:
        self._sender.close()


def _state(live: LiveFrame, loaded: bool) -> Iterator[Message]:
    yield "/VMC/Ext/OK", (int(loaded),)
    yield "/VMC/Ext/T", (float(live.result.time_s),)


def _bones(pose: HumanoidPose) -> Iterator[Message]:
    yield "/VMC/Ext/Root/Pos", ("root", *pose.root_m.tolist(), *_UPRIGHT)
    for bone, position, quaternion in zip(BONES, pose.positions_m, pose.quaternions, strict=True):
        yield "/VMC/Ext/Bone/Pos", (bone.name, *position.tolist(), *quaternion.tolist())
