"""The points of a Shelly: which values of its components they are, and the RPC calls that command them.

Source: the component pages of the Shelly Gen2+ API documentation (Switch, Light, RGB, RGBW, CCT, Cover, Input, EM, EM1, PM1,
Temperature, Humidity, Illuminance, Voltmeter, DevicePower, Flood, Smoke, Thermostat; Boolean, Number, Enum, Text).
"""

from __future__ import annotations

import re
from collections import Counter
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field, replace
from typing import cast

from devices.choice_names import ChoiceNames
from devices.json_document import Document, number, part_of, value_at
from devices.protocols.shelly.component_commands import COMMANDS, Call
from twin.model.capability import CAPABILITIES
from twin.model.colour import xy_from_rgb
from twin.model.device import PointInfo
from twin.model.ids import clean_name
from twin.model.observation import Value


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentRow:
    """One value of a type of component: its path in the status, and what it is."""

    path: str
    """Keys from the component's status to the value, joined by dots."""
    capability: str
    unit: str = ""
    label: str = ""
    codec: str = "plain"
    command: str = ""
    """The row of COMMANDS; empty for a value that is only read."""


def _metered(*, energy: bool = True) -> tuple[ComponentRow, ...]:
    rows = (
        ComponentRow(path="apower", capability="power", unit="W"),
        ComponentRow(path="voltage", capability="voltage", unit="V"),
        ComponentRow(path="current", capability="current", unit="A"),
        ComponentRow(path="freq", capability="frequency", unit="Hz"),
        ComponentRow(path="pf", capability="power_factor"),
        ComponentRow(path="aenergy.total", capability="energy_import", unit="Wh"),
        ComponentRow(path="ret_aenergy.total", capability="energy_export", unit="Wh"),
        ComponentRow(path="temperature.tC", capability="raw_number", unit="°C", label="Device temperature"),
    )
    return rows if energy else rows[:5]


def _phase(letter: str) -> tuple[ComponentRow, ...]:
    name = f"Phase {letter.upper()}"
    return (
        ComponentRow(path=f"{letter}_act_power", capability="power", unit="W", label=f"{name} power"),
        ComponentRow(path=f"{letter}_voltage", capability="voltage", unit="V", label=f"{name} voltage"),
        ComponentRow(path=f"{letter}_current", capability="current", unit="A", label=f"{name} current"),
        ComponentRow(
            path=f"{letter}_aprt_power", capability="apparent_power", unit="VA", label=f"{name} apparent power"
        ),
        ComponentRow(path=f"{letter}_pf", capability="power_factor", label=f"{name} power factor"),
        ComponentRow(path=f"{letter}_freq", capability="frequency", unit="Hz", label=f"{name} frequency"),
    )


def _phase_energy(letter: str) -> tuple[ComponentRow, ...]:
    name = f"Phase {letter.upper()}"
    return (
        ComponentRow(
            path=f"{letter}_total_act_energy", capability="energy_import", unit="Wh", label=f"{name} energy used"
        ),
        ComponentRow(
            path=f"{letter}_total_act_ret_energy", capability="energy_export", unit="Wh", label=f"{name} energy fed in"
        ),
    )


_ON = ComponentRow(path="output", capability="on_off", command="output")
_BRIGHTNESS = ComponentRow(path="brightness", capability="level", command="brightness")
_COLOUR = ComponentRow(path="rgb", capability="color", codec="rgb", command="rgb")
_CT = ComponentRow(path="ct", capability="color_temperature", unit="K", command="ct")
_WHITE = ComponentRow(path="white", capability="raw_number", label="White", command="white")

ROWS: dict[str, tuple[ComponentRow, ...]] = {
    "switch": (_ON, *_metered()),
    "light": (_ON, _BRIGHTNESS, *_metered()),
    "rgb": (_ON, _BRIGHTNESS, _COLOUR, *_metered()),
    "rgbw": (_ON, _BRIGHTNESS, _COLOUR, _WHITE, *_metered()),
    "cct": (_ON, _BRIGHTNESS, _CT, *_metered()),
    "rgbcct": (_ON, _BRIGHTNESS, _COLOUR, _CT, *_metered()),
    "cover": (
        ComponentRow(path="", capability="position", codec="cover", command="cover"),
        ComponentRow(path="slat_pos", capability="tilt", command="slat"),
        ComponentRow(path="state", capability="raw_enum", label="Movement"),
        *_metered(),
    ),
    "pm1": _metered(),
    "em1": (
        ComponentRow(path="act_power", capability="power", unit="W"),
        ComponentRow(path="aprt_power", capability="apparent_power", unit="VA"),
        *_metered(energy=False)[1:],
    ),
    "em1data": (
        ComponentRow(path="total_act_energy", capability="energy_import", unit="Wh"),
        ComponentRow(path="total_act_ret_energy", capability="energy_export", unit="Wh"),
    ),
    "em": (
        ComponentRow(path="total_act_power", capability="power", unit="W"),
        ComponentRow(path="total_aprt_power", capability="apparent_power", unit="VA"),
        ComponentRow(path="total_current", capability="current", unit="A"),
        ComponentRow(path="n_current", capability="current", unit="A", label="Neutral current"),
        *(row for letter in "abc" for row in _phase(letter)),
    ),
    "emdata": (
        ComponentRow(path="total_act", capability="energy_import", unit="Wh"),
        ComponentRow(path="total_act_ret", capability="energy_export", unit="Wh"),
        *(row for letter in "abc" for row in _phase_energy(letter)),
    ),
    "temperature": (ComponentRow(path="tC", capability="temperature", unit="°C"),),
    "humidity": (ComponentRow(path="rh", capability="humidity", unit="%"),),
    "illuminance": (ComponentRow(path="lux", capability="illuminance", unit="lx"),),
    "voltmeter": (ComponentRow(path="voltage", capability="voltage", unit="V"),),
    "devicepower": (
        ComponentRow(path="battery.percent", capability="battery", unit="%"),
        ComponentRow(path="battery.V", capability="raw_number", unit="V", label="Battery voltage"),
        ComponentRow(path="external.present", capability="raw_bool", label="External power"),
    ),
    "flood": (ComponentRow(path="alarm", capability="water_leak"),),
    "smoke": (ComponentRow(path="alarm", capability="smoke"),),
    "presence": (ComponentRow(path="state", capability="occupancy"),),
    "thermostat": (
        ComponentRow(path="target_C", capability="setpoint_heat", unit="°C", command="target"),
        ComponentRow(path="current_C", capability="temperature", unit="°C"),
        ComponentRow(path="enable", capability="on_off", command="enable"),
        ComponentRow(path="output", capability="raw_bool", label="Heating"),
    ),
    "boolean": (ComponentRow(path="value", capability="raw_bool", command="value"),),
    "number": (ComponentRow(path="value", capability="raw_number", command="value"),),
    "enum": (ComponentRow(path="value", capability="raw_enum", command="value"),),
    "text": (ComponentRow(path="value", capability="raw_text"),),
    "wifi": (ComponentRow(path="rssi", capability="signal", unit="dBm"),),
}
"""By type of component (the part of its key before the colon)."""

_INPUTS: dict[str, ComponentRow] = {
    "switch": ComponentRow(path="state", capability="raw_bool"),
    "button": ComponentRow(path="", capability="button"),
    "analog": ComponentRow(path="percent", capability="raw_number", unit="%"),
    "count": ComponentRow(path="counts.total", capability="raw_number", label="Count"),
}
"""The kind of an input is in its configuration."""
EVENTS = {"single_push": "press", "double_push": "double", "long_push": "long", "btn_up": "release"}
"""Events of buttons; a triple push keeps its name, and pushing down adds nothing to the others."""
_SYSTEM = frozenset(
    {"ble", "bthome", "cloud", "eth", "knx", "matter", "modbus", "mqtt", "sys", "ws", "zigbee", "ui", "plugs_ui"}
)
_PASSED_OVER = frozenset({"script", "group", "button"})
_ID = re.compile(r"[0-9]{1,6}")
"""The id of a component."""
_NO_CHOICES = ChoiceNames(())


@dataclass(frozen=True, slots=True, kw_only=True)
class ComponentPoint:
    """One point: the component and value that it is read from, and how it is commanded."""

    info: PointInfo
    component: str
    row: ComponentRow
    choices: ChoiceNames = field(default=_NO_CHOICES)

    @property
    def fires(self) -> bool:
        """Whether it is told by events alone."""
        return self.info.capability == "button"

    def decoded(self, status: Document) -> Value:
        """The value in a status document; None where there is none."""
        component = part_of(status, self.component)
        if self.row.codec == "cover":
            return _cover_position(component)
        raw = value_at(component, self.row.path)
        if self.row.codec == "rgb":
            return _colour(raw)
        found = _plain(raw, self.info.capability)
        return self.choices.name_of(found) if isinstance(found, str) and self.choices.shown else found

    def call(self, verb: str, value: Value, before: Value) -> Call:
        """The method and parameters of a command. Raises RefusedError."""
        type, _, id = self.component.partition(":")
        wanted = self.choices.spelling_of(value) if isinstance(value, str) else value
        return COMMANDS[self.row.command](type, int(id), verb, wanted, before)


def _plain(raw: object, capability: str) -> Value:
    if isinstance(raw, bool | str):
        return raw
    found = number(raw)
    return None if found is None or (capability == "signal" and found >= 0) else found


def _cover_position(component: Document) -> Value:
    """Percent open: the position where it is known, else that of an end at which it stands."""
    position = number(component.get("current_pos"))
    if position is not None:
        return position
    return {"open": 100.0, "closed": 0.0}.get(str(component.get("state")))


def _colour(raw: object) -> Value:
    parts = cast("list[object]", raw) if isinstance(raw, list) else []
    numbers = [found for part in parts if (found := number(part)) is not None]
    return xy_from_rgb((numbers[0], numbers[1], numbers[2])) if len(numbers) == 3 == len(parts) else None


def points_of(status: Document, config: Document) -> tuple[ComponentPoint, ...]:
    """Every point of a device."""
    found = [point for key in status for point in _component_points(key, status, config)]
    many = Counter(point.info.capability for point in found if not point.info.label)
    types = Counter(key.partition(":")[0] for key in status)
    return tuple(_labelled(point, config, many, types) for point in found)


def unread_components(status: Document) -> tuple[str, ...]:
    """Components that may measure or do something, of types that are not read."""
    known = ROWS.keys() | _SYSTEM | _PASSED_OVER | {"input"}
    return tuple(
        clean_name(key)
        for key, component in status.items()
        if key.partition(":")[0] not in known and isinstance(component, Mapping)
    )


def _component_points(key: str, status: Document, config: Document) -> Iterator[ComponentPoint]:
    type, _, id = key.partition(":")
    present, settings = part_of(status, key), part_of(config, key)
    if id and not _ID.fullmatch(id):
        return
    rows = ROWS.get(type, ())
    if type == "input":
        rows = (_INPUTS.get(str(settings.get("type")), _INPUTS["switch"]),)
    for row in rows:
        if not row.path or type == "input" or row.path.partition(".")[0] in present:
            yield _point(key, row, settings)


def _point(key: str, row: ComponentRow, settings: Document) -> ComponentPoint:
    shown = part_of(part_of(settings, "meta"), "ui")
    own = row.path == "value"
    listed = settings.get("options") if row.capability == "raw_enum" else None
    choices = ChoiceNames(str(one) for one in cast("list[object]", listed)) if isinstance(listed, list) else _NO_CHOICES
    info = PointInfo(
        key=f"{key.replace(':', '.')}.{row.path.replace('.', '_') or row.capability}",
        capability=row.capability,
        label=row.label,
        unit=clean_name(shown.get("unit") or "", 24) if own and row.capability == "raw_number" else row.unit,
        minimum=_limit(settings, "min", row),
        maximum=_limit(settings, "max", row),
        options=choices.shown,
        writable=bool(row.command),
    )
    return ComponentPoint(info=info, component=key, row=row, choices=choices)


def _limit(settings: Document, name: str, row: ComponentRow) -> float | None:
    """A limit of a virtual number, or of a white light's colour."""
    if row.capability == "color_temperature":
        limits = settings.get("ct_range")
        limit = (
            cast("list[object]", limits)[0 if name == "min" else -1] if isinstance(limits, list) and limits else None
        )
    else:
        limit = settings.get(name) if row.path == "value" and row.capability == "raw_number" else None
        limit = {"min": 0, "max": 255}[name] if row.command == "white" else limit
    return number(limit)


def _labelled(point: ComponentPoint, config: Document, many: Counter[str], types: Counter[str]) -> ComponentPoint:
    """A point with its component's name where another one is called the same."""
    type, _, id = point.component.partition(":")
    given = clean_name(part_of(config, point.component).get("name") or "")
    name = given or (f"{type} {int(id) + 1}" if id and types[type] > 1 else type)
    title = point.info.label or CAPABILITIES[point.info.capability].title
    label = point.info.label
    if (types[type] > 1 and id) or (not label and many[point.info.capability] > 1):
        label = name if point.row in (_ON, *_INPUTS.values()) or point.row.path == "value" else f"{name} {title}"
    elif given and (point.row.path == "value" or type == "input"):
        label = given
    return replace(point, info=replace(point.info, label=label))
