"""The asyncio thread: start, submit, stop. Exceptions that nothing awaits go to `on_error`."""

from __future__ import annotations

import asyncio
import threading
from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from typing import Any


class Loop:
    """Runs coroutines of any thread on one SelectorEventLoop (aiomqtt needs add_reader, which Windows' proactor loop
    lacks).
    """

    def __init__(self, on_error: Callable[[BaseException, str], None]) -> None:
        self._on_error = on_error
        self._tasks: set[asyncio.Task[object]] = set()
        self._loop = asyncio.SelectorEventLoop()
        self._loop.set_exception_handler(self._lost)
        self._thread = threading.Thread(target=self._run, name="oikos-loop")  # noqa: TID251 - the one asyncio thread
        self._state = "new"

    @property
    def asyncio(self) -> asyncio.AbstractEventLoop:
        """The asyncio event loop, for code that runs on it."""
        return self._loop

    def start(self) -> None:
        """Starts the thread; submissions made before wait for it."""
        self._state = "running"
        self._thread.start()

    def here(self) -> bool:
        """Whether the caller runs on the loop's thread."""
        return threading.get_ident() == self._thread.ident

    def call(self, function: Callable[..., object], *args: object) -> None:
        """Runs a plain function soon on the loop (any thread), in the order of the calls; does nothing after `stop`."""
        if self._loop.is_closed():
            return
        if self.here():
            self._loop.call_soon(function, *args)  # it is awake: nothing has to wake it through a socket
        else:
            self._loop.call_soon_threadsafe(function, *args)

    def submit[T](self, work: Coroutine[Any, Any, T], *, name: str) -> Future[T]:
        """Runs a coroutine on the loop (any thread). The future gets its result or exception; RuntimeError once
        stopped.
        """
        answer: Future[T] = Future()
        if self._state == "stopped" or self._loop.is_closed():
            work.close()
            answer.set_exception(RuntimeError("the engine has stopped"))
            return answer
        self._loop.call_soon_threadsafe(self._begin, work, name, answer)
        return answer

    def spawn(self, work: Coroutine[Any, Any, object], *, name: str) -> asyncio.Task[object]:
        """Starts a task that the loop owns (loop thread only); its exception goes to `on_error`."""
        task = self._loop.create_task(work, name=name)
        self._tasks.add(task)
        task.add_done_callback(self._ended)
        return task

    def stop(self, timeout_s: float = 10.0) -> bool:
        """Cancels running tasks, waits for them and ends the thread; returns whether it has ended within `timeout_s`.
        May be called twice; from another thread only.
        """
        if self._state == "running":
            self._state = "stopped"
            self._loop.call_soon_threadsafe(self._loop.stop)
            self._thread.join(timeout_s)
        elif self._state == "new":
            self._state = "stopped"
            self._loop.close()
        return not self._thread.is_alive()

    def _run(self) -> None:
        asyncio.set_event_loop(self._loop)
        try:
            self._loop.run_forever()
        finally:
            left = asyncio.all_tasks(self._loop)
            for task in left:
                task.cancel()
            self._loop.run_until_complete(asyncio.gather(*left, return_exceptions=True))
            self._loop.run_until_complete(self._loop.shutdown_asyncgens())
            self._loop.run_until_complete(self._loop.shutdown_default_executor(5.0))
            self._loop.close()

    def _begin[T](self, work: Coroutine[Any, Any, T], name: str, answer: Future[T]) -> None:
        if not answer.set_running_or_notify_cancel():
            work.close()
            return
        # at once: a turn of the loop less for each request
        task = asyncio.Task(work, loop=self._loop, name=name, eager_start=True)
        task.add_done_callback(lambda done: _hand_over(done, answer))

    def _ended(self, task: asyncio.Task[object]) -> None:
        self._tasks.discard(task)
        if not task.cancelled() and (error := task.exception()) is not None:
            self._on_error(error, task.get_name())

    def _lost(self, loop: asyncio.AbstractEventLoop, context: dict[str, Any]) -> None:
        del loop
        error = context.get("exception") or RuntimeError(str(context.get("message", "unknown")))
        self._on_error(error, str(context.get("message", "")))


def _hand_over[T](done: asyncio.Task[T], answer: Future[T]) -> None:
    if done.cancelled():
        answer.set_exception(RuntimeError("the engine has stopped"))
    elif (error := done.exception()) is not None:
        answer.set_exception(error)
    else:
        answer.set_result(done.result())
