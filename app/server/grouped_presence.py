"""Values for persons who see presence in groups of rooms only: those of single sensors are left out.

Alarms are shown whatever raised them, without the value of such a sensor.
"""

from __future__ import annotations

from collections.abc import Callable, Collection, Iterable, Sequence
from concurrent.futures import Future
from dataclasses import replace
from typing import TYPE_CHECKING

import numpy as np

from app.server.later_answers import then
from twin.insight.presence_groups import single_rooms_hidden
from twin.model.alarm import AlarmStatus
from twin.model.batch import Batch
from twin.model.definition import Definition, DefinitionKind
from twin.model.early_warning import WarningChart
from twin.model.energy import EnergyReport, EnergySpan
from twin.model.history_series import ChartColumns, PastMoment
from twin.model.ids import PointId, RoomId
from twin.model.observation import Observation, Quality
from twin.model.problem import Problem, ProblemError
from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence, ComfortReport
from twin.model.rule_status import RulePreview
from twin.model.text import Text

if TYPE_CHECKING:
    from app.server.calls import Host

READING_VERBS = frozenset({"ask", "comfort", "energy", "export", "get", "history", "info"})
"""Verbs that read values of all points from the engine or its files."""


def in_groups_only(name: str) -> ProblemError:
    """Problem: what is asked for has values of single presence sensors."""
    return ProblemError(Problem(code="privacy.grouped", args={"name": name}))


class GroupedPresence:
    """The methods of EngineApi that tell values, without those that `hidden` names."""

    def __init__(self, host: Host, hidden: Callable[[], frozenset[PointId]]) -> None:
        self._valued, self.hidden = host, hidden

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

    def moments(self, times_ms: Sequence[int]) -> Future[list[PastMoment]]:
        """Past values; unknown for hidden points."""
        hidden = self.hidden()
        return then(self._valued.moments(times_ms), lambda found: [_without(one, hidden) for one in found])

    def shown_alarms(self, alarms: Iterable[AlarmStatus]) -> tuple[AlarmStatus, ...]:
        """The alarms, without values of hidden points."""
        hidden = self.hidden()
        return tuple(replace(one, value=None) if one.point in hidden else one for one in alarms)

    def shown_values(self, batch: Batch) -> Batch:
        """The batch without hidden points."""
        if not (hidden := self.hidden()):
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
