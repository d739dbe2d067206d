"""Photos of the checkout: a picture file made small and bare to be kept, and a kept one to be shown."""

from __future__ import annotations

from PySide6.QtCore import QBuffer, QByteArray, QIODevice, QSize, Qt
from PySide6.QtGui import QImage, QImageReader, QPainter

from twin.model.problem import Problem, ProblemError

PHOTO_PX = 1600
"""Longest side of a kept photo, pixels."""
PHOTO_QUALITY = 82
FORMATS = (b"jpeg", b"png", b"webp")
"""Formats that are read, by content."""


def small_jpeg(path: str) -> bytes:
    """A picture file as JPEG, upright and at most PHOTO_PX long, without its EXIF data. Blocks; runs on any thread and without
    an application. Raises ProblemError.
    """
    reader = _opened(QImageReader(path))
    size, kind = reader.size(), reader.format().data()
    picture = _read(reader, PHOTO_PX)
    if picture.isNull():
        raise ProblemError(_refusal(path, size, kind, reader.errorString()))
    bare = QImage(picture.size(), QImage.Format.Format_RGB32)
    bare.fill(Qt.GlobalColor.white)
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    painter = QPainter(bare)
    painter.drawImage(0, 0, picture)
    painter.end()
    bare.save(buffer, "JPEG", PHOTO_QUALITY)  # pyright: ignore[reportArgumentType, reportCallIssue]
    return bytes(buffer.data().data())


def shown_photo(data: bytes, longest_px: int) -> QImage:
    """A kept photo, JPEG or PNG, at most `longest_px` long; null where it is none. Blocks; runs on any thread."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    return _read(_opened(QImageReader(buffer)), longest_px)


def _opened(reader: QImageReader) -> QImageReader:
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    return reader


def _read(reader: QImageReader, longest_px: int) -> QImage:
    """The picture, upright, reduced while it is read; null where it cannot be read."""
    if not reader.canRead() or reader.format().data() not in FORMATS:
        return QImage()
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > longest_px:
        share = longest_px / max(size.width(), size.height())
        reader.setScaledSize(QSize(max(1, round(size.width() * share)), max(1, round(size.height() * share))))
    return reader.read()


def _refusal(path: str, size: QSize, kind: bytes | bytearray | memoryview, detail: str) -> Problem:
    most = QImageReader.allocationLimit() * 1024 * 1024 // 4
    if kind in FORMATS and kind != b"jpeg" and size.width() * size.height() > most:  # only a JPEG is reduced while read
        args = {"width": size.width(), "height": size.height()}
        return Problem(code="checkout.photo_too_many_pixels", where=path, args=args)
    return Problem(code="checkout.no_photo", where=path, detail=detail)
