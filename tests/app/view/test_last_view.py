"""A project opens where it was left, and what is selected is seen."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from concurrent.futures import Future
from types import SimpleNamespace
from typing import Any

import pytest
from fake_api import FakeDesk, room_id
from PySide6.QtCore import QObject, Qt
from PySide6.QtWidgets import QPushButton
from pytestqt.qtbot import QtBot

from app.view.last_view import SETTING, LastView
from app.view.scene.camera.camera import CameraPose
from app.view.scene.sky.daylight_clock import SkyMode
from app.view.scene.tools.viewpoint import Viewpoint
from app.view.window import MainWindow
from tests.english import plain
from twin.model.problem import Problem, ProblemError

STOOD = Viewpoint(
    name="…", pose=CameraPose((1.0, 2.0, 3.0), 40.0, 50.0, 12.0, 30.0), storey="upper", colour_by="humidity"
)


class Stand(QObject):
    """A 3D view that only knows where it stands."""

    def __init__(self) -> None:
        super().__init__()
        self.at = STOOD
        self.visited: list[Viewpoint] = []
        self.daytime = SimpleNamespace(sky=SkyMode.NIGHT)
        self.flight = SimpleNamespace(land=lambda: None)
        self.refitted = 0
        self.camera_input = SimpleNamespace(steered=True, refit=self._refit)

    def _refit(self) -> None:
        self.refitted += 1

    def here(self, name: str) -> Viewpoint:
        return self.at

    def visit(self, point: Viewpoint) -> None:
        self.visited.append(point)


@pytest.fixture
def stand(app: object) -> Iterator[Stand]:
    made = Stand()
    yield made
    for memory in made.findChildren(LastView):
        memory._timer.stop()
    made.deleteLater()


def kept(api: FakeDesk) -> list[Any]:
    """What was written of the view."""
    return [args[1] for what, args in api.asked if what == "keep" and args[0] == SETTING]


def test_where_one_stood_is_kept_once_it_changed_and_not_in_the_past(
    window: MainWindow, api: FakeDesk, stand: Stand, live: Callable[..., None]
) -> None:
    memory = LastView(window, stand)  # type: ignore[arg-type]
    memory.save()
    assert kept(api) == []  # nothing was shown of the project yet
    memory.restore()
    live(window)
    memory.save()
    assert kept(api) == []
    stand.at = Viewpoint(name="", pose=CameraPose((5.0, 2.0, 3.0), 40.0, 50.0, 12.0, 30.0), colour_by="co2")
    memory.save()
    memory.save()
    assert [document["colour_by"] for document in kept(api)] == ["co2"]
    stand.at = STOOD
    window.feed.selection.change(moment_ms=api.clock_ms - 3_600_000)
    memory.save()
    assert len(kept(api)) == 1


def test_a_view_that_the_role_does_not_allow_to_save_is_not_asked_for_again(
    window: MainWindow, api: FakeDesk, stand: Stand, live: Callable[..., None]
) -> None:
    memory = LastView(window, stand)  # type: ignore[arg-type]
    memory.restore()
    live(window)
    refusal = api.answers["keep"] = Future()
    refusal.set_exception(ProblemError(Problem(code="door.role")))
    for colour in ("co2", "humidity", "temperature"):
        stand.at = Viewpoint(name="", pose=STOOD.pose, storey="upper", colour_by=colour)
        memory.save()
        live(window)
    assert [document["colour_by"] for document in kept(api)] == ["co2"]


def test_a_project_opens_where_it_was_left_with_its_sky(
    window: MainWindow, api: FakeDesk, stand: Stand, live: Callable[..., None]
) -> None:
    api.kept[SETTING] = STOOD.document() | {"sky": "night"}
    LastView(window, stand).restore()  # type: ignore[arg-type]
    live(window)
    assert stand.visited == [STOOD]
    assert window.actions_by_id["night"].isChecked()


@pytest.mark.parametrize(
    "found",
    [None, 7, "x", [], {"pose": "north"}, STOOD.document() | {"storey": "gone"}, STOOD.document() | {"pose": [1e9] * 8}],
)  # fmt: skip
def test_what_is_damaged_or_of_another_building_leaves_the_camera_alone(
    window: MainWindow, api: FakeDesk, stand: Stand, live: Callable[..., None], found: object
) -> None:
    api.kept[SETTING] = found
    LastView(window, stand).restore()  # type: ignore[arg-type]
    live(window)
    assert stand.visited == []


def test_a_project_that_cannot_be_written_raises_nothing(
    window: MainWindow, api: FakeDesk, stand: Stand, live: Callable[..., None]
) -> None:
    refused: Future[Any] = Future()
    refused.set_exception(ProblemError(plain("read only", "", code="x")))
    memory = LastView(window, stand)  # type: ignore[arg-type]
    memory.restore()
    live(window)
    api.answers["keep"] = refused
    stand.at = Viewpoint(name="", pose=CameraPose((5.0, 2.0, 3.0), 40.0, 50.0, 12.0, 30.0))
    memory.save()
    live(window)
    assert not window.feed.problems


def test_a_room_or_device_that_is_selected_brings_its_storey_into_focus(window: MainWindow, api: FakeDesk) -> None:
    selection = window.feed.selection
    upstairs = next(room for room in api.twin.rooms if room.storey == "upper")
    selection.change(storey="ground")
    selection.pick_room(upstairs.id)
    assert selection.state.storey == "upper"
    selection.change(storey="ground")
    selection.pick_device(next(d.id for d in api.twin.devices if d.room == upstairs.id))
    assert selection.state.storey == "upper"


def test_what_the_whole_building_covers_comes_into_focus_too(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    selection = window.feed.selection
    monkeypatch.setattr(window.scene, "shows_storey", lambda storey: storey == "upper")
    selection.change(storey=None)
    selection.pick_room(next(room.id for room in window.feed.twin.rooms if room.storey == "upper"))
    assert selection.state.storey is None
    selection.pick_room(room_id("Kitchen"))
    assert selection.state.storey == "ground"


def test_the_big_value_of_a_room_opens_its_chart(window: MainWindow, api: FakeDesk, qtbot: QtBot) -> None:
    room = next(d.room for d in api.twin.devices if d.point("temperature") and d.room)
    window.feed.selection.pick_room(room)
    value = next(b for b in window.parts["inspector"].findChildren(QPushButton) if "Temperature" in b.accessibleName())
    qtbot.mouseClick(value, Qt.MouseButton.LeftButton)
    trends = window.parts["trends"]
    charted = {api.twin.point_of[id].info.capability for id in trends.points}  # type: ignore[attr-defined]
    assert "temperature" in charted


@pytest.mark.parametrize(("steered", "times"), [(False, 1), (True, 0)])
def test_a_view_of_everything_shows_everything_in_a_window_of_another_size(
    window: MainWindow, api: FakeDesk, stand: Stand, live: Callable[..., None], *, steered: bool, times: int
) -> None:
    memory = LastView(window, stand)  # type: ignore[arg-type]
    memory.restore()
    live(window)
    stand.at = Viewpoint(name="", pose=CameraPose((5.0, 2.0, 3.0), 40.0, 50.0, 12.0, 30.0))
    stand.camera_input.steered = steered
    memory.save()
    again = Stand()
    later = LastView(window, again)  # type: ignore[arg-type]
    later.restore()
    live(window)
    assert again.refitted == times
    assert again.camera_input.steered is steered
    later._timer.stop()
    again.deleteLater()
