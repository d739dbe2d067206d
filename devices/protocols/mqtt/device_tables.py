"""What is looked up of one device when messages and commands come: readers, availability rules and writers."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from operator import is_

from devices.protocols.mqtt.availability import AvailabilityOwner, AvailabilityRule, rule_of
from devices.protocols.mqtt.entity import MqttEntity, TopicReading
from twin.model.capability import CAPABILITIES, ValueType


@dataclass(frozen=True, slots=True)
class TopicReader:
    """One reading of a device's point."""

    uid: str
    reading: TopicReading
    off_delay_s: float = 0.0
    event: bool = False
    """Whether the point is an event: a retained message of it is old and not reported."""


@dataclass(frozen=True, slots=True)
class DeviceTables:
    """What is looked up for one device, made of these entities."""

    entities: tuple[MqttEntity, ...]
    rules: dict[AvailabilityOwner, AvailabilityRule]
    free: bool
    """Whether an entity has no availability rule."""
    readers: dict[str, list[TopicReader]]
    entity_of_point: dict[tuple[str, str], MqttEntity]


def same(some: Sequence[object], others: Sequence[object]) -> bool:
    """Whether these hold the very same objects."""
    return some is others or (len(some) == len(others) and all(map(is_, some, others)))


def tables_of(uid: str, entities: tuple[MqttEntity, ...]) -> DeviceTables:
    """The tables of a device of these entities."""
    rules, free = _ruled(uid, entities)
    readers: dict[str, list[TopicReader]] = {}
    for one in entities:
        delay = one.config.number("off_delay", 0.0) or 0.0 if one.config.component == "binary_sensor" else 0.0
        events = {point.key for point in one.points if CAPABILITIES[point.capability].type is ValueType.EVENT}
        for reading in one.readings:
            reader = TopicReader(uid, reading, min(max(delay, 0.0), 86_400.0), event=reading.key in events)
            readers.setdefault(reading.topic, []).append(reader)
    return DeviceTables(entities, rules, free, readers, {(uid, key): one for one in entities for key in one.writes})


def _ruled(uid: str, entities: Iterable[MqttEntity]) -> tuple[dict[AvailabilityOwner, AvailabilityRule], bool]:
    """The availability rules of a device: one for the device where its entities share it, else one per point; and whether
    any has none.
    """
    ruled = [(one, rule_of(one.config)) for one in entities]
    rules = {rule for one, rule in ruled if one.readings} or {rule for _, rule in ruled}
    if len(rules) == 1 and (rule := next(iter(rules))) is not None:
        return {(uid, ""): rule}, False
    own = {(uid, point.key): rule for one, rule in ruled if rule is not None for point in one.points}
    return own, None in rules


def within_range(entity: MqttEntity, key: str, value: float) -> float:
    """A number within the range of the entity's point, as far as that has one."""
    info = next(point for point in entity.points if point.key == key)
    row = CAPABILITIES[info.capability]
    low = row.minimum if info.minimum is None else info.minimum
    high = row.maximum if info.maximum is None else info.maximum
    value = value if low is None else max(value, low)
    return value if high is None else min(value, high)
