"""The evidence of a complaint as a document: what is known about a room at a moment, the day, and what was set."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from app.engine.comfort_reports import ComfortAccounts
from app.engine.reports.report_parts import (
    ReportSource,
    moment_text,
    percent,
    report_labels,
    temperature,
    unknown_rule,
)  # fmt: skip
from app.i18n import current_language, sentence, tr
from app.i18n.numbers import format_decimal
from app.site_time import zone_name
from twin.insight.comfort_texts import air_texts, assumption_text, command_text, verdict_text
from twin.model.ids import RoomId
from twin.model.room_comfort import ComfortAssumptions, ComfortEvidence
from twin.model.twin import Twin
from twin.share.handover import redacted
from twin.share.report_document import (
    Amount,
    Block,
    KeyFigure,
    KeyFigures,
    ReportDocument,
    ReportLines,
    ReportSection,
)


def evidence_document(room: RoomId, assumed: ComfortAssumptions) -> Callable[[ReportSource], ReportDocument]:
    """Composes the evidence of a room at the moment `at_ms` of a source. Raises ProblemError: unknown room, called off."""

    def compose(source: ReportSource) -> ReportDocument:
        accounts = ComfortAccounts(source.twin, source.history, source.setup.outdoor, source.dropped)
        found = accounts.evidence(room, source.at_ms, source.now_ms, assumed)
        source.step(0.8)
        return _document(found, assumed, source)

    return compose


def _document(found: ComfortEvidence, assumed: ComfortAssumptions, source: ReportSource) -> ReportDocument:
    twin, zone = source.twin, source.zone
    room = twin.room_of[found.room]
    storey = twin.storey_of.get(room.storey)
    facts = (
        (tr("Building"), twin.name),
        (tr("Room"), ", ".join(filter(None, (room.title, storey.name if storey is not None else "")))),
        (tr("Time of the complaint"), moment_text(found.time_ms, zone)),
        (tr("Time zone"), zone_name(twin.site)),
        (tr("Made"), tr("{time} by Oikos", time=moment_text(source.now_ms, zone))),
    )
    sections = (
        ReportSection(tr("At that time"), (_values(found),)),
        ReportSection(tr("The day"), tuple(_day(found))),
        ReportSection(tr("What was set in the day before"), (_commands(found, twin),)),
        ReportSection(
            tr("Sources and assumptions"),
            (ReportLines((unknown_rule(), sentence(assumption_text(assumed))), small=True),),
        ),
    )
    return ReportDocument(
        title=tr("Evidence of {name}", name=room.title), building=twin.name, period="", facts=facts, sections=sections,
        labels=report_labels(), language=current_language(), number=format_decimal,
    )  # fmt: skip


def _values(found: ComfortEvidence) -> KeyFigures:
    return KeyFigures(
        (
            KeyFigure(tr("Temperature"), _degrees(found.temperature_c)),
            KeyFigure(tr("Outdoor temperature"), _degrees(found.outdoor_c)),
            KeyFigure(tr("Humidity"), Amount(found.humidity, 0, "%RH")),
            KeyFigure(tr("CO₂"), Amount(found.co2_ppm, 0, "ppm")),
            KeyFigure(tr("PMV (ISO 7730)"), Amount(found.pmv, 2)),
            KeyFigure(tr("Would be dissatisfied"), percent(None if found.ppd is None else found.ppd / 100)),
        )
    )


def _degrees(celsius: float | None) -> Amount:
    return Amount(None) if celsius is None else temperature(celsius)


def _day(found: ComfortEvidence) -> Iterator[Block]:
    if found.day is None:
        yield ReportLines((tr("Nothing of this day is known."),))
    else:
        yield ReportLines(tuple(map(sentence, (verdict_text(found.day), *air_texts(found.day)))))


def _commands(found: ComfortEvidence, twin: Twin) -> ReportLines:
    lines = tuple(redacted(sentence(command_text(one, twin))) for one in found.commands)
    return ReportLines(lines or (tr("Nothing was set in this room."),))
