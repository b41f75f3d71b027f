"""Small networks that tell correct from incorrect repetitions of one movement: an ST-GCN and an LSTM.

What `quality.scoring` is compared with. Both see canonical motions (`quality.scoring.canonical`), evenly sampled
to FRAMES; each is trained anew, from few repetitions, with a fixed budget and nothing chosen on the test person.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np
import torch
from torch import nn

from ganbodypose.baselines.common import JOINTS
from ganbodypose.baselines.st_gcn import StGcnLayer

FRAMES = 16
EPOCHS = 20
_BATCH = 32
_LEARNING_RATE = 1e-2
_WEIGHT_DECAY = 1e-2


class StGcnClassifier(nn.Module):
    """[B,T,17,3] -> log-odds [B] of being correct: ST-GCN layers, pooled over time and joints."""

    def __init__(self, channels: tuple[int, ...] = (16, 16), dropout: float = 0.3) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(JOINTS * 3)
        ends = zip((3, *channels[:-1]), channels, strict=True)
        self.layers = nn.Sequential(*(StGcnLayer(a, b, i > 0, 0.0) for i, (a, b) in enumerate(ends)))
        self.classify = nn.Sequential(nn.Dropout(dropout), nn.Linear(channels[-1], 1))

    def forward(self, motion: torch.Tensor) -> torch.Tensor:
        x = self.norm(motion.flatten(2).transpose(1, 2)).unflatten(1, (JOINTS, 3))  # [B,17,3,T]
        log_odds: torch.Tensor = self.classify(self.layers(x.permute(0, 2, 3, 1)).mean((2, 3))).squeeze(-1)
        return log_odds


class LstmClassifier(nn.Module):
    """[B,T,17,3] -> log-odds [B] of being correct: a bidirectional LSTM, averaged over time."""

    def __init__(self, width: int = 32, dropout: float = 0.3) -> None:
        super().__init__()
        self.norm = nn.BatchNorm1d(JOINTS * 3)
        self.lstm = nn.LSTM(JOINTS * 3, width, batch_first=True, bidirectional=True)
        self.classify = nn.Sequential(nn.Dropout(dropout), nn.Linear(2 * width, 1))

    def forward(self, motion: torch.Tensor) -> torch.Tensor:
        x = self.norm(motion.flatten(2).transpose(1, 2)).transpose(1, 2)
        states, _ = self.lstm(x)
        log_odds: torch.Tensor = self.classify(states.mean(1)).squeeze(-1)
        return log_odds


CLASSIFIERS: dict[str, Callable[[], nn.Module]] = {"ST-GCN": StGcnClassifier, "LSTM": LstmClassifier}


def sampled(motion: np.ndarray, frames: int = FRAMES) -> np.ndarray:
    """motion [N,17,3] -> [frames,17,3] float32 at even times; missing joints at the pelvis."""
    at = np.linspace(0, len(motion) - 1, frames)
    rows = np.nan_to_num(motion).reshape(len(motion), -1)
    columns = [np.interp(at, np.arange(len(motion)), column) for column in rows.T]
    return np.stack(columns, -1).reshape(frames, *motion.shape[1:]).astype(np.float32)


def train_classifier(name: str, motions: Sequence[np.ndarray], good: np.ndarray, seed: int = 0) -> nn.Module:
    """The classifier of CLASSIFIERS called `name`, trained on sampled motions and their labels."""
    torch.manual_seed(seed)
    inputs, labels = torch.from_numpy(np.stack(motions)), torch.from_numpy(good.astype(np.float32))
    network = CLASSIFIERS[name]()
    optimizer = torch.optim.AdamW(network.parameters(), _LEARNING_RATE, weight_decay=_WEIGHT_DECAY)
    steps = EPOCHS * -(-len(labels) // _BATCH)
    schedule = torch.optim.lr_scheduler.OneCycleLR(optimizer, _LEARNING_RATE, total_steps=steps)
    loss = nn.BCEWithLogitsLoss(pos_weight=(1 - labels).sum() / labels.sum())
    for _ in range(EPOCHS):
        for rows in torch.randperm(len(labels)).split(_BATCH):
            optimizer.zero_grad()
            loss(network(inputs[rows]), labels[rows]).backward()
            optimizer.step()
            schedule.step()
    return network.eval()


def probability_of_correct(network: nn.Module, motions: Sequence[np.ndarray]) -> np.ndarray:
    """[n] for sampled motions."""
    with torch.inference_mode():
        return torch.sigmoid(network(torch.from_numpy(np.stack(motions)))).numpy()
