"""3D human motion from ordinary video, with a calibrated error for every joint.

Importing this package loads neither torch nor OpenCV; the names below are resolved on first use.
"""

from __future__ import annotations

import os
from importlib import import_module
from typing import Any

__version__ = "0.1.0"

# OpenCV reads an image's size before it takes memory for it, and its own limit is 3 GB of pixels. It looks here when
# it is loaded.
os.environ.setdefault("OPENCV_IO_MAX_IMAGE_PIXELS", str(1 << 27))

_PUBLIC = {
    "PoseEstimator": "ganbodypose.estimator",
    "PoseSequence": "ganbodypose.core",
    "FrameResult": "ganbodypose.core",
    "VideoFrame": "ganbodypose.core",
    "Camera": "ganbodypose.core",
    "UserError": "ganbodypose.core",
    "load": "ganbodypose.io.results",
    "load_camera": "ganbodypose.io.camera_files",
    "open_video": "ganbodypose.io.video",
}
__all__ = ["__version__", *_PUBLIC]  # noqa: PLE0604  (the keys are strings)


def __getattr__(name: str) -> Any:
    if name not in _PUBLIC:
        raise AttributeError(f"module 'ganbodypose' has no attribute {name!r}")
    return getattr(import_module(_PUBLIC[name]), name)


def __dir__() -> list[str]:
    return sorted(__all__)
