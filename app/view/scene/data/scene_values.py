"""Derives what the scene displays from State columns: room values, lit lamps, alarms."""

from __future__ import annotations

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass, replace

import numpy as np
from numpy.typing import NDArray

from app.view.scene.data.comfort_colours import COLOUR_ROWS, COMFORT_ROW, verdict_codes
from app.view.scene.data.device_roles import DeviceRoles
from twin.model.aggregation import AggregationRule, aggregate, aggregation_rule, colours_rooms, counted_points
from twin.model.capability import CAPABILITIES, ValueType
from twin.model.device import Device, Point
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.observation import Quality, unpack_xy
from twin.model.room_comfort import RoomVerdict
from twin.model.state import State
from twin.model.twin import Twin

type Rows = NDArray[np.intp]
type Floats = NDArray[np.float64]

_NONE = -1
_DARK = 0.3
"""Threshold between off and the dimmest level, which is 1/254 of 100 %."""
_GLANCE = 4096
"""Number of changed rows that are examined before checking whether the rest could add anything."""
DEFAULT_KELVIN = 2850.0


@dataclass(frozen=True, slots=True, eq=False)
class LampOutput:
    """How each device shines, or would if switched on, (devices,): strength 0..1, kelvin, CIE x and y if coloured."""

    strength: Floats
    kelvin: Floats
    x: Floats
    y: Floats
    """CIE y per device; NaN where the light has no colour of its own."""


class SceneValues:
    """Maps State rows to rooms and devices; `rooms` and `devices` fix the order of the arrays returned."""

    def __init__(
        self,
        twin: Twin,
        rooms: Sequence[RoomId],
        devices: Sequence[DeviceId],
        *,
        before: SceneValues | None = None,
    ) -> None:
        """`before` are the values of an earlier twin; unchanged devices are taken from it."""
        self._twin = twin
        known: dict[DeviceId, DeviceRoles] = before.roles_of if before is not None else {}
        self.roles_of: dict[DeviceId, DeviceRoles] = {
            device.id: roles
            if (roles := known.get(device.id)) is not None and roles.device is device
            else DeviceRoles.of(device)
            for device in twin.devices
        }
        self._room_of = {room: i for i, room in enumerate(rooms)}
        self._row_of = {device: i for i, device in enumerate(devices)}
        self.rooms, self.devices = len(rooms), len(devices)
        self._known = 0
        self._state: State | None = None
        self.capability = ""
        self._verdicts: Mapping[RoomId, RoomVerdict | None] = before.verdicts if before is not None else {}
        self._clear()

    def rename(self, device: Device) -> None:
        """Updates a device whose name, and nothing else, changed."""
        self.roles_of[device.id] = replace(self.roles_of[device.id], device=device)

    def bind(self, state: State) -> bool:
        """Looks up the rows if the state is new or has grown; returns whether it did."""
        if state is self._state and len(state) == self._known:
            return False
        known, self._state = self._state, state
        if known is not None and len(state) == len(known) == self._known and state.points == known.points:
            return True  # of another moment: the rows are the same
        self._known = len(state)
        self._clear()
        lights: list[tuple[int, int]] = []  # row, and where its switch is, else its level
        tinted: list[tuple[int, int, int, int]] = []
        alarms: list[tuple[int, int]] = []
        moves: list[int] = []
        switches: list[tuple[int, int]] = []
        locks: list[tuple[int, int]] = []

        def at(point: PointId | None) -> int:
            found = state.index(point) if point is not None else None
            return _NONE if found is None else found

        for id, roles in self.roles_of.items():
            row = self._row_of.get(id)
            if row is None:
                continue
            on, level = at(roles.on_off), at(roles.level)
            if roles.is_light and max(on, level) >= 0:
                lights.append((row, on if on >= 0 else level))
                kelvin, colour = map(at, roles.tints)
                if max(level, kelvin, colour) >= 0:
                    tinted.append((row, level, kelvin, colour))
            elif on >= 0:
                switches.append((row, on))
            if (lock := at(roles.lock)) >= 0:
                locks.append((row, lock))
            moves.extend(place for place in map(at, roles.moves) if place >= 0)
            alarms.extend((row, place) for place in map(at, roles.alarms) if place >= 0)
        rows = np.array([light[0] for light in lights], np.intp)
        self._switch_rows = np.array([light[1] for light in lights], np.intp)
        self._switch_of[rows] = self._switch_rows
        self._lights[rows] = True
        self._tinted = np.array(tinted, np.intp).reshape(-1, 4)
        self._alarms = np.array(alarms, np.intp).reshape(-1, 2)
        self._switches = np.array(switches, np.intp).reshape(-1, 2)
        self._locks = dict(locks)
        self._moves = np.array(moves, np.intp)
        self.colour_by(self.capability)
        self._mark()
        return True

    def colour_by(self, capability: str) -> None:
        """Sets the capability that colours rooms; empty or unknown for none."""
        self.capability, self.options, self._rule = capability, (), AggregationRule.MEAN
        found: list[tuple[int, int, int, Point]] = []
        row = COLOUR_ROWS.get(capability)
        if self._state is not None and row is not None and colours_rooms(row):
            self._rule = aggregation_rule(row)
            for device in self.devices_with(capability):
                room = self._room_of.get(device.room) if device.room else None
                if room is None:
                    continue
                found.extend(
                    (room, at, self._row_of.get(device.id, _NONE), point)
                    for point in counted_points(device, capability)
                    if (at := self._state.index(point.id)) is not None
                )
        if capability == "power":  # a meter has already counted what the plugs behind it draw
            metered = {room for room, _, _, point in found if self._twin.device_of[point.device].kind == "meter"}
            found = [
                one for one in found if one[0] not in metered or self._twin.device_of[one[3].device].kind == "meter"
            ]
        found.sort(key=lambda one: one[0])
        self._coloured = np.array([one[:3] for one in found], np.intp).reshape(-1, 3)
        self._codes = None
        if row is COMFORT_ROW:
            self.options = COMFORT_ROW.options
        elif row is not None and row.type is ValueType.ENUM:
            self.options, self._codes = _one_list([point.options for _, _, _, point in found])
        self._mark()

    @property
    def verdicts(self) -> Mapping[RoomId, RoomVerdict | None]:
        """How each room is felt to be now, as the engine judged last."""
        return self._verdicts

    def judge(self, verdicts: Mapping[RoomId, RoomVerdict | None]) -> None:
        """Sets how each room is felt to be now."""
        self._verdicts = verdicts

    def devices_with(self, capability: str) -> list[Device]:
        """The devices, placed or not, with a point of this capability."""
        return [roles.device for roles in self.roles_of.values() if capability in roles.capabilities]

    def touched(self, rows: Iterable[int] | Rows) -> set[str]:
        """Which of rooms, lights, tints, alarms and switches these State rows affect."""
        rows = np.asarray(rows, np.intp)
        if not len(rows) or not len(self._role):
            return set()
        bits = self._bits(rows[:_GLANCE])
        if bits != self._roles:  # else the rest can only say the same again
            bits |= self._bits(rows[_GLANCE:])
        return {word for word, bit in _ROLES.items() if bits & bit}

    def _bits(self, rows: Rows) -> int:
        return int(np.bitwise_or.reduce(self._role.take(rows, mode="clip")))

    def room_values(self, state: State | None = None) -> Floats:
        """(rooms,) good values combined by the capability's rule, NaN where there is none; of `state`, if given, which
        must
        have the same rows as the bound one.
        """
        if self.capability == COMFORT_ROW.id:  # of other moments it is not known
            live = state is None or state is self._state
            return verdict_codes(self._verdicts if live else {}, self._room_of)
        return aggregate(self._rule, self.sensor_values(state), self._coloured[:, 0], self.rooms)

    def sensors(self) -> tuple[Rows, Rows]:
        """For each sensor, ordered by room: index of its room, and its row in `devices` (-1: not placed)."""
        return self._coloured[:, 0], self._coloured[:, 2]

    def sensor_values(self, state: State | None = None) -> Floats:
        """(sensors,) value per sensor, NaN where its quality is not good; enum values as indices into `options`."""
        values = self._value(self._coloured[:, 1], state)
        if self._codes is None or not len(values):
            return values
        known = np.isfinite(values)
        code = np.nan_to_num(values).astype(np.intp).clip(0, self._codes.shape[1] - 1)
        return np.where(known, self._codes[np.arange(len(values)), code], np.nan)

    def newest_ms(self) -> int:
        """Time in ms of the newest value of the sensors; 0 without any."""
        if self._state is None or not len(self._coloured):
            return 0
        return int(self._state.time_ms[self._coloured[:, 1]].max())

    def lit(self) -> NDArray[np.bool_]:
        """(devices,) whether a light reports to be on; without a switch, whether it is not dark."""
        if self._state is None or not len(self._switch_of) or not len(self._state):
            return np.zeros(self.devices, np.bool_)
        # take with clip is the quickest gather numpy has; devices that are no lights ask for row 0 and do not count
        made = self._state.value.take(self._switch_of, mode="clip", out=self._gathered) > _DARK
        made &= self._lights
        if self._state.quality.max() >= Quality.OFFLINE:
            made &= self._state.quality.take(self._switch_of, mode="clip") < Quality.OFFLINE
        return made

    def shine(self) -> LampOutput:
        """Brightness and colour of each device's light."""
        strength, kelvin = np.ones(self.devices), np.full(self.devices, DEFAULT_KELVIN)
        x, y = np.full(self.devices, np.nan), np.full(self.devices, np.nan)
        if self._state is not None:
            rows, *points = self._tinted.T
            share, colour_temperature, packed = (np.where(at < 0, np.nan, self._value(at)) for at in points)
            strength[rows] = np.where(np.isnan(share), 1.0, 0.25 + 0.75 * np.clip(share / 100.0, 0.0, 1.0))
            kelvin[rows] = np.where(colour_temperature > 0, colour_temperature, DEFAULT_KELVIN)
            for i in np.flatnonzero(np.isfinite(packed) & np.isnan(colour_temperature)).tolist():
                x[rows[i]], y[rows[i]] = unpack_xy(float(packed[i]))
        return LampOutput(strength, kelvin, x, y)

    def is_light(self) -> NDArray[np.bool_]:
        """(devices,) whether the device is a light."""
        return self._lights.copy()

    def active(self) -> NDArray[np.bool_]:
        """(devices,) whether a switched device other than a light reports to be on."""
        return self._any(self._switches)

    def switched(self) -> NDArray[np.bool_]:
        """(devices,) whether the device can be switched and is no light."""
        made = np.zeros(self.devices, np.bool_)
        made[self._switches[:, 0]] = True
        return made

    def lock_state(self, row: int) -> str | None:
        """The state of a device's lock (`locked`, `unlocked` …); None where there is no lock or no value."""
        code = self._one(self._locks.get(row, _NONE))
        options = CAPABILITIES["lock"].options
        return options[int(code)] if code is not None and 0 <= code < len(options) else None

    def locks(self) -> Floats:
        """(locks,) index of each lock's state in its options, NaN where there is no value."""
        return self._value(np.array([*self._locks.values()], np.intp))

    def alarmed(self) -> NDArray[np.bool_]:
        """(devices,) whether an alarm point of the device is active."""
        return self._any(self._alarms)

    def point_values(self, points: Sequence[PointId]) -> Floats:
        """(n,) current values of these points, NaN where not good or unknown."""
        found = [-1 if self._state is None else self._state.index(point) for point in points]
        at = np.array([-1 if one is None else one for one in found], np.intp)
        made = np.full(len(at), np.nan)
        made[at >= 0] = self._value(at[at >= 0])
        return made

    def _any(self, pairs: Rows) -> NDArray[np.bool_]:
        made = np.zeros(self.devices, np.bool_)
        if self._state is not None and len(pairs):
            made[pairs[self._value(pairs[:, 1]) > 0.5, 0]] = True
        return made

    def _value(self, at: Rows, state: State | None = None) -> Floats:
        """(n,) values of these State rows, NaN where offline or without a State."""
        state = state or self._state
        if state is None:
            return np.full(len(at), np.nan)
        return np.where(state.quality[at] < Quality.OFFLINE, state.value[at], np.nan)

    def _one(self, at: int) -> float | None:
        if at < 0 or self._state is None or self._state.quality[at] >= Quality.OFFLINE:
            return None
        value = float(self._state.value[at])
        return None if np.isnan(value) else value

    def _clear(self) -> None:
        self._switch_rows = np.empty(0, np.intp)
        self._switch_of, self._gathered = np.zeros(self.devices, np.intp), np.empty(self.devices)
        self._lights = np.zeros(self.devices, np.bool_)
        self._tinted = np.empty((0, 4), np.intp)
        self._alarms = self._switches = np.empty((0, 2), np.intp)
        self._moves = np.empty(0, np.intp)
        self._locks: dict[int, int] = {}
        """State row of each lock, by device row."""
        self._coloured = np.empty((0, 3), np.intp)
        self.options: tuple[str, ...] = ()
        """Words of the capability that colours rooms; empty if it is numeric."""
        self._codes: Floats | None = None
        self._rule = AggregationRule.MEAN
        self._role, self._roles = np.empty(0, np.uint8), 0

    def _mark(self) -> None:
        role = np.zeros(self._known, np.uint8)
        for word, at in (
            ("rooms", self._coloured[:, 1]),
            ("lights", self._switch_rows),
            ("tints", self._tinted[:, 1:].ravel()),
            ("alarms", self._alarms[:, 1]),
            ("switches", np.array([*self._switches[:, 1], *self._locks.values()], np.intp)),
            ("moves", self._moves),
        ):
            role[at[at >= 0]] |= _ROLES[word]
        self._role, self._roles = role, int(np.bitwise_or.reduce(role)) if len(role) else 0


def _one_list(lists: Sequence[tuple[str, ...]]) -> tuple[tuple[str, ...], Floats]:
    """(all options in one list, (n, codes) index in it of each code of each list; the last column is for codes
    beyond).
    """
    options = tuple(dict.fromkeys(word for one in dict.fromkeys(lists) for word in one))
    at = {word: i for i, word in enumerate(options)}
    made = np.full((len(lists), max(map(len, lists), default=0) + 1), np.nan)
    for i, one in enumerate(lists):
        made[i, : len(one)] = [at[word] for word in one]
    return options, made


_ROLES = {"rooms": 1, "lights": 2, "alarms": 4, "switches": 8, "tints": 16, "moves": 32}
