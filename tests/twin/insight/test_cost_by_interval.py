"""The cost of many intervals at once is that of the slow form, which looks at one interval after the other."""

from __future__ import annotations

from collections.abc import Sequence
from datetime import UTC, date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from twin.insight.tariff import PriceBand, PriceTier, Tariff, cost

QUARTER, HOUR = 900_000, 3_600_000
_EPOCH = datetime(1970, 1, 1, tzinfo=UTC)


def is_workday(day: date) -> bool:
    """Monday to Friday without the first of May."""
    return day.weekday() < 5 and (day.month, day.day) != (5, 1)


def slow(
    tariffs: Sequence[Tariff], edges: np.ndarray, used: np.ndarray, exported: np.ndarray, zone: ZoneInfo
) -> dict[str, np.ndarray]:
    """Energy, standing, demand, export and unpriced as the rules of a bill say it, interval by interval."""
    n = len(used)
    out = {name: np.zeros(n) for name in ("energy", "standing", "demand", "export", "unpriced")}
    period: tuple[object, ...] = ()
    before = 0.0
    highest: dict[tuple[object, ...], tuple[float, int, float]] = {}
    previous: date | None = None
    for at in range(n):
        wall = (_EPOCH + timedelta(milliseconds=int(edges[at]))).astimezone(zone)
        day, minute = wall.date(), wall.hour * 60 + wall.minute
        valid = [one for one in tariffs if one.first <= day and (one.last is None or day <= one.last)]
        out["unpriced"][at] = 1
        if not valid:
            period = ()
        else:
            one = max(valid, key=lambda tariff: tariff.first)
            bands = [band for band in one.bands if _applies(band, minute, wall.month, workday=is_workday(day))]
            amount = 0.0 if np.isnan(used[at]) else used[at]
            out["unpriced"][at] = not bands
            key = (one.first, wall.year, 0 if one.yearly_tiers else wall.month)
            if key != period:
                period, before = key, 0.0
            spent = amount * (bands[0].price if bands else 0.0) + _tiers(one, before, before + amount)
            before += amount
            out["energy"][at] = spent * (1 + one.tax)
            out["standing"][at] = one.standing_per_day * (1 + one.tax) if day != previous else 0.0
            out["export"][at] = -exported[at] * one.export_price
            month = (one.first, wall.year, wall.month)
            if one.demand_per_kw and amount > highest.get(month, (-1.0, 0, 0.0))[0]:
                highest[month] = amount, at, one.demand_per_kw * amount * 4 * (1 + one.tax)
        previous = day
    for _, at, charge in highest.values():
        out["demand"][at] = charge
    return out


def _applies(band: PriceBand, minute: int, month: int, *, workday: bool) -> bool:
    through = band.begin < band.end
    inside = band.begin <= minute < band.end if through else minute >= band.begin or minute < band.end
    return inside and month in band.months and band.workdays in (None, workday)


def _tiers(tariff: Tariff, before: float, after: float) -> float:
    low, spent = 0.0, 0.0
    for tier in tariff.tiers:
        spent += tier.surcharge * max(0.0, min(after, tier.upto) - max(before, low))
        low = tier.upto
    return spent


def drawn(rng: np.random.Generator, first: date) -> Tariff:
    """A tariff with any bands, tiers and charges."""
    bands = tuple(
        PriceBand(
            price=float(rng.integers(-5, 40)) / 100, begin=int(rng.integers(0, 1440)), end=int(rng.integers(1, 1441)),
            workdays=(None, True, False)[int(rng.integers(3))], months=tuple(range(1, int(rng.integers(5, 14)))),
        )
        for _ in range(int(rng.integers(0, 4)))
    )  # fmt: skip
    last = first + timedelta(days=int(rng.integers(5, 60))) if rng.random() < 0.4 else None
    return Tariff(
        first=first, last=last, bands=bands, yearly_tiers=bool(rng.integers(2)), tax=0.19, export_price=0.08,
        tiers=(PriceTier(upto=50, surcharge=0.01), PriceTier(upto=np.inf, surcharge=0.03))[: int(rng.integers(3))],
        standing_per_day=float(rng.integers(0, 3)), demand_per_kw=float(rng.integers(0, 3)),
    )  # fmt: skip


@pytest.mark.parametrize("zone", ["Europe/Berlin", "Asia/Kathmandu", "America/St_Johns"])
@pytest.mark.parametrize("seed", range(4))
def test_many_intervals_at_once_cost_what_each_costs_alone(zone: str, seed: int) -> None:
    """Six weeks over the end of winter time and of a month, with gaps, and up to four tariffs."""
    rng, here = np.random.default_rng(seed), ZoneInfo(zone)
    begin = int(datetime(2026, 3, 20, tzinfo=here).timestamp() * 1000)
    edges = begin + np.arange(6 * 7 * 24 * 4 + 1, dtype=np.int64) * QUARTER
    n = len(edges) - 1
    used = rng.integers(0, 2000, n) / 1000
    used[rng.random(n) < 0.05] = np.nan
    exported = rng.integers(0, 100, n) / 1000
    tariffs = [drawn(rng, date(2026, 3, 15) + timedelta(days=int(days))) for days in rng.integers(0, 40, 4)]
    expected = slow(tariffs, edges, used, exported, here)
    found = cost(tariffs, edges, used, here, exported=exported, is_workday=is_workday)
    for name, values in expected.items():
        assert getattr(found, name).tolist() == pytest.approx(values.tolist(), abs=1e-12), name
