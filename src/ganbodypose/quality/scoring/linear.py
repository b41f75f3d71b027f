"""Linear scorers of features, fitted by logistic regression.

A scorer looks at how far every feature is from that of correct repetitions, with its sign and without: z and
|z| - 1, in standard deviations. Features weigh the more, the more consistently the two classes differ within
people and the less people differ from each other. Score > 0: correct.
"""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from scipy.optimize import minimize, minimize_scalar
from scipy.special import expit

_FARTHEST = 4.0  # standard deviations
_OF_ALL = 0.4  # share of the spread of all repetitions in the standard deviation of the correct ones
_SPREAD_FLOOR = 0.1
_PENALTY = 0.5


@dataclass(frozen=True)
class LinearScorer:
    """`centre` and `scale` [F] of correct repetitions; `slopes` [2F] of z, then of |z| - 1; `offset`."""

    centre: np.ndarray
    scale: np.ndarray
    slopes: np.ndarray
    offset: float

    def score(self, features: np.ndarray) -> np.ndarray:
        """features [n,F] -> [n], positive where correct; missing features count as those of correct ones."""
        return _expanded(self.deviations(features)) @ self.slopes + self.offset

    def deviations(self, features: np.ndarray) -> np.ndarray:
        """z [n,F] within +-4; 0 where missing."""
        return np.clip(np.nan_to_num((features - self.centre) / self.scale), -_FARTHEST, _FARTHEST)

    def contributions(self, features: np.ndarray) -> np.ndarray:
        """What every feature adds to the score [n,F], compared with a repetition like the mean correct one."""
        z = self.deviations(features)
        signed, unsigned = np.split(self.slopes, 2)
        return z * signed + np.abs(z) * unsigned


def fit_scorer(
    features: np.ndarray, good: np.ndarray, person: np.ndarray, centre: np.ndarray | None = None
) -> LinearScorer:
    """From features [n,F], labels [n] and persons [n]. `centre`: instead of the mean of correct repetitions.

    Without bad repetitions the score falls with the size of the deviations and has no natural zero.
    """
    centre = np.nan_to_num(_nan_mean(features[good])) if centre is None else centre
    spread = _nan_mean((features[good] - _nan_mean(features[good])) ** 2)
    spread_of_all = _nan_mean((features - _nan_mean(features)) ** 2)
    scale = np.sqrt(np.nan_to_num(spread + _OF_ALL**2 * spread_of_all)) + 1e-6
    blank = LinearScorer(centre, scale, np.zeros(2 * features.shape[1]), 0.0)
    expanded = _expanded(blank.deviations(features))
    weights = _weights(expanded, good, person)
    if good.all():
        deviating = np.arange(len(weights)) >= features.shape[1]
        slopes = -np.where(deviating, weights, 0) / weights[deviating].sum()
        return LinearScorer(centre, scale, slopes, 0.0)
    slopes, offset = logistic_regression(expanded * weights, good, _PENALTY)
    return LinearScorer(centre, scale, slopes * weights, offset)


def _expanded(z: np.ndarray) -> np.ndarray:
    return np.hstack([z, np.abs(z) - 1])


def _nan_mean(values: np.ndarray) -> np.ndarray:
    """Mean over the rows that are known; NaN where none is."""
    known = np.isfinite(values)
    sums = np.where(known, values, 0).sum(0)
    return np.divide(sums, known.sum(0), out=np.full(sums.shape, np.nan), where=known.any(0))


def _weights(expanded: np.ndarray, good: np.ndarray, person: np.ndarray) -> np.ndarray:
    """[2F]: root of the mean difference between the classes within people over the spread between people."""
    people = np.unique(person)
    means = [
        np.array(
            [expanded[rows].mean(0) if rows.any() else np.full(expanded.shape[1], np.nan) for rows in of]
        )
        for of in ([(person == p) & (good == label) for p in people] for label in (True, False))
    ]
    between = np.concatenate([m - _nan_mean(m) for m in means])
    spread = np.sqrt(np.nan_to_num(_nan_mean(between**2)) + _SPREAD_FLOOR)
    difference = _nan_mean(means[0] - means[1])
    if not np.isfinite(difference).all():  # nobody did both: compare the classes as a whole
        difference = _nan_mean(means[0]) - _nan_mean(means[1])
    if not np.isfinite(difference).all():  # nothing bad at all
        return 1 / spread
    return np.sqrt(np.abs(difference) / spread)


def logistic_regression(inputs: np.ndarray, positive: np.ndarray, penalty: float) -> tuple[np.ndarray, float]:
    """Slopes [F] and offset that minimise the mean log-loss, both classes weighing the same, plus
    penalty / 2 * |slopes|^2."""
    sign = np.where(positive, 1.0, -1.0)
    share = np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum())

    def loss(parameters: np.ndarray) -> tuple[float, np.ndarray]:
        slopes, offset = parameters[:-1], parameters[-1]
        margin = sign * (inputs @ slopes + offset)
        push = -share * sign * expit(-margin)
        value = share @ np.logaddexp(0, -margin) + penalty / 2 * slopes @ slopes
        return value, np.append(inputs.T @ push + penalty * slopes, push.sum())

    found = minimize(loss, np.zeros(inputs.shape[1] + 1), jac=True, method="L-BFGS-B")
    return found.x[:-1], float(found.x[-1])


def logistic_slope(scores: np.ndarray, positive: np.ndarray) -> float:
    """The slope a in [0,1] for which expit(a * scores) fits the labels [n] best, both classes weighing the same.

    At most 1: people who happen to be told apart easily are no reason for more confidence than was fitted.
    """
    sign = np.where(positive, 1.0, -1.0)
    share = np.where(positive, 0.5 / positive.sum(), 0.5 / (~positive).sum())
    loss = lambda slope: share @ np.logaddexp(0, -slope * sign * scores)  # noqa: E731
    return float(minimize_scalar(loss, bounds=(0, 1), method="bounded").x)
