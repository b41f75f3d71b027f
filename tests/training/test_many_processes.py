"""Two processes train as one does, given the same global batch, however they are started."""

import csv
import subprocess
import sys
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.network import GanBodyPose
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData
from ganbodypose.training.loop import Trainer
from ganbodypose.training.motion import MotionBank

SCRIPT = """
import sys
from pathlib import Path
sys.path.insert(0, {tests!r})
from conftest import walking_clip
from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.network import GanBodyPose
from ganbodypose.training import train
from ganbodypose.training.data import TrainingData
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.motion import MotionBank

config = NetworkConfig(grid_channels=(4, 4), part_channels=8, mix_channels=8, attention_window=4)
train.build_network = lambda _: GanBodyPose(config)
data = TrainingData(MotionBank([walking_clip(200)]), None)
steps = TrainConfig(steps=100, motion_windows=32, pair_windows=0, shards=2, frames=8, learning_rate=1e-2)
options = train.TrainOptions("tiny", Path(), Path(sys.argv[2]), steps, 1, "32-true", int(sys.argv[1]))
train.train(options, lambda _: lambda _: {{"mpjpe_mm": 1.0}}, lambda *_: data)
"""
STARTED = {
    "one": ([sys.executable], "1"),
    "devices": ([sys.executable], "2"),
    "torchrun": (
        [sys.executable, "-m", "torch.distributed.run", "--standalone", "--nproc-per-node", "2"],
        "1",
    ),
}


def _losses(start: str, folder: Path) -> np.ndarray:
    """Position loss at steps 50 and 100."""
    folder.mkdir()
    script = folder / "train.py"
    script.write_text(SCRIPT.format(tests=str(Path(__file__).parent)))
    program, devices = STARTED[start]
    command = [*program, script, devices, folder]
    done = subprocess.run(command, capture_output=True, text=True, check=False, timeout=280)
    assert done.returncode == 0, done.stderr
    with (folder / "train.csv").open() as file:
        return np.array([float(row["position"]) for row in csv.DictReader(file)])


@pytest.mark.slow
@pytest.mark.timeout(900)
def test_two_processes_give_the_loss_curve_of_one(tmp_path: Path) -> None:
    """To 1 %: batch normalisation sees half of the batch in each."""
    curves = {start: _losses(start, tmp_path / start) for start in STARTED}
    assert len(curves["one"]) == 2 and curves["one"][1] < 0.9 * curves["one"][0]
    np.testing.assert_allclose(curves["devices"], curves["one"], rtol=0.01)
    np.testing.assert_allclose(curves["torchrun"], curves["one"], rtol=0.01)


def test_windows_that_do_not_divide_are_told(tmp_path: Path, clip) -> None:
    network = GanBodyPose(
        NetworkConfig(grid_channels=(4, 4), part_channels=8, mix_channels=8, attention_window=4)
    )
    data = TrainingData(MotionBank([clip(60)]), None)
    assert Trainer(network, data, TrainConfig(steps=1, motion_windows=32, frames=8), tmp_path).shards == 1
    with pytest.raises(UserError, match="32 windows a step do not divide over 3 shards and 1 processes"):
        Trainer(network, data, TrainConfig(steps=1, motion_windows=32, shards=3, frames=8), tmp_path)
