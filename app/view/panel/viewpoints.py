"""Popover with the saved viewpoints: a click flies there, the field at the bottom saves the current view."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QByteArray, QEvent, QPoint, QSize, Qt, Signal
from PySide6.QtGui import QIcon, QImage, QPixmap
from PySide6.QtWidgets import QFrame, QLineEdit, QListWidget, QListWidgetItem, QPushButton, QVBoxLayout, QWidget

from app.i18n import tr
from app.view.control.slots import taking
from app.view.control.widgets import IconButton, row, text_label

if TYPE_CHECKING:
    from app.view.scene.tools.viewpoint import Viewpoint

_PICTURE = QSize(96, 60)
_WIDTH_PX, _HEIGHT_PX = 320, 380


class ViewpointsPopover(QFrame):
    """Shows the given viewpoints and emits the user's requests; it stores nothing itself."""

    flown = Signal(int)
    removed = Signal(int)
    kept = Signal(str)

    def __init__(self, parent: QWidget) -> None:
        super().__init__(parent, Qt.WindowType.Popup)
        self.setObjectName("card")
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setFixedWidth(_WIDTH_PX)
        self.list = QListWidget()
        self.list.setIconSize(_PICTURE)
        self.list.setFrameShape(QFrame.Shape.NoFrame)
        self.list.setHorizontalScrollBarPolicy(Qt.ScrollBarPolicy.ScrollBarAlwaysOff)
        self.list.setTextElideMode(Qt.TextElideMode.ElideRight)
        self.list.setAccessibleName(tr("Viewpoints"))
        self.list.itemClicked.connect(taking(QListWidgetItem, lambda item: self._fly(self.list.row(item))))
        self.list.itemActivated.connect(taking(QListWidgetItem, lambda item: self._fly(self.list.row(item))))
        self.empty = text_label(tr("Keep a view and come back to it with the keys 1 to 9."), "muted", wrap=True)
        self.name = QLineEdit()
        self.name.setMaxLength(60)
        self.name.setPlaceholderText(tr("Name of this view"))
        self.name.setAccessibleName(tr("Name of this view"))
        self.keep = QPushButton(tr("Keep"))
        self.keep.setObjectName("primary")
        self.remove = IconButton("remove", tr("Remove the viewpoint"))
        self.name.returnPressed.connect(self._keep)
        self.keep.clicked.connect(self._keep)
        self.remove.clicked.connect(lambda: self.removed.emit(self.list.currentRow()))
        self.list.currentRowChanged.connect(taking(int, lambda at: self.remove.setEnabled(at >= 0)))
        column = QVBoxLayout(self)
        column.setContentsMargins(14, 12, 14, 12)
        column.setSpacing(8)
        column.addLayout(row(text_label(tr("Viewpoints"), "heading"), 1, self.remove))
        column.addWidget(self.empty)
        column.addWidget(self.list, 1)
        column.addLayout(row(self.name, self.keep))

    def show_points(self, points: Sequence[Viewpoint]) -> None:
        """Shows these viewpoints in this order."""
        at = self.list.currentRow()
        self.list.clear()
        for number, point in enumerate(points, 1):
            item = QListWidgetItem(f"{number}   {point.name}" if number < 10 else point.name)
            item.setIcon(_picture(point.thumbnail))
            item.setSizeHint(QSize(10, _PICTURE.height() + 8))
            self.list.addItem(item)
        self.list.setCurrentRow(min(at, len(points) - 1))
        self.remove.setEnabled(self.list.currentRow() >= 0)
        self.list.setVisible(bool(points))
        self.empty.setVisible(not points)
        self.setFixedHeight(min(_HEIGHT_PX, 132 + len(points) * (_PICTURE.height() + 10)))

    def open_at(self, spot: QPoint) -> None:
        """Shows the popover with its upper right corner at a screen position."""
        self.move(spot - QPoint(self.width(), 0))
        self.show()
        self.name.setFocus()

    @override
    def changeEvent(self, event: QEvent) -> None:
        super().changeEvent(event)
        if event.type() is QEvent.Type.LanguageChange:
            self.close()

    def _fly(self, at: int) -> None:
        self.flown.emit(at)

    def _keep(self) -> None:
        self.kept.emit(self.name.text())
        self.name.clear()


def _picture(thumbnail: str) -> QIcon:
    image = QImage.fromData(QByteArray.fromBase64(thumbnail.encode()))
    if image.isNull():
        made = QPixmap(_PICTURE)
        made.fill(Qt.GlobalColor.transparent)
        return QIcon(made)
    return QIcon(QPixmap.fromImage(image))
