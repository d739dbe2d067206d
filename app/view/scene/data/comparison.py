"""Comparison of two moments: change per room, its colour, its text."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.i18n import tr
from app.i18n.numbers import MINUS, format_decimal
from app.view.array_sets import quantile
from app.view.formatting import display_decimals, display_unit, format_word, to_display
from app.view.theme import Theme, paint
from twin.model.capability import Capability, ValueType
from twin.model.quantity import Quantity
from twin.model.state import State

type Floats = NDArray[np.float64]
type Bytes = NDArray[np.uint8]

UNCHANGED = "="
_STEADY = 0.25
"""Share of the range that values must fill for the range to be kept."""
_MANY, _FAR = 8, 3.0
"""From _MANY changes on, those beyond _FAR times their 90th percentile are left out of the range."""
_ROUND = (1.0, 2.0, 3.0, 5.0, 10.0)
_PLAIN = 1.5
"""Unordered words get the colours on this side of the darkest one."""
_LEAST_STEPS = 10
"""Minimum width of a range, in steps of the sensor's resolution, which hides noise."""


@dataclass(frozen=True, slots=True, eq=False)
class ComparedMoment:
    """The other moment of a comparison: its State (same rows) and both times; None means now."""

    state: State
    compare_ms: int
    shown_ms: int | None

    @property
    def backwards(self) -> bool:
        """Whether the other moment is the later one; changes are always given in chronological order."""
        return self.shown_ms is not None and self.compare_ms > self.shown_ms

    @property
    def order_ms(self) -> tuple[int | None, int | None]:
        """The earlier and the later moment; None is now."""
        return (self.shown_ms, self.compare_ms) if self.backwards else (self.compare_ms, self.shown_ms)


@dataclass(frozen=True, slots=True, eq=False)
class RoomChanges:
    """Change of each room between two moments, NaN where unknown.

    For enums, `values` is 1 where the option differs; for booleans, 1 where it became true and -1 where it became
    false.
    """

    row: Capability
    values: Floats
    after: Floats
    options: tuple[str, ...]
    limit: float
    """The colours range from -limit to +limit, in the canonical unit."""
    colours: str
    order_ms: tuple[int | None, int | None]

    def paint(self) -> Bytes:
        """(rooms, 3) RGB; unknown values get the colour of no change and must be masked by the caller."""
        return paint(self.colours, np.nan_to_num(self.values), -self.limit, self.limit)

    def text(self, room: int) -> str:
        """Text of a room's pill: `+1.2 K`, `→ Occupied`, `=`; empty where the change is unknown."""
        value = float(self.values[room])
        if math.isnan(value):
            return ""
        if self.options:
            at = min(max(0, round(float(self.after[room]))), len(self.options) - 1)
            return UNCHANGED if value == 0 else f"→ {format_word(self.options[at])}"
        return signed(self.row, value)


def change_of(row: Capability, between: tuple[Floats, Floats], compared: ComparedMoment, theme: Theme, *,
              options: tuple[str, ...] = (), last: RoomChanges | None = None) -> RoomChanges:  # fmt: skip
    """The change of rooms from `between`: values (shown, at the other moment); the earlier moment is subtracted."""
    shown, other = between
    before, after = (shown, other) if compared.backwards else (other, shown)
    if row.type is ValueType.BOOL:
        options = row.options or ("no", "yes")
    values = after - before
    if row.type is ValueType.ENUM:
        values = np.where(np.isnan(values), np.nan, (values != 0).astype(np.float64))
    limit = _PLAIN if options else _limit(row, values, last if last is not None and last.row is row else None)
    return RoomChanges(row, values, after, options, limit, f"change_{theme.name}", compared.order_ms)


def _limit(row: Capability, changes: Floats, last: RoomChanges | None) -> float:
    """Round limit in the display unit that covers the changes; kept stable for small changes."""
    reach = np.abs(changes[np.isfinite(changes)])
    if len(reach) >= _MANY:
        usual = float(quantile(reach, 0.9))
        reach = reach[reach <= _FAR * usual] if usual > 0 else reach
    most = float(reach.max()) if len(reach) else 0.0
    if last is not None and _STEADY * last.limit <= most <= last.limit:
        return last.limit
    per = _per_unit(row)
    most = max(most * per, _LEAST_STEPS * (row.resolution or 0.01) * per)
    ten = 10.0 ** math.floor(math.log10(most) + 1e-9)
    return next(step * ten for step in _ROUND if step * ten >= most * (1 - 1e-9)) / per


def _per_unit(row: Capability) -> float:
    """Display units per canonical unit for differences, without offset."""
    return to_display(row, 1.0) - to_display(row, 0.0)


def unit_of_change(row: Capability) -> str:
    """The unit of a change: kelvin for temperatures, percentage points for shares."""
    unit = display_unit(row)
    if row.quantity is Quantity.TEMPERATURE:
        return "K" if unit == "°C" else unit
    return tr("pp") if unit == "%" else unit


def signed(row: Capability, change: float) -> str:
    """A change with sign and unit: `+1.2 K`, `−150 ppm`; `±0 K` where it rounds to zero."""
    unit, shown = unit_of_change(row), change * _per_unit(row)
    if unit == "W" and abs(shown) >= 10_000:
        unit, digits, shown = "kW", 1, shown / 1000
    else:
        digits = display_decimals(row, shown)
    size = round(abs(shown), digits)
    sign = "±" if size == 0 else MINUS if shown < 0 else "+"
    text = format_decimal(size, digits if size else 0)
    return f"{sign}{text}{' ' if unit else ''}{unit}"
