"""Delay percentiles against NumPy's, frame rates, and memory that does not grow."""

from __future__ import annotations

import numpy as np
import pytest

from ganbodypose.live.statistics import DelayMeter


def test_percentiles_are_numpys_to_one_percent() -> None:
    delays_s = np.random.default_rng(0).lognormal(np.log(0.05), 0.5, 5000)
    meter = DelayMeter()
    for k, delay_s in enumerate(delays_s):
        meter.add(float(delay_s), k / 30)
    found = meter.statistics()
    expected = 1000 * np.percentile(delays_s, [50, 95, 99])
    np.testing.assert_allclose(
        [found.delay_p50_ms, found.delay_p95_ms, found.delay_p99_ms], expected, rtol=0.015
    )
    assert found.frames == 5000


def test_rates_of_late_and_on_average() -> None:
    meter = DelayMeter()
    for k in range(301):
        meter.add(0.01, k / 10)
    for k in range(300):
        meter.add(0.01, 30 + (k + 1) / 30)
    found = meter.statistics(dropped=7)
    assert found.frames_per_s == pytest.approx(30, rel=0.02)
    assert found.mean_frames_per_s == pytest.approx(600 / 40)
    assert found.dropped == 7


def test_before_the_first_result_there_are_no_delays() -> None:
    found = DelayMeter().statistics()
    assert found.frames == 0
    assert np.isnan(found.delay_p95_ms)
    assert found.frames_per_s == 0


def test_memory_does_not_grow() -> None:
    meter = DelayMeter()
    for k in range(20_000):
        meter.add(0.02, k * 1e-4)
    assert len(meter._recent_s) <= 1000
