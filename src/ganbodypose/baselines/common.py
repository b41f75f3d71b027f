"""What all rivals share: what they see of a frame, how they answer, and windows of a fixed length."""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.model.cnn3d import CONDITION_CHANNELS
from ganbodypose.model.cuboid import INPUT_CHANNELS
from ganbodypose.model.network import Prediction
from ganbodypose.skeletons import H36M_17

JOINTS = len(H36M_17)
POSE_CHANNELS = (JOINTS - 1) * 3  # the pelvis is the origin
FRAME_CHANNELS = JOINTS * INPUT_CHANNELS + CONDITION_CHANNELS
JOINT_CHANNELS = INPUT_CHANNELS + CONDITION_CHANNELS

Answer = tuple[Prediction, dict[str, torch.Tensor]]


def frame_features(joints: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
    """joints [B,T,17,5], condition [B,T,6] -> one vector per frame [B,T,FRAME_CHANNELS]."""
    return torch.cat([joints.flatten(2), condition], -1)


def joint_features(joints: torch.Tensor, condition: torch.Tensor) -> torch.Tensor:
    """joints [B,T,17,5], condition [B,T,6] -> one vector per joint [B,T,17,JOINT_CHANNELS]."""
    return torch.cat([joints, condition[:, :, None].expand(-1, -1, JOINTS, -1)], -1)


def predicted(xyz: torch.Tensor, log_error: torch.Tensor, features: torch.Tensor) -> Prediction:
    """xyz [B,T,16,3] m and log_error [B,T,16], both without the pelvis, as `GanBodyPose` answers."""
    joints_m = nn.functional.pad(xyz, (0, 0, 1, 0))
    return Prediction(joints_m, None, log_error - 3.0, features, xyz.new_zeros(*xyz.shape[:2], 5))


class FrameHead(nn.Module):
    """Features of frames [B,T,C] -> `Prediction`; the expected error does not train the features."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.joints = nn.Linear(channels, POSE_CHANNELS)
        self.error = nn.Linear(channels, JOINTS - 1)

    def forward(self, x: torch.Tensor) -> Prediction:
        return predicted(self.joints(x).unflatten(-1, (-1, 3)), self.error(x.detach()), x)


class JointHead(nn.Module):
    """Features of joints [B,T,17,C] -> `Prediction`; the expected error does not train the features."""

    def __init__(self, channels: int) -> None:
        super().__init__()
        self.joints = nn.Linear(channels, 3)
        self.error = nn.Linear(channels, 1)

    def forward(self, x: torch.Tensor) -> Prediction:
        x = x[:, :, 1:]
        return predicted(self.joints(x), self.error(x.detach()).squeeze(-1), x)


def repeat_edges(x: torch.Tensor, before: int, after: int) -> torch.Tensor:
    """x [B,T,...] with its first and last frames repeated."""
    if before == after == 0:  # ONNX cannot repeat a frame no times
        return x
    edge = lambda frame, count: frame.expand(-1, count, *x.shape[2:])  # noqa: E731
    return torch.cat([edge(x[:, :1], before), x, edge(x[:, -1:], after)], 1)


def windows_around(x: torch.Tensor, frames: int) -> torch.Tensor:
    """Views of x [B,T,C] centred on every frame, edges repeated: [B,T,frames,C]."""
    half = frames // 2
    return repeat_edges(x, half, frames - 1 - half).unfold(1, frames, 1).transpose(-1, -2)


def cut(x: torch.Tensor, frames: int) -> torch.Tensor:
    """x [B,T,...] cut into segments [B,N,frames,...].

    The last segment ends with the clip, so it overlaps the one before; the last frame continues a short clip.
    """
    steps = x.shape[1]
    x = repeat_edges(x, 0, max(frames - steps, 0))
    starts = [*range(0, max(steps - frames, 0), frames), max(steps - frames, 0)]
    return torch.stack([x[:, start : start + frames] for start in starts], 1)


def join(segments: torch.Tensor, steps: int) -> torch.Tensor:
    """The clip [B,steps,...] of which `cut` made the segments [B,N,frames,...]."""
    count, frames = segments.shape[1:3]
    if steps <= frames:
        return segments[:, 0, :steps]
    known = (count - 1) * frames
    return torch.cat([segments[:, :-1].flatten(1, 2), segments[:, -1, known - steps :]], 1)
