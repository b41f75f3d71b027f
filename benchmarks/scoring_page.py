"""The page that `uiprmd_scoring.py` writes."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping
from typing import Any

OWN = "ours, knowing 3 good repetitions of the person"
SENSORS = ("Vicon", "Kinect")
_HEAD = """# Movement scoring

Made by `python benchmarks/uiprmd_scoring.py` from UI-PRMD: ten rehabilitation movements, ten people, correct and
acted incorrect repetitions; 1857 by Vicon (as many as have all joints), 2000 by Kinect v2.

**Question**: is this repetition correct? **Protocol**: leave one person out, a model for each movement; nobody is
ever in both training and test, and sides, scales, weights and calibration are learned anew in every fold. All
methods see the same repetitions in the same folds, turned to face forward and relative to the pelvis.
Accuracy is the share of a movement's repetitions told rightly at probability 0.5, averaged over the ten movements;
ROC AUC likewise. The interval is a 95 % bootstrap over the ten people.

The features and the few constants of our scorer were chosen by leave-one-person-out among subjects 1 to 6 alone;
the column *subjects 7-10* is the accuracy on people whom no choice has seen. {looks}
"""
_MEANING = """
*{own}* is another question and not comparable with the rows above it: the first three good repetitions of the
person tested are given, labelled, and not counted. It shows what a therapist gains who records a few good
repetitions first (`ganbodypose assess --own`). No method knows how many repetitions of a person are correct.

*Our network's features*: the published `live` network's feature map X of the motion, seen as by a depth sensor in
front of the person, mean and spread over time (`benchmarks/network_features.py`); it was trained on motion of subjects
1 to 7 (Vicon), never on whether a repetition is correct.

Not done: using the unlabelled repetitions of the person tested. On subjects 1 to 6, smoothing the scores over
similar repetitions or clusters of them made things worse, and centring each person's scores assumes that every
person does about half of them wrong.
"""


def page(table: Mapping[str, Mapping[str, Any]], looks: str) -> str:
    """scoring.md from scores by method and sensor; `looks` says how often the outer result was looked at."""
    parts = [_HEAD.format(looks=looks), *_overall(table), _MEANING.format(own=OWN)]
    for sensor in SENSORS:
        parts += _by_movement(table, sensor)
    return "\n".join(parts) + "\n"


def _overall(table: Mapping[str, Mapping[str, Any]]) -> list[str]:
    sub = "accuracy (95 % interval) | AUC | subjects 7-10"
    lines = [f"| | {' | '.join(f'{sensor}: {sub}' for sensor in SENSORS)} |", "|---" * 7 + "|"]
    for method, by_sensor in table.items():
        cells = [_cells(by_sensor[sensor]) if sensor in by_sensor else "– | – | –" for sensor in SENSORS]
        lines.append(f"| {method} | {' | '.join(cells)} |")
    return lines


def _cells(scores: Mapping[str, Any]) -> str:
    low, high = scores["interval_95"]
    return (
        f"{scores['accuracy']:.3f} ({low:.3f}-{high:.3f}) | {scores['auc']:.3f} | "
        f"{scores['accuracy_people_not_designed_on']:.3f}"
    )


def _by_movement(table: Mapping[str, Mapping[str, Any]], sensor: str) -> list[str]:
    measured = {method: by_sensor[sensor] for method, by_sensor in table.items() if sensor in by_sensor}
    movements, people = (next(iter(measured.values()))[by] for by in ("by_movement", "by_person"))
    return [
        *("", f"## {sensor}: accuracy / AUC by movement", ""),
        *_rows(movements, measured, lambda scores: [_pair(m) for m in scores["by_movement"].values()]),
        *("", f"By person, accuracy ({sensor}):", ""),
        *_rows(people, measured, lambda scores: [f"{share:.2f}" for share in scores["by_person"].values()]),
    ]


def _rows(
    head: Iterable[str], measured: Mapping[str, Any], cells: Callable[[Mapping[str, Any]], list[str]]
) -> list[str]:
    titles = [*head]
    lines = [f"| | {' | '.join(titles)} |", "|---" * (len(titles) + 1) + "|"]
    return lines + [f"| {method} | {' | '.join(cells(scores))} |" for method, scores in measured.items()]


def _pair(scores: Mapping[str, float]) -> str:
    return f"{scores['accuracy']:.2f} / {scores['auc']:.2f}"
