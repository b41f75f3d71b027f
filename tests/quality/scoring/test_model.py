"""Fit, judge, explain, validate: on made-up squats of four people."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import replace

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.quality.scoring import crossvalidation
from ganbodypose.quality.scoring.crossvalidation import cross_validate
from ganbodypose.quality.scoring.explain import reasons
from ganbodypose.quality.scoring.features import Repetition
from ganbodypose.quality.scoring.model import Example, MovementModel, fit
from ganbodypose.quality.scoring.validation import Fold, interval_over_people, leave_one_person_out

Move = Callable[..., tuple[np.ndarray, np.ndarray]]


@pytest.fixture
def model(squats: list[Example]) -> MovementModel:
    return fit("squat", squats)


def test_a_stranger_is_judged(model: MovementModel, move: Move) -> None:
    good = model.judge(Repetition.of(*move(96, 20, yaw_deg=77, size=1.05)))
    bad = model.judge(Repetition.of(*move(58, 42, yaw_deg=77, size=1.05)))
    assert good.probability > 0.5 > bad.probability
    assert good.score > 10 > bad.score
    assert not good.mirrored


def test_the_score_is_a_percentile_among_correct_repetitions(
    model: MovementModel, squats: list[Example]
) -> None:
    scores = [model.judge(example.repetition).score for example in squats if example.good]
    assert min(scores) >= 0
    assert max(scores) <= 100
    reference = model.calibration.correct_scores
    assert len(reference) == 24
    assert model.calibration.percentile(np.array([reference[11]]))[0] == pytest.approx(50)


def test_reasons_say_what_was_wrong(model: MovementModel, move: Move) -> None:
    shallow = reasons(model, model.judge(Repetition.of(*move(58, 42))))
    assert 1 <= len(shallow) <= 3
    assert any(
        word in " ".join(shallow) for word in ("knee flexion", "trunk forward lean", "thigh", "pelvis")
    )
    assert all("correct ones:" in reason for reason in shallow)


def test_reasons_name_the_side_that_was_used(move: Move) -> None:
    examples = [
        Example(
            Repetition.of(*move(5, raise_deg=angle, side=side, noise_m=0.004, seed=angle)), angle > 70, person
        )
        for person, side in (("a", "right"), ("b", "right"), ("c", "left"))
        for angle in (50, 52, 54, 56, 86, 88, 90, 92)
    ]
    model = fit("arm raise", examples)
    for side, other in (("right", "left"), ("left", "right")):
        judgement = model.judge(Repetition.of(*move(5, raise_deg=50, side=side, noise_m=0.004)))
        told = " ".join(reasons(model, judgement))
        assert judgement.probability < 0.5
        assert f"{side} " in told
        assert f"{other} " not in told


def test_own_good_repetitions_move_the_yardstick(model: MovementModel, move: Move) -> None:
    """Someone whose good squats are less deep than anybody's: 82 degrees are good for them."""
    own = [Repetition.of(*move(82, 22, seed=k, noise_m=0.004)) for k in range(3)]
    another = Repetition.of(*move(82, 22, seed=7, noise_m=0.004))
    assert model.judge(another, own).personal
    assert model.judge(another, own).probability > model.judge(another).probability


def test_only_good_ones_give_a_score_but_no_probability(squats: list[Example], move: Move) -> None:
    model = fit("squat", [example for example in squats if example.good])
    good, bad = (model.judge(Repetition.of(*move(*angles, noise_m=0.004))) for angles in ((95, 20), (58, 42)))
    assert np.isnan(good.probability)
    assert good.score > bad.score == 0
    assert reasons(model, bad)
    assert model.personal is None


def test_one_person_is_enough_to_fit_and_too_few_repetitions_are_not(squats: list[Example]) -> None:
    one = [example for example in squats if example.person == "person0"]
    model = fit("squat", one)
    assert len(model.calibration.correct_scores) == 6
    assert model.judge(one[0].repetition).probability > 0.5 > model.judge(one[-1].repetition).probability
    with pytest.raises(UserError, match="at least 5 good repetitions, not 4"):
        fit("squat", one[2:])


def test_people_never_seen_are_told_apart(squats: list[Example]) -> None:
    summary = cross_validate("squat", squats).summary()
    unknown, own = summary["unknown_person"], summary["with_own_good_repetitions"]
    assert unknown["accuracy"] > 0.9
    assert unknown["roc_auc"] > 0.95
    assert list(unknown["by_person"]) == [f"person{k}" for k in range(4)]
    assert unknown["interval_95"][0] <= unknown["accuracy"] <= unknown["interval_95"][1]
    assert own["accuracy"] > 0.9


def test_nobody_is_in_both_training_and_test(squats: list[Example]) -> None:
    trained_on: list[set[str]] = []

    def spying(exercise: str, examples: Sequence[Example]) -> MovementModel:
        trained_on.append({example.person for example in examples})
        return fit(exercise, examples)

    cross_validate("squat", squats, spying)
    everybody = {example.person for example in squats}
    assert [everybody - people for people in trained_on] == [{person} for person in sorted(everybody)]


def test_a_split_that_leaks_is_refused(squats: list[Example], monkeypatch: pytest.MonkeyPatch) -> None:
    def by_repetition(person: np.ndarray) -> list[Fold]:
        third = np.arange(len(person)) % 3 == 0
        return [Fold(~third, third, person)]

    monkeypatch.setattr(crossvalidation, "leave_one_person_out", by_repetition)
    with pytest.raises(ValueError, match="in both training and test"):
        cross_validate("squat", squats)


def test_labels_of_the_tested_person_are_never_used(squats: list[Example]) -> None:
    """Were they, exchanging them would change how the person is judged."""
    exchanged = [
        replace(example, good=not example.good) if example.person == "person2" else example
        for example in squats
    ]
    theirs = np.array([example.person == "person2" for example in squats])
    before, after = (cross_validate("squat", of).probability for of in (squats, exchanged))
    np.testing.assert_array_equal(before[theirs], after[theirs])
    assert (before[~theirs] != after[~theirs]).any()


def test_folds_cover_everybody_once() -> None:
    person = np.array(["b", "a", "b", "c"])
    tests = np.array([fold.test for fold in leave_one_person_out(person)])
    np.testing.assert_array_equal(tests.sum(0), 1)
    assert len(tests) == 3


def test_the_interval_widens_with_differences_between_people() -> None:
    low, high = interval_over_people(np.array([0.5, 1.0] * 5))
    assert low < 0.7
    assert high > 0.8
    assert interval_over_people(np.full(10, 0.9)) == pytest.approx((0.9, 0.9))
