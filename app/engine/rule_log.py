"""Rows of the alarms' and the automations' logs as people read them."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from twin.model.alarm import AlarmLogEntry
from twin.model.rule_status import RunLogEntry
from twin.model.text import EARLIER, Text
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_list import alarm_title
from twin.rules.alarm_state import AlarmEvent
from twin.rules.rule_memory import TraceStep
from twin.store.history.rule_records import LogRow

_EVENT, _STEP = msgspec.json.Decoder(AlarmEvent), msgspec.json.Decoder(TraceStep)


def alarm_entries(
    rows: Iterable[LogRow], definitions: Mapping[str, AlarmDefinition], twin: Twin
) -> tuple[AlarmLogEntry, ...]:
    """Rows of the alarms' log; one of an alarm that is gone has its id as title."""
    return tuple(_entry(row, definitions.get(row.of), twin) for row in rows)


def _entry(row: LogRow, definition: AlarmDefinition | None, twin: Twin) -> AlarmLogEntry:
    event = _EVENT.decode(row.body)
    title = alarm_title(definition, twin) if definition is not None else Text(EARLIER, text=row.of)
    return AlarmLogEntry(
        time_ms=event.time_ms, alarm=event.alarm, title=title, event=event.kind.value, phase=event.phase.value,
        priority=int(event.priority), value=event.value, who=event.who, reason=event.reason,
    )  # fmt: skip


def run_entries(rows: Iterable[LogRow]) -> tuple[RunLogEntry, ...]:
    """Rows of the automations' log."""
    steps = (_STEP.decode(row.body) for row in rows)
    return tuple(RunLogEntry(time_ms=one.time_ms, rule=one.rule, run=one.run, reason=one.reason) for one in steps)
