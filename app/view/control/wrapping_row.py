"""Layout of a row of buttons that goes on in a further row where the width ends."""

from __future__ import annotations

from typing import override

from PySide6.QtCore import QPoint, QRect, QSize, Qt
from PySide6.QtWidgets import QLayout, QLayoutItem, QWidget

SPACING_PX = 8


class WrappingRow(QLayout):
    """Places widgets from left to right at their preferred sizes, in as many rows as the width needs; it is never wider
    than its widest widget requires."""

    def __init__(self, *widgets: QWidget) -> None:
        super().__init__()
        self._items: list[QLayoutItem] = []
        self.setSpacing(SPACING_PX)
        for widget in widgets:
            self.addWidget(widget)

    @override
    def addItem(self, arg__1: QLayoutItem, /) -> None:
        self._items.append(arg__1)

    @override
    def count(self) -> int:
        return len(self._items)

    @override
    def itemAt(self, index: int, /) -> QLayoutItem | None:
        return self._items[index] if 0 <= index < len(self._items) else None

    @override
    def takeAt(self, index: int, /) -> QLayoutItem | None:
        return self._items.pop(index) if 0 <= index < len(self._items) else None

    @override
    def expandingDirections(self) -> Qt.Orientation:
        return Qt.Orientation(0)

    @override
    def hasHeightForWidth(self) -> bool:
        return True

    @override
    def heightForWidth(self, arg__1: int, /) -> int:
        return self._placed(QRect(0, 0, arg__1, 0), move=False)

    @override
    def setGeometry(self, arg__1: QRect, /) -> None:
        super().setGeometry(arg__1)
        self._placed(arg__1, move=True)

    @override
    def sizeHint(self) -> QSize:
        sizes = [item.sizeHint() for item in self._items if not item.isEmpty()]
        wide = sum(size.width() for size in sizes) + self.spacing() * max(0, len(sizes) - 1)
        return QSize(wide, max((size.height() for size in sizes), default=0))

    @override
    def minimumSize(self) -> QSize:
        sizes = [item.minimumSize() for item in self._items if not item.isEmpty()]
        return QSize(
            max((size.width() for size in sizes), default=0), max((size.height() for size in sizes), default=0)
        )

    def _placed(self, area: QRect, *, move: bool) -> int:
        """Height of all rows in `area`, in pixels; `move` places the widgets there, each in the middle of its row."""
        high = max((item.sizeHint().height() for item in self._items if not item.isEmpty()), default=0)
        x, y = area.x(), area.y()
        for item in self._items:
            if item.isEmpty():
                continue
            size = item.sizeHint()
            if x > area.x() and x + size.width() > area.x() + area.width():
                x, y = area.x(), y + high + self.spacing()
            if move:
                corner = QPoint(x, y + (high - size.height()) // 2)
                item.setGeometry(QRect(corner, QSize(min(size.width(), area.width()), size.height())))
            x += size.width() + self.spacing()
        return y + high - area.y()
