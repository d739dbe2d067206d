"""Photos of work orders: chosen and made small for a note, kept ones as buttons that show them large."""

from __future__ import annotations

from hashlib import sha256

from PySide6.QtCore import Qt, Signal
from PySide6.QtGui import QGuiApplication, QImage, QPixmap
from PySide6.QtWidgets import QFileDialog, QHBoxLayout, QLabel, QPushButton, QVBoxLayout, QWidget

from app.i18n import in_full, tr
from app.view.control.dialog import Dialog
from app.view.control.slots import calling
from app.view.control.widgets import button, row, text_label
from app.view.feed import Feed
from app.view.report.checkout_photo import shown_photo, small_jpeg
from twin.model.problem import Problem

SMALL_PX, LARGE_PX = 140, 1600
"""Longest side of a photo beside a note, and in its own window, pixels."""


class PhotoField(QWidget):
    """A photo for a note: a button that chooses it, and a small picture of it."""

    chosen = Signal()
    """A photo was taken over."""

    def __init__(self, feed: Feed) -> None:
        super().__init__()
        self._feed = feed
        self.data = b""
        """The photo as JPEG without EXIF data; empty for none."""
        self.choose, self.picture = QPushButton(tr("Photo…")), text_label()
        self.reason = text_label("", "reason", wrap=True)
        self.reason.hide()
        self.picture.hide()
        self.choose.clicked.connect(calling(self._choose))
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(row(self.choose, 1))
        column.addWidget(self.picture)
        column.addWidget(self.reason)

    @property
    def name(self) -> str:
        """SHA-256 of the photo; empty for none."""
        return sha256(self.data).hexdigest() if self.data else ""

    def _choose(self) -> None:
        pictures = f"{tr('Pictures')} (*.jpg *.jpeg *.png *.webp)"
        path, _ = QFileDialog.getOpenFileName(self.window(), tr("Photo"), "", pictures)
        if path:
            self.take(path)

    def take(self, path: str) -> None:
        """Takes a picture file over; it is read and made smaller on another thread."""
        self.choose.setEnabled(False)
        self._feed.when(self._feed.api.compute(lambda: small_jpeg(path)), self._read, self._refused)

    def _read(self, data: bytes) -> None:
        self.data = data
        self.choose.setEnabled(True)
        self.reason.hide()
        ratio = self.devicePixelRatioF()
        done = self._feed.api.compute(lambda: shown_photo(data, round(SMALL_PX * ratio)))
        self._feed.when(done, self._show, self._refused)
        self.chosen.emit()

    def _show(self, image: QImage) -> None:
        put_picture(self.picture, image)
        self.picture.setAccessibleName(tr("Photo"))
        self.picture.show()

    def _refused(self, problem: Problem) -> None:
        self.choose.setEnabled(True)
        self.reason.setText(in_full(problem))
        self.reason.show()


class PhotoDialog(Dialog):
    """A kept photo, as large as the screen allows."""

    def __init__(self, parent: QWidget, feed: Feed, name: str, title: str) -> None:
        super().__init__(parent)
        self.setAttribute(Qt.WidgetAttribute.WA_DeleteOnClose)
        self.setWindowTitle(title)
        self._feed = feed
        self.picture, self.reason = text_label(tr("Loading…")), text_label("", "reason", wrap=True)
        self.picture.setAccessibleName(title)
        column = QVBoxLayout(self)
        column.addWidget(self.picture)
        column.addWidget(self.reason)
        self.reason.hide()
        feed.when(feed.api.checkout_photo(name), self._decode, self._refused)

    def _decode(self, data: bytes | None) -> None:
        screen = QGuiApplication.primaryScreen().availableGeometry()
        longest = min(LARGE_PX, round(0.8 * min(screen.width(), screen.height()) * self.devicePixelRatioF()))
        done = self._feed.api.compute(lambda: shown_photo(data or b"", longest))
        self._feed.when(done, self._show, self._refused)

    def _show(self, image: QImage) -> None:
        if image.isNull():
            self._refused(Problem(code="checkout.no_photo"))
            return
        put_picture(self.picture, image)
        self.adjustSize()

    def _refused(self, problem: Problem) -> None:
        self.picture.hide()
        self.reason.setText(in_full(problem))
        self.reason.show()


def put_picture(label: QLabel, image: QImage) -> None:
    """Shows a picture in a label, a pixel of it for each of the screen."""
    pixmap = QPixmap.fromImage(image)
    pixmap.setDevicePixelRatio(label.devicePixelRatioF())
    label.setPixmap(pixmap)
    label.setFixedSize(pixmap.deviceIndependentSize().toSize())


def photo_row(parent: QWidget, feed: Feed, name: str, text: str) -> QHBoxLayout:
    """A line of a log with a button that shows its photo."""
    shown = button(tr("Show photo"))
    shown.clicked.connect(calling(lambda: PhotoDialog(parent.window(), feed, name, text).open()))
    line = row(text_label(text, "faint", wrap=True), shown)
    line.setStretch(0, 1)
    return line
