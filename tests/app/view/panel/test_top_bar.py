"""The bar over the twin: what rooms can be coloured by, and how."""

from collections.abc import Callable

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import Qt

from app.view.panel import inspector
from app.view.panel.top_bar import TopBar
from app.view.window import MainWindow
from twin.model.aggregation import colours_rooms
from twin.model.batch import Batch


def the_bar(window: MainWindow) -> TopBar:
    bar = window.parts["bar"]
    assert isinstance(bar, TopBar)
    return bar


def test_colour_by_offers_all_that_devices_in_rooms_measure(window: MainWindow) -> None:
    points = (point for device in window.feed.twin.devices if device.room for point in device.points)
    there = {point.capability for point in points if colours_rooms(point.capability)}
    menu = the_bar(window).colour.menu()
    (more,) = [action.menu() for action in menu.actions() if action.menu()]
    offered = [action.text() for action in (*menu.actions(), *more.actions()) if not action.isSeparator()]
    assert menu.sizeHint().height() <= 720
    assert {row.title for row in there if row.options or row.type != "enum"} <= set(offered)
    assert len(offered) == len(set(offered))


def test_smooth_can_be_chosen_where_it_means_something_and_is_kept_for_the_next_time(window: MainWindow) -> None:
    bar, selection = the_bar(window), window.feed.selection
    selection.change(colour_by="temperature")
    assert bar.smooth.isEnabled()
    bar.smooth.trigger()
    assert selection.state.smooth
    assert window.actions_by_id["smooth"].isChecked()
    assert window.settings["smooth"] is True
    selection.change(colour_by="battery")
    assert not bar.smooth.isEnabled()
    assert bar.smooth.isChecked()
    window.actions_by_id["smooth"].trigger()
    assert not selection.state.smooth
    assert not bar.smooth.isChecked()


def test_colour_by_offers_comfort_first_and_marks_what_is_in_force(window: MainWindow) -> None:
    bar, selection = the_bar(window), window.feed.selection
    sections: list[list[str]] = [[]]
    for action in bar.colour.menu().actions():
        if action.isSeparator():
            sections.append([])
        else:
            sections[-1].append(action.text())
    assert sections[0] == ["Plain rooms", "Comfort"]
    assert sections[1][:2] == ["Temperature", "Humidity"]
    assert "Power" in sections[2]
    selection.change(colour_by="humidity", storey="upper")
    for menu, text in ((bar.colour.menu(), "Humidity"), (bar.storey.menu(), "Upper floor")):
        marked = [action.text() for action in menu.actions() if action.isChecked()]
        assert [one for one in marked if one != "Smooth between sensors"] == [text]


def test_the_activity_bar_can_be_reached_by_tab(window: MainWindow) -> None:
    for action in window.activities.values():
        button = window.rail.widgetForAction(action)
        assert button.focusPolicy() & Qt.FocusPolicy.TabFocus
        assert action.text()


def test_a_screen_reader_hears_the_selected_device_once_for_each_change(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    heard: list[str] = []
    monkeypatch.setattr(inspector.QAccessible, "updateAccessibility", lambda event: heard.append(event.message()))
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    window.feed.selection.pick_device(lamp.id)
    live(window, 80)
    assert heard == []
    api.clock_ms += 10_000
    api.inbox.put(Batch.of([api.report(lamp.points[0], False, api.clock_ms)]))
    live(window, 80)
    live(window, 80)
    assert heard == ["Power switch: Off"]
