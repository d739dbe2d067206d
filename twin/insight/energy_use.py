"""Energy of one medium in a period: total, remainder, cost and emissions from the quarter-hours of its meters."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace
from datetime import date, tzinfo

import numpy as np
from numpy.typing import NDArray

from twin.insight.calendar_span import QUARTER_MS, CalendarSpan, LocalTimes, local_times
from twin.insight.carbon import CarbonFactor, factor_for
from twin.insight.meter_tree import too_much
from twin.insight.tariff import PriceBand, PriceTier, Tariff, cost
from twin.model.energy import (
    UNITS,
    CostSummary,
    EmissionRow,
    EnergySetup,
    Flow,
    Medium,
    MediumReport,
    MeterPlace,
    MeterUse,
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
_PER_UNIT = {Medium.ELECTRICITY: 1000.0, Medium.GAS: 1.0, Medium.WATER: 1.0}
"""Canonical units per unit of amounts."""
FULL = 0.995
"""From this coverage on, totals are shown as complete."""
NAMED = 3
"""Most meters that a note names."""
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


@dataclass(slots=True, eq=False)
class _Sums:
    """Sums of quarter-hours (n,) of a medium; NaN where a summand is unknown."""

    imported: Numbers
    exported: Numbers
    produced: Numbers
    children: Numbers
    """Of the meters directly below the main ones; unknown counts as 0."""


def medium_report(
    question: EnergyQuestion, medium: Medium, places: Sequence[MeterPlace], read: ReadQuarters
) -> MediumReport | None:
    """The report of a medium; None where it has no meter. Reads one meter after the other."""
    mine = [place for place in places if place.medium is medium]
    if not mine:
        return None
    period, unit = question.period, _PER_UNIT[medium]
    n = (question.quarters_to_ms - period.from_ms) // QUARTER_MS
    prices = unit_prices(question, medium)
    kg = factors_by_interval(question, medium)
    measured = any(place.main and place.flow is Flow.USED for place in mine)
    sums = _Sums(*np.zeros((4, n)))
    inner = {place.point for place in mine if not place.main}
    meters: list[MeterUse] = []
    for place in mine:
        found = read(place.point, period.from_ms, question.quarters_to_ms) if n else None
        quarters = np.full(n, np.nan) if found is None else found.use / unit
        _add(sums, place, quarters, top=place.parent not in inner)
        before = _before(question, place, read, unit, _coverage(quarters))
        meters.append(_meter_use(question, place, (quarters, found), before, (prices, kg)))
    if not measured:
        sums.imported = sums.children.copy()
    return _report(question, medium, meters, sums, measured=measured)


def _add(sums: _Sums, place: MeterPlace, quarters: Numbers, *, top: bool) -> None:
    """Adds a meter's quarter-hours. Production and feed-in of which nothing is known at all are left out, and noted as
    unknown meters: a register that was never recorded does not make the whole unknown."""
    if place.flow is not Flow.USED and not np.isfinite(quarters).any():
        return
    if place.flow is Flow.PRODUCED:
        sums.produced += quarters
    elif place.flow is Flow.EXPORTED:
        if place.main:
            sums.exported += quarters
    elif place.main:
        sums.imported += quarters
    elif top:
        sums.children += np.nan_to_num(quarters)


def _meter_use(
    question: EnergyQuestion,
    place: MeterPlace,
    read: tuple[Numbers, QuarterUse | None],
    before: float,
    judged: tuple[Numbers | None, Numbers | None],
) -> MeterUse:
    quarters, found = read
    prices, kg = judged
    use = by_interval(question, quarters)
    known = np.isfinite(quarters)
    total = float(quarters[known].sum()) if known.any() else float("nan")
    guessed = float(quarters[found.estimated & known].sum()) if found is not None else 0.0
    made = MeterUse(
        meter=place, use=use, total=total, coverage=_coverage(quarters), estimated=guessed / total if total > 0 else 0.0,
        before=before, suspected_ms=found.suspected_ms if found is not None else (),
    )  # fmt: skip
    if place.flow is not Flow.USED or not known.any():
        return made
    spent = None if prices is None else float(np.nansum(quarters * prices))
    emitted = None if kg is None else float(np.nansum(use * kg))
    return replace(made, cost=spent, kg=emitted)


def _before(question: EnergyQuestion, place: MeterPlace, read: ReadQuarters, unit: float, coverage: float) -> float:
    """Total of the period before, up to the same elapsed time; NaN where it is covered otherwise than this one."""
    found = read(place.point, question.period.before_ms, question.compared_to_ms)
    if found is None or not np.isfinite(found.use).any() or abs(_coverage(found.use) - coverage) > COMPARABLE:
        return float("nan")
    return float(np.nansum(found.use)) / unit


def _coverage(quarters: Numbers) -> float:
    return float(np.isfinite(quarters).mean()) if len(quarters) else 0.0


def by_interval(question: EnergyQuestion, quarters: Numbers) -> Numbers:
    """Sums of the known quarter-hours (n,) in each interval of the period; NaN where none is known."""
    edges = question.period.edges_ms
    out = np.full(len(edges) - 1, np.nan)
    at = np.minimum((edges - edges[0]) // QUARTER_MS, len(quarters))
    begun = np.flatnonzero(np.diff(at) > 0)
    if len(begun):
        known = np.isfinite(quarters)
        sums = np.add.reduceat(np.where(known, quarters, 0.0), at[begun])
        some = np.add.reduceat(known.astype(np.int64), at[begun]) > 0
        out[begun] = np.where(some, sums, np.nan)
    return out


def _report(
    question: EnergyQuestion, medium: Medium, meters: Sequence[MeterUse], sums: _Sums, *, measured: bool
) -> MediumReport:
    total = sums.imported + sums.produced - sums.exported if measured else sums.imported
    known = np.isfinite(total)
    rest = np.where(known & measured, total - sums.children, np.nan)
    whole = float(total[known].sum()) if known.any() else float("nan")
    remainder = float(np.nansum(rest)) if measured and known.any() else float("nan")
    found = MediumReport(
        medium=medium, unit=UNITS[medium], total=whole, use=by_interval(question, total), before=_whole_before(meters),
        remainder=remainder, remainder_use=by_interval(question, rest), imported=float(np.nansum(sums.imported)),
        exported=_known_sum(sums.exported, meters, Flow.EXPORTED), produced=float(np.nansum(sums.produced)), measured=measured,
        coverage=_coverage(total) if measured else min((one.coverage for one in meters), default=0.0),
        meters=tuple(sorted(meters, key=lambda one: -np.nan_to_num(one.total, nan=-1.0))),
        cost=_cost(question, medium, sums), emissions=_emissions(question, medium, by_interval(question, sums.imported)),
    )  # fmt: skip
    return replace(found, notes=_notes(found))


def _known_sum(quarters: Numbers, meters: Sequence[MeterUse], flow: Flow) -> float:
    """Sum of the known quarter-hours; NaN where no meter of this direction is known."""
    known = any(one.meter.flow is flow and np.isfinite(one.total) for one in meters)
    return float(np.nansum(quarters)) if known else float("nan")


def _whole_before(meters: Sequence[MeterUse]) -> float:
    """The building's total of the period before: of the main meters with what was made and exported, else of all."""
    signs = {Flow.USED: 1.0, Flow.PRODUCED: 1.0, Flow.EXPORTED: -1.0}
    inner = {one.meter.point for one in meters if not one.meter.main}
    mains = [one for one in meters if one.meter.main or one.meter.flow is Flow.PRODUCED]
    if any(one.meter.flow is Flow.USED for one in mains):
        return float(sum(signs[one.meter.flow] * one.before for one in mains))
    tops = [one.before for one in meters if one.meter.flow is Flow.USED and one.meter.parent not in inner]
    return float(sum(tops)) if tops else float("nan")


def _notes(report: MediumReport) -> tuple[Text, ...]:
    """What limits the figures, most important first; meters that share a limit are one note."""
    notes: list[Text] = []
    meters = report.meters
    if not report.measured:
        notes.append(Text("energy.no_main"))
    elif (wrong := too_much(meters, report.total, report.remainder)) is not None:
        notes.append(Text("energy.wrong_tree", amount=-report.remainder, unit=report.unit, meter=wrong.meter.title))
    if report.measured and report.produced > 0 and not any(one.meter.flow is Flow.EXPORTED for one in meters):
        notes.append(Text("energy.no_export"))
    if report.measured and report.coverage < FULL:
        notes.append(Text("energy.known_part", percent=100 * report.coverage))
    silent = [one for one in meters if not np.isfinite(one.total)]
    least = min(FULL, report.coverage - COMPARABLE) if report.measured else FULL
    partly = [one for one in meters if np.isfinite(one.total) and one.coverage < least]
    guessed = [one for one in meters if one.estimated > 1 - FULL]
    for code, found in (("energy.unknown", silent), ("energy.unknown_part", partly), ("energy.estimated", guessed)):
        if found:
            notes.append(Text(code, n=len(found), meters=[one.meter.title for one in found[:NAMED]]))
    notes += [
        Text("energy.suspected", meter=m.meter.title, time=time) for m in meters for time in m.suspected_ms[:NAMED]
    ]
    return tuple(notes)


# -- cost


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
            prices[valid & _in_band(band, local)] = band.price * (1 + tariff.tax)
    return prices


def _in_band(band: PriceBand, local: LocalTimes) -> NDArray[np.bool_]:
    after, before = local.minute >= band.begin, local.minute < band.end
    inside = after & before if band.begin < band.end else after | before
    if band.workdays is not None:
        inside &= (local.weekday < 5) == band.workdays
    return inside & np.isin(local.month, band.months)


def _cost(question: EnergyQuestion, medium: Medium, sums: _Sums) -> CostSummary | None:
    tariffs = _tariffs(question, medium)
    if not tariffs or not len(sums.imported):
        return None
    bill = cost(tariffs, _quarter_edges(question), sums.imported, question.zone, exported=sums.exported)
    demand = float(bill.demand.sum())
    return CostSummary(
        currency=max(tariffs, key=lambda one: one.first).currency, energy=float(bill.energy.sum()),
        standing=float(bill.standing.sum()), demand=demand if np.isfinite(demand) else None,
        export=float(bill.export.sum()), unpriced=float(np.nansum(sums.imported[bill.unpriced])),
    )  # fmt: skip


# -- emissions


def factors_by_interval(question: EnergyQuestion, medium: Medium) -> Numbers | None:
    """(n,) kg per unit of the location in each interval, NaN where no factor is known; None where none is known at all."""
    years = _years(question)
    found = {year: factor_for(question.factors, question.region, FACTOR_OF[medium], year) for year in set(years)}
    values = [np.nan if (one := found[year]) is None else one.factor.value for year in years]
    return np.array(values) if question.region and np.isfinite(values).any() else None


def _years(question: EnergyQuestion) -> list[int]:
    return local_times(question.period.edges_ms[:-1], question.zone).year.tolist()


def _emissions(question: EnergyQuestion, medium: Medium, imported: Numbers) -> tuple[EmissionRow, ...]:
    """Location based rows by year, then one by the contract where it is known."""
    years = np.array(_years(question))
    rows: list[EmissionRow] = []
    for year in sorted(set(years.tolist())):
        used = float(np.nansum(imported[years == year]))
        found = factor_for(question.factors, question.region, FACTOR_OF[medium], year) if question.region else None
        if found is None:
            rows.append(EmissionRow(year=year, used=used, kg=None, factor=None, region=question.region))
            continue
        one = found.factor
        rows.append(
            EmissionRow(
                year=year, used=used, kg=used * one.value, factor=one.value, unit=one.unit, gas=one.gas, region=one.region,
                factor_year=one.year, source=one.source, provenance=one.provenance.value, older=found.older,
                wider=found.wider,
            )
        )  # fmt: skip
    contract = question.setup.contract_kg
    if contract is not None and medium is Medium.ELECTRICITY:
        used = float(np.nansum(imported))
        rows.append(
            EmissionRow(
                year=int(years[-1]), used=used, kg=used * contract, factor=contract, unit="kg/kWh", gas="CO2e",
                source=question.setup.contract_source, provenance="contract", market=True,
            )
        )  # fmt: skip
    return tuple(rows)
