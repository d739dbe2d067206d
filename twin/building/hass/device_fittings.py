"""Devices of Home Assistant areas: one per device, represented by its main entity."""

from __future__ import annotations

from collections import defaultdict
from collections.abc import Sequence
from dataclasses import dataclass

from twin.building.hass.registry import HassEntity, HassHome
from twin.building.svg.xml_entities import KINDS, kind, title

MOST = 400
"""Most devices of one area."""
_FIRST = (
    "climate", "water_heater", "lock", "alarm_control_panel", "cover", "vacuum", "lawn_mower", "camera", "media_player",
    "humidifier", "valve", "fan", "light", "switch", "siren", "binary_sensor", "sensor", "event", "button",
)  # fmt: skip
"""Domains in order of precedence: the first one that a device's entities have determines its kind."""
_SENSING = (
    "smoke", "carbon_monoxide", "gas", "moisture", "motion", "occupancy", "presence", "door", "window", "garage_door", "opening",
    "carbon_dioxide", "temperature", "humidity", "illuminance", "power", "energy", "pressure", "atmospheric_pressure",
)  # fmt: skip
"""Device classes in order of precedence among sensors."""


@dataclass(frozen=True, slots=True)
class DeviceFitting:
    """A device in an area, identified by its main entity's id where it has one, else by its own."""

    source_id: str
    kind: str
    name: str


def fittings(home: HassHome) -> tuple[dict[str, list[DeviceFitting]], int]:
    """The devices by area id, and the number of devices without an area. An entity's own area takes precedence over
    its device's.
    """
    areas = {area.id for area in home.areas}
    things = {thing.id: thing for thing in home.things if not thing.service}
    bridges = {thing.via for thing in home.things}
    groups: dict[tuple[str, str], list[HassEntity]] = defaultdict(list)
    for entity in home.entities:
        device = things.get(entity.device)
        if device is None and (entity.device or entity.id.split(".")[0] not in KINDS):
            continue  # of a device that is disabled or a service, or a helper that is nowhere
        own = device.area if device is not None else ""
        groups[entity.device or entity.id, entity.area or own].append(entity)
    inside: dict[str, list[DeviceFitting]] = defaultdict(list)
    for (device, area), entities in groups.items():
        if area in areas and (useful := _useful(entities, alone=device not in things or things[device].area != area)):
            thing = things.get(device)
            name = thing.name if thing is not None and thing.area == area else ""
            inside[area].append(_fitting(useful, name, bridge=device in bridges))
    for thing in things.values():
        if thing.area in areas and (thing.id, thing.area) not in groups:
            inside[thing.area].append(
                DeviceFitting(thing.id, "bridge" if thing.id in bridges else "device", thing.name)
            )
    seen = {id for (id, area) in groups if area in areas}
    homeless = sum(thing.area not in areas and thing.id not in seen for thing in things.values())
    return {area: sorted(found, key=_order)[:MOST] for area, found in inside.items()}, homeless


def _useful(entities: Sequence[HassEntity], *, alone: bool) -> list[HassEntity]:
    """The main entities; all where there are only settings and diagnoses, or none of these where `alone`."""
    return [one for one in entities if not one.aside] or ([] if alone else list(entities))


def _fitting(entities: Sequence[HassEntity], name: str, *, bridge: bool) -> DeviceFitting:
    chief = min(entities, key=_rank)
    domain, object_id = chief.id.split(".", 1)
    classes = {one.device_class for one in entities if one.id.startswith("sensor.")}
    found = kind(domain, object_id, chief.device_class)
    if chief.aside or domain not in KINDS:
        found = "bridge" if bridge else "device"
    elif found in ("temperature_sensor", "humidity_sensor") and {"temperature", "humidity"} <= classes:
        found = "air_sensor" if "carbon_dioxide" in classes else "climate_sensor"
    elif found == "switch" and classes & {"power", "energy"}:
        found = "plug"
    return DeviceFitting(chief.id, found, name or chief.name or title(object_id))


def _rank(entity: HassEntity) -> tuple[bool, int, int, str]:
    domain = entity.id.split(".", 1)[0]
    first = _FIRST.index(domain) if domain in _FIRST else len(_FIRST)
    sensing = _SENSING.index(entity.device_class) if entity.device_class in _SENSING else len(_SENSING)
    return entity.aside, first, sensing, entity.id


def _order(fitting: DeviceFitting) -> tuple[str, str, str]:
    return fitting.kind, fitting.name.casefold(), fitting.source_id
