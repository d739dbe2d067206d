"""Dialog with the picture of a camera: the first valid pairing code before it ends it."""

from __future__ import annotations

from functools import partial
from typing import override

from PySide6.QtCore import QRectF, QSize, Qt, QTimer, Signal
from PySide6.QtGui import QCloseEvent, QHideEvent, QImage, QPainter, QPaintEvent
from PySide6.QtWidgets import QComboBox, QLineEdit, QVBoxLayout, QWidget

from app.i18n import in_full, tr
from app.label_camera.camera_messages import Picture
from app.label_camera.camera_reader import CameraReader
from app.label_camera.camera_source import MAX_ADDRESS, Camera, cameras, stream_address
from app.view.control.dialog import Dialog
from app.view.control.slots import calling
from app.view.control.widgets import button, row, text_label
from app.view.feed import Feed
from twin.model.problem import Problem, ProblemError

EXAMPLE = "http://192.168.1.20:8080/video"
POLL_MS = 40
_SIZE = QSize(480, 270)


class CameraPicture(QWidget):
    """Shows the newest picture, as the camera sees it: a mirrored label could not be read."""

    def __init__(self) -> None:
        super().__init__()
        self.setFixedSize(_SIZE)
        self._picture = QImage()

    @property
    def is_empty(self) -> bool:
        """Whether no picture is shown."""
        return self._picture.isNull()

    def show_picture(self, picture: QImage) -> None:
        """Shows a picture; an empty one clears it."""
        self._picture = picture
        self.update()

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        """Paints the picture as large as fits."""
        painter = QPainter(self)
        painter.fillRect(self.rect(), Qt.GlobalColor.black)
        if not self._picture.isNull():
            size = self._picture.size().scaled(self.size(), Qt.AspectRatioMode.KeepAspectRatio)
            left, top = (self.width() - size.width()) / 2, (self.height() - size.height()) / 2
            painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
            painter.drawImage(QRectF(left, top, size.width(), size.height()), self._picture)
        painter.end()


class CameraDialog(Dialog):
    """Opens the first camera at once. The camera is closed whenever the dialog is."""

    read = Signal(str)
    """The text of a code that the engine judged as valid."""

    def __init__(self, feed: Feed, parent: QWidget) -> None:
        super().__init__(parent)
        self._feed = feed
        self.setWindowTitle(tr("Read the code with a camera"))
        self._judging = False
        self._reader: CameraReader | None = None
        self._poll = QTimer(self)
        self._poll.setInterval(POLL_MS)
        self._poll.timeout.connect(self._look)
        self.choice, self.address, self.picture = QComboBox(), QLineEdit(), CameraPicture()
        self.state = text_label("", "muted", wrap=True)
        self.state.setMinimumHeight(52)
        self.state.setAlignment(Qt.AlignmentFlag.AlignTop)
        self.start = button(tr("Use this camera"), "primary")
        self._lay_out()
        self.choice.activated.connect(calling(self._chosen))
        self.address.textChanged.connect(calling(self._stop))
        self.start.clicked.connect(calling(self.restart))
        self._feed.when(self._feed.api.compute(cameras), self._list, self._failed)

    def _lay_out(self) -> None:
        self.choice.setAccessibleName(tr("Camera"))
        self.address.setAccessibleName(tr("Address of the camera"))
        self.address.setPlaceholderText(EXAMPLE)
        self.address.setMaxLength(MAX_ADDRESS)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(10)
        column.addWidget(text_label(tr("Hold the label before the camera"), "heading"))
        for part in (self.choice, self.address, self.picture, self.state):
            column.addWidget(part)
        cancel = button(tr("Cancel"))
        cancel.clicked.connect(calling(self.reject))
        column.addLayout(row(1, cancel, self.start))
        self.address.hide()

    def _list(self, found: tuple[Camera, ...]) -> None:
        for camera in found:
            self.choice.addItem(camera.title or tr("Camera {n}", n=camera.number + 1), camera.number)
        self.choice.addItem(tr("A phone or network camera, by its address"), None)
        self._chosen()
        if not found:
            self._failed(Problem(code="camera.none"))

    def _chosen(self) -> None:
        """Another camera: one of this computer is opened at once, an address is asked for."""
        by_address = self.choice.currentData() is None
        self.address.setVisible(by_address)
        self._stop()
        if by_address:
            self.address.setFocus()
            if self.address.text():
                return
            self._tell(
                tr("Many phones can be a camera: an app shows the address of its MJPEG or RTSP stream."), "muted"
            )
        elif self.isVisible():
            self.restart()

    def restart(self) -> None:
        """Opens the chosen camera, again where it failed."""
        if not self.choice.count():
            return
        number: int | None = self.choice.currentData()
        try:
            source = stream_address(self.address.text()) if number is None else number
        except ProblemError as error:
            self._failed(error.problems[0])
            return
        self._stop()
        self._judging = False
        self.start.setEnabled(False)
        self._tell(tr("Opening the camera…"), "muted")
        self._reader = reader = CameraReader(source)
        self._poll.start()
        ended = partial(self._ended, reader)
        self._feed.when(self._feed.api.compute(reader.run), ended, ended)

    def _look(self) -> None:
        """Shows what came from the camera."""
        if self._reader is None:
            return
        picture, texts = self._reader.news()
        if picture is not None:
            if self.picture.is_empty:
                self._tell(tr("Looking for a code…"), "muted")
            self.picture.show_picture(_image(picture))
        for text in texts:
            self._judge(text)

    def _ended(self, reader: CameraReader, problem: Problem | None) -> None:
        if reader is self._reader and problem is not None:
            self._failed(problem)

    def _judge(self, text: str) -> None:
        """Asks the engine about a code that was seen; further ones wait until it has answered."""
        if not self._judging:
            self._judging = True
            judged = partial(self._judged, text)
            self._feed.when(self._feed.api.check_code(text), judged, judged)

    def _judged(self, text: str, wrong: Problem | None) -> None:
        self._judging = False
        if not self.isVisible():
            return  # closed meanwhile
        if wrong is not None:
            self._tell(in_full(wrong), "reason")
            return
        self.read.emit(text)
        self.accept()

    def _failed(self, problem: Problem) -> None:
        self._stop()
        self._tell(in_full(problem), "reason")

    def _tell(self, text: str, style: str) -> None:
        self.state.setText(text)
        self.state.setObjectName(style)
        self.state.style().polish(self.state)

    def _stop(self) -> None:
        self._close_camera()
        self.picture.show_picture(QImage())
        self.start.setEnabled(True)
        self._tell("", "muted")

    def _close_camera(self) -> None:
        self._poll.stop()
        if self._reader is not None:
            self._reader.stop()
            self._reader = None

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        """Closes the camera, whatever hid the dialog."""
        self._close_camera()
        super().hideEvent(event)

    @override
    def closeEvent(self, event: QCloseEvent) -> None:
        self._close_camera()
        super().closeEvent(event)


def _image(picture: Picture) -> QImage:
    row_bytes = 3 * picture.width
    return QImage(picture.data, picture.width, picture.height, row_bytes, QImage.Format.Format_RGB888).copy()
