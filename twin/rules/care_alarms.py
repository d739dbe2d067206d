"""Alarms of care: what others are told of a person who has agreed to it. They are set by the watch, not by values."""

from __future__ import annotations

from collections.abc import Collection

from twin.model.care import CareKind
from twin.rules.alarm_definition import AlarmClass, AlarmDefinition, AlarmPriority, SetByRule

ASKED = "care_asked:care"
"""Alarm that stands while the person is asked: a notification is the question."""
BLIND = "care_blind:care"
"""Alarm that stands while no sensor of the person is reachable."""
BLIND_MS = 15 * 60_000
"""Time without any sensor, ms, after which that is told."""
_PRIORITY = {
    CareKind.SILENCE: AlarmPriority.HIGH,
    CareKind.MORNING: AlarmPriority.HIGH,
    CareKind.BATH: AlarmPriority.HIGH,
    CareKind.NIGHT: AlarmPriority.MEDIUM,
    CareKind.DOOR: AlarmPriority.MEDIUM,
    CareKind.CHANGE: AlarmPriority.LOW,
}
TEMPLATES = ("care_asked", "care_blind", *(f"care_{kind.value}" for kind in CareKind))
"""First parts of the ids."""


def care_alarm(kind: CareKind) -> str:
    """Id of the alarm of a kind."""
    return f"care_{kind.value}:care"


def care_alarms(kinds: Collection[CareKind]) -> tuple[AlarmDefinition, ...]:
    """The question's alarm, the one of unreachable sensors and those of these kinds."""
    of_kinds = (
        _alarm(care_alarm(kind), _PRIORITY[kind], needs_ack=kind is not CareKind.CHANGE)
        for kind in CareKind
        if kind in kinds
    )
    blind = _alarm(BLIND, AlarmPriority.HIGH, needs_ack=False, on_ms=BLIND_MS)
    return _alarm(ASKED, AlarmPriority.MEDIUM, needs_ack=False), blind, *of_kinds


def is_of_care(alarm: str) -> bool:
    """Whether the watch of a person sets this alarm."""
    return alarm.endswith(":care") and alarm.partition(":")[0] in TEMPLATES


def _alarm(id: str, priority: AlarmPriority, *, needs_ack: bool, on_ms: int = 0) -> AlarmDefinition:
    return AlarmDefinition(
        id=id, key=f"told:{id}", condition=SetByRule(), priority=priority, category=AlarmClass.CARE,
        needs_ack=needs_ack, on_ms=on_ms,
    )  # fmt: skip
