"""The parts of the network against the paper's equations."""

import math

import pytest
import torch

from ganbodypose.model.attention import SelfAttention, rotate_by_time, window_mask
from ganbodypose.model.config import PRESETS, NetworkConfig
from ganbodypose.model.cuboid import GRID, JOINT_SLOTS, PART_JOINTS, build_cuboid, slots_to_joints
from ganbodypose.model.gan import discriminator_loss, generator_loss
from ganbodypose.model.heads import CoordinateHead
from ganbodypose.model.network import GanBodyPose
from ganbodypose.skeletons import H36M_17


def test_cuboid_puts_every_joint_on_its_place():
    joints = torch.arange(17.0)[None, None, :, None].expand(1, 1, 17, 5)
    cuboid = build_cuboid(joints)[0, 0, 0]
    assert [[H36M_17.joints[int(j)] for j in row] for row in cuboid] == [list(row) for row in GRID]


def test_every_joint_is_predicted_by_one_part():
    predicted = [joint for part in PART_JOINTS for joint in part]
    assert sorted(predicted) == sorted(H36M_17.joints[1:])
    slots = torch.arange(20.0).view(1, 1, 5, 4)
    named = {
        joint: float(value)
        for joint, value in zip(H36M_17.joints[1:], slots_to_joints(slots)[0, 0], strict=True)
    }
    assert named["spine"] == 0 and named["right_hip"] == 4 and named["right_wrist"] == 18
    assert len(set(JOINT_SLOTS.tolist())) == 16


def test_attention_is_softmax_of_scaled_products():
    """Eqs. 5-9 written out for one head, one frame (no time to rotate), against the layer."""
    torch.manual_seed(0)
    layer = SelfAttention(8, width=8, heads=1, window=1, causal=True)
    x = torch.randn(1, 1, 5, 8)
    y, _ = layer(x, None, torch.ones(1, 1, dtype=torch.bool))
    q, k, v = layer.qkv(layer.norm(x[0, 0])).split(8, -1)
    attention = (q @ k.T / math.sqrt(8)).softmax(-1)
    torch.testing.assert_close(y[0, 0], x[0, 0] + layer.out(attention @ v))


def test_rotary_products_depend_on_time_differences_only():
    q, k = torch.randn(1, 1, 1, 1, 8), torch.randn(1, 1, 1, 1, 8)
    product = lambda a, b: (rotate_by_time(q, a) * rotate_by_time(k, b)).sum()  # noqa: E731
    torch.testing.assert_close(product(7, 3), product(24, 20), atol=1e-5, rtol=1e-5)
    assert not torch.isclose(product(7, 3), product(7, 4), atol=1e-3)


@pytest.mark.parametrize("causal", [True, False])
def test_window_mask_is_as_wide_as_the_window(causal):
    mask = window_mask(9, 4, causal, torch.device("cpu"))
    offset = 4 if causal else 2
    reach = range(-4, 1) if causal else range(-2, 3)
    for query in range(9):
        seen = {int(key) - offset - query for key in mask[query].nonzero()}
        wanted = {d for d in reach if causal or 0 <= query + d < 9}
        assert seen == wanted


def test_least_squares_losses():
    """Eqs. 13 and 14 by hand."""
    assert generator_loss(torch.tensor([0.0, 2.0])) == pytest.approx(0.5)
    assert discriminator_loss(torch.tensor([1.0, 0.0]), torch.tensor([0.5])) == pytest.approx(0.25 + 0.125)


def test_soft_argmax_of_a_sure_head_is_the_bins_centre():
    config = NetworkConfig(part_channels=4, bins=5, reach_m=1.0)
    head = CoordinateHead(config)
    with torch.no_grad():
        head.linear.weight.zero_()
        head.linear.bias.view(4, 3, 5)[:] = torch.tensor([0.0, 0, 0, 50, 0])
    joints, log_p, spread = head(torch.zeros(1, 1, 5, 4))
    torch.testing.assert_close(joints, torch.full((1, 1, 16, 3), 0.5))
    assert log_p.shape == (1, 1, 16, 3, 5) and spread.max() < -3


@pytest.mark.parametrize(
    "change",
    [
        {"grid_channels": ()},
        {"attention_layers": 0},
        {"gan": False},
        {"bins": 0},
        {"dilations": ()},
        {"causal": False},
    ],
)
def test_parts_can_be_switched_off(change):
    config = NetworkConfig(**{**NetworkConfig(part_channels=16, mix_channels=8).as_dict(), **change})
    prediction, _ = GanBodyPose(config)(torch.randn(2, 6, 17, 5), torch.randn(2, 6, 6))
    assert prediction.joints_m.shape == (2, 6, 17, 3)
    assert (prediction.joints_m[:, :, 0] == 0).all()
    assert (prediction.log_p is None) == (config.bins == 0)


def test_config_round_trip_refuses_unknown_keys():
    config = PRESETS["live"]
    assert NetworkConfig.from_dict(config.as_dict()) == config
    with pytest.raises(TypeError):
        NetworkConfig.from_dict({"layers": 3})


def test_live_stays_within_its_budget():
    from torch.utils.flop_counter import FlopCounterMode

    network = GanBodyPose(PRESETS["live"]).eval()
    memory = network.initial_memory(1)
    with torch.no_grad(), FlopCounterMode(display=False) as counter:
        network(torch.zeros(1, 1, 17, 5), torch.zeros(1, 1, 6), memory)
    assert counter.get_total_flops() < 25e6
    assert sum(p.numel() for p in network.parameters()) * 4 < 15e6
