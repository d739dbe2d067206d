"""Description of a device from the configurations of its entities."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import Self

from devices.protocols.mqtt.components import kind
from devices.protocols.mqtt.device_grouping import distinct_labels
from devices.protocols.mqtt.entity import MqttEntity
from devices.protocols.mqtt.hass_entity_id import entity_ids
from twin.model.device import DeviceInfo, PointInfo


def description(uid: str, entities: Iterable[MqttEntity], owner: Mapping[str, str]) -> DeviceInfo:
    """The device that these entities make up; `owner`: the uid of the device with an identifier."""
    entities = tuple(entities)
    configs = [one.config for one in entities]
    alone = len(configs) == 1 or not configs[0].identifiers
    fallback = (configs[0].text("name") if alone else "") or uid

    def about(name: str) -> str:
        return next((text for config in configs if (text := config.about(name))), "")

    via = owner.get(_bridge(entities), "")
    return DeviceInfo(
        uid=uid,
        name=about("name") or about("model") or fallback,
        points=_ordered(distinct_labels(entities)),
        kind=next((found for one in configs if (found := kind(one))), ""),
        maker=about("manufacturer"),
        model=about("model") or about("model_id"),
        serial=about("serial_number"),
        firmware=about("sw_version"),
        area=about("suggested_area"),
        via=via if via != uid else "",
        entities=entity_ids(configs),
    )


def _ordered(points: Iterable[PointInfo]) -> tuple[PointInfo, ...]:
    """The points by key, raw points (`raw_…`) last."""
    return tuple(sorted(points, key=lambda point: (point.capability.startswith("raw_"), point.key)))


def _bridge(entities: Iterable[MqttEntity]) -> str:
    """The identifier by which a device of these entities names the one that it is behind; empty where it names none."""
    return next((text for one in entities if (text := one.config.about("via_device"))), "")


@dataclass(frozen=True, slots=True)
class MadeDevice:
    """A device and what it was made of: its entities, and the identifier of the one that it is behind."""

    entities: tuple[MqttEntity, ...]
    bridge: str
    info: DeviceInfo

    @classmethod
    def of(cls, uid: str, entities: tuple[MqttEntity, ...], owner: Mapping[str, str], address: str) -> Self:
        """The device of these entities, behind a broker at this address."""
        return cls(entities, _bridge(entities), replace(description(uid, entities, owner), address=address))


def moved_identifiers(before: Mapping[str, str], owner: Mapping[str, str]) -> frozenset[str]:
    """The identifiers that belong to another device than before."""
    return frozenset() if before is owner else frozenset(id for id, _ in before.items() ^ owner.items())
