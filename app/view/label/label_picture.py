"""Pictures of device labels: from a file, a drop or the clipboard, to the texts of their codes."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from PySide6.QtCore import QMimeData, QSize
from PySide6.QtGui import QImage, QImageReader

from twin.model.problem import Problem, ProblemError

SUFFIXES = (".png", ".jpg", ".jpeg", ".bmp", ".gif", ".webp")
"""File suffixes of pictures that are accepted."""
BAND_PX = 64
"""Rows that are made grey at a time: Qt keeps other Python threads waiting meanwhile."""
MOST_PX = 4800
"""Longest side to which a picture file is reduced while it is read."""

type LabelSource = str | QImage
"""Path of a picture file, or a picture."""


def label_source(mime: QMimeData) -> LabelSource | None:
    """The picture that is dropped or pasted; None where it is something else."""
    paths = [url.toLocalFile() for url in mime.urls() if url.isLocalFile()]
    if paths:
        return next((path for path in paths if Path(path).suffix.casefold() in SUFFIXES), None)
    if mime.hasImage():
        picture = QImage(mime.imageData())
        return None if picture.isNull() else picture
    return None


def read_label(source: LabelSource) -> str:
    """The text to judge as a pairing code. Raises ProblemError for an unreadable picture or one without a code. Blocks: runs
    on any thread.
    """
    from app.label_reading import codes_in, pairing_text

    picture = source if isinstance(source, QImage) else _read(source)
    texts = codes_in(grey(picture))
    if not texts:
        raise ProblemError(
            Problem(code="label.no_code", where="" if isinstance(source, QImage) else source, retry=True)
        )
    return pairing_text(texts)


def _read(path: str) -> QImage:
    reader = QImageReader(path)
    reader.setAutoTransform(True)
    reader.setDecideFormatFromContent(True)
    size = reader.size()
    if size.isValid() and max(size.width(), size.height()) > MOST_PX:
        reader.setScaledSize(_fitting(size))
    picture = reader.read()
    if picture.isNull():
        limit = reader.allocationLimit() << 20
        too_large = size.isValid() and 0 < limit < 4 * size.width() * size.height()
        code = "label.too_large" if too_large else "label.no_picture"
        raise ProblemError(Problem(code=code, where=path, detail=reader.errorString()))
    return picture


def _fitting(size: QSize) -> QSize:
    share = MOST_PX / max(size.width(), size.height())
    return QSize(max(1, round(size.width() * share)), max(1, round(size.height() * share)))


def grey(picture: QImage) -> np.ndarray:
    """The picture as grey values, transparent parts white; made in bands."""
    made = np.empty((picture.height(), picture.width()), np.uint8)
    for top in range(0, picture.height(), BAND_PX):
        part = _grey_band(picture.copy(0, top, picture.width(), min(BAND_PX, picture.height() - top)))
        lines = np.frombuffer(part.constBits(), np.uint8).reshape(part.height(), part.bytesPerLine())
        made[top : top + part.height()] = lines[:, : part.width()]
    return made


def _grey_band(band: QImage) -> QImage:
    if band.hasAlphaChannel():
        flat = QImage(band.size(), QImage.Format.Format_RGB32)
        flat.fill(0xFFFFFFFF)
        from PySide6.QtGui import QPainter

        painter = QPainter(flat)
        painter.drawImage(0, 0, band)
        painter.end()
        band = flat
    return band.convertToFormat(QImage.Format.Format_Grayscale8)
