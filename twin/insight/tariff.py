"""Cost of energy: price bands by local time, tiers, demand and standing charges; each tariff has its period.

Computed per interval between edges, so that days of 23 or 25 hours are billed correctly. A new tariff never changes the
cost before its first day.
"""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import UTC, date, datetime, timedelta, tzinfo

import numpy as np
from numpy.typing import NDArray

from twin.model.text import Text

type Numbers = NDArray[np.float64]
type Times = NDArray[np.int64]

ALL_MONTHS = tuple(range(1, 13))
QUARTER_MS = 900_000
"""Length of a demand interval: quarter-hours of the clock."""
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


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
    walls = [_wall(at, zone) for at in edges_ms[:-1].tolist()]
    n = len(walls)
    tariff_of = [_tariff(tariffs, wall.date()) for wall in walls]
    tax = np.array([0.0 if one is None else one.tax for one in tariff_of]) + 1
    price = np.array(
        [np.nan if one is None else _price(one, wall, is_workday) for one, wall in zip(tariff_of, walls, strict=True)]
    )
    unpriced = np.isnan(price)
    known = np.nan_to_num(used)
    energy = known * np.nan_to_num(price) + _tier_cost(tariff_of, walls, known)
    standing = np.zeros(n)
    for number, (one, wall) in enumerate(zip(tariff_of, walls, strict=True)):
        if one is not None and (number == 0 or walls[number - 1].date() != wall.date()):
            standing[number] = one.standing_per_day
    export = np.zeros(n)
    if exported is not None:
        export -= np.nan_to_num(exported) * [0.0 if one is None else one.export_price for one in tariff_of]
    demand = _demand(tariff_of, walls, known, edges_ms, _long_months(edges_ms, zone))
    reason = Text("tariff.demand_intervals") if np.isnan(demand).any() else None
    return EnergyCost(energy * tax, standing * tax, demand * tax, export, unpriced, reason)


def _tariff(tariffs: Sequence[Tariff], day: date) -> Tariff | None:
    fitting = [one for one in tariffs if one.first <= day and (one.last is None or day <= one.last)]
    return max(fitting, key=lambda one: one.first, default=None)


def _price(tariff: Tariff, wall: datetime, is_workday: Callable[[date], bool]) -> float:
    minute = wall.hour * 60 + wall.minute
    for band in tariff.bands:
        inside = band.begin <= minute < band.end if band.begin < band.end else not band.end <= minute < band.begin
        kind = band.workdays is None or band.workdays == is_workday(wall.date())
        if inside and kind and wall.month in band.months:
            return band.price
    return np.nan


def _tier_cost(tariff_of: Sequence[Tariff | None], walls: Sequence[datetime], used: Numbers) -> Numbers:
    """What tiers add, from the running sum of each billing period; a stretch over a step pays both prices."""
    out = np.zeros(len(used))
    period: object = None
    before = 0.0
    for number, (one, wall) in enumerate(zip(tariff_of, walls, strict=True)):
        if one is None or not one.tiers:
            period = None
            continue
        now = (one.first, wall.year, 0 if one.yearly_tiers else wall.month)
        if now != period:
            period, before = now, 0.0
        after = before + float(used[number])
        low = 0.0
        for tier in one.tiers:
            out[number] += tier.surcharge * max(0.0, min(after, tier.upto) - max(before, low))
            low = tier.upto
        before = after
    return out


def _demand(
    tariff_of: Sequence[Tariff | None],
    walls: Sequence[datetime],
    used: Numbers,
    edges_ms: Times,
    unknown: set[tuple[int, int]],
) -> Numbers:
    """Demand charge of each month where its highest quarter-hour begins; NaN in the unknown months."""
    out, power = np.zeros(len(used)), np.zeros(len(used))
    begins = np.flatnonzero(np.diff(edges_ms[:-1] // QUARTER_MS, prepend=-1))
    power[begins] = np.add.reduceat(used, begins) * (3_600_000 / QUARTER_MS)
    highest: dict[tuple[date, int, int], int] = {}
    for at in begins.tolist():
        one, wall = tariff_of[at], walls[at]
        if one is not None and one.demand_per_kw:
            key = (one.first, wall.year, wall.month)
            if key not in highest or power[at] > power[highest[key]]:
                highest[key] = at
    for (_, year, month), at in highest.items():
        one = tariff_of[at]
        price = 0.0 if one is None else one.demand_per_kw
        out[at] = np.nan if (year, month) in unknown else price * power[at]
    return out


def _long_months(edges_ms: Times, zone: tzinfo) -> set[tuple[int, int]]:
    """Local months with an interval that does not lie within one quarter-hour."""
    begins, lasts = edges_ms[:-1], edges_ms[1:] - 1
    long = begins // QUARTER_MS != lasts // QUARTER_MS
    ends = (_wall(int(at), zone) for at in (*begins[long].tolist(), *lasts[long].tolist()))
    return {(wall.year, wall.month) for wall in ends}


def _wall(at_ms: int, zone: tzinfo) -> datetime:
    return (_EPOCH + timedelta(milliseconds=at_ms)).astimezone(zone)
