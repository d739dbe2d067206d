"""The life of one alarm: six phases, and three overlays that hide it while the phase goes on beneath (ISA-18.2 chapter 10).

| phase | condition true | false | acknowledge | reset |
|---|---|---|---|---|
| normal | unack | - | refused | refused |
| unack | - | normal, or rtn_unack (`ack_return`), or latched_unack (`latching`) | ack | refused |
| ack | - | normal, or latched_ack | refused | refused |
| rtn_unack | unack | - | normal | refused |
| latched_unack | unack | - | latched_ack | refused |
| latched_ack | unack | - | refused | normal |

When the last overlay leaves, a still active alarm is raised again (an old acknowledgement does not count); one that returned while
hidden is not. A latched alarm waits for its reset even if it came and went while hidden: it is raised again, too.
"""

from __future__ import annotations

from enum import StrEnum

from msgspec import Struct
from msgspec.structs import replace

from twin.model.text import Text
from twin.rules.alarm_definition import AlarmDefinition, AlarmPriority

REMINDER_MS = 7 * 86_400_000
"""Interval between reminders of an alarm that is out of service, ms."""


class AlarmPhase(StrEnum):
    """Phase of an alarm, without its overlays."""

    NORMAL = "normal"
    UNACK = "unack"
    ACK = "ack"
    RTN_UNACK = "rtn_unack"
    LATCHED_UNACK = "latched_unack"
    LATCHED_ACK = "latched_ack"


class AlarmEventKind(StrEnum):
    """Kind of an entry in the alarm log."""

    RAISED = "raised"
    RETURNED = "returned"
    ACKNOWLEDGED = "acknowledged"
    RESET = "reset"
    SHELVED = "shelved"
    UNSHELVED = "unshelved"
    SUPPRESSED = "suppressed"
    UNSUPPRESSED = "unsuppressed"
    OUT_OF_SERVICE = "out_of_service"
    IN_SERVICE = "in_service"
    REMINDED = "reminded"
    RE_ANNUNCIATED = "re_annunciated"
    ESCALATED = "escalated"
    UNCERTAIN = "uncertain"
    CERTAIN = "certain"
    REMOVED = "removed"
    REFUSED = "refused"
    NOTIFIED = "notified"
    """Notified by the device that raises the alarm itself."""
    TOLD = "told"
    """That device was told of an acknowledgement."""
    FLOOD_BEGAN = "flood_began"
    FLOOD_ENDED = "flood_ended"


class AlarmEvent(Struct, frozen=True, kw_only=True):
    """One entry of the alarm log. `annunciated`: shown to people; `grouped`: only within the line of a flood."""

    alarm: str
    time_ms: int
    kind: AlarmEventKind
    phase: AlarmPhase = AlarmPhase.NORMAL
    priority: AlarmPriority = AlarmPriority.MEDIUM
    annunciated: bool = False
    grouped: bool = False
    value: float | None = None
    who: str = ""
    reason: Text | None = None


class Untold(Struct, frozen=True, kw_only=True):
    """An acknowledgement of which the device that raises the alarm is not told yet, and why."""

    who: str
    why: Text


class AlarmState(Struct, frozen=True, kw_only=True):
    """Stored state of one alarm; all times UTC ms."""

    phase: AlarmPhase = AlarmPhase.NORMAL
    since_ms: int = 0
    raised_ms: int = 0
    """When the alarm was last raised; unlike `since_ms` it stays when the alarm is acknowledged or escalated."""
    true_since_ms: int | None = None
    false_since_ms: int | None = None
    acked_by: str = ""
    priority: AlarmPriority | None = None
    """Priority after an escalation; None: that of the definition."""
    count: int = 0
    shelved_until_ms: int | None = None
    shelved_once: bool = False
    shelved_why: str = ""
    out_of_service: str = ""
    reminded_ms: int = 0
    causes: dict[str, int | None] = {}
    """Causes of suppression, and when each ends, UTC ms; None: as long as the cause lasts."""
    uncertain_since_ms: int | None = None
    hidden_count: int = 0
    """Number of times the alarm was raised while hidden."""
    anchor: tuple[int, float] | None = None
    rate: float | None = None
    """For a `Rate`: the reading that the next one is compared with, and the rate measured last, per hour."""
    untold: Untold | None = None
    device_events: tuple[str, ...] = ()
    """What raised it at its device, as last listed: the same alarm that came again has others. Empty: not known."""
    message: str = ""
    """Its device's own words, as last notified since it was raised."""
    about: tuple[Text, ...] = ()
    """What has happened since it was last at rest, from the watch that raised it, the newest last."""
    version: int = 1

    @property
    def active(self) -> bool:
        """Whether the alarm is active: its condition holds."""
        return self.phase in ACTIVE

    @property
    def hidden(self) -> bool:
        """Whether the alarm is shelved, out of service or suppressed."""
        return self.shelved_until_ms is not None or bool(self.out_of_service) or bool(self.causes)


def acked(state: AlarmState) -> float:
    """1 where the alarm is active and acknowledged, else 0: the value of its key for automations."""
    return float(state.phase is AlarmPhase.ACK and bool(state.acked_by))


type Step = tuple[AlarmState, tuple[AlarmEvent, ...]]

ACTIVE = frozenset((AlarmPhase.UNACK, AlarmPhase.ACK))
"""Phases in which an alarm's condition holds."""
WAITING = frozenset((AlarmPhase.UNACK, AlarmPhase.RTN_UNACK, AlarmPhase.LATCHED_UNACK))
"""Phases in which an alarm waits for an acknowledgement."""
_LATCHED = frozenset((AlarmPhase.LATCHED_UNACK, AlarmPhase.LATCHED_ACK))
_K = AlarmEventKind


def event(
    definition: AlarmDefinition, state: AlarmState, kind: AlarmEventKind, now_ms: int, *,
    told: bool = False, value: float | None = None, who: str = "", reason: Text | None = None,
) -> AlarmEvent:  # fmt: skip
    """A log entry for this alarm in this state."""
    return AlarmEvent(
        alarm=definition.id, time_ms=now_ms, kind=kind, phase=state.phase, priority=state.priority or definition.priority,
        annunciated=told, value=value, who=who, reason=reason,
    )  # fmt: skip


def judge(definition: AlarmDefinition, state: AlarmState, holds: bool | None, now_ms: int, value: float | None) -> Step:
    """The state after an evaluation, which may repeat the same reading at a later time.

    `holds` is whether the condition is true; None where the value is unknown: the phase is kept, pending delays are
    dropped and the alarm is uncertain.
    """
    if holds is None:
        if state.uncertain_since_ms is not None:
            return state, ()
        state = replace(state, uncertain_since_ms=now_ms, true_since_ms=None, false_since_ms=None)
        return state, ((event(definition, state, _K.UNCERTAIN, now_ms),) if state.active else ())
    events: tuple[AlarmEvent, ...] = ()
    if state.uncertain_since_ms is not None:
        state = replace(state, uncertain_since_ms=None)
        events = (event(definition, state, _K.CERTAIN, now_ms, value=value),) if state.active else ()
    state, more = (_while_active if state.active else _while_inactive)(definition, state, holds, now_ms, value)
    return state, events + more


def _while_active(
    definition: AlarmDefinition, state: AlarmState, holds: bool, now_ms: int, value: float | None
) -> Step:
    if holds:
        return (state if state.false_since_ms is None else replace(state, false_since_ms=None)), ()
    since = now_ms if state.false_since_ms is None else state.false_since_ms
    if now_ms - since < definition.off_ms:
        return (state if state.false_since_ms is not None else replace(state, false_since_ms=since)), ()
    if definition.latching:
        phase = AlarmPhase.LATCHED_UNACK if state.phase is AlarmPhase.UNACK else AlarmPhase.LATCHED_ACK
    elif state.phase is AlarmPhase.UNACK and definition.ack_return and not state.hidden:
        phase = AlarmPhase.RTN_UNACK
    else:
        phase = AlarmPhase.NORMAL
    visible = not state.hidden
    state = replace(
        state, phase=phase, since_ms=now_ms, true_since_ms=None, false_since_ms=None,
        priority=state.priority if phase is not AlarmPhase.NORMAL else None,
    )  # fmt: skip
    returned = event(definition, state, _K.RETURNED, now_ms, told=visible, value=value)
    if not state.shelved_once:
        return state, (returned,)
    state, more = _unhidden(
        definition, replace(state, shelved_until_ms=None, shelved_once=False, shelved_why=""), now_ms
    )
    return state, (returned, event(definition, state, _K.UNSHELVED, now_ms), *more)


def _while_inactive(
    definition: AlarmDefinition, state: AlarmState, holds: bool, now_ms: int, value: float | None
) -> Step:
    if not holds:
        return (state if state.true_since_ms is None else replace(state, true_since_ms=None)), ()
    since = now_ms if state.true_since_ms is None else state.true_since_ms
    if now_ms - since < definition.on_ms:
        return (state if state.true_since_ms is not None else replace(state, true_since_ms=since)), ()
    state = replace(
        state, phase=_raised(definition), since_ms=now_ms, raised_ms=now_ms, true_since_ms=None, false_since_ms=None,
        acked_by="", count=state.count + 1, hidden_count=state.hidden_count + state.hidden, priority=None,
        untold=None, device_events=(), message="",
    )  # fmt: skip
    about = state.about[-1] if state.about else None
    return state, (event(definition, state, _K.RAISED, now_ms, told=not state.hidden, value=value, reason=about),)


def _raised(definition: AlarmDefinition) -> AlarmPhase:
    return AlarmPhase.UNACK if definition.needs_ack else AlarmPhase.ACK


def _unhidden(definition: AlarmDefinition, state: AlarmState, now_ms: int) -> Step:
    """The step after an overlay ended: without any other overlay, an alarm that is still active or latched is raised again."""
    if state.hidden:
        return state, ()
    came = Text("alarm.came_while_hidden", n=state.hidden_count) if state.hidden_count else None
    if state.active:
        state = replace(state, phase=_raised(definition), since_ms=now_ms, acked_by="", hidden_count=0)
    elif state.phase in _LATCHED and state.hidden_count:
        state = replace(state, phase=AlarmPhase.LATCHED_UNACK, since_ms=now_ms, acked_by="", hidden_count=0)
    else:
        phase = AlarmPhase.NORMAL if state.phase is AlarmPhase.RTN_UNACK else state.phase
        return replace(state, phase=phase, hidden_count=0), ()
    return state, (event(definition, state, _K.RE_ANNUNCIATED, now_ms, told=True, reason=came),)


def _refused(definition: AlarmDefinition, state: AlarmState, now_ms: int, code: str, who: str) -> Step:
    return state, (event(definition, state, _K.REFUSED, now_ms, who=who, reason=Text(code)),)


_ACKNOWLEDGED = {
    AlarmPhase.UNACK: AlarmPhase.ACK,
    AlarmPhase.RTN_UNACK: AlarmPhase.NORMAL,
    AlarmPhase.LATCHED_UNACK: AlarmPhase.LATCHED_ACK,
}


def acknowledge(definition: AlarmDefinition, state: AlarmState, now_ms: int, who: str) -> Step:
    """Acknowledges an alarm; logs a refusal where there is nothing to acknowledge."""
    phase = _ACKNOWLEDGED.get(state.phase)
    if phase is None:
        return _refused(definition, state, now_ms, "alarm.nothing_to_acknowledge", who)
    state = replace(state, phase=phase, since_ms=now_ms, acked_by=who, untold=None)
    return state, (event(definition, state, _K.ACKNOWLEDGED, now_ms, who=who),)


def reset(definition: AlarmDefinition, state: AlarmState, now_ms: int, who: str) -> Step:
    """Resets a latched alarm; logs a refusal unless it is latched and acknowledged."""
    if state.phase is not AlarmPhase.LATCHED_ACK:
        return _refused(definition, state, now_ms, "alarm.nothing_to_reset", who)
    state = replace(state, phase=AlarmPhase.NORMAL, since_ms=now_ms, priority=None, about=())
    return state, (event(definition, state, _K.RESET, now_ms, who=who),)


def shelve(
    definition: AlarmDefinition, state: AlarmState, now_ms: int, who: str, *, for_ms: int, why: str, once: bool = False
) -> Step:
    """Hides an alarm for `for_ms`; with `once` at most until it returns.

    Logs a refusal without a reason or beyond the longest shelf time.
    """
    if not why.strip():
        return _refused(definition, state, now_ms, "alarm.shelving_needs_reason", who)
    if not 0 < for_ms <= definition.longest_shelf_ms:
        longest = definition.longest_shelf_ms
        return state, (
            event(definition, state, _K.REFUSED, now_ms, who=who, reason=Text("alarm.shelving_too_long", longest_ms=longest)),
        )  # fmt: skip
    state = replace(state, shelved_until_ms=now_ms + for_ms, shelved_once=once, shelved_why=why)
    reason = Text("alarm.shelved", why=why, until_ms=now_ms + for_ms, once=once)
    return state, (event(definition, state, _K.SHELVED, now_ms, who=who, reason=reason),)


def unshelve(definition: AlarmDefinition, state: AlarmState, now_ms: int, who: str) -> Step:
    """Ends shelving, early or at its end; logs a refusal where the alarm is not shelved."""
    if state.shelved_until_ms is None:
        return _refused(definition, state, now_ms, "alarm.not_shelved", who)
    state, events = _unhidden(
        definition, replace(state, shelved_until_ms=None, shelved_once=False, shelved_why=""), now_ms
    )
    return state, (event(definition, state, _K.UNSHELVED, now_ms, who=who), *events)


def take_out_of_service(definition: AlarmDefinition, state: AlarmState, now_ms: int, who: str, *, why: str) -> Step:
    """Hides an alarm until `return_to_service`, with weekly reminders; logs a refusal without a reason."""
    if not why.strip():
        return _refused(definition, state, now_ms, "alarm.out_of_service_needs_reason", who)
    state = replace(state, out_of_service=why, reminded_ms=now_ms)
    return state, (event(definition, state, _K.OUT_OF_SERVICE, now_ms, who=who, reason=Text("alarm.why", why=why)),)


def return_to_service(definition: AlarmDefinition, state: AlarmState, now_ms: int, who: str) -> Step:
    """Returns an alarm to service; logs a refusal where it is in service."""
    if not state.out_of_service:
        return _refused(definition, state, now_ms, "alarm.not_out_of_service", who)
    state, events = _unhidden(definition, replace(state, out_of_service=""), now_ms)
    return state, (event(definition, state, _K.IN_SERVICE, now_ms, who=who), *events)


def suppress(
    definition: AlarmDefinition, state: AlarmState, now_ms: int, cause: str, until_ms: int | None = None
) -> Step:
    """Suppresses an alarm by a cause: an active parent, equipment that is off, maintenance. Critical alarms are never
    suppressed.
    """
    if definition.priority is AlarmPriority.CRITICAL:
        return state, ()
    new = cause not in state.causes
    state = replace(state, causes=state.causes | {cause: until_ms})
    shown = new and state.phase is not AlarmPhase.NORMAL
    reason = Text("alarm.hidden_by", cause=cause)
    return state, ((event(definition, state, _K.SUPPRESSED, now_ms, reason=reason),) if shown else ())


def unsuppress(definition: AlarmDefinition, state: AlarmState, now_ms: int, cause: str) -> Step:
    """Ends the suppression by one cause; nothing where that cause does not suppress it."""
    if cause not in state.causes:
        return state, ()
    left = {one: until for one, until in state.causes.items() if one != cause}
    told = state.phase is not AlarmPhase.NORMAL or state.hidden_count > 0
    state, events = _unhidden(definition, replace(state, causes=left), now_ms)
    reason = Text("alarm.hidden_by", cause=cause)
    return state, (*((event(definition, state, _K.UNSUPPRESSED, now_ms, reason=reason),) if told else ()), *events)


def elapse(definition: AlarmDefinition, state: AlarmState, now_ms: int) -> Step:
    """Applies what is due by time: ends shelving and causes, reminds of alarms out of service, escalates or repeats
    neglected ones.
    """
    events: list[AlarmEvent] = []
    if state.shelved_until_ms is not None and now_ms >= state.shelved_until_ms:
        state, more = unshelve(definition, state, now_ms, "")
        events += more
    for cause, until_ms in tuple(state.causes.items()):
        if until_ms is not None and now_ms >= until_ms:
            state, more = unsuppress(definition, state, now_ms, cause)
            events += more
    if state.out_of_service and now_ms - state.reminded_ms >= REMINDER_MS:
        state = replace(state, reminded_ms=now_ms)
        reason = Text("alarm.why", why=state.out_of_service)
        events.append(event(definition, state, _K.REMINDED, now_ms, told=True, reason=reason))
    if not state.hidden:
        state, more = _neglected(definition, state, now_ms)
        events += more
    return state, tuple(events)


def _neglected(definition: AlarmDefinition, state: AlarmState, now_ms: int) -> Step:
    waited = now_ms - state.since_ms
    if state.phase is AlarmPhase.UNACK and definition.escalate_ms and waited >= definition.escalate_ms:
        now = state.priority or definition.priority
        state = replace(state, priority=AlarmPriority(max(1, now - 1)), since_ms=now_ms)
        return state, (event(definition, state, _K.ESCALATED, now_ms, told=True),)
    if (
        state.phase is AlarmPhase.ACK
        and definition.needs_ack
        and definition.realarm_ms
        and waited >= definition.realarm_ms
    ):
        state = replace(state, phase=AlarmPhase.UNACK, since_ms=now_ms, acked_by="")
        return state, (event(definition, state, _K.RE_ANNUNCIATED, now_ms, told=True),)
    return state, ()


def due_ms(definition: AlarmDefinition, state: AlarmState) -> int | None:
    """When the state next changes by time alone, UTC ms; None where nothing is pending."""
    times = [until for until in state.causes.values() if until is not None]
    if state.true_since_ms is not None:
        times.append(state.true_since_ms + definition.on_ms)
    if state.false_since_ms is not None:
        times.append(state.false_since_ms + definition.off_ms)
    if state.shelved_until_ms is not None:
        times.append(state.shelved_until_ms)
    if state.out_of_service:
        times.append(state.reminded_ms + REMINDER_MS)
    if not state.hidden:
        if state.phase is AlarmPhase.UNACK and definition.escalate_ms:
            times.append(state.since_ms + definition.escalate_ms)
        if state.phase is AlarmPhase.ACK and definition.needs_ack and definition.realarm_ms:
            times.append(state.since_ms + definition.realarm_ms)
    return min(times, default=None)
