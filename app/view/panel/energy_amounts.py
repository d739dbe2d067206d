"""Texts and bars of energy reports: amounts, changes, periods."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QDateTime, QLocale

from app.i18n import date_pattern, tr
from app.i18n.numbers import format_decimal
from app.view.chart.use_bars import BarValues
from app.view.formatting import format_date
from app.view.site_clock import moment_in
from twin.model.energy import EnergyReport, EnergySpan, MediumReport
from twin.model.room_comfort import ComfortReport
from twin.rules.alarm_metrics import AlarmMetricsReport

_NOON_MS = 12 * 3_600_000


def amount(value: float, unit: str) -> str:
    """An amount with its unit; a dash where it is unknown."""
    if not np.isfinite(value):
        return "–"
    digits = 2 if abs(value) < 10 else 1 if abs(value) < 1000 else 0
    return f"{format_decimal(value, digits)} {unit}"


def change_text(total: float, before: float) -> str:
    """Change against the period before, `+12 %`; empty where one of them is unknown."""
    if not np.isfinite(total) or not np.isfinite(before) or before <= 0:
        return ""
    percent = 100 * (total / before - 1)
    if abs(percent) < 0.5:
        return "±0 %"
    return f"{'+' if percent >= 0 else ''}{format_decimal(percent)} %"


def _local(report: EnergyReport | ComfortReport | AlarmMetricsReport, at_ms: int) -> QDateTime:
    """A time (UTC ms) on the clock of the site."""
    return moment_in(report.zone, at_ms)


def period_text(report: EnergyReport | ComfortReport | AlarmMetricsReport) -> str:
    """The period as text: `24 Nov 2026`, `23–29 Nov 2026`, `November 2026`, `2026`."""
    begin = _local(report, report.from_ms + _NOON_MS)
    match report.span:
        case EnergySpan.DAY:
            return format_date(begin, "yMMMd")
        case EnergySpan.WEEK:
            end = _local(report, report.to_ms - _NOON_MS)
            year_first = date_pattern("yMMMd").startswith("y")
            first, last = ("yMMMd", "MMMd") if year_first else ("MMMd", "yMMMd")
            return f"{format_date(begin, first)} – {format_date(end, last)}"
        case EnergySpan.MONTH:
            return format_date(begin, "yMMM")
        case EnergySpan.YEAR:
            return str(begin.date().year())


def _bar_label(span: EnergySpan, when: QDateTime) -> str:
    """Text below a bar: the hour, the weekday, the day of the month, or the month."""
    match span:
        case EnergySpan.DAY:
            return format_date(when, "Hm")
        case EnergySpan.WEEK:
            return format_date(when, "Ed")
        case EnergySpan.MONTH:
            return str(when.date().day())
        case EnergySpan.YEAR:
            return QLocale().standaloneMonthName(when.date().month(), QLocale.FormatType.ShortFormat)


def bar_values(report: EnergyReport, medium: MediumReport) -> BarValues:
    """The bars of a medium with their texts."""
    middle = (report.edges_ms[:-1] + (0 if report.span is EnergySpan.DAY else _NOON_MS)).tolist()
    labels = [_bar_label(report.span, _local(report, at)) for at in middle]
    unknown = tr("not known")
    tips = [
        f"{label}: {amount(value, medium.unit) if np.isfinite(value) else unknown}"
        for label, value in zip(labels, medium.use.tolist(), strict=True)
    ]
    known = medium.use[np.isfinite(medium.use)]
    elapsed = report.edges_ms[:-1] < report.until_ms
    begun = [tip if on else label for tip, label, on in zip(tips, labels, elapsed.tolist(), strict=True)]
    highest = amount(float(known.max()), medium.unit) if len(known) else ""
    return BarValues(medium.use, medium.remainder_use, elapsed, labels, begun, highest)
