"""Numeric controls: level slider, colour temperature, set point, cover position, read-only number."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QEvent, Qt
from PySide6.QtGui import QResizeEvent
from PySide6.QtWidgets import QPushButton, QSlider, QWidget

from app.i18n import point_title, tr
from app.view.control.base import Control
from app.view.control.widgets import IconButton, row, text_label
from app.view.formatting import format_number, format_value
from twin.model.observation import Value


class ReadOnlyControl(Control):
    """Displays a number that cannot be commanded."""


class LevelControl(Control):
    """Slider over the point's range; a requested value is shown as `40 % → 60 %` until the device reports."""

    style_name = ""

    def build(self) -> None:
        """Adds the slider under the title."""
        low, high = self.point.range
        self._low, self._high = low if low is not None else 0.0, high if high is not None else 100.0
        self._step = self.point.info.step or self.point.capability.resolution or (self._high - self._low) / 100
        self._wanted: float | None = None
        self.slider = QSlider(Qt.Orientation.Horizontal)
        self.slider.setObjectName(self.style_name)
        self.slider.setRange(0, max(1, round((self._high - self._low) / self._step)))
        self.slider.setPageStep(max(1, self.slider.maximum() // 10))
        self.slider.setAccessibleName(point_title(self.point.title))
        self.slider.valueChanged.connect(self._moved)
        self.slider.sliderReleased.connect(self._released)
        self.body.addWidget(self.slider)

    def commandable(self) -> tuple[QWidget, ...]:
        """The slider."""
        return (self.slider,)

    def show_value(self, value: Value) -> None:
        """Moves the slider handle to the reported value, unless the user is dragging it."""
        self._wanted = None
        if isinstance(value, int | float) and not self.slider.isSliderDown():
            self.slider.blockSignals(True)
            self.slider.setValue(round((value - self._low) / self._step))
            self.slider.blockSignals(False)

    def note_text(self) -> str:
        """The current value, and the requested one after an arrow."""
        now = super().note_text()
        return now if self._wanted is None else f"{now} → {format_number(self.point.capability, self._wanted)}"

    def _moved(self, ticks: int) -> None:
        self._wanted = min(self._high, self._low + ticks * self._step)
        self.note.setText(self.note_text())
        if not self.slider.isSliderDown():
            self.ask("set", self._wanted)

    def _released(self) -> None:
        if self._wanted is not None:
            self.ask("set", self._wanted)


class ColourTemperatureControl(LevelControl):
    """Slider for the colour temperature, from warm to cold."""

    style_name = "warmth"


class SetpointControl(Control):
    """Target value with buttons to lower and raise it; they stand below the title where one line cannot hold both."""

    def build(self) -> None:
        """Adds the buttons around the target value."""
        self.less, self.more = IconButton("minus", tr("Lower")), IconButton("add", tr("Higher"))
        self.target = text_label("", "big")
        self.target.setMinimumWidth(84)
        self.target.setAlignment(Qt.AlignmentFlag.AlignCenter)
        for button, sign in ((self.less, -1), (self.more, 1)):
            button.setAutoRepeat(True)
            button.clicked.connect(lambda _=False, sign=sign: self._nudge(sign))
        self.stepper = QWidget()
        self.stepper.setLayout(row(self.less, self.target, self.more, spacing=2))
        self.head.addWidget(self.stepper)
        self._wanted: float | None = None

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self._place_stepper()

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.LayoutRequest:  # the value or its font has grown since the last resize
            self._place_stepper()
        return super().event(event)

    def _place_stepper(self) -> None:
        title = self.title.fontMetrics().horizontalAdvance(point_title(self.point.title))
        others = (self.spinner, self.note, self.stepper)
        widths = (max(widget.minimumWidth(), widget.sizeHint().width()) for widget in others)
        beside = sum(widths) + len(others) * self.head.spacing()
        below, is_below = title + beside > self.width(), self.head.indexOf(self.stepper) < 0
        if below and not is_below:
            self.head.removeWidget(self.stepper)
            self.body.insertWidget(1, self.stepper, alignment=Qt.AlignmentFlag.AlignRight)
        elif is_below and not below:
            self.body.removeWidget(self.stepper)
            self.head.addWidget(self.stepper)

    def commandable(self) -> tuple[QWidget, ...]:
        """The lower and raise buttons."""
        return (self.less, self.more)

    def show_value(self, value: Value) -> None:
        """Shows the reported target."""
        self._wanted = None
        self.target.setText(format_value(self.point, value))

    def note_text(self) -> str:
        """The value still in force while a new target is pending; empty otherwise."""
        return tr("now {value}", value=format_value(self.point, self.shown.value)) if self._wanted is not None else ""

    def _nudge(self, sign: int) -> None:
        base = self._wanted if self._wanted is not None else self.shown.value
        step = self.point.info.step or self.point.capability.resolution or 0.5
        low, high = self.point.range
        wanted = (float(base) if isinstance(base, int | float) else low or 20.0) + sign * step
        wanted = max(low if low is not None else wanted, min(high if high is not None else wanted, wanted))
        self._wanted = wanted
        self.target.setText(format_number(self.point.capability, wanted))
        self.ask("set", wanted)


class CoverControl(LevelControl):
    """Buttons to open, stop and close, and a slider for the position."""

    def build(self) -> None:
        """Adds the slider and one button for each supported verb."""
        super().build()
        labels = {"open": tr("Open"), "stop": tr("Stop"), "close": tr("Close")}
        self.buttons = [QPushButton(label) for verb, label in labels.items() if verb in self.point.capability.verbs]
        verbs = [verb for verb in labels if verb in self.point.capability.verbs]
        for button, verb in zip(self.buttons, verbs, strict=True):
            button.setAccessibleName(f"{point_title(self.point.title)}: {button.text()}")
            button.clicked.connect(lambda _=False, verb=verb: self.ask(verb))
        self.body.addLayout(row(*self.buttons, 1, spacing=6))

    def commandable(self) -> tuple[QWidget, ...]:
        """The slider and the buttons."""
        return (self.slider, *self.buttons)
