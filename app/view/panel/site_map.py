"""Map of the sites, drawn without any tiles: graticule, outline of the land, scale bar, and each site by what is worst."""

from __future__ import annotations

from collections.abc import Sequence
from typing import override

from PySide6.QtCore import QEvent, QPointF, QRectF, Qt, Signal
from PySide6.QtGui import QHelpEvent, QMouseEvent, QPainter, QPaintEvent, QPen, QPolygonF
from PySide6.QtWidgets import QToolTip, QWidget

from app.i18n import tr
from app.portfolio.map_view import LAND_DEG, MapView, fitted_map, land
from app.portfolio.site_status import SiteStatus, distance_km
from app.view.control.safe_text import one_line, tip_text
from app.view.panel.site_card import alarm_words, state_words, tone_of
from app.view.style import colour, current_theme, mix, text_width
from app.view.theme import Theme

DOT_PX, CHOSEN_PX, REACH_PX = 7.0, 11.0, 16.0
"""Radius of a site and of the chosen one's ring, and how far from a site the mouse still means it."""
SMALL_PX = 11
NAME_LETTERS = 28
EDGE_PX = 10
SCALE_PX = 120.0


class SiteMap(QWidget):
    """The sites that have coordinates; a click chooses one, a double click opens it. The cards are its keyboard."""

    chosen = Signal(str)
    open_wanted = Signal(str)

    def __init__(self) -> None:
        super().__init__()
        self.setMinimumSize(260, 200)
        self.setMouseTracking(True)
        self._sites: list[tuple[SiteStatus, tuple[float, float]]] = []
        self._without, self._chosen, self._now_ms = 0, "", 0
        self._shown: list[tuple[SiteStatus, QPointF]] = []
        """Sites and where they were painted."""

    def show_sites(self, sites: Sequence[SiteStatus], chosen: str, now_ms: int) -> None:
        """Shows these sites, the chosen one (by its address) with a ring."""
        self._sites = [(one, one.position) for one in sites if one.position is not None]
        self._without, self._chosen, self._now_ms = len(sites) - len(self._sites), chosen, now_ms
        self.setAccessibleName(tr("Map of the sites"))
        self.update()

    def site_at(self, where: QPointF) -> SiteStatus | None:
        """The site nearest to a place of the map; None where none is near."""
        near = [((at - where).manhattanLength(), number) for number, (_, at) in enumerate(self._shown)]
        distance, number = min(near, default=(REACH_PX, -1))
        return self._shown[number][0] if distance < REACH_PX else None

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        painter, theme = QPainter(self), current_theme()
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        font = painter.font()
        font.setPixelSize(SMALL_PX)
        painter.setFont(font)
        view = fitted_map([place for _, place in self._sites], self.width(), self.height())
        painter.fillRect(self.rect(), colour(mix(theme.window, theme.accent, 0.07)))
        if view.span_deg >= LAND_DEG:
            self._paint_land(painter, view, theme)
        self._paint_graticule(painter, view, theme)
        self._paint_sites(painter, view, theme)
        self._paint_notes(painter, view, theme)

    def _paint_land(self, painter: QPainter, view: MapView, theme: Theme) -> None:
        painter.setPen(QPen(colour(mix(theme.line, theme.muted, 0.35)), 1))
        painter.setBrush(colour(mix(theme.panel, theme.good, 0.06)))
        for ring in land():
            for turn in (-360.0, 0.0, 360.0):
                points = [view.at(latitude, longitude - view.longitude + turn) for latitude, longitude in ring]
                xs = [x for x, _ in points]
                if max(xs) >= 0 and min(xs) <= view.width:
                    painter.drawPolygon(QPolygonF([QPointF(x, y) for x, y in points]))

    def _paint_graticule(self, painter: QPainter, view: MapView, theme: Theme) -> None:
        meridians, parallels, step = view.graticule()
        digits = max(0, len(f"{step:g}".partition(".")[2]))
        line, words = colour(theme.line), colour(theme.faint)
        for longitude, x in meridians:
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(x, 0), QPointF(x, view.height))
            painter.setPen(words)
            painter.drawText(
                QPointF(x + 3, SMALL_PX + 2), _degrees(longitude, digits, tr("{degrees}° E"), tr("{degrees}° W"))
            )
        for latitude, y in parallels:
            painter.setPen(QPen(line, 1))
            painter.drawLine(QPointF(0, y), QPointF(view.width, y))
            painter.setPen(words)
            painter.drawText(QPointF(4, y - 3), _degrees(latitude, digits, tr("{degrees}° N"), tr("{degrees}° S")))

    def _paint_sites(self, painter: QPainter, view: MapView, theme: Theme) -> None:
        """Paints the least urgent sites first, so that no other hides a worse one, and names where there is room."""
        self._shown = []
        taken: list[QRectF] = []
        placed = [(one, QPointF(*view.place(*place))) for one, place in self._sites]
        taken += [QRectF(at.x() - DOT_PX, at.y() - DOT_PX, 2 * DOT_PX, 2 * DOT_PX) for _, at in placed]
        for one, at in sorted(placed, key=lambda pair: -pair[0].rank):
            painter.setPen(QPen(colour(theme.raised), 1.5))
            painter.setBrush(colour(getattr(theme, tone_of(one))))
            painter.drawEllipse(at, DOT_PX, DOT_PX)
            if one.site.at == self._chosen:
                painter.setPen(QPen(colour(theme.accent), 2))
                painter.setBrush(Qt.BrushStyle.NoBrush)
                painter.drawEllipse(at, CHOSEN_PX, CHOSEN_PX)
            if not one.live:  # told by its shape, too
                painter.setPen(QPen(colour(theme.raised), 1.5))
                painter.drawLine(at - QPointF(3, 3), at + QPointF(3, 3))
            self._shown.append((one, at))
        for one, at in sorted(placed, key=lambda pair: (pair[0].site.at != self._chosen, pair[0].rank)):
            self._paint_name(painter, one, at, taken, theme)

    def _paint_name(self, painter: QPainter, one: SiteStatus, at: QPointF, taken: list[QRectF], theme: Theme) -> None:
        name = one_line(one.title, NAME_LETTERS)
        wide = text_width(name, SMALL_PX) + 8
        for x, y in (
            (DOT_PX + 4, -8.0),
            (-DOT_PX - 4 - wide, -8.0),
            (-wide / 2, DOT_PX + 3),
            (-wide / 2, -DOT_PX - 19),
        ):
            box = QRectF(at.x() + x, at.y() + y, wide, 16)
            if self.rect().contains(box.toAlignedRect()) and not any(box.intersects(other) for other in taken):
                taken.append(box)
                painter.setPen(Qt.PenStyle.NoPen)
                painter.setBrush(colour(theme.pill))
                painter.drawRoundedRect(box, 6, 6)
                painter.setPen(colour(theme.pill_text if one.live else theme.faint))
                painter.drawText(box, Qt.AlignmentFlag.AlignCenter, name)
                return

    def _paint_notes(self, painter: QPainter, view: MapView, theme: Theme) -> None:
        bottom = view.height - EDGE_PX
        if self._sites:
            km, pixels = view.scale(SCALE_PX)
            painter.setPen(QPen(colour(theme.muted), 2))
            painter.drawLine(QPointF(EDGE_PX, bottom), QPointF(EDGE_PX + pixels, bottom))
            painter.drawText(QPointF(EDGE_PX, bottom - 5), f"{km:g} km")
        painter.setPen(colour(theme.muted))
        if self._without:
            text = tr("%n sites without coordinates", self._without)
            painter.drawText(QPointF(view.width - text_width(text, SMALL_PX) - EDGE_PX, bottom), text)

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() == QEvent.Type.ToolTip and isinstance(event, QHelpEvent):
            one = self.site_at(event.pos().toPointF())
            QToolTip.showText(event.globalPos(), tip_text(self._tip(one)) if one else "", self)
            return True
        return super().event(event)

    def _tip(self, one: SiteStatus) -> str:
        alarms = alarm_words(one.digest) if one.digest and one.live else ""
        parts = [one.title, one.place, state_words(one, self._now_ms), alarms]
        chosen = next((place for other, place in self._sites if other.site.at == self._chosen), None)
        if chosen is not None and one.position is not None and one.site.at != self._chosen:
            parts.append(tr("{km} km from the chosen site", km=f"{distance_km(chosen, one.position):.1f}"))
        return "\n".join(part for part in parts if part)

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        if (one := self.site_at(event.position())) is not None:
            self.chosen.emit(one.site.at)

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if (one := self.site_at(event.position())) is not None:
            self.open_wanted.emit(one.site.at)

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        over = self.site_at(event.position()) is not None
        self.setCursor(Qt.CursorShape.PointingHandCursor if over else Qt.CursorShape.ArrowCursor)


def _degrees(value: float, digits: int, above: str, below: str) -> str:
    """A latitude or longitude in words: `51.5° N`."""
    if value in (0.0, -180.0):
        return f"{abs(value):g}°"
    return (above if value > 0 else below).format(degrees=f"{abs(value):.{digits}f}")
