"""What is read, and what is refused, from pickles of both Pythons and both generations of NumPy."""

import os
import pickle
from collections.abc import Callable
from pathlib import Path
from typing import Any

import numpy as np
import pytest

from ganbodypose.core import UserError
from ganbodypose.datasets.safe_pickle import load_npz_member, load_pickle

DATA: dict[str, Any] = {
    "floats": np.arange(6, dtype=np.float32).reshape(2, 3),
    "fortran": np.asfortranarray(np.arange(6.0).reshape(2, 3)),
    "big_endian": np.arange(3, dtype=">i4"),
    "text": np.array(["walk", "run"]),
    "flags": np.array([True, False]),
    "objects": np.array([np.zeros(2), None, "x"], dtype=object),
    "scalar": np.float64(2.5),
    "dtype": np.str_("S1"),
    "plain": [1, 2.5, True, None, "é", b"\x00\xff", (1, [2]), 3 + 4j, 10**20],
}
# How Python 2 wrote {'sequence': 'café', 'x': np.array([1., 2.])}: byte strings, numpy.core.
PYTHON_2 = (
    b"\x80\x02}(U\x08sequenceU\x04caf\xe9U\x01xcnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\n"
    b"K\x00\x85U\x01b\x87R(K\x01K\x02\x85cnumpy\ndtype\nU\x02f8K\x00K\x01\x87R(K\x03U\x01<NNN"
    b"J\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb\x89U\x10" + np.array([1.0, 2.0]).tobytes() + b"tbu."
)
# An array of one object whose dtype claims to be plain bytes: NumPy would take the bytes for a pointer.
FORGED = (
    b"\x80\x02cnumpy.core.multiarray\n_reconstruct\ncnumpy\nndarray\nK\x00\x85U\x01b\x87R(K\x01K\x01\x85"
    b"cnumpy\ndtype\nU\x02O8K\x00K\x01\x87R(K\x03U\x01|NNNJ\xff\xff\xff\xffJ\xff\xff\xff\xffK\x00tb"
    b"\x89U\x08AAAAAAAAtb."
)


def assert_same(a: Any, b: Any) -> None:
    if isinstance(a, dict):
        assert a.keys() == b.keys()
        for key in a:
            assert_same(a[key], b[key])
    elif isinstance(a, np.ndarray) and a.dtype == object:
        for x, y in zip(a, b, strict=True):
            assert_same(x, y)
    elif isinstance(a, np.ndarray):
        assert a.dtype == b.dtype or a.dtype == b.dtype.newbyteorder()  # NumPy may swap to native order
        np.testing.assert_array_equal(a, b)
    else:
        assert a == b and type(a) is type(b)


@pytest.mark.parametrize("protocol", range(pickle.HIGHEST_PROTOCOL + 1))
def test_plain_data_come_back_as_they_were(tmp_path: Path, protocol: int) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(pickle.dumps(DATA, protocol))
    assert_same(DATA, load_pickle(path))


@pytest.mark.parametrize("module", [b"numpy.core", b"numpy._core"])
def test_both_generations_of_numpy(tmp_path: Path, module: bytes) -> None:
    path = tmp_path / "a.pkl"
    written = pickle.dumps(DATA, 2).replace(b"numpy._core", b"numpy.core").replace(b"numpy.core", module)
    assert module + b".multiarray" in written
    path.write_bytes(written)
    assert_same(DATA, load_pickle(path))


def test_python_2(tmp_path: Path) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(PYTHON_2)
    assert_same({"sequence": "café", "x": np.array([1.0, 2.0])}, load_pickle(path))


class _Runs:
    def __init__(self, function: Callable[..., Any], *arguments: Any) -> None:
        self.call = (function, arguments)

    def __reduce__(self) -> tuple[Callable[..., Any], tuple[Any, ...]]:
        return self.call


def test_code_is_refused_and_not_run(tmp_path: Path) -> None:
    path, witness = tmp_path / "a.pkl", tmp_path / "witness"
    path.write_bytes(pickle.dumps({"x": [_Runs(os.mkdir, str(witness))]}))
    with pytest.raises(UserError, match=rf"{path} asks for (posix|nt)\.mkdir"):
        load_pickle(path)
    assert not witness.exists()


@pytest.mark.parametrize(
    ("content", "refused"),
    [
        (pickle.dumps(_Runs(eval, "1")), "builtins.eval"),
        (pickle.dumps(_Runs(getattr, [], "append")), "builtins.getattr"),
        (pickle.dumps(_Runs(np.load, "x")), r"numpy.*\.load"),
        (pickle.dumps(Path("x")), "pathlib"),
        (pickle.dumps({1, 2}, 2), "set"),
        (pickle.dumps(np.zeros(2, dtype=[("a", float)])), "structured dtype"),
        (b"c_codecs\nencode\n(X\x01\x00\x00\x00aX\x05\x00\x00\x00rot13tR.", "rot13"),
        (FORGED, "array of objects"),
    ],
)
def test_refused(tmp_path: Path, content: bytes, refused: str) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"{path} asks for .*{refused}.*was not read"):
        load_pickle(path)


@pytest.mark.parametrize("content", [b"", b"no pickle", pickle.dumps(DATA)[:-50], PYTHON_2[:-20]])
def test_damaged(tmp_path: Path, content: bytes) -> None:
    path = tmp_path / "a.pkl"
    path.write_bytes(content)
    with pytest.raises(UserError, match=f"{path} .*damaged"):
        load_pickle(path)
    with pytest.raises(UserError, match=f"{path} is not a NumPy .npz"):
        load_npz_member(path, "x")


def test_a_few_bytes_that_take_gigabytes(tmp_path: Path) -> None:
    path = tmp_path / "memo.pkl"
    path.write_bytes(b"\x80\x02]r\xff\xff\xff\x0f.")
    with pytest.raises(UserError, match="it numbers its parts up to 268435455"):
        load_pickle(path)


def test_missing_file(tmp_path: Path) -> None:
    with pytest.raises(UserError, match=r"none\.pkl cannot be read: No such file"):
        load_pickle(tmp_path / "none.pkl")
    with pytest.raises(UserError, match=r"none\.npz cannot be read: No such file"):
        load_npz_member(tmp_path / "none.npz", "x")


@pytest.mark.parametrize("save", [np.savez, np.savez_compressed])
def test_npz_members(tmp_path: Path, save: Callable[..., None]) -> None:
    path = tmp_path / "a.npz"
    save(path, data=np.array(DATA, dtype=object), plain=DATA["fortran"], listed=DATA["objects"])
    assert_same(DATA, load_npz_member(path, "data"))
    assert_same(DATA["fortran"], load_npz_member(path, "plain"))
    assert_same(DATA["objects"], load_npz_member(path, "listed"))
    with pytest.raises(UserError, match=f"{path}: field 'other' is missing"):
        load_npz_member(path, "other")


def test_npz_with_code(tmp_path: Path) -> None:
    path = tmp_path / "a.npz"
    np.savez(path, data=np.array({"x": _Runs(eval, "1")}, dtype=object))
    with pytest.raises(UserError, match=f"{path}: field 'data' asks for builtins.eval"):
        load_npz_member(path, "data")
