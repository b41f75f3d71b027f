"""Looks for an input on which a reader fails, led by which of our code was reached (atheris on libFuzzer).

    pip install 'gan-bodypose[fuzz]'                                  CPython 3.11 to 3.13, Linux or macOS
    python tests/fuzz/guided.py READER [--minutes 60] [--seed 0]

In this process, and until the first failure, whose input is kept in corpus/READER/. What is tried next is made by
`mutations`, as in `hunt.py`, from inputs that reached something new.
"""

from __future__ import annotations

import argparse
import random
import sys
import tempfile
import warnings
from contextlib import suppress
from pathlib import Path

import atheris

sys.path.insert(0, str(Path(__file__).parent))

from mutations import mutate

from ganbodypose.core import UserError

CORPUS = Path(__file__).parent / "corpus"
INPUT_S, MOST_BYTES = 20, 100_000


def main() -> None:
    parser = argparse.ArgumentParser(
        description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter
    )
    parser.add_argument("reader")
    parser.add_argument("--minutes", type=float, default=60.0)
    parser.add_argument("--seed", type=int, default=0)
    options = parser.parse_args()
    warnings.simplefilter("ignore")
    with tempfile.TemporaryDirectory() as folder:
        seek(options.reader, Path(folder), round(options.minutes * 60), options.seed)


def seek(name: str, folder: Path, seconds: int, seed: int) -> None:
    """Ends the program."""
    begun, place = folder / "begun", folder / "input"
    for path in (begun, place, CORPUS / name):
        path.mkdir(parents=True, exist_ok=True)
    with atheris.instrument_imports(include=["ganbodypose"]):  # also what is only imported to read
        from readers import READERS

        reader = READERS[name]

        def feed(data: bytes) -> None:
            path = place / f"input{reader.suffix}"
            path.write_bytes(data)
            with suppress(UserError):
                reader.read(path)

        for number, right in enumerate(reader.seeds()):
            (begun / str(number)).write_bytes(right)
            feed(right)

    def change(data: bytes, most: int, number: int) -> bytes:
        return mutate(data, random.Random(number))[:most]

    limits = [f"-max_total_time={seconds}", f"-timeout={INPUT_S}", f"-max_len={MOST_BYTES}", f"-seed={seed}"]
    atheris.Setup(
        [sys.argv[0], str(begun), f"-artifact_prefix={CORPUS / name}/", *limits], feed, custom_mutator=change
    )
    atheris.Fuzz()


if __name__ == "__main__":
    main()
