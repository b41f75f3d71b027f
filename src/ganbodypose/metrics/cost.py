"""What a network costs: operations, parameters, speed (paper eqs. 15, 18-20).

A multiplication and an addition are two operations. The paper states its formulas for square kernels in two
dimensions; here they hold for any number of dimensions and for grouped convolutions. Only convolutions, matrix
products and attention count: activations, norms and biases are left out, as in the paper. Table 4's other columns
are measured: execution time, memory, and the time that one pass over the training set takes.
"""

from __future__ import annotations

import resource
import statistics
import sys
import time
from collections.abc import Callable, Sequence
from math import prod
from pathlib import Path


def conv_flops(
    output_size: Sequence[int],
    in_channels: int,
    kernel_size: Sequence[int],
    out_channels: int,
    groups: int = 1,
) -> int:
    """2 x H x W x C_in x K x K x C_out (eq. 18) for one sample; `output_size` is that of the output map."""
    return 2 * prod(output_size) * (in_channels // groups) * prod(kernel_size) * out_channels


def conv_parameters(
    in_channels: int, kernel_size: Sequence[int], out_channels: int, groups: int = 1, bias: bool = True
) -> int:
    """(K x K x C_in + 1) x C_out (eq. 19)."""
    return (prod(kernel_size) * (in_channels // groups) + bias) * out_channels


def linear_flops(rows: int, inputs: int, outputs: int) -> int:
    """2 x N_in x N_out for each of `rows` vectors."""
    return 2 * rows * inputs * outputs


def linear_parameters(inputs: int, outputs: int, bias: bool = True) -> int:
    """(N_in + 1) x N_out (eq. 20)."""
    return (inputs + bias) * outputs


def attention_flops(batch: int, queries: int, keys: int, width: int, value_width: int | None = None) -> int:
    """Q K^T and the weighted sum of V (paper eqs. 6-8), without the projections; `batch` counts the heads."""
    return linear_flops(batch * queries, width, keys) + linear_flops(
        batch * queries, keys, value_width or width
    )


def processing_speed(mean_frame_s: float) -> float:
    """Frames per second (eq. 15): PS = 1 / T_avg."""
    if not mean_frame_s > 0:
        raise ValueError(f"the mean time per frame must be positive, got {mean_frame_s}")
    return 1 / mean_frame_s


def execution_time_s(
    call: Callable[[], object],
    runs: int = 30,
    warm_up: int = 3,
    clock: Callable[[], float] = time.perf_counter,
) -> float:
    """Median time of `call`, s, after `warm_up` runs that do not count; wall-clock, unless told otherwise."""
    for _ in range(warm_up):
        call()
    times = []
    for _ in range(runs):
        start = clock()
        call()
        times.append(clock() - start)
    return statistics.median(times)


def peak_memory_mb() -> float:
    """The largest resident memory that this process has had, MB (10^6 bytes)."""
    peak = resource.getrusage(resource.RUSAGE_SELF).ru_maxrss
    return peak * (1 if sys.platform == "darwin" else 1024) / 1e6  # macOS counts bytes, Linux KiB


def epoch_time_s(step_s: float, frames: int, batch_frames: int) -> float:
    """Training time per epoch: one pass over `frames` in steps of `batch_frames` (the last one may be smaller)."""
    if batch_frames < 1:
        raise ValueError(f"a batch must have at least one frame, got {batch_frames}")
    return step_s * -(-frames // batch_frames)


def model_size_mb(path: str | Path) -> float:
    """Size of a network's file, MB (10^6 bytes)."""
    return Path(path).stat().st_size / 1e6
