"""Ready automations: what homes and offices ask for most, made for the rooms and devices of a building, to be changed and
saved by a person. None is in force by itself.
"""

from __future__ import annotations

from collections.abc import Iterable, Iterator
from dataclasses import dataclass
from enum import StrEnum

from twin.model.device import Device, Point
from twin.model.ids import RoomId
from twin.model.space import Room
from twin.model.twin import Twin
from twin.rules.automation import Action, At, Automation, Became, Condition, Do, Holds, Notify, SunIs
from twin.rules.home_key import ASLEEP_KEY, HOME_KEY
from twin.rules.selector import Selector, of_point

MINUTE_MS = 60_000
LAMPS = frozenset(("light", "lamp"))
HEATERS = frozenset(("radiator", "thermostat"))
FANS, VALVES = frozenset(("fan",)), frozenset(("valve",))
EMPTY_MS, AWAY_MS, OPEN_MS, STUFFY_MS = 10 * MINUTE_MS, 10 * MINUTE_MS, 2 * MINUTE_MS, 5 * MINUTE_MS
DARK_LX = 100.0
NIGHT_MINUTE = 23 * 60
STUFFY_PPM, FRESH_PPM = 1_000.0, 800.0
"""CO2 (ppm) from which a room is aired, and to which: about categories II and I of EN 16798-1 above outdoor air."""
FAN_PERCENT = 60.0
AIRING_C, WARM_C, AWAY_C = 12.0, 20.0, 17.0
"""Set-points of heating (°C): by an open window, in use, in an empty home."""


class ReadyKind(StrEnum):
    """What a ready automation does."""

    PRESENCE_LIGHT_ON = "presence_light_on"
    PRESENCE_LIGHT_OFF = "presence_light_off"
    NIGHT = "night"
    LEAK = "leak"
    LEAK_TOLD = "leak_told"
    WINDOW_OPEN = "window_open"
    WINDOW_CLOSED = "window_closed"
    AIR_ON = "air_on"
    AIR_OFF = "air_off"
    AWAY_LIGHT = "away_light"
    AWAY_HEATING = "away_heating"
    HOME_HEATING = "home_heating"


@dataclass(frozen=True, slots=True)
class ReadyAutomation:
    """A ready automation; `room`: the one that it is for, None for the building."""

    kind: ReadyKind
    rule: Automation
    room: Room | None = None


def ready_automations(twin: Twin, *, leak_found: str, air_the_room: str) -> tuple[ReadyAutomation, ...]:
    """The ready automations for which a building has the devices, those of the whole building first.

    `leak_found`, `air_the_room`: texts of notices, in the language of the editor.
    """
    return (
        *_of_building(twin, leak_found),
        *(one for room in twin.rooms for one in _of_room(twin, room, air_the_room)),
    )


def _of_building(twin: Twin, leak_found: str) -> Iterator[ReadyAutomation]:
    lamps = tuple(_switched(_of_kind(twin.devices, LAMPS), "off"))
    leaks = tuple(_became(one, to=1.0) for one in _read(twin.devices, "water_leak"))
    if leaks:
        shut = tuple(_shut(_of_kind(twin.devices, VALVES)))
        yield _ready(ReadyKind.LEAK if shut else ReadyKind.LEAK_TOLD, leaks, (*shut, Notify(text=leak_found)))
    if lamps:
        asleep = Do(selector=of_point(ASLEEP_KEY), verb="on")
        yield _ready(ReadyKind.NIGHT, (At(minute=NIGHT_MINUTE),), (*lamps, asleep))
    away = (Became(selector=of_point(HOME_KEY), to=0.0, for_ms=AWAY_MS),)
    if lamps:
        yield _ready(ReadyKind.AWAY_LIGHT, away, lamps)
    if cool := tuple(_set(twin.devices, AWAY_C)):
        yield _ready(ReadyKind.AWAY_HEATING, away, cool)
        back = (Became(selector=of_point(HOME_KEY), to=1.0),)
        yield _ready(ReadyKind.HOME_HEATING, back, tuple(_set(twin.devices, WARM_C)))


def _of_room(twin: Twin, room: Room, air_the_room: str) -> Iterator[ReadyAutomation]:
    devices = twin.devices_in.get(RoomId(room.id), ())
    yield from _light(twin, room, devices)
    windows = _read(devices, "contact")
    if windows and (cold := tuple(_set(devices, AIRING_C))):
        opened = tuple(_became(one, to=1.0, for_ms=OPEN_MS) for one in windows)
        yield _ready(ReadyKind.WINDOW_OPEN, opened, cold, (), room)
        shut = tuple(_became(one, to=0.0, for_ms=OPEN_MS) for one in windows)
        closed = tuple(Holds(selector=of_point(one.id), equals=0.0) for one in windows)
        yield _ready(ReadyKind.WINDOW_CLOSED, shut, tuple(_set(devices, WARM_C)), closed, room)
    if air := _read(devices, "co2"):
        stuffy = tuple(_became(one, above=STUFFY_PPM, for_ms=STUFFY_MS) for one in air)
        fans = _of_kind(devices, FANS)
        blows = tuple(_blown(fans, on=True))
        yield _ready(ReadyKind.AIR_ON, stuffy, blows or (Notify(text=air_the_room),), (), room)
        if blows:
            fresh = tuple(_became(one, below=FRESH_PPM, for_ms=STUFFY_MS) for one in air)
            all_fresh = tuple(Holds(selector=of_point(one.id), below=FRESH_PPM) for one in air)
            yield _ready(ReadyKind.AIR_OFF, fresh, tuple(_blown(fans, on=False)), all_fresh, room)


def _light(twin: Twin, room: Room, devices: Iterable[Device]) -> Iterator[ReadyAutomation]:
    """Light by presence: on when one sensor of a room reports it, off once none of them has for a while."""
    seen = [*_read(devices, "occupancy"), *_read(devices, "motion")]
    lamps = _of_kind(devices, LAMPS)
    if seen and (on := tuple(_switched(lamps, "on"))):
        came = tuple(_became(one, to=1.0) for one in seen)
        yield _ready(ReadyKind.PRESENCE_LIGHT_ON, came, on, tuple(_dark(twin, devices)), room)
        gone = tuple(_became(one, to=0.0, for_ms=EMPTY_MS) for one in seen)
        empty = tuple(Holds(selector=of_point(one.id), equals=0.0, for_ms=EMPTY_MS) for one in seen)
        yield _ready(ReadyKind.PRESENCE_LIGHT_OFF, gone, tuple(_switched(lamps, "off")), empty, room)


def _ready(
    kind: ReadyKind,
    triggers: tuple[At | Became, ...],
    actions: tuple[Action, ...],
    conditions: tuple[Condition, ...] = (),
    room: Room | None = None,
) -> ReadyAutomation:
    rule = Automation(id=kind.value, triggers=triggers, conditions=conditions, actions=actions)
    return ReadyAutomation(kind=kind, rule=rule, room=room)


def _of_kind(devices: Iterable[Device], kinds: frozenset[str]) -> list[Device]:
    return [one for one in devices if one.kind in kinds]


def _read(devices: Iterable[Device], capability: str) -> list[Point]:
    return [point for one in devices for point in one.points if point.capability.id == capability]


def _became(
    point: Point, *, to: float | None = None, above: float | None = None, below: float | None = None, for_ms: int = 0
) -> Became:
    return Became(selector=of_point(point.id), to=to, above=above, below=below, for_ms=for_ms)


def _commanded(devices: Iterable[Device], capability: str) -> Iterator[Selector]:
    for point in _read(devices, capability):
        if point.writable:
            yield of_point(point.id)


def _switched(devices: Iterable[Device], verb: str) -> Iterator[Do]:
    return (Do(selector=one, verb=verb) for one in _commanded(devices, "on_off"))


def _set(devices: Iterable[Device], temperature: float) -> Iterator[Do]:
    heaters = _of_kind(devices, HEATERS)
    return (Do(selector=one, verb="set", value=temperature) for one in _commanded(heaters, "setpoint_heat"))


def _blown(devices: Iterable[Device], *, on: bool) -> Iterator[Do]:
    for device in devices:
        switched = list(_switched([device], "on" if on else "off"))
        speed = FAN_PERCENT if on else 0.0
        yield from switched or (Do(selector=one, verb="set", value=speed) for one in _commanded([device], "fan_speed"))


def _shut(devices: Iterable[Device]) -> Iterator[Do]:
    for device in devices:
        yield from _switched([device], "off")
        yield from (Do(selector=one, verb="close") for one in _commanded([device], "valve"))


def _dark(twin: Twin, devices: Iterable[Device]) -> Iterator[Condition]:
    """That a room is dark: by its own light sensor, else by the sun, else nothing."""
    if light := _read(devices, "illuminance"):
        yield Holds(selector=of_point(light[0].id), below=DARK_LX)
    elif twin.site.latitude is not None:
        yield SunIs(up=False)
