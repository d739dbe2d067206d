"""Export actions: pictures of any size, and the building with its devices as glTF or IFC."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from pathlib import Path
from typing import Protocol

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QGuiApplication, QImage, QImageWriter
from PySide6.QtWidgets import (
    QCheckBox,
    QFileDialog,
    QHBoxLayout,
    QMainWindow,
    QPushButton,
    QVBoxLayout,
)

from app.i18n import tr
from app.view.control.dialog import Dialog
from app.view.control.form_fields import WholeNumberBox
from app.view.control.widgets import row, text_label
from app.view.export_name import export_name
from app.view.feed import Feed
from twin.files import atomic
from twin.files.errors import os_problem
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

FORMATS = (("glTF 2.0", ".glb"), ("IFC", ".ifc"))
SIZES = (("Full HD", 1920, 1080), ("4K", 3840, 2160), ("8K", 7680, 4320))
LARGEST_PX = 8192
"""Maximum side length of a picture in pixels; many graphics cards cannot render larger ones."""


_FINE = "Print quality: under a sky, light of 1,024 rays is computed in the background, which takes minutes"


class PictureSource(Protocol):
    """Renders the picture of the 3D view."""

    def picture(self, width: int, height: int) -> QImage: ...
    def fine_picture(self, width: int, height: int, done: Callable[[QImage | None], None]) -> bool: ...


class ExportHost(Protocol):
    """The attributes and methods of the window that export actions use."""

    @property
    def scene(self) -> PictureSource | None: ...
    @property
    def main(self) -> QMainWindow: ...
    def notify(self, text: str) -> None: ...


class ExportActions:
    """Asks for the target file, writes it and reports the result."""

    def __init__(self, host: ExportHost, feed: Feed) -> None:
        self.host, self.feed = host, feed
        self.sheet: PictureSheet | None = None

    def building(self) -> None:
        """Asks for a file name and writes the building and its devices; the suffix selects glTF or IFC."""
        if not self.feed.api.project():
            return
        filters = ";;".join(f"{title} (*{suffix})" for title, suffix in FORMATS)
        name = export_name(self.feed.api.project(), self.feed.twin.name)
        path, chosen = QFileDialog.getSaveFileName(self.host.main, tr("Export building"), f"{name}.glb", filters)
        if not path:
            return
        suffix = next((suffix for title, suffix in FORMATS if chosen.startswith(title)), FORMATS[0][1])
        whole = path if Path(path).suffix.lower() in {ending for _, ending in FORMATS} else path + suffix
        self.feed.when(self.feed.api.export(whole), lambda _: self._saved(whole))

    def picture(self) -> None:
        """Asks for a size and a file name, then saves a picture of the 3D view."""
        if self.host.scene is None:
            return
        self.sheet = PictureSheet(self.host.main)
        self.sheet.accepted.connect(self._ask_where)
        self.sheet.open()

    def _ask_where(self) -> None:
        path, _ = QFileDialog.getSaveFileName(self.host.main, tr("Save picture"), "oikos.png", "PNG (*.png)")
        if path and self.sheet is not None:
            save = self.save_fine if self.sheet.is_fine else self.save
            save(path if path.endswith(".png") else f"{path}.png", self.sheet.size_px)

    def save(self, path: str, size: QSize) -> None:
        """Saves the 3D view as a picture of this size (pixels); raises a problem if the file cannot be written."""
        if self.host.scene is None:
            return
        QGuiApplication.setOverrideCursor(Qt.CursorShape.WaitCursor)
        try:
            self._write(self.host.scene.picture(size.width(), size.height()), path)
        finally:
            QGuiApplication.restoreOverrideCursor()

    def save_fine(self, path: str, size: QSize) -> None:
        """Saves a picture of print quality when its light is there, minutes later; the status bar shows its progress and
        stops it. Raises a problem at once if the file cannot be written."""
        if self.host.scene is None:
            return
        try:
            atomic.check_target(Path(path), atomic.PICTURE)
        except ProblemError as error:
            self.feed.raise_problem(*error.problems)
            return
        begun = self.host.scene.fine_picture(size.width(), size.height(), partial(self._take, path))
        said = tr("The picture is made in the background") if begun else tr("A fine picture is already being made")
        self.host.notify(said)

    def _take(self, path: str, picture: QImage | None) -> None:
        if picture is None:
            self.host.notify(tr("No picture: its light was stopped"))
        else:
            self._write(picture, path)

    def _write(self, picture: QImage, path: str) -> None:
        try:
            save_picture(picture, Path(path))
        except ProblemError as error:
            self.feed.raise_problem(*error.problems)
        else:
            self._saved(path)

    def _saved(self, path: str) -> None:
        self.host.notify(tr("Saved {name}", name=Path(path).name))


def save_picture(picture: QImage, out: Path, *, force: bool = False) -> None:
    """Writes a picture in the format of the file's suffix; ProblemError if that fails, an existing file is then kept.
    `force` replaces a file that is no picture."""
    try:
        with atomic.replacing(out, atomic.PICTURE, force=force) as part:
            file = QBuffer()  # Qt does not report that the last bytes of a JPEG were not written to a file
            file.open(QIODevice.OpenModeFlag.WriteOnly)
            writer = QImageWriter(file, QByteArray(out.suffix[1:].lower().encode()))
            if not writer.write(picture):
                raise ProblemError(_unwritten(out, writer))
            atomic.fill(part, bytes(file.data().data()))
    except OSError as error:
        raise ProblemError(unsaved(out, error)) from error


class PictureSheet(Dialog):
    """Dialog that asks for the picture size: common sizes, twice the window's size, or any other."""

    def __init__(self, parent: QMainWindow) -> None:
        super().__init__(parent)
        self.setWindowTitle(tr("Save picture"))
        self.setMinimumWidth(420)
        column = QVBoxLayout(self)
        column.setContentsMargins(22, 20, 22, 18)
        column.setSpacing(12)
        column.addWidget(text_label(tr("Save picture"), "heading"))
        column.addWidget(text_label(tr("The 3D view as it is now, with its labels"), "muted", wrap=True))
        self.width_px, self.height_px = self._side(), self._side()
        self._set(parent.width() * 2, parent.height() * 2)
        presets = QHBoxLayout()
        window = (tr("Window"), parent.width() * 2, parent.height() * 2)
        for title, width, height in (window, *SIZES):
            button = QPushButton(title)
            button.clicked.connect(lambda _=False, w=width, h=height: self._set(w, h))
            presets.addWidget(button)
        column.addLayout(presets)
        column.addLayout(row(self.width_px, text_label("×"), self.height_px, 1))
        self.fine = QCheckBox(tr("Fine"))
        column.addWidget(self.fine)
        column.addWidget(text_label(tr(_FINE), "muted", wrap=True))
        no, yes = QPushButton(tr("Cancel")), QPushButton(tr("Save picture…"))
        yes.setObjectName("primary")
        no.clicked.connect(self.reject)
        yes.clicked.connect(self.accept)
        column.addLayout(row(1, no, yes))

    @property
    def size_px(self) -> QSize:
        """The chosen size in pixels."""
        return QSize(self.width_px.value(), self.height_px.value())

    @property
    def is_fine(self) -> bool:
        """Whether it shall be of print quality."""
        return self.fine.isChecked()

    def _side(self) -> WholeNumberBox:
        side = WholeNumberBox()
        side.setRange(64, LARGEST_PX)
        side.setSuffix(" px")
        return side

    def _set(self, width: int, height: int) -> None:
        self.width_px.setValue(width)
        self.height_px.setValue(height)


def unsaved(out: Path, error: OSError) -> Problem:
    """The problem that the picture cannot be written to this path."""
    return os_problem(error, out, code="picture.unsaved")


def _unwritten(out: Path, writer: QImageWriter) -> Problem:
    """The problem that Qt could not write the picture: unknown format, or disk full."""
    known = writer.error() is not QImageWriter.ImageWriterError.UnsupportedFormatError
    return Problem(
        code="picture.unsaved",
        where=str(out),
        remedy=Text("os.full" if known else "picture.unsaved.format"),
        retry=True,
        detail=writer.errorString(),
    )
