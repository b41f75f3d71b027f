"""Where the published networks lie; their bytes are checked against their model cards."""

from __future__ import annotations

import json
from dataclasses import asdict
from functools import cache
from importlib.resources import files
from pathlib import Path
from typing import Any

from ganbodypose.core import ModelCard, UserError
from ganbodypose.io.checksum import sha256_of_file

WEIGHTS = Path(str(files("ganbodypose"))) / "weights"


def published_models() -> tuple[str, ...]:
    """Names of the networks that come with the package."""
    return tuple(sorted(path.stem for path in WEIGHTS.glob("*.onnx")))


def model_card(name: str) -> ModelCard:
    """The card of a published network."""
    return ModelCard(**json.loads((WEIGHTS / f"{name}.json").read_text()))


def model_facts(model: str) -> dict[str, Any]:
    """The card of a published network; name and sha256 of any other."""
    if model in published_models():
        return asdict(model_card(model))
    return {"name": Path(model).name, "sha256": sha256_of_file(Path(model))}


@cache
def model_path(model: str) -> Path:
    """The file of a published network (checked by sha256), or `model` itself when it is the path of a file."""
    if model not in published_models():
        if Path(model).is_file():
            return Path(model)
        known = ", ".join(published_models())
        raise UserError(f"Unknown mode '{model}': choose one of {known}, or give a network's .onnx file.")
    path = WEIGHTS / f"{model}.onnx"
    if sha256_of_file(path) != model_card(model).sha256:
        raise UserError(
            f"{path} is damaged (its sha256 differs from its model card); reinstall gan-bodypose."
        )
    return path
