"""VMC: an independent receiver (python-osc) finds Unity's bones, axes and the person's movement."""

from __future__ import annotations

import socket
import threading
from collections.abc import Iterator
from dataclasses import replace

import numpy as np
import pytest
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer
from scipy.spatial.transform import Rotation

from ganbodypose.geometry.rotation import rotvec_to_matrix
from ganbodypose.sinks import Delivery, create_sink
from ganbodypose.sinks.humanoid import BONES, Humanoid
from ganbodypose.skeletons import H36M_17

from .conftest import ROOT_M, body, person_of, wait_until

# Unity's HumanBodyBones that hang from each other, written down again from the VRM specification.
_PARENT = {
    "Spine": "Hips",
    "Chest": "Spine",
    "Neck": "Chest",
    "Head": "Neck",
    **{f"{s}Shoulder": "Chest" for s in ("Left", "Right")},
    **{f"{s}UpperArm": f"{s}Shoulder" for s in ("Left", "Right")},
    **{f"{s}LowerArm": f"{s}UpperArm" for s in ("Left", "Right")},
    **{f"{s}Hand": f"{s}LowerArm" for s in ("Left", "Right")},
    **{f"{s}UpperLeg": "Hips" for s in ("Left", "Right")},
    **{f"{s}LowerLeg": f"{s}UpperLeg" for s in ("Left", "Right")},
    **{f"{s}Foot": f"{s}LowerLeg" for s in ("Left", "Right")},
}
# Where a humanoid's bones point in its T-pose, seen in Unity: it looks along +z, its left is at -x.
_REST = {
    "LeftUpperArm": ((-1, 0, 0), "left_shoulder", "left_elbow"),
    "LeftLowerArm": ((-1, 0, 0), "left_elbow", "left_wrist"),
    "RightUpperArm": ((1, 0, 0), "right_shoulder", "right_elbow"),
    "RightLowerArm": ((1, 0, 0), "right_elbow", "right_wrist"),
    "LeftUpperLeg": ((0, -1, 0), "left_hip", "left_knee"),
    "LeftLowerLeg": ((0, -1, 0), "left_knee", "left_ankle"),
    "RightUpperLeg": ((0, -1, 0), "right_hip", "right_knee"),
    "RightLowerLeg": ((0, -1, 0), "right_knee", "right_ankle"),
    "Spine": ((0, 1, 0), "pelvis", "spine"),
    "Head": ((0, 1, 0), "neck_nose", "head_top"),
}


class Receiver:
    """What an avatar program would have heard."""

    def __init__(self, port: int = 0) -> None:
        self.bones: dict[str, np.ndarray] = {}
        self.root: np.ndarray | None = None
        self.loaded: int | None = None
        self.times: list[float] = []
        dispatcher = Dispatcher()
        dispatcher.map("/VMC/Ext/Bone/Pos", lambda _, name, *v: self.bones.__setitem__(name, np.array(v)))
        dispatcher.map("/VMC/Ext/Root/Pos", lambda _, _name, *v: setattr(self, "root", np.array(v)))
        dispatcher.map("/VMC/Ext/OK", lambda _, ok: setattr(self, "loaded", ok))
        dispatcher.map("/VMC/Ext/T", lambda _, t: self.times.append(t))
        self._server = ThreadingOSCUDPServer(("127.0.0.1", port), dispatcher)
        self.port = self._server.server_address[1]
        threading.Thread(target=self._server.serve_forever, daemon=True).start()

    def turn(self, bone: str | None) -> Rotation:
        """The bone's rotation in the avatar's frame; a product of quaternions, the same in Unity."""
        if bone is None:
            return Rotation.from_quat(self.root[3:])
        return self.turn(_PARENT.get(bone)) * Rotation.from_quat(self.bones[bone][3:])

    def place(self, bone: str | None) -> np.ndarray:
        if bone is None:
            return self.root[:3]
        parent = _PARENT.get(bone)
        return self.place(parent) + self.turn(parent).apply(self.bones[bone][:3])

    def stop(self) -> None:
        self._server.shutdown()
        self._server.server_close()


@pytest.fixture
def receiver() -> Iterator[Receiver]:
    receiver = Receiver()
    yield receiver
    receiver.stop()


def _posed() -> np.ndarray:
    return body(
        {
            "pelvis": rotvec_to_matrix(np.array([0.1, 0.7, -0.1])),
            "thorax": rotvec_to_matrix(np.array([0.1, 0.3, 0.0])),
            "left_shoulder": rotvec_to_matrix(np.array([0.2, -0.6, 0.9])),
            "left_elbow": rotvec_to_matrix(np.array([0.0, -1.2, 0.0])),
            "right_hip": rotvec_to_matrix(np.array([-0.9, 0.0, -0.2])),
            "right_knee": rotvec_to_matrix(np.array([1.1, 0.0, 0.0])),
            "neck_nose": rotvec_to_matrix(np.array([0.2, 0.0, 0.1])),
        }
    )


def _received(receiver: Receiver, live) -> Receiver:
    delivery = Delivery(create_sink(f"vmc://127.0.0.1:{receiver.port}"))
    delivery.offer(live)
    assert wait_until(lambda: len(receiver.bones) == len(BONES) and receiver.root is not None)
    delivery.close()
    return receiver


def test_all_bones_have_unity_names_and_parents() -> None:
    assert {bone.name: bone.parent for bone in BONES} == {"Hips": None} | _PARENT


def test_a_t_pose_towards_the_camera_is_the_rest_pose(receiver: Receiver, make_live) -> None:
    heard = _received(receiver, make_live())
    assert heard.loaded == 1
    for name, values in heard.bones.items():
        np.testing.assert_allclose(np.abs(values[3:]), [0, 0, 0, 1], atol=1e-4, err_msg=name)
    assert heard.place("LeftHand")[0] < -0.5 < 0.5 < heard.place("RightHand")[0]
    assert heard.place("Head")[1] > heard.place("Hips")[1] > 0.8
    np.testing.assert_allclose(heard.root, [0, 0, 0, 0, 0, 0, 1], atol=1e-6)


def test_rotations_point_the_bones_where_the_person_does(receiver: Receiver, make_live) -> None:
    joints = _posed()
    heard = _received(receiver, make_live(people={1: joints}))
    for bone, (rest, start, end) in _REST.items():
        camera = joints[H36M_17.index(end)] - joints[H36M_17.index(start)]
        # Seen as a mirror would show it: the camera's x, turned to face us, and y up.
        unity = camera * [-1, -1, -1] / np.linalg.norm(camera)
        np.testing.assert_allclose(heard.turn(bone).apply(rest), unity, atol=1e-3, err_msg=bone)


def test_places_are_the_mirrored_joints(receiver: Receiver, make_live) -> None:
    joints = _posed()
    heard = _received(receiver, make_live(people={1: joints}))
    hips = heard.place("Hips")
    for bone in BONES:
        expected = joints[H36M_17.index(bone.place)] * [-1, -1, -1]
        np.testing.assert_allclose(heard.place(bone.name) - hips, expected, atol=1e-4, err_msg=bone.name)


def test_a_raised_left_forearm_turns_about_minus_z() -> None:
    """Unity's left-handed axes by hand: from -x up to +y."""
    pose = Humanoid().pose(
        person_of(body({"left_elbow": rotvec_to_matrix(np.array([0, 0, np.pi / 2]))})), 0.0
    )
    names = [bone.name for bone in BONES]
    upper, lower = (
        Rotation.from_quat(pose.quaternions[names.index(name)]) for name in ("LeftUpperArm", "LeftLowerArm")
    )
    np.testing.assert_allclose((upper * lower).apply([-1, 0, 0]), [0, 1, 0], atol=1e-6)


def test_walking_moves_the_root_and_not_the_hips() -> None:
    humanoid, person = Humanoid(), person_of(body())
    first = humanoid.pose(person, 0.0)
    second = humanoid.pose(replace(person, root_camera_m=ROOT_M + np.array([0.3, 0, -0.5])), 1 / 30)
    np.testing.assert_allclose(second.root_m, [-0.3, 0, 0.5], atol=1e-9)  # towards the camera is forward
    np.testing.assert_allclose(first.positions_m[0], second.positions_m[0], atol=1e-6)


def test_a_jump_lifts_the_hips_off_the_floor() -> None:
    humanoid, person = Humanoid(), person_of(body())
    standing = humanoid.pose(person, 0.0).positions_m[0, 1]
    jumping = humanoid.pose(replace(person, root_camera_m=ROOT_M - np.array([0, 0.4, 0])), 0.1).positions_m[
        0, 1
    ]
    assert jumping - standing == pytest.approx(0.4, abs=0.03)


def test_nobody_in_view_says_so_and_keeps_the_pose(receiver: Receiver, make_live) -> None:
    heard = _received(receiver, make_live())
    delivery = Delivery(create_sink(f"vmc://127.0.0.1:{receiver.port}"))
    delivery.offer(make_live(1, people={}))
    assert wait_until(lambda: heard.loaded == 0)
    delivery.close()
    assert len(heard.bones) == len(BONES)


def test_packets_fit_the_network(make_live) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.bind(("127.0.0.1", 0))
        raw.settimeout(5)
        delivery = Delivery(create_sink(f"vmc://127.0.0.1:{raw.getsockname()[1]}"))
        delivery.offer(make_live())
        sizes = [len(raw.recv(65536)) for _ in range(2)]
        delivery.close()
    assert max(sizes) <= 1400


def test_a_receiver_that_comes_late_dies_and_comes_back(make_live) -> None:
    first = Receiver()
    delivery = Delivery(create_sink(f"vmc://127.0.0.1:{first.port}"))
    first.stop()  # absent at the start
    for k in range(5):
        delivery.offer(make_live(k))
    assert wait_until(lambda: delivery.status.sent + delivery.status.dropped == 5)
    for _ in range(2):  # comes, is killed, comes again
        second = Receiver(first.port)
        assert wait_until(lambda: delivery.offer(make_live(9)) or len(second.bones) == len(BONES))  # noqa: B023
        second.stop()
    delivery.close()
    assert delivery.status.failures == 0


def test_garbage_sent_back_changes_nothing(make_live) -> None:
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as raw:
        raw.bind(("127.0.0.1", 0))
        raw.settimeout(5)
        delivery = Delivery(create_sink(f"osc://127.0.0.1:{raw.getsockname()[1]}"))
        delivery.offer(make_live(0))
        _, sender = raw.recvfrom(65536)
        for _ in range(500):
            raw.sendto(b"\xff" * 1000, ("127.0.0.1", sender[1]))
        delivery.offer(make_live(1))
        raw.recv(65536)
        delivery.close()
    assert (delivery.status.sent, delivery.status.failures) == (2, 0)
