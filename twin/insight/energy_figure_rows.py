"""Rows of an energy report's figures for its CSV table: emissions with their factors, load, degree days, fit and bend."""

from __future__ import annotations

from collections.abc import Callable, Iterator

from twin.insight.energy_texts import emission_text
from twin.model.energy import EnergyReport, MediumReport
from twin.model.text import Text

DURATION = ("1 %", "10 %", "50 %", "90 %", "99 %")


def figure_rows(report: EnergyReport, say: Callable[[Text], str]) -> list[tuple[object, ...]]:
    """Rows with the columns of the table of energy: the figure is in `total`; unknown ones are empty."""
    rows = [row for one in report.media for row in (*_emissions(one, say), *_fit(one))]
    load, days = report.load, report.degree_days
    electric = (
        ("base load", load.base_w, "W"), ("peak", load.peak_w, "W"), ("load factor", load.load_factor, ""),
        ("share outside working hours", load.outside_hours, ""), ("use per area and year", load.intensity, "kWh/m²"),
        *((f"power exceeded for {share}", watts, "W") for share, watts in zip(DURATION, load.duration_w, strict=False)),
    )  # fmt: skip
    if report.media:
        rows += [_row("electricity", "figure", *one) for one in electric]
        rows.append(_row("", "figure", f"heating degree days, base {days.base_c:g} °C", days.heating, "K·d"))
        rows.append(_row("", "figure", f"cooling degree days, base {days.base_c:g} °C", days.cooling, "K·d"))
    return rows


def _emissions(medium: MediumReport, say: Callable[[Text], str]) -> Iterator[tuple[object, ...]]:
    for one in medium.emissions:
        kind = "market based" if one.market else "location based"
        name = say(emission_text(one, medium.unit))
        yield (medium.medium.value, kind, name, _cell(one.used), medium.unit, "", "", "", _cell(one.kg), "")


def _fit(medium: MediumReport) -> Iterator[tuple[object, ...]]:
    fit, name = medium.weather, medium.medium.value
    if fit is None:
        return
    kind = "cooling" if fit.cooling else "heating"
    yield _row(name, "fit", "days", fit.days, "")
    yield _row(name, "fit", f"base temperature ({kind})", fit.base_c, "°C")
    yield _row(name, "fit", "use a day without degree days", fit.base, medium.unit)
    yield _row(name, "fit", "use per degree day", fit.slope, f"{medium.unit}/(K·d)")
    yield _row(name, "fit", "R²", fit.r2, "")
    yield _row(name, "fit", "CV(RMSE)", fit.cv_rmse, "")
    yield _row(name, "fit", f"change a day since {fit.bend_day or '–'} (CUSUM)", fit.bend_change, medium.unit)


def _row(medium: str, kind: str, name: str, value: float | None, unit: str) -> tuple[object, ...]:
    return (medium, kind, name, _cell(value), unit, "", "", "", "", "")


def _cell(value: float | None) -> str:
    return "" if value is None or value != value else f"{value:.6f}".rstrip("0").rstrip(".")
