"""Paints cluster marks: device count, with shares on, offline or in alarm on the rim."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from app.view.scene.devices.picking import Projection
from app.view.scene.overlay.cluster import ClusterRows, DeviceClusters
from app.view.scene.overlay.room_pill import OccupiedAreas
from app.view.scene.scene import Scene
from app.view.style import colour, font, mix
from app.view.theme import Theme

_SIZES_PX = (20, 20, 26, 32)
"""Diameters for one to four digits."""
_EDGE_PX, _RIM_PX = 3, 2.6
_PARTS = 8
"""Shares are told in eighths: nobody sees more on a rim so small."""
_ASIDE = 0.34
"""How far a mark gives way, in shares of its room's width."""
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
        """Diameter in logical pixels."""
        return _SIZES_PX[min(len(str(self.count)), len(_SIZES_PX)) - 1]


class ClusterMarks:
    """Places and paints the cluster marks of a scene; caches their pixmaps."""

    def __init__(self, theme: Theme) -> None:
        self._theme = theme
        self._ratio: float = 1.0
        self._made: dict[ClusterMark, QPixmap] = {}
        self.clusters = DeviceClusters()
        self.spots: list[tuple[int, int, QPointF, ClusterMark]] = []
        """Number, row of the room, place and look of those in the picture."""

    def set_theme(self, theme: Theme, ratio: float) -> None:
        """Another theme or pixel ratio: everything is painted again."""
        if theme is not self._theme or ratio != self._ratio:
            self._theme, self._ratio = theme, ratio
            self._made.clear()

    def visible_marks(
        self, scene: Scene, projection: Projection
    ) -> tuple[ClusterRows, list[tuple[int, QPointF, ClusterMark]]]:
        """The marks, and number, place and look of those in the picture."""
        marks = self.clusters.marks(scene)
        if not len(marks.count):
            return marks, []
        at = projection.pixels(marks.middle)
        inside = (at[:, 2] > 0) & (at[:, 0] > 0) & (at[:, 0] < projection.width)
        inside &= (at[:, 1] > 0) & (at[:, 1] < projection.height)
        on, gone = (np.ceil(share * _PARTS - 0.25).astype(np.intp).clip(0, _PARTS) for share in (marks.on, marks.gone))
        rows = np.flatnonzero(inside)
        rows = rows[np.lexsort((at[rows, 1], marks.alarm[rows]))]  # nearer ones over farther ones, alarms over all
        return marks, [
            (
                row,
                QPointF(float(at[row, 0]), float(at[row, 1])),
                ClusterMark(int(marks.count[row]), int(on[row]), int(gone[row]), bool(marks.alarm[row])),
            )
            for row in rows.tolist()
        ]

    def reserve_places(self, scene: Scene, projection: Projection, beside: OccupiedAreas) -> None:
        """Before names are placed: they keep clear of the marks where they can."""
        for _, at, crowd in self.visible_marks(scene, projection)[1]:
            half = crowd.size / 2 + 1
            beside.take((at.x() - half, at.y() - half, at.x() + half, at.y() + half))

    def arranged(self, scene: Scene, projection: Projection, taken: OccupiedAreas) -> list[tuple[QPointF, ClusterMark]]:
        """Where each mark in the picture finds place beside what is taken, still over its room; an alarm's is there
        in any case."""
        marks, there = self.visible_marks(scene, projection)
        reach = marks.wide * (projection.scale(np.asarray(scene.pose.target)) * _ASIDE)
        self.spots = []
        for number, at, crowd in reversed(there):
            spot = _aside(at, crowd, taken, float(reach[number]))
            if spot is not None or crowd.alarm:
                self.spots.append((number, int(marks.room[number]), spot or at, crowd))
        self.spots.reverse()
        return [(at, crowd) for _, _, at, crowd in self.spots]

    def at(self, spot: QPointF) -> tuple[int, int] | None:
        """(number, row of the room or -1) of the mark under a spot, where it was last arranged."""
        for number, room, at, crowd in reversed(self.spots):
            if np.hypot(at.x() - spot.x(), at.y() - spot.y()) <= crowd.size / 2 + 1:
                return number, room
        return None

    def draw(self, painter: QPainter, crowd: ClusterMark, middle: QPointF) -> None:
        """Paints one around a point."""
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


def _aside(at: QPointF, crowd: ClusterMark, taken: OccupiedAreas, reach: float) -> QPointF | None:
    half = crowd.size / 2 + 1
    for x, y in _SHIFTS:
        spot = QPointF(at.x() + x * reach, at.y() + y * reach)
        box = (spot.x() - half, spot.y() - half, spot.x() + half, spot.y() + half)
        if taken.free(box):
            taken.take(box)
            return spot
    return None
