"""One session with an accessory or bridge: its devices, their events, and the heartbeat that notices a dead peer.

HomeKit events are pushed over the connection; a dead peer pushes nothing, and a bridge does not push that one of its
devices is gone. So every `period` each accessory is asked for one value, besides those that send no events.
"""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import AsyncIterator, Iterable, Mapping
from dataclasses import dataclass
from typing import Any

from devices.contract import Redescribed, RefusedError, SessionEvent
from devices.protocols.homekit.accessory_connection import (
    AccessoryConnection,
    Answers,
    CharacteristicId,
    RequestRefusedError,
    rows_of,
)
from devices.protocols.homekit.accessory_database import Accessory, accessories_of, values_in
from devices.protocols.homekit.accessory_points import AccessoryPoint, described, points_of
from devices.protocols.homekit.characteristic_names import known_name
from devices.protocols.homekit.characteristics import INFORMATION, NAME
from devices.protocols.homekit.pairing_keys import PairingKeys
from twin.model.candidate import Candidate
from twin.model.device import DeviceInfo, Link
from twin.model.observation import Availability, Report, Value
from twin.model.problem import Problem, ProblemError
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.text import Text, why

REREAD_S = 300.0
"""Seconds between readings of the whole database: a bridge does not push that it has new devices."""
MAX_WAITING = 10_000
"""Events that wait to be handed out; further ones are dropped."""
UNREACHABLE = (-70402, -70408)
"""Statuses of a characteristic whose device is not there now (HomeKit Accessory Protocol Specification R2, table 6-11)."""
_STATUS = {
    -70401: "homekit.status.privileges",
    -70402: "homekit.status.unreachable",
    -70403: "homekit.status.busy",
    -70404: "homekit.status.read_only",
    -70407: "homekit.status.busy",
    -70408: "homekit.status.timed_out",
    -70410: "homekit.status.value",
    -70411: "homekit.status.privileges",
    -70412: "homekit.status.now",
}
ABSENT = Text("reason.silent_device")


@dataclass(slots=True)
class _Device:
    accessory: Accessory
    uid: str
    points: tuple[AccessoryPoint, ...]
    values: dict[int, object]
    online: bool | None = None


class HomeKitSession:
    """A connection and the accessories behind it."""

    def __init__(self, connection: AccessoryConnection, link: Link, keys: PairingKeys, period_s: float) -> None:
        self._connection, self._link, self._keys, self._period_s = connection, link, keys, period_s
        self._devices: dict[int, _Device] = {}
        self._table = ReportTable()
        self._pushed: asyncio.Queue[Answers | None] = asyncio.Queue()
        connection.set_listener(lambda document: self._take(rows_of(document)), lambda: self._pushed.put_nowait(None))

    def _take(self, answers: Answers) -> None:
        if self._pushed.qsize() < MAX_WAITING:
            self._pushed.put_nowait(answers)

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """Every accessory. Raises ProblemError where the answer makes no sense, OSError or TimeoutError."""
        document = await self._connection.accessories()
        stated: dict[int, dict[int, object]] = {}
        for (aid, iid), value in values_in(document).items():
            stated.setdefault(aid, {})[iid] = value
        self._devices = {}
        for accessory in accessories_of(document):
            self._devices[accessory.aid] = _Device(
                accessory,
                self._keys.uid if accessory.aid == 1 else f"{self._keys.uid}/{accessory.aid}",
                points_of(accessory, known_name),
                stated.get(accessory.aid, {}),
                None,
            )
        return tuple(self._info(one) for one in self._devices.values())

    def _info(self, one: _Device) -> DeviceInfo:
        via = self._keys.uid if one.uid != self._keys.uid else ""
        return described(
            one.accessory, one.points, one.values, uid=one.uid, via=via, address=self._link.address.split("//")[-1]
        )

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Values as they are pushed or read, until the connection is gone."""
        loop = asyncio.get_running_loop()
        await self._subscribe()
        for event in self._taken(await self._connection.read(self._heartbeat())):
            yield event
        poll_s, reread_s = loop.time() + self._period_s, loop.time() + REREAD_S
        while True:
            try:
                async with asyncio.timeout_at(poll_s):
                    answers = await self._pushed.get()
            except TimeoutError:
                answers = await self._connection.read(self._heartbeat())
                poll_s = loop.time() + self._period_s
                pushed = False
            else:
                pushed = True
            if answers is None:
                raise ConnectionResetError(Text("homekit.closed"))
            for event in self._taken(answers, pushed=pushed):
                yield event
            if loop.time() >= reread_s:
                reread_s = loop.time() + REREAD_S
                if await self._changed():
                    yield Redescribed()
                    await self._subscribe()
                    poll_s = loop.time()

    async def _changed(self) -> bool:
        """Whether the accessory has other devices or points than described."""
        now = accessories_of(await self._connection.accessories())
        return now != tuple(one.accessory for one in self._devices.values())

    async def _subscribe(self) -> None:
        """Asks for events, one accessory after another: some take no request about several."""
        for aid, device in self._devices.items():
            wanted = {iid for point in device.points for iid in point.reads}
            rows = [
                {"aid": aid, "iid": one.iid, "ev": True}
                for service in device.accessory.services
                for one in service.characteristics
                if one.iid in wanted and "ev" in one.perms
            ]
            if rows:
                try:
                    await self._connection.write(rows)
                except RequestRefusedError:
                    continue  # read with the heartbeat alone

    def _readable(self, aid: int, *, silent_only: bool = False) -> list[CharacteristicId]:
        """What can be read of a device: its points, or those that send no events."""
        device = self._devices[aid]
        wanted = {iid for point in device.points if not point.fires for iid in point.reads}
        return [
            (aid, one.iid)
            for service in device.accessory.services
            for one in service.characteristics
            if one.iid in wanted and "pr" in one.perms and not (silent_only and "ev" in one.perms)
        ]

    def _heartbeat(self) -> list[CharacteristicId]:
        """What sends no events, at least one value of each accessory, and all values of those that were not there."""
        wanted: list[CharacteristicId] = []
        for aid, device in self._devices.items():
            whole = self._readable(aid) or [(aid, _name_iid(device.accessory))]
            wanted += whole if not device.online else self._readable(aid, silent_only=True) or whole[:1]
        return wanted

    def _taken(self, answers: Answers, *, pushed: bool = False) -> list[SessionEvent]:
        """Availability and reports that follow from the answers."""
        found: list[SessionEvent] = []
        reports: list[Report] = []
        by_device: dict[int, dict[int, Mapping[str, Any]]] = {}
        for (aid, iid), row in answers.items():
            by_device.setdefault(aid, {})[iid] = row
        for aid, rows in by_device.items():
            if (device := self._devices.get(aid)) is None:
                continue
            statuses = [row.get("status", 0) for row in rows.values()]
            online = any("value" in row for row in rows.values()) or not all(one in UNREACHABLE for one in statuses)
            if online != device.online:
                device.online = online
                found.append(Availability(device.uid, online, None if online else ABSENT))
            reports += self._reports(device, rows, pushed=pushed)
        return [*found, ReportColumns.of(reports, self._table)] if reports else found

    def _reports(self, device: _Device, rows: Mapping[int, Mapping[str, Any]], *, pushed: bool) -> Iterable[Report]:
        fresh = {iid for iid, row in rows.items() if "value" in row}
        device.values.update({iid: rows[iid]["value"] for iid in fresh})
        for point in device.points:
            if fresh.intersection(point.reads) and (pushed or not point.fires):
                yield Report(device.uid, point.info.key, point.decoded(device.values))

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Writes a value; returns when the accessory has accepted it and the value was read back. Raises RefusedError."""
        device, point = self._point(uid, key)
        if device is None or point is None:
            raise RefusedError(Text("reason.gone_point"))
        aid = device.accessory.aid
        wanted = point.encoded(verb, value, point.decoded(device.values))
        try:
            answers = await self._connection.write([{"aid": aid, "iid": iid, "value": raw} for iid, raw in wanted])
        except RequestRefusedError as error:
            raise RefusedError(why(error)) from None
        for row in answers.values():
            if (status := row.get("status", 0)) != 0:
                raise RefusedError(_refusal(status))
        if read := [(aid, iid) for iid in point.reads if (aid, iid) in self._readable(aid)]:
            with contextlib.suppress(OSError, ProblemError):  # the value was accepted; the heartbeat reads it again
                self._take(await self._connection.read(read))  # the writer is told of no event

    def _point(self, uid: str, key: str) -> tuple[_Device | None, AccessoryPoint | None]:
        device = next((one for one in self._devices.values() if one.uid == uid), None)
        point = next((one for one in device.points if one.info.key == key), None) if device else None
        return device, point

    def owns(self, candidate: Candidate) -> bool:
        """Whether the candidate is the accessory of this link."""
        return candidate.protocol == "homekit" and dict(candidate.facts).get("id", "").lower() == self._keys.uid

    async def end_pairing(self) -> Problem | None:
        """Removes this program's pairing from the accessory; returns a problem if that failed."""
        try:
            await self._connection.remove_pairing(self._keys.controller_id)
        except Exception:  # whatever it answered, it has not said that it removed the keys
            return Problem(code="homekit.still_paired", where=self._link.title or self._link.address)
        return None

    async def close(self) -> None:
        """Ends the connection; may be called twice."""
        self._connection.set_listener(lambda document: None, lambda: None)
        await self._connection.close()


def _name_iid(accessory: Accessory) -> int:
    """The name, which every accessory has: to be asked for where there is nothing else."""
    information = next((one for one in accessory.services if one.type == INFORMATION), None)
    name = information.has(NAME) if information else None
    return name.iid if name else 1


def _refusal(status: object) -> Text:
    code = _STATUS.get(status) if isinstance(status, int) else None
    return Text(code) if code else Text("homekit.status.other", status=str(status)[:12])
