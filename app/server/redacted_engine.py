"""The engine for persons on other machines who may not change everything: without the addresses to which notifications go,
without the alarms of another person's care, and without the folder of the project on the engine's machine."""

from __future__ import annotations

from collections.abc import Callable, Mapping, Sequence
from concurrent.futures import Future
from dataclasses import replace
from ntpath import basename
from typing import TYPE_CHECKING, Any, cast

import msgspec

from app.inbox import NewsSink
from app.server.care_access import OwnCare
from app.server.hidden_care import HiddenCare
from app.server.later_answers import then
from app.server.roles import NEED, Caller, Role
from app.server.undo_need import check_tables
from twin.model.batch import Batch
from twin.model.building_report import ReportStatus
from twin.model.change import (
    AlarmsChanged,
    Change,
    CommandUpdated,
    ProblemRaised,
    ProblemsSolved,
    ProjectOpened,
    ProjectOpenFailed,
    ProjectOpening,
    TwinChanged,
)
from twin.model.definition import NO_DEFINITIONS, Definition, DefinitionEdit, Definitions
from twin.model.home_presence import HomeMode, HomeStatus
from twin.model.ids import PointId
from twin.model.notification_status import NotificationStatus
from twin.model.problem import Problem
from twin.model.rule_status import RunLogEntry
from twin.model.text import Text, as_text
from twin.model.twin import Twin
from twin.rules.home_key import HOME_IDS

if TYPE_CHECKING:
    from app.server.calls import Host

HIDDEN = "…"
"""In place of an address in a sentence."""
NOTIFY = "notify."
"""Start of the codes of texts and problems of notifications."""
CHANNEL_FIELDS = ("address", "user", "sender", "topic", "pin", "ca")
"""Fields of a channel: the destination of its messages, and the login there."""


def redacted(host: Host, caller: Caller) -> Host:
    """The engine as a person of this role sees it."""
    if caller.grant is None or caller.role >= Role.ADMIN:
        return host
    return cast("Host", RedactedEngine(host, caller.role, caller.person))


def project_name(path: str) -> str:
    """File name of a project, of an engine on any system."""
    return basename(path)


class RedactedEngine(OwnCare, HiddenCare):
    """Host without the project's folder; below the role of an installer also without the addresses of recipients,
    without the jobs of others, and without what tells of single rooms for few people where presence is shown in groups."""

    def __init__(self, host: Host, role: Role, person: str = "") -> None:
        OwnCare.__init__(self, host, role)
        HiddenCare.__init__(self, host, person, self._hidden, self._hidden_now)
        self._seen_now = (frozenset[PointId](), frozenset[PointId]())
        self._host, self._role, self.addresses = host, role, role >= NEED["change_definitions"]
        self._twins = (Twin(), Twin())
        self._definitions = (NO_DEFINITIONS, NO_DEFINITIONS)

    def __getattr__(self, name: str) -> Any:  # noqa: ANN401 - whatever the engine has
        return getattr(self._host, name)

    def _hidden(self) -> frozenset[PointId]:
        """Points whose values this role sees in groups only."""
        return self._host.withheld_points() if self._role < Role.INSTALLER else frozenset()

    def _hidden_now(self) -> frozenset[PointId]:
        """Those of them whose present values are hidden, too: who may command a point sees what it is set to."""
        hidden = self._hidden()
        if not hidden or self._role < Role.OPERATOR:
            return hidden
        if self._seen_now[0] is not hidden:
            known = self._host.twin.point_of
            self._seen_now = (hidden, frozenset(one for one in hidden if one not in known or not known[one].writable))
        return self._seen_now[1]

    @property
    def twin(self) -> Twin:
        """The newest snapshot."""
        return self.shown_twin(self._host.twin)

    def shown_twin(self, whole: Twin) -> Twin:
        """A snapshot without addresses and alarms of care; the same object for the same snapshot."""
        told = whole.definitions
        public = self.without_care(told)
        addressed = not self.addresses and bool(told.recipients or told.channels or told.report_schedules)
        persons = tuple(one for one in whole.persons if one[1].casefold() == self._person)
        if public is told and not addressed and persons == whole.persons:
            return whole
        if self._twins[0] is not whole:
            if self._definitions[0] is not told:
                self._definitions = (told, without_addresses(public) if addressed else public)
            self._twins = (whole, replace(whole, definitions=self._definitions[1], persons=persons))
        return self._twins[1]

    def home_presence(self) -> Future[HomeStatus]:
        """Presence of the home, as far as this role sees it."""
        return then(self._host.home_presence(), self._shown_home)

    def set_home_presence(self, mode: str) -> Future[HomeStatus]:
        """Sets the presence of the home; the answer is what this role sees of it."""
        return then(self._host.set_home_presence(mode), self._shown_home)

    def _shown_home(self, status: HomeStatus) -> HomeStatus:
        """Unknown where that is withheld, but for what was set by hand: who may set it sees to what."""
        if HOME_IDS.isdisjoint(self._hidden()):
            return status
        by_hand = status.mode is not HomeMode.AUTO and self._role >= NEED["set_home_presence"]
        return replace(status, since_ms=0) if by_hand else HomeStatus()

    def project(self) -> str:
        """File name of the open project; empty for none."""
        return project_name(self._host.project())

    def _check_step(self, tables: frozenset[str], edits: Sequence[DefinitionEdit]) -> None:
        """Raises ProblemError where an undo step would change what the caller's role may not."""
        check_tables(self._role, tables)
        super()._check_step(tables, edits)

    def cancel(self, job: str) -> None:
        """Asks a job to stop. Raises ProblemError where it is another person's, and this role may not end it."""
        if self._role >= Role.INSTALLER:
            self._host.cancel(job)
        else:
            self._host.cancel_own(job)

    def attach(self, inbox: NewsSink) -> Future[Callable[[], None]]:
        """Attaches an inbox, which gets the news without addresses."""
        return self._host.attach(_RedactedSink(self, inbox))

    def notifications(self) -> Future[NotificationStatus]:
        """What waits to be delivered."""
        found = HiddenCare.notifications(self)
        return found if self.addresses else then(found, _without_targets)

    def report_schedules(self) -> Future[tuple[ReportStatus, ...]]:
        """What became of each schedule, with problems as this person is told them."""

        return then(self._host.report_schedules(), lambda rows: tuple(map(self._shown_report, rows)))

    def run_report(self, schedule: str) -> Future[ReportStatus]:
        """Makes a scheduled report; the problems are those that this person is told."""
        return then(self._host.run_report(schedule), self._shown_report)

    def _shown_report(self, status: ReportStatus) -> ReportStatus:
        return replace(status, problems=tuple(map(self.shown_problem, status.problems)))

    def run_log(self, from_ms: int, to_ms: int, most: int = 200, rule: str = "") -> Future[tuple[RunLogEntry, ...]]:
        """The log of rules and of deliveries."""
        found = HiddenCare.run_log(self, from_ms, to_ms, most, rule)
        if self.addresses:
            return found
        return then(found, lambda rows: tuple(replace(row, reason=_shown_text(row.reason)) for row in rows))

    def shown_problem(self, problem: Problem) -> Problem:
        """A problem without addresses and without the project's folder."""
        if (path := self._host.project()) and problem.where == path:
            problem = replace(problem, where=project_name(path))
        if self.addresses or not problem.code.startswith(NOTIFY):
            return problem
        args = _shown_text(problem.what).args
        args |= {name: HIDDEN for name, value in args.items() if problem.where and value == problem.where}
        return replace(problem, args=args, where="", detail="")


class _RedactedSink:
    """Passes the news on without addresses."""

    def __init__(self, engine: RedactedEngine, inbox: NewsSink) -> None:
        self._engine, self._inbox = engine, inbox
        self._hidden = engine.hidden_now()

    def put(self, batch: Batch) -> None:
        """Passes the values on that this person sees; what became hidden is told as unknown."""
        if (hidden := self._engine.hidden_now()) is not self._hidden:
            gone, self._hidden = hidden - self._hidden, hidden
            if gone:
                self._inbox.put(self._engine.unknown_values(sorted(gone)))
        if len(shown := self._engine.shown_values(batch)):
            self._inbox.put(shown)

    def put_change(self, change: Change) -> None:
        """Passes a change on, but no message of an automation about the care of others."""
        if isinstance(change, ProblemRaised) and self._engine.hides_notice(change.problem):
            return
        if isinstance(change, CommandUpdated) and change.result.command.point in self._engine.hidden_now():
            return
        self._inbox.put_change(self._shown(change))

    def _shown(self, change: Change) -> Change:
        engine = self._engine
        match change:
            case TwinChanged():
                shown = engine.shown_twin(change.twin)
                return change if shown is change.twin else replace(change, twin=shown)
            case AlarmsChanged():
                alarms = engine.shown_alarms(one for one in change.alarms if not engine.hides(one.id))
                return replace(change, alarms=alarms, gone=tuple(one for one in change.gone if not engine.hides(one)))
            case ProblemRaised():
                return ProblemRaised(engine.shown_problem(change.problem))
            case ProblemsSolved():
                return ProblemsSolved(tuple(map(engine.shown_problem, change.problems)))
            case ProjectOpening() | ProjectOpened():
                return replace(change, path=project_name(change.path))
            case ProjectOpenFailed():
                name, problems = project_name(change.path), map(engine.shown_problem, change.problems)
                shown = (replace(one, where=name) if one.where == change.path else one for one in problems)
                return ProjectOpenFailed(name, tuple(shown))
            case _:
                return change


def without_addresses(definitions: Definitions) -> Definitions:
    """Definitions whose recipients and channels have names, but no addresses, logins and topics."""
    return replace(
        definitions,
        recipients=tuple(_changed(one, _without_uses) for one in definitions.recipients),
        channels=tuple(_changed(one, _without_server) for one in definitions.channels),
        report_schedules=tuple(_changed(one, _without_mails) for one in definitions.report_schedules),
    )


def _changed(one: Definition, change: Callable[[dict[str, Any]], object]) -> Definition:
    """The definition with a changed body; an empty one where it cannot be read."""
    try:
        body = msgspec.json.decode(one.body, type=dict[str, Any])
    except (ValueError, RecursionError):
        return replace(one, body="{}")
    change(body)
    return replace(one, body=msgspec.json.encode(body).decode())


def _without_uses(body: dict[str, Any]) -> None:
    uses = body.get("uses")
    found = cast("Sequence[object]", uses) if isinstance(uses, list) else ()
    body["uses"] = [
        {"channel": cast("Mapping[str, object]", use).get("channel", "")} for use in found if isinstance(use, dict)
    ]


def _without_mails(body: dict[str, Any]) -> None:
    body["mails"] = []


def _without_server(body: dict[str, Any]) -> None:
    body.update({name: "" for name in CHANNEL_FIELDS if name in body})
    body["address"] = HIDDEN  # one without cannot be read


def _without_targets(status: NotificationStatus) -> NotificationStatus:
    return replace(status, waiting=tuple(replace(one, to="") for one in status.waiting))


def _shown_text(text: Text) -> Text:
    """A sentence on a delivery without its address; of a server's reason only what kind it is."""
    if not text.code.startswith(NOTIFY):
        return text
    args = {name: value for name, value in text.args.items() if name != "to"}
    if (why := as_text(args.get("why"))) is not None:
        args["why"] = Text(why.code, **dict.fromkeys(why.args, HIDDEN))
    elif isinstance(args.get("why"), str):
        args["why"] = HIDDEN
    return Text(text.code, **args)
