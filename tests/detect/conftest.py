"""Real models and real pictures: provisioned on first use, skipped with the reason where that fails."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path

import av
import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.detect import create_detector
from ganbodypose.detect.blazepose.detector import BlazePose


@pytest.fixture(scope="session")
def detector_named() -> Callable[[str], BlazePose]:
    """blazepose-full, -lite or -heavy, made once."""

    @cache
    def named(name: str) -> BlazePose:
        try:
            detector = create_detector(name)
        except UserError as error:
            pytest.skip(f"cannot be fetched here: {error}")
        assert isinstance(detector, BlazePose)
        return detector

    return named


@pytest.fixture(scope="session")
def detector(detector_named: Callable[[str], BlazePose]) -> BlazePose:
    return detector_named("blazepose-full")


@pytest.fixture(scope="session")
def demo_frames(demo_video: Path) -> dict[int, np.ndarray]:
    """Every 15th frame of the demo video up to 210, RGB."""
    frames = {}
    with av.open(str(demo_video)) as container:
        for number, frame in enumerate(container.decode(video=0)):
            if number % 15 == 0:
                frames[number] = frame.to_ndarray(format="rgb24")
            if number == 210:
                break
    return frames
