"""No page of the window is wider than its place, also where a narrower page had that before."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QLabel, QScrollArea
from turns import run_turns

from app.view.i18n import set_language
from app.view.panel.panel_table import ACTIVITIES
from app.view.window import MainWindow


def too_wide(window: MainWindow) -> list[tuple[str, int, int]]:
    """Scrolled pages in sight whose content needs more width than they have, with both widths in pixels."""
    return [
        (area.accessibleName(), needed, area.viewport().width())
        for area in window.findChildren(QScrollArea)
        if area.isVisible() and (needed := area.widget().minimumSizeHint().width()) > area.viewport().width()
    ]


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_every_page_fits_into_the_place_that_details_had(window: MainWindow, language: str) -> None:
    set_language(language)
    window.resize(1280, 800)
    window.show()
    window.dock_area.keep_sizes()  # as after a start: the sizes of the last time are in force
    wide: dict[str, list[tuple[str, int, int]]] = {}
    for activity in ACTIVITIES:
        window.show_activity("live")
        run_turns(window)
        window.show_activity(activity.name)
        run_turns(window)
        if found := too_wide(window):
            wide[activity.name] = found
    assert wide == {}


@pytest.mark.parametrize("language", ["en", "zh_CN"])
def test_the_pages_of_an_installer_are_not_cut_off_in_the_smallest_window(window: MainWindow, language: str) -> None:
    set_language(language)
    window.resize(900, 560)
    window.show()
    for page in ("install", "checkout", "reports"):
        window.show_activity(page)
        run_turns(window)
        dock = window.docks[page]
        assert dock.mapTo(window, dock.rect().bottomRight()).x() <= window.width(), page


def test_a_page_whose_content_grows_becomes_wider(window: MainWindow) -> None:
    window.resize(1280, 800)
    window.show()
    window.show_activity("install")
    run_turns(window)
    (area,) = [one for one in window.docks["install"].findChildren(QScrollArea) if one.isVisible()]
    layout = area.widget().layout()
    assert layout is not None
    label = QLabel("one word that is as long as nothing else on this page is, and does not wrap at all")
    label.setFixedWidth(410)
    layout.addWidget(label)
    run_turns(window)
    assert area.viewport().width() >= 410
