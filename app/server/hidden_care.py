"""The alarms of another person's care are for that person and for administrators: everything that names or counts them is
answered without them."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Mapping, Sequence
from concurrent.futures import Future
from contextlib import suppress
from dataclasses import replace
from typing import TYPE_CHECKING, cast

from app.actions import DEFAULT_SENDER
from app.notification_interface import NO_PICTURES
from app.server.care_edits import refuse_edits_of_care
from app.server.grouped_presence import GroupedPresence
from app.server.later_answers import after, then
from twin.model.alarm import AlarmLogEntry, AlarmStatus
from twin.model.building_report import ReportFile
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind, Definitions
from twin.model.energy import EnergySpan
from twin.model.ids import PointId
from twin.model.notification_status import NotificationStatus
from twin.model.problem import Problem, ProblemError
from twin.model.rule_status import RulePreview, RuleStatus, RunLogEntry
from twin.model.site_digest import SiteDigest, with_alarms
from twin.model.text import Text, as_text
from twin.rules.alarm_act import AlarmAct
from twin.rules.alarm_metrics import AlarmMetricsReport
from twin.rules.care_alarms import care_ids, care_key, is_of_care
from twin.rules.definition_body import read_body

if TYPE_CHECKING:
    from app.server.calls import Host
    from twin.rules.work_order import WorkOrder

DELIVERIES = "notify"
"""Rule of the rows of the log that tell of deliveries."""
NOTICE = "rules.notice"
"""Code of the message of an automation."""
WITHOUT_TITLE = "…"
"""In place of the title of a delivery of which it is not known what it was about."""


class HiddenCare(GroupedPresence):
    """The methods of EngineApi that name or count alarms, without those of the care of others."""

    def __init__(
        self,
        host: Host,
        person: str,
        hidden: Callable[[], frozenset[PointId]],
        hidden_now: Callable[[], frozenset[PointId]] | None = None,
    ) -> None:
        super().__init__(host, hidden, hidden_now or hidden)
        self._care_of, self._person = host, person.casefold()

    def hides(self, alarm: str) -> bool:
        """Whether the alarm with this id is of the care of another person."""
        if not is_of_care(alarm):
            return False
        person = self._care_of.care_persons().get(care_key(alarm))
        return person is None or person.casefold() != self._person

    def hides_order(self, order: Definition) -> bool:
        """Whether a work order was made from such an alarm."""
        if not care_ids(order.body):
            return False
        with suppress(ProblemError):
            return self.hides(cast("WorkOrder", read_body(DefinitionKind.WORK_ORDER, order)).origin.id)
        return True

    def hides_rule(self, rule: Definition) -> bool:
        """Whether a definition names such an alarm."""
        return any(map(self.hides, care_ids(rule.body)))

    def without_care(self, told: Definitions) -> Definitions:
        """Definitions without such alarms, automations that name them and work orders made from them; the same object where
        there are none."""
        alarms = tuple(one for one in told.alarms if not self.hides(one.id))
        rules = tuple(one for one in told.automations if not self.hides_rule(one))
        orders = tuple(one for one in told.work_orders if not self.hides_order(one))
        before = (told.alarms, told.automations, told.work_orders)
        if [*map(len, (alarms, rules, orders))] == [*map(len, before)]:
            return told
        return replace(told, alarms=alarms, automations=rules, work_orders=orders)

    def hides_notice(self, problem: Problem) -> bool:
        """Whether a problem is the message of such an automation."""
        return problem.code == NOTICE and self.hides(str(problem.args.get("alarm", "")))

    # -- edits

    def change_definitions(self, changes: Sequence[DefinitionEdit]) -> Future[None]:
        """Edits definitions. Raises ProblemError where that concerns the care of another person, or who is told of it."""
        self._check_edits(changes)
        return self._care_of.change_definitions(changes)

    def change_work_orders(
        self, edits: Sequence[DefinitionEdit], photos: Mapping[str, bytes] = NO_PICTURES
    ) -> Future[None]:
        """Edits work orders. Raises ProblemError where one was made from such an alarm."""
        self._check_edits(edits)
        return self._care_of.change_work_orders(edits, photos)

    def undo(self, *, others: bool = False) -> Future[Text | None]:
        """Undoes the last edit. Fails with ProblemError where the caller could not make the edit that this is."""
        return self._care_of.undo_allowed(self._check_step, others=others)

    def redo(self) -> Future[Text | None]:
        """Redoes the edit undone last. Fails with ProblemError where the caller could not make it."""
        return self._care_of.redo_allowed(self._check_step)

    def _check_step(self, tables: frozenset[str], edits: Sequence[DefinitionEdit]) -> None:
        """Raises ProblemError where an undo step would change what the caller's role may not."""
        self._check_edits(edits)

    def _check_edits(self, edits: Sequence[DefinitionEdit]) -> None:
        others = [one for one in self._care_of.care_consents() if one.setup.person.casefold() != self._person]
        refuse_edits_of_care(edits, self._care_of.twin.definitions, others, self.hides)

    # -- alarms

    def _seen(self, alarms: Iterable[AlarmStatus]) -> tuple[AlarmStatus, ...]:
        return self.shown_alarms(one for one in alarms if not self.hides(one.id))

    def alarms(self) -> Future[tuple[AlarmStatus, ...]]:
        """The status of every alarm but those of care."""
        return then(self._care_of.alarms(), self._seen)

    def act_on_alarms(
        self, alarms: Sequence[str], act: AlarmAct, *, sender: str = DEFAULT_SENDER
    ) -> Future[tuple[AlarmStatus, ...]]:
        """Acknowledges, shelves etc. these alarms but those of care."""
        shown = [one for one in alarms if not self.hides(one)]
        return then(self._care_of.act_on_alarms(shown, act, sender=sender), self._seen)

    def alarm_log(
        self, from_ms: int, to_ms: int, most: int = 200, alarm: str = ""
    ) -> Future[tuple[AlarmLogEntry, ...]]:
        """The log of alarms but those of care."""
        found = self._care_of.alarm_log(from_ms, to_ms, most, alarm)
        return then(found, lambda rows: self.shown_log(row for row in rows if not self.hides(row.alarm)))

    def alarm_metrics(self, span: EnergySpan, at_ms: int) -> Future[AlarmMetricsReport]:
        """The performance of the alarms but those of care."""
        return self._care_of.alarm_metrics_of(lambda alarm: not self.hides(alarm), span, at_ms)

    def digest(self) -> Future[SiteDigest]:
        """The digest of the site, with the counts of the alarms that are shown."""
        return after(self.shown_digest(), lambda made: then(self.alarms(), lambda seen: with_alarms(made, seen)))

    # -- what alarms lead to

    def notifications(self) -> Future[NotificationStatus]:
        """What waits to be delivered."""

        def shown(status: NotificationStatus) -> NotificationStatus:
            return replace(status, waiting=tuple(one for one in status.waiting if not self.hides(one.alarm)))

        return then(self._care_of.notifications(), shown)

    def run_log(self, from_ms: int, to_ms: int, most: int = 200, rule: str = "") -> Future[tuple[RunLogEntry, ...]]:
        """The log of rules and of deliveries, without runs that such an alarm began."""

        def shown(rows: Sequence[RunLogEntry]) -> tuple[RunLogEntry, ...]:
            hidden, shown = self._hidden_rules(), [row for row in rows if not self._names_care(row.reason)]
            named = {(row.rule, row.run) for row in rows if row.run and self._names_care(row.reason)}
            hidden |= self.telling_rules()
            kept = (row for row in shown if row.rule not in hidden and (row.rule, row.run) not in named)
            return tuple(map(_without_unknown_title, kept))

        return then(self._care_of.run_log(from_ms, to_ms, most, rule), shown)

    def rules(self) -> Future[tuple[RuleStatus, ...]]:
        """The status of every rule but those that name such an alarm."""
        hidden = self._hidden_rules()
        return then(self._care_of.rules(), lambda rows: self.shown_rules(row for row in rows if row.id not in hidden))

    def _hidden_rules(self) -> frozenset[str]:
        return frozenset(one.id for one in self._care_of.twin.definitions.automations if self.hides_rule(one))

    def preview_rule(
        self, kind: DefinitionKind, definition: Definition, from_ms: int, to_ms: int
    ) -> Future[RulePreview]:
        """What a rule would have done. Raises ProblemError where it reads such an alarm."""
        self._check_rule(definition)
        return super().preview_rule(kind, definition, from_ms, to_ms)

    def why_not(self, rule: str, at_ms: int = 0) -> Future[tuple[Text, ...]]:
        """The reasons of a rule. Raises ProblemError where it reads such an alarm."""
        if (found := self._care_of.twin.definitions.find(DefinitionKind.AUTOMATION, rule)) is not None:
            self._check_rule(found)
        return super().why_not(rule, at_ms)

    def write_work_orders(self, orders: Sequence[str], path: str, language: str = "") -> Future[ReportFile]:
        """Writes work orders; those made from such an alarm are unknown."""
        there = self._care_of.twin.definitions.work_orders
        hidden = frozenset(one.id for one in there if self.hides_order(one))
        return self._care_of.write_work_orders_without(hidden, orders, path, language)

    def _check_rule(self, definition: Definition) -> None:
        if self.hides_rule(definition):
            raise ProblemError(Problem(code="care.private"))

    def _names_care(self, text: Text) -> bool:
        for value in text.args.values():
            inner = as_text(value)
            if inner is not None and self._names_care(inner):
                return True
            if isinstance(value, str) and any(self.hides(value.removeprefix(one)) for one in ("", "alarm:", "acked:")):
                return True
        return False


def _without_unknown_title(row: RunLogEntry) -> RunLogEntry:
    """A delivery of an older program, which does not tell of which alarm it was, without its title."""
    if row.rule != DELIVERIES or "alarm_id" in row.reason.args or "title" not in row.reason.args:
        return row
    return replace(row, reason=Text(row.reason.code, **row.reason.args | {"title": WITHOUT_TITLE}))
