"""How far something has come, as a thin bar."""

from __future__ import annotations

from PySide6.QtWidgets import QProgressBar

_STEPS = 1000


class Gauge(QProgressBar):
    """QProgressBar.setValue paints before it returns, and with it all of the window that waits to be painted, the 3D view
    included; this one is painted when the event loop comes to it."""

    def __init__(self, width: int = 0) -> None:
        """`width` pixels, or as wide as there is room for."""
        super().__init__()
        self.setTextVisible(False)
        if width:
            self.setFixedWidth(width)

    def show_fraction(self, fraction: float | None) -> None:
        """0 to 1; None where it is not known."""
        self.setUpdatesEnabled(False)
        self.setRange(0, 0 if fraction is None else _STEPS)
        if fraction is not None:
            self.setValue(round(fraction * _STEPS))
        self.setUpdatesEnabled(True)
