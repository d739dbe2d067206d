"""The energy page: a period with its parts, steps between periods, the setup, the table, and both languages."""

from __future__ import annotations

import csv
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from fake_api import FakeDesk, room_id
from PySide6.QtCore import QPointF, Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QFileDialog, QLabel
from turns import run_turns

from app.engine.energy_reports import check_setup
from app.view.i18n import set_language
from app.view.panel import energy
from app.view.panel.energy import EnergyPanel, GroupRow
from app.view.panel.energy_setup_dialog import MAIN, EnergySetupDialog
from app.view.window import MainWindow
from twin.insight.calendar_span import span_at
from twin.model.building_report import ReportKind
from twin.model.energy import EnergySetup, EnergySpan, Medium, PriceHours, SupplyTariff, WeatherFit
from twin.model.ids import PointId
from twin.model.problem import Problem, ProblemError


def settle(window: MainWindow) -> None:
    for _ in range(3):
        run_turns(window)
        window.feed.tick()
    run_turns(window)


def opened(window: MainWindow) -> EnergyPanel:
    """Opens the page by its menu entry."""
    window.trigger("energy")
    settle(window)
    found = window.panel("energy")
    assert isinstance(found, EnergyPanel)
    assert found.isVisible()
    return found


def said(panel: EnergyPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel))


def test_the_parts_of_a_week_are_listed_with_what_is_not_metered(window: MainWindow) -> None:
    panel = opened(window)
    assert panel.report is not None
    assert panel.report.span is EnergySpan.WEEK
    rows = {row.group.title.args.get("text", row.group.kind.value): row for row in panel.findChildren(GroupRow)}
    assert set(rows) == {"Kitchen", "elsewhere", "remainder"}
    assert "±0 % against the same part" in panel.versus.text()
    assert "meters below the main one" in panel.notes.text()
    assert panel.bars.values is not None
    assert len(panel.bars.values.amounts) == 7


def test_a_click_on_a_part_selects_its_room(window: MainWindow) -> None:
    panel = opened(window)
    (kitchen,) = [row for row in panel.findChildren(GroupRow) if row.group.rooms == (room_id("Kitchen"),)]
    QTest.mouseClick(kitchen.show_me, Qt.MouseButton.LeftButton)
    settle(window)
    assert window.feed.selection.state.room == room_id("Kitchen")


def test_periods_are_stepped_through_and_none_that_has_not_begun(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    now = panel.report
    assert now is not None
    assert not panel.period.next.isEnabled()
    panel.step(-1)
    settle(window)
    assert panel.report is not None
    assert panel.report.to_ms == now.from_ms
    assert panel.period.next.isEnabled()
    panel.step(1)
    settle(window)
    assert panel.report.from_ms == now.from_ms
    panel.step(1)
    settle(window)
    assert panel.report.from_ms == now.from_ms
    assert api.asked.count(("energy", (EnergySpan.WEEK, now.before_ms))) == 1


def test_last_month_by_room_is_two_clicks_however_fast_they_come(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    QTest.mouseClick(panel.period.spans.button(list(EnergySpan).index(EnergySpan.MONTH)), Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.period.previous, Qt.MouseButton.LeftButton)  # before the answer about this month is there
    settle(window)
    settle(window)
    assert panel.report is not None
    month = span_at(EnergySpan.MONTH, api.now_ms(), ZoneInfo(panel.report.zone))
    assert (panel.report.span, panel.report.to_ms) == (EnergySpan.MONTH, month.from_ms)
    assert room_id("Kitchen") in {room for row in panel.findChildren(GroupRow) for room in row.group.rooms}


def test_a_step_that_waits_is_dropped_where_another_length_is_chosen(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    spans = panel.period.spans
    QTest.mouseClick(spans.button(list(EnergySpan).index(EnergySpan.MONTH)), Qt.MouseButton.LeftButton)
    QTest.mouseClick(panel.period.previous, Qt.MouseButton.LeftButton)
    QTest.mouseClick(spans.button(list(EnergySpan).index(EnergySpan.YEAR)), Qt.MouseButton.LeftButton)
    for _ in range(3):
        settle(window)
    assert panel.report is not None
    assert panel.report.span is EnergySpan.YEAR
    assert panel.report.from_ms <= api.now_ms() < panel.report.to_ms


def test_a_step_that_waits_is_dropped_where_the_report_fails(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    panel.period.wait_to_step(-1)
    panel._failed(Problem(code="unknown.room", args={"name": "X"}))
    panel.ask_again()
    settle(window)
    settle(window)
    assert panel.report is not None
    assert panel.report.from_ms <= api.now_ms() < panel.report.to_ms


def test_a_step_from_a_period_that_has_ended_asks_at_once(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    assert panel.report is not None
    panel.report = replace(panel.report, from_ms=panel.report.before_ms, to_ms=panel.report.from_ms)
    asked = len(api.asked)
    panel.step(-1)
    assert len(api.asked) > asked


def test_a_click_on_a_month_of_the_year_shows_that_month(window: MainWindow) -> None:
    panel = opened(window)
    panel.show_span(EnergySpan.YEAR, 0)
    settle(window)
    QTest.mouseClick(panel.bars, Qt.MouseButton.LeftButton, pos=QPointF(4, 60).toPoint())
    settle(window)
    assert panel.report is not None
    assert panel.report.span is EnergySpan.MONTH
    assert panel.period.spans.button(2).isChecked()


def test_a_tariff_of_the_dialog_is_kept_and_billed(window: MainWindow, api: FakeDesk) -> None:
    old = SupplyTariff(medium=Medium.GAS, first="2020-01-01", prices=(PriceHours(price=1.0),))
    api.energy_settings = EnergySetup(tariffs=(old,))
    panel = opened(window)
    QTest.mouseClick(panel.set_up, Qt.MouseButton.LeftButton)
    settle(window)
    (dialog,) = panel.findChildren(EnergySetupDialog)
    dialog.price.setValue(0.3)
    dialog.low_price.setValue(0.1)
    dialog.currency.setText("GBP")
    dialog.region.setCurrentText("GB")
    dialog.first.setDate(dialog.first.date().addYears(-20))
    (plug,) = [
        box
        for id, box in dialog.feeds.items()
        if api.twin.device_of[api.twin.point_of[id].device].name == "Fridge plug"
    ]
    plug.setCurrentIndex(plug.findData(MAIN))
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    settle(window)
    kept = api.energy_settings
    assert (kept.region, len(kept.tariffs), list(kept.feeds.values())) == ("GB", 2, [""])
    assert old in kept.tariffs
    assert [(one.price, one.begin, one.end) for one in kept.tariffs[1].prices] == [(0.1, 1320, 360), (0.3, 0, 1440)]
    assert "GBP" in panel.total.text()
    assert "kg CO2e" in panel.total.text(), "the gas of the factors"


def tariff(*prices: PriceHours, first: str = "2026-01-01") -> SupplyTariff:
    return SupplyTariff(medium=Medium.ELECTRICITY, first=first, prices=prices)


FORMS = {
    "two bands": tariff(PriceHours(price=0.25, begin=390, end=1320), PriceHours(price=0.15, begin=1320, end=390)),
    "three bands": tariff(
        PriceHours(price=0.1, end=360), PriceHours(price=0.45, begin=1050, end=1260, workdays=True), PriceHours(price=0.3)
    ),
    "fine": SupplyTariff(
        medium=Medium.ELECTRICITY, first="2026-01-01", prices=(PriceHours(price=0.123456),), standing_per_day=-0.1,
        export_price=-0.02, tax=0.12345, tiers=((100.0, 0.0), (None, 0.1)), demand_per_kw=3.0,
    ),
    "low price": tariff(PriceHours(price=0.1, begin=1320, end=360), PriceHours(price=0.3)),
}  # fmt: skip


@pytest.mark.parametrize("form", FORMS)
def test_what_the_dialog_cannot_show_or_was_not_changed_stays(window: MainWindow, api: FakeDesk, form: str) -> None:
    points = [point for device in api.twin.devices for point in device.points]
    hidden = next(one.id for one in points if one.capability.id == "temperature")
    setup = EnergySetup(
        tariffs=(tariff(PriceHours(price=0.2), first="2020-01-01"), FORMS[form]), contract_kg=0.0, area_m2=99.6,
        left_out=(hidden,),
    )  # fmt: skip
    api.energy_settings = setup
    dialog = EnergySetupDialog(window, window.feed, setup, None, lambda: None)
    assert dialog.edited() == setup
    dialog.standing.setValue(0.5)
    dialog.area.setValue(120)
    assert dialog.edited() == replace(
        setup, tariffs=(setup.tariffs[0], replace(FORMS[form], standing_per_day=0.5)), area_m2=120.0
    )
    dialog.contract.setValue(dialog.contract.minimum())
    assert dialog.edited().contract_kg is None
    dialog.reject()


def test_feeds_of_points_that_are_gone_do_not_prevent_saving(window: MainWindow, api: FakeDesk) -> None:
    meter = next(
        point.id for device in api.twin.devices for point in device.points if point.capability.id == "energy_import"
    )
    gone = PointId("gone.device/energy")
    setup = EnergySetup(feeds={gone: meter, meter: gone}, left_out=(gone,))
    dialog = EnergySetupDialog(window, window.feed, setup, None, lambda: None)
    edited = dialog.edited()
    assert (edited.feeds, edited.left_out) == ({}, ())
    check_setup(edited, api.twin)
    assert edited.feeds == {}
    dialog.reject()


@pytest.mark.parametrize(
    "wrong",
    [
        EnergySetup(contract_kg=float("nan")),
        EnergySetup(base_c=float("nan")),
        EnergySetup(outdoor=PointId("nope")),
        EnergySetup(tariffs=(replace(FORMS["fine"], tiers=((None, 0.0), (5.0, 0.1))),)),
        EnergySetup(tariffs=(replace(FORMS["fine"], tiers=((None, float("nan")),)),)),
    ],
)
def test_a_setup_with_a_wrong_number_is_refused(api: FakeDesk, wrong: EnergySetup) -> None:
    with pytest.raises(ProblemError):
        check_setup(wrong, api.twin)


def test_a_refused_setup_says_why_and_the_dialog_stays(window: MainWindow, api: FakeDesk) -> None:
    refused: Future[None] = Future()
    refused.set_exception(ProblemError(Problem(code="energy.area")))
    panel = opened(window)
    QTest.mouseClick(panel.set_up, Qt.MouseButton.LeftButton)
    settle(window)
    (dialog,) = panel.findChildren(EnergySetupDialog)
    api.answers["keep_energy_setup"] = refused
    QTest.mouseClick(dialog.save, Qt.MouseButton.LeftButton)
    settle(window)
    assert dialog.isVisible()
    assert "heated area" in dialog.reason.text()
    dialog.reject()


def test_an_unanswered_question_says_why(window: MainWindow, api: FakeDesk) -> None:
    failed: Future[object] = Future()
    failed.set_exception(ProblemError(Problem(code="energy.too_many", args={"n": 3000, "most": 2000})))
    api.answers["energy"] = failed
    panel = opened(window)
    assert panel.reason.isVisible()
    assert "3,000" in panel.reason.text()


def test_the_table_of_the_page_is_saved(window: MainWindow, tmp_path: Path) -> None:
    panel = opened(window)
    panel.save_table(str(tmp_path / "e.csv"))
    rows = list(csv.reader((tmp_path / "e.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0][0] == "medium"
    kinds = [row[1] for row in rows]
    assert kinds.index("total") == 1 + len(panel.findChildren(GroupRow))
    assert ["W" in row for row in rows if row[2] == "base load"] == [True]
    assert "location based" in kinds
    panel.save_table(str(tmp_path / "none" / "e.csv"))
    assert window.feed.problems


@pytest.mark.parametrize(
    ("typed", "chosen", "written"),
    [
        ("energy.csv", "Excel (*.xlsx)", "energy.xlsx"), ("week 48.1", "Excel (*.xlsx)", "week 48.1.xlsx"),
        ("a.XLSX", "CSV (*.csv)", "a.XLSX"), ("a", "Excel (*.xlsx)", "a.xlsx"), ("a", "CSV (*.csv)", "a.csv"),
    ],
)  # fmt: skip
def test_the_table_is_saved_as_a_workbook_of_the_shown_period_where_excel_is_chosen(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path,
    typed: str, chosen: str, written: str,
) -> None:  # fmt: skip
    offered: list[str] = []
    shown: list[str] = []
    monkeypatch.setattr(energy, "show_file", shown.append)
    monkeypatch.setattr(
        QFileDialog, "getSaveFileName", lambda *args: (offered.append(args[3]), (str(tmp_path / typed), chosen))[1]
    )
    panel = opened(window)
    panel.step(-1)
    settle(window)
    QTest.mouseClick(panel.save, Qt.MouseButton.LeftButton)
    settle(window)
    assert panel.report is not None
    out, asked = str(tmp_path / written), [args for what, args in api.asked if what == "write_report"]
    if written.endswith(".csv"):
        assert (asked, Path(out).is_file()) == ([], True)
    else:
        assert asked == [(ReportKind.ENERGY, panel.report.span, panel.report.from_ms, out, "en")]
        assert shown == [out]
    assert offered == ["CSV (*.csv);;Excel (*.xlsx)"]
    assert window.toast.label.text() == f"Saved {written}"


def test_who_may_write_no_report_is_offered_the_table_only(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    offered: list[str] = []
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *args: (offered.append(args[3]), ("", ""))[1])
    api.forbidden = {"write_report"}
    QTest.mouseClick(opened(window).save, Qt.MouseButton.LeftButton)
    assert offered == ["CSV (*.csv)"]


def test_both_emissions_stand_side_by_side_and_unfold_to_their_factors(window: MainWindow, api: FakeDesk) -> None:
    api.energy_settings = EnergySetup(region="GB", contract_kg=0.05, contract_source="Green tariff")
    panel = opened(window)
    card = panel.figures.emissions
    assert "By the location" in card.location.text()
    assert "CO2e" in card.market.text()
    assert not card.details.isVisible()
    QTest.mouseClick(card.unfold, Qt.MouseButton.LeftButton)
    assert card.details.isVisible()
    assert "× 0.0500 kg/kWh (Green tariff)" in card.details.text()
    assert "(GB 20" in card.details.text()


def test_the_duration_curve_is_drawn_and_a_fit_that_is_not_there_says_why(window: MainWindow, api: FakeDesk) -> None:
    sensor = next(p.id for one in api.twin.devices for p in one.points if p.capability.id == "temperature")
    api.energy_settings = EnergySetup(outdoor=sensor)
    panel = opened(window)
    curve = panel.figures.duration.figure
    assert curve is not None
    assert len(curve.y) == 101
    assert not panel.figures.fit.isVisible()
    assert "rose neither with cold nor with heat" in panel.figures.fit_text.text(), "100 W all year"


def test_fit_and_cusum_are_drawn_with_the_day_of_the_bend(window: MainWindow) -> None:
    panel = opened(window)
    report, medium = panel.report, panel.shown()
    assert report is not None
    assert medium is not None
    n = np.arange(200)
    fit = WeatherFit(
        days=200, needed=30, needed_for_bend=120, base_c=15.0, base=2.0, slope=1.5, r2=0.93, cv_rmse=0.1,
        day_ms=1_735_689_600_000 + n * 86_400_000, use=2 + 1.5 * (n % 12.0), degree_days=n % 12.0,
        cusum=np.minimum(n, 200.0 - n) * -1.0, bend_ms=1_744_329_600_000, bend_day="2025-04-11", bend_change=3.0,
    )  # fmt: skip
    panel.figures.show_report(report, replace(medium, weather=fit))
    assert "R² 0.93 · 200 d" in panel.figures.fit.figure.low  # type: ignore[union-attr]
    cusum = panel.figures.cusum.figure
    assert cusum is not None
    assert (cusum.mark_text, cusum.low_value) == ("11 Apr 2025", -100.0)
    assert "bends on 2025-04-11" in panel.figures.cusum.accessibleDescription()
    panel.grab()


@pytest.mark.parametrize(
    ("language", "span", "period", "first"),
    [
        ("en", EnergySpan.DAY, "24 Nov 2025", "00:00"),
        ("en", EnergySpan.MONTH, "Nov 2025", "1"),
        ("en", EnergySpan.YEAR, "2025", "Jan"),
        ("zh_CN", EnergySpan.DAY, "2025年11月24日", "00:00"),
        ("zh_CN", EnergySpan.WEEK, "2025年11月24日 – 11月30日", "24日周一"),
        ("zh_CN", EnergySpan.MONTH, "2025年11月", "1"),
        ("zh_CN", EnergySpan.YEAR, "2025", "1月"),
    ],
)
def test_periods_and_bars_are_named_in_both_languages(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch, language: str, span: EnergySpan, period: str, first: str
) -> None:
    monkeypatch.setenv("TZ", "UTC")
    panel = opened(window)
    set_language(language, "°C")
    panel.retranslate()
    panel.show_span(span, 0)
    settle(window)
    assert panel.bars.values is not None
    assert (panel.period.when.text(), panel.bars.values.labels[0]) == (period, first)


@pytest.mark.parametrize("language", ["zh_CN"])
def test_the_page_is_in_chinese(window: MainWindow, language: str) -> None:
    panel = opened(window)
    set_language(language, "°C")
    panel.retranslate()
    settle(window)
    assert "未单独计量" in said(panel)
    assert panel.by.itemText(0) == "按房间"
