"""Folders of recordings in, a movement model out; recordings judged by it."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest
from scipy.ndimage import gaussian_filter1d

from ganbodypose.core import UserError
from ganbodypose.io import formats
from ganbodypose.io.formats.tracks import Track, sequence_of
from ganbodypose.jobs.assess import AssessOptions, assess_files
from ganbodypose.jobs.scoring import find_in, fit_folder
from ganbodypose.quality.scoring.files import load_model
from ganbodypose.skeletons import H36M_17

FPS = 30.0
GOOD_CM, BAD_CM = 40, 18


def squats(depths_cm: list[float], seed: int = 0) -> Track:
    """One squat of two seconds for each depth, y up: pelvis and all above sink, the knees by half."""
    phase = (1 - np.cos(np.pi * np.arange(0, 2, 1 / FPS))) / 2
    sinking = np.concatenate([depth / 100 * phase for depth in depths_cm])
    sides = {"left": 0.1, "right": -0.1}
    height = {"ankle": 0.0, "knee": 0.45, "hip": 0.9, "shoulder": 1.4, "elbow": 1.1, "wrist": 0.85}
    middle = {"pelvis": 0.9, "spine": 1.15, "thorax": 1.4, "neck_nose": 1.5, "head_top": 1.65}
    joints = np.zeros((len(sinking), 17, 3))
    for j, name in enumerate(H36M_17.joints):
        side, _, part = name.partition("_")
        part = part if side in sides else name
        y = (height | middle)[part]
        joints[:, j, 0] = sides.get(side, 0.0)
        joints[:, j, 1] = y - {"ankle": 0.0, "knee": 0.5}.get(part, 1.0) * sinking
        joints[:, j, 2] = sinking if part == "knee" else (max(y - 0.9, 0) * 0.8 * sinking)
    joints += np.random.default_rng(seed).normal(0, 0.003, joints.shape)
    return Track(joints, np.full((len(sinking), 17), 0.01), FPS)


@pytest.fixture
def folder(tmp_path: Path) -> Path:
    """Three people: a file with three good squats and one with three shallow ones each."""
    for k, person in enumerate(("anna", "ben", "cleo")):
        for label, depth in (("good", GOOD_CM), ("bad", BAD_CM)):
            path = tmp_path / "deep_squat" / label / f"{person}_{label}.npz"
            path.parent.mkdir(parents=True, exist_ok=True)
            formats.write(path, sequence_of(squats([depth + k, depth, depth - k], k)))
    return tmp_path / "deep_squat"


def test_a_folder_becomes_a_model(folder: Path, tmp_path: Path) -> None:
    fitted = fit_folder(folder, tmp_path / "squat.npz")
    assert (fitted.exercise, fitted.good, fitted.bad) == ("deep squat", 9, 9)
    assert fitted.persons == ("anna", "ben", "cleo")
    assert fitted.cross_validation["unknown_person"]["accuracy"] > 0.9
    assert list(fitted.cross_validation["unknown_person"]["by_person"]) == ["anna", "ben", "cleo"]
    model = load_model(fitted.path)
    assert model.facts["good"] == 9
    assert model.repetition_s == pytest.approx(1.8, abs=0.3)


def test_a_recording_is_judged_by_it(folder: Path, tmp_path: Path) -> None:
    model = fit_folder(folder, tmp_path / "squat.npz").path
    recording = tmp_path / "dora.trc"
    formats.write(recording, sequence_of(squats([GOOD_CM, BAD_CM, GOOD_CM], seed=9)))
    (one,) = assess_files([recording], tmp_path / "out", AssessOptions(exercise=str(model)))
    probabilities = [repetition.probability for repetition in one.assessment.exercise.repetitions]
    assert [p > 0.5 for p in probabilities] == [True, False, True]
    told = [finding for finding in one.assessment.findings if finding.startswith("Repetition 2")]
    assert len(told) == 1
    assert "correct ones:" in told[0]
    stored = (tmp_path / "out" / "assessment.json").read_text()
    assert '"exercise"' in stored
    assert told[0].split(":")[0] in stored


def test_a_published_model_tells_what_it_learned_from(tmp_path: Path) -> None:
    recording = tmp_path / "dora.trc"
    formats.write(recording, sequence_of(squats([GOOD_CM, BAD_CM, GOOD_CM], seed=9)))
    (one,) = assess_files([recording], tmp_path / "out", AssessOptions(exercise="Deep squat"))
    caution = "learned from Vicon and Kinect recordings"
    assert any(caution in finding for finding in one.assessment.findings)
    assert caution in (tmp_path / "out" / "assessment.html").read_text()


def test_own_good_repetitions_are_used(folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "squat.npz"
    for label, depth in (("good", GOOD_CM), ("bad", BAD_CM)):  # so that three good ones are not all
        for person in ("anna", "ben", "cleo"):
            formats.write(folder / label / f"{person}_more.npz", sequence_of(squats([depth] * 3, seed=5)))
    fit_folder(folder, model)
    shallower, own = tmp_path / "shallower.npz", tmp_path / "own.npz"
    formats.write(shallower, sequence_of(squats([GOOD_CM - 6], seed=3)))
    formats.write(own, sequence_of(squats([GOOD_CM - 6] * 3, seed=4)))
    (alone,), (with_own,) = (
        assess_files([shallower], None, AssessOptions(exercise=str(model), own_good=files))
        for files in ((), (own,))
    )
    before, after = (one.assessment.exercise.repetitions[0].probability for one in (alone, with_own))
    assert after != before


def test_only_good_recordings_will_do_and_say_so(folder: Path, tmp_path: Path) -> None:
    for path in (folder / "bad").iterdir():
        path.unlink()
    fitted = fit_folder(folder, tmp_path / "squat.npz")
    assert fitted.cross_validation is None
    assert "only good repetitions" in fitted.note
    (one,) = assess_files([folder / "good" / "anna_good.npz"], None, AssessOptions(exercise=str(fitted.path)))
    assert all(repetition.probability is None for repetition in one.assessment.exercise.repetitions)
    with pytest.raises(UserError, match="too few people"):
        assess_files(
            [folder / "good" / "anna_good.npz"],
            None,
            AssessOptions(exercise=str(fitted.path), own_good=(folder / "good" / "anna_good.npz",)),
        )


def test_people_may_be_named_in_a_table(folder: Path, tmp_path: Path) -> None:
    table = tmp_path / "people.csv"
    names = [f"{person}_{label}.npz" for person in ("anna", "ben", "cleo") for label in ("good", "bad")]
    table.write_text("file,person\n" + "".join(f"{n},{'A' if n < 'b' else 'B'}\n" for n in names))
    assert fit_folder(folder, tmp_path / "squat.npz", table).persons == ("A", "B")
    table.write_text("file,person\nanna_good.npz,A\n")
    with pytest.raises(UserError, match=r"does not name the person in ben_good\.npz"):
        fit_folder(folder, tmp_path / "squat.npz", table)
    table.write_text("name\nanna\n")
    with pytest.raises(UserError, match="columns file and person"):
        fit_folder(folder, tmp_path / "squat.npz", table)


def test_what_cannot_be_fitted_is_told_and_nothing_written(folder: Path, tmp_path: Path) -> None:
    model = tmp_path / "squat.npz"
    with pytest.raises(UserError, match="holds no recording"):
        fit_folder(tmp_path, model)
    with pytest.raises(UserError, match=r"squat\.txt is named otherwise"):
        fit_folder(folder, tmp_path / "squat.txt")
    short = squats([GOOD_CM])
    formats.write(
        folder / "bad" / "dora_bad.npz",
        sequence_of(Track(short.joints_m[:4], short.expected_error_m[:4], FPS)),
    )
    with pytest.raises(UserError, match=r"dora_bad\.npz: A repetition must last"):
        fit_folder(folder, model)
    (folder / "bad" / "dora_bad.npz").unlink()
    (folder / "good" / "anna_good.npz").unlink()
    (folder / "good" / "ben_good.npz").unlink()
    with pytest.raises(UserError, match="at least 5 good"):
        fit_folder(folder, model)
    assert not model.exists()


def test_short_recordings_are_one_repetition() -> None:
    two = sequence_of(squats([GOOD_CM, GOOD_CM]))
    assert len(find_in(two, typical_s=2.0)) == 2
    assert len(find_in(two, typical_s=3.5)) == 1
    assert len(find_in(two, typical_s=None, whole=True)) == 1


def test_what_is_not_one_movement_repeated_is_judged_with_a_caution(tmp_path: Path) -> None:
    cautions = []
    aimless = 0.3 * gaussian_filter1d(np.random.default_rng(0).normal(0, 1, (300, 17, 3)), 12, axis=0)
    for joints in (squats([GOOD_CM] * 5).joints_m, squats([0.0] * 5).joints_m + aimless):
        recording = tmp_path / "recording.npz"
        formats.write(recording, sequence_of(Track(joints, np.full((300, 17), 0.01), FPS)))
        (one,) = assess_files([recording], None, AssessOptions(exercise="Deep squat"))
        cautions.append(one.assessment.exercise.caution)
    assert ["not one movement repeated" in caution for caution in cautions] == [False, True]
