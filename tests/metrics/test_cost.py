"""Costs of networks: the paper's formulas by hand; the counter is checked in tests/model/test_cost.py."""

import time
from pathlib import Path

import numpy as np
import pytest

from ganbodypose.metrics import cost


def test_the_papers_formulas_by_hand() -> None:
    # eq. 18: 2 x H x W x C_in x K x K x C_out
    assert cost.conv_flops((8, 6), 3, (5, 5), 16) == 2 * 8 * 6 * 3 * 5 * 5 * 16
    assert cost.conv_parameters(3, (5, 5), 16) == (5 * 5 * 3 + 1) * 16  # eq. 19
    assert cost.linear_parameters(1024, 51) == (1024 + 1) * 51  # eq. 20
    assert cost.processing_speed(0.0402) == pytest.approx(24.9, abs=0.05)  # eq. 15; the paper prints 28.5


def test_groups_and_bias() -> None:
    assert cost.conv_flops((10,), 8, (3,), 8, groups=8) == 2 * 10 * 3 * 8
    assert cost.conv_parameters(8, (3,), 8, groups=8, bias=False) == 24
    assert cost.linear_parameters(4, 5, bias=False) == 20


def test_attention_is_two_products() -> None:
    assert cost.attention_flops(2, 5, 7, 16) == 2 * (2 * 5 * 7 * 16) * 2


def test_speed_needs_a_time() -> None:
    with pytest.raises(ValueError, match="must be positive"):
        cost.processing_speed(0)


def test_execution_time_is_the_median() -> None:
    pauses = iter([0.0, 0.2, 0.01, 0.01, 0.2])
    assert 0.009 < cost.execution_time_s(lambda: time.sleep(next(pauses)), runs=3, warm_up=2) < 0.15


def test_memory_grows_with_an_array() -> None:
    before = cost.peak_memory_mb()
    held = np.ones(int(before * 1e6 / 8) + 25_000_000)
    assert before + 150 < cost.peak_memory_mb() < 4 * before + 600
    del held


def test_an_epoch_is_one_pass() -> None:
    assert cost.epoch_time_s(0.5, frames=1000, batch_frames=100) == 5
    assert cost.epoch_time_s(0.5, frames=1001, batch_frames=100) == 5.5
    with pytest.raises(ValueError, match="at least one frame"):
        cost.epoch_time_s(1, 10, 0)


def test_size_of_a_file(tmp_path: Path) -> None:
    path = tmp_path / "network.onnx"
    path.write_bytes(bytes(2_500_000))
    assert cost.model_size_mb(path) == 2.5
