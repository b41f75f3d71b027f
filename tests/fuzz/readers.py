"""Everything that reads files or messages of others, with small right inputs to begin from."""

from __future__ import annotations

import json
import socket
import sys
from collections.abc import Callable, Iterator
from functools import cache
from pathlib import Path
from typing import Any

import numpy as np

sys.path.insert(0, str(Path(__file__).parent))

from dataset_readers import all_readers as dataset_readers
from dataset_readers import mocap_archive
from reader import Reader, written

from ganbodypose.batch.manifest import read_manifest
from ganbodypose.batch.record import facts_if_done
from ganbodypose.core import Camera, PoseSequence
from ganbodypose.datasets.bvh import read_bvh_folder
from ganbodypose.datasets.mix import read_mix
from ganbodypose.io import formats
from ganbodypose.io.camera_files import load_camera
from ganbodypose.io.keypoints import read_keypoints
from ganbodypose.io.video import open_video
from ganbodypose.jobs.options import RunOptions
from ganbodypose.lift.network import StepNetwork
from ganbodypose.protocols.predictions import _json_trials, _plain_npz
from ganbodypose.quality.scoring.files import load_model
from ganbodypose.skeletons import H36M_17

# Each is one of `formats`, by its ending; USD is read by Pixar's library as a whole.
FILE_FORMATS = (".npz", ".csv", ".trc", ".bvh", ".c3d", ".mot", ".glb", ".parquet", ".nc")


_CAMERA = Camera(np.array([[500.0, 0, 50], [0, 500, 50], [0, 0, 1]]), (100, 100))


@cache
def recording() -> PoseSequence:
    """Two people for a few frames."""
    n = 6
    rng = np.random.default_rng(0)
    joints = rng.normal(0, 0.5, (n, 17, 3)).astype(np.float32)
    joints[:, 0] = 0
    return PoseSequence(
        frame_index=np.repeat(np.arange(3), 2),
        time_s=np.repeat(np.arange(3) / 30, 2),
        track_id=np.tile([1, 2], 3),
        keypoints_2d_px=rng.uniform(0, 99, (n, 17, 2)).astype(np.float32),
        keypoints_2d_confidence=np.full((n, 17), 0.5, np.float32),
        joints_3d_m=joints,
        root_camera_m=np.tile(np.float32([0, 0, 4]), (n, 1)),
        expected_error_m=np.full((n, 17), 0.03, np.float32),
        pose_quality=np.full(n, 0.7, np.float32),
        bbox_px=np.tile(np.float32([0, 0, 99, 99]), (n, 1)),
        joint_names=H36M_17.joints,
        camera_matrix=_CAMERA.matrix,
        fps=30.0,
        image_size_wh=(100, 100),
        meta={},
    )


def _written(suffix: str) -> Callable[[], list[bytes]]:
    def write(folder: Path) -> None:
        one_person = suffix in (".trc", ".bvh", ".mot", ".glb")
        formats.write(folder / f"a{suffix}", recording().person(1) if one_person else recording())

    return written(f"a{suffix}", write)


def _bodies() -> list[bytes]:
    """As a depth sensor's body tracker writes them."""
    names = [f"{j}" for j in ("PELVIS", "HIP_LEFT", "HIP_RIGHT", "KNEE_LEFT", "NECK")]
    body = {"body_id": 1, "joint_positions": [[0, 100 * k, 2000] for k in range(len(names))]}
    frames = [
        {"frame_id": k, "timestamp_usec": 33333 * k, "bodies": [body], "num_bodies": 1} for k in range(2)
    ]
    return [json.dumps({"joint_names": names, "frames": frames}).encode()]


def _keypoint_files() -> list[bytes]:
    points = [[10.0 + j, 20.0 + j, 0.5] for j in range(17)]
    flat = [value for point in points for value in point]
    person: dict[str, Any] = {"keypoints": [point[:2] for point in points], "keypoint_scores": [0.5] * 17}
    marks = [{"x": 0.5, "y": 0.5, "z": 0.1, "visibility": 0.9}] * 33
    return [
        json.dumps(contents).encode()
        for contents in (
            {"version": 1.3, "people": [{"person_id": [3], "pose_keypoints_2d": flat}]},
            [{"image_id": "7.jpg", "category_id": 1, "keypoints": flat, "score": 2.5, "idx": 1}],
            [{"frame_id": 1, "instances": [{**person, "track_id": 4}]}],
            {
                "meta_info": {"keypoint_id2name": {"0": "nose"}},
                "instance_info": [{"frame_id": 1, "instances": []}],
            },
            [person],
            [{"frame": 2, "keypoints": [person["keypoints"]], "scores": [[0.5] * 17], "track_ids": [1]}],
            {"frames": [{"timestamp_ms": 40, "pose_landmarks": [marks], "pose_world_landmarks": [marks]}]},
        )
    ]


def _keypoint_tables() -> list[bytes]:
    wide = ",".join(f"{part}{j}" for j in range(33) for part in "xyzv")
    return [
        f"frame,time_s,{wide}\n4,0.25,{','.join(['0.5'] * 132)}\n".encode(),
        b"frame,landmark,x,y\n0,LEFT_HIP,410,200\n0,24,390,\n1,PoseLandmark.LEFT_HIP,411,201\n",
    ]


_CALIBRATION = b"""[cam]\nname = "cam"\nsize = [640.0, 480.0]
matrix = [[500.0, 0.0, 320.0], [0.0, 500.0, 240.0], [0.0, 0.0, 1.0]]
distortions = [0.1, 0.0, 0.0, 0.0]\nrotation = [0.1, 0.2, 0.3]\ntranslation = [0.0, 1.0, 2.0]\n"""
_CAMERA_YAML = b"""%YAML:1.0\n---\nimage_width: 640\nimage_height: 480\ncamera_matrix: !!opencv-matrix
   rows: 3\n   cols: 3\n   dt: d\n   data: [ 500., 0., 320., 0., 500., 240., 0., 0., 1. ]
distortion_coefficients: [ 0.1, 0., 0., 0., 0. ]\n"""


def _camera_json() -> list[bytes]:
    matrix = [[500, 0, 320], [0, 500, 240], [0, 0, 1]]
    return [json.dumps({"camera_matrix": matrix, "dist": [0.1, 0, 0, 0], "image_size": [640, 480]}).encode()]


def _movement_models() -> list[bytes]:
    return [min(_resource("weights/movements", ".npz"), key=len)]


def _resource(folder: str, suffix: str) -> list[bytes]:
    import ganbodypose

    root = Path(ganbodypose.__file__).parent / folder
    return [path.read_bytes() for path in sorted(root.rglob(f"*{suffix}"))]


def _marks() -> list[bytes]:
    record = {"source": "a", "contents": {"bytes": 1, "modified_ns": 2, "sha256": "3"}, "recipe": "recipe"}
    return [json.dumps({**record, "files": {"poses.npz": 3}, "facts": {"frames": 1}}).encode()]


def _read_mark(path: Path) -> object:
    from ganbodypose.batch.record import Task

    path.rename(path.with_name("done.json"))
    return facts_if_done(Task("a", str(path), path.parent, RunOptions(), "recipe"))


def _images() -> list[bytes]:
    import cv2

    picture = np.arange(40 * 40 * 3, dtype=np.uint8).reshape(40, 40, 3)
    return [
        cv2.imencode(suffix, picture)[1].tobytes() for suffix in (".png", ".jpg", ".bmp", ".tif", ".webp")
    ]


def _read_video(path: Path) -> int:
    with open_video(path, image_fps=30.0) as video:
        return sum(1 for _, _ in zip(video, range(50), strict=False))


def _videos() -> list[bytes]:
    from ganbodypose.io.video_writer import VideoWriter

    def write(folder: Path) -> None:
        with VideoWriter(folder / "a.mp4", (48, 32), 30) as video:
            for k in range(4):
                video.write(np.full((32, 48, 3), 50 * k, np.uint8), k / 30)

    return written("a.mp4", write)()


def _requests() -> list[bytes]:
    key = b"Sec-WebSocket-Key: dGhlIHNhbXBsZSBub25jZQ==\r\nSec-WebSocket-Version: 13\r\n"
    head = b"Host: 127.0.0.1\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n" + key
    frame = b"\x81\x85\x01\x02\x03\x04" + bytes(
        a ^ b for a, b in zip(b"hello", b"\x01\x02\x03\x04\x01", strict=True)
    )
    return [
        b"GET /?token=secret HTTP/1.1\r\n" + head + b"\r\n" + frame,
        b"GET / HTTP/1.1\r\n"
        + head
        + b"Authorization: Bearer secret\r\nOrigin: http://a.b\r\n\r\n"
        + 2 * frame,
        b"GET /x HTTP/1.1\r\nHost: localhost:80\r\nCookie: ganbodypose=secret; a=b\r\nOrigin: http://localhost\r\n\r\n",
    ]


@cache
def _server() -> Any:
    from ganbodypose.sinks.websocket import WebSocketSink

    sink = WebSocketSink("127.0.0.1", 0, token="secret")
    sink.open()
    return sink


def _talk_to_server(path: Path) -> None:
    """The server must stay there, and say no or nothing to nonsense."""
    host, port = "127.0.0.1", int(_server().address.rpartition(":")[2].partition("/")[0])
    with socket.create_connection((host, port), 5) as connection:
        connection.settimeout(0.05)
        try:
            connection.sendall(path.read_bytes())
            connection.recv(1000)
        except OSError:  # it hung up, or waits for more
            pass
    assert _server()._server._thread.is_alive()


def _knock_at_gate(path: Path) -> None:
    from ganbodypose.viewer.gate import Gate, Request

    gate = Gate.__new__(Gate)
    for gate._token in (None, "secret"):
        gate.answer(Request.parse(path.read_bytes()))


def _network() -> list[bytes]:
    return [bytes(2000)]


def _all() -> Iterator[tuple[str, Reader]]:
    for suffix in FILE_FORMATS:
        yield suffix.lstrip("."), Reader(suffix, _written(suffix), formats.read)
    yield "bvh-folder", Reader(".bvh", _written(".bvh"), lambda p: list(read_bvh_folder(p.parent)))
    yield "depth-sensor", Reader(".json", _bodies, formats.read)
    yield "keypoints", Reader(".json", _keypoint_files, lambda p: read_keypoints(p, 30.0, (100, 100)))
    yield "keypoint-table", Reader(".csv", _keypoint_tables, lambda p: read_keypoints(p, 30.0, (100, 100)))
    yield "camera-toml", Reader(".toml", lambda: [_CALIBRATION], load_camera)
    yield "camera-yaml", Reader(".yaml", lambda: [_CAMERA_YAML], load_camera)
    yield "camera-json", Reader(".json", _camera_json, load_camera)
    yield "movement-model", Reader(".npz", _movement_models, load_model)
    yield "predictions-npz", Reader(".npz", mocap_archive, _plain_npz)
    trials = json.dumps({"units": "mm", "trials": {"a": [[[1, 2, 3]] * 17]}}).encode()
    yield "predictions-json", Reader(".json", lambda: [trials], _json_trials)
    mix = b'[[source]]\nname = "amass"\npath = "a"\nweight = 0.5\n'
    yield "mix-toml", Reader(".toml", lambda: [mix], read_mix)
    table = b"source,name,height,start,end,size\na.mp4,Ann,1.7,0,2,64x48\nb.mp4,,,,,\n"
    yield "manifest-csv", Reader(".csv", lambda: [table], lambda p: read_manifest(p, RunOptions()))
    line = b'{"source": "a.mp4", "name": "Ann", "height": 1.7, "fov": 60, "persons": 1, "fps": 30}\n'
    yield "manifest-jsonl", Reader(".jsonl", lambda: [line * 2], lambda p: read_manifest(p, RunOptions()))
    yield "done-mark", Reader(".json", _marks, _read_mark)
    yield "image", Reader(".png", _images, _read_video)
    yield "video", Reader(".mp4", _videos, _read_video)
    yield "network", Reader(".onnx", _network, StepNetwork)
    yield from dataset_readers()
    yield "websocket", Reader(".bin", _requests, _talk_to_server)
    yield "viewer-gate", Reader(".bin", _requests, _knock_at_gate)


READERS = dict(_all())
