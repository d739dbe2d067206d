"""Icons: one line style, 24 x 24, drawn in any colour of the theme and sharp at any scale."""

from __future__ import annotations

from functools import cache
from pathlib import Path

from PySide6.QtCore import QByteArray, QRectF, Qt
from PySide6.QtGui import QIcon, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.view.theme import Theme

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "icons"
FALLBACK = "device"
_SCALES = (1.0, 2.0)


@cache
def names() -> frozenset[str]:
    """Every icon that ships."""
    return frozenset(file.stem for file in FOLDER.glob("*.svg"))


@cache
def _drawing(name: str) -> str:
    file = FOLDER / f"{name if name in names() else FALLBACK}.svg"
    return file.read_text(encoding="utf-8")


@cache
def pixmap(name: str, colour: str, size: int = 18, scale: float = 1.0) -> QPixmap:
    """The icon in one colour, `size` logical pixels wide on a screen with this scale; an unknown name is a cube."""
    renderer = QSvgRenderer(QByteArray(_drawing(name).replace("currentColor", colour).encode()))
    pixels = max(1, round(size * scale))
    picture = QPixmap(pixels, pixels)
    picture.fill(Qt.GlobalColor.transparent)
    painter = QPainter(picture)
    painter.setRenderHint(QPainter.RenderHint.Antialiasing)
    renderer.render(painter, QRectF(0, 0, pixels, pixels))
    painter.end()
    picture.setDevicePixelRatio(scale)
    return picture


@cache
def icon(name: str, theme: Theme, tone: str = "muted") -> QIcon:
    """The icon in a tone of the theme (`text`, `muted`, `accent` ...), fainter when disabled, accent when checked."""
    made = QIcon()
    colour = getattr(theme, tone)
    for scale in _SCALES:
        for size in (16, 18, 20, 24):
            made.addPixmap(pixmap(name, colour, size, scale))
            made.addPixmap(pixmap(name, theme.faint, size, scale), QIcon.Mode.Disabled)
            if tone == "muted":
                made.addPixmap(pixmap(name, theme.accent, size, scale), QIcon.Mode.Normal, QIcon.State.On)
                made.addPixmap(pixmap(name, theme.text, size, scale), QIcon.Mode.Active)
                made.addPixmap(pixmap(name, theme.accent, size, scale), QIcon.Mode.Active, QIcon.State.On)
    return made
