"""Paints cluster marks: device count, with shares on, offline or in alarm on the rim."""

from __future__ import annotations

from collections.abc import Iterable, Sequence
from dataclasses import dataclass
from typing import NamedTuple

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from app.view.scene.devices.picking import Projection
from app.view.scene.overlay.cluster import DeviceClusters
from app.view.scene.overlay.room_pill import OccupiedAreas, PixelBox
from app.view.scene.scene import Scene
from app.view.style import colour, font, mix
from app.view.theme import Theme

_SIZES_PX = (20, 20, 26, 32)
"""Mark diameters in pixels for counts of one to four digits."""
_EDGE_PX, _RIM_PX = 3, 2.6
_PARTS = 8
"""Number of steps in which shares are drawn on the rim."""
_ASIDE = 0.34
"""Displacement of a mark to avoid others, as a share of its room's width."""
_SHIFTS = ((0, 0), (0, 0.5), (0, -0.5), (0.8, 0), (-0.8, 0), (0, 0.9), (0, -0.9), (0.8, 0.6), (-0.8, 0.6), (0.8, -0.6),
           (-0.8, -0.6))  # fmt: skip
_TOP = 90 * 16
_ROUND = 360 * 16


@dataclass(frozen=True, slots=True)
class ClusterMark:
    """Appearance of a cluster mark; `on` and `gone` in eighths of its rim."""

    count: int
    on: int = 0
    gone: int = 0
    alarm: bool = False

    @property
    def size(self) -> int:
        """Diameter of the mark in logical pixels."""
        return _SIZES_PX[min(len(str(self.count)), len(_SIZES_PX)) - 1]


class VisibleMark(NamedTuple):
    """A mark in the picture: number, row of its room (-1: several), position in logical pixels, width of the room in
    metres.
    """

    number: int
    room: int
    at: tuple[float, float]
    wide_m: float
    mark: ClusterMark


class ClusterMarks:
    """Places and paints the cluster marks of a scene; caches their pixmaps."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._ratio: float = 1.0
        self._made: dict[ClusterMark, QPixmap] = {}
        self.clusters = DeviceClusters()
        self.spots: list[tuple[int, int, QPointF, ClusterMark]] = []
        """Visible marks: (number, row of the room, position, appearance)."""

    def set_theme(self, theme: Theme, ratio: float) -> None:
        """Sets theme or pixel ratio and clears the cache if they changed."""
        if theme is not self._theme or ratio != self._ratio:
            self._theme, self._ratio = theme, ratio
            self._made.clear()

    def visible_marks(self, scene: Scene, projection: Projection) -> list[VisibleMark]:
        """The marks in the picture: nearer ones over farther ones, alarms over all."""
        marks = self.clusters.marks(scene)
        if not len(marks.count):
            return []
        at = projection.pixels(marks.middle)
        inside = (at[:, 2] > 0) & (at[:, 0] > 0) & (at[:, 0] < projection.width)
        inside &= (at[:, 1] > 0) & (at[:, 1] < projection.height)
        on, gone = (np.ceil(share * _PARTS - 0.25).astype(np.intp).clip(0, _PARTS) for share in (marks.on, marks.gone))
        rows = np.flatnonzero(inside)
        rows = rows[np.lexsort((at[rows, 1], marks.alarm[rows]))]
        columns = (at[:, 0], at[:, 1], marks.count, on, gone, marks.alarm, marks.room, marks.wide)
        found = zip(rows.tolist(), *(column[rows].tolist() for column in columns), strict=True)
        return [
            VisibleMark(number, room, (x, y), wide, ClusterMark(count, lit, silent, alarm))
            for number, x, y, count, lit, silent, alarm, room, wide in found
        ]

    def reserve_places(self, marks: Iterable[VisibleMark], beside: OccupiedAreas) -> None:
        """Reserves the marks' places, so that names avoid them where they can."""
        for one in marks:
            beside.take(_around(one.at, one.mark.size / 2 + 1))

    def arranged(
        self, marks: Sequence[VisibleMark], px_per_m: float, taken: OccupiedAreas
    ) -> list[tuple[QPointF, ClusterMark]]:
        """Positions of the marks that find a free place over their room; marks of alarms are always placed."""
        self.spots = []
        for one in reversed(marks):
            spot = _aside(one, one.wide_m * px_per_m * _ASIDE, taken)
            if spot is not None or one.mark.alarm:
                self.spots.append((one.number, one.room, QPointF(*(spot or one.at)), one.mark))
        self.spots.reverse()
        return [(at, crowd) for _, _, at, crowd in self.spots]

    def at(self, spot: QPointF) -> tuple[int, int] | None:
        """(number, row of the room or -1) of the mark at a position, as last arranged; else None."""
        for number, room, at, crowd in reversed(self.spots):
            if np.hypot(at.x() - spot.x(), at.y() - spot.y()) <= crowd.size / 2 + 1:
                return number, room
        return None

    def draw(self, painter: QPainter, crowd: ClusterMark, middle: QPointF) -> None:
        """Paints a cluster mark centred on a point."""
        made = self._made.get(crowd)
        if made is None:
            made = self._made[crowd] = self._paint(crowd)
        half = crowd.size / 2 + _EDGE_PX
        painter.drawPixmap(QPointF(round(middle.x() - half), round(middle.y() - half)), made)

    def _paint(self, crowd: ClusterMark) -> QPixmap:
        theme, whole = self._theme, crowd.size + 2 * _EDGE_PX
        made = QPixmap(round(whole * self._ratio), round(whole * self._ratio))
        made.setDevicePixelRatio(self._ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(_EDGE_PX, _EDGE_PX, crowd.size, crowd.size)
        painter.setPen(Qt.PenStyle.NoPen)
        for grow, alpha in ((2.2, 0.06), (1.0, 0.10)):
            painter.setBrush(colour("#000000", alpha))
            painter.drawEllipse(box.adjusted(-grow, -grow + 1, grow, grow + 1))
        silent = crowd.gone >= _PARTS
        face = theme.error if crowd.alarm else mix(theme.pill, theme.offline, 0.22) if silent else theme.pill
        painter.setBrush(colour(face))
        painter.drawEllipse(box)
        painter.setBrush(Qt.BrushStyle.NoBrush)
        rim = box.adjusted(_RIM_PX / 2, _RIM_PX / 2, -_RIM_PX / 2, -_RIM_PX / 2)
        painter.setPen(QPen(colour(theme.pill if crowd.alarm else theme.pill_line), _RIM_PX))
        painter.drawEllipse(rim)
        start = _TOP
        for share, tone in ((crowd.on, theme.series[4]), (crowd.gone, theme.offline)):
            if share and not crowd.alarm:
                pen = QPen(colour(tone), _RIM_PX)
                pen.setCapStyle(Qt.PenCapStyle.FlatCap)
                painter.setPen(pen)
                span = -_ROUND * share // _PARTS
                painter.drawArc(rim, start, span)
                start += span
        painter.setFont(font(11, strong=True))
        ink = theme.on_accent if crowd.alarm else theme.faint if silent else theme.pill_text
        painter.setPen(colour(ink))
        painter.drawText(box, Qt.AlignmentFlag.AlignCenter, str(crowd.count))
        painter.end()
        return made


def _aside(one: VisibleMark, reach: float, taken: OccupiedAreas) -> tuple[float, float] | None:
    """Position near the anchor that is free, marks it as taken; None where none is free."""
    (x, y), half = one.at, one.mark.size / 2 + 1
    near = taken.near(_around(one.at, half + reach))
    for across, down in _SHIFTS if near else _SHIFTS[:1]:
        spot = x + across * reach, y + down * reach
        x0, y0, x1, y1 = box = _around(spot, half)
        if not any(a < x1 and x0 < c and b < y1 and y0 < d for a, b, c, d in near):
            taken.take(box)
            return spot
    return None


def _around(at: tuple[float, float], half: float) -> PixelBox:
    return at[0] - half, at[1] - half, at[0] + half, at[1] + half
