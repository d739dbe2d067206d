"""The door of a running engine: an HTTP server on a private socket, or for other machines. Runs on the engine's loop.

`GET /hello` identifies the engine; `/engine` is a client's WebSocket; `/api/METHOD` is one call, in JSON or
MessagePack, for verbs, scripts and data too large for the WebSocket; `POST /verb` is a verb of the command line.
"""

from __future__ import annotations

import asyncio
import hashlib
import os
import socket
from collections.abc import AsyncIterator, Callable, Mapping, Sequence
from dataclasses import replace
from typing import TYPE_CHECKING

from aiohttp import web
from aiohttp.typedefs import Handler

from app.loop import Loop
from app.server import problems
from app.server.calls import Host, perform, problems_of
from app.server.client_session import ClientSession
from app.server.codec import encode, json_encode
from app.server.door_address import PROTOCOL, PROTOCOL_HEADER
from app.server.door_connections import GREETING_S, MOST_CONNECTIONS, DoorConnections
from app.server.gates import Gate, LocalGate, network_of, origin_of, plain_address
from app.server.listening import Listening, version
from app.server.messages import FINGERPRINT, HEARTBEAT_S, JSON, LINES, MSGPACK
from app.server.method_table import fingerprint
from app.server.roles import READING, Caller, Role
from app.server.scoped_engine import hosted
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.server.blobs import BlobStore
    from app.server.network_listening import NetworkListening

MOST_BYTES = 64 << 20
"""Largest message in bytes: a drawing with its pictures."""
ACCEPTING_TURNS = 4
"""Turns of the loop until a connection that is being accepted has its transport."""
ROUND_S = 1.0
"""Interval (seconds) at which expired access is looked for."""
CHUNK = 1 << 18
CALLER = web.RequestKey("caller", Caller)
"""Key of a request's Caller."""
_STATUS = {
    "door.method": 404, "door.role": 403, "door.arguments": 400, "oikos.mistake": 500, "door.token": 401, "door.unknown_token": 401,
    "door.expired": 401, "door.paused": 429, "door.scope": 403, "door.outside": 403, "door.only_here": 403, "door.setting": 403,
    "blob.size": 413, "blob.digest": 400, "blob.name": 400,
}  # fmt: skip
"""HTTP status by code of problem; 422 for others."""
_NOT_LET_IN = frozenset({401, 403, 429})
"""HTTP statuses after which the connection is closed, so that none is kept without access."""

type Verbs = Callable[[Sequence[str], Mapping[str, str], Caller], AsyncIterator[Mapping[str, object]]]
"""Carries out a verb's command line on the engine; each item is one line of JSON."""


class Door:
    """The door's HTTP server. Only the user can reach its unix socket, whose folder is private; on a network, its gate
    asks for tokens."""

    def __init__(
        self,
        host: Host,
        loop: Loop,
        verbs: Verbs | None = None,
        gate: Gate | None = None,
        blobs: BlobStore | None = None,
    ) -> None:
        """`gate`: who may enter; None: every client of the socket, with its token where it has one. `blobs` keeps the files
        that clients of other machines send."""
        self._blobs = blobs
        self._host, self._loop, self._verbs, self._gate = host, loop, verbs, gate or LocalGate()
        self._network: NetworkListening | None = None
        self._sessions: set[ClientSession] = set()
        self._connections = DoorConnections(
            lambda origin: self._note_refusal(problems.too_many(MOST_CONNECTIONS), origin)
        )
        self._listening: socket.socket | None = None
        self._server: asyncio.Server | None = None
        self._runner: web.AppRunner | None = None

    @property
    def clients(self) -> int:
        """Number of open WebSockets."""
        return len(self._sessions)

    async def open(self, listening: Listening) -> None:
        """Starts to accept clients of this machine."""
        self._gate = LocalGate(listening.token)
        await self._set_up()
        loop = asyncio.get_running_loop()
        make = loop.create_server if listening.address.port else loop.create_unix_server
        self._listening = listening.socket
        self._server = await make(self._admit, sock=listening.socket)

    async def open_network(self, listening: NetworkListening) -> None:
        """Starts to accept clients of other machines."""
        await self._set_up()
        self._network = listening
        self._watch(listening)
        self._round(listening)

    async def _set_up(self) -> None:
        app = web.Application(client_max_size=MOST_BYTES, middlewares=[self._guard])
        app.router.add_get("/hello", self._hello)
        app.router.add_get("/engine", self._engine)
        app.router.add_get("/api/{method}", self._once)
        app.router.add_post("/api/{method}", self._once)
        app.router.add_post("/verb", self._verb)
        if self._blobs is not None:
            app.router.add_get("/blob/{digest}", self._has_blob)
            app.router.add_put("/blob/{digest}", self._put_blob)
        self._runner = web.AppRunner(app, access_log=None, shutdown_timeout=1.0, handle_signals=False)
        await self._runner.setup()

    async def close(self) -> None:
        """Disconnects every client and stops listening; may be called twice."""
        if self._server is not None and self._listening is not None:
            # closing it while a connection is being accepted leaves that one open for ever (asyncio, Python 3.12)
            asyncio.get_running_loop().remove_reader(self._listening)
            for _ in range(ACCEPTING_TURNS):
                await asyncio.sleep(0)
            self._server.close()
        if self._network is not None:
            network, self._network = self._network, None
            asyncio.get_running_loop().remove_reader(network.socket)
            network.close()
            await self._connections.stop_handshakes()
        await asyncio.gather(*(session.close() for session in tuple(self._sessions)))
        for session in tuple(self._sessions):
            session.abort()
        if self._runner is not None:
            await self._runner.cleanup()
        self._server = self._runner = None
        await self._connections.closed()

    def drop(self) -> None:
        """Disconnects clients whose access was revoked or has expired."""
        for session in tuple(self._sessions):
            if not self._gate.still(session.caller):
                self._loop.spawn(session.close(problems.access_ended().code), name="access ended")

    def _watch(self, listening: NetworkListening) -> None:
        """Accepts connections from now on."""
        if self._network is listening:
            asyncio.get_running_loop().add_reader(listening.socket, self._accept, listening)

    def _accept(self, listening: NetworkListening) -> None:
        """Accepts what waits; where the system has no handle left, it tries again after ROUND_S."""
        loop = asyncio.get_running_loop()
        try:
            for _ in range(MOST_CONNECTIONS):
                wire, peer = listening.socket.accept()
                wire.setblocking(False)
                self._take_in(wire, network_of(plain_address(str(peer[0]))), listening)
        except (BlockingIOError, InterruptedError, ConnectionAbortedError):
            return
        except OSError:
            loop.remove_reader(listening.socket)
            loop.call_later(ROUND_S, self._watch, listening)

    def _round(self, listening: NetworkListening) -> None:
        """Drops ended access, every ROUND_S."""
        if self._network is listening:
            self.drop()
            asyncio.get_running_loop().call_later(ROUND_S, self._round, listening)

    def _take_in(self, wire: socket.socket, origin: str, listening: NetworkListening) -> None:
        if not self._connections.room_for(origin):
            wire.close()
            return
        protocol = self._admit(origin)
        handshake = self._loop.spawn(self._secure(protocol, wire, listening), name="handshake")
        handshake.add_done_callback(lambda task: wire.close() if task.cancelled() else None)  # it had not begun
        self._connections.securing(protocol, handshake)

    async def _secure(self, protocol: asyncio.BaseProtocol, wire: socket.socket, listening: NetworkListening) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol, wire, ssl=listening.context, ssl_handshake_timeout=GREETING_S
            )
        except (OSError, asyncio.CancelledError):
            wire.close()

    def _admit(self, origin: str = "") -> asyncio.BaseProtocol:
        assert self._runner is not None  # noqa: S101 - it listens
        assert self._runner.server is not None  # noqa: S101 - it is set up
        return self._connections.admit(self._runner.server, origin)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        try:
            if "Origin" in request.headers:
                self._note_refusal(problems.from_web_page(), origin_of(request))
                return _refused(403, problems.from_web_page())
            request[CALLER] = self._gate.caller(request)
            self._connections.greeted(request.protocol)
            if (request.content_length or 0) > MOST_BYTES and not request.path.startswith("/blob/"):  # before it comes
                return _refused(413, problems.too_large(MOST_BYTES))
            return await handler(request)
        except ProblemError as error:
            return _refused(_STATUS.get(error.problems[0].code, 422), *error.problems)
        except web.HTTPRequestEntityTooLarge:
            return _refused(413, problems.too_large(MOST_BYTES))
        except web.HTTPException as error:
            return _refused(error.status, problems.not_understood(error.reason))

    async def _hello(self, request: web.Request) -> web.StreamResponse:
        del request
        hello = {
            "protocol": PROTOCOL,
            "version": version(),
            "api": fingerprint(),
            "project": self._host.project(),
            "pid": os.getpid(),
            "clients": len(self._sessions),
        }
        return web.Response(body=json_encode(hello), content_type=JSON)

    async def _engine(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get(FINGERPRINT) != fingerprint():
            theirs = request.headers.get("User-Agent", "")[:40]
            return _refused(426, problems.another_version(version(), theirs or "another program"))
        wire = web.WebSocketResponse(max_msg_size=MOST_BYTES, compress=False, heartbeat=HEARTBEAT_S)
        await wire.prepare(request)
        caller = request[CALLER]
        session = ClientSession(hosted(self._host, caller), self._loop, caller, wire, self._gate.still, self._blobs)
        self._sessions.add(session)
        try:
            await session.run(request)
        finally:
            self._sessions.discard(session)
        return wire

    async def _once(self, request: web.Request) -> web.StreamResponse:
        """One call. GET only for methods that change nothing, with arguments in `?args=[…]`; ETag is the answer's
        digest.
        """
        method = request.match_info["method"]
        as_json = request.content_type != MSGPACK
        body = request.query.get("args", "").encode() if request.method == "GET" else await request.read()
        if not as_json and request.method == "GET":
            return _refused(400, problems.not_understood("GET takes ?args=, which is JSON"))
        if request.method == "GET" and method not in READING:
            return _refused(405, problems.not_understood(f"{method[:40]} changes something: use POST"))
        packed = request.headers.get("Accept", "") == MSGPACK
        try:
            caller = replace(request[CALLER], client="api")
            arguments = body or (b"[]" if as_json else b"\x90")
            host = hosted(self._host, caller)
            found = await perform(host, caller, method, arguments, json=as_json, blobs=self._blobs)
            made = await asyncio.wrap_future(self._host.compute(lambda: _digested(found, packed=packed)))
        except Exception as error:
            return _failed(error, method)
        data, tag = made
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=data, headers={"ETag": tag}, content_type=MSGPACK if packed else JSON)

    async def _has_blob(self, request: web.Request) -> web.StreamResponse:
        """Whether a file is there: 204 or 404; its bytes are never sent."""
        assert self._blobs is not None  # noqa: S101 - or there is no such route
        there = self._blobs.has(request.match_info["digest"])
        return web.Response(status=204) if there else _refused(404, problems.no_blob())

    async def _put_blob(self, request: web.Request) -> web.StreamResponse:
        assert self._blobs is not None  # noqa: S101 - or there is no such route
        caller = request[CALLER]
        try:
            if caller.role < Role.INSTALLER:
                raise ProblemError(problems.forbidden("blob", caller.role.name.lower(), "installer"))
            chunks = self._while_let_in(caller, request.content.iter_chunked(CHUNK))
            await self._blobs.put(request.match_info["digest"], request.content_length, chunks, caller.person)
        except ProblemError as error:
            self._host.note_refusal("blob", error.problems[0], caller.person, caller.origin)
            raise
        return web.Response(status=204)

    def _note_refusal(self, problem: Problem, origin: str) -> None:
        """Makes a refused connection or request a row of the event log."""
        self._host.note_refusal("door", problem, "", origin)

    async def _while_let_in[T](self, caller: Caller, items: AsyncIterator[T]) -> AsyncIterator[T]:
        """The items, until the caller's access has ended: ProblemError then."""
        async for item in items:
            if not self._gate.still(caller):
                raise ProblemError(problems.access_ended())
            yield item

    async def _verb(self, request: web.Request) -> web.StreamResponse:
        theirs = request.headers.get(PROTOCOL_HEADER, str(PROTOCOL))
        if theirs != str(PROTOCOL):
            return _refused(426, problems.another_version(version(), f"protocol {theirs[:10]}"))
        try:
            request_body = await request.json()
            words, given = (
                [str(word) for word in request_body["words"]],
                {str(k): str(v) for k, v in request_body["given"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return _refused(400, problems.not_understood("a verb is {words: […], given: {…}}"))
        if self._verbs is None or not words:
            return _refused(404, problems.unknown_method("verb"))
        response = web.StreamResponse(headers={"Content-Type": LINES})
        await response.prepare(request)
        try:
            caller = request[CALLER]
            async for line in self._while_let_in(caller, self._verbs(words, given, caller)):
                await response.write(json_encode(line) + b"\n")
        except ConnectionError:
            return response
        except Exception as error:
            await response.write(json_encode({"problems": problems_of(error, words[0])}) + b"\n")
        await response.write_eof()
        return response


def _digested(found: object, *, packed: bool) -> tuple[bytes, str]:
    data = encode(found) if packed else json_encode(found)
    return data, f'"{hashlib.sha256(data).hexdigest()[:32]}"'


def _refused(status: int, *found: Problem) -> web.Response:
    response = web.Response(status=status, body=json_encode({"problems": found}), content_type=JSON)
    if status in _NOT_LET_IN:
        response.force_close()
    return response


def _failed(error: Exception, method: str) -> web.Response:
    found = problems_of(error, method)
    return _refused(_STATUS.get(found[0].code, 422), *found)
