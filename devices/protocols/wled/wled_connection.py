"""A WLED controller over HTTP, and its WebSocket, over which it pushes changes (WLED JSON API; WLED WebSocket)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable
from typing import Self, cast

import aiohttp

from devices.contract import RefusedError
from devices.http_session import device_session
from devices.json_document import Document, decoded, part_of
from twin.model.ids import clean_name
from twin.model.text import Text

CONNECT_S = 15.0
ANSWER_S = 10.0
CLOSE_S = 1.0
"""Seconds that the end of a connection waits for the controller to agree to it; one without power does not."""
MAX_BYTES = 2**20
REDIRECTED, NOT_FOUND = 300, 404
"""The least status of HTTP that is no success; a controller has no reason to name another address."""


class HttpStatusError(ConnectionError):
    """The controller answered, but with a status of HTTP that is no success."""

    def __init__(self, status: int) -> None:
        super().__init__(Text("wled.http", status=status))
        self.status = status


class WledConnection:
    """A controller that has answered: its state and information, and requests to it."""

    def __init__(self, http: aiohttp.ClientSession, host: str, port: int) -> None:
        shown = f"[{host}]" if ":" in host else host
        self._http, self._base = http, f"http://{shown}:{port}"
        self.state: Document = {}
        self.info: Document = {}
        self.effects: tuple[str, ...] = ()
        self.palettes: tuple[str, ...] = ()
        self.presets: Document = {}
        self.has_old_presets = False
        """Whether the presets could not be read when all was read last."""
        self.is_lost = False
        self.on_state: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None
        self._pushes = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def opened(cls, host: str, port: int, uid: str, timeout_s: float = CONNECT_S) -> Self:
        """Reads all, and listens where the controller can push. Raises OSError or TimeoutError; ConnectionError where
        another controller than `uid` (a hardware address; empty for any) answers.
        """
        connection = cls(device_session(), host, port)
        try:
            async with asyncio.timeout(timeout_s):
                await connection.read_all()
                if uid and connection.uid != uid:
                    raise ConnectionError(Text("reason.other_device"))
                await connection._listen()
        except BaseException:
            await connection.close()
            raise
        return connection

    @property
    def uid(self) -> str:
        """The hardware address, 12 lower-case hex digits."""
        return clean_name(self.info.get("mac", "")).lower()

    async def read_all(self) -> None:
        """Reads state, information, names of effects and palettes, and presets. Raises OSError or TimeoutError."""
        document = await self._asked("GET", "/json")
        if not part_of(document, "info") or not part_of(document, "state"):
            raise ConnectionError(Text("wled.no_wled"))
        self.state, self.info = part_of(document, "state"), part_of(document, "info")
        self.effects, self.palettes = _names(document.get("effects")), _names(document.get("palettes"))
        await self._read_presets()

    async def _read_presets(self) -> None:
        self.has_old_presets = True
        try:
            self.presets = await self._asked("GET", "/presets.json")
        except HttpStatusError as error:
            if error.status != NOT_FOUND:  # it is busy
                return
            self.presets = {}  # one that has never stored a preset has no such file
        except ConnectionError:
            return
        self.has_old_presets = False

    async def refresh(self) -> None:
        """Reads state and information anew, unless a change is pushed meanwhile, which is newer. Raises OSError or
        TimeoutError.
        """
        pushes = self._pushes
        document = await self._asked("GET", "/json/si")
        if pushes == self._pushes:
            self._take(document)

    async def set_state(self, changes: Document) -> None:
        """Changes the state. Raises RefusedError, OSError or TimeoutError."""
        try:
            answer = await self._asked("POST", "/json/state", changes)
        except HttpStatusError as error:
            raise RefusedError(*error.args) from None
        if "error" in answer:
            raise RefusedError(Text("wled.refused", code=str(answer["error"])[:12]))

    async def _asked(self, method: str, path: str, body: Document | None = None) -> Document:
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                self._http.request(
                    method, self._base + path, json=None if body is None else dict(body), allow_redirects=False
                ) as answer,
            ):
                if answer.status >= REDIRECTED:
                    raise HttpStatusError(answer.status)
                text = await answer.content.read(MAX_BYTES)
                while not answer.content.at_eof() and len(text) < MAX_BYTES:
                    text += await answer.content.read(MAX_BYTES - len(text))
        except aiohttp.ClientError as error:
            raise error if isinstance(error, OSError) else ConnectionError(Text("wled.no_wled")) from None
        return _document(text)

    async def _listen(self) -> None:
        """Opens the WebSocket; a controller without one (or with too many listeners) is only read."""
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            self._socket = await self._http.ws_connect(
                self._base + "/ws",
                max_msg_size=MAX_BYTES,
                timeout=aiohttp.ClientWSTimeout(ws_close=CLOSE_S),  # pyright: ignore[reportCallIssue] - attrs
            )
            self._reader = asyncio.create_task(self._read(self._socket))  # noqa: TID251 - awaited in close

    @property
    def pushes(self) -> bool:
        """Whether the controller pushes changes over a WebSocket."""
        return self._socket is not None

    async def _read(self, socket: aiohttp.ClientWebSocketResponse) -> None:
        try:
            async for message in socket:
                if message.type is aiohttp.WSMsgType.TEXT:
                    with contextlib.suppress(ConnectionError):
                        self._take(_document(message.data))
        finally:
            self.is_lost = True
            self.on_lost()

    def _take(self, document: Document) -> None:
        if part_of(document, "state") and part_of(document, "info"):
            self._pushes += 1
            self.state, self.info = part_of(document, "state"), part_of(document, "info")
            self.on_state()

    async def close(self) -> None:
        """Ends the connection; may be called twice."""
        self.on_state, self.on_lost = lambda: None, lambda: None
        try:
            if self._socket is not None:
                await self._socket.close()
            if self._reader is not None:
                self._reader.cancel()
                await asyncio.gather(self._reader, return_exceptions=True)
        finally:
            await self._http.close()


def _document(text: str | bytes) -> Document:
    found = decoded(text)
    if found is None:
        raise ConnectionError(Text("wled.no_wled"))
    return found


def _names(listed: object) -> tuple[str, ...]:
    found = cast("list[object]", listed) if isinstance(listed, list) else []
    return tuple(str(one).partition("@")[0] for one in found)
