"""What the viewer shows: bodies on the floor, history in bounded memory, words without markup from outside."""

from __future__ import annotations

import numpy as np
import pytest

from ganbodypose.core import FrameResult, PersonResult
from ganbodypose.live.statistics import DelayMeter
from ganbodypose.sinks.delivery import SinkStatus
from ganbodypose.skeletons import H36M_17
from ganbodypose.viewer import panels
from ganbodypose.viewer.bodies import Bodies, Stage, _rod, _turned_to
from ganbodypose.viewer.history import REPETITIONS_S, History


def _result(time_s: float, root_m: tuple = (0, 0, 3.0), squat: float = 0.0, track_id: int = 1) -> FrameResult:
    joints = np.zeros((17, 3))
    for name, xyz in {
        "right_hip": (-0.1, 0, 0), "right_knee": (-0.1, 0.4, 0), "right_ankle": (-0.1, 0.8, 0),
        "left_hip": (0.1, 0, 0), "left_knee": (0.1, 0.4, 0), "left_ankle": (0.1, 0.8, 0),
        "spine": (0, -0.25, 0), "thorax": (0, -0.5, 0), "neck_nose": (0, -0.6, 0), "head_top": (0, -0.75, 0),
        "left_shoulder": (0.2, -0.5, 0), "left_elbow": (0.45, -0.5, 0), "left_wrist": (0.7, -0.5, 0),
        "right_shoulder": (-0.2, -0.5, 0), "right_elbow": (-0.45, -0.5, 0), "right_wrist": (-0.7, -0.5, 0),
    }.items():  # fmt: skip
        joints[H36M_17.index(name)] = xyz
    for side in ("left", "right"):
        joints[H36M_17.index(f"{side}_knee")] += [0, -0.2 * squat, -0.3 * squat]
        joints[H36M_17.index(f"{side}_ankle")] += [0, -0.4 * squat, 0]
    errors = np.full(17, 0.05)
    person = PersonResult(
        track_id, np.zeros((17, 2)), np.ones(17), joints, np.array(root_m), errors, 0.75, np.zeros(4)
    )
    return FrameResult(0, time_s, (person,))


def test_people_stand_upright_on_the_floor_in_the_middle() -> None:
    (placed,) = Stage().place(_result(0.0, root_m=(1.0, 0.3, 4.0)))
    np.testing.assert_allclose(placed.joints_m[0, :2], 0, atol=1e-9)
    assert placed.joints_m[:, 2].min() == pytest.approx(0.07)
    assert placed.joints_m[H36M_17.index("head_top"), 2] == pytest.approx(1.62)


def test_the_view_goes_along_with_who_walks() -> None:
    stage = Stage()
    stage.place(_result(0.0))
    (stepped,) = stage.place(_result(0.1, root_m=(1.0, 0, 3.0)))
    assert 0.5 < stepped.joints_m[0, 0] < 1.0
    (settled,) = stage.place(_result(9.0, root_m=(1.0, 0, 3.0)))
    assert abs(settled.joints_m[0, 0]) < 0.01


def test_who_is_not_fully_known_is_left_out() -> None:
    result = _result(0.0)
    result.persons[0].joints_3d_m[3] = np.nan
    assert Stage().place(result) == []


def test_rods_point_from_joint_to_joint() -> None:
    directions = np.array([[0, 0, 2.0], [0.3, 0, 0], [0, -1, 0], [0, 0, -0.5], [0.1, 0.2, -0.3]])
    w, xyz = _turned_to(directions)[:, :1], _turned_to(directions)[:, 1:]
    z = np.broadcast_to([0.0, 0, 1], xyz.shape)
    turned = z + 2 * np.cross(xyz, np.cross(xyz, z) + w * z)
    np.testing.assert_allclose(
        turned, directions / np.linalg.norm(directions, axis=1, keepdims=True), atol=1e-9
    )
    vertices, _ = _rod()
    assert (vertices[:, 2].min(), vertices[:, 2].max()) == (0, 1)


def test_the_chart_holds_angles_quality_and_error_of_the_last_seconds() -> None:
    history = History()
    for k in range(900):
        history.add(_result(k / 30, squat=0.5))
    chart = history.chart("knee flexion")
    assert chart["time"][-1] == 0
    assert -15 <= chart["time"][0] < -14.8
    assert 200 < len(chart["time"]) < 240
    np.testing.assert_allclose(chart["quality"], 75)
    np.testing.assert_allclose(chart["error"], 50)
    expected = np.degrees(2 * np.arctan2(0.15, 0.3))
    np.testing.assert_allclose(chart["left"], expected, atol=1e-6)
    np.testing.assert_allclose(chart["right"], expected, atol=1e-6)


def test_repetitions_are_counted_from_the_last_reset() -> None:
    history = History()
    assert history.repetitions() is None
    for k in range(round(30 * 12.5)):
        history.add(_result(k / 30, squat=0.5 - 0.5 * np.cos(2 * np.pi * k / 30 / 2.5)))
    assert history.repetitions() == 5
    history.clear()
    assert history.repetitions() is None


def test_history_is_bounded() -> None:
    history = History()
    for k in range(round(REPETITIONS_S * 10 * 4)):
        history.add(_result(k / 10))
    assert len(history._samples) <= REPETITIONS_S * 10 + 1


def test_another_person_starts_another_history() -> None:
    history = History()
    for k in range(60):
        history.add(_result(k / 30))
    history.add(_result(30.0, track_id=2))
    assert len(history._samples) == 1


def test_nothing_yet_is_an_empty_chart() -> None:
    assert len(History().chart("elbow flexion")["time"]) == 0


def test_words_from_outside_are_escaped() -> None:
    receiver = SinkStatus("jsonl:<b>", 3, 1, 0, None)
    html = panels.status(DelayMeter().statistics(), 1, [receiver], "<script>")
    assert "<script>" not in html and "&lt;script&gt;" in html
    assert "jsonl:&lt;b&gt;" in html and "3 sent, 1 dropped" in html


def test_nothing_stays_of_people_who_have_gone_not_even_a_name() -> None:
    viser = pytest.importorskip("viser")
    server = viser.ViserServer("127.0.0.1", 0, verbose=False)
    try:
        bodies, stage = Bodies(), Stage()
        for k in range(4):
            bodies.show(server.scene, stage.place(_result(float(k), track_id=k)), show_errors=True)
        there = [server.scene.get_handle_by_name(f"/people/{place}") is not None for place in range(4)]
        assert there == [True, False, False, False]
        bodies.show(server.scene, [], show_errors=True)
        assert server.scene.get_handle_by_name("/people/0") is None
    finally:
        server.stop()
