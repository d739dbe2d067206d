"""Looks for early warnings of the open project once an hour, keeps since when each lasts, and raises their alarms."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Mapping
from dataclasses import replace
from threading import Event

import msgspec

from app.author import author
from app.engine.event_bus import SubscriberRole, Unsubscribe
from app.engine.repeating import repeat
from app.engine.session import ProjectSession
from app.engine.warning_reports import LEVELS, LearnedLevel, WarningAccounts, WarningCache, first_levels
from app.freed_memory import give_back_freed
from twin.model.change import Change, TwinChanged
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.early_warning import EarlyWarning, WarningChart, WarningReport
from twin.model.ids import PointId
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin
from twin.rules.alarm_proposals import EARLY_WARNING
from twin.rules.definition_body import definition_of
from twin.rules.normal_mark import NormalMark
from twin.rules.rule_memory import RaisedAlarm
from twin.store.history.rule_records import RuleRecord
from twin.store.project.edit_labels import of_definitions

FIRST_S, EVERY_S = 120.0, 3600.0
"""Seconds until the first look after a project is opened, and between looks."""
MEMORY = "warnings"
"""Name of the part of the rule memory that has since when each warning lasts."""


class WarningWatch:
    """The early warnings of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._cache = WarningCache()
        self._since: dict[str, int] | None = None
        """By id of a warning: when it began, UTC ms; None before it is read."""
        self._task: asyncio.Task[object] | None = None
        self._definitions = session.twin.definitions
        self._unsubscribe: Unsubscribe | None = None
        self.report = WarningReport(at_ms=0)
        """The newest report."""

    def begin(self) -> None:
        """Starts looking, in the background."""
        self._task = self._context.loop.spawn(self._run(), name="early warnings")
        self._unsubscribe = self._context.bus.subscribe(SubscriberRole.WATCH, event=self._event)

    async def close(self) -> None:
        """Ends the looking; the report under way is dropped."""
        if self._unsubscribe is not None:
            self._unsubscribe()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await self._session.links_due.wait()
        await asyncio.sleep(FIRST_S)
        await repeat(self._session, self.look, EVERY_S, name="early warnings")

    def _event(self, change: Change) -> None:
        """Alarms that were just accepted, or a mark that was undone, follow at once."""
        if isinstance(change, TwinChanged) and change.twin.definitions is not self._definitions:
            before, self._definitions = self._definitions, change.twin.definitions
            if self.report.at_ms and before.normal_marks != change.twin.definitions.normal_marks:
                self._session.spawn_task(self._look_again(), name="early warnings")
            elif self.report.at_ms and before.alarms != change.twin.definitions.alarms:
                self._session.spawn_task(self._raise_alarms(), name="early warnings")

    async def _look_again(self) -> None:
        with contextlib.suppress(ProblemError):  # the project is being closed, or the next look tells
            await self.look()

    async def look(self) -> WarningReport:
        """Computes the report of now on the pool and takes its warnings over."""
        session, now_ms, dropped = self._session, self._context.now_ms(), Event()
        accounts = WarningAccounts(session.twin, session.history, self._cache, dropped)
        try:
            report = await self._context.run_blocking(lambda: accounts.report(now_ms))
            await self._context.run_blocking(give_back_freed)
            if self._since is None:
                self._since = await self._context.run_blocking(self._kept)
            first = await self._context.run_blocking(lambda: first_levels(session.history, accounts.twin))
        finally:
            dropped.set()
            session.damage.report_new()
        self.report = self._adopted(report, self._since)
        self._keep_levels(report, accounts.twin, first)
        await self._raise_alarms()
        return self.report

    async def chart(self, point: PointId, rule: str) -> WarningChart:
        """The last days of a point, and what its peers or a rule of its air handler suggest."""
        accounts = WarningAccounts(self._session.twin, self._session.history)
        now_ms = self._context.now_ms()
        return await self._context.run_blocking(lambda: accounts.chart(point, now_ms, rule))

    def _kept(self) -> dict[str, int]:
        try:
            return msgspec.json.decode(self._session.history.rules.memory().get(MEMORY, "{}"), type=dict[str, int])
        except msgspec.DecodeError:
            return {}

    def _adopted(self, report: WarningReport, known: Mapping[str, int]) -> WarningReport:
        """The report with the earliest begin that is known of each warning; begins and ends are rows of the event log."""
        lasting = tuple(
            replace(one, since_ms=min(one.since_ms, known.get(one.id, one.since_ms))) for one in report.warnings
        )
        since = {one.id: one.since_ms for one in lasting}
        if since != known:
            self._since = since
            for one in lasting:
                if one.id not in known:
                    self._note(one.id, "begun", sentence=one)
            for id in known.keys() - since.keys():
                self._note(id, "ended")
            with contextlib.suppress(ProblemError):  # the project is being closed: it begins anew then
                self._session.history.rules.keep(RuleRecord(memory={MEMORY: msgspec.json.encode(since).decode()}))
        return replace(report, warnings=lasting)

    def _keep_levels(self, report: WarningReport, twin: Twin, first: Mapping[PointId, LearnedLevel]) -> None:
        """Keeps the levels of sensors that are learned for the first time, and of which nothing is warned; they are not
        learned anew before the sensor is moved or replaced, so that a lasting fault does not become normal."""
        warned = {one.point for one in report.warnings}
        levels = {id: level for id, level in report.levels.items() if id not in warned and id not in first}
        new = {
            point.id: LearnedLevel.of(device, levels[point.id])
            for device in twin.devices
            for point in device.points
            if point.id in levels
        }
        if new:
            with contextlib.suppress(ProblemError):  # the project is being closed
                kept = msgspec.json.encode({**first, **new}).decode()
                self._session.history.rules.keep(RuleRecord(memory={LEVELS: kept}))

    def _note(self, id: str, result: str, sentence: EarlyWarning | None = None) -> None:
        text = {} if sentence is None else {"text": sentence.text.as_json(), "since_ms": sentence.since_ms}
        self._session.audit.add("warning", {"what": id, "result": result, **text}, who="oikos", place="")

    async def _raise_alarms(self) -> None:
        """Sets the alarms of early warnings that the project has."""
        runner = await self._session.begin_rules()
        await runner.settled()
        warned = {one.device for one in self.report.warnings}
        prefix = f"{EARLY_WARNING}:"
        mine = [id for id in runner.compiled.alarms.definitions if id.startswith(prefix)]
        runner.show_raised([RaisedAlarm(alarm=id, rule="", active=id.removeprefix(prefix) in warned) for id in mine])

    # -- what people decide

    async def dismiss(self, id: str) -> None:
        """Marks a warning as normal for its sensor, as one undo step. ProblemError where there is none of this id."""
        found = next((one for one in self.report.warnings if one.id == id), None) or next(
            (one for one in (await self.look()).warnings if one.id == id), None
        )
        if found is None:
            raise ProblemError(Problem(code="unknown.warning", args={"name": id}))
        device = self._session.twin.device_of.get(found.device)
        name = device.name if device is not None else found.device
        mark = NormalMark(
            id=id, title=name, kind=found.mark[0], point=found.mark[1], level=found.level,
            rules=tuple(part.rule for part in found.parts), created_ms=self._context.now_ms(), who=author(),
        )  # fmt: skip
        edit = DefinitionEdit(DefinitionKind.NORMAL_MARK, id, definition_of(mark))
        await self._session.edits.edit(
            lambda project: project.change_definitions([edit]), label=of_definitions([edit], {})
        )

    async def restore(self, id: str) -> None:
        """Removes a mark, so that its warning is shown again. ProblemError where there is none of this id."""
        known = self._session.twin.definitions.find(DefinitionKind.NORMAL_MARK, id)
        if known is None:
            raise ProblemError(Problem(code="unknown.warning", args={"name": id}))
        edit = DefinitionEdit(DefinitionKind.NORMAL_MARK, id)
        label = of_definitions([edit], {id: known.title})
        await self._session.edits.edit(lambda project: project.change_definitions([edit]), label=label)
