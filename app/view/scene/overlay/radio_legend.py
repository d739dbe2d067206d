"""Legend of the radio links: how many of each strength, what is not drawn, and how old they are."""

from __future__ import annotations

from collections.abc import Mapping, Sequence
from typing import Protocol

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen

from app.i18n import format_age, tr
from app.i18n.radio_texts import strength_word
from app.view.scene.overlay.legend import LINE_PX, MARGIN_PX, PAD_PX, TITLE_PX, WIDTH_PX, draw_card
from app.view.style import colour, font
from app.view.theme import Theme
from twin.model.radio_map import RadioMap, RadioStrength

STRENGTHS = (RadioStrength.STRONG, RadioStrength.FAIR, RadioStrength.WEAK, RadioStrength.UNKNOWN)
"""Strengths from thick to thin; their places are codes."""
_BAR_PX, _TEXT_PX = 22, 32
_THICK_PX = (5.0, 3.4, 2.2, 1.4)


def strength_colours(theme: Theme) -> Mapping[RadioStrength, str]:
    """The colour of each strength."""
    tones = theme.series[2], theme.series[4], theme.error, theme.offline
    return dict(zip(STRENGTHS, tones, strict=True))


class DrawnLinks(Protocol):
    """What is drawn of a map: the layer of radio links."""

    map: RadioMap | None
    rows: NDArray[np.intp]
    """(links, 2) rows of the devices at both ends, -1 for a node without place."""
    strength: NDArray[np.intp]
    """(links,) index into STRENGTHS."""
    drawn: NDArray[np.intp]
    """Links of the map that are drawn."""


class RadioLegend:
    """A line per strength that occurs, then notes."""

    def __init__(self, layer: DrawnLinks, now_ms: int) -> None:
        found = layer.map
        count = np.bincount(layer.strength, minlength=len(STRENGTHS)).tolist()
        self.rows = [
            (place, f"{n} {strength_word(one)}")
            for place, (one, n) in enumerate(zip(STRENGTHS, count, strict=True))
            if n
        ]
        self.notes: Sequence[str] = _notes(layer, found, now_ms) if found is not None else ()

    def box(self, height: int) -> QRectF:
        """The legend's rectangle in a view of this height, pixels."""
        own = TITLE_PX + LINE_PX * (len(self.rows) + len(self.notes)) + 9
        return QRectF(MARGIN_PX, height - MARGIN_PX - own, WIDTH_PX, own)

    def draw(self, painter: QPainter, theme: Theme, height: int) -> None:
        """Paints the legend into a view of this height."""
        place = self.box(height)
        inner = draw_card(painter, theme, place, tr("Radio links"))
        top = place.top() + TITLE_PX
        tones = list(strength_colours(theme).values())
        painter.setFont(font(12))
        for code, text in self.rows:
            pen = QPen(colour(tones[code]), _THICK_PX[code])
            pen.setCapStyle(Qt.PenCapStyle.RoundCap)
            painter.setPen(pen)
            middle = top + LINE_PX / 2
            painter.drawLine(QPointF(inner.left() + 2, middle), QPointF(inner.left() + _BAR_PX, middle))
            painter.setPen(colour(theme.pill_text))
            painter.drawText(QRectF(inner.left() + _TEXT_PX, top, 200, LINE_PX), Qt.AlignmentFlag.AlignVCenter, text)
            top += LINE_PX
        painter.setPen(colour(theme.muted))
        for text in self.notes:
            line = QRectF(inner.left(), top, WIDTH_PX - 2 * PAD_PX, LINE_PX)
            shown = painter.fontMetrics().elidedText(text, Qt.TextElideMode.ElideRight, int(line.width()))
            painter.drawText(line, Qt.AlignmentFlag.AlignVCenter, shown)
            top += LINE_PX


def _notes(layer: DrawnLinks, found: RadioMap, now_ms: int) -> Sequence[str]:
    badged = int(((layer.rows >= 0).sum(1) == 1).sum())
    placeless = int((layer.rows < 0).all(1).sum()) if len(layer.rows) else 0
    elsewhere = len(layer.rows) - len(layer.drawn) - badged - placeless
    asked = (
        tr("Asked {ago}", ago=format_age(found.asked_ms, now_ms)) if found.asked_ms is not None else tr("Not asked yet")
    )
    notes = [f"{asked} · {tr('simulated')}" if found.simulated else asked]
    notes += [tr("%n lead to something without a place", badged)] if badged else []
    notes += [tr("%n are between devices without a place", placeless)] if placeless else []
    notes += [tr("%n lead to storeys that are not shown", elsewhere)] if elsewhere else []
    return notes
