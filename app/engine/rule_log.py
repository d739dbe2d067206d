"""Entries of the alarms' and automations' logs, with names, for users."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from contextlib import suppress
from typing import cast

import msgspec

from twin.model.alarm import AlarmLogEntry
from twin.model.capability import CAPABILITIES, Capability, ValueType
from twin.model.definition import DefinitionKind
from twin.model.ids import PointId
from twin.model.problem import ProblemError
from twin.model.rule_status import RunLogEntry
from twin.model.text import EARLIER, Text, as_text
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_list import AlarmPlace, alarm_title, hidden_by, of_person, rule_title
from twin.rules.alarm_state import AlarmEvent
from twin.rules.care_alarms import is_of_care
from twin.rules.definition_body import read_body
from twin.rules.home_key import HOME_IDS, HOME_PREFIX
from twin.rules.rule_memory import TraceStep
from twin.rules.schedule import Schedule
from twin.rules.selector import Selector
from twin.store.history.rule_records import LogRow

_DEFINED = {
    "by": (DefinitionKind.AUTOMATION, DefinitionKind.SCHEDULE),
    "schedule": (DefinitionKind.SCHEDULE,),
    "scene": (DefinitionKind.SCENE,),
    "alarm": (DefinitionKind.ALARM,),
}
"""By argument of a rule's texts, the kinds of definition whose id it is."""
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
    return tuple(run_entry(_STEP.decode(row.body), twin) for row in rows)


def run_entry(step: TraceStep, twin: Twin) -> RunLogEntry:
    """A step of a rule as an entry of the automations' log."""
    return RunLogEntry(time_ms=step.time_ms, rule=step.rule, run=step.run, reason=with_names(step.reason, twin))


def alarm_event(row: LogRow) -> AlarmEvent:
    """The event of a row of the alarms' log."""
    return _EVENT.decode(row.body)


def with_names(text: Text, twin: Twin) -> Text:
    """A rule's text with the names of points and subjects in place of keys; the key is kept as `<name>_id`. Deleted
    things keep
    their id as name.
    """
    args: dict[str, object] = {}
    for name, value in text.args.items():
        inner = as_text(value)
        if inner is not None:
            args[name] = with_names(inner, twin)
        elif name in ("key", "other", "point") and isinstance(value, str):
            args |= {name: key_name(value, twin), f"{name}_id": value}
        elif name == "word" and isinstance(value, int | float) and (word := _event_word(text, value, twin)):
            args |= {name: word, "word_number": value}
        elif name in _DEFINED and isinstance(value, str):
            args |= {name: _title_of(_DEFINED[name], value, twin), f"{name}_id": value}
        else:
            args[name] = value
    if isinstance(value := text.args.get("value"), int | float):
        args |= {"value": _shown_value(text, float(value), twin), "value_number": value}
    alarm = text.args.get("alarm")
    if "title" in args and "notice" not in args and isinstance(alarm, str) and is_of_care(alarm):
        args["title"] = of_person(alarm, str(args["title"]), twin)
    return Text(text.code, **args)


def _event_word(text: Text, value: float, twin: Twin) -> str:
    """The word of an event by its number (`press`); empty where it has none."""
    point = twin.point_of.get(PointId(str(text.args.get("key", ""))))
    options = point.options or point.capability.options if point is not None else ()
    return options[int(value)] if 0 <= value < len(options) else ""


def _shown_value(text: Text, value: float, twin: Twin) -> Text | float:
    """A value as people read it: with its unit, or as its word (`open`); the number itself where nothing is known."""
    key = text.args.get("key")
    if not isinstance(key, str):
        targets = _targets_of(str(text.args.get("schedule", "")), twin)
        key = next((one.key for one in targets), "")
    point = twin.point_of.get(PointId(key))
    row = CAPABILITIES.get(key.rpartition("/")[2]) if point is None else point.capability
    options = row.options if point is None and row is not None else point.options if point is not None else ()
    return value if row is None else known_value(row, options, value)


def known_value(row: Capability, options: Sequence[str], value: float) -> Text | float:
    """A stored number of a capability as people read it: with its unit, or as its word (`open`) of the point's options."""
    if row.type is ValueType.BOOL:
        options = options if len(options) == 2 else ("no", "yes")
    if row.type is not ValueType.NUMBER:
        return Text("rules.word", word=options[int(value)]) if 0 <= value < len(options) else value
    return Text("rules.quantity", value=value, unit=row.unit) if row.unit else value


def _targets_of(schedule: str, twin: Twin) -> Iterable[Selector]:
    found = twin.definitions.find(DefinitionKind.SCHEDULE, schedule)
    if found is None:
        return ()
    try:
        return [one.selector for one in cast("Schedule", read_body(DefinitionKind.SCHEDULE, found)).targets]
    except ProblemError:
        return ()


def _title_of(kinds: Iterable[DefinitionKind], id: str, twin: Twin) -> Text | str:
    """The title of the definition with this id; the id where it has none, or is gone."""
    for kind in kinds:
        found = twin.definitions.find(kind, id)
        if found is None:
            continue
        if kind is not DefinitionKind.ALARM:
            return rule_title(id, found.title, twin)
        with suppress(ProblemError):
            return alarm_title(cast("AlarmDefinition", read_body(kind, found)), twin)
    return id


def key_name(key: str, twin: Twin) -> Text | str:
    """The name of what a key of the view is of: device and point, room and capability; a Text where a part of it is
    translated."""
    point = twin.point_of.get(PointId(key))
    if point is not None:
        return _named(twin.device_of[point.device].name, point.title, point.capability)
    if key.startswith(("alarm:", "acked:")):
        return _title_of((DefinitionKind.ALARM,), key.partition(":")[2], twin)
    if key in HOME_IDS:
        return Text(f"home.key.{key.removeprefix(HOME_PREFIX)}")
    of, row = AlarmPlace(key, twin).name, CAPABILITIES.get(key.rpartition("/")[2])
    return _named(of, row.title, row) if of and row is not None and key.startswith("room:") else of or key


def _named(of: str, title: str, row: Capability) -> Text | str:
    return Text("rules.point_of", of=of, title=title) if title == row.title else f"{of} / {title}"
