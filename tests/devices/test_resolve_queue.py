"""Who is resolved next: sources take turns, a flood waits behind itself, nothing waits twice or is forgotten."""

from __future__ import annotations

import asyncio
from collections import Counter

import pytest
from hypothesis import given
from hypothesis import strategies as some

from devices import resolve_queue
from devices.resolve_queue import FairQueue


async def test_a_source_that_floods_delays_only_itself() -> None:
    queue = FairQueue[str]()
    for number in range(1000):
        queue.put(f"ghost {number}", "flooder")
    queue.put("real", "honest")
    assert [await queue.get() for _ in range(2)] == ["ghost 0", "real"]


async def test_one_source_has_only_a_few_under_way_at_once() -> None:
    queue = FairQueue[str](at_once=3)
    for number in range(5):
        queue.put(str(number), "one")
    first = [await queue.get() for _ in range(3)]
    waiting = asyncio.ensure_future(queue.get())
    await asyncio.sleep(0)
    assert not waiting.done()
    queue.done(first[1])
    assert await waiting == "3"


async def test_what_is_tried_again_waits_behind_what_is_new() -> None:
    queue = FairQueue[str]()
    queue.put("again", "one", again=True)
    queue.put("new", "one")
    assert [await queue.get(), await queue.get()] == ["new", "again"]


async def test_one_that_waits_or_is_under_way_is_not_put_twice_and_may_come_back_when_done() -> None:
    queue = FairQueue[str]()
    assert queue.put("a", "one")
    assert queue.put("a", "two")
    assert await queue.get() == "a"
    assert "a" in queue
    queue.done("a")
    assert "a" not in queue
    queue.put("a", "two")
    assert await queue.get() == "a"


def test_a_source_has_only_so_many_waiting() -> None:
    queue = FairQueue[str](waiting=2)
    assert [queue.put(key, "one") for key in "abc"] == [True, True, False]
    assert queue.put("c", "two")


def test_forged_sources_beyond_many_share_one_place(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(resolve_queue, "MAX_SOURCES", 2)
    queue = FairQueue[int](waiting=3)
    assert sum(queue.put(number, f"forged {number}") for number in range(10)) == 2 + 3


@given(some.lists(some.tuples(some.integers(0, 30), some.sampled_from("abc"), some.booleans()), max_size=60))
def test_everything_that_was_put_comes_out_once(puts: list[tuple[int, str, bool]]) -> None:
    async def drained() -> Counter[int]:
        queue = FairQueue[int]()
        for key, source, again in puts:
            queue.put(key, source, again=again)
        out: Counter[int] = Counter()
        for _ in range(len({key for key, _, _ in puts})):
            async with asyncio.timeout(60):
                key = await queue.get()
            out[key] += 1
            queue.done(key)
        return out

    assert asyncio.run(drained()) == Counter({key for key, _, _ in puts})
