"""LSTM-3D: propagating LSTMs (Lee et al., ECCV 2018), from the centre of the body to its ends.

Each LSTM sees the frame and the 3D joints that the LSTMs before it made (the pseudo-3D pose), and makes the next
ring of joints; so each joint is built on those it hangs from. The rings follow from the skeleton's tree. The width
is ours: the paper fixes none for this input.
"""

from __future__ import annotations

import torch
from torch import nn

from ganbodypose.baselines.common import FRAME_CHANNELS, JOINTS, Answer, frame_features, predicted
from ganbodypose.model.temporal import Memory
from ganbodypose.skeletons import H36M_17


def rings() -> list[list[int]]:
    """Joints by their distance from the pelvis along the skeleton, without the pelvis itself."""
    distance = [0] * JOINTS
    for parent, child in H36M_17.bones:
        distance[child] = distance[parent] + 1
    return [[j for j in range(JOINTS) if distance[j] == d] for d in range(1, max(distance) + 1)]


class PropagatingLstm(nn.Module):
    """One ring: fully connected, LSTM over time, fully connected. [B,T,C] -> [B,T,joints,4] (x, y, z, log error)."""

    def __init__(self, inputs: int, width: int, joints: int) -> None:
        super().__init__()
        self.enter = nn.Sequential(nn.Linear(inputs, width), nn.ReLU())
        self.lstm = nn.LSTM(width, width, batch_first=True)
        self.joints = nn.Linear(width, 3 * joints)
        self.error = nn.Linear(width, joints)

    def forward(
        self, x: torch.Tensor, state: tuple[torch.Tensor, torch.Tensor] | None
    ) -> tuple[torch.Tensor, torch.Tensor, tuple[torch.Tensor, torch.Tensor]]:
        y, state = self.lstm(self.enter(x), state)
        return self.joints(y).unflatten(-1, (-1, 3)), self.error(y.detach()), state


class Lstm3d(nn.Module):
    """The same inputs as `GanBodyPose`; causal, and goes on from its memory."""

    adam_rate = 1e-3

    def __init__(self, width: int = 512) -> None:
        super().__init__()
        self.rings = rings()
        known = [3 * sum(map(len, self.rings[:i])) for i in range(len(self.rings))]
        self.lstms = nn.ModuleList(
            PropagatingLstm(FRAME_CHANNELS + k, width, len(ring))
            for k, ring in zip(known, self.rings, strict=True)
        )
        self.order = [j for ring in self.rings for j in ring]

    def forward(self, joints: torch.Tensor, condition: torch.Tensor, memory: Memory | None = None) -> Answer:
        """joints [B,T,17,5], condition [B,T,6] -> prediction, memory."""
        seen, new, xyz, errors = frame_features(joints, condition), {}, [], []
        for i, lstm in enumerate(self.lstms):
            state = None if memory is None else (memory[f"hidden{i}"], memory[f"cell{i}"])
            ring, error, (new[f"hidden{i}"], new[f"cell{i}"]) = lstm(seen, state)
            xyz.append(ring)
            errors.append(error)
            seen = torch.cat([seen, ring.flatten(2)], -1)
        by_joint = torch.tensor(self.order).argsort()
        joints_m, log_error = torch.cat(xyz, 2)[:, :, by_joint], torch.cat(errors, 2)[:, :, by_joint]
        return predicted(joints_m, log_error, seen), new
