"""Are measures of movement right, and do their uncertainties hold? Rendered people seen by the real detector.

    python benchmarks/measure_accuracy.py --data DATA --fit          # writes quality/movement/measured.json
    python benchmarks/measure_accuracy.py --data DATA [--page docs/quality.md]

The measures of what the networks make of each clip, beside those of the true joints. `--fit` takes the validation
subjects; the table is of the test subjects.
"""

from __future__ import annotations

import argparse
import json
import os
from collections import defaultdict
from collections.abc import Iterator, Sequence
from dataclasses import dataclass
from pathlib import Path

import numpy as np

from doc_block import publish, table
from ganbodypose.geometry.camera import LEVEL_UP
from ganbodypose.io.atomic import replacing
from ganbodypose.lift.network import StepNetwork
from ganbodypose.lift.recording import lift
from ganbodypose.quality.movement.change import SURE
from ganbodypose.quality.movement.measure import Measure
from ganbodypose.quality.movement.measured import FACTORS, factors, kind_of
from ganbodypose.quality.movement.summary import summarize
from ganbodypose.report.blocks import sign_of
from ganbodypose.training.data import load_split
from root_trajectory import CAMERA, Clip, clips_of

MODELS = ("live", "studio")
LEAST_VALID = 0.8  # of a clip's frames
LEAST_CLIPS = 50
HEADS = ("true", "live: error", "±", "inside", "studio: error", "±", "inside")
MEANING = """
True: mean of the true values. Error: mean absolute error. ±: mean of what is told. Inside: the true value lies within
1.96 of that. Rendered people of the test subjects, clips of 1 to 2 s, `python benchmarks/measure_accuracy.py`.
"""


@dataclass(frozen=True)
class Seen:
    """One measure of one clip."""

    true: float
    found: Measure

    @property
    def error(self) -> float:
        return abs(self.found.value - self.true)

    @property
    def inside(self) -> bool:
        return self.error <= SURE * self.found.uncertainty


Found = dict[str, list[Seen]]


def main() -> None:
    arguments = parsed_arguments(__doc__)
    pairs = load_split(arguments.data, "val" if arguments.fit else "test").pairs
    if pairs is None:
        raise SystemExit("error: no rendered pairs in DATA/pairs")
    clips = list(clips_of(pairs))
    found = [seen_by(model, clips) for model in MODELS]
    if arguments.fit:
        fit(found)
        return
    kinds = [kind for kind in found[0] if all(len(of.get(kind, [])) >= LEAST_CLIPS for of in found)]
    rows = {kind: row([of[kind] for of in found]) for kind in kinds}
    publish(table(rows, HEADS) + MEANING, arguments.page, "measures")


def parsed_arguments(description: str | None) -> argparse.Namespace:
    parser = argparse.ArgumentParser(
        description=description, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--fit", action="store_true")
    parser.add_argument("--page", type=Path)
    return parser.parse_args()


def seen_by(model: str, clips: Sequence[Clip]) -> Found:
    """By kind of measure, of all clips."""
    network, found = StepNetwork(model), defaultdict(list)
    for clip in clips:
        for name, seen in _measures(clip, network):
            found[kind_of(name)].append(seen)
    return found


def _measures(clip: Clip, network: StepNetwork) -> Iterator[tuple[str, Seen]]:
    poses = [people[0] for people in lift(clip.frames, CAMERA, network)]
    joints = np.stack([pose.joints_3d_m for pose in poses])
    errors = np.stack([pose.expected_error_m for pose in poses])
    truth = clip.truth_m - clip.truth_m[:, :1]
    lifted = summarize(joints, errors, clip.times_s, LEVEL_UP, from_video=True)
    true = summarize(truth, np.full(errors.shape, np.nan), clip.times_s, LEVEL_UP)
    for name, measure in lifted.items():
        usable = measure.known and measure.validity >= LEAST_VALID and name in true and true[name].known
        if usable and measure.unit != "%" and measure.uncertainty > 0:
            yield name, Seen(true[name].value, measure)


def fit(found: Sequence[Found]) -> None:
    """Such that 95 % of the values of both networks lie within 1.96 uncertainties; other kinds keep their factors."""
    told, fitted = factors(), {}
    for kind in found[0]:
        seen = [one for of_model in found for one in of_model.get(kind, [])]
        if len(seen) >= LEAST_CLIPS * len(found):
            shares = [one.error / one.found.uncertainty for one in seen]
            fitted[kind] = round(told.get(kind, 1.0) * float(np.quantile(shares, 0.95)) / SURE, 2)
    print(json.dumps(fitted, indent=1, ensure_ascii=False))
    with replacing(FACTORS) as part:
        part.write_text(json.dumps(told | fitted, indent=1, ensure_ascii=False) + "\n", encoding="utf-8")


def row(of_models: Sequence[Sequence[Seen]]) -> dict[str, str]:
    cells = {
        "true": f"{np.mean([one.true for one in of_models[0]]):.3g} {sign_of(of_models[0][0].found.unit)}"
    }
    for model, seen in zip(MODELS, of_models, strict=True):
        cells[f"{model} error"] = f"{np.mean([one.error for one in seen]):.2g}"
        cells[f"{model} told"] = f"{np.mean([one.found.uncertainty for one in seen]):.2g}"
        cells[f"{model} inside"] = f"{np.mean([one.inside for one in seen]):.0%}"
    return cells


if __name__ == "__main__":
    main()
