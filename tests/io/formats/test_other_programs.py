"""What Blender, OpenSim, movement and Khronos' validator make of our files. Slow, and each needs its package:

pip install bpy opensim movement     (bpy is Blender itself; give it an environment of its own)
npm install gltf-validator           (found from the folder that GLTF_VALIDATOR names)
"""

from __future__ import annotations

import json
import os
import subprocess
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import PoseSequence
from ganbodypose.io.formats import write
from ganbodypose.io.formats.mot import read_angles
from ganbodypose.skeletons import H36M_17

pytestmark = pytest.mark.slow
MM, MS = 1e-3, 1e-3
Z_UP = np.array([[1.0, 0, 0], [0, 0, 1], [0, -1, 0]])  # camera frame -> Blender's: x, z forward -> y, up -> z


@pytest.fixture
def blender() -> Any:
    """Blender with an empty scene at the rate of the recording."""
    bpy = pytest.importorskip("bpy", reason="needs Blender's package bpy")
    bpy.ops.wm.read_factory_settings(use_empty=True)
    bpy.context.scene.render.fps = 25
    return bpy


def in_blender(sequence: PoseSequence) -> np.ndarray:
    """[N,17,3] in Blender's axes."""
    return (sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None]) @ Z_UP.T


def heads(blender: Any, armature: Any, frame: float) -> np.ndarray:
    """[17,3] where the bones of an armature begin, by name, in the scene."""
    blender.context.scene.frame_set(int(frame))
    bones = {bone.name.rpartition("/")[2].rpartition("_skel_")[2]: bone for bone in armature.pose.bones}
    return np.array([armature.matrix_world @ bones[joint].head for joint in H36M_17.joints])


def armatures(blender: Any) -> list[Any]:
    found = [thing for thing in blender.data.objects if thing.type == "ARMATURE"]
    assert found
    return found


def test_blender_reads_bvh(blender: Any, moving: PoseSequence, tmp_path: Path) -> None:
    write(tmp_path / "a.bvh", moving)
    blender.ops.import_anim.bvh(
        filepath=str(tmp_path / "a.bvh"),
        global_scale=0.01,
        update_scene_fps=True,
    )
    scene = blender.context.scene
    assert scene.render.fps / scene.render.fps_base == pytest.approx(25, rel=1e-3)
    (armature,) = armatures(blender)
    assert tuple(armature.animation_data.action.frame_range) == (1, 5)
    for frame, expected in enumerate(in_blender(moving), start=1):
        np.testing.assert_allclose(heads(blender, armature, frame), expected, atol=MM)


def test_blender_reads_glb(blender: Any, two_people: PoseSequence, tmp_path: Path) -> None:
    write(tmp_path / "a.glb", two_people)
    blender.ops.import_scene.gltf(filepath=str(tmp_path / "a.glb"))
    people = armatures(blender)
    assert len(people) == 2
    check_two_people(blender, people, two_people)


@pytest.mark.parametrize("ending", [".usda", ".usdc"])
def test_blender_reads_usd(blender: Any, two_people: PoseSequence, tmp_path: Path, ending: str) -> None:
    write(tmp_path / f"a{ending}", two_people)
    blender.ops.wm.usd_import(filepath=str(tmp_path / f"a{ending}"))
    scene = blender.context.scene
    assert scene.render.fps / scene.render.fps_base == pytest.approx(25)
    check_two_people(blender, armatures(blender), two_people)


def check_two_people(blender: Any, people: list[Any], sequence: PoseSequence) -> None:
    """Whoever is whom: each person's last frames lie where one of the armatures is."""
    for track_id in (2, 4):
        expected = in_blender(sequence.person(track_id))[-4:]
        errors = [
            max(np.abs(heads(blender, armature, 1 + k) - expected[k]).max() for k in range(4))
            for armature in people
        ]
        assert min(errors) < MM


def test_opensim_reads_mot(moving: PoseSequence, tmp_path: Path) -> None:
    opensim = pytest.importorskip("opensim", reason="needs the opensim package")
    write(tmp_path / "a.mot", moving)
    table = opensim.TimeSeriesTable(str(tmp_path / "a.mot"))
    ours = read_angles(tmp_path / "a.mot")
    assert table.getColumnLabels() == ours.names
    assert table.getTableMetaDataString("inDegrees") == "yes"
    np.testing.assert_allclose(table.getMatrix().to_numpy(), ours.values, atol=1e-6)
    np.testing.assert_allclose(table.getIndependentColumn(), moving.time_s, atol=MS)
    storage = opensim.Storage(str(tmp_path / "a.mot"))  # what the GUI's "Load Motion" uses
    assert storage.isInDegrees() and storage.getSize() == 5


def test_movement_takes_netcdf(two_people: PoseSequence, tmp_path: Path) -> None:
    pytest.importorskip("movement", reason="needs the movement package")
    import xarray
    from movement.kinematics import compute_velocity
    from movement.validators.datasets import ValidPosesInputs

    write(tmp_path / "a.nc", two_people)
    dataset = xarray.open_dataset(tmp_path / "a.nc")
    ValidPosesInputs.validate(dataset)
    assert dataset.attrs["fps"] == 25
    velocity = compute_velocity(dataset.position).sel(
        keypoints="pelvis", individuals="person_4", space="x", time=0.08
    )
    pelvis = two_people.person(4).root_camera_m[:, 0]
    assert float(velocity) == pytest.approx((pelvis[3] - pelvis[1]) / 0.08, rel=1e-4)
    np.testing.assert_allclose(dataset.time, two_people.person(4).time_s, atol=MS)


def test_khronos_validates_glb(two_people: PoseSequence, tmp_path: Path) -> None:
    folder = os.environ.get("GLTF_VALIDATOR")
    if not folder:
        pytest.skip("GLTF_VALIDATOR names no folder where gltf-validator is installed")
    write(tmp_path / "a.glb", two_people)
    script = (
        "const v = require('gltf-validator'), fs = require('fs');"
        "v.validateBytes(new Uint8Array(fs.readFileSync(process.argv[1])))"
        ".then(r => console.log(JSON.stringify(r.issues)))"
    )
    done = subprocess.run(
        ["node", "-e", script, str(tmp_path / "a.glb")],
        cwd=folder,
        capture_output=True,
        text=True,
        check=True,
    )
    issues = json.loads(done.stdout)
    assert (issues["numErrors"], issues["numWarnings"]) == (0, 0), issues["messages"]
