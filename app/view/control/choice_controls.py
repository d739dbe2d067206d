"""Controls for enum options and colours."""

from __future__ import annotations

import colorsys
from typing import override

from PySide6.QtCore import QRectF, Qt
from PySide6.QtGui import QPainter, QPaintEvent
from PySide6.QtWidgets import QMenu, QSlider, QToolButton, QWidget

from app.i18n import point_title, tr
from app.view.control.base import Control
from app.view.control.safe_text import choice, entry, set_tip
from app.view.control.widgets import IconButton, row
from app.view.formatting import format_value, format_word
from app.view.style import colour, current_theme
from twin.model.observation import Value

type Xy = tuple[float, float]


class ChoiceControl(Control):
    """Drop-down of the point's options; a read-only point shows the current one."""

    def build(self) -> None:
        """Adds the button that opens the list of options."""
        self.button = QToolButton()
        self.button.setObjectName("combo")
        self.button.setPopupMode(QToolButton.ToolButtonPopupMode.InstantPopup)
        self.button.setAccessibleName(point_title(self.point.title))
        self._menu = QMenu(self.button)
        verb = "set" if "set" in (self.point.capability.verbs or ("set",)) else self.point.capability.verbs[0]
        for option in self.point.options:
            action = self._menu.addAction(entry(format_word(option)))
            action.triggered.connect(lambda _=False, option=option: self.ask(verb, option))
        self.button.setMenu(self._menu)
        self.button.setVisible(self.point.writable and bool(self.point.options))
        self.head.addWidget(self.button)

    def commandable(self) -> tuple[QWidget, ...]:
        """The button."""
        return (self.button,)

    def show_value(self, value: Value) -> None:
        """Shows the current option on the button."""
        self.button.setText(choice(self.button, format_value(self.point, value)))

    def note_text(self) -> str:
        """Empty if the button already shows the value."""
        return "" if self.point.writable and self.point.options else super().note_text()


class MediaControl(Control):
    """Buttons of a media player: previous, play or pause, stop, next."""

    def build(self) -> None:
        """Adds the row of icon buttons."""
        labels = {
            "previous": tr("Previous"), "play": tr("Play"), "pause": tr("Pause"), "stop": tr("Stop"), "next": tr("Next"),
        }  # fmt: skip
        self.buttons = {verb: IconButton(verb, label) for verb, label in labels.items()}
        for verb, button in self.buttons.items():
            button.clicked.connect(lambda _=False, verb=verb: self.ask(verb))
        self.body.addLayout(row(*self.buttons.values(), 1, spacing=4))

    def commandable(self) -> tuple[QWidget, ...]:
        """All buttons of the player."""
        return tuple(self.buttons.values())

    def show_value(self, value: Value) -> None:
        """Shows either the play or the pause button."""
        self.buttons["play"].setVisible(value != "playing")
        self.buttons["pause"].setVisible(value == "playing")


class ColourSwatch(QWidget):
    """A disc in the colour that the lamp reported."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(22, 22)
        self._xy: Xy | None = None

    def set_xy(self, xy: Xy | None) -> None:
        """Sets the colour as CIE 1931 xy; None for unknown."""
        self._xy = xy
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the disc."""
        painter = QPainter(self)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        painter.setPen(colour(current_theme().line))
        red, green, blue = (round(part * 255) for part in rgb_from_xy(self._xy)) if self._xy else (0, 0, 0)
        painter.setBrush(colour(f"#{red:02x}{green:02x}{blue:02x}") if self._xy else Qt.BrushStyle.NoBrush)
        painter.drawEllipse(QRectF(2, 2, 18, 18))
        painter.end()


class ColourControl(Control):
    """Sliders for hue and saturation of a lamp."""

    def build(self) -> None:
        """Adds the swatch and the two sliders."""
        self.swatch = ColourSwatch()
        self.head.addWidget(self.swatch)
        self.hue, self.strength = QSlider(Qt.Orientation.Horizontal), QSlider(Qt.Orientation.Horizontal)
        self.hue.setObjectName("hue")
        self.hue.setRange(0, 359)
        self.strength.setRange(0, 100)
        for slider, name in ((self.hue, tr("Hue")), (self.strength, tr("Strength"))):
            slider.setAccessibleName(name)
            set_tip(slider, name)
            slider.sliderReleased.connect(self._chosen)
            slider.valueChanged.connect(self._moved)
            self.body.addWidget(slider)

    def commandable(self) -> tuple[QWidget, ...]:
        """The hue and saturation sliders."""
        return (self.hue, self.strength)

    def note_text(self) -> str:
        """Empty: the swatch shows the value."""
        return ""

    def show_value(self, value: Value) -> None:
        """Shows the reported colour on swatch and sliders."""
        xy = value if isinstance(value, tuple) else None
        self.swatch.set_xy(xy)
        if xy is None or self.hue.isSliderDown() or self.strength.isSliderDown():
            return
        hue, strength, _ = colorsys.rgb_to_hsv(*rgb_from_xy(xy))
        for slider, ticks in ((self.hue, round(hue * 359)), (self.strength, round(strength * 100))):
            slider.blockSignals(True)
            slider.setValue(ticks)
            slider.blockSignals(False)

    def _moved(self) -> None:
        if not (self.hue.isSliderDown() or self.strength.isSliderDown()):
            self._chosen()

    def _chosen(self) -> None:
        self.ask("set", xy_from_rgb(*colorsys.hsv_to_rgb(self.hue.value() / 359, self.strength.value() / 100, 1.0)))


def rgb_from_xy(xy: Xy) -> tuple[float, float, float]:
    """Full-brightness sRGB (0 to 1) for a chromaticity (IEC 61966-2-1 matrix, D65); out of gamut is clipped."""
    x, y = xy
    if y <= 0:
        return 1.0, 1.0, 1.0
    cx, cz = x / y, (1 - x - y) / y
    linear = (
        3.2406 * cx - 1.5372 - 0.4986 * cz,
        -0.9689 * cx + 1.8758 + 0.0415 * cz,
        0.0557 * cx - 0.2040 + 1.0570 * cz,
    )
    top = max(*linear, 1e-6)
    red, green, blue = (_gamma(max(0.0, part / top)) for part in linear)
    return red, green, blue


def xy_from_rgb(red: float, green: float, blue: float) -> Xy:
    """The CIE 1931 xy chromaticity of an sRGB colour (IEC 61966-2-1); black gets the white point (D65)."""
    r, g, b = (_linear(part) for part in (red, green, blue))
    x = 0.4124 * r + 0.3576 * g + 0.1805 * b
    y = 0.2126 * r + 0.7152 * g + 0.0722 * b
    z = 0.0193 * r + 0.1192 * g + 0.9505 * b
    total = x + y + z
    return (0.3127, 0.3290) if total <= 0 else (x / total, y / total)


def _gamma(part: float) -> float:
    return min(1.0, 12.92 * part if part <= 0.0031308 else 1.055 * part ** (1 / 2.4) - 0.055)


def _linear(part: float) -> float:
    return part / 12.92 if part <= 0.04045 else ((part + 0.055) / 1.055) ** 2.4
