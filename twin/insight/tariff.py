"""Cost of energy: price bands by local time, tiers, demand and standing charges; each tariff has its period.

Computed per interval between edges, so that days of 23 or 25 hours are billed correctly. A new tariff never changes the
cost before its first day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, timedelta, tzinfo
from itertools import pairwise

import numpy as np
from numpy.typing import NDArray

from twin.insight.calendar_span import QUARTER_MS, LocalTimes, local_times
from twin.model.text import Text

type Numbers = NDArray[np.float64]
type Times = NDArray[np.int64]
type Numbered = NDArray[np.int64]

ALL_MONTHS = tuple(range(1, 13))
_EPOCH = date(1970, 1, 1)


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceBand:
    """Price for some months, kinds of day and minutes of the local day (`end` excluded; past midnight where it is not
    after `begin`). The first band that matches applies.
    """

    price: float
    begin: int = 0
    end: int = 1440
    months: tuple[int, ...] = ALL_MONTHS
    workdays: bool | None = None
    """True: workdays only; False: other days only; None: all days."""


@dataclass(frozen=True, slots=True, kw_only=True)
class PriceTier:
    """Surcharge per unit (or discount) on the band's price, up to this use in the billing period."""

    upto: float
    surcharge: float


@dataclass(frozen=True, slots=True, kw_only=True)
class Tariff:
    """A tariff from `first` to `last` (both included). Prices per unit of the meter (kWh, m³), without `tax` (0.19 is
    19 %).
    """

    first: date
    last: date | None = None
    currency: str = "EUR"
    bands: tuple[PriceBand, ...] = ()
    tiers: tuple[PriceTier, ...] = ()
    """Tiers by ascending limit; the last `upto` may be infinite."""
    yearly_tiers: bool = False
    """True: tiers count per calendar year; False: per month."""
    standing_per_day: float = 0.0
    demand_per_kw: float = 0.0
    """Price per kW and month of the month's highest mean power in a quarter-hour."""
    export_price: float = 0.0
    tax: float = 0.0


@dataclass(frozen=True, slots=True, eq=False)
class EnergyCost:
    """Cost per interval, arrays (n,) in the tariff's currency; tax is included except in `export`. `unpriced` marks
    intervals without a price.
    """

    energy: Numbers
    standing: Numbers
    demand: Numbers
    """Demand charge of the month, at the begin of the quarter-hour with the highest mean power; NaN where unknown."""
    export: Numbers
    """Revenue of exported energy, as a negative cost, without tax."""
    unpriced: NDArray[np.bool_]
    demand_unknown: Text | None = None
    """Why the demand charge of a month is unknown."""

    @property
    def total(self) -> float:
        """The sum of all parts, in the tariff's currency; NaN where the demand charge is unknown."""
        return float(self.energy.sum() + self.standing.sum() + self.demand.sum() + self.export.sum())


def cost(
    tariffs: Sequence[Tariff],
    edges_ms: Times,
    used: Numbers,
    zone: tzinfo,
    *,
    exported: Numbers | None = None,
    is_workday: Callable[[date], bool] = lambda day: day.weekday() < 5,
) -> EnergyCost:
    """Cost of `used` (n,) between edges (n + 1,), UTC ms; `exported` (n,) likewise.

    Tiers count from the first edge given of each billing period. NaN use counts as 0. Demand needs intervals that each
    lie within one quarter-hour; several of them are combined.
    """
    local = local_times(edges_ms[:-1], zone)
    number = _numbers(tariffs, local)
    tax = _of_each(tariffs, number, lambda one: one.tax) + 1
    price = _prices(tariffs, number, local, is_workday)
    known = np.nan_to_num(used)
    energy = known * np.nan_to_num(price) + _tier_cost(tariffs, number, local, known)
    begins_day = np.diff(local.day, prepend=local.day[:1] - 1) != 0
    standing = np.where(begins_day, _of_each(tariffs, number, lambda one: one.standing_per_day), 0.0)
    export = np.zeros(len(number))
    if exported is not None:
        export -= np.nan_to_num(exported) * _of_each(tariffs, number, lambda one: one.export_price)
    demand = _demand(tariffs, number, local, _powers(known, edges_ms), _long_months(edges_ms, zone))
    reason = Text("tariff.demand_intervals") if np.isnan(demand).any() else None
    return EnergyCost(energy * tax, standing * tax, demand * tax, export, np.isnan(price), reason)


def in_band(band: PriceBand, local: LocalTimes, workday: NDArray[np.bool_]) -> NDArray[np.bool_]:
    """At which local times (n,) a band's price applies; `workday` (n,) tells the kind of their days."""
    after, before = local.minute >= band.begin, local.minute < band.end
    inside = after & before if band.begin < band.end else after | before
    if band.workdays is not None:
        inside &= workday == band.workdays
    return inside if band.months == ALL_MONTHS else inside & np.isin(local.month, band.months)


def _numbers(tariffs: Sequence[Tariff], local: LocalTimes) -> Numbered:
    """(n,) number of the tariff that applies, the latest of those that are valid; -1 for none."""
    out = np.full(len(local.day), -1, np.int64)
    for number in sorted(range(len(tariffs)), key=lambda at: (tariffs[at].first, -at)):
        one = tariffs[number]
        valid = local.day >= _day(one.first)
        out[valid if one.last is None else valid & (local.day <= _day(one.last))] = number
    return out


def _day(day: date) -> int:
    """The number of a day since 1970."""
    return (day - _EPOCH).days


def _of_each(tariffs: Sequence[Tariff], number: Numbered, value: Callable[[Tariff], float]) -> Numbers:
    """(n,) a value of the tariff of each interval; 0 without one."""
    return np.array([*map(value, tariffs), 0.0])[number]


def _prices(
    tariffs: Sequence[Tariff], number: Numbered, local: LocalTimes, is_workday: Callable[[date], bool]
) -> Numbers:
    """(n,) price of the first band that applies; NaN without one."""
    out, workday = np.full(len(number), np.nan), np.zeros(len(number), np.bool_)
    if any(band.workdays is not None for one in tariffs for band in one.bands):
        days, place = np.unique(local.day, return_inverse=True)
        workday = np.array([is_workday(_EPOCH + timedelta(days=day)) for day in days.tolist()], np.bool_)[place]
    for at, one in enumerate(tariffs):
        mine = number == at
        for band in reversed(one.bands):
            out[mine & in_band(band, local, workday)] = band.price
    return out


def _tier_cost(tariffs: Sequence[Tariff], number: Numbered, local: LocalTimes, used: Numbers) -> Numbers:
    """What tiers add, from the running sum of each billing period; a stretch over a step pays both prices."""
    out = np.zeros(len(used))
    if not any(one.tiers for one in tariffs):
        return out
    monthly = _of_each(tariffs, number, lambda one: not one.yearly_tiers) > 0
    first = _of_each(tariffs, number, lambda one: _day(one.first))
    bill = np.stack([number < 0, first, local.year, np.where(monthly, local.month, 0)])
    edges = np.flatnonzero((np.diff(bill, axis=1) != 0).any(axis=0)) + 1
    for begin, end in pairwise([0, *edges.tolist(), len(used)]):
        if begin == end or number[begin] < 0:
            continue
        after = np.cumsum(used[begin:end])
        before, low = np.concatenate([[0.0], after[:-1]]), 0.0
        for tier in tariffs[int(number[begin])].tiers:
            reached = np.minimum(after, tier.upto) - np.maximum(before, low)
            out[begin:end] += tier.surcharge * np.maximum(0.0, reached)
            low = tier.upto
    return out


def _powers(used: Numbers, edges_ms: Times) -> tuple[Numbered, Numbers]:
    """(m,) positions at which a quarter-hour begins, and (m,) its mean power."""
    begins = np.flatnonzero(np.diff(edges_ms[:-1] // QUARTER_MS, prepend=-1))
    return begins, np.add.reduceat(used, begins) * (3_600_000 / QUARTER_MS) if len(begins) else np.zeros(0)


def _demand(
    tariffs: Sequence[Tariff],
    number: Numbered,
    local: LocalTimes,
    powers: tuple[Numbered, Numbers],
    unknown: set[tuple[int, int]],
) -> Numbers:
    """Demand charge of each month where its highest quarter-hour begins; NaN in the unknown months."""
    out = np.zeros(len(number))
    price = _of_each(tariffs, number, lambda one: one.demand_per_kw)
    first = _of_each(tariffs, number, lambda one: _day(one.first))
    begins, power = powers[0][price[powers[0]] != 0], powers[1][price[powers[0]] != 0]
    months = np.stack([first[begins], local.year[begins], local.month[begins]])
    for month in np.unique(months, axis=1).T:
        mine = (months == month[:, None]).all(axis=0)
        at = int(begins[mine][np.argmax(power[mine])])
        is_unknown = (int(local.year[at]), int(local.month[at])) in unknown
        out[at] = np.nan if is_unknown else price[at] * power[mine].max()
    return out


def _long_months(edges_ms: Times, zone: tzinfo) -> set[tuple[int, int]]:
    """Local months with an interval that does not lie within one quarter-hour."""
    begins, lasts = edges_ms[:-1], edges_ms[1:] - 1
    long = begins // QUARTER_MS != lasts // QUARTER_MS
    ends = [local_times(at[long], zone) for at in (begins, lasts)]
    return {month for one in ends for month in zip(one.year.tolist(), one.month.tolist(), strict=True)}
