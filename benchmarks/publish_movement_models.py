"""Fit the movement models that come with the package, on all of UI-PRMD, and write their card.

    python benchmarks/publish_movement_models.py --data DATA [--out src/ganbodypose/weights/movements]

Each model is trained on the repetitions of both sensors. The accuracy in the card is that of cross-validation by
person on the same repetitions: a person is left out of both sensors at once.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict
from pathlib import Path

from ganbodypose.core import ModelCard
from ganbodypose.datasets.uiprmd import MOVEMENTS
from ganbodypose.io.checksum import sha256_of_file
from ganbodypose.quality.scoring.crossvalidation import cross_validate
from ganbodypose.quality.scoring.files import save_model
from ganbodypose.quality.scoring.model import fit
from uiprmd_scoring import load


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    parser.add_argument("--out", type=Path, default=Path("src/ganbodypose/weights/movements"))
    options = parser.parse_args()
    options.out.mkdir(parents=True, exist_ok=True)
    by_sensor = load(options.data)
    scores = {}
    checksums = {}
    for number, movement in MOVEMENTS.items():
        examples = [example for of_sensor in by_sensor.values() for example in of_sensor[number]]
        validation = cross_validate(movement, examples).summary()
        name = movement.replace(" ", "-")
        path = save_model(
            options.out / f"{name}.npz", fit(movement, examples, {"cross_validation": validation})
        )
        scores[name], checksums[name] = validation, sha256_of_file(path)
        print(name, round(validation["unknown_person"]["accuracy"], 3), flush=True)
    card = ModelCard(
        name="movements",
        licence="Apache-2.0",
        data=(
            "UI-PRMD (Vicon and Kinect v2, ODC-PDDL 1.0, public domain): ten healthy people, acted errors",
        ),
        command="python benchmarks/publish_movement_models.py",
        seed=0,
        scores={"cross_validation_by_person": scores, "sha256": checksums},
    )
    (options.out / "card.json").write_text(json.dumps(asdict(card), indent=1) + "\n")


if __name__ == "__main__":
    main()
