"""Automations in words: when, if, then."""

from __future__ import annotations

from collections.abc import Sequence
from typing import cast

from PySide6.QtCore import QTime

from app.i18n import sentence, tr
from app.i18n.numbers import format_decimal, format_significant
from app.view.formatting import format_clock, format_word
from app.view.panel.rule_subjects import RuleSubject, subject_of
from twin.model.definition import DefinitionKind
from twin.model.problem import ProblemError
from twin.model.text import EARLIER, Text
from twin.model.twin import Twin
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_list import alarm_title, rule_title
from twin.rules.automation import (
    ALL_DAYS,
    Action,
    Activate,
    Alarmed,
    AlarmIs,
    AllOf,
    AnyOf,
    At,
    Automation,
    Became,
    Between,
    Condition,
    DayKind,
    Do,
    Every,
    Holds,
    Notify,
    NotOf,
    Pressed,
    RuleDays,
    SunEvent,
    SunIs,
    Trigger,
    Wait,
)
from twin.rules.definition_body import read_body
from twin.rules.selector import Selector

MINUTE_MS = 60_000
WORKDAYS, WEEKEND = (0, 1, 2, 3, 4), (5, 6)


def automation_sentences(rule: Automation, twin: Twin) -> tuple[str, str, str]:
    """When it starts, only if, and what it then does; the middle one is empty without conditions."""
    when = tr(" or ").join(trigger_text(one, twin) for one in rule.triggers) or tr("somebody starts it")
    only_if = tr(" and ").join(condition_text(one, twin) for one in rule.conditions)
    then = tr(", then ").join(action_text(one, twin) for one in rule.actions) or tr("nothing happens")
    return (
        tr("When {what}", what=when),
        tr("only if {what}", what=only_if) if only_if else "",
        tr("then {what}", what=then),
    )


def trigger_text(trigger: Trigger, twin: Twin) -> str:
    """What starts a rule, as a part of a sentence."""
    match trigger:
        case Became():
            return _lasting(_became(trigger, twin), trigger.for_ms)
        case At(minute=minute, days=days):
            return f"{tr('it is {time}', time=clock_text(minute))}{_days_text(days)}"
        case SunEvent(event=event, offset_ms=offset_ms):
            return sun_text(event, offset_ms)
        case Every(minutes=minutes):
            return tr("every %n minutes", minutes)
        case Pressed(selector=selector, word=word):
            subject = subject_of(selector, twin)
            return tr("{name}: {word}", name=_name(selector, subject), word=_value(subject, word))
        case Alarmed(alarm=alarm, active=active, acknowledged=acknowledged):
            name = _alarm_title(alarm, twin)
            if acknowledged:
                return tr("{name} is acknowledged", name=name)
            return tr("{name} is raised", name=name) if active else tr("{name} is over", name=name)
        case _:
            return tr("another trigger ({kind})", kind=type(trigger).__name__)


def condition_text(condition: Condition, twin: Twin) -> str:
    """What must hold, as a part of a sentence."""
    match condition:
        case Holds():
            return _lasting(_holds(condition, twin), condition.for_ms)
        case Between(begin=begin, end=end, days=days):
            hours = tr("it is between {begin} and {end}", begin=clock_text(begin), end=clock_text(end))
            return f"{hours}{_days_text(days)}"
        case SunIs(up=up):
            return tr("the sun is up") if up else tr("the sun is down")
        case AllOf(conditions=parts):
            return tr(" and ").join(condition_text(one, twin) for one in parts)
        case AnyOf(conditions=parts):
            return tr(" or ").join(condition_text(one, twin) for one in parts)
        case NotOf(condition=part):
            return tr("not: {what}", what=condition_text(part, twin))
        case AlarmIs(alarm=alarm, active=active):
            name = _alarm_title(alarm, twin)
            return tr("{name} is active", name=name) if active else tr("{name} is not active", name=name)
        case _:
            return tr("another condition ({kind})", kind=type(condition).__name__)


def action_text(action: Action, twin: Twin) -> str:
    """What a rule does, as a part of a sentence."""
    match action:
        case Do(selector=selector, verb=verb, value=value):
            subject = subject_of(selector, twin)
            said = verb_text(verb)
            if verb == "set":
                said = _set_text(value, subject)
            return f"{_name(selector, subject)} → {said}"
        case Activate(scene=scene):
            return tr("set the scene {name}", name=_title(DefinitionKind.SCENE, scene, twin))
        case Wait(for_ms=for_ms):
            return tr("wait {time}", time=duration_text(for_ms))
        case Notify(text=text):
            return tr("tell “{words}”", words=text)
        case _:
            return tr("another action ({kind})", kind=type(action).__name__)


def _set_text(value: object, subject: RuleSubject | None) -> str:
    """A value that is set, as text: with its unit, as its word, or the parts of a colour."""
    if isinstance(value, tuple | list):
        return ", ".join(format_decimal(float(part), 3) for part in cast("Sequence[float]", value))
    if isinstance(value, int | float) and subject is not None:
        return subject.value_text(value)
    return format_word(value) if isinstance(value, str) else str(value)


def _became(trigger: Became, twin: Twin) -> str:
    subject = subject_of(trigger.selector, twin)
    name = _name(trigger.selector, subject)
    if trigger.to is not None:
        return tr("{name} becomes {value}", name=name, value=_value(subject, trigger.to))
    if trigger.above is not None:
        return tr("{name} rises above {value}", name=name, value=_value(subject, trigger.above))
    if trigger.below is not None:
        return tr("{name} falls below {value}", name=name, value=_value(subject, trigger.below))
    return tr("{name} changes", name=name)


def _holds(condition: Holds, twin: Twin) -> str:
    subject = subject_of(condition.selector, twin)
    name = _name(condition.selector, subject)
    if condition.equals is not None:
        return tr("{name} is {value}", name=name, value=_value(subject, condition.equals))
    if condition.above is not None:
        return tr("{name} is above {value}", name=name, value=_value(subject, condition.above))
    bound = condition.below
    return tr("{name} is below {value}", name=name, value="" if bound is None else _value(subject, bound))


def _value(subject: RuleSubject | None, value: float) -> str:
    return format_significant(value) if subject is None else subject.value_text(value)


def _name(selector: Selector, subject: RuleSubject | None) -> str:
    return tr("something that is gone ({id})", id=selector.key) if subject is None else subject.title


def _title(kind: DefinitionKind, id: str, twin: Twin) -> str:
    found = twin.definitions.find(kind, id)
    return id if found is None else sentence(rule_title(id, found.title, twin))


def alarm_titles(twin: Twin) -> list[tuple[str, Text]]:
    """(id, title) of every alarm of a project."""
    return [(one.id, Text(EARLIER, text=_alarm_title(one.id, twin))) for one in twin.definitions.alarms]


def _alarm_title(id: str, twin: Twin) -> str:
    found = twin.definitions.find(DefinitionKind.ALARM, id)
    try:
        return (
            sentence(alarm_title(cast("AlarmDefinition", read_body(DefinitionKind.ALARM, found)), twin))
            if found
            else id
        )
    except ProblemError:
        return id


def _lasting(what: str, for_ms: int) -> str:
    return tr("{what} for {time}", what=what, time=duration_text(for_ms)) if for_ms else what


def duration_text(ms: int) -> str:
    """A duration as text: minutes, below one of them seconds."""
    return tr("%n minutes", ms // MINUTE_MS) if ms % MINUTE_MS == 0 else tr("%n s", round(ms / 1000))


def clock_text(minute: int) -> str:
    """A minute of the day as the wall clock shows it."""
    time = QTime(minute % 1440 // 60, minute % 60)
    return format_clock(time)


def sun_text(event: str, offset_ms: int) -> str:
    """An event of the sun with its offset: `30 minutes before sunset`."""
    name = {"sunrise": tr("sunrise"), "sunset": tr("sunset"), "dawn": tr("dawn"), "dusk": tr("dusk")}.get(event, event)
    if not offset_ms:
        return tr("at {event}", event=name)
    time = duration_text(abs(offset_ms))
    return (
        tr("{time} before {event}", time=time, event=name)
        if offset_ms < 0
        else tr("{time} after {event}", time=time, event=name)
    )


def _days_text(days: RuleDays) -> str:
    name = days_name(days)
    return f" ({name})" if name else ""


def days_name(days: RuleDays) -> str:
    """Name of a choice of days; empty for every day."""
    if days.kind is not DayKind.ANY or days.ahead:
        return tr("by the calendar")
    if days.weekdays == ALL_DAYS:
        return ""
    if days.weekdays == WORKDAYS:
        return tr("Monday to Friday")
    return tr("at weekends") if days.weekdays == WEEKEND else tr("%n days a week", len(days.weekdays))


def verb_text(verb: str) -> str:
    """A command's verb as text."""
    known = {
        "on": tr("on"), "off": tr("off"), "toggle": tr("toggle"), "open": tr("open"), "close": tr("close"),
        "stop": tr("stop"), "set": tr("set to"), "lock": tr("lock"), "unlock": tr("unlock"), "press": tr("press"),
    }  # fmt: skip
    return known.get(verb) or format_word(verb)
