"""Folders of BVH files in any unit."""

from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.bvh import read_bvh_folder
from ganbodypose.skeletons import H36M_17

# Hips, legs and trunk of a standing person in centimetres: name, parent's depth by nesting, offset
BODY = """HIERARCHY
ROOT Hips
{{
 OFFSET 0 0 0
 CHANNELS 6 Xposition Yposition Zposition Zrotation Xrotation Yrotation
 JOINT LeftUpLeg
 {{
  OFFSET {a} 0 0
  CHANNELS 3 Zrotation Xrotation Yrotation
  JOINT LeftLeg
  {{
   OFFSET 0 -{b} 0
   CHANNELS 3 Zrotation Xrotation Yrotation
   JOINT LeftFoot
   {{
    OFFSET 0 -{b} 0
    CHANNELS 3 Zrotation Xrotation Yrotation
    End Site
    {{
     OFFSET 0 0 {a}
    }}
   }}
  }}
 }}
 JOINT RightUpLeg
 {{
  OFFSET -{a} 0 0
  CHANNELS 3 Zrotation Xrotation Yrotation
  End Site
  {{
   OFFSET 0 -{b} 0
  }}
 }}
}}
MOTION
Frames: 2
Frame Time: 0.025
0 {h} 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0 0
0 {h} {a} 0 0 0 0 90 0 0 0 0 0 0 0 0 0 0
"""


def write(path: Path, unit_cm: float) -> Path:
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text(BODY.format(a=10 / unit_cm, b=42 / unit_cm, h=90 / unit_cm))
    return path


@pytest.mark.parametrize("unit_cm", [1, 100, 2.54, 0.1, 5.644444])
def test_the_unit_is_told_by_the_legs(tmp_path: Path, unit_cm: float) -> None:
    write(tmp_path / "anna" / "walk.bvh", unit_cm)
    (clip,) = read_bvh_folder(tmp_path)
    assert (clip.name, clip.subject, clip.fps) == ("anna/walk", "anna", pytest.approx(40))
    ankle, hip = clip.joints_m[:, H36M_17.index("left_ankle")], clip.joints_m[:, H36M_17.index("left_hip")]
    np.testing.assert_allclose(hip[0], [0.1, 0, 0.9], atol=1e-5)  # z is up
    np.testing.assert_allclose(ankle[0], [0.1, 0, 0.06], atol=1e-5)
    # forwards by 10 cm (to -y), and the thigh swung back about x by 90 degrees
    np.testing.assert_allclose(ankle[1] - hip[1], [0, 0.84, 0], atol=1e-5)
    np.testing.assert_allclose(hip[1], [0.1, -0.1, 0.9], atol=1e-5)


def test_what_is_no_person_is_refused(tmp_path: Path) -> None:
    path = write(tmp_path / "giant.bvh", 0.005)
    with pytest.raises(UserError, match=rf"{path}: the left leg is 1.68e\+04 units long.*centimetres"):
        list(read_bvh_folder(tmp_path))
    with pytest.raises(UserError, match=r"No motion \(\*.bvh\)"):
        list(read_bvh_folder(tmp_path / "nothing"))
    path.write_text("HIERARCHY\nMOTION\n")
    with pytest.raises(UserError, match=f"{path} is malformed"):
        list(read_bvh_folder(tmp_path))
