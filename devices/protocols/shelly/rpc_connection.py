"""One RPC WebSocket to a Shelly (Shelly Gen2+ API documentation: RPC Protocol, Authentication over WebSocket).

aioshelly would do it, but requires a library under the GPL (PyRIC, by habluetooth). The tests connect aioshelly to the same
device as this.
"""

from __future__ import annotations

import asyncio
import hashlib
import json
import secrets
from collections.abc import Callable
from typing import Any, Self

import aiohttp

from devices.contract import AuthError, RefusedError
from devices.http_session import device_session
from devices.json_document import Document, decoded, part_of, updated
from twin.model.ids import clean_name
from twin.model.text import Text

CONNECT_S = 15.0
ANSWER_S = 10.0
CLOSE_S = 1.0
"""Seconds that the end of a connection waits for the device to agree to it; one without power does not."""
MAX_FRAME_BYTES = 2**20
UNAUTHORISED = 401
_HA2 = "dummy_method:dummy_uri"


class RpcConnection:
    """A connected device: its information, configuration and status, and calls of its methods."""

    def __init__(self, http: aiohttp.ClientSession, host: str, password: str) -> None:
        self.host = host
        self.information: Document = {}
        self.config: Document = {}
        self.status: Document = {}
        """The status of each component, with all changes that were notified."""
        self.is_lost = False
        self.on_status: Callable[[], None] = lambda: None
        self.on_event: Callable[[Document], None] = lambda event: None
        self.on_lost: Callable[[], None] = lambda: None
        self._http, self._password = http, password
        self._source = f"oikos-{secrets.token_hex(4)}"
        self._challenge: Document = {}
        self._count = 1
        self._proven = False
        """Whether the device has accepted a login by the present challenge."""
        self._one = asyncio.Lock()
        self._number = 0
        self._calls: dict[int, tuple[asyncio.Future[Document], Callable[[Document], None]]] = {}
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def opened(cls, host: str, port: int, password: str, uid: str, timeout_s: float = CONNECT_S) -> Self:
        """Connects, logs in where that is needed, and reads all. Raises AuthError, OSError or TimeoutError; ConnectionError
        where another device than `uid` (a hardware address; empty for any) answers.
        """
        connection = cls(device_session(), host, password)
        try:
            async with asyncio.timeout(timeout_s):
                await connection._connect(port)
                connection.information = await connection.call("Shelly.GetDeviceInfo", {})
                if uid and connection.uid != uid:
                    raise ConnectionError(Text("reason.other_device"))
                await connection.refresh_config()
                await connection.refresh()
        except RefusedError:
            await connection.close()
            raise ConnectionError(Text("shelly.no_rpc")) from None
        except BaseException:
            await connection.close()
            raise
        return connection

    @property
    def uid(self) -> str:
        """The hardware address, 12 lower-case hex digits."""
        return clean_name(self.information.get("mac", "")).lower()

    async def _connect(self, port: int) -> None:
        shown = f"[{self.host}]" if ":" in self.host else self.host
        try:
            self._socket = await self._http.ws_connect(
                f"http://{shown}:{port}/rpc",
                max_msg_size=MAX_FRAME_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),  # pyright: ignore[reportCallIssue] - attrs
            )
        except aiohttp.WSServerHandshakeError:
            raise ConnectionError(Text("shelly.no_rpc")) from None
        except aiohttp.ClientError as error:
            raise error if isinstance(error, OSError) else ConnectionError(Text("shelly.no_rpc")) from None
        except ValueError:  # a host that is none
            raise ConnectionError(Text("reason.unknown_name")) from None
        self._reader = asyncio.create_task(self._read(self._socket))  # noqa: TID251 - awaited in close

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    self._take(message.data)
        finally:
            self.is_lost = True
            for future, _ in self._calls.values():
                if not future.done():
                    future.set_exception(ConnectionResetError(Text("reason.connection_lost")))
            self._calls.clear()
            self.on_lost()

    def _take(self, text: str) -> None:
        frame = decoded(text)
        if frame is None:
            return
        if "method" in frame:
            self._notified(str(frame["method"]), part_of(frame, "params"))
            return
        number = frame.get("id")
        if isinstance(number, int) and (call := self._calls.pop(number, None)) is not None and not call[0].done():
            call[1](part_of(frame, "result"))  # now: what is notified after this answer is newer than it
            call[0].set_result(frame)

    def _notified(self, method: str, params: Document) -> None:
        if method == "NotifyEvent":
            self.on_event(params)
        elif method in ("NotifyStatus", "NotifyFullStatus"):
            self.status = updated(self.status, params, {} if method == "NotifyFullStatus" else None)
            self.on_status()

    async def refresh(self) -> None:
        """Reads the status anew. Raises RefusedError, AuthError, OSError or TimeoutError."""

        def take(status: Document) -> None:
            self.status = status or self.status

        await self.call("Shelly.GetStatus", {}, take)

    async def refresh_config(self) -> None:
        """Reads the configuration anew. Raises RefusedError, AuthError, OSError or TimeoutError."""
        self.config = await self.call("Shelly.GetConfig", {})

    async def call(
        self, method: str, params: Document, take: Callable[[Document], None] = lambda result: None
    ) -> Document:
        """What a method returns; empty for nothing. `take` gets it as it arrives. Raises RefusedError, AuthError, OSError
        or TimeoutError.
        """
        async with self._one:
            for _ in range(3):  # answered by a challenge at first, and again when that has become too old
                async with asyncio.timeout(ANSWER_S):
                    answer = await self._answer(method, params, take)
                error = part_of(answer, "error")
                if not error:
                    self._proven = bool(self._challenge)
                    return part_of(answer, "result")
                said = str(error.get("message"))
                if error.get("code") != UNAUTHORISED:
                    raise RefusedError(Text("shelly.refused", said=said[:120], code=str(error.get("code"))[:12]))
                if not self._password:
                    raise AuthError(Text("shelly.password_needed"))
                self._challenged(_challenge(said))
            raise AuthError(Text("shelly.wrong_password"))

    def _challenged(self, challenge: Document) -> None:
        """The login is to be made anew. Raises AuthError where the present one was never accepted."""
        if self._challenge and not self._proven and not challenge.get("stale"):
            raise AuthError(Text("shelly.wrong_password"))
        self._challenge, self._count, self._proven = challenge, 1, False

    async def _answer(self, method: str, params: Document, take: Callable[[Document], None]) -> Document:
        socket = self._socket
        if socket is None or self.is_lost:
            raise ConnectionResetError(Text("reason.connection_lost"))
        self._number += 1
        number = self._number
        frame: dict[str, Any] = {"id": number, "src": self._source, "method": method, "params": dict(params)}
        if self._challenge:
            frame["auth"] = self._login()
        future: asyncio.Future[Document] = asyncio.get_running_loop().create_future()
        self._calls[number] = future, take
        try:
            await socket.send_str(json.dumps(frame))
            return await future
        finally:
            self._calls.pop(number, None)

    def _login(self) -> dict[str, object]:
        """Answers the challenge (RFC 7616 section 3.4.1 with SHA-256; the request is a constant)."""
        realm, nonce, client_nonce = (
            str(self._challenge.get("realm")),
            self._challenge.get("nonce"),
            secrets.token_hex(8),
        )
        ha1, ha2 = _digest(f"admin:{realm}:{self._password}"), _digest(_HA2)
        count, self._count = self._count, self._count + 1
        return {
            "realm": realm,
            "username": "admin",
            "nonce": nonce,
            "nc": count,
            "cnonce": client_nonce,
            "response": _digest(f"{ha1}:{nonce}:{count}:{client_nonce}:auth:{ha2}"),
            "algorithm": "SHA-256",
        }

    async def close(self) -> None:
        """Ends the connection; may be called twice."""
        self.on_status, self.on_lost = lambda: None, lambda: None
        self.on_event = lambda event: None
        try:
            if self._socket is not None:
                await self._socket.close()
            if self._reader is not None:
                self._reader.cancel()
                await asyncio.gather(self._reader, return_exceptions=True)
        finally:
            await self._http.close()


def _challenge(text: str) -> Document:
    """The challenge in the message of a refusal. Raises AuthError where it is none that can be answered."""
    challenge = decoded(text) or {}
    if challenge.get("algorithm") != "SHA-256" or "nonce" not in challenge:
        raise AuthError(Text("shelly.login_unknown"))
    return challenge


def _digest(text: str) -> str:
    return hashlib.sha256(text.encode()).hexdigest()
