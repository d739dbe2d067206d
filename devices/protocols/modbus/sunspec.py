"""SunSpec devices: finds the chain of models in a unit's registers and derives devices and points from it.

SunSpec Device Information Model specification, section 4: "SunS" at 40000, 50000 or 0; then models, each an ID, a
length and that many registers; ID 0xFFFF ends. Each common model (1) begins a device: a meter behind an inverter has
its own.
"""

from __future__ import annotations

from collections.abc import Awaitable, Callable, Iterable
from dataclasses import dataclass, replace
from functools import lru_cache

from devices.protocols.modbus.register_map import RegisterMap, RegisterPoint, RegisterSpace, RegisterType, text_of
from devices.protocols.modbus.sunspec_models import MODELS, NOT_IMPLEMENTED, SunSpecModel, SunSpecPoint, group_points
from twin.model.device import PointInfo

BASES = (40000, 50000, 0)
SUNS = (0x5375, 0x6E53)
MAX_MODELS = 64
"""Most models of a chain; a longer one counts as a loop."""
_END = 0xFFFF
_COMMON = 1
_TYPES = {"enum16": RegisterType.U16, "acc32": RegisterType.U32}
type ReadHolding = Callable[[int, int], Awaitable[tuple[int, ...]]]
"""Reads registers: (address, count) to their values."""


@dataclass(frozen=True, slots=True)
class ModelPlace:
    """A model in a chain: its ID, the address of that ID, and its length without ID and length."""

    id: int
    address: int
    length: int


@dataclass(frozen=True, slots=True, kw_only=True)
class SunSpecDevice:
    """One device of a chain."""

    maker: str
    model: str
    serial: str
    firmware: str
    models: tuple[ModelPlace, ...]


async def read_chain(read: ReadHolding, base: int) -> tuple[SunSpecDevice, ...]:
    """The devices of a chain that begins with "SunS" at `base`. Raises what `read` raises; stops at the first invalid
    model.
    """
    address, devices = base + len(SUNS), list[SunSpecDevice]()
    for _ in range(MAX_MODELS):
        if address + 2 > 0x1_0000:
            break
        id, length = await read(address, 2)
        if id in (_END, 0) or address + 2 + length > 0x1_0000:
            break
        if id == _COMMON and length >= 64:
            devices.append(_common(await read(address, 66)))
        elif devices:
            place = ModelPlace(id, address, length)
            devices[-1] = replace(devices[-1], models=(*devices[-1].models, place))
        address += 2 + length
    return tuple(device for device in devices if any(place.id in MODELS for place in device.models))


def _common(words: tuple[int, ...]) -> SunSpecDevice:
    return SunSpecDevice(
        maker=text_of(words[2:18]),
        model=text_of(words[18:34]),
        firmware=text_of(words[42:50]),
        serial=text_of(words[50:66]),
        models=(),
    )


def sunspec_kind(models: Iterable[ModelPlace]) -> str:
    """The device kind for these models: inverter before battery before meter."""
    kinds = [MODELS[place.id].kind for place in models if place.id in MODELS]
    return next((kind for kind in ("solar", "battery_storage", "meter") if kind in kinds), "controller")


@lru_cache(maxsize=256)
def sunspec_map(models: tuple[ModelPlace, ...]) -> RegisterMap:
    """The register map of a device with these models. Keys that two models share get the later one's prefix."""
    taken: set[str] = set()
    points: list[RegisterPoint] = []
    for place in models:
        model = MODELS.get(place.id)
        if model is None:
            continue
        rows = [*(row for row in model.points if _fits(row, place)), *group_points(model, place.length)]
        rows = [row for row in rows if row.phase <= _phases_of(place.id)]
        prefix, title = _prefix(model, rows, taken)
        for row in rows:
            point = _point(row, place, prefix, title, slow=model.slow)
            if point.info.key not in taken:
                taken.add(point.info.key)
                points.append(point)
    return RegisterMap(points=tuple(points), max_gap=120)


def _phases_of(id: int) -> int:
    """Number of phases of a model: inverters (1xx) and meters (2xx) exist for one, two and three."""
    return min(3, id % 10) if 101 <= id <= 113 or 201 <= id <= 214 else 3


def _fits(row: SunSpecPoint, place: ModelPlace) -> bool:
    """Whether the point lies within the model's length: older devices have shorter models."""
    size = _TYPES.get(row.type) or RegisterType(row.type)
    return max(row.offset + size.size, (row.scale or 0) + 1) <= place.length + 2


def _prefix(model: SunSpecModel, rows: list[SunSpecPoint], taken: set[str]) -> tuple[str, str]:
    if not any(row.key in taken for row in rows):
        return "", ""
    stem, title = model.prefix.rstrip(".") or "part", model.title or "Part"
    n = 1
    while any(f"{stem}{'' if n == 1 else n}.{row.key}" in taken for row in rows):
        n += 1
    number = "" if n == 1 else str(n)
    return f"{stem}{number}.", f"{title} {number}".strip()


def _point(row: SunSpecPoint, place: ModelPlace, prefix: str, title: str, *, slow: bool) -> RegisterPoint:
    limits = (0.0, 100.0) if row.writable and row.unit == "%" else (None, None)
    label = row.label or (row.capability.replace("_", " ").capitalize() if title else "")
    info = PointInfo(
        key=f"{prefix}{row.key}",
        capability=row.capability,
        label=f"{title}: {label}" if title else label,
        unit=row.unit,
        minimum=limits[0],
        maximum=limits[1],
        options=tuple(word for _, word in row.options),
        writable=row.writable,
    )
    return RegisterPoint(
        info=info,
        space=RegisterSpace.HOLDING,
        address=place.address + row.offset,
        type=_TYPES.get(row.type) or RegisterType(row.type),
        scale=row.factor,
        scale_address=None if row.scale is None else place.address + row.scale,
        missing=(NOT_IMPLEMENTED[row.type],),
        options=row.options,
        slow=slow,
    )
