"""What others read in our files: the same places to a millimetre, the same times to a millisecond."""

from __future__ import annotations

import json
import struct
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence
from ganbodypose.geometry.kinematics import NODES
from ganbodypose.io.formats import WriteOptions, write
from ganbodypose.io.formats.mot import read_angles
from ganbodypose.skeletons import COCO_17, H36M_17

MM, MS = 1e-3, 1e-3
Y_UP = np.array([1.0, -1.0, -1.0])


def y_up(sequence: PoseSequence) -> np.ndarray:
    """[N,17,3] as files with y up hold them."""
    return (sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None]) * Y_UP


def test_c3d_by_py_c3d(two_people: PoseSequence, tmp_path: Path) -> None:
    """The pure Python reader `c3d`, which shares nothing with ezc3d."""
    c3d = pytest.importorskip("c3d")
    two_people.joints_3d_m[1, 5] = np.nan
    write(tmp_path / "a.c3d", two_people, WriteOptions(track_id=4))
    with (tmp_path / "a.c3d").open("rb") as file:
        reader = c3d.Reader(file)
        frames = [points for _, points, _ in reader.read_frames()]
    labels = [label.strip() for label in reader.point_labels]
    assert labels[:3] == ["Hip", "RHip", "RKnee"]
    assert reader.point_rate == pytest.approx(25)
    assert reader.get("POINT:UNITS").string_value.strip() == "mm"
    assert reader.get("POINT:Y_SCREEN").string_value.strip() == "+Y"
    points = np.array([frame[:, :3] for frame in frames]) / 1000
    residual = np.array([frame[:, 3] for frame in frames])
    missing = np.zeros((5, 17), bool)
    missing[1, 5] = True
    np.testing.assert_array_equal(residual == -1, missing)
    one = two_people.person(4)
    np.testing.assert_allclose(points[~missing], y_up(one)[~missing], atol=MM)
    expected = np.minimum(np.rint(one.expected_error_m * 1000), 255)
    np.testing.assert_allclose(residual[~missing], expected[~missing], atol=1)


def test_c3d_names_subjects(two_people: PoseSequence, tmp_path: Path) -> None:
    c3d = pytest.importorskip("c3d")
    write(tmp_path / "a.c3d", two_people)
    with (tmp_path / "a.c3d").open("rb") as file:
        labels = [label.strip() for label in c3d.Reader(file).point_labels]
    assert labels[0] == "person4:Hip" and labels[17] == "person2:Hip" and len(labels) == 34


def test_glb_by_hand(two_people: PoseSequence, tmp_path: Path) -> None:
    """The container and the animation taken apart with struct and json; poses put together with 4 x 4 matrices."""
    write(tmp_path / "a.glb", two_people)
    gltf, blob = split_glb((tmp_path / "a.glb").read_bytes())
    assert gltf["asset"]["version"] == "2.0"
    roots = [n for n in gltf["scenes"][0]["nodes"] if gltf["nodes"][n].get("extras")]
    assert [gltf["nodes"][n]["extras"]["track_id"] for n in roots] == [4, 2]
    animation = gltf["animations"][0]
    times = values_of(gltf, blob, animation["samplers"][0]["input"])[:, 0]
    np.testing.assert_allclose(times, two_people.person(4).time_s, atol=MS)
    keys = {
        (channel["target"]["node"], channel["target"]["path"]): values_of(
            gltf, blob, animation["samplers"][channel["sampler"]]["output"]
        )
        for channel in animation["channels"]
    }
    expected = y_up(two_people.person(4))
    for frame in range(5):
        (pelvis,) = gltf["nodes"][roots[0]]["children"]
        places = walk(gltf["nodes"], pelvis, np.eye(4), keys, frame)
        got = np.array([places[joint] for joint in H36M_17.joints])
        np.testing.assert_allclose(got, expected[frame], atol=MM)


def split_glb(data: bytes) -> tuple[dict, bytes]:
    magic, version, length = struct.unpack("<4sII", data[:12])
    assert (magic, version, length) == (b"glTF", 2, len(data))
    size, kind = struct.unpack("<I4s", data[12:20])
    assert kind == b"JSON"
    return json.loads(data[20 : 20 + size]), data[28 + size :]


def values_of(gltf: dict, blob: bytes, number: int) -> np.ndarray:
    accessor = gltf["accessors"][number]
    view = gltf["bufferViews"][accessor["bufferView"]]
    width = {"SCALAR": 1, "VEC3": 3, "VEC4": 4}[accessor["type"]]
    start = view.get("byteOffset", 0)
    return np.frombuffer(blob, "<f4", accessor["count"] * width, start).reshape(-1, width)


def walk(nodes: list, number: int, above: np.ndarray, keys: dict, frame: int) -> dict[str, np.ndarray]:
    node = nodes[number]
    matrix = np.eye(4)
    moved = (number, "translation") in keys
    matrix[:3, 3] = keys[number, "translation"][frame] if moved else node["translation"]
    x, y, z, w = keys[number, "rotation"][frame]
    matrix[:3, :3] = [
        [1 - 2 * (y * y + z * z), 2 * (x * y - z * w), 2 * (x * z + y * w)],
        [2 * (x * y + z * w), 1 - 2 * (x * x + z * z), 2 * (y * z - x * w)],
        [2 * (x * z - y * w), 2 * (y * z + x * w), 1 - 2 * (x * x + y * y)],
    ]
    matrix = above @ matrix
    places = {node["name"]: matrix[:3, 3]}
    for child in node.get("children", ()):
        places |= walk(nodes, child, matrix, keys, frame)
    return places


def test_glb_by_trimesh(moving: PoseSequence, tmp_path: Path) -> None:
    """The mesh of the rest pose: as tall as the person's trunk, head and legs."""
    trimesh = pytest.importorskip("trimesh")
    write(tmp_path / "a.glb", moving)
    scene = trimesh.load(tmp_path / "a.glb")
    low, high = scene.bounds
    lengths = np.linalg.norm(np.diff(y_up(moving)[0][[0, 1, 2, 3]], axis=0), axis=-1)
    assert low[1] == pytest.approx(-lengths[1] - lengths[2], abs=0.05)
    assert high[1] > 0.5
    bones = sum(not node.is_at_parent for node in NODES) - 1
    assert sum(len(mesh.faces) for mesh in scene.geometry.values()) == 8 * (bones + 1)


def test_usd_text(moving: PoseSequence, tmp_path: Path) -> None:
    """What stands in the text of the stage, without USD's own reader."""
    write(tmp_path / "a.usda", moving)
    text = (tmp_path / "a.usda").read_text()
    for line in ('upAxis = "Y"', "metersPerUnit = 1", "timeCodesPerSecond = 25", "endTimeCode = 4"):
        assert line in text
    assert '"pelvis/left_hip_joint/left_hip/left_knee"' in text
    samples = text[text.index("float3[] translations.timeSamples") :]
    first = samples[samples.index("0: [(") + 5 :].split(")", 1)[0]
    np.testing.assert_allclose([float(v) for v in first.split(",")], y_up(moving)[0, 0], atol=MM)


def test_parquet_by_pandas(two_people: PoseSequence, tmp_path: Path) -> None:
    pandas = pytest.importorskip("pandas")
    two_people.joints_3d_m[0, 3] = np.nan
    write(tmp_path / "a.parquet", two_people)
    table = pandas.read_parquet(tmp_path / "a.parquet")
    assert len(table) == 9 * 17
    one = table[(table.track_id == 2) & (table.joint == "left_wrist")]
    wrist = y_up(two_people.person(2))[:, H36M_17.index("left_wrist")] * Y_UP
    np.testing.assert_allclose(one[["x_m", "y_m", "z_m"]], wrist, atol=MM)
    np.testing.assert_allclose(one.time_s, two_people.person(2).time_s, atol=MS)
    assert table.x_m.isna().sum() == 1


def test_netcdf_by_h5py(two_people: PoseSequence, tmp_path: Path) -> None:
    h5py = pytest.importorskip("h5py")
    write(tmp_path / "a.nc", two_people)
    with h5py.File(tmp_path / "a.nc") as file:
        assert [dim[0].name for dim in file["position"].dims] == [
            "/time", "/space", "/keypoints", "/individuals"
        ]  # fmt: skip
        assert file["individuals"].asstr()[:].tolist() == ["person_2", "person_4"]
        position = file["position"][:]
        np.testing.assert_allclose(file["time"][:], two_people.person(4).time_s, atol=MS)
    assert np.isnan(position[0, ..., 0]).all()
    np.testing.assert_allclose(
        position[..., 1].transpose(0, 2, 1), y_up(two_people.person(4)) * Y_UP, atol=MM
    )


def test_coco_by_pycocotools(moving: PoseSequence, tmp_path: Path) -> None:
    coco_tools = pytest.importorskip("pycocotools.coco")
    moving.joints_3d_m[3, 5] = np.nan  # what did not pass a gate
    write(tmp_path / "a.json", moving)
    truth = coco_tools.COCO()
    truth.dataset = {
        "images": [{"id": k} for k in range(5)],
        "categories": [{"id": 1, "keypoints": list(COCO_17.joints)}],
        "annotations": [],
    }
    truth.createIndex()
    results = truth.loadRes(str(tmp_path / "a.json"))
    entries = results.loadAnns(results.getAnnIds(imgIds=[3]))
    points = np.reshape(entries[0]["keypoints"], (17, 3))
    knee, hip = COCO_17.index("left_knee"), COCO_17.index("right_hip")
    np.testing.assert_array_equal(points[[0, knee]], 0)  # the nose is never there, the knee is missing
    ours = H36M_17.index("right_hip")
    np.testing.assert_allclose(points[hip, :2], moving.keypoints_2d_px[3, ours], atol=0.01)
    assert points[hip, 2] == pytest.approx(moving.keypoints_2d_confidence[3, ours], abs=1e-4)
    assert entries[0]["track_id"] == 1


def test_mot_of_known_turns(moving: PoseSequence, tmp_path: Path) -> None:
    """The last frame: left knee bent by 1.5 rad, right arm turned down by... 1.2 rad about z, the body by 3 about y."""
    write(tmp_path / "a.mot", moving)
    angles = read_angles(tmp_path / "a.mot")
    np.testing.assert_allclose(angles.time_s, moving.time_s, atol=MS)
    last = dict(zip(angles.names, angles.values[-1], strict=True))
    first = dict(zip(angles.names, angles.values[0], strict=True))
    assert last["knee_angle_l"] == pytest.approx(np.degrees(1.5), abs=0.1)
    assert last["knee_angle_r"] == pytest.approx(0, abs=0.1)
    # a T-pose facing z: turned by -90 degrees about y from x; arms lifted sideways by 90
    assert first["pelvis_rotation"] == pytest.approx(-90, abs=0.1)
    assert first["arm_add_r"] == pytest.approx(-90, abs=0.1)
    assert first["arm_add_l"] == pytest.approx(-90, abs=0.1)
    assert last["arm_add_r"] == pytest.approx(np.degrees(1.2) - 90, abs=0.1)
    place = [last["pelvis_tx"], last["pelvis_ty"], last["pelvis_tz"]]
    np.testing.assert_allclose(place, y_up(moving)[-1, 0], atol=MM)
