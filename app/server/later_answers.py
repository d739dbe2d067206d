"""Answers that are made from other answers, for engines that show a caller less than there is."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future


def answered[T](value: T) -> Future[T]:
    """A future that has its result already."""
    future: Future[T] = Future()
    future.set_result(value)
    return future


def then[A, B](future: Future[A], change: Callable[[A], B]) -> Future[B]:
    """The result of a future, changed."""
    return after(future, lambda found: answered(change(found)))


def after[A, B](future: Future[A], ask: Callable[[A], Future[B]]) -> Future[B]:
    """The result of a second future, which is made from that of the first."""
    out: Future[B] = Future()

    def second(done: Future[B]) -> None:
        _settle(out, done)

    def first(done: Future[A]) -> None:
        try:
            ask(done.result()).add_done_callback(second)
        except BaseException as error:
            out.set_exception(error)

    future.add_done_callback(first)
    return out


def _settle[T](out: Future[T], done: Future[T]) -> None:
    error = done.exception()
    if error is not None:
        out.set_exception(error)
    else:
        out.set_result(done.result())
