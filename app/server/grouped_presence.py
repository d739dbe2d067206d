"""Values for persons who see presence in groups of rooms only: those that tell of rooms for few people are left out.

Which these are, the engine decides (`withheld_points`). Alarms are shown whatever raised them, without such values.
"""

from __future__ import annotations

import re
from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.server.later_answers import then
from twin.insight.meter_tree import AREA_KINDS
from twin.insight.presence_groups import single_rooms_hidden
from twin.model.alarm import AlarmLogEntry, AlarmStatus
from twin.model.batch import Batch
from twin.model.building_report import ReportFile
from twin.model.definition import Definition, DefinitionKind
from twin.model.early_warning import EarlyWarning, WarningChart, WarningReport
from twin.model.energy import EnergyReport, EnergySpan
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import PointId, RoomId
from twin.model.meter import Consumption
from twin.model.observation import Observation, Quality
from twin.model.problem import Problem, ProblemError
from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence, ComfortReport
from twin.model.rule_status import RulePreview, RuleStatus
from twin.model.site_digest import SiteDigest
from twin.model.text import Text

if TYPE_CHECKING:
    from app.server.calls import Host

READING_VERBS = frozenset({"ask", "comfort", "energy", "export", "get", "history", "info", "meter"})
"""Verbs that read values of all points from the engine or its files."""


def in_groups_only(name: str) -> ProblemError:
    """Problem: what is asked for has values that tell of rooms for few people."""
    return ProblemError(Problem(code="privacy.grouped", args={"name": name}))


class GroupedPresence:
    """The methods of EngineApi that tell values, without those of the points that `hidden` names; of their present values
    those that `hidden_now` names are left out."""

    def __init__(
        self, host: Host, hidden: Callable[[], frozenset[PointId]], hidden_now: Callable[[], frozenset[PointId]]
    ) -> None:
        self._valued, self.hidden, self.hidden_now = host, hidden, hidden_now

    def columns(self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int) -> Future[list[ChartColumns]]:
        """Chart data; empty for hidden points."""
        hidden = self.hidden().intersection(points)
        asked = self._valued.columns([one for one in points if one not in hidden], from_ms, to_ms, columns)
        if not hidden:
            return asked

        def whole(found: list[ChartColumns]) -> list[ChartColumns]:
            known = {one.point: one for one in found}
            return [known[one] if one in known else _nothing(one) for one in points]

        return then(asked, whole)

    def consumption(
        self, points: Sequence[PointId], from_ms: int, to_ms: int, columns: int
    ) -> Future[list[Consumption]]:
        """Consumption; of no time for hidden meters."""
        hidden = self.hidden().intersection(points)
        asked = self._valued.consumption([one for one in points if one not in hidden], from_ms, to_ms, columns)
        if not hidden:
            return asked

        def whole(found: list[Consumption]) -> list[Consumption]:
            known = {one.point: one for one in found}
            return [known[one] if one in known else _not_counted(one) for one in points]

        return then(asked, whole)

    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        """Past values; unknown for hidden points."""
        hidden = self.hidden()
        return then(self._valued.moments(times_ms), lambda found: [_without(one, hidden) for one in found])

    def shown_alarms(self, alarms: Iterable[AlarmStatus]) -> tuple[AlarmStatus, ...]:
        """The alarms, without values of hidden points."""
        hidden = self.hidden()
        return tuple(replace(one, value=None) if one.point in hidden else one for one in alarms)

    def shown_log(self, rows: Iterable[AlarmLogEntry]) -> tuple[AlarmLogEntry, ...]:
        """The log of alarms, without values and reasons of those that watch hidden points, or are not watched any more."""
        if not (hidden := self.hidden()):
            return tuple(rows)
        whole = {one.id for one in self._valued.twin.definitions.alarms if hidden.isdisjoint(_QUOTED.findall(one.body))}
        return tuple(row if row.alarm in whole else replace(row, value=None, reason=None) for row in rows)

    def shown_digest(self) -> Future[SiteDigest]:
        """The digest; without power and energy where they are those of hidden meters."""
        found, twin = self._valued.digest(), self._valued.twin
        meters = [point.id for device in twin.devices if device.kind in AREA_KINDS for point in device.points]
        if self.hidden().isdisjoint(meters):
            return found
        return then(found, lambda made: replace(made, power_w=None, energy_wh=None))

    def warnings(self) -> Future[WarningReport]:
        """Early warnings, without values and amounts of hidden points."""
        hidden = self.hidden()
        return then(self._valued.warnings(), lambda found: _shown_warnings(found, hidden) if hidden else found)

    def telling_rules(self) -> frozenset[str]:
        """Ids of rules and scenes that read hidden points, or what is pooled of their rooms: when they run tells of them."""
        if not (hidden := self.hidden()):
            return frozenset()
        twin = self._valued.twin
        named, told = hidden | single_rooms_hidden(twin, hidden), twin.definitions
        return frozenset(
            one.id for one in (*told.automations, *told.scenes) if not named.isdisjoint(_QUOTED.findall(one.body))
        )

    def shown_rules(self, rules: Iterable[RuleStatus]) -> tuple[RuleStatus, ...]:
        """The status of rules; of those that read hidden points only what they are."""
        telling = self.telling_rules()
        return tuple(_without_runs(one) if one.id in telling else one for one in rules)

    def capture_scene(self, room: RoomId | None = None, title: str = "") -> Future[Definition]:
        """A new scene of what points report now. Raises ProblemError where one of them is hidden."""
        twin, hidden = self._valued.twin, self.hidden_now()
        if hidden and any(
            point.id in hidden
            for device in twin.devices
            if room is None or device.room == room
            for point in device.points
            if point.writable
        ):
            raise in_groups_only("capture_scene")
        return self._valued.capture_scene(room, title)

    def shown_values(self, batch: Batch) -> Batch:
        """The batch without hidden points."""
        if not (hidden := self.hidden_now()):
            return batch
        points = batch.table.points
        rows: list[int] = batch.row.tolist()
        return batch.only(np.array([points[row] not in hidden for row in rows], np.bool_))

    def unknown_values(self, points: Iterable[PointId]) -> Batch:
        """A batch by which these points are not known any more."""
        now_ms = self._valued.now_ms()
        gone = (Observation(one, now_ms, float("nan"), Quality.OFFLINE) for one in points)
        return Batch.of(gone, restated=True)

    def comfort(self, span: EnergySpan, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortReport]:
        """Comfort, of groups of rooms where points are hidden: when a room was occupied tells of who is there."""
        asked = self._valued.comfort_of_groups if self.hidden() else self._valued.comfort
        return asked(span, at_ms, assumed)

    def energy(self, span: EnergySpan, at_ms: int) -> Future[EnergyReport]:
        """Energy, of groups of rooms where points are hidden: what a room uses tells of who is there."""
        asked = self._valued.energy_of_groups if self.hidden() else self._valued.energy
        return asked(span, at_ms)

    def comfort_evidence(self, room: RoomId, at_ms: int, assumed: ComfortAssumptions) -> Future[ComfortEvidence]:
        """The evidence of a room. Raises ProblemError for one with hidden points."""
        if room in single_rooms_hidden(self._valued.twin, self.hidden()):
            raise in_groups_only("comfort_evidence")
        return self._valued.comfort_evidence(room, at_ms, assumed)

    def write_comfort_evidence(
        self, room: RoomId, at_ms: int, assumed: ComfortAssumptions, path: str, language: str = ""
    ) -> Future[ReportFile]:
        """Writes the evidence of a room. Raises ProblemError for one with hidden points."""
        if room in single_rooms_hidden(self._valued.twin, self.hidden()):
            raise in_groups_only("write_comfort_evidence")
        return self._valued.write_comfort_evidence(room, at_ms, assumed, path, language)

    def warning_chart(self, point: PointId, rule: str = "") -> Future[WarningChart]:
        """The chart of a warning. Raises ProblemError for a hidden point."""
        if point in self.hidden():
            raise in_groups_only("warning_chart")
        return self._valued.warning_chart(point, rule)

    def preview_rule(
        self, kind: DefinitionKind, definition: Definition, from_ms: int, to_ms: int
    ) -> Future[RulePreview]:
        """What a rule would have done. Raises ProblemError where points are hidden: a rule can be made to tell of them."""
        if self.hidden():
            raise in_groups_only("preview_rule")
        return self._valued.preview_rule(kind, definition, from_ms, to_ms)

    def why_not(self, rule: str, at_ms: int = 0) -> Future[tuple[Text, ...]]:
        """The reasons of a rule. Raises ProblemError where points are hidden: they are given with values."""
        if self.hidden():
            raise in_groups_only("why_not")
        return self._valued.why_not(rule, at_ms)


_QUOTED = re.compile(r'"([^"]+)"')
"""Texts of the body of a definition."""


def _without_runs(one: RuleStatus) -> RuleStatus:
    return replace(
        one, running=0, wakes_ms=None, circles_since_ms=None, value=None, last_run_ms=None, matches=0, differs=(),
        can_put_back=False,
    )  # fmt: skip


def _shown_warnings(report: WarningReport, hidden: Collection[PointId]) -> WarningReport:
    kept = tuple(_without_amounts(one) if one.point in hidden else one for one in report.warnings)
    levels = {point: level for point, level in report.levels.items() if point not in hidden}
    return replace(report, warnings=kept, levels=levels)


def _without_amounts(one: EarlyWarning) -> EarlyWarning:
    text = Text("warning.grouped", name=one.text.args.get("name", ""), kind=Text(f"warning.kind.{one.kind.value}"))
    return replace(
        one, value=None, expected=None, kwh=None, score=1.0, level=1.0, text=text,
        parts=tuple(map(_without_amounts, one.parts)),
    )  # fmt: skip


def _not_counted(point: PointId) -> Consumption:
    return Consumption(point, np.zeros(1, np.int64), np.zeros(0), np.zeros(0, np.bool_))


def _nothing(point: PointId) -> ChartColumns:
    none = np.zeros(0, np.float64)
    return ChartColumns(point, np.zeros(0, np.int64), none, none, none, none, np.zeros(0, np.int64), 0, "raw")


def _without(moment: PastMoment, hidden: Collection[PointId]) -> PastMoment:
    if not hidden:
        return moment
    gone = np.array([point in hidden for point in moment.points], np.bool_)
    return replace(
        moment,
        value=np.where(gone, np.nan, moment.value),
        quality=np.where(gone, np.uint8(Quality.OFFLINE), moment.quality).astype(np.uint8),
    )
