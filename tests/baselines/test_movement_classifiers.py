"""The small classifiers of movement learn what is plain to see."""

from __future__ import annotations

import numpy as np
import pytest

from ganbodypose.baselines.movement_classifiers import (
    CLASSIFIERS,
    FRAMES,
    probability_of_correct,
    sampled,
    train_classifier,
)


def _motions(count: int, seed: int) -> tuple[list[np.ndarray], np.ndarray]:
    """Motions of different lengths; in good ones, one joint moves twice as far."""
    rng = np.random.default_rng(seed)
    good = np.arange(count) % 2 == 0
    motions = []
    for right in good:
        motion = rng.normal(0, 0.02, (int(rng.integers(30, 60)), 17, 3))
        motion[:, 6, 2] += (0.8 if right else 0.4) * np.sin(np.linspace(0, np.pi, len(motion)))
        motions.append(sampled(motion))
    return motions, good


@pytest.mark.parametrize("name", CLASSIFIERS)
def test_a_plain_difference_is_learned(name: str) -> None:
    trained = train_classifier(name, *_motions(150, seed=0))
    motions, good = _motions(40, seed=1)
    probability = probability_of_correct(trained, motions)
    assert probability.shape == (40,)
    assert ((probability > 0.5) == good).mean() > 0.9


def test_sampling_keeps_the_ends_and_fills_what_is_missing() -> None:
    motion = np.linspace(0, 1, 50)[:, None, None] * np.ones((50, 17, 3))
    motion[:, 3] = np.nan
    found = sampled(motion)
    assert found.shape == (FRAMES, 17, 3)
    np.testing.assert_allclose(found[[0, -1], 0, 0], [0, 1])
    assert (found[:, 3] == 0).all()
