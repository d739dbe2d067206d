"""The points of an ESPHome device: what its entities report and how they are commanded (native API, api.proto)."""

from __future__ import annotations

import math
import re
from collections.abc import Callable
from dataclasses import dataclass, field
from functools import partial
from typing import Any

import aioesphomeapi as api
from aioesphomeapi import EntityInfo, EntityState, LightColorCapability
from aioesphomeapi.client import APIClient

from devices.choice_names import ChoiceNames
from devices.protocols.esphome.entity_values import (
    ReadState,
    chosen,
    named,
    of_part,
    of_word,
    own_state,
)
from devices.protocols.esphome.sensor_classes import BINARY, sensor_capability
from devices.wanted_value import meaningless, wanted_number, wanted_truth
from twin.model.colour import rgb_from_xy, xy_from_rgb
from twin.model.device import PointInfo
from twin.model.ids import clean_name
from twin.model.observation import Value

type SendCommand = Callable[[APIClient, str, Value, Value], None]
"""Client, verb, value and value before. Raises RefusedError."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EntityPoint:
    """One point, the entity that it belongs to, and how it is read and commanded."""

    info: PointInfo
    entity: EntityInfo
    read: ReadState
    send: SendCommand | None = field(default=None)


def points_of(entity: EntityInfo) -> tuple[EntityPoint, ...]:
    """The points of an entity; none for a kind of entity that is not read."""
    make = _MAKERS.get(type(entity))
    return tuple(make(entity)) if make is not None else ()


def _point(
    entity: EntityInfo,
    part: str,
    capability: str,
    read: ReadState,
    send: SendCommand | None = None,
    *,
    title: str = "",
    reports: bool = True,
    **more: object,
) -> EntityPoint:
    kind = re.sub(r"(?<!^)(?=[A-Z])", "_", type(entity).__name__.removesuffix("Info")).lower()
    info = PointInfo(
        key=f"{kind}.{entity.object_id}" + (f".{part}" if part else ""),
        capability=capability,
        label=" ".join(clean_name(f"{entity.name} {title}").split()),
        writable=send is not None,
        reports=reports,
        **more,  # pyright: ignore[reportArgumentType]
    )
    return EntityPoint(info=info, entity=entity, read=read, send=send)


def _sensor(entity: EntityInfo) -> list[EntityPoint]:
    assert isinstance(entity, api.SensorInfo)  # noqa: S101 - by _MAKERS
    unit = clean_name(entity.unit_of_measurement, 24)
    capability = sensor_capability(entity.device_class, unit)
    return [_point(entity, "", capability, own_state, unit=unit)]


def _binary_sensor(entity: EntityInfo) -> list[EntityPoint]:
    return [_point(entity, "", BINARY.get(getattr(entity, "device_class", ""), "raw_bool"), own_state)]


def _switch(entity: EntityInfo) -> list[EntityPoint]:
    def send(client: APIClient, verb: str, value: Value, before: Value) -> None:
        client.switch_command(entity.key, wanted_truth(verb, value, before), device_id=entity.device_id)

    setting = entity.entity_category is not api.EntityCategory.NONE
    return [_point(entity, "", "raw_bool" if setting else "on_off", own_state, send)]


def _light(entity: EntityInfo) -> list[EntityPoint]:
    assert isinstance(entity, api.LightInfo)  # noqa: S101 - by _MAKERS
    modes = [int(mode) for mode in entity.supported_color_modes]
    able = 0
    for mode in modes:
        able |= mode
    command = partial(_light_command, entity)

    def level(client: APIClient, verb: str, value: Value, before: Value) -> None:
        wanted = wanted_number(verb, value, before) / 100.0
        command(client, **({"state": True, "brightness": wanted} if wanted > 0 else {"state": False}))

    found = [
        _point(entity, "", "on_off", own_state, lambda c, verb, v, b: command(c, state=wanted_truth(verb, v, b))),
    ]
    if able & LightColorCapability.BRIGHTNESS:
        read = of_part("brightness", 100.0, zero_if_off=True)
        found.append(_point(entity, "brightness", "level", read, level, title="brightness"))
    if able & LightColorCapability.RGB:
        found.append(_colour_point(entity, _mode(modes, LightColorCapability.RGB)))
    warm = LightColorCapability.COLOR_TEMPERATURE | LightColorCapability.COLD_WARM_WHITE
    if able & warm and entity.min_mireds > 0 and entity.max_mireds > 0:
        found.append(_temperature_point(entity, _mode(modes, warm)))
    if entity.effects:
        effects = ChoiceNames(("None", *entity.effects))
        found.append(
            _point(
                entity,
                "effect",
                "effect",
                named(of_part("effect"), effects),
                lambda c, verb, v, _b: command(c, effect=effects.spelling_of(chosen(verb, v))),
                title="effect",
                options=effects.shown,
            )
        )
    return found


def _mode(modes: list[int], ability: int) -> int:
    """The simplest mode of a light with an ability."""
    return min((mode for mode in modes if mode & ability), key=int.bit_count)


def _light_command(entity: EntityInfo, client: APIClient, **changes: object) -> None:
    client.light_command(entity.key, device_id=entity.device_id, **changes)  # pyright: ignore[reportArgumentType]


def _colour_point(entity: EntityInfo, mode: int) -> EntityPoint:
    def read(state: EntityState) -> Value:
        assert isinstance(state, api.LightState)  # noqa: S101 - by key and kind
        if not int(state.color_mode) & LightColorCapability.RGB:
            return None
        return xy_from_rgb((state.red * 255, state.green * 255, state.blue * 255))

    def send(client: APIClient, verb: str, value: Value, _before: Value) -> None:
        if verb != "set" or not isinstance(value, tuple) or not all(math.isfinite(part) for part in value):
            raise meaningless(verb, value)
        r, g, b = (part / 255 for part in rgb_from_xy(value))
        _light_command(entity, client, state=True, color_mode=mode, rgb=(r, g, b), color_brightness=1.0)

    return _point(entity, "colour", "color", read, send, title="colour")


def _temperature_point(entity: api.LightInfo, mode: int) -> EntityPoint:
    def read(state: EntityState) -> Value:
        mired = getattr(state, "color_temperature", 0.0)
        return 1e6 / mired if isinstance(mired, float) and mired > 0 else None

    def send(client: APIClient, verb: str, value: Value, before: Value) -> None:
        mired = 1e6 / max(1.0, wanted_number(verb, value, before))
        _light_command(entity, client, state=True, color_mode=mode, color_temperature=mired)

    low, high = 1e6 / entity.max_mireds, 1e6 / entity.min_mireds
    return _point(entity, "temperature", "color_temperature", read, send, title="white", minimum=low, maximum=high)


def _cover(entity: EntityInfo) -> list[EntityPoint]:
    assert isinstance(entity, api.CoverInfo)  # noqa: S101 - by _MAKERS

    def position(client: APIClient, verb: str, value: Value, before: Value) -> None:
        if verb == "stop":
            client.cover_command(entity.key, stop=True, device_id=entity.device_id)
        else:
            wanted = wanted_number(verb, value, before) / 100.0
            client.cover_command(entity.key, position=wanted, device_id=entity.device_id)

    def tilt(client: APIClient, verb: str, value: Value, before: Value) -> None:
        client.cover_command(entity.key, tilt=wanted_number(verb, value, before) / 100.0, device_id=entity.device_id)

    assumed = entity.assumed_state
    found = [_point(entity, "", "position", of_part("position", 100.0), position, optimistic=assumed)]
    if entity.supports_tilt:
        found.append(_point(entity, "tilt", "tilt", of_part("tilt", 100.0), tilt, title="tilt", optimistic=assumed))
    return found


def _valve(entity: EntityInfo) -> list[EntityPoint]:
    def send(client: APIClient, verb: str, value: Value, before: Value) -> None:
        if verb == "stop":
            client.valve_command(entity.key, stop=True, device_id=entity.device_id)
        else:
            wanted = wanted_number(verb, value, before) / 100.0
            client.valve_command(entity.key, position=wanted, device_id=entity.device_id)

    return [_point(entity, "", "valve", of_part("position", 100.0), send)]


def _fan(entity: EntityInfo) -> list[EntityPoint]:
    assert isinstance(entity, api.FanInfo)  # noqa: S101 - by _MAKERS
    count = max(1, entity.supported_speed_count)

    def power(client: APIClient, verb: str, value: Value, before: Value) -> None:
        client.fan_command(entity.key, state=wanted_truth(verb, value, before), device_id=entity.device_id)

    def speed(client: APIClient, verb: str, value: Value, before: Value) -> None:
        level = math.ceil(wanted_number(verb, value, before) / 100.0 * count)
        client.fan_command(entity.key, state=level > 0, speed_level=level or None, device_id=entity.device_id)

    found = [_point(entity, "", "on_off", own_state, power)]
    if entity.supports_speed:
        read = of_part("speed_level", 100.0 / count, zero_if_off=True)
        found.append(_point(entity, "speed", "fan_speed", read, speed, title="speed", step=100.0 / count))
    return found


def _lock(entity: EntityInfo) -> list[EntityPoint]:
    commands = {"lock": api.LockCommand.LOCK, "unlock": api.LockCommand.UNLOCK, "unlatch": api.LockCommand.OPEN}

    def send(client: APIClient, verb: str, value: Value, _before: Value) -> None:
        wanted = commands.get(verb)
        if wanted is None:
            raise meaningless(verb, value)
        client.lock_command(entity.key, wanted, device_id=entity.device_id)

    words = {"locked": "locked", "unlocked": "unlocked", "jammed": "jammed", "none": "unknown", "open": "unlocked"}
    return [_point(entity, "", "lock", of_word("state", words), send)]


_ACTIONS = {name: name for name in ("off", "idle", "heating", "cooling", "drying", "fan")}


def _climate(entity: EntityInfo) -> list[EntityPoint]:
    assert isinstance(entity, api.ClimateInfo)  # noqa: S101 - by _MAKERS

    def set_mode(client: APIClient, verb: str, value: Value, _before: Value) -> None:
        mode = next((mode for mode in entity.supported_modes if mode.name.lower() == chosen(verb, value)), None)
        if mode is None:
            raise meaningless(verb, value)
        client.climate_command(entity.key, mode=mode, device_id=entity.device_id)

    def target(name: str) -> SendCommand:
        def send(client: APIClient, verb: str, value: Value, before: Value) -> None:
            wanted = wanted_number(verb, value, before)
            client.climate_command(entity.key, device_id=entity.device_id, **{name: wanted})  # pyright: ignore[reportArgumentType]

        return send

    modes = tuple(mode.name.lower() for mode in entity.supported_modes)
    limits: dict[str, Any] = {
        "minimum": entity.visual_min_temperature,
        "maximum": entity.visual_max_temperature,
        "unit": "°C",
    }
    found = [_point(entity, "mode", "hvac_mode", of_word("mode"), set_mode, options=modes)]
    two = entity.supports_two_point_target_temperature
    cools = not two and "heat" not in modes and "cool" in modes
    for name, capability in (
        (("target_temperature_low", "setpoint_heat"), ("target_temperature_high", "setpoint_cool"))
        if two
        else (("target_temperature", "setpoint_cool" if cools else "setpoint_heat"),)
    ):
        found.append(_point(entity, name, capability, of_part(name), target(name), **limits))
    if entity.supports_current_temperature:
        found.append(_point(entity, "current", "temperature", of_part("current_temperature"), unit="°C"))
    if entity.supports_action:
        found.append(_point(entity, "action", "hvac_action", of_word("action", _ACTIONS)))
    return found


def _number_entity(entity: EntityInfo) -> list[EntityPoint]:
    assert isinstance(entity, api.NumberInfo)  # noqa: S101 - by _MAKERS

    def send(client: APIClient, verb: str, value: Value, before: Value) -> None:
        client.number_command(entity.key, wanted_number(verb, value, before), device_id=entity.device_id)

    unit = clean_name(entity.unit_of_measurement, 24)
    limits: dict[str, Any] = {"minimum": entity.min_value, "maximum": entity.max_value, "step": entity.step or None}
    return [_point(entity, "", "raw_number", own_state, send, unit=unit, **limits)]


def _select(entity: EntityInfo) -> list[EntityPoint]:
    assert isinstance(entity, api.SelectInfo)  # noqa: S101 - by _MAKERS

    choices = ChoiceNames(entity.options)

    def send(client: APIClient, verb: str, value: Value, _before: Value) -> None:
        client.select_command(entity.key, choices.spelling_of(chosen(verb, value)), device_id=entity.device_id)

    return [_point(entity, "", "raw_enum", named(own_state, choices), send, options=choices.shown)]


def _button(entity: EntityInfo) -> list[EntityPoint]:
    def send(client: APIClient, verb: str, value: Value, _before: Value) -> None:
        if verb != "identify":
            raise meaningless(verb, value)
        client.button_command(entity.key, device_id=entity.device_id)

    if getattr(entity, "device_class", "") != "identify":
        return []
    return [_point(entity, "", "identify", lambda state: None, send, reports=False)]


def _text(entity: EntityInfo) -> list[EntityPoint]:
    return [_point(entity, "", "raw_text", own_state)]


def _event(entity: EntityInfo) -> list[EntityPoint]:
    events = ChoiceNames(getattr(entity, "event_types", ()))
    return [_point(entity, "", "button", named(of_part("event_type"), events), options=events.shown)]


_MAKERS: dict[type[EntityInfo], Callable[[EntityInfo], list[EntityPoint]]] = {
    api.SensorInfo: _sensor,
    api.BinarySensorInfo: _binary_sensor,
    api.SwitchInfo: _switch,
    api.LightInfo: _light,
    api.CoverInfo: _cover,
    api.ValveInfo: _valve,
    api.FanInfo: _fan,
    api.LockInfo: _lock,
    api.ClimateInfo: _climate,
    api.NumberInfo: _number_entity,
    api.SelectInfo: _select,
    api.ButtonInfo: _button,
    api.TextSensorInfo: _text,
    api.TextInfo: _text,
    api.EventInfo: _event,
}
STATES: dict[type[EntityState], type[EntityInfo]] = {
    api.SensorState: api.SensorInfo,
    api.BinarySensorState: api.BinarySensorInfo,
    api.SwitchState: api.SwitchInfo,
    api.LightState: api.LightInfo,
    api.CoverState: api.CoverInfo,
    api.ValveState: api.ValveInfo,
    api.FanState: api.FanInfo,
    api.LockEntityState: api.LockInfo,
    api.ClimateState: api.ClimateInfo,
    api.NumberState: api.NumberInfo,
    api.SelectState: api.SelectInfo,
    api.TextSensorState: api.TextSensorInfo,
    api.TextState: api.TextInfo,
    api.Event: api.EventInfo,
}
"""The kind of entity whose state this is: keys are unique within a kind only."""
