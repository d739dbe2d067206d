"""The engine for clients limited to rooms: devices, values, charts, alarms, mesh and photos of others are left out."""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING, Any, cast

import numpy as np
from numpy.typing import NDArray

from app.actions import DEFAULT_SENDER
from app.inbox import NewsSink
from app.server.later_answers import after, answered, then
from app.server.problems import outside, scope_unsupported
from app.server.redacted_engine import redacted
from app.server.roles import Caller
from app.server.visible_part import VisiblePart, part_of, visible_radio
from twin.model.alarm import AlarmLogEntry, AlarmStatus
from twin.model.batch import Batch, RowMap
from twin.model.capability import ValueType
from twin.model.change import (
    AlarmsChanged,
    ApprovalsChanged,
    Change,
    CommandUpdated,
    DeviceOnline,
    LinkChanged,
    MeshChanged,
    Progress,
    ProjectOpened,
    ProjectOpening,
    Resync,
    TwinChanged,
)
from twin.model.command import Command, CommandResult
from twin.model.command_approval import CommandApproval, CommandApprovals
from twin.model.energy import EnergySpan
from twin.model.grant import Grant
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import PointId
from twin.model.mesh import Mesh
from twin.model.meter import Consumption
from twin.model.observation import ENUM_OFFSET, StringTable, Value
from twin.model.problem import Problem, ProblemError
from twin.model.radio_map import RadioMap
from twin.model.room_mesh import mesh_of_rooms
from twin.model.site_digest import SiteDigest, with_alarms
from twin.model.text import Text
from twin.model.twin import Twin
from twin.rules.alarm_evaluation import AlarmAct

if TYPE_CHECKING:
    from app.server.calls import Host
    from twin.rules.alarm_metrics import AlarmMetricsReport

PASSED = frozenset({"engine_settings", "project", "now_ms", "check_code", "cancel"})
"""Methods without data of devices, or of own jobs only: carried out unchanged."""
EMPTY = frozenset({"links", "rules", "run_log"})
"""Methods whose answer is an empty list."""


class ScopedEngine:
    """Host for a client whose grant is limited to rooms or zones. Methods that are not named here are refused."""

    def __init__(self, host: Host, grant: Grant) -> None:
        self._host, self._grant, self.person = host, grant, grant.name
        self._seen = part_of(Twin(), grant)
        self._shown: set[int] = set()
        """Codes of texts that visible points have had."""
        self._strings, self._full = StringTable(), 0

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - any method of EngineApi
        if name in PASSED:
            return getattr(self._host, name)

        def nothing(*args: object, **named: object) -> Future[tuple[object, ...]]:
            del args, named
            return answered(())

        if name in EMPTY:
            return nothing

        def refused(*args: object, **named: object) -> object:
            raise ProblemError(scope_unsupported(name))

        return refused

    @property
    def view(self) -> VisiblePart:
        """What is visible of the newest snapshot."""
        if self._seen.whole is not (newest := self._host.twin):
            self._seen = part_of(newest, self._grant)
        return self._seen

    @property
    def twin(self) -> Twin:
        """The visible part of the newest snapshot."""
        return self.view.twin

    def attach(self, inbox: NewsSink) -> Future[Callable[[], None]]:
        """Attaches an inbox, which gets the visible part of the news."""
        return self._host.attach(_ScopedSink(self, inbox))

    def note_refusal(self, what: str, problem: Problem, who: str, place: str) -> None:
        """Adds a refusal to the event log."""
        self._host.note_refusal(what, problem, who, place)

    def setting(self, name: str) -> Future[object]:
        """None: what windows save is of the whole building. Fails with ProblemError for settings of the engine."""
        return then(self._host.setting(name), lambda _: None)

    def mesh(self) -> Future[Mesh | None]:
        """The mesh of the visible rooms, with the walls around them."""
        rooms, host = self.view.twin.rooms, self._host

        def shown(found: Mesh | None) -> Future[Mesh | None]:
            return host.compute(lambda: None if found is None else mesh_of_rooms(found, rooms))

        return after(host.mesh(), shown)

    def checkout_photo(self, sha256: str) -> Future[bytes | None]:
        """A photo of the checkout of a visible device."""
        if not any(sha256 == one.photo for one in self.view.twin.checkouts):
            raise ProblemError(outside(sha256))
        return self._host.checkout_photo(sha256)

    def undo_labels(self) -> tuple[Text | None, Text | None]:
        """None: edits are named after things elsewhere."""
        return None, None

    def undo_authors(self) -> tuple[str, str]:
        """Empty: edits are not shown."""
        return "", ""

    def discover(self, on: bool) -> None:
        """Stops the discovery of this client, which never started one."""
        if on:
            raise ProblemError(scope_unsupported("discover"))

    def strings(self) -> StringTable:
        """The engine's texts by code, those that visible points never had replaced; a new table where one is shown that
        was replaced before."""
        whole = self._host.strings()
        for code in range(self._full, len(whole)):
            self._strings.code(whole.text(code) if code in self._shown else f"\x00{code}")
        self._full = len(whole)
        return self._strings

    def show_texts(self, point: PointId, values: NDArray[np.float64]) -> None:
        """Lets the texts of these values of a visible point be read."""
        if point not in self.view.texts:
            return
        found = self.view.twin.point_of[point]
        offset = 0 if found.capability.type is ValueType.TEXT else ENUM_OFFSET
        codes = {int(value) - offset for value in values[np.isfinite(values)]} - self._shown
        codes = {code for code in codes if code >= 0}
        if codes:
            self._shown |= codes
            if any(code < self._full for code in codes):
                self._strings, self._full = StringTable(), 0

    # -- commands and history

    def _check(self, points: Iterable[PointId]) -> None:
        for point in points:
            if point not in self.view.points:
                raise ProblemError(outside(point))

    def command(
        self, point: PointId, verb: str, value: Value = None, *, sender: str = DEFAULT_SENDER
    ) -> Future[CommandResult]:
        """Sends a command to a visible point."""
        self._check([point])
        return self._host.command(point, verb, value, sender=sender)

    def command_many(
        self, orders: Sequence[tuple[PointId, str, Value]], *, sender: str = DEFAULT_SENDER
    ) -> Future[list[CommandResult]]:
        """Sends commands to visible points, all or none."""
        self._check(point for point, _, _ in orders)
        return self._host.command_many(orders, sender=sender)

    def send(self, commands: Sequence[Command]) -> Future[None]:
        """Accepts commands to visible points, all or none."""
        self._check(command.point for command in commands)
        return self._host.send(commands)

    def approvals(self) -> Future[CommandApprovals]:
        """Commands to visible points that wait for a second person."""
        return then(self._host.approvals(), self.seen_approvals)

    def seen_approvals(self, found: CommandApprovals) -> CommandApprovals:
        """The part of what waits that is visible, without the addresses of those who wait."""
        view = self.view
        waiting = tuple(replace(one, origin="") for one in found.waiting if one.command.point in view.points)
        return replace(found, waiting=waiting, devices=tuple(one for one in found.devices if one in view.devices))

    def decide_command(self, id: int, approve: bool) -> Future[CommandApproval]:
        """Approves or refuses a command to a visible point."""

        def decided(found: CommandApprovals) -> Future[CommandApproval]:
            if not any(one.id == id for one in found.waiting):
                raise ProblemError(outside(str(id)))
            return self._host.decide_command(id, approve)

        return after(self.approvals(), decided)

    def columns(self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int) -> Future[list[ChartColumns]]:
        """Chart data of visible points."""
        self._check(points)
        return then(self._host.columns(points, from_ms, to_ms, columns), self._charted)

    def _charted(self, found: list[ChartColumns]) -> list[ChartColumns]:
        for one in found:
            self.show_texts(one.point, one.last)
        return found

    def consumption(
        self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
    ) -> Future[list[Consumption]]:
        """Consumption of visible meters."""
        self._check(points)
        return self._host.consumption(points, from_ms, to_ms, columns)

    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        """Past values of the visible points."""
        view, host = self.view, self._host

        def shown(found: list[PastMoment]) -> list[PastMoment]:
            texts = [at for at, point in enumerate(found[0].points) if point in view.texts] if found else []
            for at in texts:
                self.show_texts(found[0].points[at], np.array([one.value[at] for one in found]))
            return found

        parts = after(host.moments(times_ms), lambda found: host.compute(lambda: _visible(found, view.points)))
        return then(parts, shown)

    def digest(self) -> Future[SiteDigest]:
        """The digest of the visible devices and alarms."""
        found = self._host.digest_of(self.view.rooms)
        return after(found, lambda made: then(self.alarms(), lambda alarms: with_alarms(made, alarms)))

    # -- alarms

    def sees(self, alarm: AlarmStatus) -> bool:
        """Whether an alarm is of visible things only."""
        view = self.view
        places = (alarm.room is None or alarm.room in view.rooms, alarm.device is None or alarm.device in view.devices)
        known = not (alarm.room is None and alarm.device is None and alarm.point is None)
        return known and all(places) and (alarm.point is None or alarm.point in view.points)

    def seen(self, alarms: Iterable[AlarmStatus]) -> tuple[AlarmStatus, ...]:
        """Alarms of visible things, without the reasons that lie elsewhere."""
        return tuple(replace(alarm, why=None) for alarm in alarms if self.sees(alarm))

    def alarms(self) -> Future[tuple[AlarmStatus, ...]]:
        """The alarms of visible things."""
        return then(self._host.alarms(), self.seen)

    def act_on_alarms(
        self, alarms: Sequence[str], act: AlarmAct, *, sender: str = DEFAULT_SENDER
    ) -> Future[tuple[AlarmStatus, ...]]:
        """Acts on alarms of visible things, all or none."""
        return after(self.alarms(), lambda found: self._act(found, alarms, act, sender))

    def _act(
        self, found: Sequence[AlarmStatus], alarms: Sequence[str], act: AlarmAct, sender: str
    ) -> Future[tuple[AlarmStatus, ...]]:
        self._check_alarms({alarm.id for alarm in found}, alarms)
        return then(self._host.act_on_alarms(alarms, act, sender=sender), self.seen)

    @staticmethod
    def _check_alarms(visible: Collection[str], alarms: Iterable[str]) -> None:
        for alarm in alarms:
            if alarm not in visible:
                raise ProblemError(outside(alarm))

    def alarm_log(
        self, from_ms: int, to_ms: int, most: int = 200, alarm: str = ""
    ) -> Future[tuple[AlarmLogEntry, ...]]:
        """Log of the alarms of visible things; fewer than `most` where others were among the newest."""
        log = self._host.alarm_log

        def read(found: Sequence[AlarmStatus]) -> Future[tuple[AlarmLogEntry, ...]]:
            visible = {one.id for one in found}
            return then(
                log(from_ms, to_ms, most, alarm),
                lambda rows: tuple(replace(row, reason=None) for row in rows if row.alarm in visible),
            )

        return after(self.alarms(), read)

    def alarm_metrics(self, span: EnergySpan, at_ms: int) -> Future[AlarmMetricsReport]:
        """The performance of the alarms of visible things."""
        host = self._host
        return after(
            self.alarms(), lambda found: host.alarm_metrics_of({one.id for one in found}.__contains__, span, at_ms)
        )

    # -- radio

    def radio_map(self) -> Future[RadioMap]:
        """The radio links between visible devices."""
        devices = self.view.devices
        return then(self._host.radio_map(), lambda found: visible_radio(found, devices))


def hosted(host: Host, caller: Caller) -> Host:
    """The engine as this caller sees it."""
    host = redacted(host, caller)
    if caller.grant is None or not caller.grant.scoped:
        return host
    return cast("Host", ScopedEngine(host, caller.grant))


def _visible(moments: Sequence[PastMoment], points: Collection[PointId]) -> list[PastMoment]:
    """The part of moments of the same points that is of these points; runs on the pool."""
    if not moments:
        return []
    kept = np.array([point in points for point in moments[0].points], np.bool_)
    ids = tuple(point for point in moments[0].points if point in points)
    return [PastMoment(one.time_ms, ids, one.value[kept], one.quality[kept]) for one in moments]


class _ScopedSink:
    """Passes the visible part of the news on to an inbox."""

    def __init__(self, engine: ScopedEngine, inbox: NewsSink) -> None:
        self._engine, self._inbox = engine, inbox
        self._view = engine.view
        self._rows = RowMap(self._is_visible)
        self._alarms: set[str] = set()

    def _is_visible(self, point: PointId) -> int:
        """0 for a point elsewhere, 2 for one whose values may be codes of texts."""
        return 0 if point not in self._view.points else 1 + (point in self._view.texts)

    def put(self, batch: Batch) -> None:
        """Passes the values of visible points on."""
        if (view := self._engine.view) is not self._view:
            self._view, self._rows = view, RowMap(self._is_visible)
        visible = self._rows.of(batch)
        texts: list[int] = np.flatnonzero(visible == 2).tolist()
        for at in texts:
            self._engine.show_texts(batch.table.points[int(batch.row[at])], batch.value[at : at + 1])
        if visible.any():
            self._inbox.put(batch.only(visible > 0))

    def put_change(self, change: Change) -> None:
        """Passes a change of visible things on."""
        if (shown := self._shown(change)) is not None:
            self._inbox.put_change(shown)

    def _shown(self, change: Change) -> Change | None:
        view = self._engine.view
        match change:
            case TwinChanged():
                return TwinChanged(view.twin)
            case DeviceOnline():
                return change if change.device in view.devices else None
            case LinkChanged():
                return replace(change, reason=None) if change.link in view.links else None
            case CommandUpdated():
                return change if change.result.command.point in view.points else None
            case ApprovalsChanged():
                return ApprovalsChanged(self._engine.seen_approvals(change.approvals))
            case AlarmsChanged():
                return self._alarms_changed(change)
            case Progress():
                return change if change.by == self._engine.person else None
            case MeshChanged() | ProjectOpening() | ProjectOpened() | Resync():
                return change
            case _:  # problems, candidates, imports: they are of others
                return None

    def _alarms_changed(self, change: AlarmsChanged) -> AlarmsChanged:
        seen = self._engine.seen(change.alarms)
        gone = tuple(alarm for alarm in change.gone if alarm in self._alarms)
        self._alarms = {*self._alarms, *(alarm.id for alarm in seen)}.difference(gone)
        return AlarmsChanged(seen, gone, change.whole)
