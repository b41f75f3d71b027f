"""What the live pipeline with all its receivers holds does not grow: the benchmark, cut short."""

from __future__ import annotations

from pathlib import Path

import pytest

import live_soak


@pytest.mark.slow
@pytest.mark.timeout(1800)
def test_memory_files_and_threads_are_flat(tmp_path: Path) -> None:
    report = live_soak.soak(0.2, tmp_path)
    assert report["frames"] == 0.2 * 3600 * live_soak.FPS
    assert report["people"] > 3, "they leave and come back"
    assert live_soak.is_flat(report), report


def test_what_grows_is_told() -> None:
    flat = {"growth": 1.0, "early_files": 20, "late_files": 21, "early_threads": 30, "late_threads": 30}
    assert live_soak.is_flat(flat)
    for grown in ({"growth": 1.1}, {"late_files": 25}, {"late_threads": 33}):
        assert not live_soak.is_flat(flat | grown)
