"""Delivery: no sink, however slow or broken, holds up who offers frames; what is lost is counted."""

from __future__ import annotations

import threading
import time
from collections.abc import Callable
from typing import Any

import pytest

from ganbodypose.core import UserError
from ganbodypose.live.pipeline import LiveFrame
from ganbodypose.sinks import Delivery

from .conftest import wait_until


class FakeSink:
    name = "fake"
    waiting = 2
    lost = 0

    def __init__(self, send: Callable[[LiveFrame], Any] = lambda _: None) -> None:
        self.opened = self.closed = 0
        self.sent: list[int] = []
        self._send = send

    def open(self) -> None:
        self.opened += 1

    def send(self, live: LiveFrame) -> None:
        self._send(live)
        self.sent.append(live.result.frame_index)

    def close(self) -> None:
        self.closed += 1


def test_frames_arrive_in_order_and_closing_hands_over_the_rest(make_live) -> None:
    sink = FakeSink()
    sink.waiting = 100
    delivery = Delivery(sink)
    for k in range(20):
        delivery.offer(make_live(k))
    delivery.close()
    assert sink.sent == list(range(20))
    assert sink.closed == 1
    assert (delivery.status.sent, delivery.status.dropped, delivery.status.problem) == (20, 0, None)


def test_a_sink_that_hangs_costs_the_sender_nothing(make_live) -> None:
    release = threading.Event()
    delivery = Delivery(FakeSink(lambda _: release.wait(10)))
    live = make_live()
    delivery.offer(live)
    assert wait_until(lambda: not delivery._waiting)
    before = time.perf_counter()
    for _ in range(1000):
        delivery.offer(live)
    assert time.perf_counter() - before < 0.5
    assert delivery.status.dropped == 998
    release.set()
    delivery.close()


def test_the_newest_frames_are_kept(make_live) -> None:
    release = threading.Event()
    sink = FakeSink(lambda _: release.wait(10))
    delivery = Delivery(sink)
    delivery.offer(make_live(0))
    assert wait_until(lambda: not delivery._waiting)
    for k in range(1, 30):
        delivery.offer(make_live(k))
    release.set()
    delivery.close()
    assert sink.sent == [0, 28, 29]


def test_a_sink_that_fails_is_opened_again_and_recovers(make_live) -> None:
    broken = threading.Event()
    broken.set()

    def send(_: LiveFrame) -> None:
        if broken.is_set():
            raise ConnectionRefusedError("nobody there")

    sink = FakeSink(send)
    delivery = Delivery(sink)
    delivery.offer(make_live(0))
    assert wait_until(lambda: delivery.status.failures == 1)
    assert delivery.status.problem == "nobody there"
    assert delivery.status.in_words() == "0 sent, 1 dropped, failed 1x: nobody there"
    broken.clear()
    delivery.offer(make_live(1))
    assert wait_until(lambda: delivery.status.sent == 1)
    assert delivery.status.problem is None
    assert (sink.opened, sink.sent) == (2, [1])
    assert delivery.status.dropped == 1
    delivery.close()


def test_retries_wait_ever_longer(make_live) -> None:
    def send(_: LiveFrame) -> None:
        raise OSError("down")

    before = time.perf_counter()
    delivery = Delivery(FakeSink(send))
    for k in range(100):
        delivery.offer(make_live(k))
        time.sleep(0.01)
    failures = delivery.status.failures
    assert failures >= 1
    # between n failures lie 0.25, 0.5, 1, ... s, however slow the computer is
    assert 0.25 * (2 ** (failures - 1) - 1) <= time.perf_counter() - before
    before = time.perf_counter()
    delivery.close()
    assert time.perf_counter() - before < 1


def test_what_the_user_can_mend_is_told_at_once() -> None:
    class Unopenable(FakeSink):
        def open(self) -> None:
            raise UserError("port in use")

    with pytest.raises(UserError, match="port in use"):
        Delivery(Unopenable())
