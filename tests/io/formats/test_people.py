"""Who is a person in files of other programs: beside animals, things and each other."""

from __future__ import annotations

from dataclasses import replace
from pathlib import Path

import ezc3d
import numpy as np
import pygltflib
import pytest
from pxr import Tf

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats import read, usd, write
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


@pytest.mark.parametrize("suffix", [".glb", ".usda"])
def test_one_who_lacks_a_joint_does_not_keep_the_others_out(
    two_people: PoseSequence, tmp_path: Path, suffix: str
) -> None:
    poor = replace(two_people, joints_3d_m=two_people.joints_3d_m.copy())
    poor.joints_3d_m[two_people.track_id == 4, H36M_17.index("left_wrist")] = np.nan
    notes = write(tmp_path / f"a{suffix}", poor)
    assert any(note.startswith("person 4: left out: The left_wrist is missing") for note in notes)
    assert read(tmp_path / f"a{suffix}").track_ids == (2,)
    poor.joints_3d_m[:, H36M_17.index("left_wrist")] = np.nan
    with pytest.raises(UserError, match="person 2: The left_wrist is missing"):
        write(tmp_path / f"b{suffix}", poor)
    assert not (tmp_path / f"b{suffix}").exists()


@pytest.mark.parametrize("suffix", [".glb", ".usda"])
def test_a_single_frame(moving: PoseSequence, tmp_path: Path, suffix: str) -> None:
    write(tmp_path / f"a{suffix}", moving.rows(np.array([3])))
    back = read(tmp_path / f"a{suffix}")
    np.testing.assert_allclose(back.joints_3d_m, moving.joints_3d_m[3:4], atol=1e-4)
    np.testing.assert_allclose(back.time_s, moving.time_s[3:4], atol=1e-6)


def test_usd_that_cannot_be_written(
    moving: PoseSequence, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    with pytest.raises(UserError, match=r"nowhere/a\.usda cannot be written: its folder does not exist"):
        write(tmp_path / "nowhere" / "a.usda", moving)
    assert not (tmp_path / "nowhere").exists()

    def fail(*_: object) -> None:
        raise Tf.ErrorException("Unable to write")

    monkeypatch.setattr(usd, "_add_person", fail)
    with pytest.raises(UserError, match=r"a\.usda cannot be written: USD reports an error"):
        write(tmp_path / "a.usda", moving)
    assert not list(tmp_path.iterdir())
