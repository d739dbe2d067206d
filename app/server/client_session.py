"""One client on its WebSocket: answers its calls and sends the engine's news at the client's pace."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
from collections.abc import Callable
from dataclasses import replace
from functools import lru_cache
from typing import TYPE_CHECKING

import msgspec
from aiohttp import WSCloseCode, WSMsgType, web

from app.author import acting_for
from app.loop import Loop
from app.server.calls import Host, perform, problems_of
from app.server.client_queue import ClientQueue
from app.server.codec import encode
from app.server.messages import Call, Event, Mirror, Reply, Values, read_call
from app.server.problems import access_ended
from app.server.roles import NEED, Caller
from twin.model.batch import Batch, RowMap
from twin.model.change import Change, PairingJobsChanged
from twin.model.ids import PointId
from twin.model.observation import StringTable
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from app.server.blobs import BlobStore

FRAME_S = 1 / 60
"""Least time (seconds) between messages with values."""
MOST_CALLS = 256
"""Most calls of one client in progress; further ones stay in the socket."""


_NUMBERS = itertools.count(1)


@lru_cache(maxsize=16)
def _event(change: Change) -> bytes:
    return encode(Event(type(change).__name__, msgspec.Raw(encode(change))))


class ClientSession:
    """Runs on the engine's loop until the client disconnects, is cut off, or the door closes."""

    def __init__(
        self,
        host: Host,
        loop: Loop,
        caller: Caller,
        socket: web.WebSocketResponse,
        still: Callable[[Caller], bool] = lambda caller: True,
        blobs: BlobStore | None = None,
    ) -> None:
        """`still`: whether the client may stay, asked before each call; `blobs`: files sent by clients of other machines."""
        self._blobs = blobs
        self._host, self._loop, self._socket, self._still = host, loop, socket, still
        self.caller = replace(caller, client=f"window {next(_NUMBERS)}")
        self._due = asyncio.Event()
        self._queue = ClientQueue(self._wake, lambda: loop.call(self.abort), self._may_see)
        self._sending = asyncio.Lock()
        self._calls = asyncio.Semaphore(MOST_CALLS)
        self._transport: asyncio.Transport | None = None
        self._numbers: dict[PointId, int] = {}
        self._fresh: list[str] = []
        self._rows = RowMap(self._number)
        self._sent_mirror: tuple[str, bytes, tuple[str, str]] | None = None
        self._strings: StringTable | None = None
        self._texts = 0

    async def run(self, request: web.Request) -> None:
        """Serves calls and sends news until the connection ends."""
        self._transport = request.transport
        unsubscribe = await asyncio.wrap_future(self._host.attach(self._queue))
        pushing = self._loop.spawn(self._push(), name="client news")
        answering: set[asyncio.Task[object]] = set()
        try:
            async for message in self._socket:
                call = _call_of(message)
                if call is None:
                    await self._socket.close(code=WSCloseCode.INVALID_TEXT, message=b"not a call")
                    break
                await self._calls.acquire()
                task = self._loop.spawn(self._answer(call), name="client call")
                answering.add(task)
                task.add_done_callback(answering.discard)
        finally:
            unsubscribe()
            with acting_for(self.caller.person, self.caller.client, self.caller.origin):
                self._host.discover(False)
            for task in (pushing, *answering):
                task.cancel()
            await asyncio.gather(pushing, *answering, return_exceptions=True)
            self.abort()

    @property
    def waiting(self) -> tuple[int, int]:
        """(bytes that the socket has not sent yet, changes that wait for it)."""
        return self._transport.get_write_buffer_size() if self._transport else 0, len(self._queue)

    def abort(self) -> None:
        """Closes the connection at once, without sending what waits."""
        if self._transport is not None:
            self._transport.abort()

    async def close(self, reason: str = "the engine closes the project") -> None:
        """Closes the connection with a reason: by default that the engine is going away."""
        with contextlib.suppress(ConnectionError, RuntimeError):
            await self._socket.close(code=WSCloseCode.GOING_AWAY, message=reason.encode())

    def _wake(self) -> None:
        if self._loop.here():
            self._due.set()
        else:
            self._loop.call(self._due.set)

    def _may_see(self, change: Change) -> bool:
        """Whether the client's role may see a change: the jobs of the pairing queue are for those who may ask for them."""
        return not isinstance(change, PairingJobsChanged) or self.caller.role >= NEED["pairing_jobs"]

    def _number(self, point: PointId) -> int:
        number = self._numbers.get(point)
        if number is None:
            number = self._numbers[point] = len(self._numbers)
            self._fresh.append(point)
        return number

    async def _answer(self, call: Call) -> None:
        try:
            if not self._still(self.caller):
                raise ProblemError(access_ended())
            body, ok = (
                encode(await perform(self._host, self.caller, call.method, call.arguments, blobs=self._blobs)),
                True,
            )
        except Exception as error:
            body, ok = encode(problems_of(error, call.method)), False
        finally:
            self._calls.release()
        with contextlib.suppress(ConnectionError):
            async with self._sending:
                await self._send_changes()  # what an edit changed is told before its answer
                await self._socket.send_bytes(encode(Reply(call.id, ok, msgspec.Raw(body))))

    async def _push(self) -> None:
        with contextlib.suppress(ConnectionError):
            while True:
                await self._due.wait()
                self._due.clear()
                async with self._sending:
                    await self._send_changes()
                    for batch in self._queue.take_values():
                        await self._socket.send_bytes(self._values(batch))
                await asyncio.sleep(FRAME_S)

    async def _send_changes(self) -> None:
        changes = self._queue.take_changes()
        await self._send_mirror()  # texts come before the values that are codes of them
        for change in changes:
            await self._socket.send_bytes(_event(change))

    async def _send_mirror(self) -> None:
        with acting_for(self.caller.person):
            authors = self._host.undo_authors()
        project, labels = self._host.project(), encode(self._host.undo_labels())
        strings = self._host.strings()
        if strings is not self._strings:
            self._strings, self._texts, self._sent_mirror = strings, 0, None
        if self._sent_mirror == (project, labels, authors) and len(strings) == self._texts:
            return
        first, self._texts = self._texts, len(strings)
        texts = [strings.text(code) for code in range(first, self._texts)]
        self._sent_mirror = project, labels, authors
        mirror = Mirror(project, msgspec.Raw(labels), authors, self._host.now_ms(), first, texts)
        await self._socket.send_bytes(encode(mirror))

    def _values(self, batch: Batch) -> bytes:
        rows = self._rows.of(batch)
        fresh, self._fresh = self._fresh, []
        return encode(
            Values(
                fresh,
                rows.astype("<u4").tobytes(),
                batch.time_ms.astype("<i8").tobytes(),
                batch.value.astype("<f8").tobytes(),
                batch.quality.tobytes(),
                batch.dated.tobytes(),
                batch.restated,
            )
        )


def _call_of(message: object) -> Call | None:
    """The call that a WebSocket message contains; None where it is no valid call."""
    kind, data = getattr(message, "type", None), getattr(message, "data", b"")
    if kind is not WSMsgType.BINARY:
        return None
    try:
        return read_call(data)
    except msgspec.DecodeError:
        return None
