"""EngineApi of an engine in another process: methods are generated from the table, news are put into the inbox."""

from __future__ import annotations

import asyncio
import contextlib
import itertools
import random
from collections.abc import Callable
from concurrent.futures import Future, ThreadPoolExecutor
from pathlib import Path
from typing import Any

import aiohttp
import msgspec

from app.api import EngineApi
from app.inbox import Inbox
from app.jobs import Jobs
from app.light_baking import LightBaking
from app.log import topic
from app.loop import Loop
from app.server.bulk_calls import BULK, BulkCalls
from app.server.client_lights import ClientLights
from app.server.client_values import batch_of
from app.server.codec import encode
from app.server.door_address import DoorAddress, fingerprint_text, is_ours
from app.server.door_cache import DoorCache
from app.server.door_wait import DoorWait
from app.server.engine_greeting import greet
from app.server.engine_loss import LONG_PAUSE_S, changes_of_loss, values_of_loss
from app.server.listening import version
from app.server.messages import FINGERPRINT, HEARTBEAT_S, Call, Event, Mirror, Reply, Values, read_message
from app.server.method_table import (
    Method,
    change_decoder,
    fingerprint,
    problems_decoder,
    result_decoder,
    table,
)
from app.server.problems import (
    another_window,
    engine_gone,
    not_understood,
    opened_elsewhere,
    other_certificate,
)
from app.server.roles import MIRRORED, NEED, Role
from twin.files.errors import unexpected
from twin.light.model import StoreyModel
from twin.light.storey_light import StoreyLight
from twin.model.batch import PointTable
from twin.model.change import (
    Change,
    ProblemRaised,
    ProblemsSolved,
    ProjectOpenFailed,
    TwinChanged,
)
from twin.model.ids import StoreyId
from twin.model.observation import StringTable
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.model.twin import Twin

_LOG = topic("door")

NEW, DEMO = "new", "demo"
"""What another window's project is made from, where it is no building file: nothing, or a demo."""
FIRST_PAUSE_S, LONGEST_PAUSE_S = 0.25, 15.0
"""Seconds between attempts to reach a lost engine: doubled each time, less up to a random half."""
CLOSING_TURNS, CLOSING_TURN_S = 200, 0.01
"""How often, and with which pause (seconds), a connection that was closed is looked at until it has ended."""


class RemoteEngine(EngineApi):
    """Client of a door. Call `start`, then use it like an engine; its inbox is filled as if the engine did it.

    When the engine is lost, pending calls fail, its devices are offline, and it reconnects until it is back or `stop`.
    """

    def __init__(
        self,
        find: Callable[[], DoorAddress | None],
        now_ms: Callable[[], int],
        cache: Path | None = None,
        other_window: Callable[[str, str], object] | None = None,
        opening: Callable[[], str] = str,
    ) -> None:
        """`find` returns the door's present address; `opening` the path of a project that an engine is still opening, for
        which it waits until the user cancels. `other_window(project, made_from)` opens another window and raises
        ProblemError where it cannot. All three may block.
        """
        self.inbox = Inbox()
        self._other_window = other_window
        self._find, self._clock = find, now_ms
        self._bulk = BulkCalls(DoorCache(cache), self._aside)
        self._opening = opening
        self._twin = Twin()
        self._loop = Loop(self._unhandled)
        self._pool = ThreadPoolExecutor(4, thread_name_prefix="oikos-client")
        self._jobs = Jobs()
        self._light = LightBaking(self._aside, self.inbox.put_change, self._jobs)
        self._lights = ClientLights(self._ask_by_name)
        self._ids = itertools.count(1)
        self._waiting: dict[int, tuple[str, Future[Any]]] = {}
        self._points = PointTable()
        self._strings = StringTable()
        self._project, self._labels, self._authors, self._ahead_ms = "", (None, None), ("", ""), 0
        self._ready: Future[None] = Future()
        self._ready.set_running_or_notify_cancel()
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._session: aiohttp.ClientSession | None = None
        self._gone: Problem | None = None
        self._role = Role.ADMIN
        self._door_wait = DoorWait(self._jobs, self.inbox.put_change)
        self._stopping = self._again = False

    @classmethod
    def of(
        cls,
        find: Callable[[], DoorAddress | None],
        now_ms: Callable[[], int],
        cache: Path | None = None,
        other_window: Callable[[str, str], object] | None = None,
        opening: Callable[[], str] = str,
    ) -> RemoteEngine:
        """Constructor for type checkers, which do not know the generated methods."""
        return cls(find, now_ms, cache, other_window, opening)

    def start(self) -> Future[None]:
        """Starts to attach; the future is done once the twin has arrived, or fails with the reason."""
        self._loop.start()
        self._loop.submit(self._run(), name="attach")
        return self._ready

    def stop(self) -> tuple[Problem, ...]:
        """Detaches; the engine continues."""
        self._stopping = True
        self._loop.call(self._light.stop)
        self._loop.submit(self._leave(), name="detach").exception(5.0)
        self._loop.stop()
        self._pool.shutdown(wait=True, cancel_futures=True)
        return ()

    @property
    def twin(self) -> Twin:
        """The newest snapshot that the engine sent."""
        return self._twin

    def may(self, method: str) -> bool:
        """Whether the engine lets this client call a method."""
        return self._role >= NEED[method]

    def compute[T](self, work: Callable[[], T]) -> Future[T]:
        """Runs a function on a thread of this process."""
        return self._pool.submit(work)

    def light(
        self, storey: StoreyId, make: Callable[[], StoreyModel | None], quality: str
    ) -> Future[tuple[StoreyLight, str] | None]:
        """The light of a storey: what the engine keeps, else baked in a child of this process and kept by the engine."""
        return self._loop.submit(self._light.light(self._lights, storey, make, quality), name="light")

    def cancel(self, job: str) -> None:
        """Asks a job to stop: one of this process, else the engine's."""
        if not self._jobs.cancel(job):
            self.ask(table()["cancel"], job)

    def resync(self, inbox: Inbox) -> Future[None]:
        """Reconnects, so that the engine sends the whole state."""
        del inbox  # ours: there is no other
        return self._loop.submit(self._leave(again=True), name="attach anew")

    def strings(self) -> StringTable:
        """The texts of enum and text points that the engine has sent."""
        return self._strings

    def undo_labels(self) -> tuple[Text | None, Text | None]:
        """Labels of the edits that undo and redo would apply to; None for none."""
        return self._labels

    def undo_authors(self) -> tuple[str, str]:
        """Other persons who made the edits that undo and redo would apply to."""
        return self._authors

    def project(self) -> str:
        """Path of the engine's project; empty until attached."""
        return self._project

    def now_ms(self) -> int:
        """The engine's clock, UTC milliseconds."""
        return self._clock() + self._ahead_ms

    def open_project(self, path: str) -> Future[None]:
        """Opens another project in its own window; the future always fails, with a note on success or with a problem."""
        return self._elsewhere(path, "")

    def new_project(self, path: str, building: str = "") -> Future[None]:
        """Makes a project and opens it in its own window; the future fails like that of `open_project`."""
        return self._elsewhere(path, building or NEW)

    def open_demo(self, name: str) -> Future[None]:
        """Opens a demo in its own window; the future fails like that of `open_project`."""
        return self._elsewhere(name, DEMO)

    def _elsewhere(self, what: str, made_from: str) -> Future[None]:
        def work() -> None:
            if self._other_window is None:
                raise ProblemError(another_window(what))
            self._other_window(what, made_from)
            raise ProblemError(opened_elsewhere(what))

        return self._pool.submit(work)

    def open_again(self) -> Future[None]:
        """Reconnects to the engine."""
        return self.resync(self.inbox)

    def ask(self, method: Method, *args: object, **named: object) -> Future[Any] | None:
        """Calls a method on the engine; a future where the method returns one, else None."""
        answer: Future[Any] = Future()
        answer.set_running_or_notify_cancel()
        try:
            packed = encode(method.packed(*args, **named))
        except (msgspec.MsgspecError, NotImplementedError) as error:
            answer.set_exception(ProblemError(not_understood(str(error))))
        else:
            self._loop.call(self._send, method.name, packed, answer)
        return answer if method.awaited else None

    def _ask_by_name(self, name: str, *args: object) -> Future[Any] | None:
        return self.ask(table()[name], *args)

    def _send(self, name: str, packed: bytes, answer: Future[Any]) -> None:
        if self._socket is None or self._socket.closed:
            answer.set_exception(ProblemError(self._gone or engine_gone()))
        elif name in BULK:
            assert self._session is not None  # noqa: S101 - there is a socket
            self._loop.spawn(self._bulk.call(self._session, name, packed, answer), name=name)
        else:
            id = next(self._ids)
            self._waiting[id] = (name, answer)
            self._loop.spawn(self._write(encode(Call(id, name, msgspec.Raw(packed)))), name="call")

    async def _write(self, data: bytes) -> None:
        if self._socket is not None:
            with contextlib.suppress(ConnectionError):  # the reader sees the end, too, and fails what waits
                await self._socket.send_bytes(data)

    async def _run(self) -> None:
        """Keeps the connection, with growing pauses between attempts, until `stop`."""
        pause = FIRST_PAUSE_S
        while not self._stopping:
            try:
                await self._attached()
                pause = FIRST_PAUSE_S
            except ProblemError as error:
                self._lost(error.problems[0])
                pause = LONG_PAUSE_S.get(error.problems[0].code, pause)
            except aiohttp.ServerFingerprintMismatch as error:
                self._lost(other_certificate(f"{error.host}:{error.port}", fingerprint_text(error.got)))
            except (aiohttp.ClientError, OSError, msgspec.DecodeError) as error:
                self._lost(engine_gone(str(error)[:80]))
            else:
                if not self._again:
                    self._lost(engine_gone())
            if not (self._again or self._stopping):
                await self._door_wait.rest(pause * random.uniform(0.5, 1.0))  # noqa: S311 - so that windows come one by one
            if self._again:
                self._again = False
                continue
            pause = min(2 * pause, LONGEST_PAUSE_S)

    async def _attached(self) -> None:
        """Connects and receives news until the connection ends."""
        opening, find = (lambda: self._aside(self._opening)), (lambda: self._aside(self._find))
        address = await self._door_wait.door(opening, find, lambda: self._stopping)
        if address is None or (address.socket and not await self._aside(lambda: is_ours(address.socket))):
            raise ProblemError(engine_gone())
        headers = {FINGERPRINT: fingerprint(), "User-Agent": version()}
        if token := await self._aside(address.token):
            headers["Authorization"] = f"Bearer {token}"
        async with aiohttp.ClientSession(
            address.base_url, connector=_connector(address), headers=headers
        ) as self._session:
            self._role = await greet(self._session)
            async with self._session.ws_connect("/engine", max_msg_size=0, compress=0, heartbeat=HEARTBEAT_S) as socket:
                self._points, self._socket = PointTable(), socket
                try:
                    async for message in socket:
                        if message.type is aiohttp.WSMsgType.BINARY:
                            self._take(message.data)
                finally:
                    self._socket = None

    def _take(self, data: bytes) -> None:
        message: Reply | Values | Event | Mirror = read_message(data)
        match message:
            case Values() as values:
                self.inbox.put(batch_of(values, self._points))
            case Event(kind=kind, body=body):
                self._event(change_decoder(kind).decode(body))
            case Reply() as reply:
                self._reply(reply)
            case Mirror() as mirror:
                if (project := str(mirror.project)) != self._project:
                    self._light.stop()
                self._project, self._ahead_ms = project, mirror.now_ms - self._clock()
                self._labels = result_decoder("undo_labels").decode(mirror.undo_labels)
                self._authors = mirror.undo_authors
                self._strings = self._strings if mirror.first else StringTable()
                for text in mirror.texts:
                    self._strings.code(text)

    def _event(self, change: Change) -> None:
        if isinstance(change, TwinChanged):
            self._twin = change.twin
        self.inbox.put_change(change)
        if isinstance(change, TwinChanged):
            if self._gone is not None:
                self.inbox.put_change(ProblemsSolved((self._gone,)))
                self._gone = None
            if not self._ready.done():
                self._ready.set_result(None)
            self._door_wait.path = ""  # the engine tells itself that the project is open

    def _reply(self, reply: Reply) -> None:
        name, answer = self._waiting.pop(reply.id)
        if reply.ok:
            answer.set_result(result_decoder(name).decode(reply.body))
            return
        found = problems_decoder().decode(reply.body)
        answer.set_exception(ProblemError(*found))
        if not table()[name].awaited:  # nobody holds the future
            self._raise_problems(*found)

    def _lost(self, problem: Problem) -> None:
        """Fails pending calls, and shows links, devices and values as offline; reported once per outage."""
        waiting, self._waiting = self._waiting, {}
        for _, answer in waiting.values():
            answer.set_exception(ProblemError(problem))
        if not self._ready.done():
            self._ready.set_exception(ProblemError(problem))
        if self._door_wait.path and not self._stopping:
            self.inbox.put_change(ProjectOpenFailed(self._door_wait.path, (problem,)))
            self._door_wait.path = ""
        if self._stopping or (self._gone is not None and self._gone.code == problem.code):
            return
        self._gone = problem
        for change in changes_of_loss(self._twin, problem, self.now_ms()):
            self.inbox.put_change(change)
        self.inbox.put(values_of_loss(self._points, self.now_ms()))
        self._raise_problems(problem)

    def _raise_problems(self, *problems: Problem) -> None:
        for problem in problems:
            self.inbox.put_change(ProblemRaised(problem))

    def _unhandled(self, error: BaseException, where: str) -> None:
        if isinstance(error, ProblemError):
            self._raise_problems(*error.problems)
            return
        _LOG.error("lost in %s", where, exc_info=error)
        self._raise_problems(unexpected(error, where))

    async def _aside[T](self, work: Callable[[], T]) -> T:
        return await asyncio.get_running_loop().run_in_executor(self._pool, work)

    async def _leave(self, *, again: bool = False) -> None:
        self._again = again
        self._door_wait.ask()
        if (socket := self._socket) is None:
            return
        wire = socket.get_extra_info("socket")
        await socket.close()
        for _ in range(CLOSING_TURNS):  # TLS says good-bye after that, and needs the loop for it
            if wire is None or wire.fileno() < 0:
                return
            await asyncio.sleep(CLOSING_TURN_S)


def _connector(address: DoorAddress) -> aiohttp.BaseConnector:
    if address.url:
        return aiohttp.TCPConnector(ssl=aiohttp.Fingerprint(address.pin_bytes))
    return aiohttp.UnixConnector(address.socket) if address.socket else aiohttp.TCPConnector()


def _carried(method: Method) -> Callable[..., Future[Any] | None]:
    def call(self: RemoteEngine, *args: object, **named: object) -> Future[Any] | None:
        return self.ask(method, *args, **named)

    call.__name__ = method.name
    return call


for _method in table().values():
    if _method.name not in MIRRORED | {"cancel"}:
        setattr(RemoteEngine, _method.name, _carried(_method))
