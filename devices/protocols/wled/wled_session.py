"""One session with a WLED controller: what it pushes, and a reading every `period` as heartbeat, or as the only source."""

from __future__ import annotations

from collections import deque
from collections.abc import AsyncIterator

from devices.contract import Redescribed, RefusedError, SessionEvent
from devices.json_document import value_at
from devices.polling import Poller, PollItem, PollLimits, PollSchedule
from devices.protocols.wled.light_points import LightPoint, points_of, segments_of
from devices.protocols.wled.wled_connection import WledConnection
from twin.model.candidate import Candidate
from twin.model.device import DeviceInfo, Link
from twin.model.ids import clean_name
from twin.model.observation import Availability, Report, Value
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.text import Text

MAX_WAITING = 10_000
"""Values that wait to be handed out; of more than that the oldest are dropped."""
UNPUSHED_S = 2.0
"""Longest time between two readings of a controller that pushes nothing."""
_STATE, _UNASKED = "state", "push"


class WledSession:
    """A controller that answers."""

    def __init__(self, connection: WledConnection, link: Link, period_s: float) -> None:
        self._connection, self._link = connection, link
        self._period_s = period_s if connection.pushes else min(period_s, UNPUSHED_S)
        self._table = ReportTable()
        self._points: tuple[LightPoint, ...] = ()
        self._described: object = None
        self._last: dict[str, Value] = {}
        self._waiting: deque[Report] = deque(maxlen=MAX_WAITING)
        self._poller = Poller[str](PollSchedule(PollLimits()), self._read)
        self._read_before = True
        connection.on_state = self._changed
        connection.on_lost = lambda: self._poller.end(ConnectionResetError(Text("reason.connection_lost")))

    @property
    def _uid(self) -> str:
        return self._connection.uid

    async def describe(self) -> tuple[DeviceInfo, ...]:
        """The controller with its segments, effects and presets. Raises OSError or TimeoutError."""
        one = self._connection
        if not self._read_before:
            await one.read_all()
        self._read_before = False
        if not self._uid:
            raise ConnectionError(Text("wled.no_wled"))
        self._points = points_of(one.state, one.info, one.effects, one.palettes, one.presets)
        self._described = self._description()
        info = one.info
        return (
            DeviceInfo(
                uid=self._uid,
                name=clean_name(info.get("name") or "") or f"WLED {self._uid[-6:]}",
                points=tuple(point.info for point in self._points),
                kind="light",
                maker=clean_name(info.get("brand") or "WLED"),
                model=" ".join(clean_name(info.get(key) or "") for key in ("product", "arch")).strip(),
                serial=self._uid,
                firmware=clean_name(info.get("ver") or ""),
                address=self._link.address.partition("://")[2],
                interval_s=self._period_s,
            ),
        )

    def _description(self) -> object:
        """What the description depends on besides values; the time at which presets were changed among it."""
        one = self._connection
        segments = [(segment.get("id"), segment.get("n"), segment.get("len")) for segment in segments_of(one.state)]
        keys = ("name", "ver", "leds.lc", "leds.seglc", "fs.pmt", "fxcount", "palcount")
        return segments, [value_at(one.info, key) for key in keys]

    async def events(self) -> AsyncIterator[SessionEvent]:
        """Values as they are pushed and read; raises OSError or TimeoutError where the controller is gone."""
        if self._connection.is_lost:
            raise ConnectionResetError(Text("reason.connection_lost"))
        yield Availability(self._uid, online=True)
        yield self._columns(self._reports(all=True))
        self._poller.set_items([PollItem(self._uid, _STATE, self._period_s)])
        async for answer in self._poller.answers():
            if answer.answer is None:
                raise TimeoutError
            if self._waiting:
                reports = list(self._waiting)
                self._waiting.clear()
                yield self._columns(reports)
            if answer.item.key == _STATE:
                yield self._columns(self._reports(all=True))
            retries = answer.item.key == _STATE and self._connection.has_old_presets
            if retries or self._description() != self._described:
                yield Redescribed()
                yield self._columns(self._reports(all=True))

    async def _read(self, item: PollItem) -> str:
        await self._connection.refresh()
        return item.key

    def _changed(self) -> None:
        self._waiting += self._reports(all=False)
        self._poller.deliver(PollItem(self._uid, _UNASKED, 0.0), _UNASKED)

    def _reports(self, *, all: bool) -> list[Report]:
        found: list[Report] = []
        for point in self._points:
            key, value = point.info.key, point.read(self._connection.state, self._connection.info)
            if all or key not in self._last or self._last[key] != value:
                self._last[key] = value
                found.append(Report(self._uid, key, value))
        return found

    def _columns(self, reports: list[Report]) -> ReportColumns:
        return ReportColumns.of(reports, self._table)

    async def send(self, uid: str, key: str, verb: str, value: Value) -> None:
        """Changes the state. Raises RefusedError, OSError or TimeoutError."""
        point = next((one for one in self._points if uid == self._uid and one.info.key == key), None)
        if point is None or point.write is None:
            raise RefusedError(Text("reason.gone_point"))
        await self._connection.set_state(point.write(verb, value, self._last.get(key)))
        if not self._connection.pushes:
            self._poller.hasten(self._uid)

    def owns(self, candidate: Candidate) -> bool:
        """Whether the candidate is this controller."""
        return candidate.protocol == "wled" and dict(candidate.facts).get("id") == self._uid

    async def close(self) -> None:
        """Ends reading and the connection; may be called twice."""
        await self._poller.stop()
        await self._connection.close()
