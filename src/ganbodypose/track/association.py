"""Who is who: the assignment of sightings to people with the least total cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from scipy.optimize import linear_sum_assignment

from ganbodypose.track.person import HIDDEN_COST, MAX_MISFIT, NEWCOMER_COST, Person, Sighting

MAX_COST = MAX_MISFIT + HIDDEN_COST + NEWCOMER_COST  # of who may be somebody


def assign(
    people: Sequence[Person], sightings: Sequence[Sighting], now_s: float
) -> dict[int, tuple[int, float]]:
    """{index of person: (index of sighting, cost)}, one to one; who fits nobody is left out."""
    if not people or not sightings:
        return {}
    costs = np.array([[person.cost(sighting, now_s) for sighting in sightings] for person in people])
    rows, columns = _least_total(np.minimum(costs, MAX_COST))
    return {
        int(r): (int(c), float(costs[r, c]))
        for r, c in zip(rows, columns, strict=True)
        if costs[r, c] < MAX_COST
    }


def _least_total(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns. SciPy is imported above and not here: it would hold up a live stream by ten pictures."""
    if costs.size == 1:
        return np.zeros(1, int), np.zeros(1, int)
    return linear_sum_assignment(costs)
