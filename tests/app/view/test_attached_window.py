"""The window on an engine in another process: read and write, with others at work, and when that engine goes."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path

import pytest
from plain import PlainView
from PySide6.QtCore import QEvent
from PySide6.QtWidgets import QApplication

from app.engine.clock import utc_ms
from app.selection import Selection
from app.server.door_address import door_of
from app.server.remote_engine import RemoteEngine
from app.settings import Settings
from app.view import startup
from app.view.window import MainWindow
from tests.app.conftest import Desk
from tests.app.server.conftest import OpenDoor, door  # noqa: F401 - a fixture
from twin.model.command import CommandState
from twin.model.ids import PointId, RoomId

type Attached = Callable[[], MainWindow]


@pytest.fixture
def attached(app: QApplication, late_modules: None, door: OpenDoor, tmp_path: Path) -> Iterator[Attached]:  # noqa: F811
    """Makes windows on the engine behind the door."""
    made: list[tuple[MainWindow, RemoteEngine]] = []

    def make() -> MainWindow:
        remote = RemoteEngine.of(lambda: door_of(door.desk.path), utc_ms)
        remote.start().result(60)
        window = startup.build(remote, remote.inbox, Selection(), Settings(tmp_path / f"settings{len(made)}.toml"))
        window.feed._timer.stop()
        window.attach(PlainView())
        window.show()
        made.append((window, remote))
        return window

    yield make
    for window, _ in made:
        window.close()
        window.deleteLater()
    app.sendPostedEvents(None, QEvent.Type.DeferredDelete)  # type: ignore[arg-type]
    app.processEvents()
    for _, remote in made:
        remote.stop()


def until(desk: Desk, window: MainWindow, holds: Callable[[], object]) -> None:
    """Lets window and engine live until something holds."""

    def beat() -> object:
        window.feed.tick()
        QApplication.processEvents()
        return holds()

    desk.until(beat)


def test_a_window_shows_and_commands_what_another_engine_has(door: OpenDoor, attached: Attached) -> None:  # noqa: F811
    window = attached()
    until(door.desk, window, lambda: [device.name for device in window.feed.twin.devices] == ["Lamp"])
    door.desk.world.report("t", 21.0)
    point = window.feed.twin.point_of[PointId(door.desk.point("t"))]
    until(door.desk, window, lambda: window.feed.value(point)[0] == 21.0)
    answer = window.feed.api.command(PointId(door.desk.point("on")), "on")
    assert answer.result(60).state is CommandState.CONFIRMED
    on = window.feed.twin.point_of[PointId(door.desk.point("on"))]
    until(door.desk, window, lambda: window.feed.value(on)[0] is True)


def test_two_windows_on_one_engine_see_each_others_edits(door: OpenDoor, attached: Attached) -> None:  # noqa: F811
    one, other = attached(), attached()
    until(door.desk, one, lambda: one.feed.twin.devices)
    lamp = one.feed.twin.devices[0].id
    one.feed.api.bind(lamp, RoomId("room-Hall")).result(60)
    until(door.desk, other, lambda: other.feed.twin.devices and other.feed.twin.device_of[lamp].room == "room-Hall")
    other.feed.api.undo().result(60)
    until(door.desk, one, lambda: one.feed.twin.device_of[lamp].room is None)


def test_an_engine_that_goes_leaves_the_picture_offline_and_comes_back_by_itself(
    door: OpenDoor,  # noqa: F811
    attached: Attached,
    make_desk: Callable[..., Desk],
) -> None:
    window = attached()
    until(door.desk, window, lambda: window.feed.twin.devices)
    lamp = window.feed.twin.devices[0].id
    until(door.desk, window, lambda: window.feed.is_online(lamp))
    door.desk.engine.stop()
    until(door.desk, window, lambda: "engine.gone" in [problem.code for problem in window.feed.problems])
    until(door.desk, window, lambda: not window.feed.is_online(lamp))
    assert window.feed.twin.devices
    again = make_desk(commissions=True)
    again.engine.listen()
    again.engine.open(door.desk.path).result(60)
    until(again, window, lambda: window.feed.is_online(lamp))
    until(again, window, lambda: "engine.gone" not in [problem.code for problem in window.feed.problems])


def test_another_project_is_not_opened_under_the_others(door: OpenDoor, attached: Attached, tmp_path: Path) -> None:  # noqa: F811
    window = attached()
    failed = window.feed.api.open_project(str(tmp_path / "x.oikos")).exception(10)
    assert failed is not None
    assert door.desk.engine.project() == str(door.desk.path)
