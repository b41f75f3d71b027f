"""How far behind the results are, and how many come: in constant memory, however long it runs."""

from __future__ import annotations

from collections import deque
from dataclasses import asdict, dataclass
from typing import Any

import numpy as np

_LEAST_S, _MOST_S, _STEP = 1e-4, 100.0, 1.01  # bins 1 % wide: percentiles are exact to that
_EDGES_S = _LEAST_S * _STEP ** np.arange(int(np.log(_MOST_S / _LEAST_S) / np.log(_STEP)) + 1)
_RATE_OVER_S = 2.0


@dataclass(frozen=True)
class LiveStatistics:
    """frames delivered; dropped: pictures left out because a newer one was there (never from a file);
    frames_per_s over the last two seconds and on average; delay from capture to result, ms."""

    frames: int
    dropped: int
    frames_per_s: float
    mean_frames_per_s: float
    delay_p50_ms: float
    delay_p95_ms: float
    delay_p99_ms: float

    def as_json(self) -> dict[str, Any]:
        return {name: round(value, 2) for name, value in asdict(self).items()}


class DelayMeter:
    """Counts results and their delays: a histogram, since a list would grow for hours."""

    def __init__(self) -> None:
        self._counts = np.zeros(len(_EDGES_S) + 1, np.int64)
        self._recent_s: deque[float] = deque(maxlen=1000)
        self._first_s = self._last_s = 0.0

    def add(self, delay_s: float, now_s: float) -> None:
        if not self._recent_s:
            self._first_s = now_s
        self._last_s = now_s
        self._counts[np.searchsorted(_EDGES_S, delay_s)] += 1
        self._recent_s.append(now_s)
        while self._recent_s[0] < now_s - _RATE_OVER_S:
            self._recent_s.popleft()

    def statistics(self, dropped: int = 0) -> LiveStatistics:
        frames = int(self._counts.sum())
        recent_s = self._recent_s[-1] - self._recent_s[0] if len(self._recent_s) > 1 else 0.0
        whole_s = self._last_s - self._first_s
        p50, p95, p99 = (self._percentile_ms(share) for share in (0.50, 0.95, 0.99))
        return LiveStatistics(
            frames,
            dropped,
            (len(self._recent_s) - 1) / recent_s if recent_s else 0.0,
            (frames - 1) / whole_s if whole_s else 0.0,
            p50,
            p95,
            p99,
        )

    def _percentile_ms(self, share: float) -> float:
        total = self._counts.sum()
        if not total:
            return float("nan")
        bin_ = int(np.searchsorted(np.cumsum(self._counts), share * total))
        return float(1000 * _EDGES_S[min(bin_, len(_EDGES_S) - 1)])
