import base64
import json
import shutil
import subprocess
from collections.abc import Callable
from importlib import resources

import numpy as np
import pytest

from ganbodypose.core import PoseSequence
from ganbodypose.report.payload import Excerpt, floor_below_camera_m, pack, payload, unpack

ASSETS = resources.files("ganbodypose.report") / "assets"
needs_node = pytest.mark.skipif(shutil.which("node") is None, reason="Node.js is not installed")


@pytest.mark.parametrize(("dtype", "per_unit"), [("<i2", 1000), ("<i4", 1000), ("<i2", 10)])
def test_pack_round_trip(dtype: str, per_unit: float) -> None:
    values = np.array([0.0, -1.2344, 3.21, np.nan, np.inf])
    back = unpack(pack(values, per_unit, dtype), per_unit, dtype)
    np.testing.assert_allclose(back[:3], values[:3], atol=0.5001 / per_unit)
    assert np.isnan(back[3:]).all()


def test_pack_by_hand() -> None:
    raw = base64.b64decode(pack(np.array([0.001, -0.002, np.nan]), 1000))
    assert raw == bytes([1, 0, 0xFE, 0xFF, 0x00, 0x80])


def test_pack_clips_instead_of_wrapping() -> None:
    assert unpack(pack(np.array([1e6, -1e6]), 1000), 1).tolist() == [32767, -32767]
    assert unpack(pack(np.array([1e9, -1e9]), 1000, "<i4"), 1, "<i4").tolist() == [2**31 - 1, -(2**31) + 1]


def test_excerpt_keeps_everything_that_fits(make_sequence: Callable[..., PoseSequence]) -> None:
    sequence = make_sequence([(0, 5), (1, 5), (1, 3), (2, 3), (3, 3)])
    excerpt = Excerpt.of(sequence)
    assert (excerpt.stride, excerpt.omitted_people) == (1, 0)
    assert [(int(p.track_id[0]), len(p)) for p in excerpt.people] == [(3, 3), (5, 2)]


def test_excerpt_takes_every_nth_frame_of_everybody(make_sequence: Callable[..., PoseSequence]) -> None:
    sequence = make_sequence([(frame, track_id) for frame in range(10, 110) for track_id in (1, 2)])
    excerpt = Excerpt.of(sequence, max_rows=50)
    assert excerpt.stride == 4
    for person in excerpt.people:
        assert person.frame_index.tolist() == list(range(10, 110, 4))


def test_excerpt_keeps_the_people_with_most_frames(make_sequence: Callable[..., PoseSequence]) -> None:
    sequence = make_sequence([(frame, track_id) for track_id in range(6) for frame in range(track_id + 1)])
    excerpt = Excerpt.of(sequence, max_persons=2)
    assert [int(p.track_id[0]) for p in excerpt.people] == [5, 4]
    assert excerpt.omitted_people == 4


def test_payload_holds_the_numbers(make_sequence: Callable[..., PoseSequence]) -> None:
    sequence = make_sequence([(0, 1), (2, 1), (4, 1)])
    sequence.joints_3d_m[1] = np.nan
    data = json.loads(json.dumps(payload(Excerpt.of(sequence)), allow_nan=False))
    person = data["people"][0]
    assert (person["id"], person["rows"], data["startS"], data["endS"]) == (1, 3, 0.0, 0.16)
    assert data["gapS"] == pytest.approx(2.5 * 0.08)
    assert unpack(person["timeMs"], 1, "<i4").tolist() == [0, 80, 160]
    assert unpack(person["frame"], 1, "<i4").tolist() == [0, 2, 4]
    assert unpack(person["errorMm"], 1).reshape(3, 17)[2].tolist() == list(range(10, 180, 10))
    joints = unpack(person["jointsMm"], 1000).reshape(3, 17, 3)
    np.testing.assert_allclose(joints[2], sequence.joints_3d_m[2], atol=0.00051)
    assert np.isnan(joints[1]).all()
    assert unpack(person["quality"], 10).tolist() == [80, 80, 80]
    assert np.isnan(unpack(person["angles"]["left knee flexion"], 10)).tolist() == [False, True, False]


def test_floor_is_under_the_lowest_joint_in_spite_of_a_jump(
    make_sequence: Callable[..., PoseSequence],
) -> None:
    sequence = make_sequence([(frame, 1) for frame in range(100)])
    sequence.root_camera_m[:, 1] = 0.2  # ankles 0.9 m below the pelvis: floor 1.17 m below the camera
    sequence.root_camera_m[45:55, 1] -= 0.5
    sequence.joints_3d_m[30] = np.nan
    np.testing.assert_allclose(floor_below_camera_m(sequence), 1.17, atol=1e-6)


def test_floor_follows_a_ramp(make_sequence: Callable[..., PoseSequence]) -> None:
    sequence = make_sequence([(frame, 1) for frame in range(500)])
    sequence.root_camera_m[:, 1] = np.linspace(0, 2, 500)
    floor = floor_below_camera_m(sequence)
    true_floor = sequence.root_camera_m[:, 1] + 0.97
    assert np.abs(floor - true_floor).max() < 0.15


def test_floor_unknown(make_sequence: Callable[..., PoseSequence]) -> None:
    sequence = make_sequence([(0, 1), (1, 1)], root_camera_m=np.full((2, 3), np.nan, np.float32))
    assert np.isnan(floor_below_camera_m(sequence)).all()


@needs_node
@pytest.mark.parametrize("script", ["data.js", "player.js", "charts.js", "main.js"])
def test_scripts_are_valid(script: str) -> None:
    with resources.as_file(ASSETS / script) as path:
        subprocess.run(["node", "--check", str(path)], check=True)


@needs_node
def test_the_browser_reads_the_same_numbers(make_sequence: Callable[..., PoseSequence]) -> None:
    sequence = make_sequence([(0, 1), (1, 1), (2, 1), (40, 1), (41, 1)])
    sequence.root_camera_m[:, 0] = [0, 1, 2, 3, np.nan]
    data = json.dumps(payload(Excerpt.of(sequence)))
    ask = """
        const person = readPerson(DATA.people[0], DATA), pose = poseAt(person, 0.06, DATA);
        console.log(JSON.stringify({
          pelvis: Array.from(pose.xyz.slice(0, 3)), error: pose.error[16], floor: pose.floor,
          wrist: person.height("left wrist")[0], quality: person.quality[0],
          rows: [-1, 0, 0.05, 1.6, 9].map((t) => rowAt(person, t)),
          inGap: poseAt(person, 0.8, DATA) === null, before: poseAt(person, -1, DATA) === null,
          last: poseAt(person, 1.64, DATA).xyz[0], lastHeight: person.height("left wrist")[4],
        }));"""
    code = (ASSETS / "data.js").read_text() + f"const DATA = {data};" + ask
    answer = json.loads(subprocess.run(["node", "-e", code], check=True, capture_output=True).stdout)
    assert answer["pelvis"] == pytest.approx([1.5, 0, -4])  # halfway between frames 1 and 2
    assert answer["error"] == pytest.approx(170)
    assert answer["floor"] == pytest.approx(-0.97)
    assert answer["wrist"] == pytest.approx(0.92)  # 0.05 m below the pelvis, which is 0.97 m above the floor
    assert answer["quality"] == pytest.approx(80)
    assert answer["rows"] == [-1, 0, 1, 3, 4]
    assert answer["inGap"]
    assert answer["before"]
    assert answer["last"] == pytest.approx(3)  # not known: drawn where it was last
    assert answer["lastHeight"] is None  # NaN
