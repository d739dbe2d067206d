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
"""Maximum number of pixels of a picture file; more would need half a gigabyte of memory."""
KEPT_PX = 4_000
"""Maximum side length in pixels; larger pictures are scaled down to it."""
PNG_BYTES = 6 << 20
PNG_QUALITY = 70
"""Qt's quality for low PNG compression: drawings stay small, and saving takes a tenth of the time."""
USUAL_SCALE = 100
"""Assumed scale denominator of a PDF page until its scale is set (1:100)."""
USUAL_WIDTH_M = 15.0
_SMALLEST_PX = 400
_WHITE = 200
_HALVES: dict[tuple[int, bool], tuple[QImage, ...]] = {}
"""The scaled versions of the current backdrop, by cache key and theme."""
_AS_IT_IS = QImageIOHandler.Transformation.TransformationNone
FILES = "*.png *.jpg *.jpeg *.pdf *.dxf"


@dataclass(frozen=True, slots=True, eq=False)
class TracedPicture:
    """A picture to trace: encoded data, metres per pixel, and the number of pages of its file."""

    image: QImage
    data: bytes
    sha256: str
    m_per_px: float
    pages: int = 1


def read(path: str) -> TracedPicture:
    """Reads a picture file; ProblemError if it is missing, too large or unreadable."""
    size = QFileInfo(path).size()
    if not Path(path).is_file():
        raise _refused("picture.missing", path)
    if size > MOST_BYTES:
        raise _refused("picture.large", path)
    return _picture(path)


def is_document(path: str) -> bool:
    """Whether the file is a PDF or DXF, whose page the engine must render first."""
    return Path(path).suffix.lower() in (".pdf", ".dxf")


def is_traceable(path: str) -> bool:
    """Whether the file name's suffix is one that can be used as a backdrop."""
    return f"*{Path(path).suffix.lower()}" in FILES.split()


def image_of(data: bytes) -> QImage:
    """Decodes stored picture data; an empty image if it is damaged or too large."""
    buffer = QBuffer()
    buffer.setData(QByteArray(data))
    buffer.open(QIODevice.OpenModeFlag.ReadOnly)
    reader = QImageReader(buffer)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > KEPT_PX + 1:
        return QImage()
    return reader.read()


def is_paper(image: QImage) -> bool:
    """Whether the picture is ink on white like a plan, not a photograph."""
    few = image.scaled(32, 32, mode=Qt.TransformationMode.SmoothTransformation)
    few = few.convertToFormat(QImage.Format.Format_Grayscale8)
    return sum(few.pixelColor(x, y).value() > _WHITE for x in range(32) for y in range(32)) > 0.6 * 32 * 32


def halves(image: QImage, *, night: bool = False) -> tuple[QImage, ...]:
    """The picture at full, half, quarter size and so on; `night` inverts a picture that is ink on white."""
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
    """The picture of a document page; a page without a unit is taken as a plan of 1:100."""
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
