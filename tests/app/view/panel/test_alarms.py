"""The page of alarms: what stands, the most urgent first; acknowledged, shelved with a reason; what fits is offered."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication, QLabel, QPushButton
from turns import run_turns

from app.i18n import sentence
from app.view.formatting import format_time
from app.view.panel.alarms import AlarmCard, AlarmsPanel, watched_titles
from app.view.panel.shelve_dialog import ShelveDialog
from app.view.window import MainWindow
from tests.english import words
from twin.model.alarm import AlarmOverlay, AlarmStatus
from twin.model.batch import Batch
from twin.model.change import AlarmsChanged
from twin.model.definition import DefinitionKind
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.observation import Quality
from twin.model.text import Text
from twin.rules.alarm_act import Acknowledge, Reset, Shelve, Unshelve
from twin.rules.alarm_proposals import proposals

NOW = 1_795_000_000_000


def alarm(id: str, **more: object) -> AlarmStatus:
    fields = {
        "title": words(id.title()),
        "phase": "unack",
        "since_ms": NOW,
        "raised_ms": NOW - 90_000,
        "longest_shelf_ms": 8 * 3_600_000,
    } | more
    return AlarmStatus(id=id, **fields)  # type: ignore[arg-type]


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    made = make_window(api)
    made.show_activity("alarms")
    run_turns(made)
    made.show()
    made.feed.tick()
    return made


def tell(window: MainWindow, *alarms: AlarmStatus, gone: tuple[str, ...] = (), whole: bool = False) -> None:
    window.feed.inbox.put_change(AlarmsChanged(alarms, gone, whole))
    for _ in range(20):
        window.feed.tick()
    QApplication.processEvents()  # what a layout takes in is shown by the event loop


def page(window: MainWindow) -> AlarmsPanel:
    found = window.panel("alarms")
    assert isinstance(found, AlarmsPanel)
    return found


def cards(window: MainWindow) -> list[AlarmCard]:
    found = [one for one in page(window).findChildren(AlarmCard) if one.isVisibleTo(page(window))]
    return sorted(found, key=lambda one: one.mapTo(page(window), one.rect().topLeft()).y())


def shown(widget: object) -> str:
    return " | ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))  # type: ignore[attr-defined]


def asked(api: FakeDesk) -> list[tuple[object, ...]]:
    return [args for what, args in api.asked if what == "act_on_alarms"]


def badge(window: MainWindow) -> tuple[str, object]:
    button = window.top_bar.alarms
    return button.text().strip(), button.property("level")


def test_the_most_urgent_is_first_then_the_newest_and_what_is_hidden_is_last(window: MainWindow) -> None:
    tell(
        window,
        alarm("battery", priority=4, since_ms=NOW + 5),
        alarm("smoke", priority=1),
        alarm("old frost", priority=2, since_ms=NOW - 5),
        alarm("frost", priority=2),
        alarm("shelved leak", priority=1, overlay=AlarmOverlay.SHELVED, until_ms=NOW + 1000, why=words("later")),
    )
    assert [one.alarm.id for one in cards(window)] == ["smoke", "frost", "old frost", "battery", "shelved leak"]


def test_a_card_says_how_grave_where_and_since_when_and_what_to_do(window: MainWindow, api: FakeDesk) -> None:
    room = api.twin.rooms[0]
    tell(window, alarm("frost", priority=2, room=room.id, what_to_do=Text("alarm.do.frost")))
    (card,) = cards(window)
    said = shown(card)
    came = f"since {format_time(NOW - 90_000)}"  # not when it was acknowledged or escalated
    for part in ("Frost", "high", "active", room.title, came, "Close windows"):
        assert part in said, part
    assert card.accessibleName() == "high: Frost"


def test_a_card_has_the_devices_own_words_and_says_that_the_device_is_not_told_yet(window: MainWindow) -> None:
    silent = alarm(
        "limit", phase="ack", acked_by="Ada", message="Zone <b>too warm</b>", untold=Text("alarm.device_silent")
    )
    tell(window, silent)
    (card,) = cards(window)
    assert "The device says: Zone <b>too warm</b> | Not yet told to the device: it does not answer." in shown(card)
    tell(window, replace(silent, untold=None))
    (card,) = cards(window)
    assert "Not yet told" not in shown(card)


def test_an_alarm_is_acknowledged_with_the_mouse_and_the_bell_counts_what_stands(
    window: MainWindow, api: FakeDesk
) -> None:
    assert badge(window) == ("", "")
    frost = alarm("frost", priority=2)
    tell(window, frost, alarm("battery", priority=4))
    assert badge(window) == ("2", "error")
    cards(window)[0].buttons["acknowledge"].click()
    assert asked(api) == [(["frost"], Acknowledge())]
    tell(window, replace(frost, phase="ack", acked_by="Ada"))
    said = shown(cards(window)[0])
    assert "acknowledged by Ada" in said
    assert "acknowledge" not in cards(window)[0].buttons
    tell(window, replace(frost, phase="normal"))
    assert badge(window) == ("1", "warning")
    tell(window, gone=("battery",))
    assert badge(window) == ("", "")
    assert page(window).none.isVisibleTo(page(window))


def test_all_that_wait_are_acknowledged_at_once(window: MainWindow, api: FakeDesk) -> None:
    tell(window, alarm("a"), alarm("b", phase="ack"), alarm("c", phase="latched_unack"))
    page(window).acknowledge_all.click()
    assert [set(ids) for ids, _ in asked(api)] == [{"a", "c"}]  # type: ignore[misc]


def test_an_alarm_is_shelved_only_with_a_reason_and_for_no_longer_than_it_may(
    window: MainWindow, api: FakeDesk
) -> None:
    tell(window, alarm("leak", longest_shelf_ms=2 * 3_600_000), alarm("smoke", priority=1, longest_shelf_ms=0))
    by_id = {one.alarm.id: one for one in cards(window)}
    assert "shelve" not in by_id["smoke"].buttons
    by_id["leak"].buttons["shelve"].click()
    (dialog,) = by_id["leak"].findChildren(ShelveDialog)
    assert [dialog.time.itemData(i) // 60_000 for i in range(dialog.time.count())] == [15, 60, 120]
    assert not dialog.shelve.isEnabled()
    dialog.why.setText("  ")
    assert not dialog.shelve.isEnabled()
    dialog.why.setText("is being mended")
    dialog.time.setCurrentIndex(1)
    dialog.shelve.click()
    assert asked(api) == [(["leak"], Shelve(for_ms=3_600_000, why="is being mended"))]


def test_what_is_hidden_says_why_and_until_when_and_comes_back(window: MainWindow, api: FakeDesk) -> None:
    tell(window, alarm("leak", overlay=AlarmOverlay.SHELVED, until_ms=NOW, why=words("is being mended")))
    (card,) = cards(window)
    assert "is being mended" in shown(card)
    assert "until " in shown(card)
    assert badge(window) == ("", "")
    card.buttons["unshelve"].click()
    assert asked(api) == [(["leak"], Unshelve())]


def test_a_latched_alarm_is_reset_after_it_was_acknowledged(window: MainWindow, api: FakeDesk) -> None:
    tell(window, alarm("smoke", phase="latched_ack"))
    cards(window)[0].buttons["reset"].click()
    assert asked(api) == [(["smoke"], Reset())]


def test_show_flies_to_the_device_or_room(window: MainWindow, api: FakeDesk) -> None:
    flown: list[str] = []
    page(window).flown.connect(flown.append)
    tell(window, alarm("leak", device=api.twin.devices[0].id), alarm("air", room=RoomId("kitchen")), alarm("none"))
    for card in cards(window):
        if "show" in card.buttons:
            card.buttons["show"].click()
    assert set(flown) == {api.twin.devices[0].id, "kitchen"}


def test_a_card_whose_alarm_did_not_change_stays_as_it_is(window: MainWindow) -> None:
    tell(window, alarm("a"), alarm("b"))
    before = {one.alarm.id: one for one in cards(window)}
    tell(window, alarm("b", phase="ack"))
    after = {one.alarm.id: one for one in cards(window)}
    assert after["a"] is before["a"]
    assert after["b"] is not before["b"]


def test_of_a_flood_the_first_are_listed_and_the_rest_is_counted(window: MainWindow) -> None:
    tell(window, *(alarm(f"a{n:03}") for n in range(100)))
    run_turns(window)
    assert len(cards(window)) == 40
    assert page(window).more.text() == "60 more alarms"
    tell(window, alarm("only"), whole=True)
    assert [one.alarm.id for one in cards(window)] == ["only"]
    assert not page(window).more.isVisibleTo(page(window))


def test_what_fits_the_building_is_offered_and_watched_only_when_somebody_says_so(
    window: MainWindow, api: FakeDesk
) -> None:
    for _ in range(40):
        window.feed.tick()
    offered = [one for one in page(window).findChildren(QPushButton) if one.text() == "Watch"]
    assert offered
    assert [what for what, _ in api.asked if what == "change_definitions"] == []
    offered[0].click()
    ((edits,),) = [args for what, args in api.asked if what == "change_definitions"]
    assert edits


def test_the_page_names_what_is_watched_after_watch_and_not_what_is_off(window: MainWindow, api: FakeDesk) -> None:
    def look() -> str:
        for _ in range(40):
            window.feed.tick()
        QApplication.processEvents()
        return shown(page(window))

    assert "Watched alarms" not in look()
    offer = proposals(api.twin)[0]
    found = [edit.definition for edit in offer.edits if edit.definition and edit.kind is DefinitionKind.ALARM]
    first, *others = (replace(one, title=f"Alarm number {at}") for at, one in enumerate(found))
    off = tuple(replace(one, enabled=False) for one in others)
    api.change(replace(api.twin, definitions=replace(api.twin.definitions, alarms=(first, *off))), "Watch")
    said = look()
    assert "Watched alarms" in said
    title = sentence(watched_titles(api.twin)[0])
    assert page(window).watched.text() == title
    assert title in said
    api.change(replace(api.twin, definitions=replace(api.twin.definitions, alarms=())), "Undo")
    assert "Watched alarms" not in look()


def test_what_is_watched_beyond_a_dozen_is_counted_on_a_line_of_its_own(window: MainWindow, api: FakeDesk) -> None:
    page(window)._name_watched(tuple(words(f"Alarm number {at}") for at in range(300)))
    lines = page(window).watched.text().splitlines()
    assert len(lines) == 12
    assert lines[-1] == "289 more alarms"


def test_what_is_offered_is_watched_as_the_building_is_now(window: MainWindow, api: FakeDesk) -> None:
    def offers() -> list[QPushButton]:
        return [one for one in page(window).findChildren(QPushButton) if one.text() == "Watch"]

    def look() -> None:
        for turn in range(4000):  # cards come in slices of time: few in each where the machine is busy
            window.feed.tick()
            QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
            if turn >= 40 and len(offers()) == len(proposals(api.twin)):
                return

    look()
    before, old = len(offers()), api.twin.devices[0]
    id = DeviceId("another")
    new = replace(old, id=id, points=tuple(replace(p, id=PointId(f"{p.id} 2"), device=id) for p in old.points))
    api.change(replace(api.twin, devices=(new, *api.twin.devices[1:])), "Replace")
    look()
    assert len(offers()) == before
    for button in offers():
        button.click()
    told = " ".join(str(args) for what, args in api.asked if what == "change_definitions")
    assert old.id not in told
    assert new.id in told


def test_nothing_of_another_project_stays_on_the_page(window: MainWindow, api: FakeDesk) -> None:
    for _ in range(40):
        window.feed.tick()
    tell(window, alarm("frost"))
    api.path = "cottage.oikos"
    api.compute = lambda work: Future()  # type: ignore[method-assign,assignment]
    window.feed.tick()
    QApplication.sendPostedEvents(None, QEvent.Type.DeferredDelete)
    assert cards(window) == []
    assert [one for one in page(window).findChildren(QPushButton) if one.text() == "Watch"] == []


def test_offers_for_a_building_that_has_changed_meanwhile_are_asked_for_again(
    make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    late: list[tuple[Callable[[], object], Future[object]]] = []

    def compute(work: Callable[[], object]) -> Future[object]:
        late.append((work, Future()))
        return late[-1][1]

    window = make_window(api)
    api.compute = compute  # type: ignore[method-assign,assignment]
    window.show_activity("alarms")
    run_turns(window)
    window.show()
    window.feed.tick()
    work, answer = next((w, f) for w, f in late if getattr(w, "func", None) is proposals)
    late.clear()
    api.change(replace(api.twin, devices=()), "Remove")
    window.feed.tick()
    answer.set_result(work())
    for _ in range(40):
        window.feed.tick()
    assert [one for one in page(window).findChildren(QPushButton) if one.text() == "Watch"] == []
    assert [w for w, _ in late if getattr(w, "func", None) is proposals]


def test_a_card_names_its_room_as_it_is_called_now(window: MainWindow, api: FakeDesk) -> None:
    room = api.twin.rooms[0]
    tell(window, alarm("frost", room=room.id, priority=1), alarm("battery"))
    other = cards(window)[1]
    rooms = (replace(room, name="Winter garden"), *api.twin.rooms[1:])
    api.change(replace(api.twin, rooms=rooms), "Rename")
    for _ in range(20):
        window.feed.tick()
    QApplication.processEvents()
    assert "Winter garden" in shown(cards(window)[0])
    assert cards(window)[1] is other


def test_the_bell_opens_the_page(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> None:
    window = make_window(api)
    window.top_bar.alarms.click()
    assert window.rail.current == "alarms"
    assert window.is_panel_shown("alarms")


def test_the_page_says_its_words_in_chinese(window: MainWindow) -> None:
    tell(window, alarm("frost", title=Text("alarm.of.frost", name="厨房"), priority=2))
    window.set_language("zh_CN")
    for _ in range(20):
        window.feed.tick()
    QApplication.processEvents()
    said = shown(page(window))
    assert "霜冻" in said
    assert "No alarm" not in said


def test_a_card_shows_what_its_point_says_now_and_nothing_once_that_is_not_known(
    window: MainWindow, api: FakeDesk
) -> None:
    point = next(one for one in api.twin.points if one.capability.id == "temperature")
    tell(window, alarm("frost", point=point.id, value=3.0))

    def says(value: float, quality: Quality = Quality.GOOD) -> str:
        said = replace(api.report(point, value, api.clock_ms + 1), value=value, quality=quality)
        window.feed.inbox.put(Batch.of([said]))
        for _ in range(20):
            window.feed.tick()
        (card,) = cards(window)
        return shown(card)

    assert "4.3" in says(4.27)
    assert "77" in says(77.0)
    assert "77" not in says(77.0, Quality.OFFLINE)


def test_in_a_past_moment_the_list_says_that_it_is_of_now(window: MainWindow) -> None:
    assert "alarms of now" not in shown(page(window))
    window.feed.selection.change(moment_ms=window.feed.now_ms() - 3_600_000)
    run_turns(window)
    window.feed.tick()
    page(window).refresh()
    assert "These are the alarms of now, not of the moment that is shown." in shown(page(window))
    window.feed.selection.change(moment_ms=None)
    run_turns(window)
    page(window).refresh()
    assert "alarms of now" not in shown(page(window))
