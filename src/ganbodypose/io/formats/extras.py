"""Packages that only some formats need; they come with an extra."""

from __future__ import annotations

from importlib import import_module
from typing import Any

from ganbodypose.core import UserError, pip_install


def need(module: str, kind: str, extra: str = "export") -> Any:
    """The module; UserError, naming the pip command, where it is not installed. `kind` is e.g. 'C3D'."""
    try:
        return import_module(module)
    except ModuleNotFoundError as error:
        package = module.partition(".")[0]
        raise UserError(f"{kind} files need the package {package}: {pip_install(extra)}.") from error
