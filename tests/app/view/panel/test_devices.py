"""Every device in one table: found by words, sorted, selected in both directions, saved."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from fake_api import device as made
from PySide6.QtCore import QItemSelectionModel, QPoint, Qt
from PySide6.QtWidgets import QApplication, QFileDialog
from pytestqt.qtbot import QtBot

from app.view.panel.device_table_model import COLUMNS
from app.view.panel.devices import DevicesPanel
from app.view.window import MainWindow
from twin.model.batch import Batch
from twin.model.change import DeviceOnline


def table(window: MainWindow, live: Callable[..., None]) -> DevicesPanel:
    """The table, open and filled."""
    window.effects.run("devices", on=True)
    live(window)
    panel = window.parts["devices"]
    assert isinstance(panel, DevicesPanel)
    return panel


def names(panel: DevicesPanel) -> list[str]:
    """The names of the lines."""
    return [str(panel.lines.data(panel.lines.index(at, 0))) for at in range(panel.lines.rowCount())]


def test_every_device_has_its_line_with_the_age_of_its_last_word(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    panel = table(window, live)
    assert sorted(names(panel)) == sorted(device.name for device in api.twin.devices)
    at = names(panel).index("Guest lamp")
    ages = [column.title for column in COLUMNS].index("Last heard")
    assert panel.lines.data(panel.lines.index(at, ages)) == "14 min ago"


@pytest.mark.parametrize("words", ["offline", "Offline guest", "GUEST"])
def test_a_silent_device_is_found_by_words(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], words: str
) -> None:
    panel = table(window, live)
    panel.search.setText(words)
    assert "Guest lamp" in names(panel)
    assert len(names(panel)) < len(api.twin.devices)


def test_kinds_are_found_by_their_english_name_in_every_language(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    panel = table(window, live)
    panel.search.setText("thermostat")
    found = names(panel)
    assert found
    window.set_language("zh_CN")
    live(window)
    assert names(panel) == found


def test_low_batteries_are_found(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    sensor = next(d for d in api.twin.devices if d.point("battery"))
    point = sensor.point("battery")
    assert point is not None
    panel = table(window, live)
    panel.search.setText("low battery")
    assert names(panel) == []
    api.clock_ms += 10_000
    api.inbox.put(Batch.of([api.report(point, 9.0, api.clock_ms)]))
    live(window, 80)
    assert names(panel) == [sensor.name]


def test_one_click_on_n_offline_lists_them(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], qtbot: QtBot
) -> None:
    live(window)
    status = window.parts["status"]
    qtbot.mouseClick(status.offline, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    panel = table(window, live)
    away = {d.name for d in api.twin.devices if not window.feed.is_online(d.id)}
    assert set(names(panel)) == away
    assert window.docks["devices"].isVisible()


def test_a_device_that_comes_back_leaves_the_list_of_those_offline(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    panel = table(window, live)
    panel.search.setText("offline")
    lamp = api.twin.find_device("Guest lamp")
    assert lamp is not None
    api.inbox.put_change(DeviceOnline(lamp.id, True, api.clock_ms))
    live(window)
    assert "Guest lamp" not in names(panel)


@pytest.mark.parametrize("column", range(len(COLUMNS)))
def test_each_column_sorts_both_ways(window: MainWindow, live: Callable[..., None], column: int) -> None:
    panel = table(window, live)
    panel.table.sortByColumn(column, Qt.SortOrder.AscendingOrder)
    rising = panel.lines.order_of(column)
    panel.table.sortByColumn(column, Qt.SortOrder.DescendingOrder)
    falling = panel.lines.order_of(column)
    assert rising == falling[::-1]


def test_lines_and_the_twin_select_each_other(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    panel = table(window, live)
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    window.feed.selection.pick_device(lamp.id)
    chosen = {index.row() for index in panel.table.selectionModel().selectedRows()}
    assert [names(panel)[at] for at in chosen] == ["Floor lamp"]
    model = panel.table.selectionModel()
    flags = QItemSelectionModel.SelectionFlag.Rows
    model.select(panel.lines.index(0, 0), flags | QItemSelectionModel.SelectionFlag.ClearAndSelect)
    model.select(panel.lines.index(1, 0), flags | QItemSelectionModel.SelectionFlag.Select)
    assert window.feed.selection.state.devices == {panel.lines.id_at(0), panel.lines.id_at(1)}


def test_what_is_listed_is_saved(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    panel = table(window, live)
    panel.search.setText("offline")
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: ("/nowhere/list", ""))
    panel.save.click()
    assert ("export_devices", ("/nowhere/list.csv", frozenset(panel.lines.ids()))) in api.asked


def test_a_right_click_offers_what_can_be_done(window: MainWindow, live: Callable[..., None]) -> None:
    panel = table(window, live)
    wanted: list[tuple[str, str]] = []
    panel.menu_wanted.connect(lambda kind, thing, at: wanted.append((kind, thing)))
    panel._menu(QPoint(5, 5))
    assert wanted == [("device", panel.lines.id_at(0))]


def test_two_thousand_devices_are_listed_without_a_stall(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    more = tuple(made(f"Lamp {i}", "light", "Kitchen", ("on_off", "level")) for i in range(2000))
    api.change(replace(api.twin, devices=(*api.twin.devices, *more)))
    panel = table(window, live)
    assert panel.lines.rowCount() == len(api.twin.devices)
    panel.search.setText("lamp 1999")
    assert names(panel) == ["Lamp 1999"]
    assert panel.count.text() == f"1 of {len(api.twin.devices):,}"


def test_what_is_typed_after_the_key_goes_into_the_search(
    window: MainWindow, live: Callable[..., None], qtbot: QtBot
) -> None:
    window.activateWindow()
    panel = table(window, live)
    assert panel.search.hasFocus()
    qtbot.keyClicks(panel.search, "guest")
    assert "Guest lamp" in names(panel)


def test_a_look_at_two_thousand_lines_reads_values_of_those_in_sight_only(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    more = tuple(made(f"Lamp {i}", "light", "Kitchen", ("on_off", "level")) for i in range(2000))
    api.change(replace(api.twin, devices=(*api.twin.devices, *more)))
    panel = table(window, live)
    asked: list[object] = []
    for name in ("value", "last_seen_ms"):
        there = getattr(window.feed, name)
        monkeypatch.setattr(window.feed, name, lambda thing, there=there: asked.append(thing) or there(thing))
    panel._look()
    QApplication.processEvents()
    in_sight = panel.table.viewport().height() // panel.table.rowHeight(0) + 2
    assert len(asked) <= 10 * in_sight < 500


def test_a_device_that_speaks_moves_in_the_order_of_last_words_and_the_current_line_stays_its_own(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    panel = table(window, live)
    panel.table.sortByColumn([column.title for column in COLUMNS].index("Last heard"), Qt.SortOrder.AscendingOrder)
    lamp = api.twin.find_device("Guest lamp")
    assert lamp is not None
    window.feed.selection.pick_device(lamp.id)
    at = names(panel).index("Guest lamp")
    panel.table.selectionModel().setCurrentIndex(panel.lines.index(at, 0), QItemSelectionModel.SelectionFlag.NoUpdate)
    api.clock_ms += 60_000
    api.inbox.put(Batch.of([api.report(lamp.points[0], True, api.clock_ms)]))
    live(window, 80)
    assert names(panel)[0] == "Guest lamp" != names(panel)[at]
    assert panel.table.currentIndex().row() == 0
    assert {index.row() for index in panel.table.selectionModel().selectedRows()} == {0}


def test_a_renamed_device_keeps_all_other_lines(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    panel = table(window, live)
    before = {line.device.id: line for line in panel.lines._all}
    lamp = api.twin.find_device("Floor lamp")
    assert lamp is not None
    api.rename(lamp.id, "Standing lamp")
    live(window)
    assert "Standing lamp" in names(panel)
    assert {line.device.id for line in panel.lines._all if before[line.device.id] is not line} == {lamp.id}


def test_thousands_that_are_selected_together_are_few_ranges_in_table_and_tree(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    more = tuple(made(f"Lamp {i}", "light", "Kitchen", ("on_off", "level")) for i in range(2000))
    api.change(replace(api.twin, devices=(*api.twin.devices, *more)))
    panel = table(window, live)
    panel.table.selectAll()
    assert window.feed.selection.state.devices == {device.id for device in api.twin.devices}
    tree = window.parts["tree"].view.selectionModel()  # type: ignore[attr-defined]
    assert tree.selection().size() <= len(api.twin.rooms) + 1
    assert len(tree.selectedIndexes()) == len(api.twin.devices)
    window.feed.selection.change(devices=frozenset(device.id for device in more))
    assert len(panel.table.selectionModel().selectedRows()) == 2000
    assert panel.table.selectionModel().selection().size() <= 20


def test_the_age_of_the_last_word_and_the_state_are_in_sight_in_a_narrow_window_until_the_user_sets_widths(
    window: MainWindow, live: Callable[..., None], qtbot: QtBot
) -> None:
    window.resize(1280, 800)
    panel = table(window, live)
    for width in (630, 1700, 630):
        panel.resize(width, 280)
        QApplication.processEvents()
        right = sum(panel.table.columnWidth(at) for at in range([c.title for c in COLUMNS].index("State") + 1))
        assert right <= panel.table.viewport().width()
        assert (panel.table.columnWidth(0) > COLUMNS[0].width_px) == (width == 1700)
    edges = panel.table.horizontalHeader().viewport()
    edge = QPoint(panel.table.columnWidth(0) - 1, edges.height() // 2)
    qtbot.mousePress(edges, Qt.MouseButton.LeftButton, pos=edge)
    qtbot.mouseMove(edges, edge + QPoint(80, 0))
    qtbot.mouseRelease(edges, Qt.MouseButton.LeftButton, pos=edge + QPoint(80, 0))
    own = panel.table.columnWidth(0)
    assert own > 200
    panel.resize(900, 280)
    QApplication.processEvents()
    assert panel.table.columnWidth(0) == own


def test_a_column_that_is_fitted_by_a_double_click_keeps_its_width(
    window: MainWindow, live: Callable[..., None], qtbot: QtBot
) -> None:
    panel = table(window, live)
    panel.resize(900, 280)
    QApplication.processEvents()
    before, edges = panel.table.columnWidth(0), panel.table.horizontalHeader().viewport()
    edge = QPoint(before - 1, edges.height() // 2)
    qtbot.mouseClick(edges, Qt.MouseButton.LeftButton, pos=edge)
    qtbot.mouseDClick(edges, Qt.MouseButton.LeftButton, pos=edge)
    own = panel.table.columnWidth(0)
    assert own != before
    panel.resize(1000, 280)
    QApplication.processEvents()
    assert panel.table.columnWidth(0) == own


def test_in_the_past_the_table_names_the_moment_whose_values_it_shows(
    window: MainWindow, live: Callable[..., None]
) -> None:
    panel = table(window, live)
    assert "As it was" not in panel.count.text()
    window.feed.selection.change(moment_ms=window.feed.now_ms() - 3_600_000)
    window.feed._past.state = window.feed.live
    live(window, 80)
    assert "As it was: " in panel.count.text()


def test_numbers_in_names_sort_as_numbers(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    lamps = [made(f"Lamp {number}", "light", "Kitchen", ("on_off",)) for number in (10, 9, 2, 100)]
    api.change(replace(api.twin, devices=tuple(lamps)))
    panel = table(window, live)
    assert names(panel) == ["Lamp 2", "Lamp 9", "Lamp 10", "Lamp 100"]
