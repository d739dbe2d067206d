"""Digests of the open project: the whole site, or some rooms of it. Made at most once a minute, and only when asked for."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Iterable, Sequence
from datetime import datetime
from typing import TYPE_CHECKING

import numpy as np

from app.site_time import zone_of
from devices.link import LinkState
from twin.model.comfort import COMFORT, Verdict
from twin.model.device import Device
from twin.model.ids import PointId, RoomId
from twin.model.observation import Quality
from twin.model.site_digest import SiteDigest
from twin.model.twin import Twin

if TYPE_CHECKING:
    from app.engine.session import ProjectSession

EVERY_MS = 60_000
"""How long (ms) a digest is answered again."""
MOST_SCOPES = 32
"""Most sets of rooms whose digests are kept."""
RATED = ("temperature", "humidity", "co2")
"""Capabilities by which a room's comfort is rated, by the bands of `twin.model.comfort`."""
COMFORTABLE = (Verdict.GOOD, Verdict.FAIR)
METER, POWER, ENERGY = "meter", "power", "energy_import"


class SiteDigests:
    """Makes and keeps the digests of one session, without their alarms. Loop thread only."""

    def __init__(self, session: ProjectSession) -> None:
        self.session = session
        self._kept: OrderedDict[frozenset[RoomId] | None, SiteDigest] = OrderedDict()

    async def digest(self, rooms: frozenset[RoomId] | None) -> SiteDigest:
        """The digest of some rooms, None for the whole site; not older than EVERY_MS."""
        now_ms, kept = self.session.context.now_ms(), self._kept.get(rooms)
        if kept is not None and 0 <= now_ms - kept.time_ms < EVERY_MS:
            return kept
        made = self._kept[rooms] = await self._made(rooms, now_ms)
        self._kept.move_to_end(rooms)
        while len(self._kept) > MOST_SCOPES:
            self._kept.popitem(last=False)
        return made

    async def _made(self, rooms: frozenset[RoomId] | None, now_ms: int) -> SiteDigest:
        session, twin = self.session, self.session.twin
        devices = [one for one in twin.devices if rooms is None or one.room in rooms]
        links = {one.link for one in devices} if rooms is not None else {one.id for one in twin.links}
        meters = await self._top_meters(devices)
        version, day = await session.context.run_blocking(lambda: (_version(), midnight_ms(twin, now_ms)))
        energy_wh, estimated = await self._energy(_points(meters, ENERGY), day, now_ms)
        there = session.presence.there
        rated, outside = self._comfort(devices)
        return SiteDigest(
            time_ms=now_ms,
            name=twin.name,
            place=twin.site.name,
            latitude=twin.site.latitude,
            longitude=twin.site.longitude,
            version=version,
            partial=rooms is not None,
            devices=len(devices),
            offline=sum(one.id in there and not there[one.id].online for one in devices),
            links=len(links),
            links_down=sum(session.state_of(link) is not LinkState.ONLINE for link in links),
            power_w=self._sum(_points(meters, POWER)),
            energy_wh=energy_wh,
            energy_estimated=estimated,
            rooms=rated,
            rooms_outside=outside,
            newest_ms=self._newest(devices),
        )

    async def _top_meters(self, devices: Sequence[Device]) -> list[Device]:
        """The meters of electricity among these devices that no other one of them feeds, as the page Energy has them."""
        from app.engine.energy_reports import kept_setup
        from twin.insight.meter_tree import meter_places  # no window needs it before its first frame
        from twin.model.energy import Flow, Medium

        session = self.session
        twin, project = session.twin, session.project
        places = await session.context.run_blocking(lambda: meter_places(twin, kept_setup(project)))
        device_of, there = {one.point: one.device for one in places}, {one.id for one in devices}
        used = [one for one in places if one.medium is Medium.ELECTRICITY and one.flow is Flow.USED]
        top = {one.device for one in used if one.parent is None or device_of[one.parent] not in there}
        return [one for one in devices if one.kind == METER and one.id in top]

    async def _energy(self, points: Sequence[PointId], from_ms: int, to_ms: int) -> tuple[float | None, bool]:
        """What these registers counted in this time, Wh, and whether a part of it is an estimate."""
        session, edges = self.session, np.array([from_ms, to_ms], np.int64)
        if not points or edges[1] <= edges[0]:
            return None, False
        found = await session.context.run_blocking(lambda: [session.history.consumption(one, edges) for one in points])
        session.damage.report_new()
        counted = [one for one in found if one is not None]
        total = sum(one.total for one in counted)
        return (total, any(one.estimated.any() for one in counted)) if counted and np.isfinite(total) else (None, False)

    def _rows(self, points: Iterable[PointId]) -> list[int]:
        """Rows of State of those points that have a present value."""
        state = self.session.state
        rows = [row for point in points if (row := state.index(point)) is not None]
        return [row for row in rows if state.quality[row] < Quality.STALE and np.isfinite(state.value[row])]

    def _sum(self, points: Sequence[PointId]) -> float | None:
        rows = self._rows(points)
        return float(self.session.state.value[rows].sum()) if rows else None

    def _newest(self, devices: Iterable[Device]) -> int | None:
        state = self.session.state
        rows = [row for one in devices for point in one.points if (row := state.index(point.id)) is not None]
        newest = int(state.time_ms[rows].max(initial=0, where=state.quality[rows] < Quality.OFFLINE)) if rows else 0
        return newest or None

    def _comfort(self, devices: Iterable[Device]) -> tuple[int, int]:
        """(number of rooms that are rated, of those outside a comfort band)."""
        state, rated, outside = self.session.state, set[RoomId](), set[RoomId]()
        for device in devices:
            for point in device.points if device.room is not None else ():
                for row in self._rows([point.id]) if point.capability.id in RATED else ():
                    bands = COMFORT[point.capability.id]
                    verdict = bands.verdicts[int(bands.bands(state.value[row : row + 1])[0])]
                    assert device.room is not None  # noqa: S101 - or there is no point to look at
                    rated.add(device.room)
                    if verdict not in COMFORTABLE:
                        outside.add(device.room)
        return len(rated), len(outside)


def midnight_ms(twin: Twin, now_ms: int) -> int:
    """The last midnight at the site, UTC ms. Blocks: it may read the file of a time zone."""
    here = datetime.fromtimestamp(now_ms / 1000, zone_of(twin.site))
    return round(here.replace(hour=0, minute=0, second=0, microsecond=0).timestamp() * 1000)


def _points(devices: Iterable[Device], capability: str) -> list[PointId]:
    return [point.id for one in devices for point in one.points if point.capability.id == capability]


def _version() -> str:
    from app.server.listening import version  # no window needs it before its first frame

    return version()
