"""An edit costs the window what it changes: on a real project, through the real engine, in the real window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any, override

import pytest
from PySide6.QtCore import QEvent, QModelIndex, QObject
from PySide6.QtWidgets import QApplication, QWidget
from pytestqt.qtbot import QtBot

from app.bench.harness.many_devices import ADAPTERS, make_office
from app.engine.engine import Engine
from app.selection import Selection
from app.settings import Settings
from app.view import startup
from app.view.panel.building_tree_model import BuildingTreeModel
from app.view.panel.building_tree_nodes import grown
from app.view.panel.inspector import InspectorPanel
from app.view.panel.tree import TreePanel
from app.view.scene.view import TwinView
from app.view.window import MainWindow
from twin.building.plan.drawing_builder import DrawingBuilder
from twin.model.change import TwinChanged
from twin.model.drawing import DrawingWithPictures, DrawnOpening, OpeningKind
from twin.store.project import Project


class Counted:
    """The 3D view, and how often it made something."""

    def __init__(self, monkeypatch: pytest.MonkeyPatch) -> None:
        self.calls: list[str] = []
        for owner, name in ((Project, "mesh"), (TwinView, "set_mesh"), (BuildingTreeModel, "show_twin")):
            self._count(monkeypatch, owner, name)
        from app.view.scene.scene import Scene

        for name in ("_rebuild", "_replace_devices"):
            self._count(monkeypatch, Scene, name)

    def _count(self, monkeypatch: pytest.MonkeyPatch, owner: type, name: str) -> None:
        there = getattr(owner, name)

        def counted(this: object, *args: Any) -> object:
            self.calls.append(name)
            return there(this, *args)

        monkeypatch.setattr(owner, name, counted)


class Painted(QObject):
    """Which widgets were painted, and which laid out what is in them, since the last `clear`."""

    def __init__(self, app: QApplication) -> None:
        super().__init__()
        self.painted: list[QWidget] = []
        self.laid_out: list[QWidget] = []
        app.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(watched, QWidget) and event.type() is QEvent.Type.Paint:
            self.painted.append(watched)
        if isinstance(watched, QWidget) and event.type() is QEvent.Type.LayoutRequest:
            self.laid_out.append(watched)
        return False

    def clear(self) -> None:
        """Counts from now on."""
        self.painted.clear()
        self.laid_out.clear()


class Real:
    """A window on a real project with 60 devices of a gateway."""

    def __init__(self, engine: Engine, window: MainWindow, qtbot: QtBot) -> None:
        self.engine, self.window, self._qtbot = engine, window, qtbot

    def does(self, job: Future[Any]) -> None:
        """Waits for an edit until the window has shown it."""
        self.until(lambda: job.done() and self.window.feed.is_quiet() and self.window.feed.twin is self.engine.twin)
        job.result(0)

    def until(self, holds: Callable[[], bool]) -> None:
        """Lets the window live until something holds."""
        self._qtbot.waitUntil(holds, timeout=60_000)
        QApplication.processEvents()


@pytest.fixture
def real(app: QApplication, qtbot: QtBot, tmp_path: Path) -> Iterator[Real]:
    path = tmp_path / "office.oikos"
    make_office(path)
    engine = Engine(tmp_path / "home", settings=Settings(tmp_path / "settings.toml"))
    engine.context.__dict__["adapters"] = ADAPTERS
    engine.start()
    try:
        engine.open(path).result(30)
        engine.add("many://60").result(30)
        engine.bind_all(engine.twin.suggested_rooms()).result(30)
        window = startup.build(engine, engine.inbox, Selection(), Settings(tmp_path / "window.toml"), opening=True)
        window.show()
        window.attach(TwinView(window.feed.selection, kind="image"))
        made = Real(engine, window, qtbot)
        made.until(window.is_filled)
        made.until(lambda: bool(window.feed.is_quiet()) and window.feed.twin is engine.twin)
        yield made
        window.close()
        window.deleteLater()
    finally:
        engine.stop()


def titles(window: MainWindow) -> list[tuple[str, str]]:
    """Every line of the tree with the line above it."""
    tree = window.parts["tree"]
    assert isinstance(tree, TreePanel)
    return [(node.title, node.parent.title if node.parent else "") for node in lines(tree.model.root)]


def lines(root: Any) -> list[Any]:
    """The lines below one, as they are shown."""
    from app.view.panel.building_tree_nodes import walk

    found = walk(root)
    for node in [root, *found]:
        assert [child.row for child in node.children] == list(range(len(node.children)))
    return found


def test_a_renamed_device_makes_nothing_anew(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    device = real.engine.twin.devices[7]
    real.window.feed.selection.pick_device(device.id)
    real.does(real.engine.rename(device.id, "Zenith"))
    assert counted.calls == []
    assert ("Zenith", real.engine.twin.room_of[device.room].title) in titles(real.window)  # type: ignore[index]
    tree = real.window.parts["tree"]
    assert isinstance(tree, TreePanel)
    assert [tree.model.node(index).title for index in tree.view.selectionModel().selectedIndexes()] == ["Zenith"]
    real.does(real.engine.undo())
    assert counted.calls == []
    assert not any(title == "Zenith" for title, _ in titles(real.window))


def news_of_a_rename(real: Real, name: str) -> TwinChanged:
    """What the engine tells of it, taken out of the inbox before the window sees it."""
    told = list[TwinChanged]()

    def came() -> bool:
        told.extend(change for change in real.engine.inbox.drain()[1] if isinstance(change, TwinChanged))
        return bool(told)

    real.engine.rename(real.engine.twin.devices[7].id, name).result(30)
    real.until(came)
    return told[-1]


def shown_by(window: MainWindow, news: TwinChanged, app: QApplication) -> Painted:
    """What the window paints and lays out because of the news alone: only posted layouts and paintings are done, and the
    work that was put off; no timer and no other thread gets a turn meanwhile."""
    drawn(app)
    seen = Painted(app)
    try:
        window.feed._take(news)
        drawn(app)
        while not window.feed.turns.is_empty:
            window.feed.turns._run_next()
            drawn(app)
    finally:
        app.removeEventFilter(seen)
    return seen


def drawn(app: QApplication) -> None:
    """Does the layouts and paintings that are asked for, and those that they ask for."""
    for _ in range(10):
        for kind in (QEvent.Type.LayoutRequest, QEvent.Type.UpdateRequest):
            app.sendPostedEvents(None, kind)  # type: ignore[arg-type]


def test_news_of_a_second_rename_paints_its_own_words_and_nothing_that_lies_below(
    real: Real, app: QApplication
) -> None:
    window = real.window
    window.feed._timer.stop()
    first, second = news_of_a_rename(real, "Zenith"), news_of_a_rename(real, "htineZ")  # as wide
    shown_by(window, first, app)
    seen = shown_by(window, second, app)
    assert "htineZ" in window.toast.label.text()
    assert window.toast.label in seen.painted
    timeline = window.parts["timeline"]
    below = (window.pages, timeline, *timeline.findChildren(QWidget))
    assert [widget for widget in below if widget in seen.painted] == []
    assert [widget for widget in (window, window.pages) if widget in seen.laid_out] == []


def test_a_count_in_the_top_bar_that_stays_lays_nothing_out(real: Real, app: QApplication) -> None:
    real.window.feed._timer.stop()
    drawn(app)
    seen = Painted(app)
    try:
        real.window.top_bar.recount()
        drawn(app)
    finally:
        app.removeEventFilter(seen)
    assert (seen.painted, seen.laid_out) == ([], [])


def test_an_edit_of_many_devices_gives_the_tree_a_turn_of_its_own_and_leaves_the_numbers_of_the_building(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    inspector, feed = real.window.parts["inspector"], real.window.feed
    assert isinstance(inspector, InspectorPanel)
    page, told = inspector.page, list[list[str]]()
    feed.changed.connect(lambda change: told.append([*counted.calls]) if isinstance(change, TwinChanged) else None)
    real.does(real.engine.unbind(*(device.id for device in real.engine.twin.devices)))
    real.does(real.engine.undo())
    assert told == [["_replace_devices"], ["_replace_devices", "show_twin", "_replace_devices"]]
    assert counted.calls == ["_replace_devices", "show_twin"] * 2
    assert inspector.page is page
    fresh = [(node.title, node.parent.title if node.parent else "") for node in lines(grown(real.engine.twin, ""))]
    assert titles(real.window) == fresh


def test_selecting_many_devices_makes_few_indices_and_builds_their_page_in_a_turn_of_its_own(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree, inspector = real.window.parts["tree"], real.window.parts["inspector"]
    assert isinstance(tree, TreePanel)
    assert isinstance(inspector, InspectorPanel)
    tree.view.expandAll()
    QApplication.processEvents()
    made, page, model = list[int](), inspector.page, tree.model
    create = model.createIndex
    monkeypatch.setattr(model, "createIndex", lambda row, column, node: made.append(row) or create(row, column, node))
    tree.view.selectAll()
    assert len(real.window.feed.selection.state.devices) == 60
    assert len(made) < 6 * len(lines(model.root))
    assert inspector.page is page
    real.until(real.window.feed.is_quiet)
    assert inspector.page is not page


def test_another_theme_lays_the_tree_out_once_at_most_for_each_style_sheet(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    tree = real.window.parts["tree"]
    assert isinstance(tree, TreePanel)
    tree.view.expandAll()
    QApplication.processEvents()
    asked, index = list[int](), BuildingTreeModel.index

    def counted(this: BuildingTreeModel, row: int, column: int, parent: Any = None) -> QModelIndex:
        asked.append(row)
        return index(this, row, column) if parent is None else index(this, row, column, parent)

    monkeypatch.setattr(tree.model, "index", counted.__get__(tree.model))
    real.window.apply_theme("dark")
    real.window.apply_theme("light")
    assert len(asked) <= 2 * 2 * len(lines(tree.model.root)) + 50


def test_another_language_translates_panels_that_nobody_sees_in_turns_of_their_own(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = real.window
    window.show_panel("devices", True)
    real.until(lambda: "devices" in window.parts and bool(window.feed.is_quiet()))
    window.show_panel("devices", False)
    done, panel = list[str](), window.parts["devices"]
    translate = type(panel).retranslate
    monkeypatch.setattr(type(panel), "retranslate", lambda this: done.append("devices") or translate(this))
    window.set_language("zh_CN")
    try:
        assert done == []
        assert window.actions_by_id["undo"].text() != "Undo"
        real.until(window.feed.is_quiet)
        assert done == ["devices"]
    finally:
        window.set_language("en")
        real.until(window.feed.is_quiet)


def test_a_device_that_moves_to_another_room_leaves_the_building_and_the_tree_as_they_are(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    twin = real.engine.twin
    for device, room in zip(twin.devices[:12], twin.rooms[20:32], strict=True):
        real.does(real.engine.bind(device.id, room.id))
    assert set(counted.calls) == {"_replace_devices"}
    tree = real.window.parts["tree"]
    assert isinstance(tree, TreePanel)
    fresh = [(node.title, node.parent.title if node.parent else "") for node in lines(grown(real.engine.twin, ""))]
    assert titles(real.window) == fresh


def test_a_renamed_room_is_not_built_again(real: Real, monkeypatch: pytest.MonkeyPatch) -> None:
    counted = Counted(monkeypatch)
    real.does(real.engine.rename(real.engine.twin.rooms[3].id, "Meeting"))
    assert set(counted.calls) <= {"show_twin"}
    assert real.window.scene is not None
    assert real.window.scene.scene.twin is real.engine.twin  # type: ignore[attr-defined]


def test_a_window_drawn_into_a_wall_is_seen_although_every_room_is_as_it_was(
    real: Real, monkeypatch: pytest.MonkeyPatch
) -> None:
    counted = Counted(monkeypatch)
    drawn = real.engine.drawing().result(60)
    assert drawn is not None
    storey = drawn.drawing.storeys[0]
    opening = DrawnOpening(
        id=storey.next_id, wall=1, offset_m=3.0, width_m=1.2, height_m=1.2, sill_m=0.9, kind=OpeningKind.WINDOW
    )
    from dataclasses import replace

    drawing = drawn.drawing.with_storey(replace(storey, openings=(opening,)))
    rooms = real.engine.twin.rooms
    real.does(real.engine.set_drawing(DrawingWithPictures(drawing)))
    assert real.engine.twin.rooms == rooms
    real.until(lambda: "set_mesh" in counted.calls)
    walls = sum(len(part.positions) for part in DrawingBuilder().build(drawing).mesh.parts)
    assert real.window.scene is not None
    shown = real.window.scene.scene.mesh  # type: ignore[attr-defined]
    assert sum(len(part.positions) for part in shown.parts) == walls


def test_an_edit_tells_the_screen_no_value_again(real: Real) -> None:
    told: list[int] = []
    real.window.feed.rows.connect(lambda rows: told.append(len(rows)))
    real.does(real.engine.rename(real.engine.twin.devices[3].id, "Other"))
    real.does(real.engine.unbind(*(device.id for device in real.engine.twin.devices)))
    assert told == []
