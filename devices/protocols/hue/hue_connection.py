"""A Hue bridge over TLS, recognised by its pinned certificate: requests, and the stream of its events (CLIP API v2)."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from typing import Any, cast

import aiohttp
import msgspec

from devices.contract import RefusedError
from devices.http_session import device_session
from devices.json_document import Document, decoded
from devices.protocols.hue.event_stream import EventStream
from devices.protocols.hue.stream_keep_alive import keep_alive
from devices.tls import OtherCertificateError
from twin.model.ids import clean_name
from twin.model.text import Text

ANSWER_S = 10.0
CONNECT_S = 10.0
MAX_BYTES = 2**24
"""Longest answer: a bridge has at most some hundred resources of some kilobytes."""
REDIRECTED, FORBIDDEN, GONE, BUSY = 300, (401, 403), 404, (429, 503)
"""Least status of HTTP that is no success (a bridge has no reason to name another address), and some of them."""
EVENTS = "/eventstream/clip/v2"


class KeyRefusedError(ConnectionError):
    """The bridge refused the application key."""


class BridgeBusyError(ConnectionError):
    """The bridge is there and has no time: it takes only so many requests."""


class GoneResourceError(ConnectionError):
    """The bridge has no such resource (any more)."""


class HueConnection:
    """Requests to one bridge. Each raises OtherCertificateError where it shows another certificate than the pinned one."""

    def __init__(self, host: str, port: int, *, pin: str, app_key: str = "") -> None:
        shown = f"[{host}]" if ":" in host else host
        self._base = f"https://{shown}:{port}"
        self._ssl = aiohttp.Fingerprint(bytes.fromhex(pin.replace(":", "")))
        self._headers = {"hue-application-key": app_key} if app_key else {}
        self._http = device_session()

    async def resources(self, path: str = "") -> tuple[Document, ...]:
        """Every resource, or those under a path such as `light/ID`. Raises BridgeBusyError, GoneResourceError, OSError or
        TimeoutError.
        """
        answer = await self._asked("GET", f"/clip/v2/resource{'/' if path else ''}{path}")
        listed = answer.get("data")
        found = cast("list[object]", listed) if isinstance(listed, list) else []
        return tuple(cast(Document, one) for one in found if isinstance(one, dict))

    async def change(self, path: str, body: Document) -> None:
        """Changes a resource such as `light/ID`. Raises RefusedError, also where the bridge doubts that it has an effect
        (status 207), OSError or TimeoutError.
        """
        answer = await self._asked("PUT", f"/clip/v2/resource/{path}", body, refuses=True)
        if (reason := _refusal(answer)) is not None:
            raise reason

    async def config(self) -> Document:
        """What a bridge answers without a key: its id and versions. Raises OSError or TimeoutError."""
        return await self._asked("GET", "/api/0/config")

    async def new_key(self, name: str) -> tuple[str, int]:
        """A new application key, or the number of the error (101: the link button was not pressed) with an empty key. Raises
        OSError or TimeoutError.
        """
        text = await self._text("POST", "/api", {"devicetype": name, "generateclientkey": True})
        try:
            (answer,) = msgspec.json.decode(text, type=list[dict[str, Any]])
        except (msgspec.DecodeError, msgspec.ValidationError, ValueError):
            raise ConnectionError(Text("hue.no_hue")) from None
        key = dict(answer.get("success") or {}).get("username")
        number = dict(answer.get("error") or {}).get("type")
        return (key, 0) if isinstance(key, str) and key else ("", number if isinstance(number, int) else -1)

    async def forget_key(self, app_key: str) -> bool:
        """Whether the bridge has deleted an application key. Raises OSError or TimeoutError."""
        text = await self._text("DELETE", f"/api/{app_key}/config/whitelist/{app_key}")
        return b'"success"' in text

    async def events(self) -> AsyncIterator[tuple[Document, ...]]:
        """What changes, as it does; begins with () once the bridge has answered. Ends where the bridge closes the stream;
        raises BridgeBusyError, OSError or TimeoutError, also where the other side of the connection is gone without a word.
        """
        stream = EventStream()
        waiting = aiohttp.ClientTimeout(total=None, sock_connect=CONNECT_S, sock_read=None)
        headers = {**self._headers, "Accept": "text/event-stream"}
        try:
            async with self._http.get(
                self._base + EVENTS, headers=headers, ssl=self._ssl, allow_redirects=False, timeout=waiting
            ) as answer:
                _check(answer.status)
                if answer.connection is not None and answer.connection.transport is not None:
                    keep_alive(answer.connection.transport.get_extra_info("socket"))
                yield ()
                async for more in answer.content.iter_any():
                    if found := tuple(stream.feed(more)):
                        yield found
        except aiohttp.ClientError as error:
            raise _plain(error) from None

    async def _asked(self, method: str, path: str, body: Document | None = None, *, refuses: bool = False) -> Document:
        text = await self._text(method, path, body, refuses=refuses)
        answer = decoded(text)
        if answer is None:
            raise ConnectionError(Text("hue.no_hue"))
        return answer

    async def _text(self, method: str, path: str, body: Document | None = None, *, refuses: bool = False) -> bytes:
        try:
            async with (
                asyncio.timeout(ANSWER_S),
                self._http.request(
                    method,
                    self._base + path,
                    json=None if body is None else dict(body),
                    headers=self._headers,
                    ssl=self._ssl,
                    allow_redirects=False,
                ) as answer,
            ):
                text = await answer.content.read(MAX_BYTES)
                while not answer.content.at_eof() and len(text) < MAX_BYTES:
                    text += await answer.content.read(MAX_BYTES - len(text))
                if refuses and answer.status >= REDIRECTED and answer.status not in FORBIDDEN:
                    raise _refusal(decoded(text) or {}) or _status_refusal(answer.status)
                _check(answer.status)
                return text
        except aiohttp.ClientError as error:
            raise _plain(error) from None

    async def close(self) -> None:
        """Ends the connections; may be called twice."""
        await self._http.close()


def _check(status: int) -> None:
    if status in FORBIDDEN:
        raise KeyRefusedError(Text("hue.forgotten"))
    if status in BUSY:
        raise BridgeBusyError(Text("hue.busy"))
    if status == GONE:
        raise GoneResourceError(Text("hue.http", status=status))
    if status >= REDIRECTED:
        raise ConnectionError(Text("hue.http", status=status))


def _refusal(answer: Document) -> RefusedError | None:
    """The bridge's own reason in an answer; None where it names none."""
    listed = answer.get("errors")
    for one in cast("list[object]", listed) if isinstance(listed, list) else ():
        words = clean_name(cast(Document, one).get("description", ""), 200) if isinstance(one, dict) else ""
        return RefusedError(Text("text.library", text=words) if words else Text("reason.refused"))
    return None


def _status_refusal(status: int) -> RefusedError:
    return RefusedError(Text("hue.busy") if status in BUSY else Text("hue.http", status=status))


def _plain(error: aiohttp.ClientError) -> Exception:
    if isinstance(error, aiohttp.ServerFingerprintMismatch):
        return OtherCertificateError("the certificate is not the one of the pairing")
    return error if isinstance(error, OSError) else ConnectionError(Text("hue.no_hue"))
