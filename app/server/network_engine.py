"""EngineApi of an engine on another machine: as RemoteEngine, but files are sent before calls that name them, and fetched
after those that write them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, override

from app.server.door_address import DoorAddress
from app.server.method_table import Method
from app.server.network_files import CARRIED, FileCall
from app.server.problems import engine_gone, only_here
from app.server.remote_engine import RemoteEngine
from app.server.remote_files import ONLY_HERE
from twin.model.problem import ProblemError


class NetworkEngine(RemoteEngine):
    """Client of a door on another machine."""

    def __init__(self, address: DoorAddress, now_ms: Callable[[], int], cache: Path | None = None) -> None:
        """`address` has the trusted certificate and the token."""
        super().__init__(lambda: address, now_ms, cache)
        self._address = address

    @classmethod
    def at(cls, address: DoorAddress, now_ms: Callable[[], int], cache: Path | None = None) -> NetworkEngine:
        """Constructor for type checkers, which do not know the generated methods."""
        return cls(address, now_ms, cache)

    @override
    def project(self) -> str:
        """The engine's URL: the path of its project is one of another machine. Empty until attached."""
        return self._address.url if super().project() else ""

    @override
    def ask(self, method: Method, *args: object, **named: object) -> Future[Any] | None:
        """Calls a method on the engine, after the files that it names were sent, and before its answer what it
        wrote is fetched; refuses what only its machine can do."""
        if method.name in ONLY_HERE:
            failed: Future[Any] = Future()
            failed.set_exception(ProblemError(only_here(method.name)))
            return failed
        if method.name not in CARRIED:
            return super().ask(method, *args, **named)
        answer: Future[Any] = Future()
        answer.set_running_or_notify_cancel()
        call = FileCall(self._address, method)
        self.compute(lambda: call.packed(*args, **named)).add_done_callback(
            lambda sent: self._ask_after(sent, method, call, answer)
        )
        return answer

    def _ask_after(self, sent: Future[list[object]], method: Method, call: FileCall, answer: Future[Any]) -> None:
        try:
            asked = super().ask(method, *sent.result())
        except BaseException as error:
            answer.set_exception(error)
            return
        if asked is None:
            return
        asked.add_done_callback(lambda done: self._settle(done, call, answer))

    def _settle(self, done: Future[Any], call: FileCall, answer: Future[Any]) -> None:
        error = done.exception()
        if error is not None:
            told = ProblemError(*map(call.told, error.problems)) if isinstance(error, ProblemError) else error
            answer.set_exception(told)
        elif call.writes:
            try:
                fetching = self.compute(call.fetch)
            except RuntimeError as stopped:  # detached meanwhile
                answer.set_exception(ProblemError(engine_gone(str(stopped))))
                return
            fetching.add_done_callback(lambda fetched: _settle(answer, fetched, done.result()))
        else:
            answer.set_result(done.result())


def _settle(answer: Future[Any], fetched: Future[None], result: object) -> None:
    error = fetched.exception()
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(result)
