"""Who is a person in files of other programs: beside animals, things and each other."""

from __future__ import annotations

from pathlib import Path

import ezc3d
import numpy as np
import pygltflib
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats import read, write
from ganbodypose.io.formats.trc import marker_name
from ganbodypose.skeletons import H36M_17

MARKERS = [marker_name(joint) for joint in H36M_17.joints]


def write_markers(path: Path, labels: list[str]) -> None:
    file = ezc3d.c3d()
    file["parameters"]["POINT"]["RATE"]["value"] = [100.0]
    file["parameters"]["POINT"]["LABELS"]["value"] = labels
    file["data"]["points"] = np.ones((4, len(labels), 3))
    file.write(str(path))


@pytest.mark.parametrize("others", [["*18", "*19"], ["Box:corner1", "Box:corner2"]])
def test_points_of_nobody_in_c3d(tmp_path: Path, others: list[str]) -> None:
    write_markers(tmp_path / "a.c3d", [*others, *(f"Patient:{name}" for name in MARKERS)])
    back = read(tmp_path / "a.c3d")
    assert back.track_ids == (1,)
    assert np.isfinite(back.joints_3d_m).all()
    write_markers(tmp_path / "b.c3d", others)
    with pytest.raises(UserError, match=r"b\.c3d names neither a pelvis nor both hips"):
        read(tmp_path / "b.c3d")


def test_an_animal_in_usd(two_people: PoseSequence, tmp_path: Path) -> None:
    write(tmp_path / "a.usda", two_people)
    text = (tmp_path / "a.usda").read_text()
    person_2 = text.index('def SkelRoot "person_2"')
    animal = text[person_2:].replace("person_2", "horse").replace("pelvis", "croup").replace("hip", "stifle")
    (tmp_path / "b.usda").write_text(text[:person_2] + animal)
    assert read(tmp_path / "b.usda").track_ids == (4,)


def below_one_node(path: Path) -> None:
    file = pygltflib.GLTF2().load_binary(str(path))
    file.nodes.append(pygltflib.Node(name="RootNode", children=file.scenes[0].nodes))
    file.scenes[0].nodes = [len(file.nodes) - 1]
    file.save_binary(str(path))


def test_people_below_one_node_in_gltf(two_people: PoseSequence, tmp_path: Path) -> None:
    write(tmp_path / "a.glb", two_people)
    apart = read(tmp_path / "a.glb")
    below_one_node(tmp_path / "a.glb")
    together = read(tmp_path / "a.glb")
    np.testing.assert_array_equal(together.track_id, apart.track_id)
    np.testing.assert_array_equal(together.root_camera_m, apart.root_camera_m)


def test_a_person_below_nodes_of_their_own_in_gltf(moving: PoseSequence, tmp_path: Path) -> None:
    write(tmp_path / "a.glb", moving)
    below_one_node(tmp_path / "a.glb")
    file = pygltflib.GLTF2().load_binary(str(tmp_path / "a.glb"))
    for node in file.nodes:  # a rig that has hips only, beside a thing
        node.name = {"pelvis": "root"}.get(node.name, node.name)
    file.nodes.append(pygltflib.Node(name="box"))
    file.save_binary(str(tmp_path / "a.glb"))
    back = read(tmp_path / "a.glb")
    assert back.track_ids == (1,)
    knee = H36M_17.index("left_knee")
    np.testing.assert_allclose(
        back.joints_3d_m[:, knee] + back.root_camera_m,
        moving.joints_3d_m[:, knee] + moving.root_camera_m,
        atol=1e-4,
    )
