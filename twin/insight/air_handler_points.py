"""Which points of a device are those of an air handler, found by their names, units and types.

Names follow no standard: what is read are the abbreviations that Guideline 36, Brick and Haystack list for air handlers, the
same in German and Chinese.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from dataclasses import dataclass
from enum import StrEnum

from twin.model.capability import ValueType
from twin.model.device import Device, Point
from twin.model.ids import PointId
from twin.model.quantity import Quantity, find_unit
from twin.model.twin import Twin


class Role(StrEnum):
    """What a point is to its air handler. Temperatures °C, pressures Pa, positions and speeds %, flow m³/h, fan 0 or 1."""

    SUPPLY = "supply"
    RETURN = "return"
    MIXED = "mixed"
    OUTDOOR = "outdoor"
    SETPOINT = "setpoint"
    HEATING_SETPOINT = "heating_setpoint"
    COOLING_SETPOINT = "cooling_setpoint"
    HEATING_VALVE = "heating_valve"
    COOLING_VALVE = "cooling_valve"
    DAMPER = "damper"
    FAN = "fan"
    FAN_SPEED = "fan_speed"
    PRESSURE = "pressure"
    PRESSURE_SETPOINT = "pressure_setpoint"
    COOLING_ENTERING = "cooling_entering"
    COOLING_LEAVING = "cooling_leaving"
    HEATING_ENTERING = "heating_entering"
    HEATING_LEAVING = "heating_leaving"
    FLOW = "flow"


_CONCEPTS: dict[str, re.Pattern[str]] = {
    name: re.compile(pattern)
    for name, pattern in {
        "supply": r"\b(supply|discharge|sa|da|sat|dat|dsp|sf|saf|zuluft)\b|送风",
        "return": r"\b(return|ra|rat|rf|raf|abluft)\b|回风",
        "mixed": r"\b(mixed|mix|ma|mat|mischluft)\b|混风|混合",
        "outdoor": r"\b(outdoor|outside|oa|oat|oda|aussenluft|außenluft)\b|新风|室外",
        "exhaust": r"\b(exhaust|relief|ea|ef|fortluft)\b|排风",
        "zone": r"\b(zone|room|space|raum)\b|房间|区域",
        "temperature": r"\b(temperature|temp|tmp|sat|dat|rat|mat|oat|temperatur|(sa|da|ra|ma|oa) t)\b|温度",
        "setpoint": r"\b(setpoint|set point|setpt|stpt|sp|sollwert)\b|设定",
        "cooling": r"\b(cool|cooling|clg|chw|chilled|cc|ccv|kühler|kühlventil)\b|冷",
        "heating": r"\b(heat|heating|reheat|htg|hw|hot|hc|hcv|prht|preheat|erhitzer|heizventil)\b|加热|热水|制热",
        "water": r"\b(water|hws|hwr|chws|chwr|wasser)\b|水温",
        "valve": r"\b(valve|vlv|ccv|hcv|ventil|kühlventil|heizventil)\b|水阀|阀门|阀开度",
        "damper": r"\b(damper|dmpr|dpr|dmp|klappe)\b|风阀",
        "fan": r"\b(fan|sf|rf|ef|saf|raf|ventilator)\b|风机",
        "speed": r"\b(speed|spd|vfd|vsd|drehzahl)\b|转速|频率",
        "pressure": r"\b(pressure|press|static|dsp|druck)\b|静压|压力",
        "filter": r"\b(filter|flt)\b|过滤",
        "flow": r"\b(flow|volume|cfm|volumenstrom)\b|风量",
        "entering": r"\b(entering|ent|eat|before)\b|进风",
        "leaving": r"\b(leaving|lvg|lat|after)\b|出风",
        "command": r"\b(cmd|command|signal|befehl)\b|指令|命令",
        "trouble": r"\b(alarm|alm|fault|fail|trouble|commanded|override|limit|min|max|störung)\b|报警|故障|上限|下限",
    }.items()
}
_UNIT = re.compile(r"\b(?:ahu|rtu|mau|doas|rlt)\s?(\w*\d+)\b")
_NUMBERS, _SWITCHES = (ValueType.NUMBER,), (ValueType.BOOL,)


@dataclass(frozen=True, slots=True)
class _RoleRow:
    role: Role
    needs: frozenset[str]
    never: frozenset[str]
    quantity: Quantity
    types: tuple[ValueType, ...] = _NUMBERS


def _row(role: Role, needs: str, never: str, quantity: Quantity, types: tuple[ValueType, ...] = _NUMBERS) -> _RoleRow:
    return _RoleRow(role, frozenset(needs.split()), frozenset(f"{never} trouble".split()), quantity, types)


_AIR = "setpoint valve damper entering leaving zone water pressure"
_TEMPERATURE, _PERCENT = Quantity.TEMPERATURE, Quantity.RATIO
_ROLES = (
    _row(Role.SUPPLY, "supply temperature", f"return mixed outdoor exhaust heating cooling {_AIR}", _TEMPERATURE),
    _row(Role.RETURN, "return temperature", f"supply mixed outdoor {_AIR}", _TEMPERATURE),
    _row(Role.MIXED, "mixed temperature", f"supply return outdoor {_AIR}", _TEMPERATURE),
    _row(Role.OUTDOOR, "outdoor temperature", f"supply return mixed {_AIR}", _TEMPERATURE),
    _row(Role.SETPOINT, "supply temperature setpoint", "return heating cooling zone pressure", _TEMPERATURE),
    _row(Role.HEATING_SETPOINT, "supply temperature setpoint heating", "cooling zone water", _TEMPERATURE),
    _row(Role.COOLING_SETPOINT, "supply temperature setpoint cooling", "heating zone water", _TEMPERATURE),
    _row(Role.HEATING_VALVE, "heating valve", "cooling damper temperature zone", _PERCENT),
    _row(Role.COOLING_VALVE, "cooling valve", "heating damper temperature zone", _PERCENT),
    _row(Role.DAMPER, "outdoor damper", "return exhaust", _PERCENT),
    _row(Role.FAN, "supply fan", "return exhaust speed temperature pressure flow", _PERCENT, _SWITCHES),
    _row(Role.FAN_SPEED, "supply fan speed", "return exhaust setpoint", _PERCENT),
    _row(Role.PRESSURE, "supply pressure", "return exhaust setpoint filter", Quantity.PRESSURE),
    _row(Role.PRESSURE_SETPOINT, "supply pressure setpoint", "return exhaust filter", Quantity.PRESSURE),
    _row(Role.COOLING_ENTERING, "cooling entering temperature", "setpoint water", _TEMPERATURE),
    _row(Role.COOLING_LEAVING, "cooling leaving temperature", "setpoint water", _TEMPERATURE),
    _row(Role.HEATING_ENTERING, "heating entering temperature", "setpoint water", _TEMPERATURE),
    _row(Role.HEATING_LEAVING, "heating leaving temperature", "setpoint water", _TEMPERATURE),
    _row(Role.FLOW, "supply flow", "return exhaust setpoint", Quantity.FLOW),
)
_MAKES_ONE = frozenset(
    {Role.RETURN, Role.MIXED, Role.HEATING_VALVE, Role.COOLING_VALVE, Role.DAMPER, Role.FAN, Role.FAN_SPEED, Role.PRESSURE}
)  # fmt: skip
_MOVES_AIR = frozenset({Role.MIXED, Role.DAMPER, Role.FAN, Role.FAN_SPEED})
"""One of these tells an air handler from a heating circuit or a heat pump, whose supply and return are water."""
LEAST_ROLES = 2
"""Further roles that make a device with a supply temperature an air handler."""


@dataclass(frozen=True, slots=True)
class AirHandlingUnit:
    """An air handler of a device, and its points by role."""

    device: Device
    unit: str
    """Number of the unit where the device controls several, else empty."""
    points: Mapping[Role, Point]

    @property
    def unitless(self) -> frozenset[Role]:
        """The roles whose points are raw numbers without a unit: positions may be shares of 1."""
        raw = (role for role, one in self.points.items() if one.capability.id == "raw_number" and not one.info.unit)
        return frozenset(raw)

    @property
    def name(self) -> str:
        """As shown to users."""
        return f"{self.device.name} · {self.unit}" if self.unit else self.device.name


def air_handlers(twin: Twin) -> tuple[AirHandlingUnit, ...]:
    """The air handlers of a building, in the order of the twin."""
    return tuple(one for device in twin.devices for one in _of_device(device))


def air_handler_points(twin: Twin) -> frozenset[PointId]:
    """All points of air handlers: what they measure is not the air of a room."""
    return frozenset(point.id for one in air_handlers(twin) for point in one.points.values())


def _of_device(device: Device) -> list[AirHandlingUnit]:
    if len(device.points) <= LEAST_ROLES:
        return []
    plain = {point.id: _plain(point.title) for point in device.points}
    if not any(_CONCEPTS["supply"].search(name) for name in plain.values()):
        return []  # nearly all devices of a building
    concepts = {
        id: frozenset(one for one, pattern in _CONCEPTS.items() if pattern.search(name)) for id, name in plain.items()
    }
    units = {found.group(1) for name in plain.values() if (found := _UNIT.search(name))}
    made: list[AirHandlingUnit] = []
    for unit in sorted(units) if len(units) > 1 else ("",):
        points = [one for one in device.points if _belongs(plain[one.id], unit)]
        roles = {row.role: found for row in _ROLES if (found := _found(row, points, concepts)) is not None}
        if Role.SUPPLY in roles and len(_MAKES_ONE & roles.keys()) >= LEAST_ROLES and _MOVES_AIR & roles.keys():
            made.append(AirHandlingUnit(device, unit.upper(), roles))
    return made


def _belongs(name: str, unit: str) -> bool:
    found = _UNIT.search(name)
    return not unit or found is None or found.group(1) == unit


def _plain(title: str) -> str:
    """Words of a name in small letters: `SaTemp_SP` is `sa temp sp`."""
    apart = re.sub(r"(?<=[a-zäöüß])(?=[A-ZÄÖÜ])", " ", title)
    return " ".join(re.findall(r"[^\W_]+", apart)).lower()


def _found(row: _RoleRow, points: list[Point], concepts: Mapping[PointId, frozenset[str]]) -> Point | None:
    """The point that fits a role: one that measures before one that is written, then the one with the plainest name."""
    fitting: list[tuple[bool, int, int, Point]] = []
    for at, point in enumerate(points):
        named = concepts[point.id]
        if row.needs <= named and not row.never & named and _has_quantity(point, row):
            fitting.append((point.writable, len(named), at, point))
    return min(fitting, key=lambda one: one[:3])[3] if fitting else None


def _has_quantity(point: Point, row: _RoleRow) -> bool:
    capability = point.capability
    if capability.type not in row.types:
        return False
    if row.types == _SWITCHES or capability.quantity is row.quantity:
        return True
    unitless = row.quantity is Quantity.RATIO and not point.info.unit
    return capability.id == "raw_number" and (unitless or find_unit(point.info.unit, row.quantity) is not None)
