"""Empty state of the 3D view: a sentence, a button, an alternative."""

from __future__ import annotations

from PySide6.QtCore import Qt, Signal
from PySide6.QtWidgets import QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.widgets import text_label
from app.view.style import font


class EmptyScene(QWidget):
    """Placeholder shown while there is no storey."""

    wanted = Signal()
    draw_wanted = Signal()

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent)
        self._sentence = text_label()
        self._sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self._sentence.setFont(font(17, strong=True))
        self._button = QPushButton()
        self._button.clicked.connect(self.wanted)
        self._draw = QPushButton()
        self._draw.setObjectName("link")
        self._draw.clicked.connect(self.draw_wanted)
        column = QVBoxLayout(self)
        column.addStretch(1)
        column.addWidget(self._sentence)
        column.addWidget(self._button, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addWidget(self._draw, 0, Qt.AlignmentFlag.AlignHCenter)
        column.addStretch(1)
        self.apply_theme()

    def apply_theme(self) -> None:
        """Updates the texts (theme and language come from the application)."""
        self._sentence.setText(tr("There is no building yet"))
        self._button.setText(tr("Import building…"))
        self._button.setAccessibleName(tr("Import building…"))
        self._draw.setText(tr("No plan? Draw your home yourself"))
        self._draw.setAccessibleName(tr("Draw a building…"))
