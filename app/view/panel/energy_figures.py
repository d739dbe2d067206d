"""Figures below the use on the energy page: emissions with their factors, duration curve, fit and CUSUM."""

from __future__ import annotations

import numpy as np
from PySide6.QtCore import QDate, Qt
from PySide6.QtWidgets import QFrame, QVBoxLayout, QWidget

from app.i18n import sentence, tr
from app.i18n.numbers import format_decimal, format_degree_days
from app.view.chart.figure_chart import ChartFigure, FigureChart
from app.view.control.slots import calling
from app.view.control.widgets import button, row, text_label
from app.view.formatting import format_date
from app.view.panel.energy_amounts import amount
from app.view.site_clock import moment_in
from twin.insight.energy_texts import emission_text, emitted, emitted_gases, fit_texts
from twin.model.energy import EmissionRow, EnergyReport, LoadFigures, Medium, MediumReport, WeatherFit


class EmissionCard(QFrame):
    """Emissions by the location, and beside them by the contract where it has a factor; each unfolds to its factors."""

    def __init__(self) -> None:
        super().__init__()
        self.location, self.market = text_label("", wrap=True), text_label("", wrap=True)
        self.unfold = button()
        self.unfold.setCheckable(True)
        self.details = text_label("", "muted", wrap=True, select=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 4, 0, 4)
        both = row(self.location, self.market)
        both.setStretch(0, 1)
        both.setStretch(1, 1)
        for label in (self.location, self.market):
            label.setAlignment(Qt.AlignmentFlag.AlignTop)
        column.addLayout(both)
        column.addLayout(row(self.unfold, 1))
        column.addWidget(self.details)
        self.details.hide()
        self.unfold.toggled.connect(calling(self._show_details))

    def retranslate(self) -> None:
        """Texts in the language in force."""
        self.unfold.setText(tr("How it is calculated"))

    def show_medium(self, medium: MediumReport | None) -> None:
        """Shows the emissions of a medium; hides where it has none."""
        rows = medium.emissions if medium is not None else ()
        self.setVisible(bool(rows))
        if medium is None or not rows:
            return
        by_contract = [one for one in rows if one.market]
        self.location.setText(_sum_text(tr("By the location"), medium, [one for one in rows if not one.market]))
        self.market.setText(_sum_text(tr("By the contract"), medium, by_contract) if by_contract else "")
        self.market.setVisible(bool(by_contract))
        self.details.setText("\n".join(sentence(emission_text(one, medium.unit)) for one in rows))
        self._show_details()

    def _show_details(self) -> None:
        self.details.setVisible(self.unfold.isChecked())


def _sum_text(title: str, medium: MediumReport, rows: list[EmissionRow]) -> str:
    kg = emitted(medium, market=rows[0].market) if rows else None
    gases = emitted_gases(medium, market=rows[0].market) if rows else ""
    text = f"{title}\n" + (tr("not known") if kg is None else f"{format_decimal(kg, 1)} kg {gases}")
    return f"{text}\n{tr('older factor')}" if any(one.older for one in rows) else text


class EnergyFigures(QWidget):
    """Charts of one medium: how long which load lasts, daily use against degree days, and the sum of what differs."""

    def __init__(self) -> None:
        super().__init__()
        self.emissions = EmissionCard()
        self.duration, self.fit, self.cusum = FigureChart(), FigureChart(), FigureChart()
        self.fit_text = text_label("", "muted", wrap=True, select=True)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        for widget in (self.emissions, self.duration, self.fit, self.cusum, self.fit_text):
            column.addWidget(widget)

    def retranslate(self) -> None:
        """Texts in the language in force."""
        self.emissions.retranslate()

    def show_report(self, report: EnergyReport, medium: MediumReport) -> None:
        """Shows the figures of a medium; what is not known has no chart, and its reason below."""
        self.emissions.show_medium(medium)
        electric = medium.medium is Medium.ELECTRICITY
        curve = _duration(report.load) if electric else None
        self.duration.show_figure(curve, "" if curve is None else f"{curve.high}; {curve.low}")
        fit = medium.weather
        texts = "\n".join(sentence(one) for one in fit_texts(medium))
        fitted = fit if fit is not None and fit.r2 is not None else None
        self.fit.show_figure(None if fitted is None else _fit(fitted, medium.unit), texts)
        self.cusum.show_figure(None if fitted is None else _cusum(fitted, medium.unit, report.zone), texts)
        self.fit_text.setText(texts)
        self.fit_text.setVisible(bool(texts))


def _duration(load: LoadFigures) -> ChartFigure | None:
    if not load.curve_w:
        return None
    curve = np.array(load.curve_w) / 1000
    low = min(0.0, float(curve.min()))
    return ChartFigure(
        np.arange(len(curve), dtype=np.float64), curve, tr("Load duration curve"), tr("0 % of the time"), "100 %",
        tr("exceeded half of the time: {power}", power=amount(float(curve[len(curve) // 2]), "kW")),
        amount(float(curve.max()), "kW"), low, float(curve.max()),
    )  # fmt: skip


def _fit(fit: WeatherFit, unit: str) -> ChartFigure:
    days, base, slope = fit.degree_days, fit.base or 0.0, fit.slope or 0.0
    ends = (base + slope * float(days.min()), base + slope * float(days.max()))
    low, high = min(0.0, float(fit.use.min()), *ends), max(float(fit.use.max()), *ends)
    title = tr("Use a day against cooling degree days") if fit.cooling else tr("Use a day against heating degree days")
    counted = tr("%n d", fit.days)
    r2 = f"R² {format_decimal(fit.r2 or 0.0, 2)} · {counted}"
    return ChartFigure(
        days, fit.use, title, format_degree_days(float(days.min())), format_degree_days(float(days.max())), r2,
        amount(high, unit), low, high, dots=True, line=ends,
    )  # fmt: skip


def _cusum(fit: WeatherFit, unit: str, zone: str) -> ChartFigure:
    low, high = min(0.0, float(fit.cusum.min())), max(0.0, float(fit.cusum.max()))
    found = QDate.fromString(fit.bend_day, "yyyy-MM-dd")
    return ChartFigure(
        fit.day_ms.astype(np.float64), fit.cusum, tr("Use minus expected use, summed (CUSUM)"),
        _day(int(fit.day_ms[0]), zone), _day(int(fit.day_ms[-1]), zone), amount(low, unit), amount(high, unit), low, high,
        mark=None if fit.bend_ms is None else float(fit.bend_ms),
        mark_text="" if fit.bend_ms is None else format_date(found, "yMMMd"),
    )  # fmt: skip


def _day(at_ms: int, zone: str) -> str:
    return format_date(moment_in(zone, at_ms), "yMMMd")
