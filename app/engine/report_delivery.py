"""Makes scheduled reports: composes them, writes their files into the folder of reports, and sends them by e-mail."""

from __future__ import annotations

import re
from collections.abc import Iterable
from dataclasses import dataclass, replace
from pathlib import Path
from threading import Event
from typing import cast

from app.engine.channel_secret import channel_secret
from app.engine.context import EngineContext
from app.engine.energy_reports import kept_setup
from app.engine.exporting import own_files
from app.engine.notification_sending import Attachment, NotSentError, send
from app.engine.privacy_setup import SETTING, PrivacySetup
from app.engine.report_due import period_code, schedule_of
from app.engine.reports.report_parts import ReportSource
from app.engine.reports.report_writing import DOCUMENTS, write_document
from app.engine.session import ProjectSession
from app.i18n import set_context_language, translate
from app.i18n.numbers import set_temperature_unit
from app.settings import REPORTS_FOLDER, TEMPERATURE_UNIT
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.insight.calendar_span import span_at
from twin.model.building_report import ReportFile, ReportFormat
from twin.model.definition import DefinitionKind
from twin.model.energy import EnergySpan
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin
from twin.rules.definition_body import read_body
from twin.rules.notification import ChannelKind, Message, MessageKind, NotificationChannel, message_id
from twin.rules.report_schedule import ReportMail, ReportSchedule
from twin.share.report_document import KeyFigures, ReportDocument

MEDIA_TYPES = {
    ReportFormat.PDF: "application/pdf",
    ReportFormat.XLSX: "application/vnd.openxmlformats-officedocument.spreadsheetml.sheet",
}
LARGEST_MAIL = 20 * 1024 * 1024
"""Most bytes of attachments; many servers refuse more than 25 MB with their encoding."""
_NO_NAME = re.compile(r'[<>:"/\\|?*]')


@dataclass(frozen=True, slots=True)
class MadeReport:
    """A report that was written: its files, and the text of the message that goes with them."""

    files: tuple[ReportFile, ...]
    title: str
    text: str


def reports_folder(context: EngineContext, project: Path) -> Path:
    """Folder of the scheduled reports: the one that is set, else beside the project."""
    chosen = context.settings.text(REPORTS_FOLDER)
    return Path(chosen) if chosen else project.with_name(f"{project.stem} reports")


def source_of(session: ProjectSession, span: EnergySpan, at_ms: int, dropped: Event) -> ReportSource:
    """What a report of the open project is composed from. Blocks."""
    privacy = PrivacySetup.of(session.project.setting(SETTING))
    return ReportSource(
        twin=privacy.shown_twin(session.twin), untold=privacy.untold(session.twin),
        metered=session.twin, places=privacy.told_places, history=session.history,
        setup=kept_setup(session.project), span=span,
        at_ms=at_ms, now_ms=session.context.now_ms(), dropped=dropped,
    )  # fmt: skip


def make_report(session: ProjectSession, schedule: ReportSchedule, at_ms: int, dropped: Event) -> MadeReport:
    """Composes the report of the period that contains `at_ms` and writes its files. Blocks. Raises ProblemError."""
    set_context_language(schedule.language)
    set_temperature_unit(session.context.settings.text(TEMPERATURE_UNIT))
    document = DOCUMENTS[schedule.report](source_of(session, schedule.every, at_ms, dropped))
    folder = reports_folder(session.context, session.path)
    try:
        folder.mkdir(parents=True, exist_ok=True)
    except OSError as error:  # the name alone: clients of other machines are told, too
        raise ProblemError(os_problem(error, folder.name, code="report.folder")) from error
    period = span_at(schedule.every, at_ms, source_of(session, schedule.every, at_ms, dropped).zone)
    title = schedule.title or document.title
    named = _file_name(session.twin.name, title)
    stem = " ".join(filter(None, (named, _distinction(session.twin, schedule), period_code(period))))
    never, files = own_files(session.project), list[ReportFile]()
    for format in dict.fromkeys(schedule.formats):
        out = folder / f"{stem}.{format.value}"
        try:
            size = write_document(document, out, never=never, step=lambda: _stop_if(dropped))
        except ProblemError as error:
            raise ProblemError(
                *(replace(one, where=out.name if one.where else "") for one in error.problems)
            ) from error
        files.append(ReportFile(name=out.name, size=size))
    heading = f"{title}: {session.twin.name}, {document.period}"
    return MadeReport(tuple(files), heading, message_text(document))


def _file_name(building: str, title: str) -> str:
    """Both as the first part of a file's name."""
    return _NO_NAME.sub(" ", clean_name(f"{building} {title}", 100)).strip(". ")


def _distinction(twin: Twin, schedule: ReportSchedule) -> str:
    """What tells the files of a schedule from those of others with its title and period: kind, language or id; empty where
    there are none."""
    found = (schedule_of(twin, one.id) for one in twin.definitions.report_schedules if one.id != schedule.id)
    name = _file_name(twin.name, schedule.title).casefold()
    same = [
        one
        for one in found
        if one is not None and one.every is schedule.every and _file_name(twin.name, one.title).casefold() == name
    ]
    if not same:
        return ""
    if schedule.report not in {one.report for one in same}:
        return schedule.report.value
    if (schedule.report, schedule.language) not in {(one.report, one.language) for one in same}:
        return f"{schedule.report.value} {schedule.language}"
    return schedule.id


def _stop_if(dropped: Event) -> None:
    if dropped.is_set():
        raise ProblemError(Problem(code="report.dropped"))


def message_text(document: ReportDocument) -> str:
    """The figures of the report's first section, a line each, for the message."""
    figures = [one for block in document.sections[0].blocks if isinstance(block, KeyFigures) for one in block.figures]
    return "\n".join(
        f"{one.label}: {document.text(one.value)}" + (f" ({one.note})" if one.note else "") for one in figures
    )


async def deliver(
    session: ProjectSession, schedule: ReportSchedule, made: MadeReport, mails: Iterable[ReportMail], made_ms: int
) -> tuple[tuple[ReportMail, ...], tuple[Problem, ...]]:
    """Sends the report to each recipient; those that were not reached, with the reasons."""
    left, problems = list[ReportMail](), list[Problem]()
    attached: _Attached | None = None
    for mail in mails:
        try:
            channel = _channel(session, mail)
            if channel.kind is not ChannelKind.EMAIL:
                await _deliver(session, schedule, made, mail, channel, made_ms, _Attached())
                continue
            if attached is None:
                attached = await session.context.run_blocking(lambda: _attachments(session, schedule, made))
            await _deliver(session, schedule, made, mail, channel, made_ms, attached)
        except ProblemError as error:
            left.append(mail)
            problems += error.problems
    return tuple(left), tuple(problems)


async def _deliver(
    session: ProjectSession, schedule: ReportSchedule, made: MadeReport, mail: ReportMail, channel: NotificationChannel,
    made_ms: int, attached: _Attached,
) -> None:  # fmt: skip
    id = message_id("report", schedule.id, made_ms, mail.channel, mail.to)
    message = Message(id=id, kind=MessageKind.NOTICE, time_ms=made_ms, title=made.title, text=made.text + attached.more)
    context = session.context
    try:
        secret = await context.run_blocking(lambda: channel_secret(context.secrets, channel))
        await send(channel, secret, mail.to, message, id, attached.files)
    except NotSentError as error:
        args = {"title": schedule.title or made.title, "why": error.reason}
        where = mail.to or channel.title
        raise ProblemError(Problem(code="notify.report", args=args, where=where, detail=error.detail)) from error


def _channel(session: ProjectSession, mail: ReportMail) -> NotificationChannel:
    found = session.twin.definitions.find(DefinitionKind.CHANNEL, mail.channel)
    if found is None:
        raise ProblemError(Problem(code="notify.report_channel", where=mail.to))
    return cast("NotificationChannel", read_body(DefinitionKind.CHANNEL, found))


@dataclass(frozen=True, slots=True)
class _Attached:
    """What goes with an e-mail: files, and more text."""

    files: tuple[Attachment, ...] = ()
    more: str = ""


def _attachments(session: ProjectSession, schedule: ReportSchedule, made: MadeReport) -> _Attached:
    """The files of the report, or a sentence where they are too large for e-mail. Blocks. Raises ProblemError where one is
    gone."""
    folder = reports_folder(session.context, session.path)
    if sum(one.size for one in made.files) > LARGEST_MAIL:
        set_context_language(schedule.language)
        names = ", ".join(one.name for one in made.files)
        return _Attached(more=f"\n\n{translate('report.too_large', names=names)}")
    found = list[Attachment]()
    for one in made.files:
        try:
            format = ReportFormat(Path(one.name).suffix.removeprefix("."))
            found.append(Attachment(one.name, MEDIA_TYPES[format], regular(folder / one.name).read_bytes()))
        except OSError as error:
            raise ProblemError(Problem(code="report.no_file", args={"name": one.name})) from error
    return _Attached(tuple(found))
