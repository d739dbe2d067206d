"""Groups the entities of a broker into devices and keeps their point keys distinct."""

from __future__ import annotations

import itertools
from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace

from devices.protocols.mqtt.components import entity
from devices.protocols.mqtt.discovery_payload import EntityConfig
from devices.protocols.mqtt.entity import MqttEntity
from devices.protocols.mqtt.entity_key import path_key, strict_key
from twin.model.capability import CAPABILITIES
from twin.model.device import PointInfo
from twin.model.ids import clean_name


@dataclass(slots=True, eq=False)
class DeviceGroup:
    """Entities that belong to one device."""

    sets: dict[frozenset[str], tuple[str, ...]] = field(default_factory=dict[frozenset[str], tuple[str, ...]])
    """Every set of identifiers that its entities declare, with their order."""
    parts: list[Sequence[MqttEntity]] = field(default_factory=list[Sequence[MqttEntity]])
    """The entities of each of its announcements."""
    uid: str = ""

    @property
    def name(self) -> str:
        """The name that its announcements give the device; empty where none does."""
        return next((name for part in self.parts if (name := part[0].config.about("name"))), "")

    def join(self, other: DeviceGroup) -> None:
        """Merges another group into this one."""
        self.sets |= other.sets
        self.parts += other.parts


def groups(
    announced: Iterable[Sequence[MqttEntity]], remembered: Mapping[frozenset[str], str]
) -> tuple[DeviceGroup, ...]:
    """Groups entities by device, those of one announcement (in the order of their topics) together; each group has a unique uid, the `remembered` one
    where it is
    known.
    """
    found: list[DeviceGroup] = []
    by_identifier: dict[str, list[DeviceGroup]] = {}
    for one in _alike(announced):
        near = (group for names in one.sets.values() for id in names for group in by_identifier.get(id, ()))
        # Firmware that gives all boards one identifier besides their own names them apart.
        same = (group for group in near if not one.name or not group.name or _same_name(one, group))
        group = next(same, None)
        if group is None:
            found.append(group := one)
        else:
            group.join(one)
        for id in itertools.chain.from_iterable(one.sets):
            if group not in (known := by_identifier.setdefault(id, [])):
                known.append(group)
    _name(found, remembered)
    return tuple(found)


def _same_name(one: DeviceGroup, other: DeviceGroup) -> bool:
    return one.name.casefold() == other.name.casefold()


def _alike(announced: Iterable[Sequence[MqttEntity]]) -> Iterable[DeviceGroup]:
    """Yields groups of entities with the same identifiers; those without any are grouped by topic."""
    found: dict[frozenset[str] | str, DeviceGroup] = {}
    met: dict[tuple[str, ...], DeviceGroup] = {}
    for part in filter(None, announced):
        one = part[0]
        names = one.config.identifiers
        group = met.get(names) if names else None
        if group is None:
            own = frozenset(names)
            group = found.setdefault(own or one.config.topic, DeviceGroup(sets={own: names} if names else {}))
            met[names] = group
        group.parts.append(part)
    return found.values()


def _name(found: list[DeviceGroup], remembered: Mapping[frozenset[str], str]) -> None:
    """Sets every group's uid: its former uid, else its first free identifier, else one from its discovery topic."""
    taken: set[str] = set()
    for group in found:
        had = next((remembered[own] for own in group.sets if own in remembered), "")
        if had and had not in taken:
            group.uid = had
            taken.add(had)
    unnamed = (group for group in found if not group.uid)
    for group in sorted(unnamed, key=lambda group: not group.sets):  # who names no device takes what is left
        config = group.parts[0][0].config
        wanted = [id for names in group.sets.values() for id in names] or [config.text("unique_id")]
        topic = config.topic.removesuffix("/config")
        more = (f"{topic}#{number}" for number in itertools.count(2))
        group.uid = next(uid for uid in itertools.chain(wanted, [topic], more) if uid and uid not in taken)
        taken.add(group.uid)


def distinct(entities: Iterable[MqttEntity]) -> tuple[MqttEntity, ...]:
    """Entities of one device with unique keys; an identical second announcement is dropped."""
    kept: list[MqttEntity] = []
    taken: dict[str, MqttEntity] = {}
    for one in entities:
        config = one.config
        twin = next((taken[point.key] for point in one.points if point.key in taken), None)
        if twin is not None and twin.config.values == config.values:
            continue
        for make in (path_key, strict_key):
            if any(point.key in taken for point in one.points):
                one = entity(replace(config, key=make(config.component, config.place)))
        taken |= {point.key: one for point in one.points}
        kept.append(one)
    return tuple(kept)


def distinct_labels(entities: Iterable[MqttEntity]) -> tuple[PointInfo, ...]:
    """Points of one device; equal labels are extended by the part of the topic in which they differ."""
    pairs = [(point, one.config) for one in entities for point in one.points]
    same: dict[tuple[str, str, str], list[EntityConfig]] = {}
    for point, config in pairs:
        same.setdefault((config.component, point.capability, point.label), []).append(config)
    return tuple(
        _called(point, config, same[config.component, point.capability, point.label]) for point, config in pairs
    )


def _called(point: PointInfo, config: EntityConfig, others: list[EntityConfig]) -> PointInfo:
    if len(others) == 1:
        return point
    node = len({other.place[0] for other in others}) == len(others)
    where = config.place[0] if node else config.object
    return replace(point, label=f"{point.label or CAPABILITIES[point.capability].title} ({clean_name(where)})")
