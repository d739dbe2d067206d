"""Words can be read: 4.5 to 1 at least against every surface that they stand on (WCAG 2.2, success criterion 1.4.3)."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from fake_api import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QPalette
from PySide6.QtWidgets import QApplication, QCheckBox, QLabel, QListWidget, QListWidgetItem, QWidget

from app.view import style
from app.view.theme import THEMES, Theme, rgb
from app.view.window import MainWindow

LEAST = 4.5
SURFACES = ("window", "panel", "raised", "hover", "pill")
INKS = ("text", "muted", "faint", "accent", "good", "warning", "error")


def luminance(colour: tuple[float, float, float]) -> float:
    """Relative luminance of sRGB (WCAG 2.2)."""
    part = np.array(colour)
    linear = np.where(part <= 0.04045, part / 12.92, ((part + 0.055) / 1.055) ** 2.4)
    return float(linear @ (0.2126, 0.7152, 0.0722))


def contrast(ink: str, surface: str) -> float:
    """From 1 (the same) to 21 (black on white)."""
    dark, light = sorted((luminance(rgb(ink)), luminance(rgb(surface))))
    return (light + 0.05) / (dark + 0.05)


def test_the_measure_knows_black_on_white_and_a_grey_that_just_passes() -> None:
    assert contrast("#000000", "#ffffff") == pytest.approx(21.0)
    assert contrast("#767676", "#ffffff") == pytest.approx(4.54, abs=0.01)


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
@pytest.mark.parametrize("surface", SURFACES)
@pytest.mark.parametrize("ink", INKS)
def test_every_ink_can_be_read_on_every_surface(theme: Theme, ink: str, surface: str) -> None:
    assert contrast(getattr(theme, ink), getattr(theme, surface)) >= LEAST


@pytest.mark.parametrize("theme", THEMES.values(), ids=THEMES)
def test_words_on_the_accent_and_on_an_alarm_can_be_read(theme: Theme) -> None:
    assert contrast(theme.on_accent, theme.accent) >= LEAST
    assert contrast(theme.on_accent, theme.error) >= LEAST


@pytest.mark.parametrize("name", THEMES)
def test_every_label_of_the_window_is_written_in_one_of_these_inks(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], name: str
) -> None:
    window.apply_theme(name)
    window.feed.selection.pick_device(api.twin.devices[0].id)
    live(window)
    theme = THEMES[name]
    inks = {QColor(getattr(theme, ink)).name() for ink in (*INKS, "on_accent", "pill_text")}
    strange = [
        (label.text(), label.objectName(), colour)
        for label in window.findChildren(QLabel)
        if label.text() and (colour := ink_of(label)) not in inks
    ]
    assert not strange
    window.apply_theme("light")


def ink_of(widget: QWidget) -> str:
    """The colour in which a widget's style sheet and palette write."""
    widget.ensurePolished()
    return widget.palette().color(QPalette.ColorRole.WindowText).name()


@pytest.mark.parametrize("name", THEMES)
def test_a_box_that_is_not_ticked_can_be_seen(app: QApplication, name: str) -> None:
    """3 to 1 at least between its line and what is beside it (WCAG 2.2, success criterion 1.4.11)."""
    style.apply_theme(app, THEMES[name])
    places = QListWidget()
    kitchen = QListWidgetItem("")
    kitchen.setCheckState(Qt.CheckState.Unchecked)
    places.addItem(kitchen)
    for box, surface in ((QCheckBox(), THEMES[name].window), (places.viewport(), THEMES[name].raised)):
        box.resize(40, 30)
        shown = box.grab().toImage()
        seen = {shown.pixelColor(x, y).name() for x in range(shown.width()) for y in range(shown.height())}
        assert max(contrast(ink, surface) for ink in seen) >= 3.0
