"""A WLED controller over HTTP, and its WebSocket, over which it pushes changes (WLED JSON API; WLED WebSocket)."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Callable, Mapping
from typing import Self, cast

import aiohttp
import msgspec

from devices.contract import RefusedError
from devices.json_document import Document, part_of
from twin.model.text import Text

CONNECT_S = 15.0
ANSWER_S = 10.0
MAX_BYTES = 2**20


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
        self.is_lost = False
        self.on_state: Callable[[], None] = lambda: None
        self.on_lost: Callable[[], None] = lambda: None
        self._pushes = 0
        self._socket: aiohttp.ClientWebSocketResponse | None = None
        self._reader: asyncio.Task[None] | None = None

    @classmethod
    async def opened(cls, host: str, port: int, timeout_s: float = CONNECT_S) -> Self:
        """Reads all, and listens where the controller can push. Raises OSError or TimeoutError."""
        connection = cls(aiohttp.ClientSession(), host, port)
        try:
            async with asyncio.timeout(timeout_s):
                await connection.read_all()
                await connection._listen()
        except BaseException:
            await connection.close()
            raise
        return connection

    async def read_all(self) -> None:
        """Reads state, information, names of effects and palettes, and presets. Raises OSError or TimeoutError."""
        document = await self._asked("GET", "/json")
        if not part_of(document, "info") or not part_of(document, "state"):
            raise ConnectionError(Text("wled.no_wled"))
        self.state, self.info = part_of(document, "state"), part_of(document, "info")
        self.effects, self.palettes = _names(document.get("effects")), _names(document.get("palettes"))
        self.presets = {}
        with contextlib.suppress(ConnectionError):  # one that has never stored a preset has no such file
            self.presets = await self._asked("GET", "/presets.json")

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
        answer = await self._asked("POST", "/json/state", changes)
        if "error" in answer:
            raise RefusedError(Text("wled.refused", code=str(answer["error"])[:12]))

    async def _asked(self, method: str, path: str, body: Document | None = None) -> Document:
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                self._http.request(method, self._base + path, json=None if body is None else dict(body)) as answer,
            ):
                if answer.status >= 400:
                    raise ConnectionError(Text("wled.http", status=answer.status))
                text = await answer.content.read(MAX_BYTES)
                while not answer.content.at_eof() and len(text) < MAX_BYTES:
                    text += await answer.content.read(MAX_BYTES - len(text))
        except aiohttp.ClientError as error:
            raise error if isinstance(error, OSError) else ConnectionError(Text("wled.no_wled")) from None
        return _document(text)

    async def _listen(self) -> None:
        """Opens the WebSocket; a controller without one (or with too many listeners) is only read."""
        with contextlib.suppress(aiohttp.ClientError, ConnectionError):
            self._socket = await self._http.ws_connect(self._base + "/ws", max_msg_size=MAX_BYTES)
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
    try:
        found: object = msgspec.json.decode(text)
    except (msgspec.DecodeError, UnicodeDecodeError):
        found = None
    if not isinstance(found, Mapping):
        raise ConnectionError(Text("wled.no_wled"))
    return cast(Document, found)


def _names(listed: object) -> tuple[str, ...]:
    found = cast("list[object]", listed) if isinstance(listed, list) else []
    return tuple(str(one).partition("@")[0] for one in found)
