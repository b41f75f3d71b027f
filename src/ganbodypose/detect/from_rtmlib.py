"""Networks that rtmlib runs (the [rtmpose] extra), from ONNX files of the user's; nothing is downloaded."""

from __future__ import annotations

import contextlib
import io
from pathlib import Path
from typing import Any

from ganbodypose.core import UserError, pip_install


def open_with_rtmlib(kind: str, path: Path, **options: Any) -> Any:
    """rtmlib's model of the class `kind` on the network in `path`, at the input size that it says.

    Called with a picture (BGR uint8 [H,W,3]). UserError where rtmlib or the file cannot be used.
    """
    try:
        import rtmlib
    except ImportError:
        raise UserError(
            f"{kind} needs rtmlib: {pip_install('rtmpose')}, or find people with BlazePose."
        ) from None
    with contextlib.redirect_stdout(io.StringIO()):  # rtmlib greets there
        model = _opened(getattr(rtmlib, kind), path, options)
    height, width = model.session.get_inputs()[0].shape[2:]
    if not isinstance(height, int) or not isinstance(width, int):
        raise UserError(f"{path} takes pictures of any size: give an export of {kind} for one size.")
    model.model_input_size = (height, width)
    return model


def _opened(model: Any, path: Path, options: dict[str, Any]) -> Any:
    try:
        return model(str(path), backend="onnxruntime", **options)
    except Exception as error:  # onnxruntime's own exceptions have no common public base
        raise UserError(f"{path} cannot be read as an ONNX network: {error}") from error
