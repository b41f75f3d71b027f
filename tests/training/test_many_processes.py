"""Two processes train as one does, given the same global batch."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

SCRIPT = """
import sys
from pathlib import Path
import torch
from lightning_fabric import Fabric
from lightning_fabric.strategies import DDPStrategy
sys.path.insert(0, {tests!r})
from conftest import walking_clip
from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.network import GanBodyPose
from ganbodypose.training.data import TrainingData
from ganbodypose.training.loop import TrainConfig, Trainer
from ganbodypose.training.motion import MotionBank

devices, folder = int(sys.argv[1]), Path(sys.argv[2])
strategy = DDPStrategy(find_unused_parameters=True) if devices > 1 else "auto"
fabric = Fabric(accelerator="cpu", devices=devices, strategy=strategy)
fabric.launch()
torch.manual_seed(0)
network = GanBodyPose(NetworkConfig(grid_channels=(4, 4), part_channels=8, mix_channels=8, attention_window=4))
config = TrainConfig(steps=100, motion_windows=32, pair_windows=0, shards=2, frames=8, learning_rate=1e-2)
data = TrainingData(MotionBank([walking_clip(200)]), None)
Trainer(network, data, config, folder, fabric).run(lambda _: {{"mpjpe_mm": 1.0}})
"""


def _losses(processes: int, folder: Path) -> np.ndarray:
    """Position loss at steps 50 and 100."""
    script = folder / "train.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)))
    command = [sys.executable, script, str(processes), folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=200)
    assert done.returncode == 0, done.stderr
    with (folder / "train.csv").open() as file:
        return np.array([float(row["position"]) for row in csv.DictReader(file)])


@pytest.mark.slow
def test_two_processes_give_the_loss_curve_of_one(tmp_path: Path) -> None:
    """To 3 %: batch normalisation sees half of the batch in each."""
    folders = [tmp_path / name for name in ("one", "two")]
    for folder in folders:
        folder.mkdir()
    one, two = _losses(1, folders[0]), _losses(2, folders[1])
    assert one[1] < 0.9 * one[0]
    np.testing.assert_allclose(two, one, rtol=0.03)
