"""Makes scheduled reports of the open project when they are due, once per period; those missed while no engine ran at the next
start."""

from __future__ import annotations

import asyncio
import contextlib
from collections.abc import Sequence
from threading import Event
from typing import cast

import msgspec
from msgspec.structs import replace

from app.author import author
from app.engine.problems import unknown
from app.engine.repeating import repeat
from app.engine.report_delivery import MadeReport, deliver, make_report, reports_folder
from app.engine.report_due import last_due, next_due, reported_ms
from app.engine.session import ProjectSession
from app.site_time import zone_of
from twin.files.errors import unexpected
from twin.model.building_report import ReportFile, ReportStatus
from twin.model.change import ReportsChanged
from twin.model.definition import DefinitionKind
from twin.model.problem import Problem, ProblemError
from twin.rules.definition_body import read_body
from twin.rules.report_schedule import ReportMail, ReportSchedule
from twin.store.history.rule_records import RuleRecord

FIRST_S, EVERY_S = 20.0, 20.0
"""Seconds from the opening of the project to the first look, and between looks."""
AGAIN_MS = 3_600_000
"""Time (ms) after which a report that failed is tried again."""
MOST_TRIES = 24
"""Most tries of one report; then the next period's is waited for."""
MOST_GONE = 100
"""Most schedules that are gone whose last report is remembered: an undo brings them back."""
MEMORY = "reports"
"""Name of the part of the rule memory that has what became of each schedule's last report."""


class KeptReport(msgspec.Struct, frozen=True, kw_only=True):
    """What became of a schedule's last report; times UTC ms."""

    due_ms: int = 0
    """The newest time it was due and made."""
    tried_ms: int = 0
    tries: int = 0
    made_ms: int | None = None
    period_ms: int | None = None
    files: tuple[ReportFile, ...] = ()
    title: str = ""
    text: str = ""
    unsent: tuple[ReportMail, ...] = ()
    """Recipients whom it did not reach yet."""
    problems: tuple[Problem, ...] = ()


def believed(kept: KeptReport, now_ms: int) -> KeptReport:
    """What is kept, without times after `now_ms`, which a clock that was ahead has left."""
    if max(kept.due_ms, kept.tried_ms) <= now_ms:
        return kept
    due_ms = kept.due_ms if kept.due_ms <= now_ms else 0
    return replace(kept, due_ms=due_ms, tried_ms=min(kept.tried_ms, now_ms), tries=0)


class ReportWatch:
    """The scheduled reports of one project. Event loop only."""

    def __init__(self, session: ProjectSession) -> None:
        self._session, self._context = session, session.context
        self._kept: dict[str, KeptReport] | None = None
        """By id of a schedule; None before it is read."""
        self._running = set[str]()
        self._unreadable = set[str]()
        """Bodies of schedules whose damage was told."""
        self._making = asyncio.Lock()
        self._task: asyncio.Task[object] | None = None
        self._dropped = Event()

    def begin(self) -> None:
        """Starts looking, in the background."""
        self._task = self._context.loop.spawn(self._run(), name="reports")

    async def close(self) -> None:
        """Ends the looking; the report under way is dropped and made at the next start."""
        self._dropped.set()
        if self._task is not None:
            self._task.cancel()
            await asyncio.gather(self._task, return_exceptions=True)

    async def _run(self) -> None:
        await asyncio.sleep(FIRST_S)
        await repeat(self._session, self.look, EVERY_S, name="reports")

    async def look(self) -> None:
        """Makes every report that is due and was not made, and sends again what was not delivered."""
        zone = await self._context.run_blocking(lambda: zone_of(self._session.twin.site))  # it may be read from a file
        kept, now_ms = await self._known(), self._context.now_ms()
        for schedule in self._schedules():
            known = believed(kept.get(schedule.id, KeptReport()), now_ms)
            due_ms = last_due(schedule, now_ms, zone)
            wait = known.tries > 0 and (now_ms - known.tried_ms < AGAIN_MS or known.tries >= MOST_TRIES)
            fresh = known.due_ms < due_ms and due_ms >= schedule.since_ms
            if fresh and (known.period_ms != reported_ms(schedule, due_ms, zone) or not wait):
                await self._make(schedule, reported_ms(schedule, due_ms, zone), due_ms)
            elif known.unsent and not wait:
                await self._send_again(schedule, known)

    async def run(self, id: str) -> ReportStatus:
        """Makes a report now, of the newest period that is over. ProblemError where there is no such schedule, or it fails."""
        schedule, now_ms = self._find(id), self._context.now_ms()
        zone = await self._context.run_blocking(lambda: zone_of(self._session.twin.site))
        at_ms, due_ms = reported_ms(schedule, now_ms, zone), last_due(schedule, now_ms, zone)
        made = await self._make(schedule, at_ms, due_ms if reported_ms(schedule, due_ms, zone) == at_ms else None)
        if made.problems and not made.files:
            raise ProblemError(*made.problems)
        return self._status(schedule, made, enabled=True)

    async def statuses(self) -> tuple[ReportStatus, ...]:
        """Every readable schedule."""
        kept = await self._known()
        found = [(self._read(one.id), one.enabled) for one in self._session.twin.definitions.report_schedules]
        return tuple(
            self._status(one, kept.get(one.id, KeptReport()), enabled=enabled)
            for one, enabled in found
            if one is not None
        )

    async def file(self, id: str, name: str) -> tuple[str, int]:
        """Path and size of a file that was delivered last. ProblemError where it is none of the schedule's."""
        self._find(id)
        known = (await self._known()).get(id, KeptReport())
        found = next((one for one in known.files if one.name == name), None)
        if found is None:
            raise ProblemError(Problem(code="report.no_file", args={"name": name}))
        return str(reports_folder(self._context, self._session.path) / found.name), found.size

    # -- making

    async def _make(self, schedule: ReportSchedule, at_ms: int, due_ms: int | None) -> KeptReport:
        """Makes and delivers one report and keeps what became of it; failures are problems and rows of the event log."""
        async with self._making:
            before = believed((await self._known()).get(schedule.id, KeptReport()), self._context.now_ms())
            self._running.add(schedule.id)
            self._context.bus.publish(ReportsChanged())
            try:
                made = await self._made(schedule, at_ms, due_ms, before)
            finally:
                self._running.discard(schedule.id)
                self._context.bus.publish(ReportsChanged())
            self._note(schedule, made)
            await self._keep(schedule.id, made)
            return made

    async def _made(self, schedule: ReportSchedule, at_ms: int, due_ms: int | None, before: KeptReport) -> KeptReport:
        now_ms = self._context.now_ms()
        tries = before.tries + 1 if before.period_ms == at_ms and before.problems else 1
        tried = KeptReport(due_ms=before.due_ms, tried_ms=now_ms, tries=tries, made_ms=now_ms, period_ms=at_ms)
        try:
            report = await self._context.run_blocking(
                lambda: make_report(self._session, schedule, at_ms, self._dropped)
            )
        except ProblemError as error:
            return replace(tried, problems=error.problems)
        except asyncio.CancelledError:
            raise
        except Exception as error:
            self._context.report_unhandled(error, "report")
            return replace(tried, problems=(unexpected(error, "report"),))
        unsent, problems = await self._sent(schedule, report, schedule.mails, now_ms)
        return replace(
            tried, due_ms=max(before.due_ms, due_ms or 0), tries=tries if problems else 0, files=report.files,
            title=report.title, text=report.text, unsent=unsent, problems=problems,
        )  # fmt: skip

    async def _sent(
        self, schedule: ReportSchedule, report: MadeReport, mails: Sequence[ReportMail], made_ms: int
    ) -> tuple[tuple[ReportMail, ...], tuple[Problem, ...]]:
        if not mails:
            return (), ()
        return await deliver(self._session, schedule, report, mails, made_ms)

    async def _send_again(self, schedule: ReportSchedule, known: KeptReport) -> None:
        """Sends what was not delivered to those who are still recipients."""
        wanted = [one for one in known.unsent if one in schedule.mails]
        report = MadeReport(known.files, known.title, known.text)
        unsent, problems = await self._sent(schedule, report, wanted, known.made_ms or 0)
        now_ms = self._context.now_ms()
        tries = known.tries + 1 if problems else 0
        found = replace(known, unsent=unsent, problems=problems, tried_ms=now_ms, tries=tries)
        self._note(schedule, found)
        await self._keep(schedule.id, found)

    def _note(self, schedule: ReportSchedule, made: KeptReport) -> None:
        """Adds a row to the event log; problems are told at the first try and the last."""
        result = made.problems[0].code if made.problems else "done"
        body = {
            "what": schedule.id,
            "title": schedule.title,
            "result": result,
            "files": [one.name for one in made.files],
        }
        self._session.audit.add("report", body, who=author(), place="")
        if made.problems and made.tries in (1, MOST_TRIES):
            self._context.raise_problem(*made.problems)

    # -- what is kept

    async def _known(self) -> dict[str, KeptReport]:
        if self._kept is None:
            self._kept = await self._context.run_blocking(self._read_kept)
        return self._kept

    def _read_kept(self) -> dict[str, KeptReport]:
        try:
            stored = self._session.history.rules.memory().get(MEMORY, "{}")
            return msgspec.json.decode(stored, type=dict[str, KeptReport])
        except msgspec.MsgspecError:
            return {}

    async def _keep(self, id: str, found: KeptReport) -> None:
        """Keeps what became of a report; of schedules that are gone only when it was made, as an undo brings them back."""
        there = {one.id for one in self._session.twin.definitions.report_schedules}
        kept = {**(self._kept or {}), id: found}
        gone = sorted(kept.keys() - there, key=lambda key: kept[key].tried_ms)[-MOST_GONE:]
        self._kept = {key: value for key, value in kept.items() if key in there} | {
            key: replace(kept[key], tries=0, title="", text="", unsent=(), problems=()) for key in gone
        }
        body = msgspec.json.encode(self._kept).decode()
        with contextlib.suppress(ProblemError):  # the project is being closed: the report is made once more
            await asyncio.wrap_future(self._session.history.rules.keep(RuleRecord(memory={MEMORY: body})))
        self._context.bus.publish(ReportsChanged())

    # -- schedules

    def _schedules(self) -> list[ReportSchedule]:
        """Those that are on and can be read."""
        found = (self._read(one.id) for one in self._session.twin.definitions.report_schedules if one.enabled)
        return [one for one in found if one is not None]

    def _read(self, id: str) -> ReportSchedule | None:
        """A schedule; None where it cannot be read, which is told once."""
        found = self._session.twin.definitions.find(DefinitionKind.REPORT_SCHEDULE, id)
        if found is None:
            return None
        try:
            return cast("ReportSchedule", read_body(DefinitionKind.REPORT_SCHEDULE, found))
        except ProblemError as error:
            if found.body not in self._unreadable:
                self._unreadable.add(found.body)
                self._context.raise_problem(*error.problems)
            return None

    def _find(self, id: str) -> ReportSchedule:
        found = self._read(id)
        if found is None:
            raise ProblemError(unknown("report_schedule", id))
        return found

    def _status(self, schedule: ReportSchedule, known: KeptReport, *, enabled: bool) -> ReportStatus:
        zone = zone_of(self._session.twin.site)
        return ReportStatus(
            id=schedule.id, next_ms=next_due(schedule, self._context.now_ms(), zone) if enabled else None,
            running=schedule.id in self._running, last_ms=known.made_ms, period_ms=known.period_ms, files=known.files,
            problems=known.problems,
        )  # fmt: skip
