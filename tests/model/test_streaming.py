"""Stepping through a stream gives what the forward pass over the whole window gives."""

import numpy as np
import pytest
import torch
from hypothesis import given, settings
from hypothesis import strategies as st

from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.network import GanBodyPose

SMALL = NetworkConfig(
    grid_channels=(4, 6), part_channels=16, mix_channels=12, dilations=(1, 3), attention_window=5, bins=8
)


@pytest.fixture(scope="module")
def network() -> GanBodyPose:
    return trained_a_little(SMALL)


def trained_a_little(config: NetworkConfig) -> GanBodyPose:
    torch.manual_seed(0)
    network = GanBodyPose(config)
    for _ in range(3):  # give batch normalisation statistics of its own
        network(torch.randn(4, 12, 17, 5), torch.randn(4, 12, 6))
    return network.eval()


def stream(network, joints, condition, pieces, memory=None):
    """Runs [B,T,...] through the network in pieces of the given lengths."""
    memory = network.initial_memory(len(joints)) if memory is None else memory
    parts, start = [], 0
    for length in pieces:
        piece = slice(start, start + length)
        prediction, memory = network(joints[:, piece], condition[:, piece], memory)
        parts.append(prediction)
        start += length
    return torch.cat([p.joints_m for p in parts], 1), torch.cat([p.log_error for p in parts], 1), memory


@settings(max_examples=15, deadline=None)
@given(pieces=st.lists(st.integers(1, 7), min_size=1, max_size=12), seed=st.integers(0, 1000))
@torch.no_grad()
def test_stepping_equals_the_forward_pass(network, pieces, seed):
    generator = torch.Generator().manual_seed(seed)
    frames = sum(pieces)
    joints = torch.randn(2, frames, 17, 5, generator=generator)
    condition = torch.randn(2, frames, 6, generator=generator)
    whole, _ = network(joints, condition)
    streamed, error, _ = stream(network, joints, condition, pieces)
    assert (streamed - whole.joints_m).abs().max() < 1e-5
    assert (error - whole.log_error).abs().max() < 1e-4


@torch.no_grad()
def test_persons_can_join_and_leave_in_mid_stream(network):
    joints, condition = torch.randn(3, 20, 17, 5), torch.randn(3, 20, 6)
    alone = [stream(network, joints[i : i + 1], condition[i : i + 1], [1] * 20)[0] for i in range(3)]
    _, _, two = stream(network, joints[:2, :8], condition[:2, :8], [1] * 8)
    newcomer = network.initial_memory(1)
    joined = {
        name: torch.cat([value[1:], newcomer[name]]) for name, value in two.items()
    }  # 0 leaves, 2 comes
    late = torch.stack([joints[1, 8:], joints[2, :12]])
    late_condition = torch.stack([condition[1, 8:], condition[2, :12]])
    mixed, _, _ = stream(network, late, late_condition, [1] * 12, joined)
    torch.testing.assert_close(mixed[0], alone[1][0, 8:], atol=1e-5, rtol=0)
    torch.testing.assert_close(mixed[1], alone[2][0, :12], atol=1e-5, rtol=0)


@torch.no_grad()
def test_causal_network_does_not_see_the_future(network):
    joints, condition = torch.randn(1, 20, 17, 5), torch.randn(1, 20, 6)
    changed = joints.clone()
    changed[:, 12:] += 1
    before, after = network(joints, condition)[0], network(changed, condition)[0]
    torch.testing.assert_close(before.joints_m[:, :12], after.joints_m[:, :12])
    assert not torch.allclose(before.joints_m[:, 12:], after.joints_m[:, 12:])


@torch.no_grad()
def test_a_network_that_is_not_causal_sees_the_future():
    torch.manual_seed(0)
    network = GanBodyPose(NetworkConfig(**{**SMALL.as_dict(), "causal": False})).eval()
    joints, condition = torch.randn(1, 20, 17, 5), torch.randn(1, 20, 6)
    changed = joints.clone()
    changed[:, 12:] += 1
    difference = (network(joints, condition)[0].joints_m - network(changed, condition)[0].joints_m).abs()
    assert difference[:, 11].max() > 1e-4


@torch.no_grad()
def test_memory_is_bounded(network):
    memory = network.initial_memory(1)
    size = sum(value.numel() for value in memory.values())
    for _ in range(30):
        _, memory = network(torch.randn(1, 1, 17, 5), torch.randn(1, 1, 6), memory)
    assert sum(value.numel() for value in memory.values()) == size


@pytest.mark.parametrize("change", [{}, {"grid_channels": ()}, {"attention_layers": 0}, {"gan": False}])
def test_exported_step_equals_torch(change, tmp_path):
    from ganbodypose.lift.network import StepNetwork
    from ganbodypose.quality.calibration import fit_calibration
    from ganbodypose.quality.signals import SIGNALS
    from ganbodypose.training.export import export

    rng = np.random.default_rng(0)
    path = tmp_path / "step.onnx"
    network = trained_a_little(NetworkConfig(**{**SMALL.as_dict(), **change}))
    export(network, path, fit_calibration(rng.random((500, 17, len(SIGNALS))), rng.random((500, 17))))
    exported = StepNetwork(path)
    for persons in (1, 3):
        joints, condition = torch.randn(persons, 9, 17, 5), torch.randn(persons, 9, 6)
        with torch.no_grad():
            whole, _ = network(joints, condition)
        memory = exported.initial_memory(persons)
        for t in range(9):
            xyz, error, _, memory = exported.step(joints[:, t].numpy(), condition[:, t].numpy(), memory)
            assert np.abs(xyz - whole.joints_m[:, t].numpy()).max() < 1e-4
            assert np.abs(error - whole.log_error[:, t].numpy()).max() < 1e-3


@pytest.mark.parametrize("causal", [True, False])
@torch.no_grad()
def test_frames_around_is_how_far_a_change_reaches(causal):
    torch.manual_seed(0)
    network = GanBodyPose(NetworkConfig(**{**SMALL.as_dict(), "causal": causal})).eval()
    reach = network.config.frames_around
    frames, at = 3 * reach, reach + 3
    joints, condition = torch.randn(1, frames, 17, 5), torch.randn(1, frames, 6)
    changed = joints.clone()
    changed[:, at] += 10
    moved = (network(joints, condition)[0].joints_m - network(changed, condition)[0].joints_m).abs()
    reached = moved.amax((0, 2, 3)).nonzero().ravel() - at
    assert int(reached.max()) == reach
    assert int(reached.min()) == (0 if causal else -reach)


def test_exported_window_equals_torch_for_any_length(tmp_path):
    import onnxruntime

    from ganbodypose.quality.calibration import fit_calibration
    from ganbodypose.quality.signals import SIGNALS
    from ganbodypose.training.export import export

    torch.manual_seed(0)
    network = GanBodyPose(NetworkConfig(**{**SMALL.as_dict(), "causal": False})).eval()
    rng = np.random.default_rng(0)
    path = tmp_path / "window.onnx"
    export(network, path, fit_calibration(rng.random((500, 17, len(SIGNALS))), rng.random((500, 17))))
    exported = onnxruntime.InferenceSession(path)
    assert exported.get_modelmeta().custom_metadata_map["frames_around"] == str(network.config.frames_around)
    for persons, frames in ((1, 3), (2, 50)):
        joints, condition = torch.randn(persons, frames, 17, 5), torch.randn(persons, frames, 6)
        with torch.no_grad():
            whole, _ = network(joints, condition)
        xyz, _, _ = exported.run(None, {"joints": joints.numpy(), "condition": condition.numpy()})
        assert np.abs(xyz - whole.joints_m.numpy()).max() < 1e-4
