"""Plays a recording of `oikos capture` back as a session; lines are checked by type when they enter."""

from __future__ import annotations

import asyncio
import json
from collections.abc import AsyncIterator, Iterable
from typing import Any, cast

import msgspec

from devices.contract import Redescribed, SessionEvent, SkippedChanged
from devices.event_columns import ParsedEvent, in_columns
from twin.model.device import DeviceInfo
from twin.model.observation import Availability, Report, Value
from twin.model.report_columns import ReportTable


class Playback:
    """A session that says what a recording says, at once or in its own time; commands are remembered in `sent`."""

    def __init__(self, lines: Iterable[str], *, speed: float = 0.0) -> None:
        self._lines = [cast("dict[str, Any]", json.loads(line)) for line in lines if line.strip()]
        self._speed = speed
        self._table = ReportTable()
        self._devices = iter([line["devices"] for line in self._lines if "devices" in line])
        self._last: tuple[DeviceInfo, ...] = ()
        self.sent: list[tuple[str, str, str, Value]] = []

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The next description of the recording; the last one for ever after."""
        found = next(self._devices, None)
        if found is not None:
            self._last = msgspec.convert(found, tuple[DeviceInfo, ...])
        return self._last

    async def events(self) -> AsyncIterator[SessionEvent]:
        """The recording's events; ends where it ends."""
        loop = asyncio.get_running_loop()
        begun = loop.time()
        for line in self._lines:
            event = event_of(line)
            if event is None:
                continue
            if self._speed > 0:
                await asyncio.sleep(max(line["t"] / self._speed - (loop.time() - begun), 0.0))
            for one in in_columns((event,), self._table):
                yield one

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Remembers the command; a recording obeys nobody."""
        self.sent.append((uid, key, verb, value))

    async def close(self) -> None:
        """Nothing to let go."""


def event_of(line: dict[str, Any]) -> ParsedEvent | None:
    """The event of a line; None for other lines."""
    for name, kind in (("report", Report), ("availability", Availability), ("redescribed", Redescribed), ("skippedchanged", SkippedChanged)):  # fmt: skip
        if name in line:
            return msgspec.convert(line[name], kind)
    return None
