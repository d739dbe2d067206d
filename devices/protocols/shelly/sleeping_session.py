"""One session with a sleeping Shelly: its documents were read when it was awake; it reports by connecting to this machine."""

from __future__ import annotations

import asyncio
import contextlib
import threading
import time
from collections.abc import AsyncIterator, Mapping
from pathlib import Path
from typing import cast

import msgspec

from devices.contract import RefusedError, SessionEvent
from devices.json_document import Document, number, updated, value_at
from devices.protocols.shelly.described_device import AWAKE_FACTOR, DescribedDevice, DeviceDocuments
from devices.protocols.shelly.push_ports import PushPorts
from twin.files import atomic
from twin.model.candidate import Candidate
from twin.model.device import DeviceInfo, Link
from twin.model.observation import Availability, Report, Value
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.skipped import Skipped
from twin.model.text import Text

MAX_WAITING = 100
"""Frames that wait to be handed out; further ones are dropped."""
MAX_STATUS_BYTES = 64 * 1024
"""Longest status as JSON that is kept; that of a real device with every component has a few kilobytes."""
SAVE_EVERY_S = 60.0
"""Least seconds between two writings of the file: who sends the frames is not known for sure."""


class SleeperMemory:
    """The last documents of a sleeping device, in one JSON file, so that they are known at the next start. Its methods block."""

    def __init__(self, file: Path) -> None:
        self._file, self._one = file, threading.Lock()

    def load(self) -> DeviceDocuments | None:
        """The documents; None where the file is missing or damaged."""
        try:
            return msgspec.json.decode(self._file.read_bytes(), type=DeviceDocuments)
        except (OSError, msgspec.DecodeError, RecursionError):
            return None

    def save(self, documents: DeviceDocuments) -> None:
        """Writes the file atomically (mode 0600); errors are ignored, the device then has to be woken at the next start."""
        with self._one, contextlib.suppress(OSError):
            atomic.write(self._file, msgspec.json.format(msgspec.json.encode(documents), indent=1).decode(), mode=0o600)


class SleepingSession:
    """A device that is waited for."""

    def __init__(
        self, link: Link, documents: DeviceDocuments, memory: SleeperMemory, listeners: PushPorts, port: int
    ) -> None:
        self._link, self._documents, self._memory = link, documents, memory
        self._listeners, self._port = listeners, port
        self._described = documents.status
        self._saved, self._save_next_s = documents, 0.0
        self._device = DescribedDevice(documents)
        self._table = ReportTable()
        self._frames: asyncio.Queue[Document] = asyncio.Queue(MAX_WAITING)

    async def start(self) -> None:
        """Waits for the device from now on. Raises OSError where the port cannot be had."""
        await self._listeners.wait_for(self._device.uid, self._port, self._take)

    def _take(self, frame: Document) -> None:
        if not self._frames.full():
            self._frames.put_nowait(frame)

    async def _next_frame(self) -> Document:
        """The next frame; saves what came in before once that is due."""
        while self._saved is not self._documents:
            with contextlib.suppress(TimeoutError):
                async with asyncio.timeout_at(self._save_next_s):
                    return await self._frames.get()
            await self._save()
        return await self._frames.get()

    async def _save(self) -> None:
        self._save_next_s = asyncio.get_running_loop().time() + SAVE_EVERY_S
        documents = self._documents
        await asyncio.to_thread(self._memory.save, documents)
        self._saved = documents  # not before: who is stopped meanwhile saves once more

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The device as it was when it was awake."""
        return (self._device.info(self._link, AWAKE_FACTOR * self._documents.wakes_every_s),)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Components that are not read."""
        return self._device.skipped

    async def events(self) -> AsyncIterator[SessionEvent]:
        """The values that it reported last, then those of each time that it wakes. Endless: a device that stays away is
        offline by its reporting interval.
        """
        yield Availability(self._device.uid, online=True, assumed=True)
        yield self._columns(self._device.reports(self._documents.status, all=True, retained_ms=self._told_ms()))
        while True:
            frame = await self._next_frame()
            params = frame.get("params")
            if not isinstance(params, Mapping):
                continue
            if reports := self._reports(str(frame.get("method")), cast(Document, params)):
                yield self._columns(reports)

    def _reports(self, method: str, params: Document) -> list[Report]:
        if method == "NotifyEvent":
            return self._device.event_reports(params)
        if method not in ("NotifyFullStatus", "NotifyStatus"):
            return []
        status = updated(self._documents.status, params, self._described if method == "NotifyFullStatus" else None)
        if len(msgspec.json.encode(status)) > MAX_STATUS_BYTES:
            return []
        told_ms = round(time.time() * 1000)
        self._documents = msgspec.structs.replace(self._documents, status=dict(status), told_ms=told_ms)
        return self._device.reports(status, all=True, components=frozenset(params))

    def _told_ms(self) -> int:
        """When the remembered values were reported, UTC ms: by the device's clock, else by this machine's."""
        told = number(value_at(self._documents.status, "sys.unixtime"))
        return round(told * 1000) if told and 0 < told < 1e11 else self._documents.told_ms

    def _columns(self, reports: list[Report]) -> ReportColumns:
        return ReportColumns.of(reports, self._table)

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Refused: a sleeping device takes no commands."""
        del uid, key, verb, value
        raise RefusedError(Text("shelly.asleep"))

    def owns(self, candidate: Candidate) -> bool:
        """Whether the candidate is this device."""
        return candidate.protocol == "shelly" and dict(candidate.facts).get("id") == self._device.uid

    async def close(self) -> None:
        """Waits no longer, and saves what is not yet; may be called twice."""
        await self._listeners.end(self._device.uid, self._port, self._take)
        if self._saved is not self._documents:
            await self._save()
