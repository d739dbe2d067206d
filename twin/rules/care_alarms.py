"""Alarms of care: what others are told of a person who has agreed to it. They are set by the watch, not by values."""

from __future__ import annotations

import json
import re
from collections.abc import Collection, Mapping

from msgspec.structs import replace

from twin.model.care import CareKind
from twin.rules.alarm_definition import AlarmClass, AlarmDefinition, AlarmPriority, SetByRule

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
_OF = "care"
TEMPLATES = ("care_asked", "care_blind", *(f"care_{kind.value}" for kind in CareKind))
"""First parts of the ids."""
_IDS = re.compile(r'care_\w+:care[^"\\]*')


def care_alarm(kind: CareKind, key: str) -> str:
    """Id of the alarm of a kind, of the consent with this key."""
    return _id(f"care_{kind.value}", key)


def asked_alarm(key: str) -> str:
    """Id of the alarm that stands while the person is asked: a notification is the question."""
    return _id("care_asked", key)


def blind_alarm(key: str) -> str:
    """Id of the alarm that stands while no sensor of the person is reachable."""
    return _id("care_blind", key)


def care_alarms(kinds: Collection[CareKind], key: str, to: Collection[str] = ()) -> tuple[AlarmDefinition, ...]:
    """The question's alarm, the one of unreachable sensors and those of these kinds. `to`: ids of the only recipients."""
    made = (
        _alarm(asked_alarm(key), AlarmPriority.MEDIUM, needs_ack=False),
        _alarm(blind_alarm(key), AlarmPriority.HIGH, needs_ack=False, on_ms=BLIND_MS),
        *(
            _alarm(care_alarm(kind, key), _PRIORITY[kind], needs_ack=kind is not CareKind.CHANGE)
            for kind in CareKind
            if kind in kinds
        ),
    )
    return tuple(replace(one, to=tuple(to)) for one in made)


def is_of_care(alarm: str) -> bool:
    """Whether the watch of a person sets this alarm."""
    template, _, of = alarm.partition(":")
    return template in TEMPLATES and (of == _OF or of.startswith(f"{_OF}:"))


def care_key(alarm: str) -> str:
    """Key of the consent that an alarm of care belongs to; tells nothing of the person."""
    return alarm.partition(f":{_OF}:")[2]


def care_ids(body: str) -> frozenset[str]:
    """Ids of alarms of care that the body of a definition names."""
    return frozenset(_IDS.findall(body))


def with_keys(text: str, keys: Mapping[str, str]) -> str:
    """A text, JSON or an id, that names alarms of care by other keys; those that `keys` does not have stay."""
    for old in [one for one in keys if '"' in one or "\\" in one]:
        text = text.replace(f":{_OF}:{json.dumps(old, ensure_ascii=False)[1:-1]}", f":{_OF}:{keys[old]}")
        text = text.replace(f":{_OF}:{old}", f":{_OF}:{keys[old]}")

    def one(found: re.Match[str]) -> str:
        template, _, key = found[0].partition(f":{_OF}")
        key = key.removeprefix(":")
        return _id(template, keys.get(key, key))

    return _IDS.sub(one, text)


def _id(template: str, key: str) -> str:
    return f"{template}:{_OF}:{key}" if key else f"{template}:{_OF}"


def _alarm(id: str, priority: AlarmPriority, *, needs_ack: bool, on_ms: int = 0) -> AlarmDefinition:
    return AlarmDefinition(
        id=id, key=f"told:{id}", condition=SetByRule(), priority=priority, category=AlarmClass.CARE,
        needs_ack=needs_ack, on_ms=on_ms,
    )  # fmt: skip
