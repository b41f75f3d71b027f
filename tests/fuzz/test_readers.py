"""Whatever a file holds, its reader returns or raises UserError. `hunt.py` looks for exceptions for hours."""

from __future__ import annotations

import random
import sys
import warnings
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

sys.path.insert(0, str(Path(__file__).parent))

from mutations import mutate
from readers import READERS

from ganbodypose.core import UserError

CORPUS = Path(__file__).parent / "corpus"
SOME = settings(
    max_examples=25,
    deadline=None,
    derandomize=True,
    database=None,
    suppress_health_check=[HealthCheck.function_scoped_fixture, HealthCheck.too_slow],
)


def _feed(name: str, data: bytes, folder: Path) -> None:
    path = folder / f"input{READERS[name].suffix}"
    path.write_bytes(data)
    try:
        with warnings.catch_warnings():
            warnings.simplefilter("ignore")
            READERS[name].read(path)
    except UserError as error:
        assert str(error)


@pytest.mark.parametrize("name", READERS)
def test_right_inputs_and_those_that_once_failed(name: str, tmp_path: Path) -> None:
    for data in (*READERS[name].seeds(), b""):
        _feed(name, data, tmp_path)
    for path in sorted((CORPUS / name).glob("*")):
        _feed(name, path.read_bytes(), tmp_path)


@pytest.mark.parametrize("name", READERS)
def test_almost_right_inputs(name: str, tmp_path: Path) -> None:
    seeds = READERS[name].seeds()

    @SOME
    @given(rng=st.integers(0, 1 << 32).map(random.Random))
    def feed(rng: random.Random) -> None:
        _feed(name, mutate(rng.choice(seeds), rng), tmp_path)

    feed()


def test_the_check_can_fail(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def careless(path: Path) -> float:
        return float(path.read_bytes())

    monkeypatch.setitem(READERS, "careless", type(READERS["npz"])(".txt", lambda: [b"1.5"], careless))
    with pytest.raises(ValueError, match="could not convert"):
        test_almost_right_inputs("careless", tmp_path)
