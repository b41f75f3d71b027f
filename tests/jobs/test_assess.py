"""The assess job: files of any format in; findings, JSON and CSV out."""

from __future__ import annotations

import csv
import json
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.io import formats
from ganbodypose.io.formats.tracks import Track, sequence_of, sequence_of_all
from ganbodypose.jobs.assess import AssessOptions, _folder_names, assess_files, write_progress
from ganbodypose.skeletons import H36M_17

FPS = 30.0


def squatting(count: int, error_m: float = 0.01) -> Track:
    """`count` squats of two seconds, y up: everything above the knees sinks, the knees by half."""
    times = np.arange(0, 2 * count, 1 / FPS)
    sides = {"left": 0.1, "right": -0.1}
    height = {"ankle": 0.0, "knee": 0.45, "hip": 0.9, "shoulder": 1.4, "elbow": 1.1, "wrist": 0.85}
    middle = {"pelvis": 0.9, "spine": 1.15, "thorax": 1.4, "neck_nose": 1.5, "head_top": 1.65}
    joints = np.zeros((len(times), 17, 3))
    sinking = 0.15 * (1 - np.cos(np.pi * times))
    for j, name in enumerate(H36M_17.joints):
        side, _, part = name.partition("_")
        part = part if side in sides else name
        joints[:, j, 0] = sides.get(side, 0.0)
        share = {"ankle": 0.0, "knee": 0.5}.get(part, 1.0)
        joints[:, j, 1] = (height | middle)[part] - share * sinking
        joints[:, j, 2] = sinking if part == "knee" else 0
    return Track(joints, np.full((len(times), 17), error_m), FPS)


@pytest.fixture
def squats(tmp_path: Path) -> Path:
    path = tmp_path / "squats.npz"
    formats.write(path, sequence_of(squatting(4)))
    return path


def test_findings_json_and_csv_agree(squats: Path, tmp_path: Path) -> None:
    (one,) = assess_files([squats], tmp_path / "out")
    assert any(finding.startswith("4 repetitions") for finding in one.assessment.findings)
    assert {path.name for path in (tmp_path / "out").iterdir()} == set(one.files)
    assert "4 repetitions" in (tmp_path / "out" / "assessment.html").read_text()
    stored = json.loads((tmp_path / "out" / "assessment.json").read_text())
    assert stored["repetitions"]["count"]["value"] == 4
    with (tmp_path / "out" / "measures.csv").open() as file:
        rows = {row["measure"]: row for row in csv.DictReader(file)}
    assert set(rows) == set(stored["measures"])
    name = "left knee flexion, range of motion"
    assert float(rows[name]["value"]) == stored["measures"][name]["value"] > 30
    assert float(rows[name]["uncertainty"]) > 0


@pytest.mark.parametrize("ending", [".bvh", ".trc", ".csv", ".c3d"])
def test_other_programs_files(squats: Path, tmp_path: Path, ending: str) -> None:
    other = tmp_path / f"squats{ending}"
    formats.convert(squats, other)
    (one,) = assess_files([other], options=AssessOptions(joint_error_m=0.01))
    assert one.assessment.repetitions.count.value == 4
    assert one.assessment.measures["left knee flexion, range of motion"].uncertainty > 0


def test_several_recordings_get_folders_of_their_own(squats: Path, tmp_path: Path) -> None:
    again = tmp_path / "again" / "poses.npz"
    again.parent.mkdir()
    again.write_bytes(squats.read_bytes())
    assess_files([squats, again, squats], tmp_path / "out")
    assert {path.name for path in (tmp_path / "out").iterdir()} == {"squats-1", "again", "squats-3"}


def test_no_folder_is_given_to_two_recordings() -> None:
    names = _folder_names([Path("x/a.npz"), Path("y/a.npz"), Path("z/a-1.npz"), Path("day/poses.npz")])
    assert len(set(names)) == 4
    assert names[2:] == ["a-1", "day"]


def test_what_cannot_be_assessed_is_one_sentence_and_writes_nothing(squats: Path, tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"Person 7 is not in .*squats\.npz; it holds 1"):
        assess_files([squats], tmp_path / "out", AssessOptions(track_id=7))
    empty = tmp_path / "short.npz"
    track = squatting(1)
    formats.write(empty, sequence_of(Track(track.joints_m[:3], track.expected_error_m[:3], FPS)))
    with pytest.raises(UserError, match=r"short\.npz: Person 1 is in too few frames \(3\)"):
        assess_files([squats, empty], tmp_path / "out")
    with pytest.raises(UserError, match=r"squats\.npz: Too little of the reference"):
        assess_files([squats], tmp_path / "out", AssessOptions(reference=empty))
    assert not (tmp_path / "out").exists()
    with pytest.raises(UserError, match=r"squats\.npz cannot be written: a file of that name is in the way"):
        assess_files([squats], squats)


def test_against_a_reference(squats: Path, tmp_path: Path) -> None:
    reference = tmp_path / "reference.trc"
    formats.convert(squats, reference)
    (one,) = assess_files([squats], options=AssessOptions(reference=reference))
    assert one.assessment.comparison is not None
    assert one.assessment.comparison.by_joint().max() < 0.02
    assert one.assessment.comparison.score > 95
    assert any(finding.startswith("Against the reference") for finding in one.assessment.findings)


def test_of_several_people_in_a_reference_one_must_be_named(squats: Path, tmp_path: Path) -> None:
    reference = tmp_path / "pair.npz"
    one, other = squatting(4), replace(squatting(4), track_id=2)
    other.joints_m[120:] = np.nan
    formats.write(reference, sequence_of_all([one, other]))
    with pytest.raises(
        UserError, match=r"pair\.npz holds several.*--reference-person.*1: 240 frames, 2: 120"
    ):
        assess_files([squats], options=AssessOptions(reference=reference))
    with pytest.raises(UserError, match=r"Person 3 is not in .*pair\.npz; it holds 1, 2"):
        assess_files([squats], options=AssessOptions(reference=reference, reference_id=3))
    with pytest.raises(UserError, match="give one with --reference"):
        AssessOptions(reference_id=1)
    (one,) = assess_files([reference], options=AssessOptions(track_id=2, reference=reference, reference_id=1))
    assert (one.people, one.assessment.track_id) == (2, 2)
    assert one.assessment.comparison.score > 95


def test_what_changed_between_recordings(squats: Path, tmp_path: Path) -> None:
    """The later squats are half as deep: the knees' range changed clearly, the count did not."""
    deep = squatting(4)
    shallow = replace(deep, joints_m=(deep.joints_m + squatting(4).joints_m[:1]) / 2)
    formats.write(tmp_path / "later.npz", sequence_of(shallow))
    formats.write(tmp_path / "again.npz", sequence_of(deep))
    out = tmp_path / "out"
    files = write_progress(assess_files([squats, tmp_path / "again.npz", tmp_path / "later.npz"], out), out)
    with files["progress.csv"].open() as file:
        rows = {row["measure"]: row for row in csv.DictReader(file)}
    knee = rows["left knee flexion, range of motion"]
    assert float(knee["again"]) == float(knee["squats"])
    assert float(knee["change"]) == pytest.approx(float(knee["later"]) - float(knee["squats"]), rel=1e-4)
    assert float(knee["change"]) < -2 * float(knee["change uncertainty"]) < 0
    page = files["progress.html"].read_text()
    assert "From squats to later" in page and "href='again/assessment.html'" in page
    clear = page.split("<h2>Recordings")[0]
    assert "left knee flexion, range of motion" in clear


def test_the_same_recording_twice_changed_nothing(squats: Path, tmp_path: Path) -> None:
    out = tmp_path / "out"
    files = write_progress(assess_files([squats, squats], out), out)
    assert "What changed: 0 of" in files["progress.html"].read_text()
