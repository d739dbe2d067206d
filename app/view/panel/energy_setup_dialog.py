"""Dialog of the energy setup: tariff, emission factors, heated area, and which meter feeds which."""

from __future__ import annotations

from collections.abc import Callable, Sequence
from dataclasses import dataclass, replace

from PySide6.QtCore import QDate
from PySide6.QtWidgets import QFormLayout, QLineEdit, QVBoxLayout, QWidget

from app.i18n import in_full, tr
from app.view.control.dialog import Dialog
from app.view.control.form_fields import ChoiceBox, DateBox, NumberBox, WholeNumberBox
from app.view.control.slots import calling
from app.view.control.widgets import ElidedLabel, button, row, text_label
from app.view.feed import Feed
from app.view.panel.panel_base import scrolled
from app.view.site_clock import site_today
from twin.insight.meter_tree import meter_places
from twin.model.energy import EnergyReport, EnergySetup, Flow, Medium, MeterPlace, PriceHours, SupplyTariff
from twin.model.ids import PointId
from twin.model.problem import Problem

REGIONS = ("CN", "CN-North", "CN-Northeast", "CN-East", "CN-Central", "CN-Northwest", "DE", "EU", "FR", "GB", "US")
"""Regions that the list offers; others are typed."""
PROPOSED, MAIN, LEFT_OUT = "proposed", "main", "left out"
LARGEST_PRICE = 1000.0
DAY_MINUTES = 1440


class EnergySetupDialog(Dialog):
    """Edits the setup of electricity; tariffs of other media, and earlier ones, are kept as they are."""

    def __init__(
        self, parent: QWidget, feed: Feed, setup: EnergySetup, report: EnergyReport | None, saved: Callable[[], object]
    ) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Tariff, emissions, meters"))
        self.setMinimumSize(480, 560)
        self.feed, self.setup, self._saved = feed, setup, saved
        self.first, self.currency = (
            DateBox(site_today().addDays(1 - site_today().day())),
            QLineEdit("EUR"),
        )
        self.price, self.low_price = _number(4, LARGEST_PRICE, signed=True), _number(4, LARGEST_PRICE, signed=True)
        self.low_from, self.low_to = _hour(22), _hour(6)
        self.standing, self.tax = _number(4, LARGEST_PRICE, signed=True), _number(1, 1000.0)
        self.export = _number(4, LARGEST_PRICE, signed=True)
        self.region, self.contract, self.area = ChoiceBox(), _factor(), _number(0, 9_999_999.0)
        self.region.setEditable(True)
        self._known = max(
            (one for one in setup.tariffs if one.medium is Medium.ELECTRICITY), key=lambda one: one.first, default=None
        )
        self.feeds: dict[PointId, ChoiceBox] = {}
        self.reason = text_label("", "reason", wrap=True)
        self.cancel, self.save = button(tr("Cancel")), button(tr("Save"), "primary")
        self._build(report)
        self._fill()
        self._shown = self._fields()
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
            (tr("Contract: kg CO2e per kWh"), self.contract), (tr("Heated area in m² (0: the rooms)"), self.area),
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
        if self._known is not None and _price_pair(self._known.prices) is None:
            about += " " + tr("The prices by hours and days of this tariff stay as they are: too many for this form.")
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
        self.contract.setValue(self.contract.minimum() if setup.contract_kg is None else setup.contract_kg)
        self.area.setValue(setup.area_m2 or 0.0)
        if (known := self._known) is None:
            return
        self.first.setDate(QDate.fromString(known.first, "yyyy-MM-dd"))
        self.currency.setText(known.currency)
        self.standing.setValue(known.standing_per_day)
        self.tax.setValue(known.tax * 100)
        self.export.setValue(known.export_price)
        pair = _price_pair(known.prices)
        for field in (self.price, self.low_price, self.low_from, self.low_to):
            field.setEnabled(pair is not None)
        if pair is None:
            return
        high, low = pair
        self.price.setValue(high.price)
        if low is not None:
            self.low_price.setValue(low.price)
            self.low_from.setValue(low.begin // 60)
            self.low_to.setValue(low.end // 60 % 24)

    def _fields(self) -> _Fields:
        return _Fields(
            first=self.first.date().toString("yyyy-MM-dd"), currency=self.currency.text().strip() or "EUR",
            prices=(self.price.value(), self.low_price.value(), self.low_from.value(), self.low_to.value()),
            standing=self.standing.value(), tax=self.tax.value(), export=self.export.value(),
            contract=self.contract.value(), area=self.area.value(),
        )  # fmt: skip

    def edited(self) -> EnergySetup:
        """The setup with what was changed in the dialog; all else is as it was, except feeds of points that are gone."""
        region, now = self.region.currentText().strip(), self._fields()
        chosen = {point: box.currentData() for point, box in self.feeds.items()}
        there = self.feed.twin.point_of
        others = {
            point: to
            for point, to in self.setup.feeds.items()
            if point not in chosen and point in there and (not to or to in there)
        }
        hidden = tuple(point for point in self.setup.left_out if point not in chosen and point in there)
        feeds = {
            point: PointId("" if to == MAIN else to) for point, to in chosen.items() if to not in (PROPOSED, LEFT_OUT)
        }
        contract, area = self.setup.contract_kg, self.setup.area_m2
        if now.contract != self._shown.contract:
            contract = now.contract if now.contract >= 0 else None
        if now.area != self._shown.area:
            area = now.area or None
        return replace(
            self.setup, tariffs=self._tariffs(now), region="" if region == self.region.itemText(0) else region,
            contract_kg=contract, area_m2=area, feeds={**others, **feeds},
            left_out=(*hidden, *(point for point, to in chosen.items() if to == LEFT_OUT)),
        )  # fmt: skip

    def _tariffs(self, now: _Fields) -> tuple[SupplyTariff, ...]:
        """The tariffs as they were where no field was changed; else with that of the dialog in place of the one that begins
        on the same day. What the dialog does not show is taken from the tariff that it began with."""
        shown, known, every = self._shown, self._known, self.setup.tariffs
        if replace(now, contract=shown.contract, area=shown.area) == shown:
            return every
        kept = tuple(one for one in every if one.medium is not Medium.ELECTRICITY or one.first != now.first)
        if now.prices[:2] == (0.0, 0.0) and not now.standing and self.price.isEnabled():
            return kept
        base = known or SupplyTariff(medium=Medium.ELECTRICITY, first=now.first)
        changed: dict[str, object] = {}
        if known is None or now.prices != shown.prices:
            changed["prices"] = _prices(*now.prices)
        if now.standing != shown.standing:
            changed["standing_per_day"] = now.standing
        if now.tax != shown.tax:
            changed["tax"] = now.tax / 100
        if now.export != shown.export:
            changed["export_price"] = now.export
        return (*kept, replace(base, first=now.first, currency=now.currency, **changed))

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


@dataclass(frozen=True, slots=True, kw_only=True)
class _Fields:
    """The numbers and texts of the fields of the tariff, the contract and the area."""

    first: str
    currency: str
    prices: tuple[float, float, int, int]
    """Price, low price, and the hours from and until which it applies."""
    standing: float
    tax: float
    export: float
    contract: float
    area: float


def _price_pair(prices: Sequence[PriceHours]) -> tuple[PriceHours, PriceHours | None] | None:
    """A price of all hours and the low one of some full hours that comes before it; None for prices of another form."""
    if not prices:
        return PriceHours(price=0.0), None
    *others, high = prices
    if len(others) > 1 or high.workdays is not None or (high.begin, high.end) != (0, DAY_MINUTES):
        return None
    if not others:
        return high, None
    (low,) = others
    full = low.begin % 60 == 0 and low.end % 60 == 0 and low.begin != low.end % DAY_MINUTES
    return (high, low) if full and low.workdays is None and low.price else None


def _prices(price: float, low: float, begin: int, end: int) -> tuple[PriceHours, ...]:
    """The prices of the form: the low one first, where there is one."""
    high = PriceHours(price=price)
    if not low or begin == end:
        return (high,)
    return PriceHours(price=low, begin=begin * 60, end=end * 60 or DAY_MINUTES), high


def _number(decimals: int, most: float, *, signed: bool = False) -> NumberBox:
    made = NumberBox()
    made.setDecimals(decimals)
    made.setRange(-most if signed else 0.0, most)
    return made


def _factor() -> NumberBox:
    """A factor of 0 or more; one step below it is "not known"."""
    made = _number(4, 5.0)
    made.setSingleStep(0.01)
    made.setMinimum(-made.singleStep())
    made.setSpecialValueText(tr("not known"))
    made.setValue(made.minimum())
    return made


def _hour(hour: int) -> WholeNumberBox:
    made = WholeNumberBox()
    made.setRange(0, 23)
    made.setValue(hour)
    return made
