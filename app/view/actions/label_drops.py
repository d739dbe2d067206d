"""Pictures of labels that are dropped onto the window, or pasted into it, open the pairing dialog."""

from __future__ import annotations

from collections.abc import Callable
from typing import TYPE_CHECKING, override

from PySide6.QtCore import QEvent, QMimeData, QObject
from PySide6.QtGui import QDropEvent, QGuiApplication, QKeyEvent, QKeySequence
from PySide6.QtWidgets import QMainWindow

if TYPE_CHECKING:
    from app.view.label.label_picture import LabelSource


class LabelDrops(QObject):
    """Event filter of the window. `wanted` returns whether a picture is taken now; `take` gets its source."""

    def __init__(self, window: QMainWindow, wanted: Callable[[], bool], take: Callable[[LabelSource], None]) -> None:
        super().__init__(window)
        self._wanted, self._take = wanted, take
        window.installEventFilter(self)

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if isinstance(event, QDropEvent):
            source = self._source(event.mimeData())
            if source is not None:
                event.acceptProposedAction()
                if event.type() is QEvent.Type.Drop:
                    self._take(source)
            return source is not None
        if event.type() is QEvent.Type.KeyPress and isinstance(event, QKeyEvent):
            if not event.matches(QKeySequence.StandardKey.Paste):
                return False
            source = self._source(QGuiApplication.clipboard().mimeData())
            if source is not None:
                self._take(source)
            return source is not None
        return False

    def _source(self, mime: QMimeData) -> LabelSource | None:
        from app.view.label.label_picture import label_source  # Qt's readers of pictures: at the first drop

        return label_source(mime) if self._wanted() else None
