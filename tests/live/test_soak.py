"""Memory of the live pipeline with all its receivers does not grow: the benchmark, cut short."""

from __future__ import annotations

import importlib.util
from pathlib import Path

import pytest

_SOAK = Path(__file__).parents[2] / "benchmarks" / "live_soak.py"


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_memory_is_flat(tmp_path: Path) -> None:
    spec = importlib.util.spec_from_file_location("live_soak", _SOAK)
    assert spec is not None and spec.loader is not None
    soak = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(soak)
    report = soak.soak(0.2, tmp_path)
    assert report["frames"] == 0.2 * 3600 * soak.FPS
    assert report["growth"] < soak.MAX_GROWTH
