"""Dialog of the energy setup: tariff, emission factors, heated area, and which meter feeds which."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QDialog, QFormLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import in_full, tr
from app.view.control.form_fields import ChoiceBox, DateBox, NumberBox, WholeNumberBox
from app.view.control.slots import calling
from app.view.control.widgets import ElidedLabel, button, row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import scrolled
from twin.insight.meter_tree import meter_places
from twin.model.energy import EnergyReport, EnergySetup, Flow, Medium, MeterPlace, PriceHours, SupplyTariff
from twin.model.ids import PointId
from twin.model.problem import Problem

REGIONS = ("CN", "CN-North", "CN-Northeast", "CN-East", "CN-Central", "CN-Northwest", "GB", "US")
"""Regions that the list offers; others are typed."""
PROPOSED, MAIN, LEFT_OUT = "proposed", "main", "left out"
LARGEST_PRICE = 1000.0


class EnergySetupDialog(QDialog):
    """Edits the setup of electricity; tariffs of other media, and earlier ones, are kept as they are."""

    def __init__(
        self, parent: QWidget, feed: Feed, setup: EnergySetup, report: EnergyReport | None, saved: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Tariff, emissions, meters"))
        self.setMinimumSize(480, 560)
        self.feed, self.setup, self._saved = feed, setup, saved
        self.first, self.currency = (
            DateBox(QDate.currentDate().addDays(1 - QDate.currentDate().day())),
            QLineEdit("EUR"),
        )
        self.price, self.low_price = _number(4, LARGEST_PRICE), _number(4, LARGEST_PRICE)
        self.low_from, self.low_to = _hour(22), _hour(6)
        self.standing, self.tax, self.export = _number(4, LARGEST_PRICE), _number(1, 100.0), _number(4, LARGEST_PRICE)
        self.region, self.contract, self.area = ChoiceBox(), _number(4, 5.0), _number(0, 10_000_000.0)
        self.region.setEditable(True)
        self.feeds: dict[PointId, ChoiceBox] = {}
        self.reason = text_label("", "reason", wrap=True)
        self.cancel, self.save = button(tr("Cancel")), button(tr("Save"), "primary")
        self._build(report)
        self._fill()
        self.cancel.clicked.connect(self.reject)
        self.save.clicked.connect(calling(self._save))
        feed.project_left.connect(self.reject)

    def _build(self, report: EnergyReport | None) -> None:
        del report
        inside = QWidget()
        form = QFormLayout(inside)
        form.setContentsMargins(0, 0, 8, 0)
        fields: tuple[tuple[str, QWidget], ...] = (
            (tr("Valid from"), self.first), (tr("Currency"), self.currency), (tr("Price per kWh"), self.price),
            (tr("Low price per kWh (0: none)"), self.low_price), (tr("Low price from (hour)"), self.low_from),
            (tr("Low price until (hour)"), self.low_to), (tr("Standing charge per day"), self.standing),
            (tr("Tax in %"), self.tax), (tr("Paid per kWh fed in"), self.export),
            (tr("Region of emission factors"), self.region),
            (tr("Contract: kg CO₂ per kWh (0: unknown)"), self.contract), (tr("Heated area in m² (0: the rooms)"), self.area),
        )  # fmt: skip
        for text, field in fields:
            field.setAccessibleName(text)
            form.addRow(text_label(text, "fact"), field)
        form.addRow(text_label(tr("Which meter feeds which"), "paneltitle"))
        for place in self._places():
            form.addRow(ElidedLabel(place.title), self._feed_box(place))
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        about = tr("A new tariff changes nothing before its first day. Prices are without tax.")
        column.addWidget(text_label(about, "muted", wrap=True))
        column.addWidget(scrolled(inside), 1)
        column.addWidget(self.reason)
        column.addLayout(row(1, self.cancel, self.save))
        self.reason.hide()

    def _places(self) -> list[MeterPlace]:
        """Every meter of use, also those left out, with the feeds that are proposed."""
        free = replace(self.setup, left_out=(), feeds={})
        return [one for one in meter_places(self.feed.twin, free) if one.flow is Flow.USED]

    def _feed_box(self, place: MeterPlace) -> ChoiceBox:
        titles = {one.point: one.title for one in self._places()}
        box = self.feeds[place.point] = ChoiceBox()
        box.setAccessibleName(tr("Meter that feeds {meter}", meter=place.title))
        proposal = (
            tr("main meter") if place.main else titles.get(place.parent, tr("none")) if place.parent else tr("none")
        )
        box.addItem(tr("proposed: {meter}", meter=proposal), PROPOSED)
        box.addItem(tr("is a main meter"), MAIN)
        box.addItem(tr("is not counted"), LEFT_OUT)
        for point, title in titles.items():
            if point != place.point:
                box.addItem(title, point)
        stated = self.setup.feeds.get(place.point)
        chosen = LEFT_OUT if place.point in self.setup.left_out else PROPOSED if stated is None else stated or MAIN
        box.setCurrentIndex(max(0, box.findData(chosen)))
        return box

    def _fill(self) -> None:
        setup = self.setup
        self.region.addItem(tr("by the time zone"), "")
        for region in REGIONS:
            self.region.addItem(region, region)
        if setup.region and self.region.findData(setup.region) < 0:
            self.region.addItem(setup.region, setup.region)
        self.region.setCurrentIndex(max(0, self.region.findData(setup.region)))
        self.contract.setValue(setup.contract_kg or 0.0)
        self.area.setValue(setup.area_m2 or 0.0)
        known = max(
            (one for one in setup.tariffs if one.medium is Medium.ELECTRICITY), key=lambda one: one.first, default=None
        )
        if known is None:
            return
        self.first.setDate(QDate.fromString(known.first, "yyyy-MM-dd"))
        self.currency.setText(known.currency)
        self.standing.setValue(known.standing_per_day)
        self.tax.setValue(known.tax * 100)
        self.export.setValue(known.export_price)
        for price in known.prices:
            if price.begin == 0 and price.end == 1440:
                self.price.setValue(price.price)
            else:
                self.low_price.setValue(price.price)
                self.low_from.setValue(price.begin // 60)
                self.low_to.setValue(price.end // 60 % 24)

    def edited(self) -> EnergySetup:
        """The setup as the dialog shows it."""
        region = self.region.currentText().strip()
        chosen = {point: box.currentData() for point, box in self.feeds.items()}
        others = {point: feed for point, feed in self.setup.feeds.items() if point not in chosen}
        feeds = {
            point: PointId("" if to == MAIN else to) for point, to in chosen.items() if to not in (PROPOSED, LEFT_OUT)
        }
        return replace(
            self.setup, tariffs=self._tariffs(), region="" if region == self.region.itemText(0) else region,
            contract_kg=self.contract.value() or None, area_m2=self.area.value() or None, feeds={**others, **feeds},
            left_out=tuple(point for point, to in chosen.items() if to == LEFT_OUT),
        )  # fmt: skip

    def _tariffs(self) -> tuple[SupplyTariff, ...]:
        """The tariffs with that of the dialog in place of the one that begins on the same day."""
        first = self.first.date().toString("yyyy-MM-dd")
        kept = tuple(one for one in self.setup.tariffs if one.medium is not Medium.ELECTRICITY or one.first != first)
        if not self.price.value() and not self.standing.value():
            return kept
        before = next((one for one in self.setup.tariffs if one not in kept), None)
        prices = [PriceHours(price=self.price.value())]
        if self.low_price.value() and self.low_from.value() != self.low_to.value():
            begin, end = self.low_from.value() * 60, self.low_to.value() * 60 or 1440
            prices.insert(0, PriceHours(price=self.low_price.value(), begin=begin, end=end))
        made = SupplyTariff(
            medium=Medium.ELECTRICITY, first=first, currency=self.currency.text().strip() or "EUR", prices=tuple(prices),
            standing_per_day=self.standing.value(), tax=self.tax.value() / 100, export_price=self.export.value(),
            tiers=before.tiers if before is not None else (),
            demand_per_kw=before.demand_per_kw if before is not None else 0.0,
        )  # fmt: skip
        return (*kept, made)

    def _save(self) -> None:
        self.save.setEnabled(False)
        self.feed.when(self.feed.api.keep_energy_setup(self.edited()), calling(self._done), self._refused)

    def _done(self) -> None:
        self._saved()
        self.accept()

    def _refused(self, problem: Problem) -> None:
        self.save.setEnabled(True)
        self.reason.setText(in_full(problem))
        self.reason.show()


def _number(decimals: int, most: float) -> NumberBox:
    made = NumberBox()
    made.setDecimals(decimals)
    made.setMaximum(most)
    return made


def _hour(hour: int) -> WholeNumberBox:
    made = WholeNumberBox()
    made.setRange(0, 23)
    made.setValue(hour)
    return made
