"""An edit costs the window what it changes: on a real project, through the real engine, in the real window."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from pathlib import Path
from typing import Any

import pytest
from PySide6.QtWidgets import QApplication
from pytestqt.qtbot import QtBot

from app.bench.harness.many_devices import ADAPTERS, make_office
from app.engine.engine import Engine
from app.selection import Selection
from app.settings import Settings
from app.view import startup
from app.view.panel.building_tree_model import BuildingTreeModel, grown
from app.view.panel.tree import TreePanel
from app.view.scene.view import TwinView
from app.view.window import MainWindow
from twin.building.plan.drawing_builder import DrawingBuilder
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
        self._qtbot.waitUntil(holds, timeout=20_000)
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
    from app.view.panel.building_tree_model import walk

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
    drawn = real.engine.drawing().result(20)
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
