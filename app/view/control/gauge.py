"""Thin progress bar."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar

_STEPS = 1000


class Gauge(QProgressBar):
    """Progress bar that is painted by the event loop; QProgressBar.setValue would repaint the whole window at once."""

    def __init__(self, width: int = 0) -> None:
        """`width` in pixels; 0 takes the available width."""
        super().__init__()
        self.setTextVisible(False)
        if width:
            self.setFixedWidth(width)

    def show_fraction(self, fraction: float | None) -> None:
        """Shows a fraction from 0 to 1; None shows a bar without a known fraction."""
        self.setUpdatesEnabled(False)
        self.setRange(0, 0 if fraction is None else _STEPS)
        if fraction is not None:
            self.setValue(round(fraction * _STEPS))
        self.setUpdatesEnabled(True)
