"""The alarm report as a document: the figures of ISA-18.2 for the period, the most frequent alarms, what still stands."""

from __future__ import annotations

from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np

from app.engine.alarm_accounts import LOOKBACK_MS, MOST_ROWS, alarm_events
from app.engine.reports.report_parts import (
    ReportSource,
    changed_by,
    duration_text,
    framed,
    interval_labels,
    local,
    moment_text,
    percent,
)
from app.i18n import sentence, tr, translate
from app.i18n.numbers import format_decimal
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_list import AlarmPlace, alarm_title
from twin.rules.alarm_metrics import AlarmMetrics, alarm_metrics
from twin.rules.alarm_state import ACTIVE, AlarmEvent, AlarmEventKind
from twin.rules.care_alarms import is_of_care
from twin.rules.definition_body import read_rules
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


@dataclass(frozen=True, slots=True)
class _Episode:
    """One time that an alarm was active; `ended_ms` None while it is."""

    alarm: str
    began_ms: int
    ended_ms: int | None
    acked_ms: int | None
    acked_by: str
    priority: int

    def lasted_ms(self, until_ms: int) -> int:
        return (until_ms if self.ended_ms is None else self.ended_ms) - self.began_ms


def alarm_document(source: ReportSource) -> ReportDocument:
    """Composes the report. Raises ProblemError where it is called off."""
    begin, end = source.period.from_ms, source.until_ms
    log = _log(source, begin - LOOKBACK_MS, end)
    source.step(0.5)
    definitions = read_rules(source.twin.definitions).alarms
    metrics, before = alarm_metrics(log, begin, end), alarm_metrics(log, *source.before())
    episodes = _episodes(log)
    here = [one for one in episodes if one.began_ms < end and (one.ended_ms is None or one.ended_ms >= begin)]
    sections = [
        ReportSection(tr("At a glance"), tuple(_glance(metrics, before, here, source))),
        ReportSection(
            tr("What stands, and what was worst"),
            (_standing(here, definitions, source), _longest(here, definitions, source)),
        ),
        ReportSection(tr("Most frequent"), (_frequent(metrics, here, definitions, source), *_nuisances(metrics, definitions, source))),
        ReportSection(tr("Floods"), (_floods(metrics, source),)),
    ]  # fmt: skip
    return framed(tr("Alarm report"), source, sections, assumptions=tuple(_assumptions(log, source)))


def _log(source: ReportSource, from_ms: int, to_ms: int) -> list[AlarmEvent]:
    """Events of the log in time order but those of care, as a report is for anyone; none where nothing was ever recorded."""
    if source.history is None:
        return []
    return [one for one in alarm_events(source.history.rules, from_ms, to_ms) if not is_of_care(one.alarm)]


def _episodes(log: list[AlarmEvent]) -> list[_Episode]:
    """All episodes of the log, in the order in which they began."""
    open_at = dict[str, int]()
    found = list[_Episode]()
    for row in log:
        at = open_at.get(row.alarm)
        if row.kind is AlarmEventKind.RAISED:
            open_at[row.alarm] = len(found)
            found.append(_Episode(row.alarm, row.time_ms, None, None, "", int(row.priority)))
        elif at is not None:
            one = found[at]
            acked = row.kind is AlarmEventKind.ACKNOWLEDGED
            over = row.kind in (AlarmEventKind.RETURNED, AlarmEventKind.REMOVED) or (
                row.kind is AlarmEventKind.RESET and row.phase not in ACTIVE
            )
            ended = row.time_ms if over and one.ended_ms is None else one.ended_ms
            found[at] = _Episode(
                one.alarm, one.began_ms, ended, row.time_ms if acked else one.acked_ms,
                row.who if acked else one.acked_by, min(one.priority, int(row.priority)),
            )  # fmt: skip
    return found


def _glance(metrics: AlarmMetrics, before: AlarmMetrics, here: list[_Episode], source: ReportSource) -> Iterator[Block]:
    open_now = sum(one.ended_ms is None for one in here)
    unacked = sum(one.ended_ms is None and one.acked_ms is None for one in here)
    figures = (
        KeyFigure(
            tr("Alarms"), Amount(float(metrics.annunciated)), changed_by(metrics.annunciated, before.annunciated)
            or tr("{count} in the period before", count=before.annunciated),
        ),
        KeyFigure(tr("Alarms a day"), Amount(metrics.per_day, 1), tr("up to 144 a day can be handled (ISA-18.2)")),
        KeyFigure(tr("Open at the end"), Amount(float(open_now)), tr("{count} of them not acknowledged", count=unacked)),
        KeyFigure(
            tr("Mean time to acknowledge"),
            "–" if metrics.ack_mean_s is None else duration_text(metrics.ack_mean_s * 1000),
            "" if metrics.ack_median_s is None else tr("median {time}", time=duration_text(metrics.ack_median_s * 1000)),
        ),
        KeyFigure(tr("Most in ten minutes"), Amount(float(metrics.peak_per_10_min)), tr("more than 10 is a flood")),
        KeyFigure(tr("Time in floods"), percent(metrics.flood_share, 2), tr("target: less than 1 %")),
        KeyFigure(tr("Shorter than a minute"), Amount(float(metrics.fleeting))),
        KeyFigure(tr("Active for more than a day"), Amount(float(len(metrics.stale))), tr("target: fewer than 5")),
    )  # fmt: skip
    yield KeyFigures(figures)
    edges = source.period.edges_ms
    counts = np.histogram([one.began_ms for one in here if one.began_ms >= edges[0]], bins=edges)[0]
    values = tuple(
        float(n) if at < source.until_ms else None for n, at in zip(counts.tolist(), edges.tolist(), strict=False)
    )
    yield BarChart(tr("Alarms raised"), interval_labels(source.period, source.zone), values, tr("alarms"), 0)
    shares = metrics.by_priority
    rows = tuple(
        (translate(f"alarm.priority.{number}"), Amount(float(round(shares.get(number, 0.0) * metrics.annunciated))), percent(shares.get(number, 0.0), 1), target)
        for number, target in ((1, "< 1 %"), (2, "5 %"), (3, "15 %"), (4, "80 %"))
    )  # fmt: skip
    yield ReportGrid(tr("By priority"), (tr("Priority"), tr("Alarms"), tr("Share"), tr("Target")), rows)


def _title(alarm: str, definitions: Mapping[str, AlarmDefinition], source: ReportSource) -> str:
    """The alarm's title; the id of one that was deleted."""
    found = definitions.get(alarm)
    return sentence(alarm_title(found, source.twin)) if found is not None else alarm


def _place(alarm: str, definitions: Mapping[str, AlarmDefinition], source: ReportSource) -> str:
    found = definitions.get(alarm)
    return AlarmPlace(found.key, source.twin).name if found is not None else ""


def _rows(
    episodes: list[_Episode], definitions: Mapping[str, AlarmDefinition], source: ReportSource
) -> tuple[tuple[Cell, ...], ...]:
    return tuple(
        (
            _title(one.alarm, definitions, source), _place(one.alarm, definitions, source), str(one.priority),
            moment_text(one.began_ms, source.zone), duration_text(one.lasted_ms(source.until_ms)),
            tr("not yet") if one.acked_ms is None else f"{duration_text(one.acked_ms - one.began_ms)} {one.acked_by}".strip(),
        )
        for one in episodes
    )  # fmt: skip


def _head() -> tuple[str, ...]:
    return tr("Alarm"), tr("Place"), tr("Priority"), tr("Raised"), tr("Lasted"), tr("Acknowledged after")


def _standing(here: list[_Episode], definitions: Mapping[str, AlarmDefinition], source: ReportSource) -> ReportGrid:
    open_now = sorted((one for one in here if one.ended_ms is None), key=lambda one: (one.priority, one.began_ms))
    rows = _rows(open_now[:40], definitions, source)
    return ReportGrid(tr("Open at the end of the period"), _head(), rows, empty=tr("No alarm was open."))


def _longest(here: list[_Episode], definitions: Mapping[str, AlarmDefinition], source: ReportSource) -> ReportGrid:
    worst = sorted(here, key=lambda one: (one.priority, -one.lasted_ms(source.until_ms)))[:15]
    rows = _rows(worst, definitions, source)
    return ReportGrid(tr("Gravest and longest"), _head(), rows, empty=tr("No alarm was raised."))


def _frequent(
    metrics: AlarmMetrics, here: list[_Episode], definitions: Mapping[str, AlarmDefinition], source: ReportSource
) -> ReportGrid:
    longest = dict[str, int]()
    for one in here:
        longest[one.alarm] = max(longest.get(one.alarm, 0), one.lasted_ms(source.until_ms))
    rows = tuple(
        (
            _title(alarm, definitions, source), _place(alarm, definitions, source), Amount(float(count)),
            percent(count / max(1, metrics.annunciated), 1), duration_text(longest.get(alarm)),
        )
        for alarm, count in metrics.top_10
    )  # fmt: skip
    head = (tr("Alarm"), tr("Place"), tr("Alarms"), tr("Share"), tr("Longest"))
    title = tr("The ten most frequent: {percent} % of all", percent=format_decimal(100 * metrics.top_10_share))
    return ReportGrid(title if rows else tr("The ten most frequent"), head, rows, empty=tr("No alarm was raised."))


def _nuisances(
    metrics: AlarmMetrics, definitions: Mapping[str, AlarmDefinition], source: ReportSource
) -> Iterator[Block]:
    def named(alarms: tuple[str, ...]) -> str:
        return ", ".join(_title(one, definitions, source) for one in alarms[:12])

    lines: list[str] = []
    if metrics.chattering:
        lines.append(tr("Chattering (three times within a minute): {names}", names=named(metrics.chattering)))
    if metrics.stale:
        lines.append(tr("Active for more than a day: {names}", names=named(metrics.stale)))
    if lines:
        yield ReportLines(tuple(lines))


def _floods(metrics: AlarmMetrics, source: ReportSource) -> ReportGrid:
    rows = tuple(
        (
            moment_text(one.from_ms, source.zone), duration_text(one.to_ms - one.from_ms), Amount(float(one.count)),
            Amount(float(one.peak)),
        )
        for one in metrics.floods[:40]
    )  # fmt: skip
    head = (tr("Began"), tr("Lasted"), tr("Alarms"), tr("Most in ten minutes"))
    return ReportGrid(tr("Floods of alarms"), head, rows, empty=tr("There was no flood."))


def _assumptions(log: list[AlarmEvent], source: ReportSource) -> Iterator[str]:
    yield tr(
        "Counted are alarms that were shown to people, as ISA-18.2 and IEC 62682 define the figures; those that were hidden"
        " (shelved, suppressed, out of service) are not."
    )
    yield tr("Times to acknowledge are measured from the moment an alarm was shown until somebody acknowledged it.")
    yield tr("Alarms of the care of persons are left out: they are for these persons and for administrators.")
    if log:
        first = local(log[0].time_ms, source.zone)
        if log[0].time_ms > source.period.from_ms:
            yield tr("The log of alarms begins on {day}.", day=f"{first:%Y-%m-%d}")
    else:
        yield tr("The log of alarms is empty: no alarm was raised, or none was watched.")
    if len(log) >= MOST_ROWS:
        yield tr("Only the newest {count} entries of the log were read.", count=format_decimal(MOST_ROWS))
