"""OSC joints, heard by python-osc."""

from __future__ import annotations

import threading

import numpy as np
from pythonosc.dispatcher import Dispatcher
from pythonosc.osc_server import ThreadingOSCUDPServer

from ganbodypose.sinks import Delivery, create_sink

from .conftest import ROOT_M, body, wait_until


def test_everybody_arrives_joint_by_joint(make_live) -> None:
    heard: dict[str, tuple] = {}
    dispatcher = Dispatcher()
    dispatcher.set_default_handler(lambda address, *values: heard.__setitem__(address, values))
    joints = body()
    joints[3] = np.nan
    with ThreadingOSCUDPServer(("127.0.0.1", 0), dispatcher) as server:
        threading.Thread(target=server.serve_forever, daemon=True).start()
        delivery = Delivery(create_sink(f"osc://127.0.0.1:{server.server_address[1]}"))
        delivery.offer(make_live(108_001, people={1: body(), 7: joints}))
        assert wait_until(lambda: "/ganbodypose/1/person/7/quality" in heard)
        delivery.close()
        server.shutdown()
    index, time_s, delay_s, persons = heard["/ganbodypose/1/frame"]
    assert (index, persons) == (108_001, 2)
    assert time_s == 108_001 / 30  # as a double: a float would be off by 0.1 ms after an hour
    np.testing.assert_allclose(delay_s, 0.04, atol=1e-6)
    np.testing.assert_allclose(
        np.reshape(heard["/ganbodypose/1/person/1/joints"], (17, 3)), body(), atol=1e-6
    )
    np.testing.assert_allclose(heard["/ganbodypose/1/person/1/root"], ROOT_M, atol=1e-6)
    np.testing.assert_allclose(heard["/ganbodypose/1/person/1/error"], np.linspace(0, 0.16, 17), atol=1e-6)
    assert np.isnan(np.reshape(heard["/ganbodypose/1/person/7/joints"], (17, 3))[3]).all()
