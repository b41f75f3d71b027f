"""Correct or incorrect on UI-PRMD, leave one subject out: our scorer and what it is compared with, same folds.

    python benchmarks/uiprmd_scoring.py --data DATA [--work FOLDER] [--only METHOD...] [--out docs]

DATA holds mocap/uiprmd_vicon.npz and uiprmd/uiprmd_kinect17_30hz.npz. Every method's probabilities are kept in
--work, so that a run can be continued; scoring.md and scoring.json are written from all that is there. Needs
scikit-learn and torch. All of it takes about a quarter of an hour of one CPU core, most of it the two networks.
"""

from __future__ import annotations

import argparse
import json
import os
import time
from collections.abc import Callable, Mapping
from dataclasses import dataclass
from functools import cached_property
from pathlib import Path
from typing import Any

import numpy as np
import torch
from scipy.special import expit
from sklearn.ensemble import RandomForestClassifier

from ganbodypose.baselines.movement_classifiers import (
    CLASSIFIERS,
    probability_of_correct,
    sampled,
    train_classifier,
)
from ganbodypose.datasets.uiprmd import MOVEMENTS, read_uiprmd, read_uiprmd_vicon
from ganbodypose.metrics.ranking import roc_auc
from ganbodypose.quality.scoring.canonical import ActiveSide, mirrored
from ganbodypose.quality.scoring.crossvalidation import cross_validate
from ganbodypose.quality.scoring.features import Repetition
from ganbodypose.quality.scoring.linear import fit_scorer
from ganbodypose.quality.scoring.model import Example
from ganbodypose.quality.scoring.validation import interval_over_people, leave_one_person_out, share_correct
from ganbodypose.skeletons import H36M_17
from network_features import network_features
from scoring_page import OWN, SENSORS, page

FOREST_SAMPLES = 32
TREES = 150
DESIGN_PEOPLE = tuple(f"{number:02}" for number in range(1, 7))


@dataclass(frozen=True, kw_only=True)
class Recorded(Example):
    """An example with its joints [T,17,3] m as they were recorded."""

    joints_m: np.ndarray

    @cached_property
    def by_network(self) -> tuple[np.ndarray, np.ndarray]:
        """What the lifting network makes of the motion, and of its mirror image."""
        motion = self.repetition.motion
        return network_features(motion), network_features(mirrored(motion))


Predict = Callable[[list[Recorded], list[Recorded]], np.ndarray]


def load(data: Path) -> dict[str, dict[int, list[Recorded]]]:
    """Examples by sensor and movement."""
    sources = {
        "Vicon": read_uiprmd_vicon(data / "mocap" / "uiprmd_vicon.npz"),
        "Kinect": read_uiprmd(data / "uiprmd" / "uiprmd_kinect17_30hz.npz"),
    }
    found: dict[str, dict[int, list[Recorded]]] = {s: {m: [] for m in MOVEMENTS} for s in sources}
    for sensor, repetitions in sources.items():
        for one in repetitions:
            clip = one.clip
            times = np.arange(len(clip.joints_m)) / clip.fps
            repetition = Repetition.of(clip.joints_m.astype(float), times)
            found[sensor][one.movement].append(
                Recorded(repetition, one.correct, f"{one.subject:02}", sensor, joints_m=clip.joints_m)
            )
    return found


def forest_on_joints(train: list[Recorded], test: list[Recorded]) -> np.ndarray:
    """32 time samples of pelvis-relative joints in metres, turned so that the hip line lies across."""
    inputs = [np.array([_facing_samples(e.joints_m) for e in of]) for of in (train, test)]
    return _forest(inputs[0], train, inputs[1])


def _facing_samples(joints_m: np.ndarray) -> np.ndarray:
    left_hip, right_hip = H36M_17.indices("left_hip", "right_hip")
    x, y, _ = (joints_m[:, left_hip] - joints_m[:, right_hip]).mean(0)
    cosine, sine = np.array([y, x]) / np.hypot(x, y)
    facing = np.array([[cosine, -sine, 0], [sine, cosine, 0], [0, 0, 1]])
    return sampled((joints_m - joints_m[:, :1]) @ facing.T, FOREST_SAMPLES).ravel()


def forest_on_features(train: list[Recorded], test: list[Recorded]) -> np.ndarray:
    """The features of our scorer."""
    side = _side(train)
    return _forest(_named(train, side), train, _named(test, side))


def forest_on_network(train: list[Recorded], test: list[Recorded]) -> np.ndarray:
    """The lifting network's features."""
    side = _side(train)
    return _forest(_by_network(train, side), train, _by_network(test, side))


def ours_on_network(train: list[Recorded], test: list[Recorded]) -> np.ndarray:
    """Our scorer on the lifting network's features."""
    side = _side(train)
    return _linear(_by_network(train, side), train, _by_network(test, side))


def ours_on_both(train: list[Recorded], test: list[Recorded]) -> np.ndarray:
    """Our scorer on its own and the lifting network's features together."""
    side = _side(train)
    both = [np.hstack([_named(of, side), _by_network(of, side)]) for of in (train, test)]
    return _linear(both[0], train, both[1])


def _side(train: list[Recorded]) -> ActiveSide:
    return ActiveSide.learn([e.repetition.motion for e in train])


def _named(examples: list[Recorded], side: ActiveSide) -> np.ndarray:
    return np.nan_to_num([list(e.repetition.described(side).values()) for e in examples])


def _by_network(examples: list[Recorded], side: ActiveSide) -> np.ndarray:
    return np.array([e.by_network[int(side.is_other(e.repetition.motion))] for e in examples])


def _linear(inputs: np.ndarray, train: list[Recorded], test_inputs: np.ndarray) -> np.ndarray:
    good, person = np.array([e.good for e in train]), np.array([e.person for e in train])
    return expit(fit_scorer(inputs, good, person).score(test_inputs))


def _forest(inputs: np.ndarray, train: list[Recorded], test_inputs: np.ndarray) -> np.ndarray:
    forest = RandomForestClassifier(TREES, random_state=0).fit(inputs, [e.good for e in train])
    return forest.predict_proba(test_inputs)[:, 1]


def network(name: str) -> Predict:
    def predict(train: list[Recorded], test: list[Recorded]) -> np.ndarray:
        motions = [[sampled(e.repetition.motion) for e in of] for of in (train, test)]
        trained = train_classifier(name, motions[0], np.array([e.good for e in train]))
        return probability_of_correct(trained, motions[1])

    return predict


COMPARED: dict[str, Predict] = {
    "random forest, 32 time samples": forest_on_joints,
    **{name: network(name) for name in CLASSIFIERS},
    "random forest, our features": forest_on_features,
    "random forest, our network's features": forest_on_network,
    "ours on our network's features": ours_on_network,
    "ours on its own features and the network's": ours_on_both,
}
OURS = "ours"
LOOKS = "The outer result was looked at once, after all choices."
METHODS = (*COMPARED, OURS)


def probabilities(method: str, examples: list[Recorded]) -> dict[str, list[float]]:
    """Out-of-fold probabilities [n] of one movement's examples by variant of the method; NaN: not judged."""
    if method == OURS:
        result = cross_validate("movement", examples)
        return {OURS: result.probability.tolist(), OWN: result.probability_knowing_own.tolist()}
    answer = np.full(len(examples), np.nan)
    for fold in leave_one_person_out(np.array([e.person for e in examples])):
        train, test = ([examples[i] for i in np.flatnonzero(rows)] for rows in (fold.train, fold.test))
        answer[fold.test] = COMPARED[method](train, test)
    return {method: answer.tolist()}


def scores(answers: Mapping[int, tuple[np.ndarray, np.ndarray, np.ndarray]]) -> dict[str, Any]:
    """From (probability, good, person) of each movement: means over the movements, and by movement."""
    by_movement: dict[str, dict[str, float]] = {}
    by_person: dict[str, list[float]] = {}
    for movement, columns in answers.items():
        known = np.isfinite(columns[0])
        probability, good, person = (column[known] for column in columns)
        accuracy = float(np.mean((probability > 0.5) == good))
        by_movement[MOVEMENTS[movement]] = {"accuracy": accuracy, "auc": roc_auc(probability, good)}
        for one, share in share_correct(probability > 0.5, good, person).items():
            by_person.setdefault(one, []).append(share)
    people = {one: float(np.mean(shares)) for one, shares in sorted(by_person.items())}
    unseen = [share for one, share in people.items() if one not in DESIGN_PEOPLE]
    return {
        "accuracy": float(np.mean([m["accuracy"] for m in by_movement.values()])),
        "interval_95": interval_over_people(np.array(list(people.values()))),
        "auc": float(np.mean([m["auc"] for m in by_movement.values()])),
        "accuracy_people_not_designed_on": float(np.mean(unseen)),
        "by_movement": by_movement,
        "by_person": people,
    }


def main() -> None:
    options = _parse()
    torch.set_num_threads(1)
    options.work.mkdir(parents=True, exist_ok=True)
    examples = load(options.data)
    for method in options.only or METHODS:
        for sensor in options.sensors:
            _compute(method, sensor, examples[sensor], _kept(options.work, sensor, method))
    table = _table(examples, options.work)
    (options.out / "scoring.json").write_text(json.dumps(table, indent=1) + "\n")
    (options.out / "scoring.md").write_text(page(table, LOOKS))


def _kept(work: Path, sensor: str, method: str) -> Path:
    return work / f"{sensor}-{method}.json"


def _compute(method: str, sensor: str, examples: dict[int, list[Recorded]], kept: Path) -> None:
    """Probabilities by variant, one list per movement, into the file `kept` unless it is there."""
    if kept.exists():
        return
    started = time.process_time()
    found = [probabilities(method, of_movement) for of_movement in examples.values()]
    print(f"{sensor}, {method}: {time.process_time() - started:.0f} s of CPU time", flush=True)
    kept.write_text(json.dumps({variant: [one[variant] for one in found] for variant in found[0]}))


def _table(examples: dict[str, dict[int, list[Recorded]]], work: Path) -> dict[str, dict[str, Any]]:
    """Scores by method and sensor, of what is kept."""
    table: dict[str, dict[str, Any]] = {}
    for method in METHODS:
        for sensor, of_sensor in examples.items():
            if (kept := _kept(work, sensor, method)).exists():
                for variant, answers in json.loads(kept.read_text()).items():
                    table.setdefault(variant, {})[sensor] = scores(_with_labels(answers, of_sensor))
    return table


def _with_labels(
    answers: list[list[float]], examples: dict[int, list[Recorded]]
) -> dict[int, tuple[np.ndarray, np.ndarray, np.ndarray]]:
    return {
        movement: (np.array(answer), np.array([e.good for e in of]), np.array([e.person for e in of]))
        for (movement, of), answer in zip(examples.items(), answers, strict=True)
    }


def _parse() -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--work", type=Path, default=Path("runs/uiprmd_scoring"))
    parser.add_argument("--only", nargs="+", choices=METHODS, help="of what is missing, compute these alone")
    parser.add_argument("--sensors", nargs="+", choices=SENSORS, default=SENSORS, help="of these alone")
    parser.add_argument("--out", type=Path, default=Path("docs"))
    options = parser.parse_args()
    if options.data is None:
        parser.error("give --data, or set GANBODYPOSE_DATA")
    return options


if __name__ == "__main__":
    main()
