"""The names of curves can be read: where a line is too short for all, there are more lines."""

from __future__ import annotations

import pytest
from PySide6.QtWidgets import QApplication

from app.view.panel.trend_legend import Legend, Legends


@pytest.mark.parametrize(("width", "lines"), [(1900, 1), (632, 2), (300, 3)])
def test_three_curves_take_as_many_lines_as_their_names_need(app: QApplication, width: int, lines: int) -> None:
    legends = Legends()
    entries = [Legend(f"Temperature · Room {i}", "#123456") for i in range(3)]
    legends.resize(width, 90)
    legends.show_all(entries)
    legends.show()
    app.processEvents()
    assert len({entry.y() for entry in entries}) == lines
    for entry in entries:
        entry.value.setText("18.5 °C")
        assert entry.sizeHint().width() <= max(width, 280)
    legends.show_all([Legend("Humidity · Hall", "#123456")])
    app.processEvents()
    assert len(legends.findChildren(Legend)) >= 1
    legends.close()
    legends.deleteLater()
