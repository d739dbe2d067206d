"""What is looked up of devices when messages and commands come: readers, availability rules and writers."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence, Set
from dataclasses import dataclass
from itertools import chain
from operator import is_

from devices.protocols.mqtt.availability import AvailabilityOwner, AvailabilityRule, AvailabilityTracker, rule_of
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


_NONE: Mapping[str, list[TopicReader]] = {}


class LookupTables:
    """The tables of all devices together; a device whose entities are the same is not looked at again."""

    def __init__(self, availability: AvailabilityTracker) -> None:
        self.entity_of_point: dict[tuple[str, str], MqttEntity] = {}
        self.free: set[str] = set()
        """Uids of devices with an entity that has no availability rule; they are assumed to be online."""
        self._availability = availability
        self._of: dict[str, DeviceTables] = {}
        self._readers: dict[str, dict[str, list[TopicReader]]] = {}
        """By topic and uid."""

    @property
    def topics(self) -> Set[str]:
        """Every topic that is read for a value."""
        return self._readers.keys()

    def readers(self, topic: str) -> Iterable[TopicReader]:
        """The readings of messages on a topic."""
        return chain.from_iterable(self._readers.get(topic, _NONE).values())

    def ruled(self, uids: Iterable[str]) -> Iterable[AvailabilityOwner]:
        """Those of these devices and their points that have an availability rule."""
        return chain.from_iterable(self._of[uid].rules for uid in uids if uid in self._of)

    def set_devices(self, devices: Mapping[str, tuple[MqttEntity, ...]]) -> None:
        """Sets the entities of all devices, by uid."""
        for uid in self._of.keys() - devices.keys():
            self._replace(uid, None)
        for uid, entities in devices.items():
            known = self._of.get(uid)
            if known is None or not same(known.entities, entities):
                self._replace(uid, tables_of(uid, entities))
        self._availability.remove_left()

    def change_devices(self, devices: Mapping[str, tuple[MqttEntity, ...]]) -> None:
        """Sets the entities of some devices, by uid; the others stay."""
        for uid, entities in devices.items():
            self._replace(uid, tables_of(uid, entities))
        self._availability.remove_left()

    def _replace(self, uid: str, tables: DeviceTables | None) -> None:
        former = self._of.pop(uid, None)
        if former is not None:
            for pair in former.entity_of_point:
                del self.entity_of_point[pair]
            for topic in former.readers:
                del self._readers[topic][uid]
                if not self._readers[topic]:
                    del self._readers[topic]
        self.free.discard(uid)
        self._availability.replace_rules(former.rules if former else {}, tables.rules if tables else {})
        if tables is None:
            return
        self._of[uid] = tables
        self.entity_of_point |= tables.entity_of_point
        for topic, readers in tables.readers.items():
            self._readers.setdefault(topic, {})[uid] = readers
        if tables.free:
            self.free.add(uid)


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
