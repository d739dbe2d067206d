"""The door of a running engine: an HTTP server on a private socket, or for other machines. Runs on the engine's loop.

`GET /hello` identifies the engine; `/engine` is a client's WebSocket; `/api/METHOD` is one call, in JSON or
MessagePack, for verbs, scripts and data too large for the WebSocket; `POST /verb` is a verb of the command line.
"""

from __future__ import annotations

import asyncio
import contextlib
import hashlib
import os
import socket
from collections.abc import AsyncGenerator, Callable, Mapping, Sequence
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
from app.server.file_routes import CALLER, FileRoutes
from app.server.gates import Gate, LocalGate, network_of, origin_of, plain_address
from app.server.listening import Listening, version
from app.server.messages import FINGERPRINT, HEARTBEAT_S, JSON, LINES, MSGPACK
from app.server.method_table import fingerprint
from app.server.redacted_engine import redacted
from app.server.refusals import failed, refused, refused_for
from app.server.remote_files import ClientFiles
from app.server.roles import READING
from app.server.scoped_engine import hosted
from app.server.verb_client import VerbClient
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
type Verbs = Callable[[Sequence[str], Mapping[str, str], VerbClient], AsyncGenerator[Mapping[str, object]]]
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
        self._asking: set[VerbClient] = set()
        self._connections = DoorConnections(
            lambda origin: self._note_refusal(problems.too_many(MOST_CONNECTIONS), origin),
            lambda origin: self._note_refusal(problems.no_request(), origin),
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
            FileRoutes(self._blobs, self._host, self._gate).add_to(app.router)
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
        """Disconnects clients whose access was revoked or has expired, and ends their verbs."""
        for session in tuple(self._sessions):
            if not self._gate.still(session.caller):
                self._loop.spawn(session.close(problems.access_ended().code), name="access ended")
        for client in tuple(self._asking):
            client.look()
        if self._blobs is not None:
            self._loop.spawn(self._blobs.expire(self._gate.stands), name="files expire")

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
        """Drops ended access, and counts no connections that have ended, every ROUND_S."""
        if self._network is listening:
            self.drop()
            self._connections.remove_ended()
            asyncio.get_running_loop().call_later(ROUND_S, self._round, listening)

    def _take_in(self, wire: socket.socket, origin: str, listening: NetworkListening) -> None:
        if not self._connections.room_for(origin):
            wire.close()
            return
        protocol = self._admit(origin)
        handshake = self._loop.spawn(self._secure(protocol, wire, listening, origin), name="handshake")
        handshake.add_done_callback(lambda task: wire.close() if task.cancelled() else None)  # it had not begun
        self._connections.securing(protocol, handshake)

    async def _secure(
        self, protocol: asyncio.BaseProtocol, wire: socket.socket, listening: NetworkListening, origin: str
    ) -> None:
        try:
            await asyncio.get_running_loop().connect_accepted_socket(
                lambda: protocol, wire, ssl=listening.context, ssl_handshake_timeout=GREETING_S
            )
            self._connections.secured(protocol)
        except OSError as error:
            wire.close()
            self._note_refusal(problems.no_handshake(getattr(error, "reason", "") or type(error).__name__), origin)
        except asyncio.CancelledError:
            wire.close()

    def _admit(self, origin: str = "") -> asyncio.BaseProtocol:
        assert self._runner is not None  # noqa: S101 - it listens
        assert self._runner.server is not None  # noqa: S101 - it is set up
        return self._connections.admit(self._runner.server, origin)

    @web.middleware
    async def _guard(self, request: web.Request, handler: Handler) -> web.StreamResponse:
        self._connections.asked(request.protocol)
        try:
            if "Origin" in request.headers:
                self._note_refusal(problems.from_web_page(), origin_of(request))
                return refused(403, problems.from_web_page())
            request[CALLER] = self._gate.caller(request)
            self._connections.greeted(request.protocol)
            if (request.content_length or 0) > MOST_BYTES and not request.path.startswith("/blob/"):  # before it comes
                return refused(413, problems.too_large(MOST_BYTES))
            return await handler(request)
        except ProblemError as error:
            return refused_for(error)
        except web.HTTPRequestEntityTooLarge:
            return refused(413, problems.too_large(MOST_BYTES))
        except web.HTTPException as error:
            return refused(error.status, problems.not_understood(error.reason))

    async def _hello(self, request: web.Request) -> web.StreamResponse:
        hello = {
            "protocol": PROTOCOL,
            "version": version(),
            "api": fingerprint(),
            "project": redacted(self._host, request[CALLER]).project(),
            "pid": os.getpid(),
            "clients": len(self._sessions),
            "role": request[CALLER].role.name.lower(),
        }
        return web.Response(body=json_encode(hello), content_type=JSON)

    async def _engine(self, request: web.Request) -> web.StreamResponse:
        if request.headers.get(FINGERPRINT) != fingerprint():
            theirs = request.headers.get("User-Agent", "")[:40]
            return refused(426, problems.another_version(version(), theirs or "another program"))
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
            return refused(400, problems.not_understood("GET takes ?args=, which is JSON"))
        if request.method == "GET" and method not in READING:
            return refused(405, problems.not_understood(f"{method[:40]} changes something: use POST"))
        packed = request.headers.get("Accept", "") == MSGPACK
        try:
            caller = replace(request[CALLER], client="api")
            arguments = body or (b"[]" if as_json else b"\x90")
            host = hosted(self._host, caller)
            found = await perform(host, caller, method, arguments, json=as_json, blobs=self._blobs)
            made = await asyncio.wrap_future(self._host.compute(lambda: _digested(found, packed=packed)))
        except Exception as error:
            return failed(error, method)
        data, tag = made
        if request.headers.get("If-None-Match") == tag:
            return web.Response(status=304, headers={"ETag": tag})
        return web.Response(body=data, headers={"ETag": tag}, content_type=MSGPACK if packed else JSON)

    def _note_refusal(self, problem: Problem, origin: str) -> None:
        """Makes a refused connection or request a row of the event log."""
        self._host.note_refusal("door", problem, "", origin)

    async def _verb(self, request: web.Request) -> web.StreamResponse:
        theirs = request.headers.get(PROTOCOL_HEADER, str(PROTOCOL))
        if theirs != str(PROTOCOL):
            return refused(426, problems.another_version(version(), f"protocol {theirs[:10]}"))
        try:
            request_body = await request.json()
            words, given = (
                [str(word) for word in request_body["words"]],
                {str(k): str(v) for k, v in request_body["given"].items()},
            )
        except (ValueError, KeyError, TypeError, AttributeError):
            return refused(400, problems.not_understood("a verb is {words: […], given: {…}}"))
        if self._verbs is None or not words:
            return refused(404, problems.unknown_method("verb"))
        response = web.StreamResponse(headers={"Content-Type": LINES})
        await response.prepare(request)
        caller = request[CALLER]
        files = ClientFiles(self._blobs, caller) if caller.remote else None
        client = VerbClient(caller, lambda: self._gate.still(caller), files, lambda: _is_gone(request))
        self._asking.add(client)
        try:
            async with client.while_let_in(), contextlib.aclosing(self._verbs(words, given, client)) as lines:
                async for line in lines:
                    client.check()
                    if "end" in line:
                        await client.forget_files(words, self._blobs)
                    await response.write(json_encode(line) + b"\n")
        except ConnectionError:
            return response
        except Exception as error:
            with contextlib.suppress(ConnectionError):
                await response.write(json_encode({"problems": problems_of(error, words[0])}) + b"\n")
        finally:
            self._asking.discard(client)
            await client.forget_files(words, self._blobs)
        with contextlib.suppress(ConnectionError):  # the client has its last line and may be gone
            await response.write_eof()
        return response


def _is_gone(request: web.Request) -> bool:
    """Whether the client has closed the connection."""
    return request.transport is None or request.transport.is_closing()


def _digested(found: object, *, packed: bool) -> tuple[bytes, str]:
    data = encode(found) if packed else json_encode(found)
    return data, f'"{hashlib.sha256(data).hexdigest()[:32]}"'
