"""Cost of lifting one live frame: our exported step beside its peers, and the least that this machine allows.

    python benchmarks/peers.py [--rounds 30] [--page docs/performance.md]

A new frame has come and its pose is wanted. Networks that cannot stream run their whole window again; causal
VideoPose3D streams with ring buffers; P-STMO is granted the features of the frames before. All run in ONNX Runtime on
one thread, the peers also in eager PyTorch, which is how they are published; their weights are untrained, because only
the time counts here. They take turns of one cold call, after all the others have had the caches, and WARM warm ones.
Times are of the processor, which waiting for other programs does not lengthen.
"""

from __future__ import annotations

import argparse
import io
import json
import os
import statistics
import time
from collections.abc import Callable
from dataclasses import dataclass, field
from pathlib import Path

import numpy as np
import onnxruntime
import torch
from torch import nn

from doc_block import measured_where, publish, table
from ganbodypose.baselines.common import JOINT_CHANNELS, Answer, JointHead, joint_features
from ganbodypose.baselines.motionagformer import Attention, MixerBlock
from ganbodypose.baselines.registry import build_network
from ganbodypose.lift.model_files import model_path
from ganbodypose.lift.network import StepNetwork
from ganbodypose.model.config import PRESETS
from ganbodypose.model.cost import count_flops, count_parameters
from ganbodypose.model.network import GanBodyPose

CROWD = 8
WARM = 4
OPSET = 17
LIVE, STUDIO = "**live**", "**studio**, both ways and mirrored"
HEADS = (
    "parameters M",
    "MFLOP",
    "ms",
    "times live",
    "ms, eager PyTorch",
    "times live",
    "ms, cold",
    "least ms",
)


class MixSteLike(nn.Module):
    """The shape of MixSTE (Zhang et al., CVPR 2022): 8 times attention among joints, then among frames."""

    def __init__(self, channels: int = 512, layers: int = 8) -> None:
        super().__init__()
        block = lambda: MixerBlock(channels, Attention(channels), mlp_ratio=2)  # noqa: E731
        self.embed = nn.Linear(JOINT_CHANNELS, channels)
        self.blocks = nn.ModuleList(nn.ModuleList([block(), block()]) for _ in range(layers))
        self.head = JointHead(channels)

    def forward(self, joints: torch.Tensor, condition: torch.Tensor) -> Answer:
        """joints [1,T,17,5], condition [1,T,6] -> prediction; there is no memory."""
        x = self.embed(joint_features(joints, condition))[0]  # [T,17,C]
        for over_joints, over_frames in self.blocks:
            x = over_frames(over_joints(x).transpose(0, 1)).transpose(0, 1)
        return self.head(x[None]), {}


PEERS: dict[str, tuple[Callable[[], nn.Module], int]] = {  # network, frames that it is given for one result
    "SimpleBaseline, 1 frame": (lambda: build_network("simple_baseline"), 1),
    "VideoPose3D causal, 27 frames": (lambda: build_network("videopose3d_27_causal"), 1),
    "VideoPose3D causal, 243 frames": (lambda: build_network("videopose3d_243_causal"), 1),
    "P-STMO, 27 frames (transformer)": (lambda: build_network("p_stmo_27"), 1),
    "P-STMO, 243 frames (transformer)": (lambda: build_network("p_stmo_243"), 1),
    "MotionAGFormer-XS, 27 frames (transformer)": (lambda: build_network("motionagformer_xs"), 27),
    "like MixSTE, 27 frames (transformer)": (MixSteLike, 27),
}


@dataclass
class Contestant:
    """weights_read: how many numbers it must read for a frame. cold_s, warm_s, eager_s: what its turns took."""

    parameters: int
    flops: int
    step: Callable[[], object]
    eager: Callable[[], object] | None = None
    cold_s: list[float] = field(default_factory=list)
    warm_s: list[float] = field(default_factory=list)
    eager_s: list[float] = field(default_factory=list)

    def turn(self) -> None:
        self.cold_s.append(_cpu_s(self.step))
        self.warm_s += [_cpu_s(self.step) for _ in range(WARM)]
        if self.eager is not None:
            self.eager_s.append(_cpu_s(self.eager))


@dataclass(frozen=True)
class Limits:
    """Of one core: float32 matrix products and reading memory."""

    flops_per_s: float
    bytes_per_s: float

    def least_ms(self, of: Contestant) -> float:
        """No program that reads every weight once and does every operation can be faster (weights not cached)."""
        return 1000 * max(of.flops / self.flops_per_s, 4 * of.parameters / self.bytes_per_s)


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("--rounds", type=int, default=30, help="turns of each one")
    parser.add_argument("--page", type=Path, help="put the table into this page")
    parser.add_argument("--json", type=Path, help="also write the figures here")
    options = parser.parse_args()
    torch.set_num_threads(1)
    torch.set_grad_enabled(False)
    contestants = {LIVE: ours("live", 1), f"{LIVE}, {CROWD} persons at once": ours("live", CROWD)}
    contestants[STUDIO] = ours("studio", 4)
    contestants |= {title: peer(make(), frames) for title, (make, frames) in PEERS.items()}
    limits = take_turns(list(contestants.values()), options.rounds)
    rows = {title: row(of, contestants[LIVE], limits) for title, of in contestants.items()}
    text = table(rows, HEADS) + facts(limits) + measured_where(os.getloadavg()[0])
    if options.json:
        options.json.write_text(json.dumps(rows, indent=2) + "\n")
    publish(text, options.page, "peers")


def ours(mode: str, persons: int) -> Contestant:
    """A published step in ONNX Runtime."""
    exported = StepNetwork(mode)
    random = np.random.default_rng(0)
    joints = random.normal(size=(persons, 17, 5)).astype(np.float32)
    condition = random.normal(size=(persons, 6)).astype(np.float32)
    memory = exported.initial_memory(persons)

    def step() -> None:
        nonlocal memory
        *_, memory = exported.step(joints, condition, memory)

    network = GanBodyPose(PRESETS[mode]).eval()
    rows = persons * (1 + exported.mirrored)  # of the network's batch
    inputs = (torch.zeros(rows, 1, 17, 5), torch.zeros(rows, 1, 6), network.initial_memory(rows))
    return Contestant(count_parameters(network), count_flops(network, *inputs)["total"], step)


def peer(network: nn.Module, frames: int) -> Contestant:
    """In ONNX Runtime and in eager PyTorch, going on from its memory where it has one."""
    network.eval()
    clip = torch.randn(1, frames, 17, 5), torch.randn(1, frames, 6)
    _, memory = network(*clip)
    given = (*clip, memory) if memory else clip
    session, values = exported(network, clip, memory)
    return Contestant(
        count_parameters(network),
        count_flops(network, *given)["total"],
        lambda: session.run(None, values),
        lambda: network(*given),
    )


class _Plain(nn.Module):
    """Tensors in, tensors out, as an exported network has them."""

    def __init__(self, network: nn.Module, names: tuple[str, ...]) -> None:
        super().__init__()
        self.network, self.names = network, names

    def forward(
        self, joints: torch.Tensor, condition: torch.Tensor, *memory: torch.Tensor
    ) -> tuple[torch.Tensor, ...]:
        state = (dict(zip(self.names, memory, strict=True)),) if self.names else ()
        prediction, new = self.network(joints, condition, *state)
        return prediction.joints_m, *(new[name] for name in self.names)


def exported(
    network: nn.Module, clip: tuple[torch.Tensor, ...], memory: dict[str, torch.Tensor]
) -> tuple[onnxruntime.InferenceSession, dict[str, np.ndarray]]:
    """A session on one thread, checked against PyTorch, and its inputs."""
    plain, inputs = _Plain(network, tuple(memory)).eval(), (*clip, *memory.values())
    names, file = ["joints", "condition", *memory], io.BytesIO()
    torch.onnx.export(plain, inputs, file, dynamo=False, opset_version=OPSET, input_names=names)
    settings = onnxruntime.SessionOptions()
    settings.intra_op_num_threads = settings.inter_op_num_threads = 1
    settings.log_severity_level = 3
    session = onnxruntime.InferenceSession(file.getvalue(), settings, providers=["CPUExecutionProvider"])
    values = {name: tensor.numpy() for name, tensor in zip(names, inputs, strict=True)}
    np.testing.assert_allclose(session.run(None, values)[0], plain(*inputs)[0].numpy(), atol=1e-3)
    return session, values


def take_turns(contestants: list[Contestant], rounds: int) -> Limits:
    """Everybody's times, and the best that the machine does, measured in between."""
    square, long = torch.randn(1024, 1024), torch.randn(64_000_000)
    products, reads = [], []
    for contestant in contestants:
        contestant.step()  # warm up
    for _ in range(rounds):
        products.append(_cpu_s(lambda: square @ square))
        reads.append(_cpu_s(long.sum))
        for contestant in contestants:
            contestant.turn()
    return Limits(2 * 1024**3 / min(products), 4 * len(long) / min(reads))


def _cpu_s(call: Callable[[], object]) -> float:
    before = time.process_time()
    call()
    return time.process_time() - before


def row(of: Contestant, live: Contestant, limits: Limits) -> dict[str, str]:
    """The cells of HEADS."""
    warm, cold, reference = (1000 * statistics.median(s) for s in (of.warm_s, of.cold_s, live.warm_s))
    eager = 1000 * statistics.median(of.eager_s) if of.eager_s else None
    return {
        "parameters_m": f"{of.parameters / 1e6:.2f}",
        "mflop": f"{of.flops / 1e6:.1f}",
        "ms": f"{warm:.2f}",
        "times_live": f"{warm / reference:.1f}",
        "eager_ms": "" if eager is None else f"{eager:.2f}",
        "eager_times_live": "" if eager is None else f"{eager / reference:.1f}",
        "cold_ms": f"{cold:.2f}",
        "least_ms": f"{limits.least_ms(of):.2f}",
    }


def facts(limits: Limits) -> str:
    size = model_path("live").stat().st_size / 1e6
    return (
        f"\nOne core did {limits.flops_per_s / 1e9:.0f} GFLOP/s in float32 matrix products and read "
        f"{limits.bytes_per_s / 1e9:.1f} GB/s from memory in the same run; *least ms* is what the operations, or the "
        f"weights where they take longer, need at these rates. `live.onnx` has {size:.1f} MB.\n"
    )


if __name__ == "__main__":
    main()
