"""Sentences of an energy report as texts: cost, emissions back to their factor, load, use per area, degree days."""

from __future__ import annotations

from math import isfinite

from twin.model.energy import EmissionRow, EnergyReport, MediumReport, WeatherFit
from twin.model.text import Text

NONE = "–"
DURATION_NAMES = ("p1", "p10", "p50", "p90", "p99")
"""Names of the powers of `LoadFigures.duration_w` in texts."""
WEAK_R2 = 0.5
"""Below it the weather explains less than half of how a use varies."""
_SECOND_HAND = frozenset({"press", "second_hand"})


def medium_texts(medium: MediumReport) -> tuple[Text, ...]:
    """What came in and went out, the cost with its parts, and each year's emissions."""
    each = (emission_text(one, medium.unit) for one in medium.emissions)
    return (*cost_texts(medium), *emission_sum_texts(medium), *each)


def cost_texts(medium: MediumReport) -> tuple[Text, ...]:
    """What came in and went out, and the cost with its parts."""
    found: list[Text] = []
    if medium.produced > 0 or medium.exported > 0:
        amounts = {"imported": medium.imported, "produced": medium.produced, "exported": medium.exported}
        flows = {name: _known(value) for name, value in amounts.items()}
        found.append(Text("energy.flows", unit=medium.unit, **flows))
    if (cost := medium.cost) is not None:
        found.append(
            Text(
                "energy.cost", total=cost.total, energy=_known(cost.energy), standing=cost.standing, demand=cost.demand,
                export=_known(cost.export), currency=cost.currency,
            )
        )  # fmt: skip
        if cost.unpriced > 0:
            found.append(Text("energy.unpriced", amount=cost.unpriced, unit=medium.unit))
    return tuple(found)


def emission_sum_texts(medium: MediumReport) -> tuple[Text, ...]:
    """Location and market based emissions side by side; nothing without a contract's factor."""
    if not any(one.market for one in medium.emissions):
        return ()
    location, market = (emitted(medium, market=market) for market in (False, True))
    return (Text("energy.both_emissions", location=location, market=market, gases=_gases(medium)),)


def emitted(report: MediumReport, *, market: bool = False) -> float | None:
    """Emissions of the whole medium, kg, by the location or by the contract; None where a factor is unknown."""
    found = [one.kg for one in report.emissions if one.market is market]
    known = [one for one in found if one is not None and isfinite(one)]
    return sum(known) if found and len(known) == len(found) else None


def emitted_gases(report: MediumReport, *, market: bool = False) -> str:
    """What the emissions are of by their factors: CO2, CO2e, or of some years the one and of some the other."""
    return ", ".join(dict.fromkeys(one.gas for one in report.emissions if one.market is market and one.gas))


def _gases(medium: MediumReport) -> str:
    """The gases of both, in their order: CO2 and CO2e are no sum."""
    return " / ".join(emitted_gases(medium, market=market) or NONE for market in (False, True))


def _known(value: float) -> float | None:
    return value if isfinite(value) else None


def emission_text(one: EmissionRow, unit: str) -> Text:
    """One year's emissions: kg, use, factor, its year, region, gas and source, and how far it can be relied on."""
    if one.factor is not None and one.kg is None:
        return Text("energy.no_import", year=str(one.year))
    if one.kg is None or one.factor is None:
        return Text("energy.no_factor", year=str(one.year), region=one.region or NONE)
    marks = [Text("energy.older")] if one.older else []
    marks += [Text("energy.wider")] if one.wider else []
    marks += [Text(f"energy.{one.provenance}")] if one.provenance in _SECOND_HAND else []
    source = Text("energy.marked", text=one.source or NONE, marks=marks) if marks else one.source or NONE
    if one.market:
        return Text(
            "energy.emission_contract", kg=one.kg, used=one.used, unit=unit, factor=one.factor, gas=one.gas, source=source,
            year=str(one.year),
        )  # fmt: skip
    return Text(
        "energy.emission", kg=one.kg, used=one.used, unit=unit, factor=one.factor, factor_unit=one.unit, gas=one.gas,
        year=str(one.year), region=one.region, factor_year=str(one.factor_year), source=source,
    )  # fmt: skip


def figure_texts(report: EnergyReport) -> tuple[Text, ...]:
    """Base load and peak, use outside working hours, use per area, degree days; what is unknown with the reason."""
    load, days = report.load, report.degree_days
    found: list[Text] = []
    if load.base_w is not None and load.peak_w is not None:
        found.append(Text("energy.load", base=load.base_w, peak=load.peak_w / 1000, factor=load.load_factor))
    if len(load.duration_w) == len(DURATION_NAMES):
        found.append(Text("energy.duration", **dict(zip(DURATION_NAMES, load.duration_w, strict=True))))
    if load.outside_hours is not None:
        found.append(Text("energy.outside_hours", percent=100 * load.outside_hours))
    if load.intensity is not None:
        code = "energy.intensity_rooms" if load.area_is_rooms else "energy.intensity"
        found.append(Text(code, kwh=load.intensity, area=load.area_m2))
    elif load.base_w is not None:
        found.append(Text("energy.no_intensity"))
    if days.point is None:
        return (*found, Text("energy.no_outdoor"))
    if days.heating is None or days.cooling is None:
        return (*found, Text("energy.degree_days_unknown", percent=100 * days.coverage))
    return (*found, Text("energy.degree_days", heating=days.heating, cooling=days.cooling, base=days.base_c))


def fit_texts(medium: MediumReport) -> tuple[Text, ...]:
    """The fit against degree days with its R² and days, and where the use bends from it; what is missing with the reason."""
    fit = medium.weather
    if fit is None:
        return ()
    if fit.base_c is None or fit.r2 is None:
        few = fit.days < fit.needed
        return (Text("energy.fit_days" if few else "energy.fit_none", days=fit.days, needed=fit.needed),)
    code = "energy.fit_cooling" if fit.cooling else "energy.fit_heating"
    found = Text(
        code, base=fit.base, slope=fit.slope, unit=medium.unit, base_c=fit.base_c, r2=fit.r2, cv=100 * (fit.cv_rmse or 0.0),
        days=fit.days,
    )  # fmt: skip
    weak = (Text("energy.fit_weak"),) if fit.r2 < WEAK_R2 else ()
    return (found, *weak, _bend_text(fit, medium.unit))


def _bend_text(fit: WeatherFit, unit: str) -> Text:
    if fit.bend_change is not None:
        code = "energy.bend_more" if fit.bend_change > 0 else "energy.bend_less"
        return Text(code, day=fit.bend_day, change=abs(fit.bend_change), unit=unit)
    few = fit.days < fit.needed_for_bend
    return Text("energy.bend_days" if few else "energy.no_bend", days=fit.days, needed=fit.needed_for_bend)
