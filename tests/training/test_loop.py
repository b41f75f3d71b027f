import numpy as np
import pytest
import torch
from lightning_fabric import Fabric

from ganbodypose.baselines.simple_baseline import SimpleBaseline
from ganbodypose.core import UserError
from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.network import GanBodyPose, Prediction
from ganbodypose.training.config import TrainConfig
from ganbodypose.training.data import TrainingData
from ganbodypose.training.detector_noise import PERFECT, NoiseLevel
from ganbodypose.training.evaluation import motion_batches, predict, scores
from ganbodypose.training.loop import Trainer
from ganbodypose.training.losses import LossWeights, class_loss, error_loss, supervised_losses
from ganbodypose.training.motion import MotionBank
from ganbodypose.training.precision import fabric_precision
from ganbodypose.training.train import load_weights, save_weights

TINY = NetworkConfig(
    grid_channels=(4, 4), part_channels=8, mix_channels=8, attention_window=4, attention_heads=2
)
CONFIG = TrainConfig(
    motion_windows=4, pair_windows=0, frames=6, adversarial_every=2, warmup_steps=5, learning_rate=5e-3
)


@pytest.fixture(scope="module")
def data(clip):
    return TrainingData(MotionBank([clip(200)]), None)


def trainer(data, folder, network=None, config=CONFIG):
    torch.manual_seed(0)
    return Trainer(network or GanBodyPose(TINY), data, config, folder)


def test_training_on_one_motion_reduces_the_error(data, tmp_path):
    run = trainer(data, tmp_path)
    losses = [run.train_step() for _ in range(60)]
    position = [step["position"] for step in losses]
    assert np.mean(position[-10:]) < 0.8 * np.mean(position[:10])
    assert {"discriminator", "generator"} <= losses[0].keys() and "generator" not in losses[1]


def test_mixed_precision_rounds_neither_the_keypoints_nor_the_truth(data, tmp_path):
    class Watch(GanBodyPose):
        def forward(self, joints, condition, memory=None):
            seen.append((joints.dtype, torch.get_autocast_dtype("cpu"), torch.is_autocast_enabled("cpu")))
            return super().forward(joints, condition, memory)

    seen, targets = [], []
    fabric = Fabric(accelerator="cpu", devices=1, **fabric_precision("bf16-mixed"))
    run = Trainer(Watch(TINY), data, CONFIG, tmp_path, fabric)
    run.objective.module.register_forward_pre_hook(lambda _, given: targets.append(given[0].target.dtype))
    run.train_step()
    assert seen == [(torch.float32, torch.bfloat16, True)] and set(targets) == {torch.float32}


def test_a_resumed_run_goes_on_exactly(data, tmp_path):
    first = trainer(data, tmp_path)
    for _ in range(3):
        first.train_step()
    first.save()
    expected = [first.train_step() for _ in range(3)]
    second = trainer(data, tmp_path, GanBodyPose(TINY))
    assert second.resume() and second.step == 3
    assert [second.train_step() for _ in range(3)] == expected


def test_a_resumed_run_logs_each_step_once(data, tmp_path):
    config = TrainConfig(steps=50, motion_windows=2, pair_windows=0, frames=4)
    run = trainer(data, tmp_path, config=config)
    run.run(lambda _: {"mpjpe_mm": 1.0})
    run.step = 20
    run.save()
    again = trainer(data, tmp_path, config=config)
    again.resume()
    again.run(lambda _: {"mpjpe_mm": 2.0})
    for log in ("train.csv", "validation.csv"):
        steps = [line.split(",")[0] for line in (tmp_path / log).read_text().splitlines()]
        assert steps == ["step", "50"]


def test_nothing_to_resume_is_said(data, tmp_path):
    assert not trainer(data, tmp_path).resume()


def test_run_stops_at_its_budget_and_logs_validation(data, tmp_path):
    run = trainer(
        data, tmp_path, config=TrainConfig(cpu_minutes=0.01, motion_windows=2, pair_windows=0, frames=4)
    )
    run.run(lambda _: {"mpjpe_mm": 123.0})
    assert run.checkpoint_path.exists() and "123" in (tmp_path / "validation.csv").read_text()


def test_validation_uses_the_averaged_weights_and_restores_the_others(data, tmp_path):
    run = trainer(data, tmp_path)
    run.train_step()
    before = {k: v.clone() for k, v in run.network.state_dict().items()}
    average = {k: v.clone() for k, v in run.average.items()}
    seen: dict[str, torch.Tensor] = {}

    def validate(network):
        seen.update({k: v.clone() for k, v in network.state_dict().items()})
        return {"mpjpe_mm": 1.0}

    run.validate(validate)
    torch.testing.assert_close(seen, average)
    for name, value in run.network.state_dict().items():
        torch.testing.assert_close(value, before[name])


def test_baseline_trains_in_the_same_loop(data, tmp_path):
    run = trainer(data, tmp_path, SimpleBaseline(width=32))
    position = [run.train_step()["position"] for _ in range(40)]
    assert np.mean(position[-10:]) < 0.8 * np.mean(position[:10])


def test_simple_baseline_has_the_published_size():
    published = 4.3e6
    assert sum(p.numel() for p in SimpleBaseline().parameters()) == pytest.approx(published, rel=0.05)


def test_error_loss_is_least_where_the_mean_error_is_said():
    errors = torch.distributions.Exponential(10.0).sample((20_000,))
    said = torch.linspace(-3, -1.5, 61)
    loss = torch.stack([error_loss(s.expand_as(errors), errors) for s in said])
    assert said[loss.argmin()].exp() == pytest.approx(0.1, rel=0.05)


def test_class_loss_is_least_at_the_true_bin():
    target = torch.full((1, 1, 16, 3), 0.5)
    losses = []
    for k in range(5):
        sure = torch.zeros(1, 1, 16, 3, 5)
        sure[..., k] = 9
        losses.append(float(class_loss(sure.log_softmax(-1), target, reach_m=1.0)))
    assert int(np.argmin(losses)) == 3 and losses[3] < 0.01


def test_a_perfect_prediction_has_no_position_loss():
    target = torch.randn(2, 5, 17, 3)
    target -= target[:, :, :1].clone()
    prediction = Prediction(target, None, torch.zeros(2, 5, 16), torch.zeros(1), torch.zeros(1))
    parts = supervised_losses(prediction, target, LossWeights(), 1.0)
    assert parts["position"] == 0 and parts["velocity"] == 0 and parts["bones"] > 0


def test_evaluation_windows_are_the_same_every_time(data):
    network = GanBodyPose(TINY).eval()
    outcomes = [predict(network, motion_batches(data, NoiseLevel())) for _ in range(2)]
    np.testing.assert_array_equal(outcomes[0].predicted_m, outcomes[1].predicted_m)
    perfect = predict(network, motion_batches(data, PERFECT, depth_share=0))
    assert scores(perfect, 30.0)["mpjpe_mm"] > 0
    assert scores(outcomes[0], 30.0)["mpjpe_mm_by_source"].keys() == {"deepmimic"}


def test_weights_saved_in_half_precision_start_another_run(tmp_path):
    torch.manual_seed(0)
    first, second = GanBodyPose(TINY), GanBodyPose(TINY)
    save_weights(first, tmp_path / "start.npz")
    load_weights(second, tmp_path / "start.npz")
    for name, value in first.state_dict().items():
        torch.testing.assert_close(second.state_dict()[name].float(), value.float(), rtol=1e-3, atol=1e-4)


def test_weights_of_another_network_are_refused(tmp_path):
    save_weights(SimpleBaseline(width=16), tmp_path / "other.npz")
    with pytest.raises(UserError, match=r"other\.npz holds no weights of this network"):
        load_weights(GanBodyPose(TINY), tmp_path / "other.npz")
