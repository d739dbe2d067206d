"""Base class of panels, and their title bar, card frame and empty state."""

from __future__ import annotations

from collections.abc import Callable
from typing import override

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QEvent, QObject, QSize, Qt, Signal
from PySide6.QtWidgets import QFrame, QHBoxLayout, QPushButton, QScrollArea, QVBoxLayout, QWidget

from app.selection import SelectionState
from app.view.control.widgets import IconButton, IconLabel, row, text_label
from app.view.feed import Feed
from twin.model.change import Change
from twin.model.twin_diff import TwinDiff

TITLE_BAR_PX = 40
WIDEST_PX = 460
"""Width up to which a page makes its place wider, pixels."""
FEW = 50
"""Maximum number of changed devices for which views rebuild at once; more are deferred to a turn of their own."""


class Panel(QWidget):
    """Base class of panels: follows changes and the selection, and can be retranslated."""

    title = ""
    icon = ""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self.feed = feed
        self._least_px = 0
        self.setObjectName("panel")
        self.setAttribute(Qt.WidgetAttribute.WA_StyledBackground)
        feed.changed.connect(self.on_change)
        feed.slow.connect(self.on_slow)
        self._unwatch = feed.selection.observe(self.on_picked)
        self.destroyed.connect(self._unwatch)

    def set_least_width(self, least_px: int) -> None:
        """Makes the panel at least this wide, and as wide as its scrolled content needs."""
        self._least_px = least_px
        self.setMinimumWidth(least_px)
        for area in self.findChildren(VerticalScrollArea):
            area.needs_width.connect(self._widen)

    def _widen(self, needed_px: int) -> None:
        self.setMinimumWidth(max(self._least_px, needed_px))

    def retranslate(self) -> None:
        """Sets all texts in the current language."""

    def after(self, edit: TwinDiff, rebuild: Callable[[], object]) -> None:
        """Rebuilds after an edit: at once after a small one, else in a turn of its own."""
        if edit.count <= FEW:
            rebuild()
        else:
            self.feed.turns.add(rebuild)

    def apply_theme(self) -> None:
        """Redraws what the style sheet does not cover after a change of the theme."""

    def on_change(self, change: Change) -> None:
        """Called at every change of structure, presence, links or problems."""

    def on_slow(self, rows: NDArray[np.intp]) -> None:
        """Called four times a second with the rows of State that changed since the last call."""

    def on_picked(self, old: SelectionState, new: SelectionState) -> None:
        """Called when the selection changed, with its old and new state."""


class TitleBar(QFrame):
    """Title bar of a panel: title, the panel's buttons, optional close button."""

    def __init__(self, title: str, closed: Callable[[], object] | None = None) -> None:
        super().__init__()
        self.setObjectName("titlebar")
        self.label = text_label(title, "paneltitle")
        self.line = QHBoxLayout(self)
        self.line.setContentsMargins(14, 0, 8, 0)
        self.line.setSpacing(4)
        self.line.addWidget(self.label)
        self.line.addStretch(1)
        if closed is not None:
            button = IconButton("close", title, size=14)
            button.clicked.connect(lambda: closed())
            self.line.addWidget(button)

    @override
    def sizeHint(self) -> QSize:
        return QSize(120, TITLE_BAR_PX)

    @override
    def minimumSizeHint(self) -> QSize:
        return self.sizeHint()

    def set_title(self, text: str) -> None:
        """Shows another text in the title bar."""
        self.label.setText(text)


class CardFrame(QFrame):
    """A rounded frame with a column for content."""

    def __init__(self) -> None:
        super().__init__()
        self.setObjectName("card")
        self.column = QVBoxLayout(self)
        self.column.setContentsMargins(14, 10, 14, 10)
        self.column.setSpacing(4)


class EmptyState(QWidget):
    """Placeholder of an empty panel: icon, sentence, button, alternative."""

    def __init__(self, icon: str, action: Callable[[], object] | None = None) -> None:
        super().__init__()
        column = QVBoxLayout(self)
        column.setContentsMargins(24, 24, 24, 24)
        column.setSpacing(10)
        self.sentence = text_label("", "muted", wrap=True)
        self.sentence.setAlignment(Qt.AlignmentFlag.AlignCenter)
        self.button = QPushButton()
        self.button.setObjectName("primary")
        self.button.setVisible(action is not None)
        self.alternative = text_label("", "faint", wrap=True)
        self.alternative.setAlignment(Qt.AlignmentFlag.AlignCenter)
        if action is not None:
            self.button.clicked.connect(lambda: action())
        column.addStretch(2)
        column.addLayout(row(1, IconLabel(icon, tone="faint", size=32), 1))
        column.addWidget(self.sentence)
        column.addLayout(row(1, self.button, 1))
        column.addWidget(self.alternative)
        column.addStretch(3)

    def set_texts(self, sentence: str, button: str = "", alternative: str = "") -> None:
        """Sets the sentence, the button's text and the alternative; an empty alternative is hidden."""
        self.sentence.setText(sentence)
        self.button.setText(button)
        self.button.setAccessibleName(button)
        self.alternative.setText(alternative)
        self.alternative.setVisible(bool(alternative))


def line() -> QFrame:
    """A horizontal separator line."""
    made = QFrame()
    made.setObjectName("line")
    return made


class VerticalScrollArea(QScrollArea):
    """Scrolls up and down only: what is at the right of its content is out of reach where it is narrower than that."""

    needs_width = Signal(int)
    """The width in pixels that its content needs has changed; at most WIDEST_PX."""

    def __init__(self) -> None:
        super().__init__()
        self._needed = 0

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        inside = self.widget()
        if inside is not None and watched is inside and event.type() is QEvent.Type.LayoutRequest:
            needed = inside.minimumSizeHint().width() + self.verticalScrollBar().sizeHint().width()
            if needed != self._needed:
                self._needed = needed
                self.needs_width.emit(min(needed, WIDEST_PX))
        return super().eventFilter(watched, event)


def scrolled(inside: QWidget) -> QScrollArea:
    """A scroll area around the widget, without horizontal scroll bar."""
    area = VerticalScrollArea()
    area.setWidgetResizable(True)
    area.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
    area.setFrameShape(QFrame.Shape.NoFrame)
    inside.setObjectName("panel")
    area.setWidget(inside)
    area.viewport().setAutoFillBackground(False)
    return area


def scroll_into_view(widget: QWidget) -> None:
    """Scrolls the page around the widget so that all of it is in sight, once it has been laid out."""
    above = widget.parentWidget()
    while above is not None and not isinstance(above, QScrollArea):  # pyright: ignore[reportUnnecessaryComparison]
        above = above.parentWidget()
    if above is not None:  # pyright: ignore[reportUnnecessaryComparison]
        above.ensureWidgetVisible(widget)


def clear(column: QVBoxLayout) -> None:
    """Removes and deletes all widgets of a column, also in nested layouts."""
    while (item := column.takeAt(0)) is not None:  # pyright: ignore[reportUnnecessaryComparison]
        if widget := item.widget():
            widget.hide()
            widget.deleteLater()
        elif inner := item.layout():
            clear(inner)  # pyright: ignore[reportArgumentType]
