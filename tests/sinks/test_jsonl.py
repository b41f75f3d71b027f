"""jsonl: every line is JSON; a disk that fails is survived."""

from __future__ import annotations

import json
import os
import time
from pathlib import Path

import pytest

from ganbodypose.core import UserError
from ganbodypose.sinks import Delivery, create_sink

from .conftest import wait_until


def _messages(path: Path) -> list[dict]:
    return [json.loads(line) for line in path.read_text().splitlines()]


def test_a_hello_and_every_frame(tmp_path: Path, make_live) -> None:
    path = tmp_path / "poses.jsonl"
    delivery = Delivery(create_sink(f"jsonl:{path}"))
    for k in range(50):
        delivery.offer(make_live(k))
    delivery.close()
    hello, *frames = _messages(path)
    assert hello["type"] == "hello"
    assert [frame["frame"] for frame in frames] == list(range(50))
    assert delivery.status.dropped == 0


def test_a_missing_folder_is_one_sentence(tmp_path: Path) -> None:
    with pytest.raises(UserError, match="nowhere"):
        Delivery(create_sink(f"jsonl:{tmp_path}/nowhere/poses.jsonl"))


def test_after_an_error_it_goes_on_at_the_end(tmp_path: Path, make_live) -> None:
    path = tmp_path / "poses.jsonl"
    sink = create_sink(f"jsonl:{path}")
    delivery = Delivery(sink)
    delivery.offer(make_live(0))
    assert wait_until(lambda: delivery.status.sent == 1)
    sink._file.close()  # as a disk that went away would do
    delivery.offer(make_live(1))
    assert wait_until(lambda: delivery.status.failures == 1)
    delivery.offer(make_live(2))
    assert wait_until(lambda: delivery.status.sent == 2)
    delivery.close()
    assert [m.get("frame") for m in _messages(path)] == [None, 0, 2]


@pytest.mark.skipif(not Path("/dev/full").exists(), reason="needs a device that is always full")
def test_a_full_disk_is_one_sentence() -> None:
    with pytest.raises(UserError, match="/dev/full"):
        Delivery(create_sink("jsonl:/dev/full"))


def test_a_reader_of_a_pipe_that_is_slow_leaves_and_comes_back(tmp_path: Path, make_live) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    delivery = Delivery(create_sink(f"jsonl:{pipe}"))
    before = time.monotonic()
    for k in range(1000):
        delivery.offer(make_live(k))
    assert time.monotonic() - before < 5
    assert wait_until(lambda: delivery.status.dropped > 500)  # a pipe holds 64 kB, the queue 256 frames
    os.close(reader)
    assert wait_until(lambda: delivery.status.failures == 1)
    assert "pipe" in (delivery.status.problem or "").lower()
    with pipe.open(encoding="utf-8") as again:
        message = json.loads(again.readline())
        assert message["type"] == "frame"
        assert wait_until(lambda: delivery.status.problem is None)
    delivery.close()


def test_a_pipe_that_nobody_reads_yet_does_not_hold_up_the_start(tmp_path: Path, make_live) -> None:
    pipe = tmp_path / "pipe"
    os.mkfifo(pipe)
    delivery = Delivery(create_sink(f"jsonl:{pipe}"))
    delivery.offer(make_live(0))
    assert wait_until(lambda: delivery.status.failures == 1)
    assert "nobody reads the pipe" in str(delivery.status.problem)
    reader = os.open(pipe, os.O_RDONLY | os.O_NONBLOCK)
    delivery.offer(make_live(1))
    assert wait_until(lambda: delivery.status.sent == 1)
    delivery.close()
    os.set_blocking(reader, True)
    with os.fdopen(reader, encoding="utf-8") as lines:
        assert [json.loads(line).get("frame") for line in lines] == [None, 1]
