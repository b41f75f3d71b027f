"""Every network that can be trained, by name: ours (`model.config.PRESETS`) and its rivals.

A rival's `adam_rate` is the learning rate of its paper, or 1e-3 where its paper's is for other data or optimisers; none
was tuned.
"""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from torch import nn

from ganbodypose.baselines.eca_hrnet import EcaHrnet
from ganbodypose.baselines.lstm3d import Lstm3d
from ganbodypose.baselines.motionagformer import MotionAGFormer
from ganbodypose.baselines.pstmo import PStmo
from ganbodypose.baselines.sim_pose import SimPose
from ganbodypose.baselines.simple_baseline import SimpleBaseline
from ganbodypose.baselines.st_gcn import StGcn
from ganbodypose.baselines.trajectory_net import TrajectoryNet
from ganbodypose.baselines.vibe import Vibe
from ganbodypose.baselines.videopose3d import VideoPose3D
from ganbodypose.core import UserError
from ganbodypose.model.config import PRESETS
from ganbodypose.model.network import GanBodyPose

RIVALS: dict[str, Callable[[], nn.Module]] = {
    "simple_baseline": SimpleBaseline,
    "videopose3d_27": partial(VideoPose3D, levels=3),
    "videopose3d_243": partial(VideoPose3D, levels=5),
    "videopose3d_27_causal": partial(VideoPose3D, levels=3, causal=True),
    "videopose3d_243_causal": partial(VideoPose3D, levels=5, causal=True),
    "p_stmo_27": partial(PStmo, levels=3),
    "p_stmo_243": partial(PStmo, levels=5),
    "st_gcn": StGcn,
    "lstm_3d": Lstm3d,
    "trajectory_net": TrajectoryNet,
    "vibe": Vibe,
    "motionagformer_xs": MotionAGFormer,
    "sim_pose": SimPose,
    "eca_hrnet": EcaHrnet,
}
NETWORKS: dict[str, Callable[[], nn.Module]] = {
    **{name: partial(GanBodyPose, config) for name, config in PRESETS.items()},
    **RIVALS,
}


def build_network(name: str) -> nn.Module:
    """The untrained network called `name`: `network(joints, condition) -> (Prediction, memory)`.

    UserError when there is none of that name.
    """
    check_name(name)
    return NETWORKS[name]()


def check_name(name: str) -> None:
    """UserError when there is no network called `name`."""
    if name not in NETWORKS:
        raise UserError(f"There is no network {name!r}: choose one of {', '.join(NETWORKS)}.")
