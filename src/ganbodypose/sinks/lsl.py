"""`lsl://NAME`: one person as a Lab Streaming Layer stream of 72 channels.

Channels: x, y, z of each joint (m, camera frame, relative to the pelvis), x, y, z of the pelvis (m, camera
frame), expected error of each joint (m), pose quality. Irregular rate; each sample carries its capture time.
"""

from __future__ import annotations

import time
from typing import Any

import numpy as np

from ganbodypose.core import UserError, pip_install
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.sinks.base import OnePerson
from ganbodypose.skeletons import H36M_17

CHANNELS: tuple[tuple[str, str], ...] = (
    *((f"{joint}_{axis}", "m") for joint in H36M_17.joints for axis in "xyz"),
    *((f"root_{axis}", "m") for axis in "xyz"),
    *((f"{joint}_expected_error", "m") for joint in H36M_17.joints),
    ("pose_quality", "share"),
)


class LslSink:
    """Receivers find the stream by its name; nobody in view, no samples."""

    waiting = 2
    lost = 0

    def __init__(self, name: str) -> None:
        self.name = f"lsl://{name}"
        self._stream = name
        self._choice = OnePerson()
        self._outlet: Any = None

    def open(self) -> None:
        pylsl = _pylsl()
        info = pylsl.StreamInfo(
            self._stream,
            "MoCap",
            len(CHANNELS),
            pylsl.IRREGULAR_RATE,
            "float32",
            f"ganbodypose-{self._stream}",
        )
        channels = info.desc().append_child("channels")
        for label, unit in CHANNELS:
            channel = channels.append_child("channel")
            channel.append_child_value("label", label)
            channel.append_child_value("unit", unit)
        self._outlet = pylsl.StreamOutlet(info, max_buffered=10)

    def send(self, live: LiveFrame) -> None:
        person = self._choice.of(live.result)
        if person is None:
            return
        sample = np.concatenate(
            [
                person.joints_3d_m.ravel(),
                person.root_camera_m,
                person.expected_error_m,
                [person.pose_quality],
            ]
        )
        age_s = time.monotonic() - live.captured_s
        self._outlet.push_sample(sample.tolist(), _pylsl().local_clock() - age_s)

    def close(self) -> None:
        self._outlet = None


def _pylsl() -> Any:
    try:
        import pylsl
    except (ImportError, RuntimeError) as error:  # RuntimeError: it is there, its binary library is not
        raise UserError(
            f"Lab Streaming Layer needs the package pylsl: {pip_install('lsl')} ({error})."
        ) from error
    return pylsl
