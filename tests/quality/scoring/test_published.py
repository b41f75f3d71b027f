"""The movement models that come with the package."""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest

import ganbodypose
from ganbodypose.core import ModelCard
from ganbodypose.datasets.uiprmd import MOVEMENTS, read_uiprmd
from ganbodypose.io.checksum import sha256_of_file
from ganbodypose.quality.scoring.features import Repetition
from ganbodypose.quality.scoring.files import open_model, published_exercises

FOLDER = Path(ganbodypose.__file__).parent / "weights" / "movements"


def test_every_movement_has_its_model_and_the_card_describes_these_files() -> None:
    card = ModelCard(**json.loads((FOLDER / "card.json").read_text()))
    assert set(published_exercises()) == {movement.replace(" ", "-") for movement in MOVEMENTS.values()}
    for name in published_exercises():
        assert sha256_of_file(FOLDER / f"{name}.npz") == card.scores["sha256"][name]
        model = open_model(name)
        assert model.exercise == name.replace("-", " ").replace("internal external", "internal-external")
        assert model.facts["cross_validation"] == card.scores["cross_validation_by_person"][name]
        assert model.personal is not None


@pytest.mark.parametrize("spelling", ["deep squat", "Deep-Squat"])
def test_names_are_forgiving(spelling: str) -> None:
    assert open_model(spelling).exercise == "deep squat"


def test_a_recording_seen_in_training_is_judged_as_labelled(data_dir: Path) -> None:
    """That files, features and data fit together; how well strangers are judged is in docs/scoring.md."""
    model = open_model("hurdle step")
    right = []
    for one in read_uiprmd(data_dir / "uiprmd" / "uiprmd_kinect17_30hz.npz"):
        if one.movement == 2 and one.subject <= 2:
            joints = one.clip.joints_m.astype(float)
            judgement = model.judge(Repetition.of(joints, np.arange(len(joints)) / one.clip.fps))
            right.append((judgement.probability > 0.5) == one.correct)
    assert len(right) == 40
    assert np.mean(right) > 0.9
