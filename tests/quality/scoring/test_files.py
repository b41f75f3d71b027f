"""Models in files: what is written is read, and nothing else is."""

from __future__ import annotations

from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.quality.scoring.files import load_model, open_model, save_model
from ganbodypose.quality.scoring.model import Example, fit


def test_a_model_judges_the_same_after_a_round_trip(squats: list[Example], tmp_path: Path) -> None:
    model = fit("squat", squats, {"persons": 4})
    again = load_model(save_model(tmp_path / "squat.npz", model))
    assert (again.exercise, again.features, dict(again.facts)) == ("squat", model.features, {"persons": 4})
    own = [example.repetition for example in squats[:3]]
    for example in squats[::5]:
        for known in ((), own):
            before, after = (m.judge(example.repetition, known) for m in (model, again))
            assert after.probability == pytest.approx(before.probability, abs=1e-4)
            assert after.score == pytest.approx(before.score, abs=5)


def test_a_model_of_good_ones_alone_can_be_kept(squats: list[Example], tmp_path: Path) -> None:
    model = fit("squat", [example for example in squats if example.good])
    again = load_model(save_model(tmp_path / "squat.npz", model))
    assert again.personal is None
    assert np.isnan(again.judge(squats[0].repetition).probability)


def test_what_is_no_model_is_told(squats: list[Example], tmp_path: Path) -> None:
    path = tmp_path / "model.npz"
    np.savez(path, something=np.zeros(3))
    with pytest.raises(UserError, match="no movement model"):
        load_model(path)
    path.write_bytes(save_model(tmp_path / "whole.npz", fit("squat", squats)).read_bytes()[:3000])
    with pytest.raises(UserError, match="or it is damaged"):
        load_model(path)
    with pytest.raises(UserError, match="does not exist"):
        load_model(tmp_path / "none.npz")
    with pytest.raises(UserError, match="no exercise 'juggling'"):
        open_model("juggling")


def test_damaged_numbers_and_pickles_are_refused(squats: list[Example], tmp_path: Path) -> None:
    whole = save_model(tmp_path / "whole.npz", fit("squat", squats))
    with np.load(whole) as archive:
        arrays = dict(archive)
    for key, wrong in {
        "general_slopes": arrays["general_slopes"][:-1],
        "general_scale": np.full_like(arrays["general_scale"], np.nan),
        "exercise": np.array({"a": 1}, dtype=object),
    }.items():
        path = tmp_path / "wrong.npz"
        np.savez(path, **{**arrays, key: wrong})
        with pytest.raises(UserError, match="no movement model, or it is damaged"):
            load_model(path)
