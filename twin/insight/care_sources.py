"""Which points of a building may tell of a person, and what the signs in their samples are."""

from __future__ import annotations

from collections.abc import Iterable, Iterator

import numpy as np
from numpy.typing import NDArray

from twin.model.capability import Capability, ValueType
from twin.model.care import CareRole, CareSetup, CareSource
from twin.model.device import Device, Point
from twin.model.space import Door, Room
from twin.model.twin import Twin

PROPOSED = frozenset({"motion", "occupancy", "contact", "lock", "button", "vibration", "flow"})
"""Capabilities that are proposed: what a person does, and no automation."""
POSSIBLE = PROPOSED | {"presence", "power", "on_off", "water_volume", "raw_bool"}
SWITCHED = frozenset({"on_off", "power"})
"""Capabilities that the lamp of a question changes, too, where it hangs on a plug of its own."""
RISE = {"power": 10.0, "flow": 0.01}
"""By capability: the value (canonical unit) above which something was turned on."""
BESIDE_M = 1.5
"""Distance, metres, within which a contact belongs to a door."""
_BATH = ("bath", "toilet", "wc", "shower", "lavatory", "bad", "浴", "卫生间", "厕所", "洗手间")
_OUTER = (
    "front door",
    "entrance",
    "main door",
    "house door",
    "apartment door",
    "haustür",
    "大门",
    "入户",
    "前门",
    "门口",
)


def possible_sources(twin: Twin) -> Iterator[tuple[CareSource, bool]]:
    """Points that may tell of a person, with the role that names and plan suggest, and whether they are proposed."""
    for device in twin.devices:
        room = twin.room_of.get(device.room) if device.room is not None else None
        yield from device_sources(device, room, twin.doors)


def device_sources(device: Device, room: Room | None, doors: Iterable[Door]) -> Iterator[tuple[CareSource, bool]]:
    """Those of one device in its room, of a building with these doors."""
    for point in device.points:
        capability = point.capability.id
        if capability in POSSIBLE:
            yield CareSource(point=point.id, role=_role(device, point, room, doors)), capability in PROPOSED


def proposed_sources(twin: Twin) -> tuple[CareSource, ...]:
    """The sources whose capability is in PROPOSED, in the order of the devices."""
    return tuple(source for source, proposed in possible_sources(twin) if proposed)


def possible_lamps(twin: Twin) -> Iterator[Point]:
    """Switches of lamps that may blink as the question."""
    for device in twin.devices:
        if device.kind in ("lamp", "light"):
            yield from (one for one in device.points if one.capability.id == "on_off" and one.writable)


def looked_at(setup: CareSetup, twin: Twin) -> tuple[CareSource, ...]:
    """The sources of a consent without those of the lamp's device: the lamp does not answer its own question."""
    lamp = twin.point_of.get(setup.lamp) if setup.lamp is not None else None
    own = twin.device_of[lamp.device].points if lamp is not None else ()
    return tuple(one for one in setup.sources if one.point not in {point.id for point in own})


def _role(device: Device, point: Point, room: Room | None, doors: Iterable[Door]) -> CareRole:
    if point.capability.id in ("contact", "lock"):
        named = any(word in device.name.casefold() for word in _OUTER)
        outer = any(_is_beside(device, door) for door in doors if len(door.rooms) == 1)
        return CareRole.DOOR if named or outer or point.capability.id == "lock" else CareRole.INSIDE
    words = f"{device.name} {room.name} {room.usage}" if room is not None else device.name
    found = set(words.casefold().replace("-", " ").split())
    bath = any(word in found or ((len(word) > 3 or not word.isascii()) and word in words.casefold()) for word in _BATH)
    return CareRole.BATH if bath else CareRole.INSIDE


def _is_beside(device: Device, door: Door) -> bool:
    if device.position_m is None:
        return False
    here, there = np.array(device.position_m), np.array(door.position_m)
    return bool(np.hypot(*(here - there)[:2]) <= BESIDE_M and abs(here[2] - there[2]) <= door.height_m + 0.5)


def sign_times(times_ms: NDArray[np.int64], values: NDArray[np.float64], capability: Capability) -> NDArray[np.int64]:
    """Times of the signs among samples of a point, NaN where it has no value: changes of a state, presses, a counter that
    counts, a power or flow that rises above RISE."""
    known = np.isfinite(values)
    times, values = times_ms[known], values[known]
    if capability.type is ValueType.EVENT or not len(times):
        return times
    before, now = values[:-1], values[1:]
    if capability.is_counter:
        changed = now > before
    elif capability.type is ValueType.NUMBER:
        limit = RISE.get(capability.id, 0.0)
        changed = (before <= limit) & (now > limit)
    else:
        changed = now != before
    return times[1:][changed]
