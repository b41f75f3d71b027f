"""jsonl: every line is JSON; a disk that fails is survived."""

from __future__ import annotations

import json
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
