"""The window as its user meets it."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from fake_api import CANDIDATES, FakeDesk, room_id
from plain import PlainView
from PySide6.QtCore import QPoint, Qt
from PySide6.QtWidgets import QApplication, QLabel, QWidget
from pytestqt.qtbot import QtBot

from app.actions import ROWS
from app.i18n import current_language, what
from app.selection import VisibilityFilter
from app.view import dialog_factory
from app.view.actions import project_actions
from app.view.i18n import set_language
from app.view.icon import names
from app.view.panel.panel_table import ACTIVITIES
from app.view.panel.tree import TreePanel
from app.view.window import MainWindow
from tests.english import plain, words
from twin.model.batch import Batch
from twin.model.capability import ROWS as CAPABILITIES
from twin.model.change import CandidatesChanged, DeviceOnline, LinkChanged, ProblemRaised, Progress
from twin.model.ids import StoreyId
from twin.model.kind import ROWS as KINDS
from twin.model.problem import Problem, ProblemError
from twin.model.twin import Twin

type Live = Callable[..., None]

MENUS = {row.menu for row in ROWS}


def view_of(window: MainWindow) -> PlainView:
    """The stand-in for the 3D view."""
    assert isinstance(window.scene, PlainView)
    return window.scene


def test_every_action_has_an_effect_and_an_icon_that_exists(window: MainWindow) -> None:
    for row in ROWS:
        assert row.effect in (window.effects.switches_by_name if row.checkable else window.effects.plain), row.id
        assert not row.icon or row.icon in names(), row.icon


def test_every_kind_and_activity_has_an_icon_of_its_own() -> None:
    assert not {row.glyph for row in KINDS} - names()
    assert not {row.icon for row in ACTIVITIES} - names()
    assert not {row.group for row in CAPABILITIES} - names()


def test_no_key_is_taken_twice() -> None:
    keys = [row.keys for row in ROWS if row.keys]
    assert len(keys) == len(set(keys))


def test_every_widget_that_takes_the_keyboard_has_an_accessible_name(window: MainWindow, live: Live) -> None:
    for activity in ACTIVITIES:
        window.show_activity(activity.name)
        window.feed.selection.pick_device(window.feed.twin.devices[0].id)
        live(window)
        nameless = [
            w
            for w in window.findChildren(QWidget)
            if w.isVisible() and w.focusPolicy() & Qt.FocusPolicy.TabFocus and not type(w).__name__.startswith("QTabBar")
            and not w.accessibleName() and not getattr(w, "text", str)() and not w.objectName().startswith("qt_")
            and type(w).__name__ not in ("QMenuBar", "QGraphicsView", "GraphicsView")
        ]  # fmt: skip
        assert not nameless, [(type(w).__name__, w.objectName(), w.parent()) for w in nameless]


def test_no_label_reads_markup(window: MainWindow, api: FakeDesk, live: Live) -> None:
    evil = "<img src=x>&<b>bold</b>"
    devices = tuple(replace(d, name=evil, maker=evil, model=evil) for d in api.twin.devices)
    api.change(replace(api.twin, devices=devices, name=evil))
    api.inbox.put_change(CandidatesChanged(tuple(replace(c, name=evil, product=evil) for c in CANDIDATES)))
    api.inbox.put_change(ProblemRaised(plain(evil, evil, code="x", where=evil)))
    window.feed.selection.pick_device(devices[0].id)
    window.show_activity("install")
    live(window)
    rich = [w for w in window.findChildren(QLabel) if w.textFormat() is not Qt.TextFormat.PlainText and w.text()]
    assert not rich, [w.text() for w in rich]


def test_without_a_project_the_welcome_page_offers_one_button_and_the_demo(
    make_window: Callable[[FakeDesk], MainWindow],
) -> None:
    api = FakeDesk(twin=Twin(), path="")
    window = make_window(api)
    assert window.pages.currentWidget() is window.parts["welcome"]
    window.parts["welcome"].demo.click()
    assert api.asked[-1] == ("open_demo", ("home",))
    api.change(FakeDesk().twin)
    window.feed.tick()
    assert window.pages.currentWidget() is window.scene_page


def test_a_project_on_its_way_does_not_flash_the_welcome_page(make_window: Callable[[FakeDesk], MainWindow]) -> None:
    api = FakeDesk(twin=Twin(), path="")
    window = make_window(api)
    window.show_opening(True)
    assert window.pages.currentWidget() is window.scene_page
    api.inbox.put_change(ProblemRaised(plain("Something else", "It does not end the opening", code="x")))
    window.feed.tick()
    assert window.pages.currentWidget() is window.scene_page


def test_a_click_on_a_lamp_in_the_twin_switches_it_and_shows_it(window: MainWindow, api: FakeDesk) -> None:
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    view_of(window).device_clicked.emit(lamp.id)
    assert api.asked[-1] == ("command", (lamp.points[0].id, "off", None))
    assert window.feed.selection.state.devices == {lamp.id}


def test_a_click_on_a_sensor_opens_it_and_commands_nothing(window: MainWindow, api: FakeDesk) -> None:
    sensor = api.twin.find_device("Climate sensor")
    assert sensor is not None
    view_of(window).device_clicked.emit(sensor.id)
    assert not [what for what, _ in api.asked if what == "command"]
    assert window.feed.selection.state.devices == {sensor.id}


def test_a_click_on_an_offline_lamp_commands_nothing(window: MainWindow, api: FakeDesk) -> None:
    lamp = api.twin.find_device("Guest lamp")
    assert lamp is not None
    view_of(window).device_clicked.emit(lamp.id)
    assert not [what for what, _ in api.asked if what == "command"]


def test_a_rectangle_and_ctrl_select_many_devices_that_one_gesture_commands(window: MainWindow, api: FakeDesk) -> None:
    lamps = [d for d in api.twin.devices if (point := d.point("on_off")) and point.writable][:2]
    assert len(lamps) == 2
    view = view_of(window)
    view.devices_banded.emit(frozenset({lamps[0].id}), False)
    view.device_toggled.emit(lamps[1].id)
    assert window.feed.selection.state.devices == {lamp.id for lamp in lamps}
    view.devices_banded.emit(frozenset(), True)
    assert len(window.feed.selection.state.devices) == 2
    view.devices_banded.emit(frozenset(), False)
    assert not window.feed.selection.state.devices


def test_a_device_dropped_in_the_twin_is_bound_there(window: MainWindow, api: FakeDesk) -> None:
    plug = api.twin.find_device("New plug")
    assert plug is not None
    view_of(window).device_dropped.emit(plug.id, room_id("Study"), (8.0, 6.0, 0.3))
    assert api.asked[-1] == ("bind", (plug.id, room_id("Study"), (8.0, 6.0, 0.3)))


def test_stepping_through_the_storeys_ends_at_the_whole_building(window: MainWindow) -> None:
    seen = []
    for _ in range(4):
        window.effects.run("storey_down")
        seen.append(window.feed.selection.state.storey)
    assert seen == [StoreyId("upper"), StoreyId("ground"), StoreyId("ground"), StoreyId("ground")]
    for _ in range(3):
        window.effects.run("storey_up")
    assert window.feed.selection.state.storey is None


def test_undo_and_redo_say_what_they_will_do(window: MainWindow, api: FakeDesk) -> None:
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    api.rename(lamp.id, "Standing lamp")
    window.menus.name_undo(window.feed.api)
    assert window.actions_by_id["undo"].text() == "Undo: Rename Floor lamp to Standing lamp"
    window.effects.run("undo")
    window.feed.tick()
    assert window.toast.label.text() == "Undone: Rename Floor lamp to Standing lamp"
    assert api.twin.device_of[lamp.id] is lamp


def test_the_language_changes_while_the_window_is_open(window: MainWindow, live: Live) -> None:
    window.effects.run("language_zh_CN")
    assert window.menus.menus["File"].title() == "文件(&F)"
    assert window.parts["tree"].search.placeholderText() == "搜索房间和设备"
    assert "个设备" in window.parts["status"].devices.text()
    assert window.settings.text("language") == "zh_CN"
    window.effects.run("language_en")
    assert window.menus.menus["File"].title() == "&File"


@pytest.mark.parametrize("outcome", ["read", "failed"])
def test_of_languages_that_are_chosen_one_after_another_the_last_is_spoken(
    window: MainWindow, api: FakeDesk, live: Live, monkeypatch: pytest.MonkeyPatch, outcome: str
) -> None:
    late: list[Future[object]] = []
    monkeypatch.setattr(project_actions, "is_loaded", lambda language: language != "zh_CN")

    def compute(work: Callable[[], object]) -> Future[object]:
        future: Future[object] = Future()
        if work != window.settings.save:
            late.append(future)
        return future

    monkeypatch.setattr(api, "compute", compute)
    window.effects.set_language("zh_CN")
    window.effects.set_language("en")  # the one that is spoken still
    assert window.settings.text("language") == "en"
    late[0].set_result(None)
    live(window)
    assert current_language() == "en"
    window.effects.set_language("zh_CN")
    if outcome == "failed":
        late[1].set_exception(ProblemError(Problem(code="engine.gone")))
        live(window)
        assert current_language() == "en"
        window.effects.set_language("zh_CN")
    late[-1].set_result(None)
    live(window)
    assert current_language() == "zh_CN"


def test_rooms_are_coloured_by_what_the_devices_can_tell_until_somebody_chooses(
    make_window: Callable[[FakeDesk], MainWindow],
) -> None:
    full = FakeDesk()
    api = FakeDesk(twin=replace(full.twin, devices=()))
    window = make_window(api)
    assert window.feed.selection.state.colour_by == ""
    api.change(full.twin)
    window.feed.tick()
    assert window.feed.selection.state.colour_by == "temperature"
    window.feed.selection.change(colour_by="co2")
    api.change(replace(full.twin, name="Other"))
    window.feed.tick()
    assert window.feed.selection.state.colour_by == "co2"


def test_fahrenheit_is_shown_everywhere_at_once(window: MainWindow, api: FakeDesk, live: Live) -> None:
    sensor = api.twin.find_device("Climate sensor")
    assert sensor is not None
    tree = window.parts["tree"]
    window.effects.run("fahrenheit", on=True)
    assert tree.model.index_of(sensor.id).data(Qt.ItemDataRole.AccessibleTextRole).endswith("°F")
    assert window.settings.text("temperature_unit") == "°F"
    window.effects.run("fahrenheit", on=False)


def test_escape_lets_go_and_comes_back_to_now(window: MainWindow, api: FakeDesk) -> None:
    window.feed.selection.change(devices=frozenset({api.twin.devices[0].id}), moment_ms=api.now_ms() - 1000)
    window.effects.run("deselect")
    assert not window.feed.selection.state.devices
    assert window.feed.selection.state.moment_ms is None


def test_the_theme_changes_while_the_window_is_open(window: MainWindow, app: QApplication, qtbot: QtBot) -> None:
    before = app.palette().window().color().lightness()
    window.effects.run("dark", on=True)
    assert app.palette().window().color().lightness() < before - 100
    qtbot.waitUntil(lambda: view_of(window).told[-1][0] == "set_theme", timeout=60_000)
    assert window.actions_by_id["dark"].isChecked()


def test_the_status_line_says_each_links_state_in_words(window: MainWindow, api: FakeDesk) -> None:
    marks = list(window.parts["status"].marks.values())
    assert [mark.label.text() for mark in marks] == ["Broker online", "Matter waiting"]
    assert marks[1].toolTip() == "The server does not answer"
    api.inbox.put_change(LinkChanged(api.twin.links[0].id, "needs login"))
    window.feed.tick()
    assert marks[0].label.text() == "Broker needs login"


def test_work_under_way_is_shown_and_can_be_stopped(window: MainWindow, api: FakeDesk) -> None:
    status = window.parts["status"]
    api.inbox.put_change(Progress("import", words("Reading the building"), 0.5))
    window.feed.tick()
    assert status.gauge.isVisible()
    status.stop.click()
    assert api.asked[-1] == ("cancel", ("import",))
    api.inbox.put_change(Progress("import", None, 1.0, done=True))
    window.feed.tick()
    assert not status.gauge.isVisible()


def test_a_device_that_goes_is_counted_and_told_to_the_twin(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    lamp = api.twin.devices[0]
    api.inbox.put_change(DeviceOnline(lamp.id, False, api.now_ms()))
    live(window)
    assert "2 offline" in window.parts["status"].offline.text()
    assert ("set_online", (lamp.id, False)) in view_of(window).told


def test_only_new_values_reach_the_twin_and_only_once(window: MainWindow, api: FakeDesk) -> None:
    view_of(window).told.clear()
    point = api.twin.devices[0].points[0]
    api.inbox.put(Batch.of([api.report(point, False, api.now_ms())]))
    window.feed.tick()
    window.feed.tick()
    applied = [args for what, args in view_of(window).told if what in ("apply", "follow")]
    assert len(applied) == 1
    assert applied[0][1].tolist() == [window.feed.live.index(point.id)]


def test_the_structure_alone_does_not_fetch_the_mesh_again(window: MainWindow, api: FakeDesk) -> None:
    view_of(window).told.clear()
    api.bind(api.twin.devices[0].id, room_id("Bath"))
    window.feed.tick()
    window.feed.tick()
    told = [what for what, _ in view_of(window).told]
    assert "set_twin" in told
    assert "set_mesh" not in told


def test_a_future_that_fails_becomes_a_problem_not_a_crash(window: MainWindow, api: FakeDesk) -> None:
    from concurrent.futures import Future

    bad: Future[object] = Future()
    bad.set_exception(ProblemError(plain("The disk is full", "Make room", code="full")))
    api.answers["unbind"] = bad
    window.feed.selection.pick_device(api.twin.devices[0].id)
    window.effects.run("unbind")
    window.feed.tick()
    assert [what(p) for p in window.feed.problems] == ["The disk is full"]
    assert window.parts["bar"].problems.text().strip() == "1"
    worse: Future[object] = Future()
    worse.set_exception(RuntimeError("boom"))
    api.answers["unbind"] = worse
    window.effects.run("unbind")
    window.feed.tick()
    assert window.feed.problems[-1].code == "oikos.mistake"


def test_the_window_opens_where_it_was_closed(make_window: Callable[[FakeDesk], MainWindow]) -> None:
    first = make_window(FakeDesk())
    first.resize(1011, 707)
    first.close()
    second = make_window(FakeDesk())
    second.restore()
    assert first.settings.text("window_geometry")
    assert second.settings.file == first.settings.file


@pytest.mark.parametrize("kind", ["device", "room", "storey"])
def test_a_right_click_offers_what_can_be_done(window: MainWindow, api: FakeDesk, kind: str) -> None:
    id = {"device": api.twin.devices[0].id, "room": room_id("Kitchen"), "storey": "ground"}[kind]
    offers = [text for text, _, _ in window.effects._entries(kind, id)]
    wanted = {
        "device": {"On", "Off", "Fly there", "Blink", "Rename", "Take out of the room", "Open in trends"},
        "room": {"Fly there", "Lights on", "Lights off", "Rename"},
        "storey": {"Show this storey"},
    }
    assert wanted[kind] <= set(offers)
    window.effects.menu(kind, id, QPoint(10, 10))


def test_what_a_menu_hides_the_menu_and_a_key_bring_back(window: MainWindow, api: FakeDesk) -> None:
    effects, selection = window.effects, window.feed.selection
    room = api.twin.rooms[0]
    offers = {words: do for words, _, do in effects.filter_entries("room", room.id)}
    assert "Show all again" not in offers
    offers["Show only this room"]()
    assert selection.state.visibility.only == {("room", room.id)}
    assert "Show all again" in {words for words, _, _ in effects.filter_entries("storey", room.storey)}
    effects.run("show_all")
    assert not selection.state.visibility


def test_several_picked_devices_are_hidden_together(window: MainWindow, api: FakeDesk) -> None:
    effects, selection = window.effects, window.feed.selection
    two = [device.id for device in api.twin.devices[:2]]
    selection.change(devices=frozenset(two))
    offers = {words: do for words, _, do in effects.filter_entries("device", two[0])}
    offers["Hide these"]()
    assert selection.state.visibility.hidden == {("device", id) for id in two}


def test_the_last_storey_cannot_be_hidden(window: MainWindow, api: FakeDesk) -> None:
    effects, selection = window.effects, window.feed.selection
    for storey in api.twin.storeys:
        {words: do for words, _, do in effects.filter_entries("storey", storey.id)}["Hide this storey"]()
    assert len(selection.state.visibility.hidden) == len(api.twin.storeys) - 1


def test_enter_in_the_search_selects_the_hit_everywhere_and_flies_there(window: MainWindow, api: FakeDesk) -> None:
    tree = window.parts["tree"]
    assert isinstance(tree, TreePanel)
    device = next(d for d in api.twin.devices if d.room and sum(d.name in one.name for one in api.twin.devices) == 1)
    window.feed.selection.change(visibility=VisibilityFilter(hidden=frozenset({("device", device.id)})))
    window.effects.run("find")
    tree.search.setText(device.name)
    tree.search.returnPressed.emit()
    assert window.feed.selection.state.devices == {device.id}
    assert not window.feed.selection.state.visibility
    assert ("fly_to", (device.id,)) in view_of(window).told
    assert tree.model.node(tree.view.currentIndex()).id == device.id


def test_a_search_without_a_hit_goes_nowhere(window: MainWindow) -> None:
    tree = window.parts["tree"]
    assert isinstance(tree, TreePanel)
    tree.search.setText("no such thing")
    tree.search.returnPressed.emit()
    assert not window.feed.selection.state.devices
    assert "fly_to" not in [name for name, _ in view_of(window).told]


def test_pictures_of_the_window_differ_between_light_and_dark(window: MainWindow, live: Live) -> None:
    light = window.grab().toImage()
    window.effects.run("dark", on=True)
    live(window)
    dark = window.grab().toImage()
    assert light.size() == dark.size()
    assert light.pixelColor(10, 400).lightness() > dark.pixelColor(10, 400).lightness() + 100


def test_the_menu_follows_the_walker_and_the_box(window: MainWindow) -> None:
    window.actions_by_id["explode"].setChecked(True)
    window.scene.walked.emit(True)  # type: ignore[union-attr]
    assert window.actions_by_id["walk"].isChecked()
    assert not window.actions_by_id["explode"].isChecked()
    window.scene.sectioned.emit(True)  # type: ignore[union-attr]
    assert window.actions_by_id["section"].isChecked()


def test_one_light_at_a_time_is_chosen(window: MainWindow) -> None:
    window.actions_by_id["day"].trigger()
    window.actions_by_id["night"].trigger()
    assert [window.actions_by_id[id].isChecked() for id in ("sky", "day", "night")] == [False, False, True]
    assert [args for name, args in window.scene.told if name == "set_sky"] == [("day",), ("night",)]  # type: ignore[union-attr]


@pytest.mark.parametrize("activity", ["live", "install"])
def test_no_panel_is_cut_off_in_the_smallest_window(window: MainWindow, live: Live, activity: str) -> None:
    window.feed.selection.change(compare_ms=window.feed.api.now_ms())
    window.show_activity(activity)
    live(window)
    for size in ((1280, 800), (900, 560), (1280, 800)):
        window.resize(*size)
        live(window)
        panel = window.parts["inspector" if activity == "live" else "install"]
        assert panel.width() >= 256
        assert panel.mapTo(window, panel.rect().bottomRight()).x() <= window.width()
        assert window.parts["timeline"].width() <= window.pages.width()


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_sheet_of_keys_fits_on_a_small_screen(window: MainWindow, language: str) -> None:
    set_language(language)
    sheet = dialog_factory.keys(window)
    assert sheet.sizeHint().width() <= 1240
    assert sheet.sizeHint().height() <= 740
    sheet.close()


def test_the_view_menu_fits_on_a_small_screen_and_marks_what_is_in_force(window: MainWindow) -> None:
    view = window.menus.menus["View"]
    assert view.sizeHint().height() <= 720
    assert [action.text() for action in window.menus.menus["Light and sky"].actions() if action.isChecked()] == [
        "Even light"
    ]
    for row in ROWS:
        assert window.actions_by_id[row.id].isIconVisibleInMenu() is not row.checkable
    keys = [menu.title()[menu.title().index("&") + 1] for name, menu in window.menus.menus.items() if name in MENUS]
    assert len(set(keys)) == len(keys) == len(MENUS)


def test_a_window_that_is_only_made_takes_no_report_of_a_crash(
    home: Path, make_window: Callable[[FakeDesk], MainWindow]
) -> None:
    """A picture is made by such a window: told there, a crash would be told to nobody."""
    report = home / "log" / "running-1"
    report.parent.mkdir(parents=True)
    report.write_text("Fatal Python error", encoding="utf-8")
    window = make_window(FakeDesk())
    assert not window.feed.problems
    assert report.exists()
