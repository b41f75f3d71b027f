"""Person and keypoint detectors behind one protocol; BlazePose on LiteRT is the embedded default."""

from __future__ import annotations

from collections.abc import Callable

from ganbodypose.core import UserError
from ganbodypose.detect.base import PoseDetector
from ganbodypose.detect.topdown.name import PREFIX, parse_name

DETECTORS = ("blazepose-full", "blazepose-lite", "blazepose-heavy")
DEFAULT_DETECTOR = DETECTORS[0]
RTMO_PREFIX = "rtmo:"


def create_detector(
    name: str = DEFAULT_DETECTOR, threads: int = 1, on_progress: Callable[[str], None] | None = None
) -> PoseDetector:
    """The detector called `name`, computing on `threads` threads: one of DETECTORS, `onnx:FILE` with options
    (`detect.topdown`), or `rtmo:FILE` (`detect.rtmo`).

    BlazePose's weights are fetched on first use; on_progress then gets a line of text. UserError when the name is
    unknown or the weights cannot be had.
    """
    check_name(name)
    if name.startswith(PREFIX):
        return _top_down(name, threads, on_progress)
    if name.startswith(RTMO_PREFIX):
        from ganbodypose.detect.rtmo import RtmoDetector

        return RtmoDetector(name)
    from ganbodypose.detect.blazepose.detector import BlazePose
    from ganbodypose.detect.weights import weights_path

    person, landmark = (weights_path(file, on_progress).read_bytes() for file in _blazepose_files(name))
    return BlazePose(name, person, landmark, threads)


def check_name(name: str) -> None:
    """UserError where `create_detector` cannot know what `name` means."""
    if name.startswith(PREFIX):
        parse_name(name)
    elif name.startswith(RTMO_PREFIX):
        from ganbodypose.detect.rtmo import rtmo_file

        rtmo_file(name)
    elif name not in DETECTORS:
        raise UserError(
            f"Unknown detector '{name}': choose one of {', '.join(DETECTORS)}, "
            f"or {PREFIX}FILE or {RTMO_PREFIX}FILE for a pose network of your own."
        )


def _top_down(name: str, threads: int, on_progress: Callable[[str], None] | None) -> PoseDetector:
    """A pose network of the user's; people are found by BlazePose unless the name says otherwise."""
    from ganbodypose.detect.topdown.detector import TopDownDetector
    from ganbodypose.detect.topdown.network import TopDownNetwork
    from ganbodypose.detect.topdown.people import YoloxPeople

    options = parse_name(name)
    network = TopDownNetwork(options, threads)
    if options.person is not None:
        return TopDownDetector(name, YoloxPeople(options.person), network)
    return TopDownDetector(name, create_detector(threads=threads, on_progress=on_progress), network)


def _blazepose_files(name: str) -> tuple[str, str]:
    """Names of the weights for people and for landmarks."""
    return "pose_detection", f"pose_landmark_{name.removeprefix('blazepose-')}"


def provide(name: str) -> None:
    """Fetch what the detector called `name` needs, where it is not there yet; UserError where it cannot be had."""
    from ganbodypose.detect.weights import weights_path

    check_name(name)
    for file in _weights_for(name):
        weights_path(file)


def _weights_for(name: str) -> tuple[str, ...]:
    """Names of the weights without which `create_detector` cannot do."""
    if name.startswith(RTMO_PREFIX):
        return ()
    if name.startswith(PREFIX):
        return () if parse_name(name).person else _blazepose_files(DEFAULT_DETECTOR)
    return _blazepose_files(name)


def checksums_of(name: str) -> dict[str, str]:
    """sha256 of each file that the detector called `name` works with, by the file's name."""
    from ganbodypose.detect.weights import ASSETS
    from ganbodypose.io.checksum import sha256_of_file

    if name.startswith(RTMO_PREFIX):
        from ganbodypose.detect.rtmo import rtmo_file

        return {rtmo_file(name).name: sha256_of_file(rtmo_file(name))}
    if not name.startswith(PREFIX):
        return {file: ASSETS[file].sha256 for file in _blazepose_files(name)}
    options = parse_name(name)
    own = {path.name: sha256_of_file(path) for path in (options.path, options.person) if path is not None}
    return own if options.person else own | {"pose_detection": ASSETS["pose_detection"].sha256}
