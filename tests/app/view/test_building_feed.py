"""What the window says, and when, while a building is on its way into the picture."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from functools import partial
from pathlib import Path

import pytest
from plain import PlainView
from PySide6.QtCore import QTimer
from PySide6.QtWidgets import QApplication

from app.selection import Selection
from app.settings import Settings
from app.view import building_feed, startup
from app.view.screenshot import wait_until
from app.view.window import MainWindow
from tests.app.view.fake_api import FakeDesk
from twin.model.change import TwinChanged


def test_what_is_drawn_soon_is_not_spoken_of_and_what_takes_longer_is(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    now = [100.0]
    monkeypatch.setattr(building_feed.time, "monotonic", lambda: now[0])
    view, status = window.scene, window.parts["status"]
    assert view is not None
    view.progressed.emit(0.0)
    now[0] += 0.2
    view.progressed.emit(0.4)
    assert not status.job.isVisibleTo(status)  # type: ignore[attr-defined]
    now[0] += 0.2
    view.progressed.emit(0.6)
    assert status.job.isVisibleTo(status)  # type: ignore[attr-defined]
    assert status.job.text() == "Drawing the building"  # type: ignore[attr-defined]
    assert not status.stop.isVisibleTo(status)  # type: ignore[attr-defined]  # nothing stops it
    view.progressed.emit(1.0)
    assert not status.job.isVisibleTo(status)  # type: ignore[attr-defined]


def test_the_mesh_is_asked_for_when_the_shape_is_another_and_then_only(
    make_window: Callable[[FakeDesk], MainWindow],
    api: FakeDesk,
    live: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = make_window(api)
    live(window)
    asked: list[int] = []
    mesh = api.mesh
    monkeypatch.setattr(api, "mesh", lambda: (asked.append(1), mesh())[1])
    twin = window.feed.twin
    for other in (
        replace(twin, rooms=tuple(replace(room, name=f"{room.name} 2") for room in twin.rooms)),
        replace(twin, storeys=tuple(replace(one, name=f"{one.name} 2") for one in twin.storeys)),
        replace(twin, rooms=tuple(replace(room, zones=("a",), usage="b") for room in twin.rooms)),
        replace(twin, devices=twin.devices[1:]),
    ):
        api.inbox.put_change(TwinChanged(other))
        live(window)
    assert asked == []
    api.inbox.put_change(TwinChanged(replace(twin, meshes=("other",))))
    live(window)
    assert asked == [1]
    api.inbox.put_change(TwinChanged(replace(twin, meshes=("other",), rooms=twin.rooms[1:])))
    live(window)
    assert asked == [1, 1]


def test_answers_that_come_at_once_are_taken_in_turns_of_their_own(window: MainWindow) -> None:
    feed, turns = window.feed, [0]
    taken: list[tuple[str, int]] = []
    wait_until(feed.is_quiet)
    counter = QTimer(window)
    counter.timeout.connect(lambda: turns.__setitem__(0, turns[0] + 1))
    counter.start(0)
    for name in ("first", "second", "third"):
        work, done = partial(str, name), lambda made: taken.append((made, turns[0]))
        building_feed.compute_on_pool(feed, work, done, lambda: None)
    feed.tick()  # all of them are there
    assert taken == []
    assert wait_until(lambda: len(taken) == 3)
    assert [name for name, _ in taken] == ["first", "second", "third"]
    assert len({turn for _, turn in taken}) == 3


def test_a_mesh_requested_before_the_view_is_there_is_not_requested_again(
    app: QApplication, late_modules: None, api: FakeDesk, tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    window = startup.build(api, api.inbox, Selection(), Settings(tmp_path / "settings.toml"))
    window.feed._timer.stop()
    asked: list[int] = []
    mesh = api.mesh
    monkeypatch.setattr(api, "mesh", lambda: (asked.append(1), mesh())[1])
    ahead = window.building.fetch_ahead()
    assert ahead is not None
    assert ahead[0] is api.twin
    window.attach(PlainView())
    assert len(asked) == 1
    window.building.fetch()  # but once only
    assert len(asked) == 2
    window.close()
    window.deleteLater()


def test_a_project_that_is_told_to_be_opened_after_its_mesh_was_requested_is_not_drawn_twice(
    make_window: Callable[[FakeDesk], MainWindow],
    api: FakeDesk,
    live: Callable[..., None],
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    window = make_window(api)
    live(window)
    asked: list[int] = []
    mesh = api.mesh
    monkeypatch.setattr(api, "mesh", lambda: (asked.append(1), mesh())[1])
    window.building.forget()
    assert not window.building.follow(window.feed.twin)
    assert asked == []
    window.building.forget()
    assert window.building.follow(replace(window.feed.twin))  # another project's, as like as two eggs
    assert asked == [1]


def test_a_picture_of_print_quality_is_given_up_with_its_project(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch
) -> None:
    under_way = [False, True]
    monkeypatch.setattr(window.scene, "stop_fine_picture", under_way.pop, raising=False)
    cancelled: list[str] = []
    monkeypatch.setattr(api, "cancel", cancelled.append)
    live(window)
    assert cancelled == []
    api.path = "cottage.oikos"
    live(window)
    assert cancelled == ["fine_light"]
    api.path = "villa.oikos"
    live(window)
    assert cancelled == ["fine_light"]
    assert under_way == []
