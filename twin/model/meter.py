"""Marks of the user on a meter, and what the meter counted in a stretch of time."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.ids import PointId, derived
from twin.model.meter_register import Exchange


@dataclass(frozen=True, slots=True)
class MeterChange:
    """The user says that a point's meter was replaced at `time_ms`, UTC ms; readings in the point's canonical unit, None
    where nobody read them."""

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


@dataclass(frozen=True, slots=True, eq=False)
class Consumption:
    """What a meter counted between n + 1 edges (UTC ms), canonical unit; whether each count is an estimate; when its
    register looks like another meter's though nobody marked a change there."""

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
        """(count, estimated) of the stretch that a moment lies in; None outside all of them."""
        i = int(np.searchsorted(self.edges_ms, time_ms, side="right")) - 1
        return (float(self.increase[i]), bool(self.estimated[i])) if 0 <= i < len(self.increase) else None
