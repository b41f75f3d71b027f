"""Fit the calibration of a published network anew: `python -m ganbodypose.training.recalibrate live --data DATA`.

The network stays as it is; only the numbers in its metadata change, and what its card says of them.
"""

from __future__ import annotations

import argparse
import json
import os
from dataclasses import asdict, replace
from pathlib import Path

import numpy as np
import onnx
import torch

from ganbodypose.core import ModelCard
from ganbodypose.io.atomic import replacing
from ganbodypose.io.checksum import sha256_of_file
from ganbodypose.lift.engine import _Network
from ganbodypose.lift.model_files import model_card, model_path
from ganbodypose.model.network import Prediction
from ganbodypose.quality.calibration import ErrorCalibration
from ganbodypose.training.data import load_split
from ganbodypose.training.publish import calibrate, card_text, evaluate


class PublishedNetwork(torch.nn.Module):
    """An exported causal network in the place of the one in PyTorch: windows in, `Prediction` out."""

    def __init__(self, path: Path) -> None:
        super().__init__()
        self._network = _Network(path, threads=1)

    @property
    def calibration(self) -> ErrorCalibration:
        return self._network.calibration

    def forward(
        self, joints: torch.Tensor, condition: torch.Tensor
    ) -> tuple[Prediction, dict[str, torch.Tensor]]:
        """joints [B,T,17,5], condition [B,T,6], as `GanBodyPose`; the memory is not given back."""
        memory, said = self._network.initial_memory(len(joints)), []
        for frame in range(joints.shape[1]):
            *outputs, memory = self._network.step(
                joints[:, frame].numpy(), condition[:, frame].numpy(), memory
            )
            said.append(outputs)
        joints_m, log_error, realness = (
            torch.from_numpy(np.stack(part, 1)) for part in zip(*said, strict=True)
        )
        return Prediction(joints_m, None, log_error, torch.empty(0), realness), {}


def recalibrate(name: str, data: Path) -> ModelCard:
    """Refits on the validation split, scores on the test split, and writes both into the published files."""
    path = model_path(name)
    network = PublishedNetwork(path)
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
