"""Memory of the live pipeline with all its receivers does not grow: the benchmark, cut short."""

from __future__ import annotations

from pathlib import Path

import pytest

import live_soak


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_memory_is_flat(tmp_path: Path) -> None:
    report = live_soak.soak(0.2, tmp_path)
    assert report["frames"] == 0.2 * 3600 * live_soak.FPS
    assert report["growth"] < live_soak.MAX_GROWTH
