"""What some rivals learn besides the supervised task, in our loop."""

import pytest
import torch
from torch import nn

from ganbodypose.baselines.pstmo import PStmo
from ganbodypose.baselines.simple_baseline import SimpleBaseline
from ganbodypose.baselines.vibe import Vibe
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData
from ganbodypose.training.loop import Trainer
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.optimizers import Optimizers
from ganbodypose.training.pretraining import pretrain

CONFIG = TrainConfig(
    motion_windows=4, pair_windows=0, frames=6, adversarial_every=2, warmup_steps=5, steps=10
)


@pytest.fixture(scope="module")
def data(clip):
    return TrainingData(MotionBank([clip(200)]), None)


def test_vibe_trains_with_its_motion_discriminator(data, tmp_path):
    torch.manual_seed(0)
    network = Vibe(channels=32, width=16)
    run = Trainer(network, data, CONFIG, tmp_path)
    before = {name: p.detach().clone() for name, p in network.discriminator.named_parameters()}
    losses = [run.train_step() for _ in range(4)]
    assert {"discriminator", "generator"} <= losses[0].keys() and "generator" not in losses[1]
    assert any(not torch.equal(p, before[name]) for name, p in network.discriminator.named_parameters())


def test_deceiving_does_not_teach_the_motion_discriminator(data, tmp_path):
    torch.manual_seed(0)
    network = Vibe(channels=32, width=16)
    run = Trainer(network, data, CONFIG, tmp_path)
    objective = run.objective.module
    fake = torch.randn(2, 6, 48, requires_grad=True)
    objective._adversarial_losses(torch.randn(2, 6, 48), fake)["generator"].backward()
    assert fake.grad is not None and fake.grad.abs().sum() > 0
    assert all(p.grad is None or not p.grad.any() for p in network.discriminator.parameters())


def test_masked_poses_are_learned_before_training(data):
    torch.manual_seed(0)
    network = PStmo(levels=1, layers=1)
    before = {name: p.detach().clone() for name, p in network.named_parameters()}
    assert pretrain(network, data, CONFIG) > 0
    changed = {name for name, p in network.named_parameters() if not torch.equal(p, before[name])}
    assert changed and all(name.startswith(("spatial.", "temporal.")) for name in changed)


def test_networks_without_such_a_task_lose_no_time(data):
    assert pretrain(SimpleBaseline(width=16), data, CONFIG) == 0


def test_rivals_come_with_the_optimiser_of_their_paper():
    ours, rival = (
        Optimizers(n, 3e-3, 0.02) for n in (nn.Sequential(nn.Linear(4, 4)), SimpleBaseline(width=16))
    )
    assert [type(o).__name__ for o in ours] == ["AdamW", "Muon"]
    (adam,) = rival
    assert isinstance(adam, torch.optim.AdamW) and adam.param_groups[0]["lr"] == SimpleBaseline.adam_rate
