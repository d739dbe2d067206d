"""Sentences of an energy report as texts: cost, emissions back to their factor, load, use per area, degree days."""

from __future__ import annotations

from math import isfinite

from twin.model.energy import EmissionRow, EnergyReport, MediumReport
from twin.model.text import Text

NONE = "–"
_SECOND_HAND = frozenset({"press", "second_hand"})


def medium_texts(medium: MediumReport) -> tuple[Text, ...]:
    """What came in and went out, the cost with its parts, and each year's emissions."""
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
    return (*found, *(emission_text(one, medium.unit) for one in medium.emissions))


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
