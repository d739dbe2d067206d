"""One session with a bridge: its stream of events, and readings where no event comes."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable
from dataclasses import dataclass
from typing import cast

from devices.contract import Redescribed, RefusedError, SessionEvent
from devices.json_document import Document
from devices.protocols.hue.hue_connection import BridgeBusyError, GoneResourceError, HueConnection
from devices.protocols.hue.hue_devices import HueDevice, devices_of
from devices.protocols.hue.hue_keys import HueKeys
from devices.protocols.hue.hue_points import HuePoint
from devices.protocols.hue.hue_resources import HueResources
from devices.protocols.hue.hue_stream import BUSY_MOST_S, BUSY_S, HueStream
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
        self._unread: tuple[Skipped, ...] = ()
        self._fresh = False
        self._table = ReportTable()
        self._stream = HueStream(connection)
        self._restructured = False
        """Whether the devices may be others than described."""
        self._reread_s = self._check_s = self._quiet_s = self._reopened_s = 0.0
        """Times of the loop: when all is read next, when the bridge is asked whether it is there, until when a bridge that
        had no time is left in peace, and when its stream was last opened anew for what it did not report."""
        self._busy_s = BUSY_S
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
        await self._stream.start()
        try:
            await self.read_all()  # what changed between the first reading and the stream
        except BridgeBusyError:
            self._put_off(loop.time())
            self._stream.missed = True
        for event in self._all():
            yield event
        self._check_s, self._reread_s = loop.time() + self._settings.period_s, loop.time() + REREAD_S
        while True:
            told = await self._stream.next_events(self._due_s() - loop.time())
            for event in self._taken(told):
                yield event
            if (now_s := loop.time()) < self._quiet_s:
                continue
            try:
                for event in await self._read_back(now_s):
                    yield event
                read_all = await self._read_due(now_s)
            except BridgeBusyError:
                self._put_off(loop.time())
                continue
            self._busy_s = BUSY_S
            if read_all and self._restructured:
                self._restructured = False
                yield Redescribed()
            for event in self._all() if read_all else ():
                yield event

    def _due_s(self) -> float:
        return max(self._quiet_s, min((self._check_s, self._reread_s, *(when_s for when_s, _ in self._owed.values()))))

    def _put_off(self, now_s: float) -> None:
        """Leaves the bridge in peace, each time twice as long; what was to be read is read then."""
        self._quiet_s = now_s + self._busy_s
        self._busy_s = min(2 * self._busy_s, BUSY_MOST_S)

    async def _read_due(self, now_s: float) -> bool:
        """Asks whether the bridge is there, where that is due; whether everything was read. A stream that has not reported
        what is found to be different is opened anew. Raises BridgeBusyError, OSError or TimeoutError.
        """
        if now_s >= self._check_s:
            await self._connection.resources("bridge")
            self._check_s = now_s + self._settings.period_s
        if not (self._stream.missed or self._restructured or now_s >= self._reread_s):
            return False
        expected = not self._stream.missed and not self._restructured
        self._stream.missed = False
        before, values = self._resources.structure(), self._values(self._points.items())
        try:
            await self.read_all()
        except BaseException:
            self._stream.missed |= not expected
            raise
        self._reread_s = now_s + REREAD_S
        self._restructured |= self._resources.structure() != before
        if expected and values != self._values(self._points.items()):
            await self._doubted(now_s)
        return True

    async def _doubted(self, now_s: float) -> None:
        """Opens a stream anew that has not reported a change, but seldom: of some changes a bridge may tell nothing."""
        if now_s >= self._reopened_s + REREAD_S or not self._reopened_s:
            self._reopened_s = now_s
            await self._stream.reopen()

    def _taken(self, told: tuple[Document, ...]) -> list[SessionEvent]:
        """Session events that follow from the events of the stream."""
        touched: set[str] = set()
        reports: list[Report] = []
        for one in told:
            changes = one.get("data")
            rows = cast("list[object]", changes) if isinstance(changes, list) else []
            documents = tuple(cast(Document, row) for row in rows if isinstance(row, dict))
            if one.get("type") in ("add", "delete"):
                self._restructured = True
            if one.get("type") != "update":
                continue
            rids, other = self._resources.update(documents)
            self._restructured |= other
            touched |= rids
            reports += self._presses(documents)
        for rid in touched:
            self._owed.pop(rid, None)
        return self._events(touched, reports)

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
        values = self._values(((uid, point.info.key), point) for uid, point in changed)
        self._last |= values
        reports += (Report(uid, key, value) for (uid, key), value in values.items() if self._online[uid])
        return [*found, ReportColumns.of(reports, self._table)] if reports else found

    def _values(self, places: Iterable[tuple[tuple[str, str], HuePoint]]) -> dict[tuple[str, str], Value]:
        return {
            place: point.value(self._resources) for place, point in places if not point.fires and point.info.reports
        }

    def _reaches(self, one: HueDevice) -> bool:
        status = self._resources.get(one.radio).get("status") if one.radio else None
        return status not in ("disconnected", "connectivity_issue")

    async def _read_back(self, now_s: float) -> list[SessionEvent]:
        """Reads what was commanded and not reported. Raises BridgeBusyError, OSError or TimeoutError."""
        touched: set[str] = set()
        for rid, (when_s, path) in tuple(self._owed.items()):
            if when_s > now_s:
                continue
            before = self._resources.get(rid)
            try:
                rids, _ = self._resources.update(await self._connection.resources(path))
            except GoneResourceError:
                rids, self._stream.missed = frozenset[str](), True
            self._owed.pop(rid, None)
            touched |= rids
            if rids and self._resources.get(rid) != before:
                await self._doubted(now_s)
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
            self._stream.wake()  # the reading has to be waited for

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
        await self._stream.close()
        await self._connection.close()
