"""Sizes and costs against the published ones; ours see 91 numbers a frame instead of 34, and predict an error too."""

import pytest
import torch

from ganbodypose.baselines.common import FRAME_CHANNELS
from ganbodypose.baselines.pstmo import CHANNELS, PStmo
from ganbodypose.baselines.registry import NETWORKS, build_network
from ganbodypose.core import UserError
from ganbodypose.model.cost import count_flops, count_parameters

PUBLISHED_PARAMETERS = {
    "simple_baseline": 4.3e6,
    "videopose3d_27": 8.6e6,
    "videopose3d_243": 17.0e6,
    "videopose3d_27_causal": 8.6e6,
    "videopose3d_243_causal": 17.0e6,
    "p_stmo_243": 6.5e6,
    "st_gcn": 3.1e6,
    "motionagformer_xs": 2.2e6,
}
# Multiply-adds that a frame costs in a long clip.
PUBLISHED_MACS_PER_FRAME = {
    "simple_baseline": 0.0043e9,
    "videopose3d_243_causal": 0.017e9,
    "motionagformer_xs": 1.08e9 / 27,
}


@pytest.mark.parametrize(("name", "published"), PUBLISHED_PARAMETERS.items())
def test_parameters_are_the_published_ones(name, published):
    assert count_parameters(build_network(name)) == pytest.approx(published, rel=0.03)


@pytest.mark.parametrize(("name", "published"), PUBLISHED_MACS_PER_FRAME.items())
def test_operations_are_the_published_ones(name, published):
    clip = torch.zeros(1, 81, 17, 5), torch.zeros(1, 81, 6)
    macs = count_flops(build_network(name).eval(), *clip)["total"] / 2 / 81
    assert macs == pytest.approx(published, rel=0.05)


@pytest.mark.parametrize(("levels", "published"), [(3, 0.083e9), (5, 0.86e9)])
def test_operations_of_one_window_of_p_stmo_are_the_published_ones(levels, published):
    """The paper's network goes through every frame of every window; ours looks at each frame once."""
    network = PStmo(levels).eval()
    frames = torch.zeros(1, network.frames, FRAME_CHANNELS), torch.zeros(1, network.frames, CHANNELS)
    parts = (network.spatial, frames[0]), (network.temporal, frames[1]), (network.strided, frames[1])
    macs = sum(count_flops(part, x)["total"] for part, x in parts) / 2
    assert macs == pytest.approx(published, rel=0.05)


def test_every_network_has_a_name_that_builds_it():
    assert {"live", "paper", "vibe", "lstm_3d", "trajectory_net"} <= NETWORKS.keys()
    with pytest.raises(UserError, match="motionagformer_xs"):
        build_network("nothing")
