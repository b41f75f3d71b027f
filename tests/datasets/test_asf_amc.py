"""CMU's ASF/AMC, written here as it is, with joints worked out by hand."""

from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.asf_amc import read_asf_amc
from ganbodypose.metrics.bones import bone_lengths
from ganbodypose.skeletons import H36M_17

UNIT_M = 0.0254 / 0.45
# Bone: parent, direction of rest (y up, the person faces z, left is x), length, axes, degrees of freedom
BONES = {
    "lowerback": ("root", (0, 1, 0), 2, (0, 0, 0), "rx ry rz"),
    "upperback": ("lowerback", (0, 1, 0), 2, (0, 0, 0), "rx ry rz"),
    "thorax": ("upperback", (0, 1, 0), 2, (0, 0, 0), "rx ry rz"),
    "lowerneck": ("thorax", (0, 1, 0), 1, (0, 0, 0), "rx ry rz"),
    "upperneck": ("lowerneck", (0, 1, 0), 1, (0, 0, 0), "rx ry rz"),
    "head": ("upperneck", (0, 1, 0), 2, (0, 0, 0), "rx ry rz"),
}
for _side, _x in (("l", 1), ("r", -1)):
    BONES |= {
        f"{_side}hipjoint": ("root", (_x, 0, 0), 2, (0, 0, 0), ""),
        f"{_side}femur": (f"{_side}hipjoint", (0, -1, 0), 7, (0, 0, 20 * _x), "rx ry rz"),
        f"{_side}tibia": (f"{_side}femur", (0, -1, 0), 7, (0, 0, 20 * _x), "rx"),
        f"{_side}clavicle": ("thorax", (_x, 0, 0), 3, (0, 0, 0), "ry rz"),
        f"{_side}humerus": (f"{_side}clavicle", (_x, 0, 0), 5, (0, 0, 0), "rx ry rz"),
        f"{_side}radius": (f"{_side}humerus", (_x, 0, 0), 4, (0, 0, 0), "rx"),
        f"{_side}wrist": (f"{_side}radius", (_x, 0, 0), 1, (0, 0, 0), "ry"),
    }


def write_asf(path: Path) -> Path:
    lines = [":version 1.10", ":name VICON", ":units", "  mass 1.0", "  length 0.45", "  angle deg"]
    lines += [":documentation", "   made by hand", ":root", "   order TX TY TZ RX RY RZ", "   axis XYZ"]
    lines += ["   position 0 0 0", "   orientation 0 0 0", ":bonedata"]
    for number, (name, (_, direction, length, axis, dof)) in enumerate(BONES.items(), start=1):
        lines += ["  begin", f"     id {number}", f"     name {name}", f"     length {length}"]
        lines += [
            f"     direction {' '.join(map(str, direction))}",
            f"     axis {' '.join(map(str, axis))}  XYZ",
        ]
        lines += ([f"    dof {dof}", "    limits (-160.0 20.0)"] if dof else []) + ["  end"]
    lines += [":hierarchy", "  begin"]
    for parent in dict.fromkeys(bone[0] for bone in BONES.values()):
        lines.append(f"    {parent} {' '.join(n for n, bone in BONES.items() if bone[0] == parent)}")
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("\n".join([*lines, "  end", ""]))
    return path


def write_amc(path: Path, frames: list[dict[str, str]]) -> Path:
    lines = ["#!OML:ASF F:\\VICON\\made.ASF", ":FULLY-SPECIFIED", ":DEGREES"]
    for number, changed in enumerate(frames, start=1):
        still = {name: " ".join("0" for _ in bone[4].split()) for name, bone in BONES.items() if bone[4]}
        values = {"root": "0 17 0 0 0 0"} | still | changed
        lines += [str(number), *(f"{name} {value}" for name, value in values.items())]
    path.write_text("\n".join(lines) + "\n")
    return path


def joint(joints: np.ndarray, name: str) -> np.ndarray:
    """In the file's unit, x left of the person, y up, z to the front."""
    x, y, z = joints[H36M_17.index(name)] / UNIT_M
    return np.array([x, z, -y])


def read_one(folder: Path, frames: list[dict[str, str]]) -> np.ndarray:
    write_asf(folder / "01" / "01.asf")
    write_amc(folder / "01" / "01_02.amc", frames)
    (clip,) = read_asf_amc(folder)
    assert (clip.name, clip.subject, clip.fps, clip.source) == ("01_02", "cmu01", 120, "cmu_amc")
    return clip.joints_m


def test_standing(tmp_path: Path) -> None:
    (pose,) = read_one(tmp_path, [{}])
    expected = {
        "pelvis": (0, 17, 0),
        "left_hip": (2, 17, 0),
        "left_knee": (2, 10, 0),
        "left_ankle": (2, 3, 0),
        "spine": (0, 19, 0),
        "thorax": (0, 23.5, 0),  # midway between the ends of thorax and lowerneck
        "neck_nose": (0, 25, 0),
        "head_top": (0, 27, 0),
        "right_shoulder": (-3, 23, 0),
        "right_elbow": (-8, 23, 0),
        "right_wrist": (-12.7, 23, 0),
    }
    for name, place in expected.items():
        np.testing.assert_allclose(joint(pose, name), place, atol=1e-4, err_msg=name)
    assert pose[H36M_17.index("head_top"), 2] > pose[0, 2]  # z is up


def test_angles_by_hand(tmp_path: Path) -> None:
    """The elbow turns about its x, along the arm; the left thigh, whose axes are turned by 20 degrees about z, swings
    about its x; the root turns about y by 90 degrees, which brings left to the back."""
    thigh, turned, bent = read_one(
        tmp_path, [{"lfemur": "-90 0 0"}, {"root": "1 17 0 0 90 0"}, {"lhumerus": "0 0 90"}]
    )
    axis = np.array([np.cos(np.radians(20)), np.sin(np.radians(20)), 0])
    down = np.array([0, -7.0, 0])
    along = axis * (down @ axis)
    swung = along + np.cross(-axis, down - along)  # by -90 degrees about the axis
    np.testing.assert_allclose(joint(thigh, "left_knee"), np.array([2, 17, 0]) + swung, atol=1e-4)
    np.testing.assert_allclose(joint(thigh, "right_knee"), [-2, 10, 0], atol=1e-4)
    np.testing.assert_allclose(joint(turned, "left_hip"), [1, 17, -2], atol=1e-4)
    np.testing.assert_allclose(joint(bent, "left_elbow"), [3, 28, 0], atol=1e-4)


def test_three_angles_turn_about_fixed_axes_x_first(tmp_path: Path) -> None:
    """90 degrees about x and then about z: what pointed to +x points to +y; what pointed up, to +z."""
    (pose,) = read_one(tmp_path, [{"root": "0 0 0 90 0 90"}])
    np.testing.assert_allclose(joint(pose, "left_hip"), [0, 2, 0], atol=1e-4)
    np.testing.assert_allclose(joint(pose, "spine"), [0, 0, 2], atol=1e-4)


def test_bones_keep_their_lengths(tmp_path: Path) -> None:
    rng = np.random.default_rng(0)
    frames = [
        {
            n: " ".join(f"{v:.3f}" for v in rng.uniform(-90, 90, len(b[4].split())))
            for n, b in BONES.items()
            if b[4]
        }
        for _ in range(5)
    ]
    lengths = bone_lengths(read_one(tmp_path, frames))
    rigid = [
        k
        for k, (_, child) in enumerate(H36M_17.bones)
        if "knee" in (n := H36M_17.joints[child]) or "ankle" in n
    ]
    np.testing.assert_allclose(lengths[:, rigid] / UNIT_M, 7, atol=1e-3)


@pytest.mark.parametrize(
    ("file", "old", "new", "message"),
    [
        (
            "01.asf",
            "order TX TY TZ RX RY RZ",
            "order TX TY TZ",
            "field ':root order' must be TX TY TZ RX RY RZ",
        ),
        ("01.asf", "name lradius", "name lforearm", "field ':hierarchy' hangs 'lradius' from 'lhumerus'"),
        ("01.asf", "length 7", "length long", "field ':bonedata lfemur' must have numbers"),
        (
            "01.asf",
            "     direction 0 1 0",
            "     direction 0 1",
            "field ':bonedata direction' must have 3 words",
        ),
        ("01.asf", "dof rx ry rz", "dof rx l", "field ':bonedata lowerback' .* dofs among rx, ry, rz"),
        ("01_02.amc", "lfemur 0 0 0", "lfemur 0 0", "field 'lfemur' must have 3 numbers in frame 1, not 2"),
        ("01_02.amc", "lfemur 0 0 0", "lfemur 0 0 x", "field 'lfemur' must have numbers in every frame"),
        ("01_02.amc", "\n1\n", "\n", "has no frame"),
    ],
)
def test_malformed(tmp_path: Path, file: str, old: str, new: str, message: str) -> None:
    read_one(tmp_path, [{}])
    path = tmp_path / "01" / file
    text = path.read_text()
    assert old in text
    path.write_text(text.replace(old, new, 1))
    with pytest.raises(UserError, match=f"{path}.*{message}"):
        list(read_asf_amc(tmp_path))


def test_missing_files(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"No motion \(\*.amc\) lies in"):
        list(read_asf_amc(tmp_path))
    write_amc(tmp_path / "01_02.amc", [{}])
    with pytest.raises(UserError, match=r"01_02.amc needs its skeleton 01.asf beside it, but 0"):
        list(read_asf_amc(tmp_path))
