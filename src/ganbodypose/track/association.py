"""Who is who: the assignment of sightings to people with the least total cost."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np

from ganbodypose.track.person import HIDDEN_COST, MAX_MISFIT, NEWCOMER_COST, Person, Sighting

MAX_COST = MAX_MISFIT + HIDDEN_COST + NEWCOMER_COST  # of who may be somebody


def assign(
    people: Sequence[Person], sightings: Sequence[Sighting], now_s: float
) -> dict[int, tuple[int, float]]:
    """{index of person: (index of sighting, cost)}, one to one; who fits nobody is left out."""
    if not people or not sightings:
        return {}
    costs = np.array([[person.cost(sighting, now_s) for sighting in sightings] for person in people])
    rows, columns = least_total(np.minimum(costs, MAX_COST))
    return {
        int(r): (int(c), float(costs[r, c]))
        for r, c in zip(rows, columns, strict=True)
        if costs[r, c] < MAX_COST
    }


def least_total(costs: np.ndarray) -> tuple[np.ndarray, np.ndarray]:
    """Rows and columns of finite costs [R,C], one to one, min(R,C) of them, with the least sum.

    Shortest augmenting paths (Jonker and Volgenant 1987), as `scipy.optimize.linear_sum_assignment` has them. That
    takes a third of a second to import, a quarter of what passes before the first result of a live stream.
    """
    if costs.shape[0] > costs.shape[1]:
        columns, rows = least_total(costs.T)
        return rows, columns
    row_price, column_price = np.zeros(costs.shape[0]), np.zeros(costs.shape[1])
    row_of = np.full(costs.shape[1], -1)
    for row in range(costs.shape[0]):
        _augment(row, costs, row_price, column_price, row_of)
    columns = np.flatnonzero(row_of >= 0)
    return row_of[columns], columns


def _augment(
    row: int, costs: np.ndarray, row_price: np.ndarray, column_price: np.ndarray, row_of: np.ndarray
) -> None:
    """Give `row` a column along the cheapest path to a free one, moving other rows where that is worth it; updates
    the prices and row_of."""
    reached_from, distance = np.full(len(row_of), -1), np.full(len(row_of), np.inf)
    done, rows, path_length, column = np.zeros(len(row_of), bool), [row], 0.0, -1
    while True:
        through = path_length + costs[rows[-1]] - row_price[rows[-1]] - column_price
        nearer = ~done & (through < distance)
        distance[nearer], reached_from[nearer] = through[nearer], column
        column = int(np.argmin(np.where(done, np.inf, distance)))
        path_length = float(distance[column])
        if row_of[column] < 0:
            break
        done[column] = True
        rows.append(int(row_of[column]))
    row_price[row] += path_length
    row_price[row_of[done]] += path_length - distance[done]
    column_price[done] -= path_length - distance[done]
    while column >= 0:
        before = reached_from[column]
        row_of[column] = row if before < 0 else row_of[before]
        column = before
