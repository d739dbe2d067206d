"""From columns of values to what the picture shows: a value per room, lights that are on, alarms. All by row index."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.capability import CAPABILITIES, Group, ValueType
from twin.model.device import Device
from twin.model.ident import DeviceId, RoomId
from twin.model.kind import KINDS
from twin.model.observation import Quality, unpack_xy
from twin.model.state import State
from twin.model.twin import Twin

type Rows = NDArray[np.intp]
type Floats = NDArray[np.float64]

_NONE = -1
DEFAULT_KELVIN = 2850.0


@dataclass(frozen=True, slots=True)
class Shine:
    """A light that is on: strength 0..1 and either kelvin or xy."""

    strength: float
    kelvin: float | None = None
    xy: tuple[float, float] | None = None


class Readings:
    """Knows which row of State means what. `rooms` and `devices` fix the order of what it answers."""

    def __init__(self, twin: Twin, rooms: Sequence[RoomId], devices: Sequence[DeviceId]) -> None:
        self._twin = twin
        self._room_of = {room: i for i, room in enumerate(rooms)}
        self._row_of = {device: i for i, device in enumerate(devices)}
        self.rooms, self.devices = len(rooms), len(devices)
        self._known = 0
        self._state: State | None = None
        self.capability = ""
        self._clear()

    def bind(self, state: State) -> bool:
        """Looks the rows up where the state is new or has grown; whether it did."""
        if state is self._state and len(state) == self._known:
            return False
        self._state, self._known = state, len(state)
        self._clear()
        lights: list[tuple[int, int, int, int, int]] = []
        alarms: list[tuple[int, int]] = []
        switches: list[tuple[int, int]] = []
        for device in self._twin.devices:
            row = self._row_of.get(device.id)
            if row is None:
                continue
            on, level, kelvin, colour = (
                self._find(device, word) for word in ("on_off", "level", "color_temperature", "color")
            )
            if KINDS.get(device.kind, KINDS["device"]).group == "Lighting" and max(on, level) >= 0:
                lights.append((row, on, level, kelvin, colour))
            elif on >= 0:
                switches.append((row, on))
            alarms.extend(
                (row, at)
                for point in device.points
                if point.capability.group is Group.ALARM and (at := state.index(point.id)) is not None
            )
        self._lights = np.array(lights, np.intp).reshape(-1, 5)
        self._alarms = np.array(alarms, np.intp).reshape(-1, 2)
        self._switches = np.array(switches, np.intp).reshape(-1, 2)
        self.colour_by(self.capability)
        self._mark()
        return True

    def colour_by(self, capability: str) -> None:
        """Chooses what rooms are coloured by; empty or unknown means nothing."""
        self.capability = capability
        pairs: list[tuple[int, int]] = []
        row = CAPABILITIES.get(capability)
        if self._state is not None and row is not None and row.type in (ValueType.NUMBER, ValueType.BOOL):
            for device in self._twin.devices:
                room = self._room_of.get(device.room) if device.room else None
                if room is None:
                    continue
                pairs.extend(
                    (room, at)
                    for point in device.points
                    if point.info.capability == capability and (at := self._state.index(point.id)) is not None
                )
        self._coloured = np.array(pairs, np.intp).reshape(-1, 2)
        self._mark()

    def touched(self, rows: Iterable[int] | Rows) -> set[str]:
        """Which of rooms, lights, alarms and switches the rows concern."""
        rows = np.asarray(rows, np.intp)
        rows = rows[rows < len(self._role)]
        bits = int(np.bitwise_or.reduce(self._role[rows])) if len(rows) else 0
        return {word for word, bit in _ROLES.items() if bits & bit}

    def room_values(self) -> Floats:
        """(rooms,) mean of the good values, NaN where there is none."""
        total, count = np.zeros(self.rooms), np.zeros(self.rooms)
        if self._state is not None and len(self._coloured):
            room, at = self._coloured[:, 0], self._coloured[:, 1]
            value = self._state.value[at]
            good = (self._state.quality[at] < Quality.OFFLINE) & np.isfinite(value)
            total = np.bincount(room[good], value[good], self.rooms)
            count = np.bincount(room[good], minlength=self.rooms)
        with np.errstate(invalid="ignore", divide="ignore"):
            return np.where(count > 0, total / count, np.nan)

    def shining(self) -> dict[int, Shine]:
        """Rows of the lights that report to be on, and how they shine."""
        found: dict[int, Shine] = {}
        if self._state is None:
            return found
        for row, on, level, kelvin, colour in self._lights.tolist():
            lit = self._value(on)
            strength = self._value(level)
            if lit == 0 or (lit is None and not strength):
                continue
            share = 1.0 if strength is None else 0.25 + 0.75 * min(1.0, max(0.0, strength / 100.0))
            packed = self._value(colour)
            warmth = self._value(kelvin)
            found[row] = Shine(share, warmth, unpack_xy(packed) if packed is not None and warmth is None else None)
        return found

    def is_light(self) -> NDArray[np.bool_]:
        """(devices,) whether it is a light."""
        made = np.zeros(self.devices, np.bool_)
        made[self._lights[:, 0]] = True
        return made

    def active(self) -> NDArray[np.bool_]:
        """(devices,) whether a switched device other than a light reports to be on."""
        return self._any(self._switches)

    def switched(self) -> NDArray[np.bool_]:
        """(devices,) whether it can be on or off and is no light."""
        made = np.zeros(self.devices, np.bool_)
        made[self._switches[:, 0]] = True
        return made

    def alarmed(self) -> NDArray[np.bool_]:
        """(devices,) whether an alarm point says so."""
        return self._any(self._alarms)

    def _any(self, pairs: Rows) -> NDArray[np.bool_]:
        made = np.zeros(self.devices, np.bool_)
        if self._state is not None and len(pairs):
            value = self._state.value[pairs[:, 1]]
            true = (self._state.quality[pairs[:, 1]] < Quality.OFFLINE) & (value > 0.5) & np.isfinite(value)
            made[pairs[true, 0]] = True
        return made

    def _value(self, at: int) -> float | None:
        if at < 0 or self._state is None or self._state.quality[at] >= Quality.OFFLINE:
            return None
        value = float(self._state.value[at])
        return None if np.isnan(value) else value

    def _find(self, device: Device, capability: str) -> int:
        point = device.point(capability)
        if point is None or point.info.capability != capability or self._state is None:
            return _NONE
        at = self._state.index(point.id)
        return _NONE if at is None else at

    def _clear(self) -> None:
        self._lights = np.empty((0, 5), np.intp)
        self._alarms = self._switches = self._coloured = np.empty((0, 2), np.intp)
        self._role = np.empty(0, np.uint8)

    def _mark(self) -> None:
        role = np.zeros(self._known, np.uint8)
        for word, at in (
            ("rooms", self._coloured[:, 1]),
            ("lights", self._lights[:, 1:].ravel()),
            ("alarms", self._alarms[:, 1]),
            ("switches", self._switches[:, 1]),
        ):
            role[at[at >= 0]] |= _ROLES[word]
        self._role = role


_ROLES = {"rooms": 1, "lights": 2, "alarms": 4, "switches": 8}
