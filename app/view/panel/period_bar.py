"""Choice of a period of the calendar: day, week, month or year, and steps between them."""

from __future__ import annotations

from typing import Protocol

from PySide6.QtCore import Signal
from PySide6.QtWidgets import QButtonGroup, QToolButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.slots import calling, taking
from app.view.control.widgets import IconButton, Spinner, row, text_label
from twin.model.energy import EnergySpan

_SPANS = tuple(EnergySpan)


class PeriodReport(Protocol):
    """A report of a period of the calendar."""

    @property
    def span(self) -> EnergySpan:
        """Length of the period."""
        ...

    @property
    def from_ms(self) -> int:
        """Begin of the period, UTC ms."""
        ...

    @property
    def to_ms(self) -> int:
        """End of the period, UTC ms."""
        ...


def covers(report: PeriodReport | None, span: EnergySpan, at_ms: int) -> bool:
    """Whether the report is of the period of this length that contains a time; else the one asked for is still awaited."""
    return report is not None and report.span is span and report.from_ms <= at_ms < report.to_ms


class PeriodBar(QWidget):
    """Chips for the length, buttons for the period before and the next one, and the period's name between them."""

    span_chosen = Signal(int)
    """Number of the chosen length in EnergySpan."""
    stepped = Signal(int)
    """-1 or 1."""

    def __init__(self, span: EnergySpan) -> None:
        super().__init__()
        self.spans = QButtonGroup(self)
        self.previous, self.next, self.when = IconButton("previous"), IconButton("next"), text_label("", "paneltitle")
        self.spinner = Spinner()
        self._waiting = 0
        """Steps that were asked for before the report came from which they count."""
        chips = row(spacing=4)
        for number, one in enumerate(_SPANS):
            chip = QToolButton()
            chip.setObjectName("chip")
            chip.setCheckable(True)
            chip.setChecked(one is span)
            self.spans.addButton(chip, number)
            chips.addWidget(chip)
        chips.addStretch(1)
        chips.addWidget(self.spinner)
        steps = row(self.previous, self.when, self.next)
        steps.setStretch(1, 1)
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(chips)
        column.addLayout(steps)
        self.spans.idClicked.connect(taking(int, self.span_chosen.emit))
        self.previous.clicked.connect(calling(lambda: self.stepped.emit(-1)))
        self.next.clicked.connect(calling(lambda: self.stepped.emit(1)))

    def wait_to_step(self, by: int) -> None:
        """Steps once the report of the period that was chosen is there."""
        self._waiting += by

    def forget_steps(self) -> None:
        """Drops the steps that wait for a report which does not come."""
        self._waiting = 0

    def step_waiting(self) -> None:
        """Makes the steps that waited for a report; the second one waits for the next report."""
        by, self._waiting = self._waiting, 0
        if by:
            once = 1 if by > 0 else -1
            self.stepped.emit(once)
            self._waiting += by - once

    def retranslate(self) -> None:
        """Sets all texts in the current language."""
        names = [tr(text, about="period") for text in ("Day", "Week", "Month", "Year")]
        for chip, text in zip(self.spans.buttons(), names, strict=True):
            chip.setText(text)
        self.previous.set_description(tr("Period before"))
        self.next.set_description(tr("Next period"))

    def show_span(self, span: EnergySpan) -> None:
        """Checks the chip of the length of a period that was chosen; steps that waited counted from another."""
        self.forget_steps()
        self.spans.button(_SPANS.index(span)).setChecked(True)
