"""Records a session's traffic with secrets removed, for replay in tests.

One JSON object per line: the description, then every event and command with the seconds since the start (`t`). Removed
before writing: the values of the link's own secret, and fields whose name suggests a secret.
"""

from __future__ import annotations

import asyncio
import json
import re
from collections.abc import AsyncIterator, Callable
from dataclasses import asdict
from typing import cast

from devices.contract import AdapterSession, ReportsSkipped, Secret, SessionEvent
from twin.model.device import DeviceInfo
from twin.model.observation import Value
from twin.model.report_columns import ReportColumns
from twin.model.skipped import Skipped
from twin.model.text import as_text

REMOVED = "(removed)"
_TELLING = re.compile(
    r"pass(word|phrase)?|token|secret|api_?key|psk|\bpin\b|\bcode\b|ssid|credential|private", re.IGNORECASE
)
_IN_URL = re.compile(r"(?<=://)[^/@\s]+@")


class SessionRecorder:
    """A session that forwards everything and records it; `write` receives whole lines and must not block."""

    def __init__(self, session: AdapterSession, write: Callable[[str], None], secret: Secret | None = None) -> None:
        self._session, self._write = session, write
        self._hidden = tuple(
            text for text in (cast("dict[str, str]", asdict(secret)).values() if secret else ()) if len(text) >= 3
        )
        self._begun = asyncio.get_running_loop().time()

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The session's description, recorded."""
        devices = await self._session.describe()
        self._note("devices", [asdict(device) for device in devices])
        return devices

    async def events(self) -> AsyncIterator[SessionEvent]:
        """The session's events, recorded."""
        async for event in self._session.events():
            for one in event if isinstance(event, ReportColumns) else (event,):
                self._note(type(one).__name__.lower(), asdict(one))
            yield event

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Records a command and forwards it."""
        self._note("send", {"uid": uid, "key": key, "verb": verb, "value": value})
        await self._session.send(uid, key, verb, value)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Entries that the session could not read; not recorded."""
        return self._session.skipped if isinstance(self._session, ReportsSkipped) else ()

    async def close(self) -> None:
        """Closes the session."""
        await self._session.close()

    def _note(self, kind: str, body: object) -> None:
        since = round(asyncio.get_running_loop().time() - self._begun, 3)
        self._write(json.dumps({"t": since, kind: self._clean(body)}, ensure_ascii=False))

    def _clean(self, body: object, name: str = "") -> object:
        if isinstance(body, dict):
            own = cast("dict[str, object]", body)
            if as_text(own) is not None:  # the code of a text, not of a device
                return {"code": own["code"], "args": self._clean(own["args"])}
            telling = _TELLING.search(f"{own.get('key', '')} {own.get('label', '')}") is not None
            return {k: REMOVED if telling and k == "value" else self._clean(v, k) for k, v in own.items()}
        if isinstance(body, list | tuple):
            return [self._clean(item, name) for item in cast("list[object]", body)]
        if isinstance(body, str):
            if name not in ("key", "label", "capability") and _TELLING.fullmatch(name):
                return REMOVED
            for hidden in self._hidden:
                body = body.replace(hidden, REMOVED)
            return _IN_URL.sub("", body)
        return body
