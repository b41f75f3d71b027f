"""The counter of operations against PyTorch's own, and against published configurations."""

from collections.abc import Callable

import pytest
import torch
from torch import nn
from torch.nn import functional as F
from torch.nn.attention import SDPBackend, sdpa_kernel
from torch.utils.flop_counter import FlopCounterMode

from ganbodypose.baselines.simple_baseline import SimpleBaseline
from ganbodypose.metrics import cost
from ganbodypose.model.config import NetworkConfig
from ganbodypose.model.cost import count_flops, count_parameters
from ganbodypose.model.network import GanBodyPose


class _Attention(nn.Module):
    def __init__(self, product: Callable[[torch.Tensor, torch.Tensor, torch.Tensor], torch.Tensor]) -> None:
        super().__init__()
        self.qkv, self.product = nn.Linear(16, 48), product

    def forward(self, x: torch.Tensor) -> torch.Tensor:
        return self.product(*self.qkv(x).chunk(3, -1))


def _matmul(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return (q @ k.transpose(-1, -2)).softmax(-1) @ v


def _einsum(q: torch.Tensor, k: torch.Tensor, v: torch.Tensor) -> torch.Tensor:
    return torch.einsum("bij,bjc->bic", torch.einsum("bic,bjc->bij", q, k).softmax(-1), v)


NETWORKS = {
    "convolutions": (
        nn.Sequential(
            nn.Conv3d(5, 8, (3, 3, 3), padding=1, groups=1),
            nn.BatchNorm3d(8),
            nn.Conv3d(8, 8, (3, 1, 5), stride=(2, 1, 1), groups=4),
        ),
        (2, 5, 9, 5, 5),
    ),
    "linear": (nn.Sequential(nn.Linear(34, 64), nn.ReLU(), nn.Linear(64, 51, bias=False)), (7, 34)),
    "matmul": (_Attention(_matmul), (3, 10, 16)),
    "einsum": (_Attention(_einsum), (3, 10, 16)),
    "attention": (_Attention(F.scaled_dot_product_attention), (3, 10, 16)),
}


def _reference(module: nn.Module, *inputs: torch.Tensor) -> int:
    counter = FlopCounterMode(display=False)
    # Fused attention with a mask is unknown to torch's counter; written out, it is not.
    with torch.no_grad(), sdpa_kernel(SDPBackend.MATH), counter:
        module(*inputs)
    return counter.get_total_flops()


@pytest.mark.parametrize("name", NETWORKS)
def test_the_count_is_torchs(name: str) -> None:
    module, shape = NETWORKS[name]
    x = torch.randn(shape)
    assert count_flops(module, x)["total"] == _reference(module, x) > 0


def test_our_network_and_a_baseline() -> None:
    config = NetworkConfig()
    joints, condition = torch.randn(2, 12, 17, 5), torch.randn(2, 12, 6)
    baseline = SimpleBaseline().eval()
    assert count_flops(baseline, joints, condition)["total"] == _reference(baseline, joints, condition) > 0
    network = GanBodyPose(config).eval()
    # torch's counter leaves out products with a vector: mean and variance over the bins, 4 slots a body part
    over_bins = 2 * cost.linear_flops(2 * 12 * 5 * 4, 3 * config.bins, 1)
    counted = count_flops(network, joints, condition)["total"]
    assert counted == _reference(network, joints, condition) + over_bins


def test_the_layers_add_up_to_the_formulas() -> None:
    counted = count_flops(nn.Sequential(nn.Conv2d(3, 16, 5, padding=2)), torch.randn(1, 3, 8, 6))
    assert counted == {"0": cost.conv_flops((8, 6), 3, (5, 5), 16), "total": 2 * 8 * 6 * 3 * 25 * 16}


def test_parameters_are_the_papers_formulas() -> None:
    network = nn.Sequential(nn.Conv2d(3, 16, 5), nn.Linear(10, 4))
    assert count_parameters(network) == cost.conv_parameters(3, (5, 5), 16) + cost.linear_parameters(10, 4)


@pytest.mark.parametrize(("layer", "gates"), [(nn.GRU, 3), (nn.LSTM, 4)])
def test_recurrent_layers_multiply_input_and_state_once_per_step(layer, gates):
    network = layer(4, 8, batch_first=True)
    assert count_flops(network, torch.zeros(2, 6, 4))["total"] == 2 * 2 * 6 * gates * 8 * (4 + 8)
