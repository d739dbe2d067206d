"""Registers of a device: where values are, how they are encoded, and which are read together.

A value is big-endian within a register; of several registers the high word comes first unless the point's definition differs.
"""

from __future__ import annotations

import math
import struct
from collections.abc import Iterable, Mapping
from dataclasses import dataclass, field, replace
from enum import StrEnum

from twin.model.capability import CAPABILITIES, ValueType
from twin.model.device import PointInfo
from twin.model.ids import clean_name
from twin.model.observation import Value
from twin.model.text import Text

FLOAT_DIGITS = 7
"""Significant decimal digits of a 32-bit float."""


class RegisterSpace(StrEnum):
    """The four tables of a Modbus device."""

    COIL = "coil"
    DISCRETE = "discrete"
    INPUT = "input"
    HOLDING = "holding"

    @property
    def is_bits(self) -> bool:
        """Whether the table contains bits instead of registers."""
        return self in (RegisterSpace.COIL, RegisterSpace.DISCRETE)


class RegisterType(StrEnum):
    """Encoding of a value in registers."""

    BIT = "bit"
    U16 = "u16"
    S16 = "s16"
    U32 = "u32"
    S32 = "s32"
    U64 = "u64"
    S64 = "s64"
    F32 = "f32"
    F64 = "f64"

    @property
    def size(self) -> int:
        """Number of 16-bit registers of one value."""
        return 1 if self is RegisterType.BIT else int(self.value[1:]) // 16


_FORMAT = {"u16": ">H", "s16": ">h", "u32": ">I", "s32": ">i", "u64": ">Q", "s64": ">q", "f32": ">f", "f64": ">d"}
type Cells = Mapping[int, int]
"""The values read from one table, by address."""


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterPoint:
    """A point, and the address, type and scaling of the registers that hold its value."""

    info: PointInfo
    address: int
    type: RegisterType
    space: RegisterSpace = RegisterSpace.HOLDING
    scale: float = 1.0
    """Factor from the register's number to the value."""
    scale_address: int | None = None
    """Address of a register with a power of ten that scales it (SunSpec's `sunssf`)."""
    missing: tuple[int, ...] = ()
    """Unsigned register values that mean "not available"."""
    options: tuple[tuple[int, str], ...] = ()
    """Options of an enum by their numbers."""
    low_word_first: bool = False
    slow: bool = False
    """Whether the point is polled less often (counters, states)."""
    single: bool = False
    """Whether it is written by function 6, because the device lacks 16."""

    @property
    def cells(self) -> range:
        """Register addresses that the point occupies."""
        return range(self.address, self.address + self.type.size)


@dataclass(frozen=True, slots=True, kw_only=True)
class ReadBlock:
    """Registers that one request reads, and the points in them."""

    space: RegisterSpace
    address: int
    count: int
    points: tuple[RegisterPoint, ...]
    slow: bool = False

    @property
    def key(self) -> str:
        """Key of the block, unique within the device."""
        return f"{self.space}{self.address}+{self.count}{'~' if self.slow else ''}"


@dataclass(frozen=True, slots=True, kw_only=True)
class RegisterMap:
    """All points of a device, and the limits of one request."""

    points: tuple[RegisterPoint, ...]
    max_count: int = 120
    max_gap: int = 0
    """Most undescribed registers between two points that one request may read."""
    blocks: tuple[ReadBlock, ...] = field(init=False)

    def __post_init__(self) -> None:
        object.__setattr__(self, "blocks", tuple(_blocks(self.points, self.max_count, self.max_gap)))

    def point(self, key: str) -> RegisterPoint | None:
        """The point with this key; None where there is none."""
        return next((point for point in self.points if point.info.key == key), None)


def split_block(block: ReadBlock) -> tuple[ReadBlock, ...]:
    """One block per point, for a device that refuses the whole because of one register."""
    return tuple(
        part for point in block.points for part in _blocks((replace(point, slow=block.slow),), len(_spanned(point)), 0)
    )


def decoded(point: RegisterPoint, cells: Cells) -> Value | None:
    """The value in the unit of the point; None where the device has none at present."""
    raw = _raw(point, cells)
    if raw is None:
        return None
    if point.options:
        word = dict(point.options).get(int(raw), f"{int(raw)}")
        return word if _is_enum(point) else word in ("on", "true", "1")
    if CAPABILITIES[point.info.capability].type is ValueType.BOOL:
        return bool(raw)
    value = _scaled(raw, point, cells)
    if value is None or not math.isfinite(value):
        return None
    return float(f"{value:.{FLOAT_DIGITS}g}") if point.type is RegisterType.F32 else value


def encoded(point: RegisterPoint, value: Value, cells: Cells) -> tuple[int, ...]:
    """The registers that encode `value` (in the point's unit). Raises ValueError where it cannot be encoded."""
    if isinstance(value, str):
        number = next((float(code) for code, word in point.options if word == value), None)
        if number is None:
            raise ValueError(Text("modbus.takes_words", words=", ".join(word for _, word in point.options)))
    elif isinstance(value, int | float):
        number = float(value)
    else:
        raise ValueError(Text("modbus.takes_number"))
    if point.type is RegisterType.BIT:
        return (int(bool(number)),)
    exponent = _exponent(point, cells)
    if exponent is None:
        raise ValueError(Text("modbus.no_scale"))
    number = number / point.scale * 10.0**-exponent
    try:
        packed = struct.pack(_FORMAT[point.type], number if point.type.value[0] == "f" else round(number))
    except (struct.error, OverflowError, ValueError):
        raise ValueError(Text("modbus.register_range")) from None
    words = tuple(int.from_bytes(packed[at : at + 2]) for at in range(0, len(packed), 2))
    return words[::-1] if point.low_word_first else words


def text_of(words: Iterable[int]) -> str:
    """The text in registers, one or two characters each, cleaned."""
    data = b"".join(word.to_bytes(2) for word in words).replace(b"\0", b"")
    return clean_name(data.decode("utf-8", "replace").strip(), 64)


def _raw(point: RegisterPoint, cells: Cells) -> float | None:
    words = [cells.get(address) for address in point.cells]
    if any(word is None for word in words):
        return None
    if point.type is RegisterType.BIT:
        return words[0]
    ordered = words[::-1] if point.low_word_first else words
    data = b"".join((word or 0).to_bytes(2) for word in ordered)
    if int.from_bytes(data) in point.missing:
        return None
    return struct.unpack(_FORMAT[point.type], data)[0]


def _exponent(point: RegisterPoint, cells: Cells) -> int | None:
    if point.scale_address is None:
        return 0
    word = cells.get(point.scale_address)
    if word is None:
        return None
    exponent = word - 0x1_0000 if word & 0x8000 else word
    return exponent if -10 <= exponent <= 10 else None  # SunSpec Device Information Model 4.2.8: -10 to 10


def _scaled(raw: float, point: RegisterPoint, cells: Cells) -> float | None:
    exponent = _exponent(point, cells)
    if exponent is None:
        return None
    power = raw / 10**-exponent if exponent < 0 else raw * 10**exponent
    return power if point.scale == 1.0 else _neat(power * point.scale)


def _neat(value: float) -> float:
    """2301 times 0.1 is 230.1, not 230.10000000000002."""
    return float(f"{value:.12g}")


def _is_enum(point: RegisterPoint) -> bool:
    return CAPABILITIES[point.info.capability].type is ValueType.ENUM


def _spanned(point: RegisterPoint) -> range:
    """The address range that one read of a point needs: its cells and its scale register."""
    if point.scale_address is None:
        return point.cells
    return range(min(point.address, point.scale_address), max(point.cells.stop, point.scale_address + 1))


def _blocks(points: Iterable[RegisterPoint], max_count: int, max_gap: int) -> Iterable[ReadBlock]:
    """Points near each other, read together; a point lies whole in one block."""
    ordered = sorted(points, key=lambda point: (point.space, point.slow, _spanned(point).start))
    first = last = 0
    held: list[RegisterPoint] = []

    def block() -> ReadBlock:
        return ReadBlock(space=held[0].space, address=first, count=last - first, points=tuple(held), slow=held[0].slow)

    for point in ordered:
        span = _spanned(point)
        same = bool(held) and (held[0].space, held[0].slow) == (point.space, point.slow)
        if same and span.start - last <= max_gap and max(last, span.stop) - first <= max_count:
            last = max(last, span.stop)
            held.append(point)
            continue
        if held:
            yield block()
        first, last, held = span.start, span.stop, [point]
    if held:
        yield block()
