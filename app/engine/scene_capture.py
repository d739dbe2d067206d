"""A new scene from what the points of a room report; what lamps that are off would show comes from the history."""

from __future__ import annotations

from collections.abc import Iterable, Mapping

import numpy as np
from msgspec.structs import replace

from twin.model.device import Device, Point
from twin.model.ids import PointId, RoomId
from twin.model.twin import Twin
from twin.rules.scene import Places, Scene, SceneTarget, capture
from twin.rules.wall_clock import DAY_MS
from twin.store.history import History

LAST_ON_DAYS = 30
"""How far back a lamp's last time on is looked for."""


def captured_scene(
    id: str, title: str, room: RoomId | None, twin: Twin, places: Places, history: History, now_ms: int
) -> Scene:
    """A scene of the present values of a room's points, or of all points (`room` None). Blocks: reads the history."""
    devices = twin.devices if room is None else twin.devices_in.get(room, ())
    there = Places([point for device in devices for point in device.points], places.values, places.strings)
    targets = capture(there, last_on(devices, there, history, now_ms))
    return replace(Scene(id=id, title=title, room=room or ""), targets=_in_order(targets, twin))


def last_on(devices: Iterable[Device], places: Places, history: History, now_ms: int) -> Mapping[PointId, float]:
    """The last recorded values of colour and level of lamps that are off, from when they were on."""
    found: dict[PointId, float] = {}
    for device in devices:
        dark = [point for point in device.points if places.switched_off(point)]
        switch = next((point for point in device.points if point.capability.id == "on_off"), None)
        if not dark or switch is None:
            continue
        at_ms = _last_on_ms(switch, history, now_ms)
        if at_ms is None:
            continue
        then = history.moment(at_ms, [point.id for point in dark])
        for point, value in zip(dark, then.value.tolist(), strict=True):
            if value == value:
                found[point.id] = value
    return found


def _last_on_ms(switch: Point, history: History, now_ms: int) -> int | None:
    """The last moment at which a switch was on (UTC ms): just before it went off; None where it was not."""
    samples = history.raw(switch.id, now_ms - LAST_ON_DAYS * DAY_MS, now_ms + 1)
    on = np.flatnonzero(samples.values > 0.5)
    if not len(on):
        return None
    after = int(on[-1]) + 1
    return int(samples.times[after]) - 1 if after < len(samples.times) else now_ms


def _in_order(targets: Iterable[SceneTarget], twin: Twin) -> tuple[SceneTarget, ...]:
    """By the names of their devices."""

    def name(target: SceneTarget) -> str:
        point = twin.point_of[PointId(target.selector.point)]
        return twin.device_of[point.device].name.casefold()

    return tuple(sorted(targets, key=name))
