"""The page of early warnings: cards with sentence and chart, normal here, work order, both languages, nothing too wide."""

from __future__ import annotations

from dataclasses import replace

import pytest
from fake_api import FakeDesk, done
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from turns import run_turns

from app.view.i18n import set_language
from app.view.panel.warnings import NormalCard, WarningCard, WarningsPanel
from app.view.panel.work_order_page import WorkOrderDialog
from app.view.window import MainWindow
from twin.insight.sensor_findings import SensorFinding
from twin.insight.sensor_groups import PeerSensor
from twin.insight.warning_texts import sensor_warning
from twin.model.change import TwinChanged
from twin.model.early_warning import EarlyWarning, FaultPlace, SensorLearning, WarningKind, WarningReport
from twin.model.security_event import SecurityEvent, SecurityKind, SecurityStatus
from twin.model.text import Text
from twin.rules.definition_body import definition_of
from twin.rules.normal_mark import NormalMark


def report_of(api: FakeDesk) -> WarningReport:
    """One warning of each kind of sensor fault, and a sensor that is new."""
    found = [
        (device, point)
        for device in api.twin.devices
        for point in device.points
        if point.capability.id == "temperature"
    ]
    kinds = (WarningKind.SILENT, WarningKind.STUCK, WarningKind.NOISE, WarningKind.DRIFT, WarningKind.JUMP)
    made = [
        sensor_warning(
            SensorFinding(
                sensor=PeerSensor(device, point), kind=kind, since_h=100, last_h=240, score=2.0, peers=6, value=23.4,
                expected=20.9, place=FaultPlace.SENSOR if kind is WarningKind.JUMP else FaultPlace.UNKNOWN, usual_h=5,
            ),
            api.clock_ms - 240 * 3_600_000,
        )
        for kind, (device, point) in zip(kinds, found, strict=False)
    ]  # fmt: skip
    device, point = found[len(made)] if len(found) > len(made) else found[0]
    learning = SensorLearning(point=point.id, device=device.id, days=12)
    return WarningReport(at_ms=api.clock_ms, warnings=tuple(made), learning=(learning,), watched=7, dismissed=1)


def opened(window: MainWindow) -> WarningsPanel:
    """Opens the page by its menu entry."""
    window.trigger("warnings")
    for _ in range(3):
        run_turns(window)
        window.feed.tick()
    run_turns(window)
    found = window.panel("warnings")
    assert isinstance(found, WarningsPanel)
    assert found.isVisible()
    return found


def said(panel: WarningsPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel))


@pytest.fixture
def warned(window: MainWindow, api: FakeDesk) -> WarningsPanel:
    api.answers["warnings"] = done(report_of(api))
    return opened(window)


def test_a_building_without_warnings_says_so(window: MainWindow) -> None:
    assert "No early warnings" in said(opened(window))


def test_each_warning_is_a_card_with_its_sentence_and_chart(warned: WarningsPanel) -> None:
    cards = warned.findChildren(WarningCard)
    assert len(cards) >= 4
    assert all(card.chart is not None and "dashed" in card.chart.accessibleDescription() for card in cards)
    text = said(warned)
    assert "it shows 23.4 °C, they suggest 20.9 °C" in text
    assert "rather the sensor than the room" in text
    assert "learning, 12 of 21 days" in text
    assert "7 sensors are compared" in text


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_nothing_on_the_page_is_wider_than_its_panel(warned: WarningsPanel, window: MainWindow, language: str) -> None:
    set_language(language)
    window.resize(1280, 800)
    run_turns(window)
    assert warned.list.minimumSizeHint().width() <= warned.area.viewport().width()
    assert "warning." not in said(warned)


def test_normal_here_dismisses_and_watch_again_takes_it_back(
    warned: WarningsPanel, window: MainWindow, api: FakeDesk
) -> None:
    card = warned.findChildren(WarningCard)[0]
    QTest.mouseClick(card.dismiss, Qt.MouseButton.LeftButton)
    assert ("dismiss_warning", (card.warning.id,)) in api.asked
    mark = NormalMark(id=card.warning.id, title="Bath", kind="drift", point=card.warning.point, level=2.0)
    api.twin = replace(api.twin, definitions=replace(api.twin.definitions, normal_marks=(definition_of(mark),)))
    window.feed.inbox.put_change(TwinChanged(api.twin))
    window.feed.tick()
    for _ in range(3):
        warned.refresh()
        run_turns(window)
        window.feed.tick()
    (normal,) = warned.findChildren(NormalCard)
    QTest.mouseClick(normal.restore, Qt.MouseButton.LeftButton)
    assert ("restore_warning", (card.warning.id,)) in api.asked


def test_a_rule_of_an_air_handler_is_shown_with_what_it_expects(window: MainWindow, api: FakeDesk) -> None:
    point = next(one for one in api.twin.points if one.capability.id == "temperature")
    leak = EarlyWarning(
        id=f"air_handler.leak:{point.id}", kind=WarningKind.AIR_HANDLER, rule="leak", device=point.device, point=point.id,
        room=None, since_ms=api.clock_ms - 7_200_000, last_ms=api.clock_ms, score=2.0, kwh=12.0,
        text=Text("warning.air_handler.leak", name="AHU 7", value=Text("warning.value.temperature", value=21.0), expected=Text("warning.value.temperature", value=16.0)),
        explanations=(Text("warning.air_handler.kwh", kwh=12.0),), what_to_do=Text("warning.do.air.leak"),
    )  # fmt: skip
    missing = Text("warning.air_handler.missing", name="AHU 7", role=Text("warning.role.mixed"), n=3)
    api.answers["warnings"] = done(WarningReport(at_ms=api.clock_ms, warnings=(leak,), notes=(missing,)))
    text = said(opened(window))
    assert "with both shut the supply air is 21.0 °C, not 16.0 °C" in text
    assert "About 12 kWh of heat or cold lost" in text
    assert "no point for the mixed air temperature was found: 3 rules need it" in text
    assert ("warning_chart", (point.id, "leak")) in api.asked


def test_what_the_security_watch_noticed_is_listed_and_each_kind_can_be_switched_off(
    window: MainWindow, api: FakeDesk
) -> None:
    text = Text("security.firmware", name="Front door", before="1.0", now="1.1")
    event = SecurityEvent(time_ms=api.clock_ms, kind=SecurityKind.FIRMWARE, text=text)
    api.answers["security_events"] = done(SecurityStatus(events=(event,), off=(SecurityKind.CERTIFICATE,)))
    section = opened(window).security
    assert "Front door: firmware 1.0 became 1.1" in section.events.text()
    assert not section.switches[SecurityKind.CERTIFICATE].isChecked()
    switch = section.switches[SecurityKind.FIRMWARE]
    assert switch.isChecked()
    switch.click()
    assert ("watch_security", ("firmware", False)) in api.asked


def test_a_work_order_is_made_from_a_warning(warned: WarningsPanel) -> None:
    card = warned.findChildren(WarningCard)[0]
    QTest.mouseClick(card.work, Qt.MouseButton.LeftButton)
    (dialog,) = warned.findChildren(WorkOrderDialog)
    order = dialog.order()
    assert (order.origin.kind, order.origin.id, order.device) == ("warning", card.warning.id, card.warning.device)
    dialog.reject()


def test_show_selects_the_device_and_flies_there(warned: WarningsPanel, window: MainWindow) -> None:
    card, flown = warned.findChildren(WarningCard)[0], list[str]()
    warned.flown.connect(flown.append)
    QTest.mouseClick(card.show_me, Qt.MouseButton.LeftButton)
    assert flown == [card.warning.device]
    assert window.feed.selection.state.devices == {card.warning.device}
