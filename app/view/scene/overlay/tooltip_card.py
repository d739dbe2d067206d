"""Tooltip card of a device: name, room, values, online state."""

from __future__ import annotations

from dataclasses import dataclass

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QFontMetricsF, QPainter, QPen

from app.view.style import colour, font
from app.view.theme import Theme

_PAD_PX, _GAP_PX, _EDGE_PX = 11.0, 14.0, 6.0
_NAME_PX, _ROW_PX, _SPACE_PX = 19.0, 18.0, 5.0
_LEAST_PX, _MOST_PX = 132.0, 300.0
_DOT_PX = 7.0


@dataclass(frozen=True, slots=True)
class TooltipCard:
    """Contents of a device's tooltip: `rows` of (name, value), and a short `state`."""

    name: str
    where: str = ""
    rows: tuple[tuple[str, str], ...] = ()
    state: str = ""
    tone: str = "good"
    """Theme colour of the dot before the state: good, offline or error."""

    @property
    def text(self) -> str:
        """The card's content as plain text lines."""
        lines = [f"{name}: {value}" for name, value in self.rows]
        return "\n".join(line for line in (self.name, self.where, *lines, self.state) if line)

    @property
    def height(self) -> float:
        """Height of the card in logical pixels."""
        lines = bool(self.where) + len(self.rows) + bool(self.state)
        between = (_SPACE_PX if self.rows else 0.0) + (_SPACE_PX if self.state else 0.0)
        return _NAME_PX + lines * _ROW_PX + between + 2 * _PAD_PX - 4

    def width(self) -> float:
        """Width of the card in logical pixels, limited for readability."""
        strong, plain = QFontMetricsF(font(13, strong=True)), QFontMetricsF(font(12))
        value = QFontMetricsF(font(12, strong=True))
        wide = [
            strong.horizontalAdvance(self.name),
            plain.horizontalAdvance(self.where),
            plain.horizontalAdvance(self.state) + _DOT_PX + 6,
            *(plain.horizontalAdvance(name) + 18 + value.horizontalAdvance(text) for name, text in self.rows),
        ]
        return min(_MOST_PX, max(_LEAST_PX, max(wide) + 2 * _PAD_PX + 2))


def card_position(size: tuple[float, float], thing: QPointF, reach: float, view: QRectF) -> QRectF:
    """Rectangle of a card that never covers the device (a circle of radius `reach`) and, where it fits, stays in the
    view:
    above it, else below, else beside.
    """
    width, height = size
    inside = view.adjusted(_EDGE_PX, _EDGE_PX, -_EDGE_PX, -_EDGE_PX)
    left = min(max(inside.left(), thing.x() - width / 2), max(inside.left(), inside.right() - width))
    top = min(max(inside.top(), thing.y() - height / 2), max(inside.top(), inside.bottom() - height))
    far = reach + _GAP_PX - 4
    spots = (
        QRectF(left, thing.y() - far - height, width, height),
        QRectF(left, thing.y() + far, width, height),
        QRectF(thing.x() + far, top, width, height),
        QRectF(thing.x() - far - width, top, width, height),
    )
    return next((spot for spot in spots if inside.contains(spot)), spots[0 if thing.y() > view.center().y() else 1])


def draw(painter: QPainter, card: TooltipCard, box: QRectF, theme: Theme) -> None:
    """Paints the card into its box."""
    painter.setPen(Qt.PenStyle.NoPen)
    for grow, alpha in ((5.0, 0.03), (3.0, 0.05), (1.2, 0.07)):
        painter.setBrush(colour("#000000", alpha))
        painter.drawRoundedRect(box.adjusted(-grow, -grow + 2, grow, grow + 2), 12, 12)
    painter.setPen(QPen(colour(theme.pill_line), 1))
    painter.setBrush(colour(theme.pill, 0.98))
    painter.drawRoundedRect(box, 9, 9)
    inner = box.adjusted(_PAD_PX, _PAD_PX - 2, -_PAD_PX, -_PAD_PX + 2)
    top = inner.top()
    _line(painter, card.name, QRectF(inner.left(), top, inner.width(), _NAME_PX), (13, True, theme.pill_text))
    top += _NAME_PX
    if card.where:
        _line(painter, card.where, QRectF(inner.left(), top, inner.width(), _ROW_PX), (12, False, theme.muted))
        top += _ROW_PX
    top += _SPACE_PX if card.rows else 0.0
    for name, text in card.rows:
        row = QRectF(inner.left(), top, inner.width(), _ROW_PX)
        value = min(QFontMetricsF(font(12, strong=True)).horizontalAdvance(text) + 2, row.width() * 0.62)
        _line(painter, name, row.adjusted(0, 0, -value - 10, 0), (12, False, theme.muted))
        _line(painter, text, row.adjusted(row.width() - value, 0, 0, 0), (12, True, theme.pill_text))
        top += _ROW_PX
    if card.state:
        top += _SPACE_PX
        tone = {"good": theme.good, "error": theme.error}.get(card.tone, theme.offline)
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(tone))
        painter.drawEllipse(QRectF(inner.left(), top + (_ROW_PX - _DOT_PX) / 2, _DOT_PX, _DOT_PX))
        place = QRectF(inner.left() + _DOT_PX + 6, top, inner.width() - _DOT_PX - 6, _ROW_PX)
        _line(painter, card.state, place, (12, False, theme.error if card.tone == "error" else theme.muted))


def _line(painter: QPainter, text: str, box: QRectF, look: tuple[int, bool, str]) -> None:
    size, strong, ink = look
    face = font(size, strong=strong)
    painter.setFont(face)
    painter.setPen(colour(ink))
    shown = QFontMetricsF(face).elidedText(text, Qt.TextElideMode.ElideRight, box.width() + 1)
    painter.drawText(box, Qt.AlignmentFlag.AlignVCenter, shown)
