"""What holds for all formats: round trips array by array, gates, missing packages, broken files."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence, UserError
from ganbodypose.io.formats import FORMATS, WriteOptions, convert, read, write
from ganbodypose.skeletons import H36M_17

BACK = [ending for ending in FORMATS if ending not in (".mot", ".json")]
MANY = [".npz", ".csv", ".parquet", ".nc", ".c3d", ".glb", ".usda", ".usdc", ".usd"]
BONES = (".bvh", ".glb", ".usda", ".usdc", ".usd")
PACKAGES = {".c3d": "ezc3d", ".glb": "pygltflib", ".usdc": "pxr", ".parquet": "pyarrow", ".nc": "xarray"}


def positions(sequence: PoseSequence) -> np.ndarray:
    return sequence.joints_3d_m.astype(float) + sequence.root_camera_m[:, None]


@pytest.mark.parametrize("ending", BACK)
def test_one_person_comes_back(moving: PoseSequence, tmp_path: Path, ending: str) -> None:
    """To a tenth of a millimetre and a tenth of a millisecond."""
    path = tmp_path / f"a{ending}"
    write(path, moving)
    back = read(path)
    np.testing.assert_allclose(positions(back), positions(moving), atol=1e-4)
    np.testing.assert_allclose(back.time_s, moving.time_s, atol=1e-4)
    np.testing.assert_array_equal(back.frame_index, moving.frame_index)
    assert back.fps == pytest.approx(25, rel=1e-6)
    assert [p.name for p in tmp_path.iterdir()] == [path.name]


@pytest.mark.parametrize("ending", MANY)
def test_several_people_come_back(two_people: PoseSequence, tmp_path: Path, ending: str) -> None:
    path = tmp_path / f"a{ending}"
    write(path, two_people)
    back = read(path)
    assert sorted(back.track_ids) == [2, 4]
    for track_id in (2, 4):
        ours, theirs = two_people.person(track_id), back.person(track_id)
        skipped = len(theirs) - len(ours)  # bones are there in every frame: held before the first
        assert skipped == (1 if track_id == 2 and ending in BONES else 0)
        np.testing.assert_allclose(positions(theirs)[skipped:], positions(ours), atol=1e-4)
        np.testing.assert_allclose(theirs.time_s[skipped:], ours.time_s, atol=1e-4)


@pytest.mark.parametrize("ending", [".npz", ".csv", ".parquet", ".nc"])
def test_frame_numbers_survive_frames_in_which_nobody_was_seen(
    moving: PoseSequence, tmp_path: Path, ending: str
) -> None:
    moving.frame_index[3:] += 20
    moving.time_s[3:] += 20 / 25
    path = tmp_path / f"a{ending}"
    write(path, moving)
    np.testing.assert_array_equal(read(path).frame_index, [0, 1, 2, 23, 24])


def test_a_netcdf_file_with_an_unreadable_rate_is_one_sentence(moving: PoseSequence, tmp_path: Path) -> None:
    xarray = pytest.importorskip("xarray")
    write(tmp_path / "a.nc", moving)
    changed = xarray.load_dataset(tmp_path / "a.nc").assign_attrs(fps="fast")
    changed.to_netcdf(tmp_path / "b.nc", engine="h5netcdf")
    with pytest.raises(UserError, match="fast"):
        read(tmp_path / "b.nc")


@pytest.mark.parametrize(
    "ending", [".npz", ".csv", ".parquet"]
)  # the others increase by their nature, or check it
@pytest.mark.parametrize("time_s", [0.0, 0.04, np.nan, np.inf])
def test_times_that_do_not_increase_are_refused(
    two_people: PoseSequence,
    tmp_path: Path,
    monkeypatch: pytest.MonkeyPatch,
    ending: str,
    time_s: float,
) -> None:
    two_people.time_s[2] = time_s
    path = tmp_path / f"a{ending}"
    with monkeypatch.context() as another_program:
        another_program.setattr(PoseSequence, "__post_init__", lambda _: None)
        write(path, two_people)
    with pytest.raises(UserError, match=rf"a\{ending}: times .* person 4 .* frame 2"):
        read(path)
    with pytest.raises(UserError, match="times"):
        convert(path, tmp_path / "b.trc")


@pytest.mark.parametrize("ending", [e for e in BACK if e not in BONES])
def test_a_missing_joint_stays_missing_and_errors_come_along(
    moving: PoseSequence, tmp_path: Path, ending: str
) -> None:
    wrist = H36M_17.index("left_wrist")
    moving.joints_3d_m[2, wrist] = np.nan
    path = tmp_path / f"a{ending}"
    write(path, moving)
    back = read(path)
    np.testing.assert_array_equal(np.isnan(positions(back)), np.isnan(positions(moving)))
    if ending != ".trc":
        known = np.isfinite(positions(moving)).all(-1) & (moving.expected_error_m > 0)
        # C3D's residuals are whole millimetres
        np.testing.assert_allclose(back.expected_error_m[known], moving.expected_error_m[known], atol=6e-4)


@pytest.mark.parametrize("ending", BACK)
def test_unknown_errors_stay_unknown(moving: PoseSequence, tmp_path: Path, ending: str) -> None:
    moving.expected_error_m[:] = np.nan
    path = tmp_path / f"a{ending}"
    write(path, moving)
    assert np.isnan(read(path).expected_error_m).all()


@pytest.mark.parametrize("ending", [e for e in FORMATS if e not in (".npz", ".csv")])
def test_the_gate_and_the_rate_are_told(moving: PoseSequence, tmp_path: Path, ending: str) -> None:
    notes = write(tmp_path / f"a{ending}", moving, WriteOptions(min_quality=0.2))
    assert "frames of pose quality below 0.2 are missing" in notes
    if ending in BONES:
        assert "17 of 85 joint positions were missing and are interpolated" in notes
    if ending in (".trc", ".c3d", ".mot", *BONES):
        assert "resampled to 50 Hz by linear interpolation" in write(
            tmp_path / f"b{ending}", moving, WriteOptions(fps=50)
        )


@pytest.mark.parametrize("ending", BACK)
def test_what_does_not_pass_the_gate_is_not_in_the_file(
    moving: PoseSequence, tmp_path: Path, ending: str
) -> None:
    """Frame 2 is of poor quality and a wrist is uncertain; skeletons hold what is interpolated across them."""
    wrist = H36M_17.index("left_wrist")
    moving.pose_quality[2], moving.expected_error_m[:] = 0.05, 0.02
    moving.expected_error_m[3, wrist] = 0.3
    write(tmp_path / f"a{ending}", moving, WriteOptions(min_quality=0.08, max_error_m=0.2))
    back, expected = positions(read(tmp_path / f"a{ending}")), positions(moving)
    expected[2], expected[3, wrist] = np.nan, np.nan
    if ending in BONES:
        assert np.abs(back[2] - positions(moving)[2]).max() > 0.01
        assert np.abs(back[3, wrist] - positions(moving)[3, wrist]).max() > 0.01
        known = np.isfinite(expected)
        np.testing.assert_allclose(back[known], expected[known], atol=1e-4)
    else:
        np.testing.assert_allclose(back, expected, atol=1e-4)


@pytest.mark.parametrize("ending", [ending for ending in MANY if ending not in BONES])
def test_a_person_of_whom_nothing_passes_the_gate(
    two_people: PoseSequence, tmp_path: Path, ending: str
) -> None:
    two_people.pose_quality[:] = np.where(two_people.track_id == 2, 0.1, 0.9)
    write(tmp_path / f"a{ending}", two_people, WriteOptions(min_quality=0.5))
    back = read(tmp_path / f"a{ending}")
    np.testing.assert_allclose(positions(back.person(4)), positions(two_people.person(4)), atol=1e-4)
    assert np.isnan(positions(back.person(2))).all()


@pytest.mark.parametrize("ending", [".csv", ".parquet", ".nc", ".trc", ".c3d"])
def test_a_pelvis_that_is_never_known_is_one_sentence(
    moving: PoseSequence, tmp_path: Path, ending: str
) -> None:
    moving.joints_3d_m[:, 0] = np.nan
    write(tmp_path / f"a{ending}", moving)
    with pytest.raises(UserError, match=rf"a\{ending}: person 1: The pelvis is missing in every frame"):
        read(tmp_path / f"a{ending}")


@pytest.mark.parametrize("ending", PACKAGES)
def test_a_missing_package_is_one_sentence(
    moving: PoseSequence, tmp_path: Path, ending: str, monkeypatch: pytest.MonkeyPatch
) -> None:
    write(tmp_path / f"there{ending}", moving)
    for name in [name for name in sys.modules if name.partition(".")[0] == PACKAGES[ending]]:
        monkeypatch.delitem(sys.modules, name)
    monkeypatch.setitem(sys.modules, PACKAGES[ending], None)
    extra = "usd" if ending == ".usdc" else "export"
    wanted = rf'need the package {PACKAGES[ending]}: .* -m pip install "gan-bodypose\[{extra}\]"\.$'
    with pytest.raises(UserError, match=wanted):
        write(tmp_path / f"a{ending}", moving)
    with pytest.raises(UserError, match=wanted):
        read(tmp_path / f"there{ending}")
    assert not (tmp_path / f"a{ending}").exists()


@pytest.mark.parametrize("ending", FORMATS)
@pytest.mark.parametrize("damage", ["absent", "empty", "binary", "half", "cut"])
def test_a_broken_file_is_one_sentence(
    moving: PoseSequence, tmp_path: Path, ending: str, damage: str
) -> None:
    path = tmp_path / f"broken{ending}"
    if damage != "absent":
        write(path, moving)
        whole = path.read_bytes()
        binary = bytes(np.random.default_rng(0).integers(0, 256, 4000, np.uint8))
        cut = {
            "empty": b"",
            "binary": binary,
            "half": whole[: len(whole) // 2],
            "cut": whole[: len(whole) // 9],
        }
        path.write_bytes(cut[damage])
    if (ending, damage) in {(".csv", "half"), (".trc", "half")}:  # these end between two rows, or in one
        return
    with pytest.raises(UserError, match=r"broken") as caught:
        read(path)
    assert "\n" not in str(caught.value)


@pytest.mark.parametrize(
    ("ending", "words"), [(".mot", "use the .trc file"), (".json", "to have them lifted")]
)
def test_what_holds_no_positions_says_where_to_go(
    moving: PoseSequence, tmp_path: Path, ending: str, words: str
) -> None:
    write(tmp_path / f"a{ending}", moving)
    with pytest.raises(UserError, match=words):
        convert(tmp_path / f"a{ending}", tmp_path / "b.trc")
    assert not (tmp_path / "b.trc").exists()


@pytest.mark.parametrize("ending", FORMATS)
def test_nobody_and_no_folder(moving: PoseSequence, tmp_path: Path, ending: str) -> None:
    with pytest.raises(UserError, match="Person 9 is not in the recording"):
        write(tmp_path / f"a{ending}", moving, WriteOptions(track_id=9))
    with pytest.raises(UserError, match="folder does not exist"):
        write(tmp_path / "absent" / f"a{ending}", moving)
