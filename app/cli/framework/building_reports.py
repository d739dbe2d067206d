"""Reports of `oikos report`: energy, comfort, alarms and availability as a file, and their schedules."""

from __future__ import annotations

import argparse
from concurrent.futures import Future, wait
from pathlib import Path
from time import monotonic
from typing import TYPE_CHECKING, cast

from app.cli.framework.beside_engine import is_url
from app.cli.framework.output import columns, utc
from app.cli.framework.terminal_progress import ShowProgress, terminal_progress
from app.cli.framework.verb import Outcome
from app.i18n import current_language, known_languages, problem_json, sentence, tr, translate, what

if TYPE_CHECKING:
    from app.engine.engine import Engine
    from app.server.network_engine import NetworkEngine
    from twin.model.building_report import ReportFile, ReportStatus
    from twin.model.definition import Definition, DefinitionEdit
    from twin.model.energy import EnergySpan
    from twin.model.twin import Twin
    from twin.rules.report_schedule import ReportMail, ReportSchedule

KINDS = ("energy", "comfort", "alarms", "availability")
LIST, ADD, SET, REMOVE, RUN, ON, OFF, FOLDER = "list", "add", "set", "remove", "run", "on", "off", "folder"
ACTIONS = (LIST, ADD, SET, REMOVE, RUN, ON, OFF, FOLDER)
SPANS = ("day", "week", "month", "year")
WEEKDAYS = ("mon", "tue", "wed", "thu", "fri", "sat", "sun")
FORMATS = ("pdf", "xlsx")
JOB = "report"
"""Name of the job under which an engine makes a report."""
COMPOSED = 0.9
"""Share of a report that is done once it is composed and is to be written."""
BEAT_S = 0.1
FAR_S = 600.0
"""Longest time (seconds) to wait for a report of another machine."""


def schedule_arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments of reports by period, and of their schedules."""
    parser.add_argument("action", nargs="?", choices=ACTIONS, metavar="ACTION", help=", ".join(ACTIONS))
    parser.add_argument("name", nargs="?", metavar="NAME", help="with schedule: its title or id, or the folder")
    parser.add_argument(
        "--period", metavar="P", help="2026, 2026-10, 2026-W41 or 2026-10-05 (the newest month that is over)"
    )
    parser.add_argument("--about", choices=KINDS, help="with add, set: what is reported (energy)")
    parser.add_argument("--every", choices=SPANS, help="with add, set: each day, week, month or year (month)")
    parser.add_argument("--on", dest="weekday", choices=WEEKDAYS, help="with add, set: the day of a weekly one (mon)")
    parser.add_argument("--day", metavar="N", help="with add, set: the day of the month, or of a year 02-15 (1)")
    parser.add_argument("--at", dest="time", metavar="HH:MM", help="with add, set: the time of day (07:00)")
    parser.add_argument("--format", dest="formats", metavar="F", help="with add, set: pdf, xlsx or pdf,xlsx (pdf)")
    parser.add_argument(
        "--language", choices=tuple(known_languages()), help="with add, set: the language of the report"
    )
    parser.add_argument(
        "--mail", action="append", metavar="CHANNEL=ADDRESS", help="with add, set: sent there, too; - for nobody"
    )


def written_report(args: argparse.Namespace) -> Outcome:
    """Writes one report; others may have the project open."""
    out = Path(args.out)
    if is_url(args.project):
        return _from_afar(args, out)
    from threading import Event

    from app.cli.framework.project_access import reading
    from app.engine.clock import utc_ms
    from app.engine.energy_reports import kept_setup
    from app.engine.exporting import own_files
    from app.engine.privacy_setup import SETTING, PrivacySetup
    from app.engine.reports.report_parts import ReportSource
    from app.engine.reports.report_writing import DOCUMENTS, report_format, write_document
    from app.i18n.numbers import set_temperature_unit
    from app.settings import TEMPERATURE_UNIT, Settings, home
    from twin.model.building_report import ReportKind
    from twin.model.text import Text

    report_format(out)
    with reading(args.project) as project:
        span, at_ms = period_of(args, project.twin, utc_ms())
        set_temperature_unit(Settings.load(home()).text(TEMPERATURE_UNIT))
        title, privacy = sentence(Text("job.report")), PrivacySetup.of(project.project.setting(SETTING))
        with terminal_progress(JOB, as_json=args.json) as show:
            source = ReportSource(
                twin=privacy.shown_twin(project.twin), untold=privacy.untold(project.twin), metered=project.twin, places=privacy.told_places, history=project.history, setup=kept_setup(project.project), span=span,
                at_ms=at_ms, now_ms=utc_ms(), dropped=Event(), progress=lambda share: show(title, COMPOSED * share),
            )  # fmt: skip
            show(title, 0.0)
            document = DOCUMENTS[ReportKind(args.kind)](source)
            show(title, COMPOSED)
            size = write_document(document, out, force=args.force, never=own_files(project.project), step=source.step)
            show(title, 1.0)
        return _written(out, size, document.period)


def _from_afar(args: argparse.Namespace, out: Path) -> Outcome:
    from app.cli.framework.far_engine import attached_far
    from twin.model.building_report import ReportKind

    with attached_far(args.project) as remote:
        span, at_ms = period_of(args, remote.twin, remote.now_ms())
        with terminal_progress(JOB, as_json=args.json) as show:
            asked = remote.write_report(ReportKind(args.kind), span, at_ms, str(out), current_language())
            found = _followed(remote, asked, show)
    return _written(out, found.size, args.period or "")


def _followed(remote: NetworkEngine, asked: Future[ReportFile], show: ShowProgress) -> ReportFile:
    """The file, once it is there; Ctrl+C cancels the report on the other machine, too."""
    from twin.model.change import Progress

    end_s = monotonic() + FAR_S
    try:
        while not asked.done() and monotonic() < end_s:
            for change in remote.inbox.drain()[1]:
                if isinstance(change, Progress) and change.job == JOB:
                    show(sentence(change.title), change.fraction)
            wait((asked,), BEAT_S)
        return asked.result(0)
    except KeyboardInterrupt:
        remote.cancel(JOB)
        raise


def _written(out: Path, size: int, period: str) -> Outcome:
    line = translate("cli.report.made", file=str(out), kb=max(1, round(size / 1024)))
    return Outcome({"file": str(out), "size": size, "period": period}, (line,))


def period_of(args: argparse.Namespace, twin: Twin, now_ms: int) -> tuple[EnergySpan, int]:
    """Length of the period that is asked for, and an instant in it (UTC ms)."""
    from datetime import date

    from app.site_time import zone_of
    from twin.insight.calendar_span import midnight, span_at
    from twin.model.energy import EnergySpan

    zone, text = zone_of(twin.site), args.period
    if text is None:
        return EnergySpan.MONTH, span_at(EnergySpan.MONTH, now_ms, zone).before_ms
    try:
        if "W" in text:
            return EnergySpan.WEEK, midnight(date.fromisoformat(f"{text}-1"), zone)
        span = {1: EnergySpan.YEAR, 2: EnergySpan.MONTH, 3: EnergySpan.DAY}[len(text.split("-"))]
        whole = text + {EnergySpan.YEAR: "-01-01", EnergySpan.MONTH: "-01"}.get(span, "")
        return span, midnight(date.fromisoformat(whole), zone)
    except (ValueError, KeyError):
        args.refuse(translate("cli.usage.period", text=text[:40]))
        raise


def scheduled(args: argparse.Namespace) -> Outcome:
    """Lists the schedules of reports, or carries out the action."""
    from app.cli.framework.project_access import working

    action = args.action or LIST
    if action not in (LIST, FOLDER) and not args.name:
        args.refuse(translate("cli.usage.report_schedule"))
    with working(args.project, links=()) as engine:
        if action == FOLDER and args.name is not None:
            from app.settings import REPORTS_FOLDER

            chosen = "" if args.name == "-" else str(Path(args.name).absolute())
            engine.change_engine_setting(REPORTS_FOLDER, chosen).result()
        elif action == RUN:
            status = engine.run_report(_named(str(args.name), engine.twin).id).result()
            return Outcome(_row(status, engine.twin), tuple(_lines((status,), engine)), status.problems)
        elif action not in (LIST, FOLDER):
            engine.change_definitions([_edit(args, engine)]).result()
        statuses = engine.report_schedules().result()
        document = {"folder": _folder(engine), "schedules": [_row(one, engine.twin) for one in statuses]}
        return Outcome(document, tuple(_lines(statuses, engine)))


def _folder(engine: Engine) -> str | None:
    """The folder of the reports; None for those who ask from another machine."""
    from app.author import origin
    from app.engine.report_delivery import reports_folder

    return None if origin() else str(reports_folder(engine.context, engine.session.path))


def _named(name: str, twin: Twin) -> Definition:
    from app.engine.problems import unknown
    from twin.model.problem import ProblemError

    there = twin.definitions.report_schedules
    titled = [one for one in there if one.title.casefold() == name.casefold()]
    found = next((one for one in there if one.id == name), titled[0] if len(titled) == 1 else None)
    if found is None:
        raise ProblemError(unknown("report_schedule", name))
    return found


def _edit(args: argparse.Namespace, engine: Engine) -> DefinitionEdit:
    from dataclasses import replace as changed
    from secrets import randbits

    from twin.model.definition import DefinitionEdit, DefinitionKind
    from twin.rules.definition_body import definition_of, read_body
    from twin.rules.report_schedule import ReportSchedule

    kind = DefinitionKind.REPORT_SCHEDULE
    if args.action == ADD:
        new = ReportSchedule(id=f"report-{randbits(32):08x}", title=args.name, language=current_language())
        schedule = _with_options(args, new, engine)
        return DefinitionEdit(kind, schedule.id, definition_of(schedule))
    found = _named(args.name, engine.twin)
    if args.action == REMOVE:
        return DefinitionEdit(kind, found.id)
    if args.action in (ON, OFF):
        return DefinitionEdit(kind, found.id, changed(found, enabled=args.action == ON))
    schedule = _with_options(args, cast("ReportSchedule", read_body(kind, found)), engine)
    return DefinitionEdit(kind, found.id, definition_of(schedule, enabled=found.enabled))


def _with_options(args: argparse.Namespace, schedule: ReportSchedule, engine: Engine) -> ReportSchedule:
    """The schedule as the options change it. Ends with a usage error where one cannot be read."""
    from msgspec.structs import replace

    from twin.model.building_report import ReportFormat, ReportKind
    from twin.model.energy import EnergySpan

    more: dict[str, object] = {"since_ms": engine.now_ms()}
    try:
        if args.about:
            more["report"] = ReportKind(args.about)
        if args.every:
            more["every"] = EnergySpan(args.every)
        if args.weekday:
            more["weekday"] = WEEKDAYS.index(args.weekday)
        if args.day:
            month, _, day = args.day.rpartition("-")
            more |= {"day": int(day), "month": int(month or 1)}
        if args.time:
            hour, minute = args.time.split(":")
            more["minute"] = 60 * int(hour) + int(minute)
        if args.formats:
            more["formats"] = tuple(map(ReportFormat, args.formats.split(",")))
    except ValueError:
        args.refuse(translate("cli.usage.report_schedule"))
    if args.language:
        more["language"] = args.language
    if args.mail:
        more["mails"] = tuple(_mail(one, engine.twin, args) for one in args.mail if one != "-")
    return replace(schedule, **more)


def _mail(text: str, twin: Twin, args: argparse.Namespace) -> ReportMail:
    from app.engine.problems import unknown
    from twin.model.problem import ProblemError
    from twin.rules.report_schedule import ReportMail

    name, equals, to = text.partition("=")
    if not equals:
        args.refuse(translate("cli.usage.report_schedule"))
    found = next((one for one in twin.definitions.channels if name in (one.id, one.title)), None)
    if found is None:
        raise ProblemError(unknown("channel", name))
    return ReportMail(channel=found.id, to=to)


def _row(status: ReportStatus, twin: Twin) -> dict[str, object]:
    """JSON of a schedule and what became of its last report."""
    import msgspec

    from app.engine.report_due import schedule_of

    found = schedule_of(twin, status.id)
    return {
        "schedule": None if found is None else msgspec.to_builtins(found),
        "id": status.id, "next": utc(status.next_ms), "running": status.running, "last": utc(status.last_ms),
        "period": utc(status.period_ms), "files": [{"name": one.name, "size": one.size} for one in status.files],
        "last_problems": [problem_json(one) for one in status.problems],
    }  # fmt: skip


def _lines(statuses: tuple[ReportStatus, ...], engine: Engine) -> list[str]:
    from app.engine.report_due import schedule_of

    rows: list[tuple[object, ...]] = []
    for one in statuses:
        found = schedule_of(engine.twin, one.id)
        if found is not None:
            result = what(one.problems[0]) if one.problems else " ".join(file.name for file in one.files)
            rows.append(
                (found.title, found.report.value, found.every.value, utc(one.next_ms) or tr("off"), result, one.id)
            )
    lines = columns(rows, ("name", "report", "every", "next", "result", "id")) or [translate("cli.report.none")]
    folder = _folder(engine)
    return [*lines, translate("cli.report.folder", folder=folder)] if folder else lines
