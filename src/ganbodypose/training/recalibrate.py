"""Fit the calibration of a published network anew: `python -m ganbodypose.training.recalibrate live --data DATA`.

The network stays as it is; only the numbers in its metadata change, and what its card says of them.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import onnx

from ganbodypose.core import ModelCard
from ganbodypose.io.atomic import replacing
from ganbodypose.io.checksum import sha256_of_file
from ganbodypose.lift.model_files import model_card, model_path
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.training.data import load_split
from ganbodypose.training.publish import calibrate, card_text, evaluate
from ganbodypose.training.sequences import published_network


def recalibrate(name: str, data: Path) -> ModelCard:
    """Refits on the validation split, scores on the test split, and writes both into the published files."""
    path = model_path(name)
    network = published_network(name)
    calibration = calibrate(network, load_split(data, "val"))
    test = evaluate(network, load_split(data, "test"), calibration)
    _store(path, calibration)
    card = model_card(name)
    card = replace(card, scores={**card.scores, "test": test}, sha256=sha256_of_file(path))
    path.with_suffix(".json").write_text(card_text(card))
    return card


def _store(path: Path, calibration: ErrorCalibration) -> None:
    model = onnx.load(path)
    metadata = {entry.key: entry.value for entry in model.metadata_props}
    onnx.helper.set_model_props(model, metadata | {"calibration": json.dumps(calibration.as_dict())})
    with replacing(path) as temporary:
        onnx.save(model, temporary)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("name", help="of the published network")
    parser.add_argument("--data", type=Path, default=os.environ.get("GANBODYPOSE_DATA"))
    arguments = parser.parse_args()
    print(json.dumps(asdict(recalibrate(arguments.name, arguments.data)), indent=1))


if __name__ == "__main__":
    main()
