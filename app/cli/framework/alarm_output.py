"""The metrics of alarms as `oikos alarms --metrics` prints and writes them."""

from __future__ import annotations

import argparse
from collections.abc import Callable, Iterable
from datetime import UTC, datetime
from pathlib import Path

from app.cli.framework.output import columns, utc
from app.cli.framework.project_access import reading
from app.cli.framework.running_engine import running
from app.cli.framework.verb import Outcome
from app.engine.exporting import own_files
from app.engine.reading import ProjectReader
from app.i18n import sentence, translate
from app.i18n.numbers import format_decimal
from twin.files.errors import os_problem
from twin.model.alarm import AlarmStatus
from twin.model.energy import EnergySpan
from twin.model.problem import ProblemError
from twin.rules.alarm_figures import TABLE_HEAD, alarm_figures, figure_rows
from twin.rules.alarm_metrics import AlarmMetricsReport
from twin.share import alarm_table


def metrics_outcome(args: argparse.Namespace, saved: Callable[[ProjectReader], Iterable[AlarmStatus]]) -> Outcome:
    """The metrics of the period that the arguments name; written as CSV where they ask for it. `saved` gives the alarms of a
    project that no engine has open."""
    report = _report(args, saved)
    lines = [*_lines(report)]
    if args.csv:
        _write(args, report)
        lines.append(translate("cli.energy.written", file=args.csv))
    return Outcome(_document(report), tuple(lines))


def _report(args: argparse.Namespace, saved: Callable[[ProjectReader], Iterable[AlarmStatus]]) -> AlarmMetricsReport:
    span = EnergySpan(args.metrics)
    if (here := running()) is not None:
        return here.engine.alarm_metrics(span, args.at_ms).result()
    from app.engine.alarm_accounts import alarm_report
    from app.engine.clock import utc_ms
    from app.engine.rule_compiling import compiled

    with reading(args.project) as project:
        definitions = compiled(project.twin, datetime.fromtimestamp(0, UTC).date()).alarms.definitions
        records = project.history.rules if project.history is not None else None
        period = span, args.at_ms, utc_ms()
        return alarm_report(records, definitions, saved(project), project.twin, period)


def _write(args: argparse.Namespace, report: AlarmMetricsReport) -> None:
    with reading(args.project) as project:
        never = own_files(project.project)
    try:
        alarm_table.write(TABLE_HEAD, figure_rows(report, sentence), Path(args.csv), force=args.force, never=never)
    except OSError as error:
        raise ProblemError(os_problem(error, args.csv, code="export.unwritable")) from error


def _lines(report: AlarmMetricsReport) -> list[str]:
    """The figures with verdict and target, the floods, and the alarms by what disturbs."""
    rows = [
        (
            sentence(one.name),
            "–"
            if one.value is None
            else f"{format_decimal(one.value, 0 if one.value == int(one.value) else 2)} {one.unit}".rstrip(),
            translate(f"alarm.verdict.{one.verdict.value}") if one.verdict else "",
            sentence(one.target),
        )
        for one in alarm_figures(report)
    ]
    lines = [f"{utc(report.from_ms)} – {utc(report.until_ms)}", *columns(rows)]
    lines += [
        translate(
            "cli.alarms.flood", time=utc(one.from_ms), count=one.count, minutes=max(1, (one.to_ms - one.from_ms) // 60_000), peak=one.peak
        )
        for one in report.metrics.floods
    ]  # fmt: skip
    lines += columns(
        [(n, sentence(report.titles[id]), id) for id, n in report.metrics.top_10], ("count", "alarm", "id")
    )
    return lines


def _document(report: AlarmMetricsReport) -> dict[str, object]:
    metrics, titles = report.metrics, {id: sentence(title) for id, title in report.titles.items()}
    return {
        "span": report.span.value, "from": utc(report.from_ms), "to": utc(report.to_ms), "until": utc(report.until_ms),
        "figures": {one.key: {"value": one.value, "unit": one.unit, "verdict": one.verdict} for one in alarm_figures(report)},
        "floods": [
            {"from": utc(one.from_ms), "to": utc(one.to_ms), "alarms": one.count, "peak": one.peak}
            for one in metrics.floods
        ],
        "frequent": [{"id": id, "title": titles[id], "count": count} for id, count in metrics.top_10],
        "chattering": [{"id": id, "title": titles[id]} for id in metrics.chattering],
        "stale": [{"id": id, "title": titles[id]} for id in metrics.stale],
        "log_begins": utc(report.first_ms) if report.first_ms else None, "log_cut": report.cut,
    }  # fmt: skip
