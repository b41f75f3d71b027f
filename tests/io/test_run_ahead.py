"""The thread that runs ahead: order, bounds, errors and its end."""

from __future__ import annotations

import threading
from collections.abc import Generator

import pytest

from ganbodypose.io.run_ahead import RunAhead


def numbers(count: int) -> Generator[int, None, None]:
    yield from range(count)


def test_all_items_in_order() -> None:
    assert list(RunAhead(numbers(1000), 3)) == list(range(1000))


def test_items_are_made_on_another_thread() -> None:
    def where() -> Generator[int, None, None]:
        yield threading.get_ident()

    assert next(RunAhead(where(), 1)) != threading.get_ident()


def test_stays_at_most_depth_ahead() -> None:
    taken, ahead, full = 0, [], threading.Event()

    def watched() -> Generator[int, None, None]:
        for made in range(50):
            ahead.append(made - taken)
            if made == 3:
                full.set()
            yield made

    items = RunAhead(watched(), 3)
    assert full.wait(5)  # works ahead without being asked
    for item in items:
        taken = item + 1
    # 3 in the buffer, and one in the hands of the thread or of the consumer
    assert max(ahead) in (3, 4)


def test_live_source_gives_the_newest() -> None:
    made = threading.Event()

    def fast() -> Generator[int, None, None]:
        yield from range(100)
        made.set()

    items = RunAhead(fast(), 1, newest_only=True)
    assert made.wait(5)
    assert list(items) == [99]


def test_error_comes_after_the_items_before_it() -> None:
    def broken() -> Generator[int, None, None]:
        yield 1
        yield 2
        raise ZeroDivisionError("in the thread")

    items = RunAhead(broken(), 5)
    assert [next(items), next(items)] == [1, 2]
    with pytest.raises(ZeroDivisionError, match="in the thread"):
        next(items)
    assert next(items, None) is None


def test_close_ends_thread_and_generator() -> None:
    ended = threading.Event()

    def endless() -> Generator[int, None, None]:
        try:
            while True:
                yield 0
        finally:
            ended.set()

    items = RunAhead(endless(), 2)
    next(items)
    assert items.close()
    assert items.close()
    assert ended.is_set()
    assert "run-ahead" not in {t.name for t in threading.enumerate()}
    assert next(items, None) is None


def test_close_gives_up_on_a_thread_that_hangs() -> None:
    release = threading.Event()

    def hanging() -> Generator[int, None, None]:
        release.wait(5)
        yield 0

    items = RunAhead(hanging(), 1)
    assert not items.close(timeout_s=0.01)
    release.set()
    assert items.close()


def test_what_a_slow_consumer_missed_is_counted() -> None:
    made = threading.Event()

    def fast() -> Generator[int, None, None]:
        yield from range(10)
        made.set()

    items = RunAhead(fast(), 2, newest_only=True)
    assert made.wait(5)
    assert list(items) == [8, 9]
    assert items.dropped == 8
