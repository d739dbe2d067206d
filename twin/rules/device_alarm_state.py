"""The steps of an alarm that a device raises by itself: acknowledged here while its device is not told, and what the device reports.

What the device reports wins: an acknowledgement that it does not take is none here either.
"""

from __future__ import annotations

from msgspec.structs import replace

from twin.model.text import Text
from twin.rules.alarm_definition import AlarmDefinition
from twin.rules.alarm_state import WAITING, AlarmEventKind, AlarmPhase, AlarmState, Step, Untold, acknowledge, event
from twin.rules.device_alarm_act import (
    AcknowledgeUntold,
    DeviceAct,
    DeviceListed,
    DeviceNotified,
    DeviceRefused,
    DeviceTold,
    Explained,
)

MOST_ABOUT = 5
"""Most events that an alarm which waits to be reset tells of, the newest."""

_WAITS_AGAIN = {
    AlarmPhase.ACK: AlarmPhase.UNACK,
    AlarmPhase.NORMAL: AlarmPhase.RTN_UNACK,
    AlarmPhase.LATCHED_ACK: AlarmPhase.LATCHED_UNACK,
}


def device_step(definition: AlarmDefinition, state: AlarmState, what: DeviceAct, now_ms: int, who: str) -> Step:
    """The step of an alarm by what happened between it and its device."""
    match what:
        case AcknowledgeUntold(why=why):
            return _acknowledged_untold(definition, state, now_ms, who, why)
        case DeviceTold(told=told):
            return _told(definition, state, now_ms, told=told)
        case DeviceRefused(why=why):
            return _refused(definition, state, now_ms, why)
        case DeviceListed(events=events):
            return replace(state, device_events=events), ()
        case DeviceNotified(entry=entry, message=message):
            state = replace(state, message=message) if message else state
            return state, (event(definition, state, AlarmEventKind.NOTIFIED, now_ms, reason=entry),)
        case Explained(text=text):
            before = [one for one in state.about if one != text] if state.phase is not AlarmPhase.NORMAL else []
            return replace(state, about=(*before, text)[-MOST_ABOUT:]), ()


def _acknowledged_untold(definition: AlarmDefinition, state: AlarmState, now_ms: int, who: str, why: Text) -> Step:
    waited = state.phase in WAITING
    state, events = acknowledge(definition, state, now_ms, who)
    if not waited:
        return state, events
    untold = Text("alarm.untold", why=why)
    state = replace(state, untold=Untold(who=who, why=why))
    return state, tuple(replace(one, reason=untold) for one in events)


def _told(definition: AlarmDefinition, state: AlarmState, now_ms: int, *, told: bool) -> Step:
    """The state once the device is told; an alarm that was raised again by the end of an overlay meanwhile is acknowledged, too."""
    if state.untold is None:
        return state, ()
    who = state.untold.who
    kind, reason = (
        (AlarmEventKind.TOLD, None) if told else (AlarmEventKind.NOTIFIED, Text("alarm.device_waits_for_none"))
    )
    said = event(definition, state, kind, now_ms, who=who, reason=reason)
    if state.phase not in WAITING:
        return replace(state, untold=None), (said,)
    state, events = acknowledge(definition, state, now_ms, who)
    return state, (said, *events)


def _refused(definition: AlarmDefinition, state: AlarmState, now_ms: int, why: Text) -> Step:
    if state.untold is None:
        return state, ()
    phase = _WAITS_AGAIN.get(state.phase, state.phase)
    state = replace(state, phase=phase, since_ms=now_ms, acked_by="", untold=None)
    reason = Text("alarm.device_refused", why=why)
    return state, (
        event(definition, state, AlarmEventKind.RE_ANNUNCIATED, now_ms, told=not state.hidden, reason=reason),
    )
