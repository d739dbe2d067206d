"""EngineApi of an engine on another machine: as RemoteEngine, but files are sent before calls that name them."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import Any, override

from app.server.door_address import DoorAddress
from app.server.method_table import Method
from app.server.network_client import send_file
from app.server.problems import only_here
from app.server.remote_engine import RemoteEngine
from app.server.remote_files import FILES, ONLY_HERE
from twin.files.errors import os_problem
from twin.files.opening import regular
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
        """Calls a method on the engine, after the file that it names was sent; refuses what only its machine can do."""
        if method.name in ONLY_HERE:
            failed: Future[Any] = Future()
            failed.set_exception(ProblemError(only_here(method.name)))
            return failed
        if method.name not in FILES:
            return super().ask(method, *args, **named)
        answer: Future[Any] = Future()
        answer.set_running_or_notify_cancel()
        self.compute(lambda: self._send_first(method, args, named)).add_done_callback(
            lambda sent: self._ask_after(sent, method, answer)
        )
        return answer

    def _send_first(self, method: Method, args: tuple[object, ...], named: dict[str, object]) -> list[object]:
        packed = method.packed(*args, **named)
        at = [parameter.name for parameter in method.parameters].index(FILES[method.name])
        path = str(packed[at])
        try:
            regular(Path(path))
            packed[at] = send_file(self._address, path)
        except OSError as error:
            raise ProblemError(os_problem(error, Path(path), code="attach.file")) from error
        return packed

    def _ask_after(self, sent: Future[list[object]], method: Method, answer: Future[Any]) -> None:
        try:
            asked = super().ask(method, *sent.result())
        except BaseException as error:
            answer.set_exception(error)
            return
        if asked is not None:
            asked.add_done_callback(lambda done: _settle(answer, done))


def _settle(answer: Future[Any], done: Future[Any]) -> None:
    error = done.exception()
    if error is not None:
        answer.set_exception(error)
    else:
        answer.set_result(done.result())
