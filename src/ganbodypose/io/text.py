"""Text files in."""

from __future__ import annotations

from pathlib import Path

from ganbodypose.core import UserError


def read_text(path: Path, kind: str) -> str:
    """The file's text; UserError when it cannot be read or is not text."""
    try:
        return path.read_text(encoding="utf-8-sig")
    except FileNotFoundError as error:
        raise UserError(f"{path} does not exist; check the path.") from error
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    except UnicodeDecodeError as error:
        raise UserError(f"{path} is not text, so it is no {kind} file.") from error
