"""Photos of the checkout on the pages of the report: small, several side by side, each with its device's number and name."""

from __future__ import annotations

from collections.abc import Callable, Iterable

from PySide6.QtCore import QRectF, QSize, Qt
from PySide6.QtGui import QImage

from app.i18n import tr
from app.label_reading import shows_label
from app.view.label.label_picture import grey
from app.view.report.checkout_photo import PHOTO_PX as KEPT_PX
from app.view.report.checkout_photo import shown_photo
from app.view.report.pdf_pages import DOTS, GREY, MARGIN, SMALL_PT, PdfPages
from twin.share.handover import ReportDevice

type PhotoOf = Callable[[str], bytes | None]
"""A photo of the checkout by its SHA-256; None where it is gone."""
PHOTO_PX = 900
"""Longest side of a photo in the report, pixels."""
_ACROSS, _GAP, _TALL = 3, 10.0, 150.0
"""Photos side by side, the gap between them and their greatest height, points."""


def draw_photos(pages: PdfPages, devices: Iterable[ReportDevice], photo_of: PhotoOf, *, with_codes: bool) -> None:
    """Draws the photos of these devices, the first ones left; one of a label, on which a pairing code may be, is left out
    unless `with_codes`.
    """
    shown = [one for one in devices if one.result.photo]
    for at in range(0, len(shown), _ACROSS):
        _draw_row(pages, shown[at : at + _ACROSS], photo_of, with_codes=with_codes)


def _draw_row(pages: PdfPages, row: list[ReportDevice], photo_of: PhotoOf, *, with_codes: bool) -> None:
    width = (pages.width - _GAP * (_ACROSS - 1)) / _ACROSS
    cells: list[tuple[str, QImage]] = []
    for one in row:
        picture, lack = _picture(photo_of(one.result.photo), with_codes=with_codes)
        cells.append((f"{one.number} · {one.device.name}{lack}", picture))
        pages.advance(2.0)
    texts = [pages.text_height(text, SMALL_PT, width=width) for text, _ in cells]
    sizes = [_fitted(picture, width) for _, picture in cells]
    tallest = max(height for _, height in sizes)
    pages.need(tallest + max(texts) + _GAP)
    for n, ((text, picture), (wide, high)) in enumerate(zip(cells, sizes, strict=True)):
        x = MARGIN + n * (width + _GAP)
        if high > 0:
            box = QRectF(x * DOTS, pages.y * DOTS, wide * DOTS, high * DOTS)
            pages.painter.drawImage(box, picture)
        pages.draw_text(text, QRectF(x, pages.y + tallest + 2.0, width, texts[n]), SMALL_PT, tone=GREY)
    pages.y += tallest + max(texts) + _GAP


def _picture(data: bytes | None, *, with_codes: bool) -> tuple[QImage, str]:
    """A photo, and what is to be told where it is not shown."""
    whole = QImage() if data is None else shown_photo(data, KEPT_PX)
    if whole.isNull():
        return QImage(), f" ({tr('photo is gone')})"
    if not with_codes and shows_label(grey(whole)):
        return QImage(), f" ({tr('photo left out: it shows a label')})"
    size = QSize(PHOTO_PX, PHOTO_PX)
    return whole.scaled(size, Qt.AspectRatioMode.KeepAspectRatio, Qt.TransformationMode.SmoothTransformation), ""


def _fitted(picture: QImage, width: float) -> tuple[float, float]:
    """Size on the page, points; (0, 0) without a picture."""
    if picture.isNull():
        return 0.0, 0.0
    factor = min(width / picture.width(), _TALL / picture.height())
    return picture.width() * factor, picture.height() * factor
