"""Icons of one line style on a 24 x 24 grid, in any theme colour and at any scale."""

from __future__ import annotations

from collections.abc import Callable
from functools import cache
from pathlib import Path
from typing import override

from PySide6.QtCore import QByteArray, QRect, QRectF, QSize, Qt
from PySide6.QtGui import QIcon, QIconEngine, QPainter, QPixmap
from PySide6.QtSvg import QSvgRenderer

from app.view.theme import Theme
from twin.model.device import Device, Point
from twin.model.kind import KINDS
from twin.model.observation import Quality, Value

FOLDER = Path(__file__).resolve().parents[2] / "assets" / "icons"
FALLBACK = "device"


@cache
def names() -> frozenset[str]:
    """The names of all icons."""
    return frozenset(file.stem for file in FOLDER.glob("*.svg"))


def device_glyph(kind: str, value: Value = None) -> str:
    """The icon name for a kind of device; for a lock, the padlock for its value."""
    if kind == "lock":
        return _PADLOCKS.get(str(value), "lock_unknown")
    return KINDS[kind].glyph if kind in KINDS else FALLBACK


def current_glyph(device: Device, value: Callable[[Point], tuple[Value, Quality, int]]) -> str:
    """The icon name for a device now; `value` returns a point's value (`Feed.value`)."""
    lock = device.point("lock") if device.kind == "lock" else None
    return device_glyph(device.kind, value(lock)[0] if lock else None)


_PADLOCKS = {"locked": "lock", "unlocked": "unlock", "jammed": "unlock"}


@cache
def _drawing(name: str) -> str:
    file = FOLDER / f"{name if name in names() else FALLBACK}.svg"
    return file.read_text(encoding="utf-8")


@cache
def pixmap(name: str, colour: str, size: int = 18, scale: float = 1.0) -> QPixmap:
    """The icon in one colour, `size` logical pixels wide, for this screen scale; unknown names give a cube."""
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


class _Engine(QIconEngine):
    """Renders each icon size when it is first painted."""

    def __init__(self, name: str, theme: Theme, tone: str) -> None:
        super().__init__()
        self._name, self._theme, self._tone = name, theme, tone

    def _colour(self, mode: QIcon.Mode, state: QIcon.State) -> str:
        if mode is QIcon.Mode.Disabled:
            return self._theme.faint
        if self._tone == "muted":
            if state is QIcon.State.On:
                return self._theme.accent
            if mode is QIcon.Mode.Active:
                return self._theme.text
        return str(getattr(self._theme, self._tone))

    @override
    def paint(self, painter: QPainter, rect: QRect, mode: QIcon.Mode, state: QIcon.State) -> None:
        size, device = min(rect.width(), rect.height()), painter.device()
        scale = device.devicePixelRatioF() if device is not None else 1.0  # pyright: ignore[reportUnnecessaryComparison]
        drawn = pixmap(self._name, self._colour(mode, state), size, scale)
        painter.drawPixmap(rect.x() + (rect.width() - size) // 2, rect.y() + (rect.height() - size) // 2, drawn)

    @override
    def pixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State) -> QPixmap:
        return pixmap(self._name, self._colour(mode, state), min(size.width(), size.height()), 1.0)

    @override
    def scaledPixmap(self, size: QSize, mode: QIcon.Mode, state: QIcon.State, scale: float) -> QPixmap:
        # logical pixels, since Qt 6.8
        return pixmap(self._name, self._colour(mode, state), min(size.width(), size.height()), scale)

    @override
    def clone(self) -> QIconEngine:
        return _Engine(self._name, self._theme, self._tone)


@cache
def icon(name: str, theme: Theme, tone: str = "muted") -> QIcon:
    """The icon in a tone of the theme (`text`, `muted`, `accent` ...), fainter when disabled, accent when checked."""
    return QIcon(_Engine(name, theme, tone))
