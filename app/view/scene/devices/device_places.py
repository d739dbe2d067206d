"""Device positions in the scene: their own position, else around the middle of their room."""

from __future__ import annotations

from collections.abc import Iterator, Mapping, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.device import Device
from twin.model.ids import DeviceId, RoomId
from twin.model.kind import KINDS
from twin.model.room_spots import PlanSpot, free_numbers, spot_around
from twin.model.space import Room
from twin.model.twin import Twin

type _Spot = tuple[float, float, float, float]
"""Position of a marker and height of the device, metres."""

_HIGHEST_M = 1.55
"""Maximum height in metres of markers over the floor; above the cut they would seem to be in another room."""


@dataclass(frozen=True, slots=True, eq=False)
class PlacedDevices:
    """Devices with a position, ordered by storey: row i of every array is one device."""

    ids: tuple[DeviceId, ...]
    positions: NDArray[np.float64]
    """(n, 3) positions of the markers in metres."""
    heights: NDArray[np.float64]
    """(n,) heights in metres at which the devices themselves hang; markers hang no higher than a cut."""
    level: NDArray[np.int64]
    room: tuple[RoomId | None, ...]
    kind: tuple[str, ...]
    row_of: dict[DeviceId, int]

    def is_same(self, other: PlacedDevices) -> bool:
        """Whether devices, kinds, positions and order are the same."""
        return (
            (self.ids, self.room, self.kind) == (other.ids, other.room, other.kind)
            and np.array_equal(self.level, other.level)
            and np.array_equal(self.positions, other.positions)
            and np.array_equal(self.heights, other.heights)
        )


def kept(placed_devices: PlacedDevices, wanted: Sequence[bool]) -> PlacedDevices:
    """The selected devices, positions unchanged."""
    rows = [row for row, there in enumerate(wanted) if there]
    ids = tuple(placed_devices.ids[row] for row in rows)
    return PlacedDevices(
        ids,
        placed_devices.positions[rows],
        placed_devices.heights[rows],
        placed_devices.level[rows],
        tuple(placed_devices.room[row] for row in rows),
        tuple(placed_devices.kind[row] for row in rows),
        {id: i for i, id in enumerate(ids)},
    )


class DevicePlaces:
    """Finds device positions; results are reused while the device and its room are the same objects."""

    def __init__(self) -> None:
        self._known: dict[DeviceId, tuple[Device, Room, int, _Spot]] = {}
        """What each position was computed from: device, room, the number of its spot where it has no position;
        and the position and height.
        """

    def place(self, twin: Twin, middles: Mapping[RoomId, tuple[float, float]]) -> PlacedDevices:
        """Positions of all devices in rooms; `middles` are the rooms' in plan."""
        level_of = {storey.id: i for i, storey in enumerate(twin.storeys)}
        levels: list[list[tuple[Device, _Spot]]] = [[] for _ in twin.storeys]
        free: dict[RoomId, Iterator[int]] = {}
        planned = _planned(twin)
        before, self._known = self._known, {}
        for device in twin.devices:
            room = twin.room_of.get(device.room) if device.room else None
            level = level_of.get(room.storey) if room is not None else None
            if room is None or level is None:
                continue
            number = -1
            if device.position_m is None:
                if room.id not in free:
                    middle = middles.get(room.id) or _mean(room)
                    free[room.id] = free_numbers(room, middle, planned.get(room.id, ()))
                number = next(free[room.id])
            known = before.get(device.id)
            if known is None or known[0] is not device or known[1] is not room or known[2] != number:
                known = (device, room, number, _spot(device, room, middles.get(room.id), number))
            self._known[device.id] = known
            levels[level].append((device, known[3]))
        rows = [row for level in levels for row in level]
        ids = tuple(device.id for device, _ in rows)
        spots = np.array([spot for _, spot in rows], np.float64).reshape(-1, 4)
        return PlacedDevices(
            ids,
            spots[:, :3],
            spots[:, 3],
            np.repeat(np.arange(len(levels)), np.array([len(level) for level in levels], np.intp)),
            tuple(device.room for device, _ in rows),
            tuple(device.kind for device, _ in rows),
            {id: i for i, id in enumerate(ids)},
        )


def _spot(device: Device, room: Room, middle: tuple[float, float] | None, number: int) -> _Spot:
    """The device's own position, or one around its room's middle at its kind's height; its marker's and its own height."""
    if device.position_m is not None:
        x, y, z = device.position_m
    else:
        x, y = spot_around(room, middle or _mean(room), number)
        z = room.floor_m + KINDS.get(device.kind, KINDS["device"]).mounts_at_m
    return x, y, min(max(z, room.floor_m + 0.05), room.floor_m + _HIGHEST_M), z


def _mean(room: Room) -> PlanSpot:
    """The mean of a room's corners."""
    x, y = np.mean(room.outline, 0).tolist()
    return x, y


def _planned(twin: Twin) -> dict[RoomId, list[PlanSpot]]:
    """Where in their rooms devices are planned by hand, or were before they came."""
    found: dict[RoomId, list[PlanSpot]] = {}
    for holder in twin.placeholders:
        if holder.by_hand and holder.room is not None:
            found.setdefault(holder.room, []).append(holder.position_m[:2])
    return found
