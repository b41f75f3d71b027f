"""Lab Streaming Layer, received by pylsl's inlet."""

from __future__ import annotations

import numpy as np
import pytest

from ganbodypose.sinks import Delivery, create_sink

from .conftest import ROOT_M, body, wait_until

pylsl = pytest.importorskip("pylsl")


def test_an_inlet_gets_labelled_samples_at_their_capture_time(make_live) -> None:
    delivery = Delivery(create_sink("lsl://ganbodypose-test"))
    found = pylsl.resolve_byprop("name", "ganbodypose-test", timeout=10)
    assert found
    inlet = pylsl.StreamInlet(found[0])
    labels = []
    channel = inlet.info(timeout=10).desc().child("channels").child("channel")
    while not channel.empty():
        labels.append(channel.child_value("label"))
        channel = channel.next_sibling()
    inlet.open_stream(timeout=10)
    sample, stamp = None, None

    def pulled() -> bool:
        nonlocal sample, stamp
        delivery.offer(make_live())
        sample, stamp = inlet.pull_sample(timeout=0.2)
        return sample is not None

    assert wait_until(pulled)
    values = dict(zip(labels, sample, strict=True))
    assert values["left_wrist_x"] == pytest.approx(body()[13, 0], abs=1e-5)
    assert values["root_z"] == pytest.approx(ROOT_M[2])
    assert values["head_top_expected_error"] == pytest.approx(np.linspace(0, 0.16, 17)[10], abs=1e-6)
    assert values["pose_quality"] == pytest.approx(0.8)
    assert 0.03 < pylsl.local_clock() - stamp < 5
    inlet.close_stream()
    delivery.close()


def test_nobody_listening_and_nobody_in_view_do_no_harm(make_live) -> None:
    delivery = Delivery(create_sink("lsl://ganbodypose-alone"))
    for k in range(30):
        delivery.offer(make_live(k, people={} if k % 2 else None))
        assert wait_until(lambda k=k: delivery.status.sent == k + 1)
    delivery.close()
    assert delivery.status.failures == 0
