"""The performance of a project's alarms in a period of the calendar, from their log. Runs on the pool."""

from __future__ import annotations

from collections import Counter
from collections.abc import Callable, Iterable, Mapping

from app.engine.rule_log import alarm_event
from app.site_time import zone_name, zone_of
from twin.insight.calendar_span import DAY_MS, span_at
from twin.model.alarm import AlarmStatus
from twin.model.energy import EnergySpan
from twin.model.text import EARLIER, Text
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_list import alarm_title
from twin.rules.alarm_metrics import AlarmMetrics, AlarmMetricsReport, alarm_metrics
from twin.rules.alarm_state import AlarmEvent
from twin.store.history.rule_records import RuleRecords

MOST_ROWS = 200_000
"""Most rows of the log that are read, the newest."""
LOOKBACK_MS = 400 * DAY_MS
"""How far back the beginning of a standing alarm is looked for, ms."""


def alarm_events(records: RuleRecords, from_ms: int, to_ms: int) -> list[AlarmEvent]:
    """Events of the log in [from, to), in time order."""
    return [alarm_event(row) for row in reversed(records.alarm_log(from_ms, to_ms, MOST_ROWS))]


def alarm_report(
    records: RuleRecords | None,
    definitions: Mapping[str, AlarmDefinition],
    now: Iterable[AlarmStatus],
    twin: Twin,
    period: tuple[EnergySpan, int, int],
    counts: Callable[[str], bool] = lambda _: True,
) -> AlarmMetricsReport:
    """The figures of the local day, week, month or year `period`: its length, a time in it, the present time (UTC ms).
    `now` are the alarms as they stand; only those whose id `counts` takes are counted."""
    span, at_ms, now_ms = period
    found = span_at(span, at_ms, zone_of(twin.site))
    until_ms = max(found.from_ms, min(now_ms, found.to_ms))
    log = alarm_events(records, found.from_ms - LOOKBACK_MS, until_ms) if records is not None else []
    cut = len(log) >= MOST_ROWS
    log = [row for row in log if counts(row.alarm)]
    metrics, alarms = alarm_metrics(log, found.from_ms, until_ms), tuple(one for one in now if counts(one.id))
    return AlarmMetricsReport(
        span=span, from_ms=found.from_ms, to_ms=found.to_ms, until_ms=until_ms, before_ms=found.before_ms,
        zone=zone_name(twin.site), metrics=metrics, titles=_titles(metrics, definitions, twin),
        standing=sum(one.standing for one in alarms), unacked=sum(one.standing and one.needs_ack for one in alarms),
        hidden=dict(Counter(one.overlay.value for one in alarms if one.overlay)),
        first_ms=log[0].time_ms if log else 0, cut=cut,
    )  # fmt: skip


def _titles(metrics: AlarmMetrics, definitions: Mapping[str, AlarmDefinition], twin: Twin) -> dict[str, Text]:
    named = {*metrics.chattering, *metrics.stale, *(id for id, _ in metrics.top_10)}
    return {
        id: alarm_title(definitions[id], twin) if id in definitions else Text(EARLIER, text=id) for id in sorted(named)
    }
