"""Pictures of labels with codes, as people take them."""

from __future__ import annotations

import numpy as np
import zxingcpp
from PySide6.QtCore import Qt
from PySide6.QtGui import QColor, QImage, QPainter, QTransform

QR, MANUAL = "MT:Y.K904QI148-.548G00", "00054912336"
OTHER_QR = "MT:Y.K9042C00KA0648G00"


def barcode(text: str, kind: str = "QRCode", scale: int = 6) -> QImage:
    """A code as a picture, black on white."""
    made = zxingcpp.create_barcode(text, zxingcpp.barcode_format_from_str(kind))
    grey = np.ascontiguousarray(np.array(zxingcpp.write_barcode_to_image(made, scale=scale)))
    height, width = grey.shape[:2]
    return QImage(grey.data, width, height, grey.strides[0], QImage.Format.Format_Grayscale8).copy()


def label(*codes: QImage, digits: str = "0005-491-2336", paper: str = "#f4f1ea", size: int = 640) -> QImage:
    """A label with these codes side by side and digits below."""
    made = QImage(size, size * 2 // 3, QImage.Format.Format_RGB32)
    made.fill(QColor(paper))
    painter = QPainter(made)
    x = 30
    for code in codes:
        painter.drawImage(x, 30, code)
        x += code.width() + 40
    painter.drawText(30, made.height() - 20, digits)
    painter.end()
    return made


def turned(picture: QImage, degrees: float) -> QImage:
    """Rotated on a grey table."""
    around = picture.transformed(QTransform().rotate(degrees), Qt.TransformationMode.SmoothTransformation)
    made = QImage(around.size(), QImage.Format.Format_RGB32)
    made.fill(QColor("#8a8f96"))
    painter = QPainter(made)
    painter.drawImage(0, 0, around)
    painter.end()
    return made


def blurred(picture: QImage, share: float) -> QImage:
    """As out of focus: made smaller and larger again, smoothly."""
    small = picture.scaled(
        picture.size() * share, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation
    )
    return small.scaled(
        picture.size(), Qt.AspectRatioMode.IgnoreAspectRatio, Qt.TransformationMode.SmoothTransformation
    )


def small(picture: QImage, width: int) -> QImage:
    return picture.scaledToWidth(width, Qt.TransformationMode.SmoothTransformation)


def leaning(picture: QImage) -> QImage:
    """As seen from the side."""
    return turned(
        picture.transformed(
            QTransform(1, 0.08, 0.0002, 0.1, 1, 0.0003, 0, 0, 1), Qt.TransformationMode.SmoothTransformation
        ),
        0,
    )


def shaded(picture: QImage, low: int, high: int) -> QImage:
    """With less contrast: black is `low`, white `high`."""
    made = picture.convertToFormat(QImage.Format.Format_Grayscale8)
    made.setColorTable([])
    grey = np.frombuffer(made.constBits(), np.uint8).reshape(made.height(), made.bytesPerLine())[:, : made.width()]
    flat = np.ascontiguousarray((grey.astype(float) / 255 * (high - low) + low).astype(np.uint8))
    return QImage(flat.data, made.width(), made.height(), made.width(), QImage.Format.Format_Grayscale8).copy()


def noisy(picture: QImage) -> QImage:
    grey = shaded(picture, 60, 200)
    data = np.frombuffer(grey.constBits(), np.uint8).reshape(grey.height(), grey.bytesPerLine())[:, : grey.width()]
    rough = np.clip(data + np.random.default_rng(7).normal(0, 18, data.shape), 0, 255).astype(np.uint8)
    rough = np.ascontiguousarray(rough)
    return QImage(rough.data, grey.width(), grey.height(), grey.width(), QImage.Format.Format_Grayscale8).copy()


def inverted(picture: QImage) -> QImage:
    made = picture.copy()
    made.invertPixels()
    return made


def photo(picture: QImage) -> QImage:
    """Large, as of a telephone: the label takes a quarter of the width."""
    made = QImage(4032, 3024, QImage.Format.Format_RGB32)
    made.fill(QColor("#6b5a48"))
    painter = QPainter(made)
    painter.drawImage(1400, 1100, picture.scaledToWidth(1000, Qt.TransformationMode.SmoothTransformation))
    painter.end()
    return made
