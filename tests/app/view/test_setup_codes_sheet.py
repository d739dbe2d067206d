"""The dialog of setup codes: a code is hidden until it is asked for, and is kept and deleted there."""

from __future__ import annotations

from dataclasses import replace

from fake_api import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton
from turns import run_turns

from app.label_reading import codes_in
from app.view.actions.device_entries import setup_code_entries
from app.view.label.label_picture import grey
from app.view.panel.setup_codes_sheet import SetupCodesSheet
from app.view.window import MainWindow
from devices.contract import ManagesServer, PairsBySetupCode
from devices.protocol_registry import found_adapters
from twin.model.device import Device
from twin.model.setup_code import CODE_PROTOCOLS

TEXT = "MT:Y.K9042C00KA0648G00"


def opened(window: MainWindow, device: Device | None = None) -> SetupCodesSheet:
    sheet = SetupCodesSheet(window.feed, window, device)
    sheet.open()
    turn(window)
    return sheet


def turn(window: MainWindow) -> None:
    for _ in range(3):
        window.feed.tick()
        run_turns(window)


def click(window: MainWindow, button: QPushButton) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    turn(window)


def test_a_code_is_hidden_until_it_is_asked_for_and_can_then_be_scanned(window: MainWindow, api: FakeDesk) -> None:
    lamp = api.twin.devices[0]
    api.codes[lamp.id] = TEXT
    sheet = opened(window)
    card = sheet.cards[lamp.id]
    assert not any(TEXT in label.text() for label in sheet.findChildren(QLabel))
    click(window, card.show_button)
    assert card.code.text() == TEXT
    assert codes_in(grey(card.picture.pixmap().toImage())) == (TEXT,)
    click(window, card.show_button)
    assert not card.code.isVisible()
    assert not card.picture.isVisible()
    assert card.code.text() == ""
    sheet.reject()


def test_the_keyboard_stays_on_the_button_that_shows_and_hides(window: MainWindow, api: FakeDesk) -> None:
    lamp = api.twin.devices[0]
    api.codes[lamp.id] = TEXT
    sheet = opened(window)
    card = sheet.cards[lamp.id]
    card.show_button.setFocus()
    for is_shown in (True, False):
        QTest.keyClick(card.show_button, Qt.Key.Key_Space)
        turn(window)
        assert card.code.isVisible() is is_shown
        assert sheet.focusWidget() is card.show_button
    assert api.codes
    sheet.reject()


def test_the_code_of_a_device_that_has_none_is_typed_and_kept(window: MainWindow, api: FakeDesk) -> None:
    lamp = api.twin.devices[0]
    sheet = opened(window, lamp)
    assert sheet.typed.isVisible()
    assert not sheet.keep.isEnabled()
    QTest.keyClicks(sheet.typed, "34970112332")
    click(window, sheet.keep)
    assert api.codes == {lamp.id: "34970112332"}
    assert not sheet.typed.isVisible()
    assert set(sheet.cards) == {lamp.id}
    sheet.reject()


def test_a_code_is_deleted_after_a_question(window: MainWindow, api: FakeDesk) -> None:
    lamp = api.twin.devices[0]
    api.codes[lamp.id] = TEXT
    sheet = opened(window)
    click(window, sheet.cards[lamp.id].forget)
    assert api.codes
    question = next(one for one in sheet.findChildren(QDialog))
    click(window, next(one for one in question.findChildren(QPushButton) if one.objectName() == "primary"))
    assert api.codes == {}
    assert sheet.cards == {}
    sheet.reject()


def test_a_code_that_cannot_be_told_says_why(window: MainWindow, api: FakeDesk) -> None:
    lamp = api.twin.devices[0]
    api.codes[lamp.id] = TEXT
    sheet = opened(window)
    del api.codes[lamp.id]
    card = sheet.cards[lamp.id]
    click(window, card.show_button)
    assert card.reason.isVisible()
    assert not card.code.isVisible()
    sheet.reject()


def test_only_who_may_see_codes_of_devices_that_have_one_is_offered_them(window: MainWindow, api: FakeDesk) -> None:
    lamp = next(one for one in api.twin.devices if one.via is None)
    links = {
        name: tuple(replace(one, protocol=name) if one.id == lamp.link else one for one in api.twin.links)
        for name in ("mqtt", "matter")
    }
    window.feed.twin = replace(api.twin, links=links["mqtt"])
    assert setup_code_entries(window, window.feed, lamp) == []
    window.feed.twin = replace(api.twin, links=links["matter"])
    assert [name for name, _, _ in setup_code_entries(window, window.feed, lamp)] == ["Setup code…"]
    api.forbidden.add("setup_codes")
    assert setup_code_entries(window, window.feed, lamp) == []


def test_the_protocols_with_codes_are_those_whose_adapters_judge_them() -> None:
    adapters = found_adapters().adapters
    assert {
        name for name, one in adapters.items() if isinstance(one, ManagesServer | PairsBySetupCode)
    } == CODE_PROTOCOLS
