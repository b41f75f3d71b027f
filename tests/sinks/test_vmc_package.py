"""VMC, heard by the package vmcp over osc4py3: neither shares anything with what sends.

pip install vmcp 'osc4py3<1.0.4'
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np
import pytest
from scipy.spatial.transform import Rotation

from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.sinks import Delivery, create_sink
from ganbodypose.sinks.humanoid import BONES, Humanoid

from .conftest import body, person_of

pytestmark = pytest.mark.slow


def test_vmcp_hears_a_humanoid(make_live, free_port: int) -> None:
    pytest.importorskip("vmcp", reason="needs the package vmcp")
    from vmcp import events
    from vmcp.facades import on_receive
    from vmcp.osc import OSC
    from vmcp.osc.backend.osc4py3 import as_eventloop

    joints = body({"left_elbow": rotvec_to_matrix(np.array([0, 0, np.pi / 2]))})
    heard: list[Any] = []
    osc = OSC(as_eventloop)
    with osc.open():
        receiver = osc.create_receiver("127.0.0.1", free_port, "avatar").open()
        kinds = (
            events.RootTransformEvent,
            events.BoneTransformEvent,
            events.StateEvent,
            events.RelativeTimeEvent,
        )
        for kind in kinds:
            on_receive(receiver, kind, heard.append)
        delivery = Delivery(create_sink(f"vmc://127.0.0.1:{free_port}"))
        end_s = time.monotonic() + 20
        while len(heard) < len(BONES) + 3 and time.monotonic() < end_s:
            if not heard:
                delivery.offer(make_live(3, people={1: joints}))
            osc.run()
            time.sleep(0.05)
        delivery.close()
    bones = {event.joint.value: event for event in heard if isinstance(event, events.BoneTransformEvent)}
    pose = Humanoid().pose(person_of(joints), 0.1)
    assert set(bones) == {bone.name for bone in BONES}
    for bone, place, turn in zip(BONES, pose.positions_m, pose.quaternions, strict=True):
        event = bones[bone.name]
        np.testing.assert_allclose(_values(event.position, "xyz"), place, atol=1e-5, err_msg=bone.name)
        np.testing.assert_allclose(_values(event.rotation, "xyzw"), turn, atol=1e-5, err_msg=bone.name)
    upper, lower = (_values(bones[name].rotation, "xyzw") for name in ("LeftUpperArm", "LeftLowerArm"))
    forearm = (Rotation.from_quat(upper) * Rotation.from_quat(lower)).apply([-1, 0, 0])
    np.testing.assert_allclose(forearm, [0, 1, 0], atol=1e-4)  # Unity: a left arm at rest points along -x
    assert {type(event) for event in heard} == set(kinds)


def _values(of: Any, axes: str) -> list[float]:
    return [getattr(of, axis) for axis in axes]
