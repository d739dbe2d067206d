"""A medium's daily use against degree days: the regression of the last twelve months, and where the use bends from it."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, replace
from datetime import timedelta

import numpy as np
from numpy.typing import NDArray

from twin.insight.calendar_span import QUARTER_MS, local_day, midnight
from twin.insight.degree_days import DegreeDayFit, cusum, degree_days, fit_degree_days
from twin.insight.energy_cost import PER_UNIT, EnergyQuestion, ReadQuarters
from twin.insight.energy_use import flow_sums
from twin.insight.meter_tree import is_part
from twin.model.energy import Flow, Medium, MeterPlace, WeatherFit
from twin.model.meter import QuarterUse

type Numbers = NDArray[np.float64]
type Times = NDArray[np.int64]

SPAN_DAYS = 365
"""Days up to the end of the period that are looked at."""
LEAST_DAYS = 30
"""Fewest days for a fit."""
LEAST_FOR_BEND = 120
"""Fewest days for a date at which the use bends."""
CLEAR_BEND = 20.0
"""Least Wald statistic of a step at an unknown time. Andrews (1993, corrected 2003) has 12.2 for 1 in 100 steady uses; in
generated years whose days hang together (0.6 from one to the next) that dated 5 in 100, this 1."""
LARGE_BEND = 0.05
"""Smallest change of a bend, as a share of the mean use."""
AT_THE_ENDS = 0.15
"""Share of the days at both ends in which no bend is dated."""
LAGS = 14
"""Days over which what is left of the fit may hang together: working weeks, spells of weather."""
MOST_ESTIMATED = 0.5
"""Largest share of a day that was spread over time without readings."""


def fit_edges(question: EnergyQuestion) -> Times:
    """(n + 1,) local midnights, UTC ms, of the days that are looked at: up to a year before the end of the period."""
    last = local_day(question.quarters_to_ms, question.zone)
    days = [last - timedelta(days=SPAN_DAYS - n) for n in range(SPAN_DAYS + 1)]
    return np.array([midnight(day, question.zone) for day in days], np.int64)


@dataclass(frozen=True, slots=True, eq=False)
class OutdoorHours:
    """Recorded outdoor temperature: times (n,), UTC ms, and hourly means (n,), °C, NaN where unknown."""

    times_ms: Times
    values_c: Numbers


def weather_fit(
    question: EnergyQuestion, medium: Medium, places: Sequence[MeterPlace], read: ReadQuarters, outdoor: OutdoorHours
) -> WeatherFit | None:
    """The fit of what the building used of a medium, by the main meters; None for water and without a main meter."""
    mine = [one for one in places if one.medium is medium]
    if medium is Medium.WATER or not any(one.main and one.flow is Flow.USED for one in mine):
        return None
    edges = fit_edges(question)
    use = _daily_use(mine, medium, read, edges)
    of_base = {
        (base, cooling): degree_days(outdoor.times_ms, outdoor.values_c, edges, base, cooling=cooling)[0]
        for cooling, bases in ((False, np.arange(10, 22.5, 0.5)), (True, np.arange(16, 26.5, 0.5)))
        for base in bases.tolist()
    }
    known = np.isfinite(use) & np.isfinite(next(iter(of_base.values())))
    n = int(known.sum())
    fit = fit_degree_days(use[known], {key: days[known] for key, days in of_base.items()}) if n >= LEAST_DAYS else None
    if fit is None:
        return WeatherFit(days=n, needed=LEAST_DAYS)
    made = _judged(fit, edges[:-1][known], use[known], of_base[fit.base_c, fit.cooling][known])
    return made if made.bend_ms is None else replace(made, bend_day=local_day(made.bend_ms, question.zone).isoformat())


def _daily_use(mine: Sequence[MeterPlace], medium: Medium, read: ReadQuarters, edges: Times) -> Numbers:
    """(n,) use of the whole building in each day between the edges; NaN where a part of the day is unknown or guessed."""
    begin, end = int(edges[0]), int(edges[-1])
    n = (end - begin) // QUARTER_MS
    guessed = np.zeros(n)
    around: dict[MeterPlace, tuple[Numbers, QuarterUse | None]] = {}
    for place in (one for one in mine if not is_part(one)):
        found = read(place.point, begin, end)
        around[place] = (np.full(n, np.nan) if found is None else found.use / PER_UNIT[medium]), found
        if found is not None:
            guessed = np.maximum(guessed, found.estimated)
    at = (edges[:-1] - begin) // QUARTER_MS
    use = np.add.reduceat(flow_sums(around, n).total(), at)
    share = np.add.reduceat(guessed, at) / (np.diff(edges) // QUARTER_MS)
    return np.where(share <= MOST_ESTIMATED, use, np.nan)


def _judged(fit: DegreeDayFit, day_ms: Times, use: Numbers, days: Numbers) -> WeatherFit:
    step = _bend(use, days)
    base, slope = (fit.base, fit.slope) if step is None else (step.base, step.slope)
    return WeatherFit(
        days=len(use), needed=LEAST_DAYS, needed_for_bend=LEAST_FOR_BEND, base_c=fit.base_c, cooling=fit.cooling,
        base=fit.base, slope=fit.slope, r2=fit.r2, cv_rmse=fit.cv_rmse, day_ms=day_ms, use=use, degree_days=days,
        cusum=cusum(use, base + slope * days), bend_ms=None if step is None else int(day_ms[step.at]),
        bend_change=None if step is None else step.change,
    )  # fmt: skip


@dataclass(frozen=True, slots=True)
class _Step:
    """The regression of daily use on degree days with a step: from day `at` on, `change` more a day."""

    at: int
    base: float
    slope: float
    change: float


def _bend(use: Numbers, days: Numbers) -> _Step | None:
    """The clearest step up or down; None where there is none that chance, working weeks or spells of weather would not make
    too (largest Wald statistic of a step at an unknown time: Andrews 1993)."""
    n = len(use)
    if n < LEAST_FOR_BEND:
        return None
    at_ends = int(AT_THE_ENDS * n)
    clear = _clearness(use, days, np.arange(at_ends, n - at_ends))
    at = at_ends + int(np.argmax(clear))
    base, slope, change = _with_step(use, days, at)
    if clear.max() < CLEAR_BEND or abs(change) < LARGE_BEND * abs(float(use.mean())):
        return None
    return _Step(at, base, slope, change)


def _with_step(use: Numbers, days: Numbers, at: int) -> tuple[float, float, float]:
    """Base, slope and step of the regression."""
    of = np.stack([np.ones(len(use)), days, np.arange(len(use)) >= at], axis=1)
    base, slope, change = np.linalg.lstsq(of, use)[0].tolist()
    return base, slope, change


def _clearness(use: Numbers, days: Numbers, places: Times) -> Numbers:
    """(m,) Wald statistic of a step at each of these days: its square by its variance, with what hangs together over `LAGS`
    days (Newey and West 1987, Bartlett weights)."""
    of = np.stack([np.ones(len(use)), days], axis=1)
    steps = (np.arange(len(use)) >= places[:, None]).astype(np.float64)
    alone = steps - (of @ np.linalg.lstsq(of, steps.T)[0]).T
    left = use - of @ np.linalg.lstsq(of, use)[0]
    weight = (alone**2).sum(axis=1)
    with np.errstate(divide="ignore", invalid="ignore"):
        change = alone @ left / weight
        moved = alone * (left - change[:, None] * alone)
        total = (moved**2).sum(axis=1)
        spread = total.copy()
        for lag in range(1, LAGS + 1):
            spread += 2 * (1 - lag / (LAGS + 1)) * (moved[:, lag:] * moved[:, :-lag]).sum(axis=1)
        return np.nan_to_num((change * weight) ** 2 / np.maximum(spread, total / LAGS), posinf=0.0)
