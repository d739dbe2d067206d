"""The comfort report as a document: exposure, air and damp per room, and what changed."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from math import isfinite

import numpy as np

from app.engine.comfort_reports import ComfortAccounts
from app.engine.reports.report_parts import (
    ReportSource,
    day_time_text,
    degree_hours,
    framed,
    interval_labels,
    percent,
    temperature,
    unknown_rule,
)  # fmt: skip
from app.i18n import sentence, tr
from app.i18n.numbers import format_decimal
from twin.insight.comfort_texts import assumption_text, verdict_text
from twin.model.energy import EnergySpan
from twin.model.ids import RoomId
from twin.model.room_comfort import ComfortAssumptions, ComfortReport, RoomComfort
from twin.share.report_document import (
    Amount,
    BarChart,
    Block,
    Cell,
    KeyFigure,
    KeyFigures,
    ReportDocument,
    ReportGrid,
    ReportLines,
    ReportSection,
)

TOLERATED = 0.05
"""Share of the occupied time outside comfort that EN 16798-2 tolerates."""
MOULD = 80.0
"""Relative humidity at a wall from which mould can grow, %."""


def comfort_document(source: ReportSource) -> ReportDocument:
    """Composes the report. Raises ProblemError where it is called off."""
    accounts = ComfortAccounts(source.twin, source.history, source.setup.outdoor, source.dropped, source.untold)
    report = accounts.report(source.span, source.at_ms, source.now_ms, ComfortAssumptions())
    source.step(0.5)
    before = accounts.report(source.span, report.before_ms, source.before()[1], ComfortAssumptions())
    source.step(0.8)
    earlier = {one.room: one for one in before.rooms}
    sections = [
        ReportSection(tr("At a glance"), tuple(_glance(report, before, source))),
        ReportSection(tr("Rooms"), (_rooms(report, source, earlier), *_verdicts(report, source))),
        ReportSection(tr("Air and damp"), (_air(report, source),)),
    ]
    return framed(tr("Comfort report"), source, sections, assumptions=tuple(_assumptions(report)))


def _outside(report: ComfortReport) -> float | None:
    """Share of all known minutes outside comfort; None where nothing is known."""
    minutes = [one.minutes for one in report.rooms if one.minutes is not None]
    total = sum(sum(one) for one in minutes)
    return sum(one[3] for one in minutes) / total if total > 0 else None


def _glance(report: ComfortReport, before: ComfortReport, source: ReportSource) -> Iterator[Block]:
    judged = [one for one in report.rooms if one.minutes is not None]
    over = sum(one.outside_share > TOLERATED for one in judged)
    outside, earlier = _outside(report), _outside(before)
    note = "" if earlier is None else tr("{percent} % in the period before", percent=format_decimal(100 * earlier, 1))
    high = [one for one in report.rooms if one.co2_minutes is not None]
    stale = [one for one in high if one.co2_minutes is not None and one.co2_minutes[1] > 0]
    damp = [one for one in report.rooms if one.surface_humidity is not None]
    wet = sum((one.surface_humidity or 0.0) >= MOULD for one in damp)
    unjudged = len(report.rooms) - len(judged)
    figures = [
        KeyFigure(tr("Time outside comfort"), percent(outside, 1), note),
        KeyFigure(tr("Rooms outside for more than 5 % of the time"), Amount(float(over) if judged else None), tr("of {count} judged rooms", count=len(judged))),
        KeyFigure(tr("Rooms above 1,400 ppm CO₂"), Amount(float(len(stale)) if high else None), tr("of {count} with a CO₂ sensor", count=len(high))),
        KeyFigure(tr("Rooms at risk of mould"), Amount(float(wet) if damp else None), tr("of {count} whose wall can be judged", count=len(damp))),
    ]  # fmt: skip
    yield KeyFigures(tuple(figures))
    if unjudged:
        yield ReportLines(
            (tr("Rooms without a verdict, as less than half of the period was recorded: {count}.", count=unjudged),)
        )
    if not report.rooms:
        yield ReportLines((tr("No room with a temperature sensor was recorded in this period."),))
    days = [one.daily for one in report.rooms if one.daily is not None]
    if days and source.span is not EnergySpan.DAY:
        yield _daily(report, np.stack(days), source)


def _daily(report: ComfortReport, days: np.ndarray, source: ReportSource) -> BarChart:
    known = np.isfinite(days)
    counts = known.sum(axis=0)
    means = np.divide(
        np.where(known, days, 0.0).sum(axis=0), counts, out=np.full(days.shape[1], np.nan), where=counts > 0
    )
    if source.span is EnergySpan.YEAR:
        edges = source.period.edges_ms
        month = np.searchsorted(edges, report.days_ms[: len(means)], side="right") - 1
        means = np.array(
            [np.nanmean(means[month == n]) if np.isfinite(means[month == n]).any() else np.nan for n in range(12)]
        )
    title = tr("Time outside category B, mean of the rooms")
    return BarChart(title, interval_labels(source.period, source.zone), tuple((100 * means).tolist()), "%")


def _rooms(report: ComfortReport, source: ReportSource, earlier: Mapping[RoomId, RoomComfort]) -> ReportGrid:
    def share(one: RoomComfort | None) -> float | None:
        return one.outside_share if one is not None and isfinite(one.outside_share) else None

    rows: list[tuple[Cell, ...]] = [
        (
            source.twin.room_of[one.room].title, temperature(one.mean_c), temperature(one.low_c), temperature(one.high_c),
            percent(share(one), 1), percent(share(earlier.get(one.room)), 1), _hours(one.too_cold), _hours(one.too_warm),
            degree_hours(one.degree_hours), day_time_text(one.worst_ms, source.zone), percent(one.coverage),
        )
        for one in report.rooms
        if one.room in source.twin.room_of
    ]  # fmt: skip
    head = (
        tr("Room"), tr("Mean"), tr("Lowest"), tr("Highest"), tr("Outside"), tr("Before"), tr("Too cold"), tr("Too warm"),
        tr("Exposure"), tr("Worst"), tr("Coverage"),
    )  # fmt: skip
    return ReportGrid(tr("Comfort by room"), head, tuple(rows), empty=tr("No room has a temperature sensor."))


def _hours(minutes: float | None) -> Amount:
    return Amount(None if minutes is None else minutes / 60, 1, tr("h"))


def _verdicts(report: ComfortReport, source: ReportSource) -> Iterator[Block]:
    worst = [one for one in report.rooms if isfinite(one.outside_share) and one.outside_share > TOLERATED][:5]
    lines = [
        f"{source.twin.room_of[one.room].title}: {sentence(verdict_text(one))}"
        for one in worst
        if one.room in source.twin.room_of
    ]
    if lines:
        yield ReportLines(tuple(lines))


def _air(report: ComfortReport, source: ReportSource) -> ReportGrid:
    rows: list[tuple[Cell, ...]] = []
    for one in report.rooms:
        if one.room not in source.twin.room_of:
            continue
        co2 = one.co2_minutes
        rows.append(
            (
                source.twin.room_of[one.room].title, Amount(one.co2_mean if co2 else None, 0, "ppm"),
                Amount(one.co2_high if co2 else None, 0, "ppm"), _hours(co2[0] if co2 else None),
                _hours(co2[1] if co2 else None), Amount(one.air_changes, 2, tr("/h")), Amount(one.humidity, 0, "%RH"),
                temperature(one.dew_point_c), Amount(one.surface_humidity, 0, "%RH"),
            )
        )  # fmt: skip
    head = (
        tr("Room"), tr("CO₂ mean"), tr("CO₂ highest"), tr("Above 1,000 ppm"), tr("Above 1,400 ppm"), tr("Air changes"),
        tr("Humidity"), tr("Dew point"), tr("Humidity at the wall"),
    )  # fmt: skip
    return ReportGrid(tr("Air and damp by room"), head, tuple(rows), empty=tr("No room has a temperature sensor."))


def _assumptions(report: ComfortReport) -> Iterator[str]:
    yield unknown_rule()
    yield tr(
        "Rooms are judged while they are occupied, and at all hours where presence is not known. Outside means outside category"
        " C of ISO 7730 (adaptive: III of EN 16798-1); exposure is the excess in degrees times its hours."
    )
    yield sentence(assumption_text(report.assumptions))
    yield tr(
        "Humidity at the wall is the highest mean of 24 hours at the coldest wall (temperature factor 0.7, DIN 4108-2); from 80 % on mould can grow."
    )
    yield from (sentence(one) for one in report.notes)
