"""Alarm floods: more than ten alarms in ten minutes is more than one person manages (ISA-18.2 chapter 16, EEMUA 191).

During a flood, alarms of priority 3 and 4 are grouped into one line and 1 and 2 shown individually; the log keeps every
entry.
"""

from __future__ import annotations

from collections.abc import Sequence

from msgspec import Struct
from msgspec.structs import replace

from twin.model.text import Text
from twin.rules.alarm_definition import AlarmPriority
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind

WINDOW_MS = 600_000
BEGINS_ABOVE = 10
ENDS_BELOW = 5


class AlarmFlood(Struct, frozen=True, kw_only=True):
    """Times of the alarms annunciated within the last ten minutes, and the flood since `since_ms`; None: no flood."""

    recent_ms: tuple[int, ...] = ()
    since_ms: int | None = None
    count: int = 0
    peak: int = 0


def watch_flood(
    flood: AlarmFlood, events: Sequence[AlarmEvent], now_ms: int
) -> tuple[AlarmFlood, tuple[AlarmEvent, ...]]:
    """The flood state after these events, and the events with those of a flood grouped and its begin and end added."""
    announced = [event for event in events if event.annunciated and event.kind in TOLD]
    if not announced and not flood.recent_ms:
        return flood, tuple(events)
    recent = tuple(at for at in flood.recent_ms if at > now_ms - WINDOW_MS) + tuple(
        event.time_ms for event in announced
    )
    flood = replace(flood, recent_ms=recent)
    out = list(events)
    if flood.since_ms is None and len(recent) > BEGINS_ABOVE:
        flood = replace(flood, since_ms=now_ms, count=len(recent) - len(announced), peak=0)
        begun = replace(flood, count=len(recent), peak=len(recent))
        out.insert(0, _flood_event(AlarmEventKind.FLOOD_BEGAN, begun, now_ms, annunciated=True))
    if flood.since_ms is not None:
        flood = replace(flood, count=flood.count + len(announced), peak=max(flood.peak, len(recent)))
        if len(recent) < ENDS_BELOW:
            out.append(_flood_event(AlarmEventKind.FLOOD_ENDED, flood, now_ms, annunciated=False))
            return replace(flood, since_ms=None, count=0, peak=0), tuple(out)
        out = [_grouped(event) for event in out]
    return flood, tuple(out)


TOLD = frozenset((AlarmEventKind.RAISED, AlarmEventKind.RE_ANNUNCIATED, AlarmEventKind.ESCALATED))
"""Kinds of events that count as one more announced alarm."""


def flood_due_ms(flood: AlarmFlood) -> int | None:
    """When the flood ends if nothing more is annunciated, UTC ms; None where there is no flood."""
    if flood.since_ms is None:
        return None
    return flood.recent_ms[-ENDS_BELOW] + WINDOW_MS if len(flood.recent_ms) >= ENDS_BELOW else flood.recent_ms[-1]


def _grouped(event: AlarmEvent) -> AlarmEvent:
    lesser = event.priority >= AlarmPriority.MEDIUM and event.annunciated and event.kind in TOLD
    return replace(event, grouped=True) if lesser else event


def _flood_event(kind: AlarmEventKind, flood: AlarmFlood, now_ms: int, *, annunciated: bool) -> AlarmEvent:
    reason = Text("alarm.flood", n=flood.count, peak=flood.peak, since_ms=flood.since_ms)
    return AlarmEvent(
        alarm="", time_ms=now_ms, kind=kind, priority=AlarmPriority.HIGH, annunciated=annunciated, reason=reason
    )
