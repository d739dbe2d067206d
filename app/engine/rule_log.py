"""Entries of the alarms' and automations' logs, with names, for users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import msgspec

from twin.model.alarm import AlarmLogEntry
from twin.model.capability import CAPABILITIES
from twin.model.ids import PointId
from twin.model.rule_status import RunLogEntry
from twin.model.text import EARLIER, Text, as_text
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_list import AlarmPlace, alarm_title, hidden_by
from twin.rules.alarm_state import AlarmEvent
from twin.rules.rule_memory import TraceStep
from twin.store.history.rule_records import LogRow

_EVENT, _STEP = msgspec.json.Decoder(AlarmEvent), msgspec.json.Decoder(TraceStep)


def alarm_entries(
    rows: Iterable[LogRow], definitions: Mapping[str, AlarmDefinition], twin: Twin
) -> tuple[AlarmLogEntry, ...]:
    """Entries of the alarms' log; a deleted alarm's title is its id."""
    return tuple(_entry(row, definitions, twin) for row in rows)


def _entry(row: LogRow, definitions: Mapping[str, AlarmDefinition], twin: Twin) -> AlarmLogEntry:
    event, definition = _EVENT.decode(row.body), definitions.get(row.of)
    title = alarm_title(definition, twin) if definition is not None else Text(EARLIER, text=row.of)
    reason = event.reason
    if reason is not None and reason.code == "alarm.hidden_by":
        reason = hidden_by([str(reason.args["cause"])], definitions, twin)
    return AlarmLogEntry(
        time_ms=event.time_ms, alarm=event.alarm, title=title, event=event.kind.value, phase=event.phase.value,
        priority=int(event.priority), value=event.value, who=event.who, reason=reason,
    )  # fmt: skip


def run_entries(rows: Iterable[LogRow], twin: Twin) -> tuple[RunLogEntry, ...]:
    """Entries of the automations' log."""
    steps = (_STEP.decode(row.body) for row in rows)
    return tuple(
        RunLogEntry(time_ms=one.time_ms, rule=one.rule, run=one.run, reason=with_names(one.reason, twin))
        for one in steps
    )


def with_names(text: Text, twin: Twin) -> Text:
    """A rule's text with the names of what its keys and points are of, in the texts within it, too; programs find the
    id beside it (`key_id`). What is gone keeps its id as name."""
    args: dict[str, object] = {}
    for name, value in text.args.items():
        inner = as_text(value)
        if inner is not None:
            args[name] = with_names(inner, twin)
        elif name in ("key", "other", "point") and isinstance(value, str):
            args |= {name: _name_of(value, twin), f"{name}_id": value}
        else:
            args[name] = value
    return Text(text.code, **args)


def _name_of(key: str, twin: Twin) -> str:
    point = twin.point_of.get(PointId(key))
    if point is not None:
        return f"{twin.device_of[point.device].name} / {point.title}"
    of, row = AlarmPlace(key, twin).name, CAPABILITIES.get(key.rpartition("/")[2])
    return f"{of} / {row.title}" if of and row is not None and key.startswith("room:") else of or key
