"""Panels are made when they are first seen, and are then as if they had been there from the start."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtWidgets import QLabel
from pytestqt.qtbot import QtBot
from turns import run_turns

from app.i18n import tr
from app.selection import Selection
from app.settings import Settings
from app.view import startup
from app.view.docks import FailedNote, LoadingNote
from app.view.panel.panel_base import Panel
from app.view.panel.panel_table import ACTIVITIES, PANELS, PanelPlace
from app.view.window import MainWindow
from tests.english import plain


@pytest.mark.parametrize("place", PANELS, ids=lambda place: place.name)
def test_every_row_names_a_panel(place: PanelPlace) -> None:
    assert issubclass(place.panel(), Panel)


def test_a_panel_is_made_when_its_dock_is_first_shown_in_a_later_turn_than_the_layout(window: MainWindow) -> None:
    seen = {name for row in ACTIVITIES if row.name == "live" for name in row.panels}
    assert {place.name for place in PANELS if place.name in window.parts} == seen
    assert window.docks["install"].widget() is None
    window.show_activity("install")
    assert isinstance(window.docks["install"].widget(), LoadingNote)
    assert window.docks["install"].isVisible()
    assert "install" not in window.parts
    run_turns(window)
    assert window.docks["install"].widget() is window.parts["install"]
    assert window.parts["install"].isVisible()


def test_each_requested_panel_is_made_once_in_a_turn_of_its_own_before_what_is_asked_of_it(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    steps: list[str] = []
    turn, made = window.feed.turns._run_next, window.parts._made

    def note_made(name: str, panel: Panel) -> object:
        steps.append(f"made {name}")
        return made(name, panel)

    monkeypatch.setattr(window.parts, "_made", note_made)
    for times in ("first", "second"):
        window.show_panel("devices", True)
        window.with_panel("devices", lambda _, times=times: steps.append(f"asked {times}"))
    window.with_panel("links", lambda _: steps.append("asked links"))
    assert steps == []
    while not window.feed.turns.is_empty:
        steps.append("turn")
        turn()
    asked = ["asked first", "asked second"]
    made = ["turn", "turn", "turn", "made devices", "turn", "made links"]
    assert steps == [*made, "turn", *asked, "turn", "asked links"]
    window.with_panel("devices", lambda _: steps.append("at once"))
    assert steps[-1] == "at once"


def test_the_focus_goes_to_a_panel_that_was_asked_to_take_it_before_it_was_made(window: MainWindow) -> None:
    window.activateWindow()
    window.show_panel("devices", True)
    window.with_panel("devices", lambda panel: panel.search.setFocus())  # type: ignore[attr-defined]
    run_turns(window)
    assert window.focusWidget() is window.parts["devices"].search  # type: ignore[attr-defined]


def test_a_window_that_closes_before_a_requested_panel_is_made_makes_none(window: MainWindow) -> None:
    asked: list[Panel] = []
    window.show_activity("links")
    window.with_panel("links", asked.append)
    window.close()
    run_turns(window)
    assert "links" not in window.parts
    assert asked == []


@pytest.mark.expects_log
def test_a_panel_that_cannot_be_made_is_tried_again_when_it_is_shown_again(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def fail() -> Panel:
        raise BufferError

    make = window.parts._makers["links"]
    monkeypatch.setitem(window.parts._makers, "links", fail)
    window.show_activity("links")
    run_turns(window)
    assert isinstance(window.docks["links"].widget(), FailedNote)
    monkeypatch.setitem(window.parts._makers, "links", make)
    window.show_activity("live")
    window.show_activity("links")
    run_turns(window)
    assert window.docks["links"].widget() is window.parts["links"]


def test_the_sizes_of_a_saved_layout_come_back_though_the_panels_are_made_later(
    window: MainWindow, qtbot: QtBot, api: FakeDesk, tmp_path: Path
) -> None:
    window.resizeDocks([window.docks["tree"]], [330], Qt.Orientation.Horizontal)
    run_turns(window)
    assert window.docks["tree"].width() == 330
    window.keep_layout()
    saved = Settings.load(tmp_path)
    del saved.values["window_geometry"]  # the screen of the tests is smaller than the window
    again = startup.build(api, api.inbox, Selection(), saved, bare=True)
    qtbot.addWidget(again)
    again.show()
    again.modules.release()
    run_turns(again)
    assert again.docks["tree"].widget() is again.parts["tree"]
    assert again.docks["tree"].width() == 330


def test_a_panel_that_is_asked_for_before_it_is_seen_is_the_one_that_is_seen(window: MainWindow) -> None:
    asked = window.parts["links"]
    window.show_activity("links")
    assert window.docks["links"].widget() is asked


def test_a_panel_made_late_knows_what_came_before_and_its_wishes_are_heard(
    window: MainWindow, live: Callable[..., None]
) -> None:
    window.feed.raise_problem(plain("The lamp fell down", "Put it up", code="x"))
    live(window)
    assert "problems" not in window.parts
    window.show_panel("problems", True)
    live(window)
    assert any("The lamp fell down" in label.text() for label in window.parts["problems"].findChildren(QLabel))
    bar = window.parts["bar"]
    assert bar.problems.text().strip() == "1"  # type: ignore[attr-defined]
    window.parts["problems"].forget.click()  # type: ignore[attr-defined]
    assert bar.problems.text().strip() in ("", "0")  # type: ignore[attr-defined]


def test_a_panel_made_after_a_change_of_language_speaks_it(window: MainWindow) -> None:
    window.set_language("zh_CN")
    try:
        window.show_panel("devices", True)
        assert window.parts["devices"].save.text() == tr("Save table…") != "Save table…"  # type: ignore[attr-defined]
    finally:
        window.set_language("en")


@pytest.mark.parametrize(("width", "both"), [(1280, False), (2560, True)])
def test_panels_at_the_bottom_stand_beside_each_other_only_where_they_have_room(
    window: MainWindow, live: Callable[..., None], width: int, both: bool
) -> None:
    window.resize(width, 800)
    live(window)
    window.show_panel("trends", True)
    live(window)
    window.show_panel("devices", True)
    live(window)
    assert window.docks["devices"].isVisible()
    assert window.docks["trends"].isVisible() is both
    assert window.docks["tree"].width() >= window.parts["tree"].minimumWidth()
    right = window.docks["inspector"].geometry()
    assert not any(window.docks[name].geometry().intersects(right) for name in ("devices", "trends") if window.docks[name].isVisible())  # fmt: skip


@pytest.mark.expects_log
def test_a_request_that_fails_keeps_no_other_request_of_the_panel_waiting(window: MainWindow) -> None:
    steps: list[str] = []

    def fails(_panel: Panel) -> None:
        raise RuntimeError("planted")

    window.parts.request("devices", fails)
    window.parts.request("devices", lambda _: steps.append("asked"))
    run_turns(window)
    assert steps == ["asked"]
    assert len(window.feed.problems) == 1


@pytest.mark.expects_log
def test_a_panel_that_cannot_be_created_says_so_in_its_dock_and_is_tried_again(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    makers = dict(window.parts._makers)

    def fails() -> Panel:
        raise RuntimeError("planted")

    monkeypatch.setitem(window.parts._makers, "devices", fails)
    window.show_panel("devices", True)
    run_turns(window)
    note = window.docks["devices"].widget()
    assert isinstance(note, FailedNote)
    assert window.feed.problems
    monkeypatch.setitem(window.parts._makers, "devices", makers["devices"])
    note.button.click()
    run_turns(window)
    assert window.docks["devices"].widget() is window.parts["devices"]
