"""The one asyncio thread."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Iterator

import pytest

from app.loop import Loop


class Lost(list[tuple[BaseException, str]]):
    """What nobody awaited."""

    def __call__(self, error: BaseException, where: str) -> None:
        self.append((error, where))


@pytest.fixture
def lost() -> Lost:
    return Lost()


@pytest.fixture
def loop(lost: Lost) -> Iterator[Loop]:
    one = Loop(lost)
    one.start()
    yield one
    one.stop()


async def thread_name() -> str:
    return threading.current_thread().name


async def bad() -> None:
    raise ValueError("on purpose")


def test_work_runs_on_the_loops_own_thread(loop: Loop) -> None:
    assert loop.submit(thread_name(), name="x").result(60) == "oikos-loop"


def test_an_exception_of_submitted_work_is_in_its_future_and_nowhere_else(loop: Loop, lost: Lost) -> None:
    with pytest.raises(ValueError, match="on purpose"):
        loop.submit(bad(), name="x").result(60)
    assert not lost


def test_an_exception_of_a_task_nobody_awaits_is_told_with_the_tasks_name(loop: Loop, lost: Lost) -> None:
    async def work() -> None:
        await asyncio.gather(loop.spawn(bad(), name="lonely"), return_exceptions=True)

    loop.submit(work(), name="x").result(60)
    assert [(type(error), where) for error, where in lost] == [(ValueError, "lonely")]


def test_an_exception_in_a_callback_is_told(loop: Loop, lost: Lost) -> None:
    def broken() -> None:
        raise KeyError("oops")

    loop.call(broken)
    loop.submit(asyncio.sleep(0), name="after").result(60)
    assert isinstance(lost[0][0], KeyError)


def test_stopping_cancels_what_still_runs_and_answers_who_waits(lost: Lost) -> None:
    loop = Loop(lost)
    loop.start()
    waiting = loop.submit(asyncio.sleep(3600), name="long")
    loop.submit(asyncio.sleep(0), name="begun").result(60)
    loop.stop()
    with pytest.raises(RuntimeError, match="stopped"):
        waiting.result(60)
    assert not lost


def test_after_the_stop_work_is_refused_and_a_second_stop_does_nothing(lost: Lost) -> None:
    loop = Loop(lost)
    loop.start()
    loop.stop()
    loop.stop()
    loop.call(print)
    with pytest.raises(RuntimeError, match="stopped"):
        loop.submit(thread_name(), name="late").result(60)


def test_a_loop_that_was_never_started_can_be_stopped(lost: Lost) -> None:
    Loop(lost).stop()


def test_a_cancelled_future_keeps_its_work_from_beginning(lost: Lost) -> None:
    loop = Loop(lost)
    answer = loop.submit(thread_name(), name="x")
    assert answer.cancel()
    loop.start()
    loop.submit(asyncio.sleep(0), name="after").result(60)
    loop.stop()
    assert answer.cancelled()


def test_calls_of_the_loops_own_thread_and_of_others_run_later_in_the_order_in_which_they_were_made(loop: Loop) -> None:
    seen: list[int] = []

    async def work() -> list[int]:
        loop.call(seen.append, 0)
        loop.call(seen.append, 1)
        at_once = seen.copy()
        await asyncio.to_thread(loop.call, seen.append, 2)
        loop.call(seen.append, 3)
        return at_once

    assert loop.submit(work(), name="x").result(60) == []
    loop.submit(thread_name(), name="x").result(60)  # what was called before it has run
    assert seen == [0, 1, 2, 3]
