"""What made a result, for whoever opens it later: versions, networks, options, camera, source."""

from __future__ import annotations

import platform
from importlib.metadata import PackageNotFoundError, version
from pathlib import Path
from typing import Any

from ganbodypose import __version__
from ganbodypose.core import Camera
from ganbodypose.detect import checksums_of
from ganbodypose.estimator import DEFAULT_FOV_DEG
from ganbodypose.io.checksum import sha256_of_file
from ganbodypose.io.sources.opening import without_login
from ganbodypose.jobs.options import PoseOptions
from ganbodypose.lift.model_files import model_facts
from ganbodypose.quality.calibration import ErrorCalibration

_PACKAGES = ("numpy", "scipy", "opencv-python-headless", "av", "ai-edge-litert", "onnxruntime")


def provenance(options: PoseOptions, camera: Camera, calibration: ErrorCalibration) -> dict[str, Any]:
    """The part of `meta_json` (`io.results`) that does not depend on what is seen. calibration: of the network,
    by which the errors of what is measured on the result are known."""
    return {
        "versions": {"ganbodypose": __version__, "python": platform.python_version()} | _package_versions(),
        "model": model_facts(options.mode),
        "detector": {"name": options.detector, "sha256": checksums_of(options.detector)},
        "options": options.as_json(),
        "camera_assumed": camera.assumed,
        "calibration": calibration.as_dict(),
    }


def assumed(options: PoseOptions, camera: Camera) -> list[str]:
    """What was not told and is therefore assumed, in plain words."""
    notes = []
    if camera.assumed:
        notes.append(
            f"Camera intrinsics assumed: {DEFAULT_FOV_DEG:g} degrees field of view across the longer "
            "side; give --camera or --fov for a metric root position."
        )
    if options.height_m is None:
        notes.append("Body height unknown: an average adult is assumed; give --height for true sizes.")
    return notes


def source_facts(source: str) -> dict[str, Any]:
    """A folder of images, a stream or a webcam has no checksum; a stream's address is told without its login."""
    path = Path(source)
    sha256 = sha256_of_file(path) if path.is_file() else None
    return {"name": Path(without_login(source)).name, "sha256": sha256}


def _package_versions() -> dict[str, str]:
    found = {}
    for name in _PACKAGES:
        try:
            found[name] = version(name)
        except PackageNotFoundError:  # e.g. opencv-python in place of its headless twin
            continue
    return found
