"""Progress that is shown does not hold anything up."""

from __future__ import annotations

from pathlib import Path
from typing import override

from PySide6.QtGui import QPaintEvent
from PySide6.QtWidgets import QApplication, QVBoxLayout, QWidget

import app.view
from app.view.control.gauge import Gauge


class Costly(QWidget):
    """A neighbour that counts how often it is painted."""

    painted = 0

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        self.painted += 1


def test_showing_progress_paints_nothing_at_once(app: QApplication) -> None:
    window, gauge, beside = QWidget(), Gauge(), Costly()
    column = QVBoxLayout(window)
    column.addWidget(gauge)
    column.addWidget(beside, 1)
    window.resize(200, 200)
    window.show()
    app.processEvents()
    before = beside.painted
    beside.update()
    for fraction in (None, 0.1, 0.5, 1.0):
        gauge.show_fraction(fraction)
    assert gauge.value() == gauge.maximum() > 0
    assert beside.painted == before
    app.processEvents()
    assert beside.painted == before + 1
    window.close()


def test_every_bar_of_the_window_is_such_a_gauge() -> None:
    files = [*Path(app.view.__path__[0]).rglob("*.py")]
    bars = {file.name for file in files if "QProgressBar(" in file.read_text(encoding="utf-8")}
    assert bars <= {"gauge.py", "style.py"}
