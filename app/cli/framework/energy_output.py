"""Lines and JSON documents of energy reports."""

from __future__ import annotations

from typing import TYPE_CHECKING

import numpy as np

from app.cli.framework.output import columns, utc
from app.i18n import sentence, translate, translation
from twin.insight.energy_figure_rows import figure_rows
from twin.insight.energy_groups import EnergyGroup, EnergyGrouping, energy_groups, energy_rows
from twin.insight.energy_texts import emitted, figure_texts, fit_texts, medium_texts

if TYPE_CHECKING:
    from collections.abc import Sequence

    from twin.model.energy import EmissionRow, EnergyReport, EnergySetup, MediumReport, MeterUse, WeatherFit
    from twin.model.twin import Twin


def table_rows(report: EnergyReport, twin: Twin, by: EnergyGrouping) -> list[tuple[object, ...]]:
    """Rows of the CSV table of all media."""
    found = [energy_rows(one, energy_groups(one, twin, by), sentence) for one in report.media]
    return [*(row for rows in found for row in rows), *figure_rows(report, sentence)]


def energy_document(report: EnergyReport, twin: Twin, by: EnergyGrouping) -> dict[str, object]:
    """JSON of a report; unknown numbers are null."""
    load, days = report.load, report.degree_days
    return {
        "span": report.span,
        "from": utc(report.from_ms),
        "to": utc(report.to_ms),
        "until": utc(report.until_ms),
        "before": utc(report.before_ms),
        "zone": report.zone,
        "edges": [utc(edge) for edge in report.edges_ms.tolist()],
        "media": [_medium_json(one, energy_groups(one, twin, by)) for one in report.media],
        "load": {
            "base_w": load.base_w, "peak_w": load.peak_w, "load_factor": load.load_factor,
            "duration_w": list(load.duration_w), "duration_curve_w": list(load.curve_w), "outside_hours": load.outside_hours, "kwh_per_m2_year": load.intensity,
            "area_m2": load.area_m2, "area_is_rooms": load.area_is_rooms,
        },
        "degree_days": {
            "point": days.point, "base_c": days.base_c, "heating": days.heating, "cooling": days.cooling,
            "coverage": days.coverage,
        },
        "cpu_s": report.computed_s,
    }  # fmt: skip


def _medium_json(medium: MediumReport, groups: Sequence[EnergyGroup]) -> dict[str, object]:
    cost = medium.cost
    return {
        "medium": medium.medium, "unit": medium.unit, "total": medium.total, "use": medium.use, "before": medium.before,
        "remainder": medium.remainder, "remainder_use": medium.remainder_use, "imported": medium.imported,
        "exported": medium.exported, "produced": medium.produced, "measured": medium.measured,
        "coverage": medium.coverage,
        "groups": [_group_json(one) for one in groups],
        "meters": [_meter_json(one) for one in medium.meters],
        "cost": None if cost is None else {
            "currency": cost.currency, "total": cost.total, "energy": cost.energy, "standing": cost.standing,
            "demand": cost.demand, "export": cost.export, "unpriced": cost.unpriced,
        },
        "emissions": [_emission_json(one) for one in medium.emissions],
        "location_kg": emitted(medium), "market_kg": emitted(medium, market=True),
        "fit": None if medium.weather is None else _fit_json(medium.weather),
        "notes": [{"code": one.code, "args": one.args, "text": sentence(one)} for one in medium.notes],
    }  # fmt: skip


def _group_json(group: EnergyGroup) -> dict[str, object]:
    return {
        "kind": group.kind, "name": sentence(group.title), "total": group.total, "share": group.share,
        "before": group.before, "cost": group.cost, "kg": group.kg, "coverage": group.coverage,
        "rooms": group.rooms, "devices": group.devices,
    }  # fmt: skip


def _meter_json(one: MeterUse) -> dict[str, object]:
    meter = one.meter
    return {
        "point": meter.point, "device": meter.device, "name": meter.title, "room": meter.room, "storey": meter.storey,
        "flow": meter.flow, "fed_by": meter.parent, "main": meter.main, "by_power": meter.by_power, "total": one.total,
        "use": one.use, "coverage": one.coverage, "estimated": one.estimated, "before": one.before, "cost": one.cost,
        "kg": one.kg, "suspected": [utc(time_ms) for time_ms in one.suspected_ms],
    }  # fmt: skip


def _emission_json(one: EmissionRow) -> dict[str, object]:
    return {
        "year": one.year, "used": one.used, "kg": one.kg, "factor": one.factor, "unit": one.unit, "gas": one.gas,
        "region": one.region, "factor_year": one.factor_year, "source": one.source, "provenance": one.provenance,
        "older": one.older, "wider": one.wider, "market": one.market,
    }  # fmt: skip


def _fit_json(fit: WeatherFit) -> dict[str, object]:
    return {
        "days": fit.days, "needed": fit.needed, "needed_for_bend": fit.needed_for_bend, "base_c": fit.base_c,
        "cooling": fit.cooling, "base": fit.base, "slope": fit.slope, "r2": fit.r2, "cv_rmse": fit.cv_rmse,
        "day": [utc(begin) for begin in fit.day_ms.tolist()], "use": fit.use, "degree_days": fit.degree_days,
        "cusum": fit.cusum, "bend": fit.bend_day or None, "bend_change": fit.bend_change,
    }  # fmt: skip


def energy_lines(report: EnergyReport, twin: Twin, by: EnergyGrouping) -> list[str]:
    """The report as lines."""
    lines = [translate("cli.energy.period", from_ms=report.from_ms, until_ms=report.until_ms, zone=report.zone)]
    if not report.media:
        lines.append(translate("energy.no_meters"))
    for medium in report.media:
        lines += ["", *medium_lines(medium, energy_groups(medium, twin, by))]
    return [*lines, "", *map(sentence, figure_texts(report))]


def medium_lines(medium: MediumReport, groups: Sequence[EnergyGroup]) -> list[str]:
    """One medium: the parts, the total, cost, emissions and notes."""
    rows = [(sentence(g.title), _number(g.total), _percent(g.share), _number(g.before), g.cost, g.kg) for g in groups]
    total = (translate("energy.total"), _number(medium.total), None, _number(medium.before), None, None)
    name = translation(str(medium.medium.value)) or medium.medium.value
    lines = [
        f"{name} ({medium.unit})",
        *columns([*rows, total], ("name", "total", "share", "before", "cost", "kg")),
    ]
    lines += [sentence(one) for one in (*medium_texts(medium), *fit_texts(medium))]
    return [*lines, *(f"! {sentence(note)}" for note in medium.notes)]


def setup_document(setup: EnergySetup) -> dict[str, object]:
    """JSON of the setup, in the form that `--setup` reads."""
    import msgspec

    return dict(msgspec.to_builtins(setup))


def _number(value: float) -> float | None:
    return value if np.isfinite(value) else None


def _percent(share: float) -> str | None:
    return f"{100 * share:.1f} %" if np.isfinite(share) else None
