"""How far correct repetitions are from another person's: the scale of `quality.comparison.score`.

    python benchmarks/correct_repetitions.py --data DATA [--write]

UI-PRMD, Vicon. References are the most typical correct repetition of each person of 1 to 7, compared are all correct
repetitions of the others among them. With --write the percentiles become the package's table. Then, with that scale,
the scores of subjects 8 to 10 against those references: correct repetitions should be uniform over 0 to 100, and the
AUC says how well the score tells them from the incorrect ones.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from pathlib import Path

import numpy as np

from ganbodypose.core import Clip
from ganbodypose.datasets.mocap import read_mocap
from ganbodypose.datasets.uiprmd import MOVEMENTS
from ganbodypose.metrics.ranking import roc_auc
from ganbodypose.quality import comparison
from ganbodypose.quality.comparison.compare import most_typical
from ganbodypose.quality.comparison.deviation import deviation
from ganbodypose.quality.comparison.score import Scale

SCALE_SUBJECTS = range(1, 8)
TABLE = Path(comparison.__file__).parent / "correct_repetitions.json"
_TYPICAL_OF = 5  # repetitions of a person

Piece = tuple[np.ndarray, np.ndarray]


def piece(clip: Clip) -> Piece:
    return clip.joints_m.astype(np.float64), np.arange(len(clip.joints_m)) / clip.fps


def recordings(data: Path) -> dict[int, dict[tuple[int, bool], list[Piece]]]:
    """By movement, then by person and whether correct."""
    found: dict[int, dict[tuple[int, bool], list[Piece]]] = defaultdict(lambda: defaultdict(list))
    for clip in read_mocap(data / "mocap" / "uiprmd_vicon.npz"):
        movement, subject, _, label = clip.name.split("_")[:4]
        if len(clip.joints_m) > 5:
            found[int(movement[1:])][int(subject[1:]), label == "cor"].append(piece(clip))
    return found


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--write", action="store_true")
    arguments = parser.parse_args()
    table = {}
    for movement, people in sorted(recordings(arguments.data).items()):
        references = {
            s: most_typical(reps[:_TYPICAL_OF])[0]
            for (s, correct), reps in people.items()
            if correct and s in SCALE_SUBJECTS
        }
        of_scale = [
            deviation(*rep, *reference).mean_m
            for s, reference in references.items()
            for (other, correct), reps in people.items()
            if correct and other in references and other != s
            for rep in reps[::2]
        ]
        percentiles = np.percentile(of_scale, np.arange(101))
        table[MOVEMENTS[movement]] = (1000 * percentiles).round(1).tolist()
        _judge(MOVEMENTS[movement], Scale(percentiles, ""), people, list(references.values()))
    if arguments.write:
        TABLE.write_text(json.dumps({"deviation_mm": table}) + "\n", encoding="utf-8")


def _judge(
    name: str, scale: Scale, people: dict[tuple[int, bool], list[Piece]], references: list[Piece]
) -> None:
    """Scores of people who are not in the scale, against its references."""
    scores, labels = [], []
    for (subject, correct), reps in people.items():
        if subject not in SCALE_SUBJECTS:
            for rep in reps[::3]:
                scores.append(np.median([scale.score(deviation(*rep, *r).mean_m) for r in references[::2]]))
                labels.append(correct)
    good = np.array(labels)
    means = [np.mean(np.array(scores)[rows]) for rows in (good, ~good)]
    auc = roc_auc(np.array(scores), good)
    print(f"{name:38} correct {means[0]:3.0f}, incorrect {means[1]:3.0f} of 100, AUC {auc:.2f}", flush=True)


if __name__ == "__main__":
    main()
