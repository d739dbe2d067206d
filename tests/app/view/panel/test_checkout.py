"""The checkout page by mouse: devices room by room, kept at once, undone, resumed, and told from their values."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from fake_api import FakeDesk, room_id
from PySide6.QtCore import QCoreApplication, QEvent, Qt
from PySide6.QtGui import QImage, QImageReader
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QPushButton
from turns import run_turns

from app.i18n import point_title
from app.view.i18n import set_language
from app.view.panel import checkout_card
from app.view.panel.checkout import SHOWN, CheckoutPanel
from app.view.panel.checkout_card import SHOWN_PHOTO_PX, CheckoutCard
from app.view.report.checkout_photo import PHOTO_PX, shown_photo, small_jpeg
from app.view.window import MainWindow
from twin.model.checkout import Answer, CheckoutVerdict, Evidence
from twin.model.checkout_tally import checkouts_of
from twin.model.device import Point
from twin.model.ids import DeviceId
from twin.model.problem import Problem, ProblemError


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


def settle(window: MainWindow) -> None:
    run_turns(window)
    window.feed.tick()
    while not window.feed.is_quiet():
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


def test_what_a_device_does_not_measure_is_named_beside_its_values_and_what_is_not_listed_is_counted(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.feed.selection.pick_room(room_id("Kitchen"))
    card = card_of(opened(window), api, "Air sensor")
    points = api.twin.points[:5]

    def judged(odd: tuple[Point, ...], unmeasured: tuple[Point, ...]) -> str:
        found = Evidence(Answer.YES, Answer.YES, 1, odd, unmeasured)
        monkeypatch.setattr(checkout_card, "device_evidence", lambda *_: found)
        card.show_evidence()
        return card.questions["plausible"].found.text()

    names = ", ".join(point_title(point.title) for point in points[:3])
    assert judged((), points).endswith(f"\nNot measured by it: {names}, 2 more")
    assert judged(points, ()) == f"Not plausible: {names}, 2 more"
    assert judged((), points[:1]).endswith(f"Not measured by it: {point_title(points[0].title)}")


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


def test_next_shows_the_whole_card_of_the_device(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    seen = set[DeviceId]()
    for _ in range(len(api.twin.devices)):
        press(panel.next, window)
        settle(window)
        (device,) = window.feed.selection.state.devices
        card, port = panel.cards[device], panel.area.viewport()
        top = card.mapTo(port, card.rect().topLeft()).y()
        assert top >= 0, card.device.name
        assert top + min(card.height(), port.height()) <= port.height(), card.device.name
        seen.add(device)
    assert len(seen) == len(api.twin.devices)


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
    assert not card_of(panel, api, "Mood light").blink.isEnabled()


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
    panel.take_photo(card.device.id, str(tmp_path / "big.png"))
    settle(window)
    assert card.photo.text() == "Photo ✓"
    (tmp_path / "text.png").write_text("no picture")
    (tmp_path / "begins.jpg").write_bytes(b"\xff\xd8\xff" + bytes(3000))
    (tmp_path / "drawn.png").write_text('<svg xmlns="http://www.w3.org/2000/svg" width="9" height="9"/>')
    for name in ("text.png", "begins.jpg", "drawn.png"):
        with pytest.raises(ProblemError) as refused:
            small_jpeg(str(tmp_path / name))
        assert refused.value.problems[0].code == "checkout.no_photo"


@pytest.fixture
def little_memory() -> Iterator[None]:
    """Qt reads pictures of at most 8 MB, as they are when read."""
    most = QImageReader.allocationLimit()
    QImageReader.setAllocationLimit(8)
    yield
    QImageReader.setAllocationLimit(most)


def test_a_photo_too_large_for_memory_is_read_smaller_or_its_size_is_named(tmp_path: Path, little_memory: None) -> None:
    picture = QImage(3200, 2400, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    picture.save(str(tmp_path / "large.jpg"))
    picture.save(str(tmp_path / "large.png"))
    assert QImage.fromData(small_jpeg(str(tmp_path / "large.jpg"))).width() == PHOTO_PX
    with pytest.raises(ProblemError) as refused:
        small_jpeg(str(tmp_path / "large.png"))
    (problem,) = refused.value.problems
    assert (problem.code, problem.args) == ("checkout.photo_too_many_pixels", {"width": 3200, "height": 2400})


def photo_file(folder: Path) -> Path:
    picture = QImage(800, 600, QImage.Format.Format_RGB32)
    picture.fill(Qt.GlobalColor.red)
    picture.save(str(folder / "photo.jpg"))
    return folder / "photo.jpg"


def test_a_kept_photo_is_shown_in_its_card(window: MainWindow, api: FakeDesk, tmp_path: Path) -> None:
    panel = opened(window)
    card = next(iter(panel.cards.values()))
    assert not card.look.isVisibleTo(card)
    panel.take_photo(card.device.id, str(photo_file(tmp_path)))
    settle(window)
    assert card.look.isVisibleTo(card)
    wide = card.minimumSizeHint().width()
    card.look.hide()
    run_turns(window)
    assert card.minimumSizeHint().width() == wide
    card.look.show()
    assert not card.picture.isVisibleTo(card)
    press(card.look, window)
    settle(window)
    assert card.picture.isVisibleTo(card)
    shown = card.picture.pixmap().toImage()
    assert shown.pixelColor(shown.width() // 2, shown.height() // 2).red() > 200
    assert max(shown.width(), shown.height()) <= SHOWN_PHOTO_PX * card.devicePixelRatioF()
    press(card.look, window)
    settle(window)
    assert not card.picture.isVisibleTo(card)
    press(card.look, window)
    settle(window)
    press(card.reset, window)
    settle(window)
    assert not card.picture.isVisibleTo(card)
    assert shown_photo(b"\xff\xd8\xff", 320).isNull()


def test_a_photo_that_is_still_read_when_the_page_turns_is_kept(
    window: MainWindow, api: FakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window.feed.selection.pick_room(room_id("Kitchen"))
    panel = opened(window)
    lamp, plug = named(api, "Kitchen light"), named(api, "Fridge plug")
    reading: list[Future[bytes]] = []

    def compute(_: Callable[[], bytes]) -> Future[bytes]:
        reading.append(Future())
        return reading[-1]

    monkeypatch.setattr(api, "compute", compute)
    panel.take_photo(lamp, str(photo_file(tmp_path)))
    panel.take_photo(plug, str(tmp_path / "none.jpg"))
    window.feed.selection.pick_room(room_id("Living room"))
    run_turns(window)
    assert lamp not in panel.cards
    QCoreApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    problems: list[Problem] = []
    monkeypatch.setattr(window.feed, "raise_problem", problems.append)
    reading[0].set_result(small_jpeg(str(photo_file(tmp_path))))
    reading[1].set_exception(ProblemError(Problem(code="checkout.no_photo")))
    settle(window)
    assert checkouts_of(api.twin)[lamp].photo in api.photos
    assert [one.code for one in problems] == ["checkout.no_photo"]


def test_every_device_of_a_large_room_can_be_tested(make_window: Callable[[FakeDesk], MainWindow]) -> None:
    api = FakeDesk()
    lamp = api.twin.device_of[named(api, "Kitchen light")]
    many = tuple(replace(lamp, id=DeviceId(f"many:{n:03}"), name=f"Lamp {n}", points=()) for n in range(72))
    api.twin = replace(api.twin, devices=many)
    window = make_window(api)
    window.feed.selection.pick_room(room_id("Kitchen"))
    panel = opened(window)
    assert list(panel.cards) == [one.id for one in many[:SHOWN]]
    assert panel.more.text() == "and 12 more"
    for _ in range(72):
        press(panel.next, window)
        (picked,) = window.feed.selection.state.devices
        card = panel.cards[picked]
        assert panel.list.indexOf(card) >= 0
        press(card.failed, window)
        assert picked in panel.cards
    assert {one.id for one in api.twin.checkouts} == {one.id for one in many}
    assert not panel.next.isEnabled()
    assert list(panel.cards) == [one.id for one in many[SHOWN:]]
    assert panel.more.text() == "and 60 more"
    window.feed.selection.pick_device(many[3].id)
    run_turns(window)
    assert list(panel.cards) == [one.id for one in many[:SHOWN]]


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
