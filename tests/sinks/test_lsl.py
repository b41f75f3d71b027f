"""Lab Streaming Layer, received by pylsl's inlet."""

from __future__ import annotations

import re
import socket

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


def _inlet(name: str):
    (found,) = pylsl.resolve_byprop("name", name, timeout=10)
    inlet = pylsl.StreamInlet(found)
    inlet.open_stream(timeout=10)
    return inlet


def test_inlets_that_do_not_read_are_killed_come_back_and_talk_nonsense_do_no_harm(make_live) -> None:
    delivery, name = Delivery(create_sink("lsl://ganbodypose-robust")), "ganbodypose-robust"

    def gets_samples(inlet) -> bool:
        delivery.offer(make_live())
        return inlet.pull_sample(timeout=0.1)[0] is not None

    sleeper, reader = _inlet(name), _inlet(name)
    assert wait_until(lambda: gets_samples(reader))
    port = int(re.search(r"<v4data_port>(\d+)<", reader.info(timeout=10).as_xml()).group(1))
    with socket.create_connection(("127.0.0.1", port), timeout=10) as stranger:
        stranger.sendall(b"\xff\x00 this is no request \r\n\r\n" * 50)
    for k in range(200):
        delivery.offer(make_live(k))
    assert wait_until(lambda: gets_samples(reader))
    reader.close_stream()
    again = _inlet(name)
    assert wait_until(lambda: gets_samples(again))
    sleeper.close_stream()
    delivery.close()
    assert delivery.status.failures == 0
    assert delivery.status.problem is None
