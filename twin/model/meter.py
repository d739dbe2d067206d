"""Meter changes marked by the user, and consumption in a time span."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.ids import PointId, derived
from twin.model.meter_register import Exchange


@dataclass(frozen=True, slots=True)
class MeterChange:
    """A meter replacement marked by the user at `time_ms` (UTC ms); readings in the point's canonical unit, None where
    not known.
    """

    id: str
    point: PointId
    time_ms: int
    final: float | None = None
    """The old meter's last reading."""
    first: float | None = None
    """The new meter's first reading."""

    @property
    def exchange(self) -> Exchange:
        """The change as an `Exchange`, for the counting rules."""
        return Exchange(self.time_ms, self.final, self.first)


def meter_change(point: PointId, time_ms: int, final: float | None = None, first: float | None = None) -> MeterChange:
    """A meter change; the same point and time always give the same id."""
    return MeterChange(derived("meter change", point, str(time_ms)), point, time_ms, final, first)


@dataclass(frozen=True, slots=True)
class RegisterReadings:
    """Last known readings of registers at `time_ms` (UTC ms) by point, canonical units; those not known are missing."""

    time_ms: int
    of: Mapping[PointId, float]


@dataclass(frozen=True, slots=True, eq=False)
class Consumption:
    """Consumption between n + 1 edges (UTC ms), canonical unit, with a flag for estimates.

    `suspected_ms` are times at which the register looks like another meter's without a marked change.
    """

    point: PointId
    edges_ms: NDArray[np.int64]
    increase: NDArray[np.float64]
    estimated: NDArray[np.bool_]
    suspected_ms: tuple[int, ...] = ()

    @property
    def total(self) -> float:
        """Sum of all counts, canonical unit."""
        return float(self.increase.sum())

    def at(self, time_ms: int) -> tuple[float, bool] | None:
        """(consumption, estimated) of the interval that contains `time_ms`; None outside all of them."""
        i = int(np.searchsorted(self.edges_ms, time_ms, side="right")) - 1
        return (float(self.increase[i]), bool(self.estimated[i])) if 0 <= i < len(self.increase) else None


@dataclass(frozen=True, slots=True, eq=False)
class QuarterUse:
    """Use in consecutive quarter-hours from `from_ms` (UTC ms) on: (n,) in the counter's canonical unit, or Wh of a power;
    NaN where it is unknown. `estimated` marks those without readings of their own."""

    from_ms: int
    use: NDArray[np.float64]
    estimated: NDArray[np.bool_]
    suspected_ms: tuple[int, ...] = ()
    """Times at which the register looks like another meter's without a marked change."""
