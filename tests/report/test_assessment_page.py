"""assessment.html: findings, tables that agree with the assessment, the reference as a grey body in the player."""

from __future__ import annotations

import json
import re
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import PoseSequence
from ganbodypose.io.formats.tracks import Track, sequence_of
from ganbodypose.quality.assessment import assess_person
from ganbodypose.quality.scoring.judged import JudgedExercise, JudgedRepetition
from ganbodypose.report.assessment import write_assessment
from ganbodypose.report.payload import unpack
from ganbodypose.skeletons import H36M_17

WRIST = H36M_17.index("left_wrist")


def waving(standing: np.ndarray, height_rad: float) -> PoseSequence:
    """8 s at 30 Hz, y up: the straight left arm goes up sideways and comes down again, four times."""
    times = np.arange(0, 8, 1 / 30)
    joints = np.repeat(standing[None] * [1.0, -1.0, -1.0], len(times), 0)
    angle = height_rad * (1 - np.cos(np.pi * times)) / 2
    along = np.stack([np.sin(angle), -np.cos(angle), 0 * angle], -1)
    shoulder, elbow = H36M_17.indices("left_shoulder", "left_elbow")
    joints[:, elbow], joints[:, WRIST] = (joints[:, shoulder] + length * along for length in (0.3, 0.55))
    return sequence_of(Track(joints, np.full((len(times), 17), 0.02), 30.0))


def page_of(path: Path) -> tuple[str, dict]:
    html = path.read_text(encoding="utf-8")
    found = re.search(r'<script type="application/json" id="data">(.*?)</script>', html, re.S)
    assert found
    return html, json.loads(found.group(1))


@pytest.mark.parametrize("compared", [False, True])
def test_page_says_what_the_assessment_says(standing: np.ndarray, tmp_path: Path, compared: bool) -> None:
    person, reference = waving(standing, 1.0), waving(standing, 1.6)
    assessment = assess_person(person, 1, reference if compared else None)
    html, data = page_of(write_assessment(tmp_path / "assessment.html", person, assessment, "Waving <1>"))
    assert "Waving &lt;1&gt;" in html and "4 repetitions" in html
    assert all(name in html for name in assessment.measures)
    assert "nan" not in html.replace("isnan", "").lower().split("<script")[0]
    assert ("Comparison with the reference" in html) == compared
    assert len(data["people"]) == 1 + compared
    words = {False: "expected error", True: "deviation from the reference"}
    assert data["colorWords"] == words[compared]


def test_what_the_run_warned_of_stays_known(standing: np.ndarray, tmp_path: Path) -> None:
    person = waving(standing, 1.0)
    person = replace(person, meta={"warnings": ["Body height unknown."], "repair": ["feet held"]})
    html, _ = page_of(write_assessment(tmp_path / "a.html", person, assess_person(person, 1), ""))
    assert "<li>Body height unknown.</li><li>feet held</li>" in html


def test_colours_are_the_deviations_and_the_reference_lies_on_the_person(
    standing: np.ndarray, tmp_path: Path
) -> None:
    person, reference = waving(standing, 1.0), waving(standing, 1.6)
    assessment = assess_person(person, 1, reference)
    _, data = page_of(write_assessment(tmp_path / "assessment.html", person, assessment, ""))
    own, ghost = data["people"]
    shown_mm = unpack(own["errorMm"], 1).reshape(-1, 17)
    assert np.nanargmax(np.nanmean(shown_mm, 0)) == WRIST
    assert np.isnan(unpack(ghost["errorMm"], 1)).all()
    joints = [unpack(one["jointsMm"], 1).reshape(-1, 17, 3) for one in (own, ghost)]
    apart_mm = np.linalg.norm(joints[0][26:34] - joints[1][26:34], axis=-1).max(0)  # the hand is up
    assert 3 * np.median(apart_mm) < apart_mm[WRIST] == pytest.approx(2 * 550 * np.sin(0.3), rel=0.25)


def judged(exercise: str) -> JudgedExercise:
    good = JudgedRepetition(0.0, 2.0, 80.0, 0.9, ("a trifle",))
    bad = JudgedRepetition(
        2.0, 4.0, 3.0, 0.2, ("knee flexion ranges over 60° (correct ones: 102 to 129°)", "<b>")
    )
    return JudgedExercise(exercise, (good, bad))


def test_a_judged_exercise_is_a_table_that_moves_the_player(standing: np.ndarray, tmp_path: Path) -> None:
    person, exercise = waving(standing, 1.0), judged("deep squat")
    assessment = assess_person(person, 1, exercise=exercise)
    html, _ = page_of(write_assessment(tmp_path / "assessment.html", person, assessment, ""))
    table = html.partition('id="exercise-heading"')[2].partition("</section>")[0]
    first, second = re.findall(r"<tr><th scope=\"row\">.*?</tr>", table)
    assert 'data-seek="0.000"' in first and 'data-seek="2.000"' in second
    assert ">correct</span>" in first and "<b>80</b>" in first and "90%" in first and "trifle" not in first
    assert ">incorrect</span>" in second and "knee flexion" in second and "&lt;b&gt;" in second
    assert (
        html.count("Deep squat: 1 of 2 repetitions likely correct") == 2
    )  # a finding, and the section's lead
    assert assessment.as_json()["exercise"]["repetitions"][1]["score"] == 3.0
    assert assessment.findings[-1].startswith("Repetition 2 (at 2.0 s)")


def test_a_known_exercise_is_ranked_among_other_people(standing: np.ndarray) -> None:
    reference = waving(standing, 1.6)
    alone, known, unknown = (
        assess_person(waving(standing, 1.0), 1, reference, exercise).comparison
        for exercise in (None, judged("shoulder abduction"), judged("waving"))
    )
    assert alone is not None and known is not None and unknown is not None
    assert known.scale.source == "correct repetitions of the shoulder abduction"
    assert unknown.scale.source == alone.scale.source != known.scale.source
