"""Reads backdrop pictures within size limits and re-encodes them as PNG or JPEG."""

from __future__ import annotations

import hashlib
from dataclasses import dataclass
from pathlib import Path

from PySide6.QtCore import QBuffer, QByteArray, QFileInfo, QIODevice, Qt
from PySide6.QtGui import QImage, QImageIOHandler, QImageReader

from twin.model.document_page import DocumentPage
from twin.model.problem import Problem, ProblemError

MOST_BYTES = 200 << 20
MOST_PX = 120_000_000
"""More pixels than this are no plan, and half a gigabyte of memory."""
KEPT_PX = 4_000
"""A longer side is made so long: enough to trace, little to keep."""
PNG_BYTES = 6 << 20
PNG_QUALITY = 70
"""Qt's word for little compression: a page of lines is small all the same, and there in a tenth of the time."""
USUAL_SCALE = 100
"""A PDF page is taken for 1:100 until its scale is set."""
USUAL_WIDTH_M = 15.0
_SMALLEST_PX = 400
_WHITE = 200
_HALVES: dict[tuple[int, bool], tuple[QImage, ...]] = {}
"""Of the picture that is traced now."""
_AS_IT_IS = QImageIOHandler.Transformation.TransformationNone
FILES = "*.png *.jpg *.jpeg *.pdf *.dxf"


@dataclass(frozen=True, slots=True, eq=False)
class TracedPicture:
    """A picture as it is kept, how large a pixel is thought to be, and how many pages its file has."""

    image: QImage
    data: bytes
    sha256: str
    m_per_px: float
    pages: int = 1


def read(path: str) -> TracedPicture:
    """Reads a file; ProblemError says what is wrong with it."""
    size = QFileInfo(path).size()
    if not Path(path).is_file():
        raise _refused("picture.missing", path)
    if size > MOST_BYTES:
        raise _refused("picture.large", path)
    return _picture(path)


def is_document(path: str) -> bool:
    """Whether the engine has to draw a page of it first."""
    return Path(path).suffix.lower() in (".pdf", ".dxf")


def is_traceable(path: str) -> bool:
    """Whether a file can be laid behind the plan, by its name."""
    return f"*{Path(path).suffix.lower()}" in FILES.split()


def image_of(data: bytes) -> QImage:
    """The picture of kept bytes; an empty one where they are damaged."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > KEPT_PX + 1:
        return QImage()
    return reader.read()


def is_paper(image: QImage) -> bool:
    """Whether it is ink on white, as plans are, and not a photograph."""
    few = image.scaled(32, 32, mode=Qt.TransformationMode.SmoothTransformation)
    few = few.convertToFormat(QImage.Format.Format_Grayscale8)
    return sum(few.pixelColor(x, y).value() > _WHITE for x in range(32) for y in range(32)) > 0.6 * 32 * 32


def halves(image: QImage, *, night: bool = False) -> tuple[QImage, ...]:
    """The picture, half as fine, a quarter as fine and so on: thin lines get lighter there, and do not fall apart.

    At night what is ink on white is light on black.
    """
    key = image.cacheKey(), night
    if key not in _HALVES:
        _HALVES.clear()
        made = [image.convertToFormat(QImage.Format.Format_RGB32) if night else image]
        if night and is_paper(image):
            made[0].invertPixels()
        while made[-1].width() > _SMALLEST_PX:
            size = made[-1].size() / 2
            made.append(made[-1].scaled(size, mode=Qt.TransformationMode.SmoothTransformation))
        _HALVES[key] = tuple(made)
    return _HALVES[key]


def _picture(path: str) -> TracedPicture:
    reader = QImageReader(path)
    reader.setDecideFormatFromContent(True)
    reader.setAutoTransform(True)
    if bytes(reader.format().data()) not in (b"png", b"jpeg", b"jpg"):
        raise _refused("picture.format", path)
    size = reader.size()
    if not size.isValid() or size.width() * size.height() > MOST_PX:
        raise _refused("picture.pixels", path)
    small = max(size.width(), size.height()) <= KEPT_PX
    if not small:
        reader.setScaledSize(size.scaled(KEPT_PX, KEPT_PX, Qt.AspectRatioMode.KeepAspectRatio))
    QImageReader.setAllocationLimit(MOST_PX * 4 >> 20)
    image = reader.read()
    if image.isNull():
        raise _refused("picture.broken", path, reader.errorString())
    m_per_px = USUAL_WIDTH_M / image.width()
    if small and QFileInfo(path).size() <= PNG_BYTES and reader.transformation() == _AS_IT_IS:
        data = Path(path).read_bytes()  # as it is: encoding again takes longer than reading
        return TracedPicture(image, data, hashlib.sha256(data).hexdigest(), m_per_px)
    return _kept(image, m_per_px, photo=b"jp" in bytes(reader.format().data()))


def from_page(page: DocumentPage) -> TracedPicture:
    """A page of a document, taken for a plan of 1:100 until its scale is set; a drawing has a scale of its own."""
    rows = QImage(page.rgb, page.width_px, page.height_px, page.width_px * 3, QImage.Format.Format_RGB888)
    return _kept(rows.copy(), page.m_per_px * (1 if page.unit else USUAL_SCALE), page.pages)


def _kept(image: QImage, m_per_px: float, pages: int = 1, *, photo: bool = False) -> TracedPicture:
    data = b"" if photo else _bytes(image, "PNG", PNG_QUALITY)
    if not 0 < len(data) <= PNG_BYTES:
        data = _bytes(image.convertToFormat(QImage.Format.Format_RGB32), "JPEG", 88)
    return TracedPicture(image, data, hashlib.sha256(data).hexdigest(), m_per_px, pages)


def _bytes(image: QImage, kind: str, quality: int) -> bytes:
    buffer = QBuffer()
    buffer.open(QIODevice.OpenModeFlag.WriteOnly)
    image.save(buffer, kind, quality)  # pyright: ignore[reportCallIssue, reportArgumentType]
    return bytes(buffer.data().data())


def _refused(code: str, path: str, detail: str = "") -> ProblemError:
    return ProblemError(Problem(code=code, where=path, detail=detail[:200]))
