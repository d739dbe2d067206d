"""Figures of a period beside its use: electrical load, use per area, degree days."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.insight.calendar_span import QUARTER_MS, local_times, midnight
from twin.insight.degree_days import degree_days
from twin.insight.energy_cost import FULL, EnergyQuestion, ReadQuarters
from twin.insight.load_figures import base_load, duration, load_factor, share_outside, use_intensity
from twin.model.energy import DegreeDayFigures, Flow, LoadFigures, Medium, MeterPlace
from twin.model.ids import PointId

type Numbers = NDArray[np.float64]

YEAR_MS = 365 * 86_400_000
WORKDAY = (7 * 60, 18 * 60)
"""Working hours of workdays, minutes of the local day."""
LEAST_YEAR = 0.9
"""Least known share of twelve months for a use per area and year."""
SHARES = np.array([0.01, 0.10, 0.50, 0.90, 0.99])
CURVE = np.arange(101) / 100
"""Shares of time at which the duration curve is drawn."""


def main_power(question: EnergyQuestion, places: tuple[MeterPlace, ...], read: ReadQuarters, from_ms: int) -> Numbers:
    """(n,) mean power in W at the electrical mains in each quarter-hour since `from_ms`; empty without a main meter, NaN
    where one of them is unknown."""
    mains = [one for one in places if one.main and one.medium is Medium.ELECTRICITY and one.flow is Flow.USED]
    found = [read(one.point, from_ms, question.quarters_to_ms) for one in mains]
    if not found or any(one is None for one in found):
        return np.zeros(0)
    return np.sum([one.use for one in found if one is not None], axis=0) * 4


def load_figures(
    question: EnergyQuestion, places: tuple[MeterPlace, ...], read: ReadQuarters, room_area_m2: float
) -> LoadFigures:
    """Load at the main meter in the period, and use per area of the twelve months that end with it."""
    area = question.setup.area_m2 or room_area_m2
    power = main_power(question, places, read, question.period.from_ms)
    if not np.isfinite(power).any():
        return LoadFigures(area_m2=area or None, area_is_rooms=not question.setup.area_m2)
    starts = question.period.from_ms + np.arange(len(power), dtype=np.int64) * QUARTER_MS
    local = local_times(starts, question.zone)
    working = (local.weekday < 5) & (local.minute >= WORKDAY[0]) & (local.minute < WORKDAY[1])
    year = main_power(question, places, read, question.quarters_to_ms - YEAR_MS)
    whole = np.isfinite(year).mean() >= LEAST_YEAR
    return LoadFigures(
        base_w=_known(base_load(power, local.day)), peak_w=_known(float(np.nanmax(power))),
        load_factor=_known(load_factor(power)), duration_w=tuple(duration(power, SHARES).tolist()),
        curve_w=tuple(duration(power, CURVE).tolist()), outside_hours=_known(share_outside(power, working)),
        intensity=use_intensity(float(np.nanmean(year)) * 8.76, area) if whole else None,
        area_m2=area or None, area_is_rooms=not question.setup.area_m2,
    )  # fmt: skip


def _known(value: float) -> float | None:
    return value if np.isfinite(value) else None


def degree_day_figures(
    question: EnergyQuestion, point: PointId | None, times_ms: NDArray[np.int64], values_c: Numbers
) -> DegreeDayFigures:
    """Heating and cooling degree days of the elapsed whole days that are covered by at least 80 %, from hourly means."""
    base = question.setup.base_c
    first, end = question.period.first.toordinal(), question.quarters_to_ms
    begun = (end - question.period.from_ms) // 86_400_000 + 2  # a day has 23 to 25 hours
    midnights = [midnight(question.period.first.fromordinal(first + n), question.zone) for n in range(begun)]
    edges = [at for at in midnights if at <= end]
    if point is None or len(edges) < 2 or not len(times_ms):
        return DegreeDayFigures(point=point, base_c=base)
    at = np.array(edges, np.int64)
    heating, share = degree_days(times_ms, values_c, at, base)
    cooling, _ = degree_days(times_ms, values_c, at, base, cooling=True)
    known = np.isfinite(heating)
    complete = float(known.mean()) >= FULL
    return DegreeDayFigures(
        point=point, base_c=base, coverage=float(share.mean()),
        heating=float(heating[known].sum()) if complete else None,
        cooling=float(cooling[known].sum()) if complete else None,
    )  # fmt: skip
