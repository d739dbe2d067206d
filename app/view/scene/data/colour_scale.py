"""Colour scale that floors and legend share."""

from __future__ import annotations

import math
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.array_sets import quantile
from app.view.formatting import from_display, to_display
from app.view.theme import paint, words_palette
from twin.model.aggregation import AggregationRule, aggregation_rule
from twin.model.capability import Capability, Group, ValueType
from twin.model.comfort import COMFORT, Comfort
from twin.model.quantity import Quantity

type Floats = NDArray[np.float64]
type Bytes = NDArray[np.uint8]

_SLACK = 0.3
"""Share of the scale that values must fill for the scale to be kept."""
_MANY, _FAR = 8, 2.5
"""From _MANY values on, those beyond _FAR times their 90th percentile are left out of the scale."""
_STEPS = (1.0, 2.0, 2.5, 5.0, 10.0)


@dataclass(frozen=True, slots=True)
class ColourScale:
    """Colour scale of a capability in its canonical unit; `options` where values are indices of words."""

    row: Capability
    low: float
    high: float
    colours: str
    options: tuple[str, ...] = ()
    ticks: tuple[float, ...] = ()
    open: bool = False
    """Whether a few values lie above the scale: the last colour means "and more"."""

    @property
    def rule(self) -> AggregationRule:
        """How a room's value is aggregated from those of its devices."""
        return aggregation_rule(self.row)

    @property
    def comfort(self) -> Comfort | None:
        """The bands of the capability, where there are any."""
        return COMFORT.get(self.row.id)

    def paint(self, values: Floats) -> Bytes:
        """(n, 3) RGB; NaN gets the low end: mask it yourself."""
        if self.row.type is not ValueType.ENUM or self.colours:
            return paint(self.colours, values, self.low, self.high)
        at = np.nan_to_num(values).astype(np.intp).clip(0, max(0, len(self.options) - 1))
        return words_palette(max(1, len(self.options)))[at]

    def share(self, value: float) -> float:
        """Position of a value on the scale, clipped to 0 to 1."""
        return min(1.0, max(0.0, (value - self.low) / (self.high - self.low)))


def scale_of(
    row: Capability, values: Floats, *, options: tuple[str, ...] = (), before: ColourScale | None = None
) -> ColourScale:
    """The colour scale for these values of rooms: the capability's own range, else round numbers around the values.

    `before` is returned unchanged while the values still fit it.
    """
    if row.type is ValueType.BOOL:
        return ColourScale(row, 0.0, 1.0, row.colours or _truth(row), row.options or ("no", "yes"), (0.0, 1.0))
    if row.type is ValueType.ENUM:
        return ColourScale(row, 0.0, max(1.0, len(options) - 1.0), row.colours, options or row.options)
    colours = row.colours or _ramp(row)
    if (fixed := _fixed(row)) is not None and aggregation_rule(row) is not AggregationRule.SUM:
        low, high = fixed
        return ColourScale(row, low, high, colours, ticks=_marks(row, low, high))
    known, cropped = _without_the_few(values[np.isfinite(values)])
    if before is not None and before.row is row and before.open is cropped and _still_fits(before, known):
        return before
    low, high = _round_about(row, known)
    return ColourScale(row, low, high, colours, ticks=_marks(row, low, high), open=cropped)


def _fixed(row: Capability) -> tuple[float, float] | None:
    if row.scale is not None:
        return row.scale
    if row.quantity is Quantity.RATIO and row.minimum is not None and row.maximum is not None:
        return row.minimum, row.maximum
    return None


def _truth(row: Capability) -> str:
    return "alarm" if row.group is Group.ALARM or row.id == "battery_low" else "presence"


def _ramp(row: Capability) -> str:
    return "thermal" if row.quantity is Quantity.TEMPERATURE else "load"


def _without_the_few(known: Floats) -> tuple[Floats, bool]:
    """The values without outliers, and whether there are any."""
    if len(known) < _MANY:
        return known, False
    usual = float(quantile(known, 0.9))
    kept = known[known <= _FAR * usual] if usual > 0 else known
    return kept, len(kept) < len(known)


def _still_fits(scale: ColourScale, known: Floats) -> bool:
    if not len(known):
        return True
    low, high = float(known.min()), float(known.max())
    fills = high - (0.0 if scale.low == 0 else low) >= _SLACK * (scale.high - scale.low)
    return scale.low <= low and high <= scale.high and (fills or len(known) == 1)


def _round_about(row: Capability, known: Floats) -> tuple[float, float]:
    """Round limits in the display unit around the values; from 0 if the values are close to it."""
    least, most = (to_display(row, float(end)) for end in (known.min(), known.max())) if len(known) else (0.0, 1.0)
    if 0 <= least < 0.5 * most or (least >= 0 and aggregation_rule(row) is AggregationRule.SUM):
        least = 0.0
    narrow = max(abs(most) * 0.002, abs(to_display(row, row.resolution) - to_display(row, 0.0)) * 4, 1e-9)
    step = _step(max(most - least, narrow))
    low = math.floor(least / step + 1e-9) * step
    high = math.ceil(most / step - 1e-9) * step
    high = high if high > low else low + 2 * step
    return from_display(row, low), from_display(row, high)


def _step(span: float) -> float:
    """A round step that divides the span into three to six parts."""
    ten = 10.0 ** math.floor(math.log10(span / 4))
    return ten * min(_STEPS, key=lambda one: abs(one * ten - span / 4))


def _marks(row: Capability, low: float, high: float) -> tuple[float, ...]:
    """Round tick values in the canonical unit, including both ends."""
    first, last = to_display(row, low), to_display(row, high)
    step = _step(last - first)
    inner = np.arange(math.ceil(first / step + 0.25), math.floor(last / step - 0.25) + 1) * step
    return (low, *(from_display(row, float(value)) for value in inner), high)
