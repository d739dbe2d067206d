"""Energy of one medium in a period: total, remainder, cost and emissions from the quarter-hours of its meters."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from dataclasses import dataclass, field, replace

import numpy as np
from numpy.typing import NDArray

from twin.insight.calendar_span import QUARTER_MS
from twin.insight.energy_cost import (
    COMPARABLE,
    FULL,
    PER_UNIT,
    EnergyQuestion,
    ReadQuarters,
    cost_notes,
    cost_summary,
    currencies_of,
    earlier_import,
    emission_rows,
    factors_by_interval,
    known_total,
    unit_prices,
)  # fmt: skip
from twin.insight.meter_tree import AREA_KINDS, BATTERY, deepest_first, is_part, too_much, top_use
from twin.model.energy import (
    UNITS,
    Flow,
    Medium,
    MediumReport,
    MeterPlace,
    MeterUse,
)  # fmt: skip
from twin.model.ids import DeviceId, PointId
from twin.model.meter import QuarterUse
from twin.model.text import Text

type Numbers = NDArray[np.float64]

NAMED = 3
"""Most meters that a note names."""


@dataclass(slots=True, eq=False)
class FlowSums:
    """Quarter-hours (n,) of a medium; NaN where a summand is unknown."""

    imported: Numbers
    exported: Numbers
    produced: Numbers
    """What of it is known."""
    unknown_production: NDArray[np.bool_]
    """Where a meter of production is unknown."""
    stored: Numbers
    """What went into batteries without what came out of them, as far as both are known."""
    feeds_in: bool = False
    """Whether `exported` is metered."""
    children: Numbers = field(default_factory=lambda: np.zeros(0))
    """Of the meters directly below the main ones; NaN where none is known."""

    def total(self) -> Numbers:
        """What was used. Unknown production counts as 0, except where something is fed in: then there was some."""
        total = self.imported + self.produced - self.exported - self.stored
        return np.where(self.unknown_production & (self.exported > 0), np.nan, total)


@dataclass(slots=True, eq=False)
class _Judged:
    """By what a meter's quarter-hours are judged."""

    prices: Numbers | None
    kg: Numbers | None
    whole: NDArray[np.bool_]
    """(n,) where parts count: where the total is known, everywhere where it never is."""
    grid: Numbers
    """(n,) share of the use that came from the grid."""


def medium_report(
    question: EnergyQuestion, medium: Medium, places: Sequence[MeterPlace], read: ReadQuarters
) -> MediumReport | None:
    """The report of a medium; None where it has no meter. Reads one meter after the other."""
    mine = [place for place in places if place.medium is medium]
    if not mine:
        return None
    n = (question.quarters_to_ms - question.period.from_ms) // QUARTER_MS
    measured = any(place.main and place.flow is Flow.USED for place in mine)
    around = {place: _read(question, place, read, n) for place in mine if not is_part(place)}
    sums = flow_sums(around, n)
    judged = _judged(question, medium, sums, measured=measured, makes=any(p.flow is Flow.PRODUCED for p in mine))
    meters = [_meter_use(question, place, found, read, judged) for place, found in around.items()]
    inner = {place.point for place in mine if is_part(place)}
    below: dict[PointId | None, Numbers] = {}
    for place in deepest_first([place for place in mine if is_part(place)]):
        found = _read(question, place, read, n)
        under = below.pop(place.point, None)
        meters.append(_meter_use(question, place, found, read, judged, under))
        known = found[0] if under is None else np.where(np.isfinite(found[0]), found[0], under)
        parent = place.parent if place.parent in inner else None
        below[parent] = _plus(below[parent], known) if parent in below else known
    sums.children = below.get(None, np.full(n, np.nan))
    if not measured:
        makes = any(place.flow is Flow.PRODUCED for place in mine)
        sums.imported = np.full(n, np.nan) if makes else sums.children.copy()
    earlier = earlier_import(question, medium, mine, read)
    return _report(question, medium, meters, (sums, earlier), measured=measured)


def _read(question: EnergyQuestion, place: MeterPlace, read: ReadQuarters, n: int) -> tuple[Numbers, QuarterUse | None]:
    found = read(place.point, question.period.from_ms, question.quarters_to_ms) if n else None
    return np.full(n, np.nan) if found is None else found.use / PER_UNIT[place.medium], found


def _plus(a: Numbers, b: Numbers) -> Numbers:
    """Sum of what is known; NaN where neither is."""
    total = a + b
    if not np.isnan(total).any():
        return total
    known_a, known_b = ~np.isnan(a), ~np.isnan(b)
    return np.where(known_a & known_b, total, np.where(known_a, a, b))


def flow_sums(around: Mapping[MeterPlace, tuple[Numbers, QuarterUse | None]], n: int) -> FlowSums:
    """Sums of the meters that are no parts. Feed-in of which nothing is known at all is left out, and noted as an unknown
    meter: a register that was never recorded does not make the whole unknown."""
    sums = FlowSums(np.zeros(n), np.zeros(n), np.zeros(n), np.zeros(n, np.bool_), np.zeros(n))
    counted = any(place.main and place.flow is Flow.EXPORTED for place in around)
    makes = any(place.flow is Flow.PRODUCED for place in around)
    sums.unknown_production[:] = not makes
    charged: dict[DeviceId, list[Numbers]] = {}
    for place, (quarters, _) in around.items():
        if place.kind == BATTERY:
            charged.setdefault(place.device, []).append(quarters if place.flow is Flow.USED else -quarters)
        elif place.flow is Flow.PRODUCED:
            sums.produced += np.nan_to_num(quarters)
            sums.unknown_production |= np.isnan(quarters)
        elif place.flow is Flow.EXPORTED:
            if place.main and np.isfinite(quarters).any():
                sums.exported += quarters
                sums.feeds_in = True
        elif place.by_power and not counted and (quarters < 0).any():  # a power with a sign: below 0 is fed in
            sums.imported += np.maximum(quarters, 0)
            sums.exported += np.nan_to_num(np.maximum(-quarters, 0))
            sums.feeds_in = True
        else:
            sums.imported += quarters
    for flows in charged.values():
        if len(flows) > 1:
            sums.stored += np.nan_to_num(np.sum(flows, axis=0))
    return sums


def _judged(question: EnergyQuestion, medium: Medium, sums: FlowSums, *, measured: bool, makes: bool) -> _Judged:
    n = len(sums.imported)
    total = sums.total() if measured else np.full(n, np.nan)
    known = np.isfinite(total)
    grid = np.full(n, np.nan if makes else 1.0)
    positive = known & (total > 0)
    grid[known] = 0.0
    grid[positive] = np.clip(sums.imported[positive] / total[positive], 0, 1)
    mixed = len(currencies_of(question, medium)) > 1
    return _Judged(
        None if mixed else unit_prices(question, medium), factors_by_interval(question, medium),
        known if known.any() else ~known, grid,
    )  # fmt: skip


def _meter_use(
    question: EnergyQuestion,
    place: MeterPlace,
    found: tuple[Numbers, QuarterUse | None],
    read: ReadQuarters,
    judged: _Judged,
    under: Numbers | None = None,
) -> MeterUse:
    quarters, raw = found
    covered, total = _coverage(quarters), known_total(quarters)
    before = _before(question, place, read, PER_UNIT[place.medium], covered)
    guessed = float(np.nansum(quarters[raw.estimated])) if raw is not None else 0.0
    made = MeterUse(
        meter=place, use=by_interval(question, quarters), total=total, coverage=covered,
        estimated=guessed / total if total > 0 else 0.0, before=before,
        suspected_ms=raw.suspected_ms if raw is not None else (),
    )  # fmt: skip
    if not is_part(place) or not covered:
        return made
    cost, kg = _spent(question, quarters, judged)
    if under is None and judged.whole.all():
        return replace(made, cost=cost, kg=kg, own=total, own_cost=cost, own_kg=kg)
    own = np.where(judged.whole, quarters if under is None else quarters - np.nan_to_num(under), np.nan)
    own_cost, own_kg = _spent(question, own, judged)
    return replace(made, cost=cost, kg=kg, own=known_total(own), own_cost=own_cost, own_kg=own_kg)


def _spent(question: EnergyQuestion, quarters: Numbers, judged: _Judged) -> tuple[float | None, float | None]:
    """Cost and kg of the part of quarter-hours (n,) that came from the grid; None where none of it is known."""
    bought = quarters * judged.grid
    cost = np.nan if judged.prices is None else known_total(bought * judged.prices)
    kg = np.nan if judged.kg is None else known_total(by_interval(question, bought) * judged.kg)
    return cost if np.isfinite(cost) else None, kg if np.isfinite(kg) else None


def _before(question: EnergyQuestion, place: MeterPlace, read: ReadQuarters, unit: float, coverage: float) -> float:
    """Total of the period before, up to the same elapsed time; NaN where it is covered otherwise than this one."""
    found = read(place.point, question.period.before_ms, question.compared_to_ms)
    if found is None or not (covered := _coverage(found.use)) or abs(covered - coverage) > COMPARABLE:
        return float("nan")
    return known_total(found.use) / unit


def _coverage(quarters: Numbers) -> float:
    return np.count_nonzero(np.isfinite(quarters)) / len(quarters) if len(quarters) else 0.0


def by_interval(question: EnergyQuestion, quarters: Numbers) -> Numbers:
    """Sums of the known quarter-hours (n,) in each interval of the period; NaN where none is known."""
    edges = question.period.edges_ms
    out = np.full(len(edges) - 1, np.nan)
    at = np.minimum((edges - edges[0]) // QUARTER_MS, len(quarters))
    begun = np.flatnonzero(np.diff(at) > 0)
    if len(begun):
        out[begun] = np.add.reduceat(quarters, at[begun])
        if not np.isfinite(out[begun]).all():
            known = np.isfinite(quarters)
            sums = np.add.reduceat(np.where(known, quarters, 0.0), at[begun])
            out[begun] = np.where(np.logical_or.reduceat(known, at[begun]), sums, np.nan)
    return out


def _report(
    question: EnergyQuestion,
    medium: Medium,
    meters: Sequence[MeterUse],
    read: tuple[FlowSums, Numbers],
    *,
    measured: bool,
) -> MediumReport:
    sums, earlier = read
    total = sums.total() if measured else sums.children
    known = np.isfinite(total)
    rest = total - np.nan_to_num(sums.children) if measured else np.full(len(total), np.nan)
    makes = any(one.meter.flow is Flow.PRODUCED and np.isfinite(one.total) for one in meters)
    silent_sun = any(one.meter.flow is Flow.PRODUCED for one in meters) and not makes
    found = MediumReport(
        medium=medium, unit=UNITS[medium], total=known_total(total), use=by_interval(question, total),
        before=_whole_before(meters), remainder=known_total(rest), remainder_use=by_interval(question, rest),
        imported=known_total(sums.imported), exported=known_total(sums.exported) if sums.feeds_in else float("nan"),
        produced=float("nan") if silent_sun else float(sums.produced.sum()), measured=measured,
        coverage=_coverage(total) if measured else min((one.coverage for one in meters), default=0.0),
        meters=tuple(sorted(meters, key=lambda one: -np.nan_to_num(one.total, nan=-1.0))),
        cost=cost_summary(question, medium, (sums.imported, sums.exported), earlier, sold=sums.feeds_in or not makes),
        emissions=emission_rows(question, medium, by_interval(question, sums.imported)),
    )  # fmt: skip
    fed_in_unknown = measured and bool((~known & np.isfinite(sums.imported) & sums.unknown_production).any())
    return replace(found, notes=(*_notes(found, fed_in_unknown=fed_in_unknown), *cost_notes(question, medium, earlier)))


def _whole_before(meters: Sequence[MeterUse]) -> float:
    """The building's total of the period before: of the main meters with what was made, exported and stored, else of all."""
    recorded = [one for one in meters if one.meter.flow is Flow.USED or np.isfinite(one.total)]
    total = 0.0
    if not any(one.meter.main and one.meter.flow is Flow.USED for one in recorded):
        tops = [one.before for one in top_use(meters)]
        return float(sum(tops)) if tops else float("nan")
    for one in recorded:
        place = one.meter
        if place.kind == BATTERY:
            total += 0.0 if np.isnan(one.total) else -one.before if place.flow is Flow.USED else one.before
        elif place.main or place.flow is Flow.PRODUCED:
            total += -one.before if place.flow is Flow.EXPORTED else one.before
    return total


def _notes(report: MediumReport, *, fed_in_unknown: bool) -> tuple[Text, ...]:
    """What limits the figures, most important first; meters that share a limit are one note."""
    notes: list[Text] = []
    meters = report.meters
    if not report.measured:
        notes.append(Text("energy.no_main"))
    elif (wrong := too_much(meters, report.total, report.remainder)) is not None:
        notes.append(Text("energy.wrong_tree", amount=-report.remainder, unit=report.unit, meter=wrong.meter.title))
    if report.measured and report.produced > 0 and np.isnan(report.exported):
        notes.append(Text("energy.no_export"))
    if fed_in_unknown:
        notes.append(Text("energy.no_production", percent=100 * report.coverage))
    elif report.measured and report.coverage < FULL:
        notes.append(Text("energy.known_part", percent=100 * report.coverage))
    silent = [one for one in meters if not np.isfinite(one.total)]
    least = min(FULL, report.coverage - COMPARABLE) if report.measured else FULL
    partly = [one for one in meters if np.isfinite(one.total) and one.coverage < least]
    made = [one for one in partly if one.meter.flow is Flow.PRODUCED and report.measured]
    guessed = [one for one in meters if one.estimated > 1 - FULL]
    aside = [
        one for one in meters if one.meter.flow is Flow.EXPORTED and one.meter.kind in AREA_KINDS and not one.meter.main
    ]
    stored = [one for one in meters if one.meter.kind == BATTERY]
    for code, found in (
        ("energy.unknown", silent), ("energy.unknown_part", [one for one in partly if one not in made]),
        ("energy.production_part", made), ("energy.estimated", guessed), ("energy.export_aside", aside),
        ("energy.stored", stored),
    ):  # fmt: skip
        if found:
            notes.append(Text(code, n=len(found), meters=[one.meter.title for one in found[:NAMED]]))
    notes += [
        Text("energy.suspected", meter=m.meter.title, time=time) for m in meters for time in m.suspected_ms[:NAMED]
    ]
    return tuple(notes)
