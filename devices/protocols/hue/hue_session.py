"""One session with a bridge: its stream of events, and readings where no event comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator
from dataclasses import dataclass
from typing import cast

from devices.contract import Redescribed, RefusedError, SessionEvent
from devices.json_document import Document
from devices.protocols.hue.hue_connection import CONNECT_S, HueConnection
from devices.protocols.hue.hue_devices import HueDevice, devices_of
from devices.protocols.hue.hue_keys import HueKeys
from devices.protocols.hue.hue_points import HuePoint
from devices.protocols.hue.hue_resources import HueResources
from devices.protocols.hue.send_gate import SendGate
from twin.model.candidate import Candidate
from twin.model.device import DeviceInfo, Link
from twin.model.observation import Availability, Report, Value
from twin.model.problem import Problem
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.skipped import Skipped
from twin.model.text import Text

LIGHT_GAP_S, GROUP_GAP_S = 0.1, 1.0
"""Least seconds between two commands: a bridge takes 10 a second to lights, and one to groups (Hue developer documentation)."""
READ_BACK_S = 2.0
"""Seconds after a command at which its resource is read where no event has reported it."""
REREAD_S = 300.0
"""Seconds between readings of everything, against events that were lost."""
REOPEN_S = 1.0
"""Seconds after which a stream that the bridge has closed is opened again."""
MAX_WAITING = 10_000
"""Events that wait to be handed out; of more than that the oldest are dropped, and everything is read."""
ABSENT = Text("reason.silent_device")


@dataclass(frozen=True, slots=True)
class HueSettings:
    """The parsed options of a link."""

    groups: bool
    """Whether rooms and zones are devices."""
    period_s: float
    """Seconds between two questions whether the bridge is still there."""


class HueSession:
    """A bridge that has answered."""

    def __init__(self, connection: HueConnection, link: Link, keys: HueKeys, settings: HueSettings) -> None:
        self._connection, self._link, self._keys, self._settings = connection, link, keys, settings
        self._resources = HueResources()
        self._devices: tuple[HueDevice, ...] = ()
        self._points: dict[tuple[str, str], HuePoint] = {}
        self._of_rid: dict[str, list[tuple[str, HuePoint]]] = {}
        self._radios: dict[str, str] = {}
        self._last: dict[tuple[str, str], Value] = {}
        self._online: dict[str, bool] = {}
        self._owed: dict[str, tuple[float, str]] = {}
        """By id of a commanded resource: when it is read where no event reports it, and as what (`light/ID`)."""
        self._missed = False
        """Whether the stream was interrupted, so that everything has to be read."""
        self._unread: tuple[Skipped, ...] = ()
        self._fresh = False
        self._table = ReportTable()
        self._told: asyncio.Queue[tuple[Document, ...] | Exception] = asyncio.Queue(MAX_WAITING)
        self._stream: asyncio.Task[None] | None = None
        self._lights, self._groups = SendGate(LIGHT_GAP_S), SendGate(GROUP_GAP_S)

    async def read_all(self) -> None:
        """Reads every resource. Raises KeyRefusedError, OSError or TimeoutError."""
        self._resources = HueResources(await self._connection.resources())
        self._fresh = True

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The bridge and everything behind it. Raises OSError or TimeoutError."""
        if not self._fresh:
            await self.read_all()
        self._fresh = False
        address = self._link.address.partition("://")[2].partition("/")[0]
        found, self._unread = devices_of(self._resources, self._keys.uid, address, groups=self._settings.groups)
        if not found or found[0].info.uid != self._keys.uid:
            raise ConnectionError(Text("hue.no_hue"))
        self._devices = found
        self._points, self._of_rid, self._radios = {}, {}, {}
        for one in found:
            if one.radio:
                self._radios[one.radio] = one.info.uid
            for point in one.points:
                self._points[one.info.uid, point.info.key] = point
                for rid in point.scenes or (point.rid,):
                    self._of_rid.setdefault(rid, []).append((one.info.uid, point))
        self._online = {uid: there for uid, there in self._online.items() if any(one.info.uid == uid for one in found)}
        return tuple(one.info for one in found)

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Services that are not read."""
        return self._unread

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Values as they are reported; raises OSError or TimeoutError where the bridge is gone."""
        loop = asyncio.get_running_loop()
        self._stream = asyncio.create_task(self._listen())  # noqa: TID251 - awaited in close
        async with asyncio.timeout(CONNECT_S):
            await self._begun()
        await self.read_all()  # what changed between the first reading and the stream
        for event in self._all():
            yield event
        check_s, reread_s = loop.time() + self._settings.period_s, loop.time() + REREAD_S
        while True:
            due_s = min((check_s, *(when_s for when_s, _ in self._owed.values())))
            told = await self._next(due_s - loop.time())
            restructured = False
            if told:
                events, restructured = self._taken(told)
                for event in events:
                    yield event
            for event in await self._read_back(loop.time()):
                yield event
            if loop.time() >= check_s:
                await self._connection.resources("bridge")
                check_s = loop.time() + self._settings.period_s
            if restructured or self._missed or loop.time() >= reread_s:
                self._missed = False
                before = self._resources.structure()
                await self.read_all()
                reread_s = loop.time() + REREAD_S
                if restructured or self._resources.structure() != before:
                    yield Redescribed()
                for event in self._all():
                    yield event

    async def _listen(self) -> None:
        """Puts the events of the stream into the queue; opens it again where the bridge closed it, at an error puts that."""
        try:
            while True:
                async for told in self._connection.events():
                    if self._told.full():
                        self._told.get_nowait()
                        self._missed = True
                    self._told.put_nowait(told)
                await asyncio.sleep(REOPEN_S)
                self._missed = True
        except Exception as error:
            if self._told.full():
                self._told.get_nowait()
            self._told.put_nowait(error)

    async def _begun(self) -> None:
        if isinstance(first := await self._told.get(), Exception):
            raise first

    async def _next(self, wait_s: float) -> tuple[Document, ...]:
        """All events within `wait_s`; raises why the stream ended."""
        found: list[Document] = []
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(max(wait_s, 0.0)):
                first = await self._told.get()
                while True:
                    if isinstance(first, Exception):
                        raise first
                    found += first
                    if self._told.empty():
                        break
                    first = self._told.get_nowait()
        return tuple(found)

    def _taken(self, told: tuple[Document, ...]) -> tuple[list[SessionEvent], bool]:
        """Session events that follow from the events of the stream, and whether there are other devices now."""
        touched: set[str] = set()
        reports: list[Report] = []
        restructured = False
        for one in told:
            changes = one.get("data")
            rows = cast("list[object]", changes) if isinstance(changes, list) else []
            documents = tuple(cast(Document, row) for row in rows if isinstance(row, dict))
            if one.get("type") in ("add", "delete"):
                restructured = True
            if one.get("type") != "update":
                continue
            rids, other = self._resources.update(documents)
            restructured |= other
            touched |= rids
            reports += self._presses(documents)
        for rid in touched:
            self._owed.pop(rid, None)
        return self._events(touched, reports), restructured

    def _presses(self, documents: tuple[Document, ...]) -> list[Report]:
        """Presses of buttons: each change is an event, though it may be the same again."""
        return [
            Report(uid, point.info.key, pressed)
            for document in documents
            for uid, point in self._of_rid.get(str(document.get("id")), ())
            if point.fires and (pressed := point.read(document)) is not None
        ]

    def _all(self) -> list[SessionEvent]:
        """Availability and value of everything."""
        self._last.clear()
        self._online.clear()
        return self._events(self._of_rid.keys() | self._radios.keys(), [])

    def _events(self, rids: set[str], reports: list[Report]) -> list[SessionEvent]:
        """What follows from changed resources. Of a device that the bridge does not reach no value is reported, as the
        bridge only remembers it; all of them are once it is reached again.
        """
        found: list[SessionEvent] = []
        changed = [place for rid in rids for place in self._of_rid.get(rid, ())]
        for one in self._devices:
            uid, online = one.info.uid, self._reaches(one)
            if self._online.get(uid) is not online:
                self._online[uid] = online
                found.append(Availability(uid, online=online, reason=None if online else ABSENT))
                changed += ((uid, point) for point in one.points)
        values = {
            (uid, point.info.key): point.value(self._resources)
            for uid, point in changed
            if not point.fires and point.info.reports
        }
        self._last |= values
        reports += (Report(uid, key, value) for (uid, key), value in values.items() if self._online[uid])
        return [*found, ReportColumns.of(reports, self._table)] if reports else found

    def _reaches(self, one: HueDevice) -> bool:
        status = self._resources.get(one.radio).get("status") if one.radio else None
        return status not in ("disconnected", "connectivity_issue")

    async def _read_back(self, now_s: float) -> list[SessionEvent]:
        """Reads what was commanded and not reported."""
        due = [rid for rid, (when_s, _) in self._owed.items() if when_s <= now_s]
        touched: set[str] = set()
        for rid in due:
            _, path = self._owed.pop(rid)
            rids, _ = self._resources.update(await self._connection.resources(path))
            touched |= rids
        return self._events(touched, []) if touched else []

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Changes a resource within the rate that a bridge takes. Raises RefusedError, OSError or TimeoutError."""
        point = self._points.get((uid, key))
        if point is None or point.write is None:
            raise RefusedError(Text("reason.gone_point"))
        path, body = point.write(verb, value, self._last.get((uid, key)))
        gate = self._groups if path.startswith(("grouped_light", "scene")) else self._lights
        await gate.enter()
        await self._connection.change(path, body)
        if point.info.reports:
            self._owed[path.partition("/")[2]] = asyncio.get_running_loop().time() + READ_BACK_S, path
            if not self._told.full():
                self._told.put_nowait(())  # the reading has to be waited for

    def owns(self, candidate: Candidate) -> bool:
        """Whether the candidate is this bridge."""
        return candidate.protocol == "hue" and dict(candidate.facts).get("id") == self._keys.uid

    async def end_pairing(self) -> Problem | None:
        """Makes the bridge forget this program's key; a problem where only the account of its owner may do that."""
        with contextlib.suppress(OSError, TimeoutError):
            if await self._connection.forget_key(self._keys.app_key):
                return None
        return Problem(code="hue.still_paired", where=self._link.title or self._link.address)

    async def close(self) -> None:
        """Ends the stream and the connection; may be called twice."""
        stream, self._stream = self._stream, None
        if stream is not None:
            stream.cancel()
            await asyncio.gather(stream, return_exceptions=True)
        await self._connection.close()
