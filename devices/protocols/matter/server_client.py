# pyright: reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""WebSocket client of a Matter server: JSON, schema 11 of python-matter-server.

Imports no chip library. Every call has a time limit; a lost or hung server ends the events.
"""

from __future__ import annotations

import asyncio
import contextlib
import json
from collections.abc import AsyncIterator
from dataclasses import dataclass, field
from typing import Any

import aiohttp

from devices.protocols.matter.server_gate import authorization
from twin.model.text import Text, why

CALL_S = 15.0
CONNECT_S = 8.0
CLOSE_S = 1.0
HEARTBEAT_S = 20.0
MAX_BYTES = 64 * 1024 * 1024
"""Most bytes of a message; a hundred nodes need under 10 MB."""
SCHEMA = 11


class ServerError(Exception):
    """The server refused a request; `code` is its error code, the message its details."""

    def __init__(self, code: int, details: str) -> None:
        super().__init__(details)
        self.code = code


class NotAMatterServerError(Exception):
    """The peer is no Matter server or an incompatible one; its argument is a Text with the reason."""


@dataclass(frozen=True, slots=True)
class ServerAddress:
    """Where a server listens. Without `token` and `socket_path` it is one run by the user."""

    url: str
    token: str = field(default="", repr=False)
    socket_path: str = ""


@dataclass(frozen=True, slots=True)
class ServerGreeting:
    """The server's greeting: compressed fabric id, schema and version."""

    fabric: int
    schema: int
    version: str


@dataclass(frozen=True, slots=True)
class ServerEvent:
    """One event of the server: attribute_updated, node_added, node_updated, node_removed, node_event ..."""

    name: str
    data: Any


class ServerConnection:
    """One connection to the server. `events` raises when it is lost."""

    def __init__(
        self, session: aiohttp.ClientSession, socket: aiohttp.ClientWebSocketResponse, hello: ServerGreeting
    ) -> None:
        self.hello = hello
        self._session, self._socket = session, socket
        self._waiting: dict[str, asyncio.Future[Any]] = {}
        self._events: asyncio.Queue[ServerEvent | None] = asyncio.Queue()
        self._number = 0
        self._reader = asyncio.ensure_future(self._read())  # noqa: TID251 - ended and awaited in close()

    @classmethod
    async def open(cls, address: ServerAddress) -> ServerConnection:
        """Connects and receives the server's greeting. Raises OSError, TimeoutError or NotAMatterServerError."""
        session = aiohttp.ClientSession(
            connector=aiohttp.UnixConnector(address.socket_path) if address.socket_path else None,
            headers=authorization(address.token) if address.token else None,
            timeout=aiohttp.ClientTimeout(total=None, connect=CONNECT_S),
        )
        try:
            async with asyncio.timeout(CONNECT_S):
                socket = await session.ws_connect(
                    address.url,
                    heartbeat=HEARTBEAT_S,
                    max_msg_size=MAX_BYTES,
                    timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),  # pyright: ignore[reportCallIssue] - attrs
                )
                return cls(session, socket, await _greeted(socket))
        except aiohttp.WSServerHandshakeError as error:
            await session.close()
            raise NotAMatterServerError(Text("matter.http", status=error.status)) from None
        except aiohttp.ClientError as error:
            await session.close()
            raise ConnectionError(Text("matter.server_unreachable", why=why(error))) from None
        except BaseException:
            await session.close()
            raise

    async def call(self, command: str, *, timeout_s: float = CALL_S, **arguments: Any) -> Any:  # noqa: ANN401 - JSON
        """Sends a request and returns the server's answer. Raises ServerError, ConnectionError or TimeoutError."""
        if self._reader.done():
            raise ConnectionError(Text("matter.server_gone"))
        self._number += 1
        number = str(self._number)
        answer: asyncio.Future[Any] = asyncio.get_running_loop().create_future()
        self._waiting[number] = answer
        try:
            async with asyncio.timeout(timeout_s):
                await self._send({"message_id": number, "command": command, "args": arguments})
                return await answer
        finally:
            self._waiting.pop(number, None)

    async def events(self) -> AsyncIterator[ServerEvent]:
        """Events in order until the connection is lost; then raises ConnectionError."""
        while (event := await self._events.get()) is not None:
            yield event
        raise ConnectionError(Text("matter.server_gone"))

    async def close(self) -> None:
        """Closes the connection; may be called twice."""
        self._reader.cancel()
        await asyncio.gather(self._reader, return_exceptions=True)
        with contextlib.suppress(aiohttp.ClientError, OSError, TimeoutError):
            async with asyncio.timeout(1):
                await self._socket.close()
        await self._session.close()

    async def _send(self, message: dict[str, Any]) -> None:
        try:
            await self._socket.send_str(json.dumps(message))
        except (aiohttp.ClientError, RuntimeError) as error:
            raise ConnectionError(Text("matter.server_gone_why", why=why(error))) from None

    async def _read(self) -> None:
        try:
            async for message in self._socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            for answer in self._waiting.values():
                if not answer.done():
                    answer.set_exception(ConnectionError(Text("matter.server_gone")))
            self._events.put_nowait(None)

    def _take(self, text: str) -> None:
        try:
            message = json.loads(text)
        except (ValueError, RecursionError):
            return
        if not isinstance(message, dict):
            return
        if "event" in message:
            self._events.put_nowait(ServerEvent(str(message["event"]), message.get("data")))
            return
        answer = self._waiting.get(str(message.get("message_id")))
        if answer is None or answer.done():
            return
        if "error_code" in message:
            code = message["error_code"]
            answer.set_exception(
                ServerError(code if isinstance(code, int) else 0, str(message.get("details") or "refused")[:500])
            )
        else:
            answer.set_result(message.get("result"))


async def _greeted(socket: aiohttp.ClientWebSocketResponse) -> ServerGreeting:
    """Receives the server's greeting; closes the socket where that fails."""
    try:
        return _greeting(await socket.receive())
    except BaseException:
        await socket.close()
        raise


def _greeting(message: aiohttp.WSMessage) -> ServerGreeting:
    try:
        greeting = json.loads(message.data)
        hello = ServerGreeting(
            int(greeting["compressed_fabric_id"]),
            int(greeting["schema_version"]),
            str(greeting.get("sdk_version", ""))[:64],
        )
        lowest = int(greeting.get("min_supported_schema_version", SCHEMA))
    except (TypeError, ValueError, KeyError):
        raise NotAMatterServerError(Text("matter.no_greeting")) from None
    if lowest > SCHEMA or hello.schema < SCHEMA:
        raise NotAMatterServerError(Text("matter.schema", theirs=hello.schema, ours=SCHEMA))
    return hello
