"""One session with an ESPHome device: the states that it pushes. The connection's keepalive notices a dead peer."""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator

from aioesphomeapi import EntityInfo, EntityState

from devices.contract import RefusedError, SessionEvent
from devices.protocols.esphome.entity_points import STATES, EntityPoint, points_of
from devices.protocols.esphome.native_connection import NativeConnection
from twin.model.candidate import Candidate
from twin.model.device import DeviceInfo, Link, PointInfo
from twin.model.ids import clean_name
from twin.model.observation import Availability, Report, Value
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.skipped import Skipped
from twin.model.text import Text

MAX_WAITING = 10_000
"""States that wait to be handed out; further ones are dropped."""
MAX_ENTITIES = 2_000


class EspHomeSession:
    """A connected device; its sub-devices are devices behind it."""

    def __init__(self, connection: NativeConnection, link: Link) -> None:
        self._connection, self._link = connection, link
        self._uid = "".join(ch for ch in connection.device.mac_address.lower() if ch.isalnum()) or clean_name(
            connection.device.name
        )
        self._entities = connection.entities[:MAX_ENTITIES]
        self._points: dict[tuple[type[EntityInfo], int, int], tuple[EntityPoint, ...]] = {
            (type(entity), entity.device_id, entity.key): points_of(entity) for entity in self._entities
        }
        self._last: dict[tuple[str, str], Value] = {}
        self._table = ReportTable()
        self._arrived: asyncio.Queue[EntityState | None] = asyncio.Queue()
        connection.on_lost = lambda: self._arrived.put_nowait(None)

    def _uid_of(self, device_id: int) -> str:
        return f"{self._uid}/{device_id}" if device_id else self._uid

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The device, and its firmware's sub-devices."""
        about = self._connection.device
        areas = {area.area_id: clean_name(area.name) for area in about.areas}
        model = clean_name(about.project_name or about.model)
        main = DeviceInfo(
            uid=self._uid,
            name=clean_name(about.friendly_name or about.name) or self._uid,
            points=self._infos(0),
            maker=clean_name(about.manufacturer) or "ESPHome",
            model=model,
            serial=self._uid,
            firmware=clean_name(about.project_version or about.esphome_version),
            address=self._link.address.partition("://")[2],
            area=clean_name(about.suggested_area) or clean_name(about.area.name if about.area else ""),
        )
        others = tuple(
            DeviceInfo(
                uid=self._uid_of(one.device_id),
                name=clean_name(one.name) or self._uid_of(one.device_id),
                points=self._infos(one.device_id),
                maker=main.maker,
                model=model,
                area=areas.get(one.area_id, ""),
                via=self._uid,
            )
            for one in about.devices
        )
        return (main, *others)

    def _infos(self, device_id: int) -> tuple[PointInfo, ...]:
        found = {
            point.info.key: point.info
            for points in self._points.values()
            for point in points
            if point.entity.device_id == device_id
        }
        return tuple(found.values())

    @property
    def skipped(self) -> tuple[Skipped, ...]:
        """Entities of kinds that are not read."""
        unread = [entity for entity in self._entities if not points_of(entity)]
        return tuple(Skipped(clean_name(entity.name), Text("esphome.entity")) for entity in unread)

    async def events(self) -> AsyncIterator[SessionEvent]:
        """States as they arrive; raises ConnectionError where the device is gone."""
        for info in await self.describe():
            yield Availability(info.uid, online=True)
        self._connection.subscribe(self._take)
        while not self._connection.is_lost:
            states = [await self._arrived.get()]
            while not self._arrived.empty():
                states.append(self._arrived.get_nowait())
            reports = [report for state in states if state is not None for report in self._reports(state)]
            if reports:
                yield ReportColumns.of(reports, self._table)
        raise ConnectionResetError(Text("reason.connection_lost"))

    def _take(self, state: EntityState) -> None:
        if self._arrived.qsize() < MAX_WAITING:
            self._arrived.put_nowait(state)

    def _reports(self, state: EntityState) -> list[Report]:
        kind = STATES.get(type(state))
        found: list[Report] = []
        for point in self._points.get((kind, state.device_id, state.key), ()) if kind is not None else ():
            uid, value = self._uid_of(state.device_id), point.read(state)
            self._last[uid, point.info.key] = value
            found.append(Report(uid, point.info.key, value))
        return found

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Sends a command; the state that the device reports then confirms it. Raises RefusedError or OSError."""
        for points in self._points.values():
            for point in points:
                if point.info.key == key and self._uid_of(point.entity.device_id) == uid and point.send is not None:
                    send, before = point.send, self._last.get((uid, key))
                    self._connection.command(lambda client: send(client, verb, value, before))  # noqa: B023 - called now
                    return
        raise RefusedError(Text("reason.gone_point"))

    def owns(self, candidate: Candidate) -> bool:
        """Whether the candidate is this device."""
        return candidate.protocol == "esphome" and dict(candidate.facts).get("id") == self._uid

    async def close(self) -> None:
        """Ends the connection; may be called twice."""
        await self._connection.close()
