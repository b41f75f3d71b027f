"""One input given to one reader."""

from __future__ import annotations

import signal
import traceback
from pathlib import Path

from reader import Reader

from ganbodypose.core import UserError

CORPUS = Path(__file__).parent / "corpus"
INPUT_CPU_S, INPUT_S = 20, 600  # the second is for readers that wait; on a busy machine work takes long, too


def beginnings(name: str, reader: Reader) -> list[bytes]:
    """Right inputs and those that once failed."""
    return reader.seeds() + [path.read_bytes() for path in sorted((CORPUS / name).glob("*"))]


def failure_of(reader: Reader, data: bytes, folder: Path) -> str | None:
    """Where in the package an exception other than UserError came from. Ends the process where it takes too long."""
    path = folder / f"input{reader.suffix}"
    path.write_bytes(data)
    signal.setitimer(signal.ITIMER_PROF, INPUT_CPU_S)
    signal.alarm(INPUT_S)
    try:
        reader.read(path)
    except UserError:
        return None
    except Exception as error:  # anything else is what is looked for
        frames = traceback.extract_tb(error.__traceback__)
        ours = [frame for frame in frames if "ganbodypose" in frame.filename]
        place = f"{Path(ours[-1].filename).name}:{ours[-1].name}" if ours else "?"
        return f"{type(error).__name__} in {place}: {str(error)[:80]}"
    finally:
        signal.alarm(0)
        signal.setitimer(signal.ITIMER_PROF, 0)
    return None
