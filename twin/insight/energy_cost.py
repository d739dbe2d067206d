"""Prices, cost and emissions of what came in, and the question that a report answers."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass
from datetime import date, tzinfo

import numpy as np
from numpy.typing import NDArray

from twin.insight.calendar_span import QUARTER_MS, CalendarSpan, local_day, local_times, midnight
from twin.insight.carbon import CarbonFactor, factor_for
from twin.insight.meter_tree import is_part
from twin.insight.tariff import PriceBand, PriceTier, Tariff, cost, in_band
from twin.model.energy import (
    CostSummary,
    EmissionRow,
    EnergySetup,
    EnergySpan,
    Flow,
    Medium,
    MeterPlace,
    SupplyTariff,
)  # fmt: skip
from twin.model.ids import PointId
from twin.model.meter import QuarterUse
from twin.model.text import Text

type Numbers = NDArray[np.float64]
type ReadQuarters = Callable[[PointId, int, int], QuarterUse | None]
"""Reads the quarter-hours of a point in [from, to), UTC ms; None where it was never recorded."""

FACTOR_OF = {Medium.ELECTRICITY: "electricity", Medium.GAS: "natural gas", Medium.WATER: "water supply"}
"""Names of the media in the table of emission factors."""
PER_UNIT = {Medium.ELECTRICITY: 1000.0, Medium.GAS: 1.0, Medium.WATER: 1.0}
"""Canonical units per unit of amounts."""
FULL = 0.995
"""From this coverage on, totals are shown as complete."""
SHORT = frozenset({EnergySpan.DAY, EnergySpan.WEEK})
"""Periods shorter than the month of a demand charge."""
COMPARABLE = 0.05
"""Periods whose coverage differs by more are not compared."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EnergyQuestion:
    """The period that is asked for, and by what it is judged."""

    period: CalendarSpan
    until_ms: int
    """End of what has elapsed, UTC ms."""
    zone: tzinfo
    setup: EnergySetup
    factors: tuple[CarbonFactor, ...]
    region: str
    """Region of the emission factors; empty: unknown."""

    @property
    def quarters_to_ms(self) -> int:
        """End of the last quarter-hour that has begun."""
        until = -(-self.until_ms // QUARTER_MS) * QUARTER_MS
        return max(self.period.from_ms, min(self.period.to_ms, until))

    @property
    def compared_to_ms(self) -> int:
        """End of the part of the period before that is as long as what has elapsed of this one."""
        if self.until_ms >= self.period.to_ms:
            return self.period.from_ms
        return min(self.period.from_ms, self.period.before_ms + self.quarters_to_ms - self.period.from_ms)


def known_total(values: Numbers) -> float:
    """Sum of what is known; NaN where nothing is."""
    total = float(values.sum())
    if np.isfinite(total) and len(values):
        return total
    known = np.isfinite(values)
    return float(values[known].sum()) if known.any() else float("nan")


def as_tariff(one: SupplyTariff) -> Tariff:
    """The tariff as `twin.insight.tariff` computes with it. Raises ValueError for a date that is none."""
    return Tariff(
        first=date.fromisoformat(one.first), currency=one.currency,
        bands=tuple(PriceBand(price=p.price, begin=p.begin, end=p.end, workdays=p.workdays) for p in one.prices),
        tiers=tuple(PriceTier(upto=np.inf if upto is None else upto, surcharge=more) for upto, more in one.tiers),
        standing_per_day=one.standing_per_day, demand_per_kw=one.demand_per_kw, export_price=one.export_price,
        tax=one.tax,
    )  # fmt: skip


def _tariffs(question: EnergyQuestion, medium: Medium) -> list[Tariff]:
    return [as_tariff(one) for one in question.setup.tariffs if one.medium is medium]


def _quarter_edges(question: EnergyQuestion) -> NDArray[np.int64]:
    return np.arange(question.period.from_ms, question.quarters_to_ms + 1, QUARTER_MS, dtype=np.int64)


def unit_prices(question: EnergyQuestion, medium: Medium) -> Numbers | None:
    """(n,) energy price with tax of each elapsed quarter-hour, NaN without one; None where the medium has no tariff."""
    tariffs = sorted(_tariffs(question, medium), key=lambda one: one.first)
    if not tariffs:
        return None
    local = local_times(_quarter_edges(question)[:-1], question.zone)
    prices = np.full(len(local.day), np.nan)
    for tariff in tariffs:
        since = (tariff.first - date(1970, 1, 1)).days
        valid = local.day >= since
        prices[valid] = np.nan
        for band in reversed(tariff.bands):
            prices[valid & in_band(band, local, local.weekday < 5)] = band.price * (1 + tariff.tax)
    return prices


def _valid(question: EnergyQuestion, medium: Medium) -> list[Tariff]:
    """The tariffs of a medium that apply on a day of the period."""
    ordered = sorted(_tariffs(question, medium), key=lambda one: one.first)
    last = local_day(question.period.to_ms - 1, question.zone)
    ends = [*(one.first for one in ordered[1:]), date.max][: len(ordered)]
    return [
        one
        for one, end in zip(ordered, ends, strict=True)
        if one.first <= last and end > question.period.first and end > one.first
    ]


def currencies_of(question: EnergyQuestion, medium: Medium) -> set[str]:
    """Currencies of the tariffs of a medium that apply in the period."""
    return {one.currency for one in _valid(question, medium)}


def earlier_import(question: EnergyQuestion, medium: Medium, mine: Sequence[MeterPlace], read: ReadQuarters) -> Numbers:
    """(m,) what came in from the begin of the month until that of the period, by quarter-hours: it fills the tiers of the
    price. Empty where no tariff of the period has tiers."""
    begin = midnight(question.period.first.replace(day=1), question.zone)
    end = question.period.from_ms
    if begin >= end or not any(one.tiers for one in _valid(question, medium)):
        return np.zeros(0)
    n = (end - begin) // QUARTER_MS
    mains = [place for place in mine if place.main and place.flow is Flow.USED]
    inner = {place.point for place in mine if is_part(place)}
    tops = mains or [place for place in mine if is_part(place) and place.parent not in inner]
    found = [read(place.point, begin, end) for place in tops]
    uses = [np.full(n, np.nan) if one is None else one.use / PER_UNIT[medium] for one in found]
    return np.maximum(np.sum(uses, axis=0), 0) if uses else np.full(n, np.nan)


def cost_summary(
    question: EnergyQuestion, medium: Medium, flows: tuple[Numbers, Numbers], earlier: Numbers, *, sold: bool
) -> CostSummary | None:
    """Cost of what came in. None without a tariff, or where the period has tariffs in several currencies; `sold` tells
    whether what was fed in is known."""
    imported, given = flows
    tariffs, currencies = _tariffs(question, medium), currencies_of(question, medium)
    if not tariffs or not len(imported) or len(currencies) > 1:
        return None
    edges = np.arange(
        question.period.from_ms - len(earlier) * QUARTER_MS, question.quarters_to_ms + 1, QUARTER_MS, dtype=np.int64
    )
    exported = np.concatenate([np.zeros(len(earlier)), given])
    bill = cost(tariffs, edges, np.concatenate([earlier, imported]), question.zone, exported=exported)
    here = slice(len(earlier), None)
    priced = np.isfinite(imported) & ~bill.unpriced[here]
    demand = float(bill.demand[here].sum())
    if any(one.demand_per_kw for one in _valid(question, medium)) and question.period.span in SHORT:
        demand = float("nan")
    export = float(bill.export[here].sum())
    if not sold and any(one.export_price for one in _valid(question, medium)):
        export = float("nan")
    return CostSummary(
        currency=next(iter(currencies), tariffs[0].currency),
        energy=float(bill.energy[here].sum()) if priced.any() else float("nan"),
        standing=float(bill.standing[here].sum()), demand=demand if np.isfinite(demand) else None,
        export=export, unpriced=float(np.nansum(imported[bill.unpriced[here]])),
    )  # fmt: skip


def cost_notes(question: EnergyQuestion, medium: Medium, earlier: Numbers) -> list[Text]:
    """Why a part of the cost is unknown, or may be wrong."""
    notes: list[Text] = []
    valid = _valid(question, medium)
    if len(currencies := sorted(currencies_of(question, medium))) > 1:
        return [Text("energy.currencies", currencies=currencies)]
    if question.period.span in SHORT and any(one.demand_per_kw for one in valid):
        notes.append(Text("energy.demand_monthly"))
    if len(earlier) and np.isfinite(earlier).mean() < FULL:
        notes.append(Text("energy.tiers_unknown"))
    return notes


# -- emissions


def factors_by_interval(question: EnergyQuestion, medium: Medium) -> Numbers | None:
    """(n,) kg per unit of the location in each interval, NaN where no factor is known; None where none is known at all."""
    years = _years(question)
    found = {year: factor_for(question.factors, question.region, FACTOR_OF[medium], year) for year in set(years)}
    values = [np.nan if (one := found[year]) is None else one.factor.value for year in years]
    return np.array(values) if question.region and np.isfinite(values).any() else None


def _years(question: EnergyQuestion) -> list[int]:
    return local_times(question.period.edges_ms[:-1], question.zone).year.tolist()


def emission_rows(question: EnergyQuestion, medium: Medium, imported: Numbers) -> tuple[EmissionRow, ...]:
    """Location based rows by year, then those by the contract where it is known."""
    years = np.array(_years(question))
    rows: list[EmissionRow] = []
    begun = question.period.edges_ms[:-1] < question.quarters_to_ms
    for year in sorted(set(years[begun].tolist())):
        used = known_total(imported[begun & (years == year)])
        found = factor_for(question.factors, question.region, FACTOR_OF[medium], year) if question.region else None
        if found is None:
            rows.append(EmissionRow(year=year, used=used, kg=None, factor=None, region=question.region))
            continue
        one = found.factor
        rows.append(
            EmissionRow(
                year=year, used=used, kg=_finite(used * one.value), factor=one.value, unit=one.unit, gas=one.gas, region=one.region,
                factor_year=one.year, source=one.source, provenance=one.provenance.value, older=found.older,
                wider=found.wider,
            )
        )  # fmt: skip
    return (*rows, *_contract_rows(question, medium, imported, years))


def _contract_rows(
    question: EnergyQuestion, medium: Medium, imported: Numbers, years: NDArray[np.int64]
) -> list[EmissionRow]:
    """Rows by year with the factor of the supply contract; none where it is not known."""
    contract = question.setup.contract_kg
    if contract is None or medium is not Medium.ELECTRICITY:
        return []
    begun = question.period.edges_ms[:-1] < question.quarters_to_ms
    rows: list[EmissionRow] = []
    for year in sorted(set(years[begun].tolist())):
        used = known_total(imported[begun & (years == year)])
        rows.append(
            EmissionRow(
                year=year, used=used, kg=_finite(used * contract), factor=contract, unit="kg/kWh", gas="CO2e",
                source=question.setup.contract_source, provenance="contract", market=True,
            )
        )  # fmt: skip
    return rows


def _finite(value: float) -> float | None:
    return value if np.isfinite(value) else None
