"""Panels are made when they are first seen, and are then as if they had been there from the start."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from PySide6.QtWidgets import QLabel

from app.i18n import tr
from app.view.panel.panel_base import Panel
from app.view.panel.panel_table import ACTIVITIES, PANELS, PanelPlace
from app.view.window import MainWindow
from tests.english import plain


@pytest.mark.parametrize("place", PANELS, ids=lambda place: place.name)
def test_every_row_names_a_panel(place: PanelPlace) -> None:
    assert issubclass(place.panel(), Panel)


def test_a_panel_is_made_when_its_dock_is_first_shown(window: MainWindow) -> None:
    seen = {name for row in ACTIVITIES if row.name == "live" for name in row.panels}
    assert {place.name for place in PANELS if place.name in window.parts} == seen
    assert window.docks["install"].widget() is None
    window.show_activity("install")
    assert window.docks["install"].widget() is window.parts["install"]
    assert window.parts["install"].isVisible()


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
