"""Tables of SunSpec information models: which value is where, and its capability.

Facts of the SunSpec Device Information Model Reference (models 1, 101 to 103, 111 to 113, 120, 123, 124, 160, 201 to
204, 211 to 214, 701, 704, 713, 714, 802). Offsets count from the model's ID register.
"""

from __future__ import annotations

from dataclasses import dataclass, replace

type _Scale = int | None

NOT_IMPLEMENTED = {
    "u16": 0xFFFF, "s16": 0x8000, "enum16": 0xFFFF, "u32": 0xFFFF_FFFF, "s32": 0x8000_0000, "u64": 0xFFFF_FFFF_FFFF_FFFF,
    "acc32": 0, "f32": 0x7FC0_0000,
}  # fmt: skip
"""Register value of a point that is not implemented (Device Information Model specification, section 4)."""
STATES = {1: "off", 2: "sleeping", 3: "starting", 4: "producing", 5: "throttled", 6: "shutting down", 7: "fault", 8: "standby"}  # fmt: skip
STATES_701 = {0: "off", 1: "sleeping", 2: "starting", 3: "running", 4: "throttled", 5: "shutting down", 6: "fault", 7: "standby"}  # fmt: skip
CHARGE_STATES = {1: "off", 2: "empty", 3: "discharging", 4: "charging", 5: "full", 6: "holding", 7: "testing"}


@dataclass(frozen=True, slots=True)
class SunSpecPoint:
    """One value of a model. `scale` is the offset of its scale factor's register."""

    offset: int
    type: str
    scale: _Scale
    key: str
    capability: str
    unit: str = ""
    label: str = ""
    factor: float = 1.0
    options: tuple[tuple[int, str], ...] = ()
    writable: bool = False
    phase: int = 0


@dataclass(frozen=True, slots=True)
class SunSpecModel:
    """One model: its own points, and those of a group that repeats every `group_size` registers from `group_start` on."""

    points: tuple[SunSpecPoint, ...]
    prefix: str = ""
    """Prefix of the keys where another model of the device measures the same."""
    title: str = ""
    """Prefix of the labels in that case, and of each repeated group."""
    kind: str = ""
    slow: bool = False
    group: tuple[SunSpecPoint, ...] = ()
    group_start: int = 0
    group_size: int = 0


def _phases(
    offsets: tuple[int, int, int], type: str, scale: _Scale, key: str, capability: str, unit: str, title: str
) -> list[SunSpecPoint]:
    return [
        SunSpecPoint(at, type, scale, f"l{n}.{key}", capability, unit, f"{title} L{n}", phase=n)
        for n, at in enumerate(offsets, 1)
    ]


_P = SunSpecPoint
_STATE = tuple(STATES.items())

_INVERTER = SunSpecModel(
    (
        _P(14, "s16", 15, "power", "power", "W"),
        _P(24, "acc32", 26, "energy_export", "energy_export", "Wh", "Energy produced"),
        _P(2, "u16", 6, "current", "current", "A"),
        *_phases((3, 4, 5), "u16", 6, "current", "current", "A", "Current"),
        *_phases((10, 11, 12), "u16", 13, "voltage", "voltage", "V", "Voltage"),
        _P(16, "u16", 17, "frequency", "frequency", "Hz"),
        _P(18, "s16", 19, "apparent_power", "apparent_power", "VA"),
        _P(20, "s16", 21, "reactive_power", "reactive_power", "var"),
        _P(22, "s16", 23, "power_factor", "power_factor", "", "", 0.01),
        _P(27, "u16", 28, "dc.current", "current", "A", "DC current"),
        _P(29, "u16", 30, "dc.voltage", "voltage", "V", "DC voltage"),
        _P(31, "s16", 32, "dc.power", "power", "W", "DC power"),
        _P(33, "s16", 37, "temperature", "raw_number", "°C", "Cabinet temperature"),
        _P(34, "s16", 37, "sink.temperature", "raw_number", "°C", "Heat sink temperature"),
        _P(38, "enum16", None, "state", "raw_enum", "", "State", 1.0, _STATE),
    ),
    kind="solar",
)
_INVERTER_FLOAT = SunSpecModel(
    (
        _P(22, "f32", None, "power", "power", "W"),
        _P(32, "f32", None, "energy_export", "energy_export", "Wh", "Energy produced"),
        _P(2, "f32", None, "current", "current", "A"),
        *_phases((4, 6, 8), "f32", None, "current", "current", "A", "Current"),
        *_phases((16, 18, 20), "f32", None, "voltage", "voltage", "V", "Voltage"),
        _P(24, "f32", None, "frequency", "frequency", "Hz"),
        _P(26, "f32", None, "apparent_power", "apparent_power", "VA"),
        _P(28, "f32", None, "reactive_power", "reactive_power", "var"),
        _P(30, "f32", None, "power_factor", "power_factor", "", "", 0.01),
        _P(34, "f32", None, "dc.current", "current", "A", "DC current"),
        _P(36, "f32", None, "dc.voltage", "voltage", "V", "DC voltage"),
        _P(38, "f32", None, "dc.power", "power", "W", "DC power"),
        _P(40, "f32", None, "temperature", "raw_number", "°C", "Cabinet temperature"),
        _P(42, "f32", None, "sink.temperature", "raw_number", "°C", "Heat sink temperature"),
        _P(48, "enum16", None, "state", "raw_enum", "", "State", 1.0, _STATE),
    ),
    kind="solar",
)
_METER = SunSpecModel(
    (
        _P(18, "s16", 22, "power", "power", "W"),
        _P(46, "acc32", 54, "energy_import", "energy_import", "Wh"),
        _P(38, "acc32", 54, "energy_export", "energy_export", "Wh"),
        *_phases((19, 20, 21), "s16", 22, "power", "power", "W", "Power"),
        _P(2, "s16", 6, "current", "current", "A"),
        *_phases((3, 4, 5), "s16", 6, "current", "current", "A", "Current"),
        _P(7, "s16", 15, "voltage", "voltage", "V"),
        *_phases((8, 9, 10), "s16", 15, "voltage", "voltage", "V", "Voltage"),
        _P(16, "s16", 17, "frequency", "frequency", "Hz"),
        _P(23, "s16", 27, "apparent_power", "apparent_power", "VA"),
        _P(28, "s16", 32, "reactive_power", "reactive_power", "var"),
        _P(33, "s16", 37, "power_factor", "power_factor", "", "", 0.01),
        *_phases((48, 50, 52), "acc32", 54, "energy_import", "energy_import", "Wh", "Energy used"),
        *_phases((40, 42, 44), "acc32", 54, "energy_export", "energy_export", "Wh", "Energy fed in"),
    ),
    prefix="meter.",
    title="Meter",
    kind="meter",
)
_METER_FLOAT = SunSpecModel(
    (
        _P(28, "f32", None, "power", "power", "W"),
        _P(68, "f32", None, "energy_import", "energy_import", "Wh"),
        _P(60, "f32", None, "energy_export", "energy_export", "Wh"),
        *_phases((30, 32, 34), "f32", None, "power", "power", "W", "Power"),
        _P(2, "f32", None, "current", "current", "A"),
        *_phases((4, 6, 8), "f32", None, "current", "current", "A", "Current"),
        _P(10, "f32", None, "voltage", "voltage", "V"),
        *_phases((12, 14, 16), "f32", None, "voltage", "voltage", "V", "Voltage"),
        _P(26, "f32", None, "frequency", "frequency", "Hz"),
        _P(36, "f32", None, "apparent_power", "apparent_power", "VA"),
        _P(44, "f32", None, "reactive_power", "reactive_power", "var"),
        _P(52, "f32", None, "power_factor", "power_factor"),
        *_phases((70, 72, 74), "f32", None, "energy_import", "energy_import", "Wh", "Energy used"),
        *_phases((62, 64, 66), "f32", None, "energy_export", "energy_export", "Wh", "Energy fed in"),
    ),
    prefix="meter.",
    title="Meter",
    kind="meter",
)
_RATING = SunSpecModel((_P(3, "u16", 4, "rated_power", "raw_number", "W", "Rated power"),), slow=True)
_CONTROLS = SunSpecModel(
    (
        _P(4, "enum16", None, "grid", "on_off", "", "Connection to the grid", writable=True),
        _P(5, "u16", 23, "power_limit", "raw_number", "%", "Power limit", writable=True),
        _P(9, "enum16", None, "limit_on", "raw_bool", "", "Power is limited", writable=True),
    )
)
_STORAGE = SunSpecModel(
    (
        _P(8, "u16", 22, "battery", "battery", "%"),
        _P(10, "u16", 24, "battery.voltage", "voltage", "V", "Battery voltage"),
        _P(11, "enum16", None, "battery.state", "raw_enum", "", "Battery state", 1.0, tuple(CHARGE_STATES.items())),
    ),
    prefix="storage.",
    title="Storage",
    kind="battery_storage",
)
_MPPT = SunSpecModel(
    (),
    title="Input",
    prefix="dc",
    group=(
        _P(9, "u16", 2, "current", "current", "A", "current"),
        _P(10, "u16", 3, "voltage", "voltage", "V", "voltage"),
        _P(11, "u16", 4, "power", "power", "W", "power"),
        _P(12, "acc32", 5, "energy_export", "energy_export", "Wh", "energy"),
        _P(16, "s16", None, "temperature", "raw_number", "°C", "temperature"),
    ),
    group_start=10,
    group_size=20,
)
_DER_MEASUREMENT = SunSpecModel(
    (
        _P(10, "s16", 116, "power", "power", "W"),
        _P(19, "u64", 120, "energy_export", "energy_export", "Wh", "Energy produced"),
        _P(23, "u64", 120, "energy_import", "energy_import", "Wh"),
        _P(14, "s16", 113, "current", "current", "A"),
        _P(16, "u16", 114, "voltage", "voltage", "V"),
        _P(17, "u32", 115, "frequency", "frequency", "Hz"),
        _P(11, "s16", 118, "apparent_power", "apparent_power", "VA"),
        _P(12, "s16", 119, "reactive_power", "reactive_power", "var"),
        _P(13, "s16", 117, "power_factor", "power_factor"),
        *_phases((41, 64, 87), "s16", 116, "power", "power", "W", "Power"),
        *_phases((45, 68, 91), "s16", 113, "current", "current", "A", "Current"),
        *_phases((47, 70, 93), "u16", 114, "voltage", "voltage", "V", "Voltage"),
        _P(36, "s16", 122, "temperature", "raw_number", "°C", "Cabinet temperature"),
        _P(4, "enum16", None, "state", "raw_enum", "", "State", 1.0, tuple(STATES_701.items())),
    ),
    kind="solar",
)
_DER_CONTROLS = SunSpecModel(
    (
        _P(15, "u16", 54, "power_limit", "raw_number", "%", "Power limit", writable=True),
        _P(14, "enum16", None, "limit_on", "raw_bool", "", "Power is limited", writable=True),
    )
)
_DER_STORAGE = SunSpecModel(
    (
        _P(4, "u16", 8, "battery", "battery", "%"),
        _P(5, "u16", 8, "battery.health", "raw_number", "%", "Battery health"),
        _P(3, "u16", 7, "battery.energy", "raw_number", "Wh", "Energy available"),
    ),
    prefix="storage.",
    title="Storage",
    kind="battery_storage",
    slow=True,
)
_DER_DC = SunSpecModel(
    (
        _P(5, "s16", 15, "dc.current", "current", "A", "DC current"),
        _P(6, "s16", 17, "dc.power", "power", "W", "DC power"),
    ),
    title="Port",
    prefix="dc",
    group=(
        _P(10, "s16", 15, "current", "current", "A", "current"),
        _P(11, "u16", 16, "voltage", "voltage", "V", "voltage"),
        _P(12, "s16", 17, "power", "power", "W", "power"),
        _P(13, "u64", 18, "energy_export", "energy_export", "Wh", "energy"),
        _P(21, "s16", 19, "temperature", "raw_number", "°C", "temperature"),
    ),
    group_start=20,
    group_size=25,
)
_BATTERY = SunSpecModel(
    (
        _P(11, "u16", 56, "battery", "battery", "%"),
        _P(13, "u16", 58, "battery.health", "raw_number", "%", "Battery health"),
        _P(34, "u16", 59, "battery.voltage", "voltage", "V", "Battery voltage"),
        _P(44, "s16", 61, "battery.current", "current", "A", "Battery current"),
        _P(47, "s16", 63, "battery.power", "power", "W", "Battery power"),
        _P(16, "enum16", None, "battery.state", "raw_enum", "", "Battery state", 1.0, tuple(CHARGE_STATES.items())),
    ),
    prefix="storage.",
    title="Storage",
    kind="battery_storage",
)

MODELS: dict[int, SunSpecModel] = {
    **dict.fromkeys((101, 102, 103), _INVERTER),
    **dict.fromkeys((111, 112, 113), _INVERTER_FLOAT),
    **dict.fromkeys((201, 202, 203, 204), _METER),
    **dict.fromkeys((211, 212, 213, 214), _METER_FLOAT),
    120: _RATING,
    123: _CONTROLS,
    124: _STORAGE,
    160: _MPPT,
    701: _DER_MEASUREMENT,
    704: _DER_CONTROLS,
    713: _DER_STORAGE,
    714: _DER_DC,
    802: _BATTERY,
}
"""SunSpec models by ID. Model 1 (Common) identifies the device and is read by sunspec.py; models not listed are
ignored.
"""


def group_points(model: SunSpecModel, length: int) -> list[SunSpecPoint]:
    """Points of every repetition of the model's group; `length` is the model's length in registers after its header.
    At most 32.
    """
    if not model.group_size:
        return []
    count = max(0, (length + 2 - model.group_start) // model.group_size)
    return [
        replace(
            point,
            offset=model.group_start + n * model.group_size + point.offset,
            key=f"{model.prefix}{n + 1}.{point.key}",
            label=f"{model.title} {n + 1} {point.label}",
        )
        for n in range(min(count, 32))
        for point in model.group
    ]
