"""BACnet objects as points: types, engineering units, names of states (ASHRAE 135-2020, clauses 12 and 21). Pure."""

from __future__ import annotations

from collections.abc import Iterable, Mapping
from dataclasses import dataclass, replace
from typing import cast

from devices.choice_names import unique_names
from devices.contract import RefusedError
from twin.model.device import DeviceInfo, PointInfo
from twin.model.ids import clean_name
from twin.model.observation import Value
from twin.model.text import Text

type Properties = Mapping[str, object]
"""Properties of one object by their names, as plain Python values; what the object does not have is missing."""

ANALOG, BINARY, MULTISTATE = "analog", "binary", "multistate"
TYPES: dict[str, str] = {
    "analog-input": ANALOG,
    "analog-output": ANALOG,
    "analog-value": ANALOG,
    "large-analog-value": ANALOG,
    "integer-value": ANALOG,
    "positive-integer-value": ANALOG,
    "accumulator": ANALOG,
    "pulse-converter": ANALOG,
    "binary-input": BINARY,
    "binary-output": BINARY,
    "binary-value": BINARY,
    "multi-state-input": MULTISTATE,
    "multi-state-output": MULTISTATE,
    "multi-state-value": MULTISTATE,
}
"""Object types that are read, and what their present value is."""
MAX_REAL = 3.4028234663852886e38
"""The largest finite value of the type Real (clause 20.2.6)."""
FAULT, OVERRIDDEN, OUT_OF_SERVICE = 1, 2, 3
"""Bits of Status_Flags; bit 0 is In_Alarm (clause 21, BACnetStatusFlags)."""
FAULT_POINT = PointInfo(key="fault", capability="fault")
"""Whether any object of the device reports a fault."""
NONE = "no-units"
UNITS: dict[str, tuple[str, str]] = {
    "degrees-celsius": ("°C", "temperature"),
    "degrees-fahrenheit": ("°F", "temperature"),
    "degrees-kelvin": ("K", "temperature"),
    "percent-relative-humidity": ("%", "humidity"),
    "percent": ("%", ""),
    "parts-per-million": ("ppm", ""),
    "parts-per-billion": ("ppb", ""),
    "luxes": ("lx", "illuminance"),
    "pascals": ("Pa", ""),
    "hectopascals": ("hPa", "pressure"),
    "millibars": ("hPa", "pressure"),
    "kilopascals": ("kPa", ""),
    "bars": ("bar", ""),
    "pounds-force-per-square-inch": ("psi", ""),
    "inches-of-water": ("inH₂O", ""),
    "milliwatts": ("mW", "power"),
    "watts": ("W", "power"),
    "kilowatts": ("kW", "power"),
    "megawatts": ("MW", "power"),
    "volt-amperes": ("VA", "apparent_power"),
    "kilovolt-amperes": ("kVA", "apparent_power"),
    "volt-amperes-reactive": ("var", "reactive_power"),
    "kilovolt-amperes-reactive": ("kvar", "reactive_power"),
    "watt-hours": ("Wh", "energy_import"),
    "kilowatt-hours": ("kWh", "energy_import"),
    "megawatt-hours": ("MWh", "energy_import"),
    "joules": ("J", "energy_import"),
    "megajoules": ("MJ", "energy_import"),
    "volts": ("V", "voltage"),
    "millivolts": ("mV", "voltage"),
    "kilovolts": ("kV", "voltage"),
    "amperes": ("A", "current"),
    "milliamperes": ("mA", "current"),
    "hertz": ("Hz", "frequency"),
    "power-factor": ("", "power_factor"),
    "cubic-meters-per-hour": ("m³/h", "flow"),
    "liters-per-hour": ("L/h", "flow"),
    "liters-per-minute": ("L/min", "flow"),
    "liters-per-second": ("L/s", "flow"),
    "cubic-meters": ("m³", ""),
    "liters": ("L", ""),
    "decibels": ("dB", "noise"),
    "decibelsA": ("dB", "noise"),
    "micrograms-per-cubic-meter": ("µg/m³", ""),
    "seconds": ("s", ""),
    "minutes": ("min", ""),
    "hours": ("h", ""),
    "revolutions-per-minute": ("rpm", ""),
    "degrees-angular": ("°", ""),
    "delta-degrees-kelvin": ("K", ""),
}
"""Engineering units as symbols, and the capability of an input with this unit where the unit alone determines it."""


@dataclass(frozen=True, slots=True, kw_only=True)
class BacnetPoint:
    """One object as a point; `override` is the point that shows whether the link's priority slot is in use."""

    object: str
    """Object identifier, such as `analog-input,3`."""
    family: str
    info: PointInfo
    override: PointInfo | None = None

    def decoded(self, value: object) -> Value:
        """The present value in words of the point; None where it is none."""
        if isinstance(value, bool) or not isinstance(value, int | float):
            return None
        if self.family == BINARY:
            return bool(value)
        if self.family == MULTISTATE:
            at = int(value) - 1  # states count from 1
            return self.info.options[at] if 0 <= at < len(self.info.options) else str(int(value))
        return float(value)

    def encoded(self, verb: str, value: Value, before: Value) -> float:
        """The present value to write. Raises RefusedError where the command has none."""
        if self.family == BINARY and verb in ("on", "off"):
            return float(verb == "on")
        if self.family == BINARY and verb == "toggle":
            if not isinstance(before, bool):
                raise RefusedError(Text("reason.nothing_to_toggle"))
            return float(not before)
        if verb == "set" and self.family == MULTISTATE and value in self.info.options:
            return float(self.info.options.index(str(value)) + 1)
        number = value if verb == "set" and isinstance(value, bool | int | float) else None
        if self.family != MULTISTATE and number is not None and abs(number) <= MAX_REAL:  # neither NaN nor infinite
            return float(number)
        raise RefusedError(Text("reason.meaningless", verb=verb, value=str(value)))


def point_of(object: str, properties: Properties) -> BacnetPoint:
    """The point of an object of one of the TYPES, by its properties; `settable` False: it is not to be commanded (EDE)."""
    type, _, instance = object.partition(",")
    family = TYPES[type]
    settable = properties.get("settable") is not False
    commandable = settable and "priority-array" in properties
    writable = commandable or (settable and type.endswith(("-output", "-value")))
    name = clean_name(properties.get("object-name", "")) or f"{type} {instance}"
    blank = PointInfo(key=f"{type}.{instance}", capability="raw_number", label=name, writable=writable)
    info = _with_quantity(blank, type, family, properties)
    override = PointInfo(
        key=f"{type}.{instance}.override", capability="raw_bool", label=f"{name}: commanded", writable=True
    )
    return BacnetPoint(object=object, family=family, info=info, override=override if commandable else None)


def device_info(
    uid: str, about: Properties, points: Iterable[BacnetPoint], *, address: str, period_s: float
) -> DeviceInfo:
    """A device with these points, by the properties of its device object."""

    def named(property: str) -> str:
        return clean_name(str(about.get(property, "")))

    infos = [info for point in points for info in (point.info, point.override) if info is not None]
    return DeviceInfo(
        uid=uid,
        name=named("object-name") or uid,
        points=(*infos, FAULT_POINT),
        kind="controller",
        maker=named("vendor-name"),
        model=named("model-name"),
        serial=named("serial-number"),
        firmware=named("firmware-revision"),
        area=named("location"),
        address=address,
        interval_s=period_s,
    )


def _with_quantity(info: PointInfo, type: str, family: str, properties: Properties) -> PointInfo:
    """The point with its capability, unit, limits and words."""
    if family == BINARY:
        words = tuple(_text(properties.get(key)) for key in ("inactive-text", "active-text"))
        options = words if all(words) and words[0] != words[1] else ()
        if info.writable:
            return replace(info, capability="on_off")
        return replace(info, capability="raw_bool", options=options)
    if family == MULTISTATE:
        return replace(info, capability="raw_enum", options=_states(properties))
    named = str(properties.get("units", NONE))
    unit, capability = UNITS.get(named, ("" if named == NONE else clean_name(named, 24), ""))
    if not info.writable and capability and type != "pulse-converter":
        return replace(info, capability=capability, unit=unit)
    return replace(
        info,
        unit=unit,
        minimum=_limit(properties.get("min-pres-value")),
        maximum=_limit(properties.get("max-pres-value")),
        step=_limit(properties.get("resolution")),
    )


def _states(properties: Properties) -> tuple[str, ...]:
    """The words of the states; numbers where the device has none, or has one twice."""
    texts = properties.get("state-text")
    words = [_text(text) for text in cast("list[object]", texts)] if isinstance(texts, list) else []
    count = properties.get("number-of-states")
    count = count if isinstance(count, int) and 0 < count <= 1000 else len(words)
    named = [words[n] if n < len(words) and words[n] else str(n + 1) for n in range(count)]
    return unique_names(word if named.count(word) == 1 else f"{word} ({n + 1})" for n, word in enumerate(named))


def _text(value: object) -> str:
    return clean_name(value) if isinstance(value, str) else ""


def _limit(value: object) -> float | None:
    if isinstance(value, bool) or not isinstance(value, int | float) or not abs(value) < 1e15:
        return None
    return float(value)


def missing_value(flags: tuple[bool, ...], object: str) -> bool:
    """Whether the present value means nothing now: a fault, or an input that is decoupled from its sensor (12.2.10)."""
    fault = len(flags) > FAULT and flags[FAULT]
    decoupled = len(flags) > OUT_OF_SERVICE and flags[OUT_OF_SERVICE] and "-input," in object
    return fault or decoupled
