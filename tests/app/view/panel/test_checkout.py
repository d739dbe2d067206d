"""The checkout page by mouse: devices room by room, kept at once, undone, resumed, and told from their values."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_api import FakeDesk, room_id
from PySide6.QtCore import Qt
from PySide6.QtGui import QImage
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from turns import run_turns

from app.view.i18n import set_language
from app.view.panel.checkout import CheckoutPanel
from app.view.panel.checkout_card import PHOTO_PX, CheckoutCard, small_jpeg
from app.view.window import MainWindow
from twin.model.checkout import Answer, CheckoutVerdict
from twin.model.checkout_tally import checkouts_of
from twin.model.ids import DeviceId
from twin.model.problem import ProblemError


def opened(window: MainWindow) -> CheckoutPanel:
    window.show_activity("install")
    run_turns(window)
    press(window.panel("install").checkout, window)  # type: ignore[attr-defined]
    found = window.panel("checkout")
    assert isinstance(found, CheckoutPanel)
    return found


def press(button: QPushButton, window: MainWindow) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    run_turns(window)
    window.feed.tick()
    run_turns(window)


def named(api: FakeDesk, name: str) -> DeviceId:
    return next(device.id for device in api.twin.devices if device.name == name)


def card_of(panel: CheckoutPanel, api: FakeDesk, name: str) -> CheckoutCard:
    return panel.cards[named(api, name)]


def test_a_device_passes_with_two_clicks_where_its_values_are_good(window: MainWindow, api: FakeDesk) -> None:
    window.feed.selection.pick_room(room_id("Kitchen"))
    panel = opened(window)
    assert {card.device.name for card in panel.cards.values()} == {
        "Kitchen light",
        "Fridge plug",
        "Air sensor",
        "Smoke alarm",
    }
    card = card_of(panel, api, "Air sensor")
    assert card.questions["seen"].yes.isChecked()
    assert "ppm" in card.questions["plausible"].found.text()
    assert not card.passed.isEnabled()
    press(card.questions["right_room"].yes, window)
    assert card.passed.isEnabled()
    press(card.passed, window)
    kept = checkouts_of(api.twin)[card.device.id]
    assert (kept.seen, kept.plausible, kept.right_room) == (Answer.YES, Answer.YES, Answer.YES)
    assert (kept.verdict, kept.room, kept.author) == (CheckoutVerdict.PASSED, room_id("Kitchen"), "ann")
    assert card.state.text() == "Passed"
    assert panel.summary.text() == "27 expected · 27 found · 1 tested · 0 failed"
    assert panel.rooms.currentText() == "Kitchen: 1 of 4 tested"
    press(card.questions["plausible"].no, window)
    assert checkouts_of(api.twin)[card.device.id].verdict is CheckoutVerdict.OPEN
    api.undo().result()
    window.feed.tick()
    assert card.state.text() == "Passed"
    press(card.reset, window)
    assert api.twin.checkouts == ()


def test_a_moved_device_is_not_tested_by_a_note_or_another_answer(window: MainWindow, api: FakeDesk) -> None:
    window.feed.selection.pick_room(room_id("Kitchen"))
    panel = opened(window)
    card = card_of(panel, api, "Air sensor")
    press(card.questions["right_room"].yes, window)
    press(card.passed, window)
    api.bind(card.device.id, room_id("Living room")).result()
    window.feed.tick()
    window.feed.selection.pick_room(room_id("Living room"))
    run_turns(window)
    card = card_of(panel, api, "Air sensor")
    assert card.state.text() == "Moved since it was tested"
    assert not card.passed.isEnabled()
    assert not card.questions["right_room"].yes.isChecked()
    QTest.keyClicks(card.note, "scratched")
    QTest.keyClick(card.note, Qt.Key.Key_Return)
    window.feed.tick()
    kept = checkouts_of(api.twin)[card.device.id]
    assert (kept.note, kept.verdict, kept.right_room) == ("scratched", CheckoutVerdict.OPEN, Answer.OPEN)
    assert not kept.tests(card.device)
    press(card.questions["right_room"].yes, window)
    press(card.passed, window)
    assert checkouts_of(api.twin)[card.device.id].tests(card.device)


def test_a_click_on_what_the_values_answered_records_it_and_the_next_takes_it_back(
    window: MainWindow, api: FakeDesk
) -> None:
    window.feed.selection.pick_room(room_id("Kitchen"))
    card = card_of(opened(window), api, "Air sensor")
    seen = card.questions["seen"]
    assert seen.yes.isChecked()
    press(seen.yes, window)
    assert seen.yes.isChecked()
    assert checkouts_of(api.twin)[card.device.id].seen is Answer.YES
    press(seen.yes, window)
    assert api.twin.checkouts == ()
    press(seen.no, window)
    assert (seen.yes.isChecked(), seen.no.isChecked()) == (False, True)
    press(seen.no, window)
    assert api.twin.checkouts == ()


def test_a_failure_keeps_its_note_and_a_window_that_comes_later_goes_on_there(
    window: MainWindow, api: FakeDesk, make_window: Callable[[FakeDesk], MainWindow]
) -> None:
    window.feed.selection.pick_room(room_id("Living room"))
    panel = opened(window)
    card = card_of(panel, api, "Floor lamp")
    QTest.keyClicks(card.note, "loose contact")
    press(card.failed, window)
    kept = checkouts_of(api.twin)[card.device.id]
    assert (kept.verdict, kept.note) == (CheckoutVerdict.FAILED, "loose contact")
    other = make_window(api)
    other.feed.selection.pick_room(room_id("Living room"))
    again = opened(other)
    assert again.cards[card.device.id].note.text() == "loose contact"
    assert again.cards[card.device.id].state.text() == "Failed"
    assert again.summary.text().endswith("1 tested · 1 failed")


def test_next_turns_to_the_untested_device_and_selects_it(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    seen: list[str] = []
    for _ in range(8):
        press(panel.next, window)
        (picked,) = window.feed.selection.state.devices
        seen.append(api.twin.device_of[picked].name)
        assert picked in panel.cards
    assert len(set(seen)) == 8
    assert panel.room == api.twin.device_of[picked].room == room_id("Kitchen")


def test_picking_a_room_in_the_tree_turns_the_page_and_blink_identifies(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    window.feed.selection.pick_room(room_id("Living room"))
    run_turns(window)
    card = card_of(panel, api, "Ceiling light")
    assert card.blink.isVisibleTo(card)
    press(card.blink, window)
    point = card.device.point("identify")
    assert point is not None
    assert ("command", (point.id, "identify", None)) in api.asked
    assert not card_of(panel, api, "Mood light").blink.isVisibleTo(panel)


def test_a_photo_is_made_small_and_loses_what_the_camera_wrote_into_it(
    window: MainWindow, api: FakeDesk, tmp_path: Path
) -> None:
    picture = QImage(4000, 3000, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    picture.setText("Comment", "52.39 N")
    picture.save(str(tmp_path / "big.png"))
    data = small_jpeg(str(tmp_path / "big.png"))
    assert data.startswith(b"\xff\xd8\xff")
    assert b"52.39" not in data
    assert QImage.fromData(data).width() == PHOTO_PX
    panel = opened(window)
    card = next(iter(panel.cards.values()))
    card._photo_read(data)
    window.feed.tick()
    assert card.photo.text() == "Photo ✓"
    (tmp_path / "text.png").write_text("no picture")
    with pytest.raises(ProblemError) as refused:
        small_jpeg(str(tmp_path / "text.png"))
    assert refused.value.problems[0].code == "checkout.no_photo"


def test_the_page_speaks_chinese_and_an_empty_house_says_so(
    window: MainWindow, api: FakeDesk, make_window: Callable[[FakeDesk], MainWindow]
) -> None:
    panel = opened(window)
    set_language("zh_CN", "°C")
    panel.retranslate()
    assert panel.next.text() == "下一个未测试的设备"
    assert all(card.passed.text() == "通过" for card in panel.cards.values())
    set_language("en", "°C")
    empty = FakeDesk()
    empty.twin = type(empty.twin)()
    bare = opened(make_window(empty))
    assert bare.empty.isVisibleTo(bare)
