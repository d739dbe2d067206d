"""Measuring tool of the 3D view: distances between clicked floor points, area of a closed ring."""

from __future__ import annotations

import math
from dataclasses import dataclass
from itertools import pairwise
from typing import override

import numpy as np
from PySide6.QtCore import QEvent, QObject, QPointF, Qt, Signal
from PySide6.QtGui import QKeyEvent, QMouseEvent, QPainter, QPen, QPolygonF
from PySide6.QtWidgets import QWidget

from app.i18n import tr
from app.i18n.numbers import format_decimal
from app.view.scene.camera.orbit_input import CLICK_PX
from app.view.scene.devices.picking import Projection
from app.view.scene.overlay.overlay import SceneOverlay
from app.view.scene.overlay.room_pill import RoomPill
from app.view.scene.tools.interaction import SceneInteraction
from app.view.style import colour

SNAP_PX = 14.0
_SAME_M = 1e-3
_MOST_POINTS = 200
_LABELLED_PX = 44.0
"""Minimum length in pixels of a segment with a label."""
_NAME_PX = (120.0, 32.0)

type FloorSpot = tuple[float, float]


@dataclass(frozen=True, slots=True)
class MeasuredChain:
    """Points on one floor in metres, and whether the chain is closed."""

    points: tuple[FloorSpot, ...] = ()
    closed: bool = False

    @property
    def legs(self) -> tuple[tuple[FloorSpot, FloorSpot], ...]:
        """The segments between consecutive points, including the closing one if closed."""
        points = (*self.points, self.points[0]) if self.closed else self.points
        return tuple(pairwise(points))

    @property
    def length_m(self) -> float:
        """Total length of all segments in metres."""
        return sum(math.dist(a, b) for a, b in self.legs)

    @property
    def area_m2(self) -> float | None:
        """Area of a closed ring in square metres; None if it is open or crosses itself."""
        if not self.closed or len(self.points) < 3 or self._crosses():
            return None
        ring = np.array(self.points) - self.points[0]
        x, y = ring[:, 0], ring[:, 1]
        return abs(float(x @ np.roll(y, -1) - y @ np.roll(x, -1))) / 2

    def add(self, spot: FloorSpot) -> MeasuredChain:
        """Adds a point; the first point again closes the ring, and a point after that starts a new chain."""
        if self.closed:
            return MeasuredChain((spot,))
        if len(self.points) >= 3 and math.dist(spot, self.points[0]) < _SAME_M:
            return MeasuredChain(self.points, closed=True)
        if (self.points and math.dist(spot, self.points[-1]) < _SAME_M) or len(self.points) >= _MOST_POINTS:
            return self
        return MeasuredChain((*self.points, spot))

    def back(self) -> MeasuredChain:
        """The chain without its last step."""
        return MeasuredChain(self.points) if self.closed else MeasuredChain(self.points[:-1])

    def _crosses(self) -> bool:
        legs = self.legs
        return any(
            _cross(legs[i], legs[j])
            for i in range(len(legs))
            for j in range(i + 2, len(legs))
            if (i, j) != (0, len(legs) - 1)
        )


class DistanceMeasurement(QObject):
    """Handles clicks before the view does while `on`; drags still turn the camera. The overlay calls `draw`."""

    ended = Signal()

    def __init__(self, widget: QWidget, overlay: SceneOverlay, interaction: SceneInteraction) -> None:
        super().__init__(widget)
        self._widget, self._overlay, self._interaction = widget, overlay, interaction
        self.on = False
        self.chain = MeasuredChain()
        self._level, self._floor_m = 0, 0.0
        self._pressed = QPointF()
        self._hover: FloorSpot | None = None
        widget.installEventFilter(self)
        overlay.inks.append(self.draw)

    def start(self) -> None:
        """Starts measuring by clicks with an empty chain."""
        self.on, self.chain, self._hover = True, MeasuredChain(), None
        self._widget.setCursor(Qt.CursorShape.CrossCursor)
        self._overlay.update()

    def stop(self) -> None:
        """Stops measuring and discards the measured chain."""
        self.on, self.chain, self._hover = False, MeasuredChain(), None
        self._widget.unsetCursor()
        self._overlay.update()

    def spot(self, at: QPointF) -> FloorSpot | None:
        """The point (x, y) on the floor under a pixel, snapped to an earlier point or a room's corner where one is
        near.
        """
        if not self.chain.points or self.chain.closed:
            self._take_floor(at)
        levels = self._overlay.scene.storey_stack.levels
        if self._level >= len(levels):
            return None
        z = self._floor_m + levels[self._level].lift
        projection = self._projection()
        hit = projection.on_plane(at.x(), at.y(), z)
        if hit is None:
            return None
        spot = (float(hit[0]), float(hit[1]))
        own = () if self.chain.closed else self.chain.points[:-1]
        near = np.array([*own, *self._corners()], np.float64).reshape(-1, 2)
        if not len(near):
            return spot
        seen = projection.pixels(np.column_stack([near, np.full(len(near), z)]))
        far = np.where(seen[:, 2] > 0, np.hypot(seen[:, 0] - at.x(), seen[:, 1] - at.y()), np.inf)
        best = int(far.argmin())
        return (float(near[best, 0]), float(near[best, 1])) if far[best] <= SNAP_PX else spot

    @override
    def eventFilter(self, watched: QObject, event: QEvent) -> bool:
        if not self.on:
            return False
        if isinstance(event, QMouseEvent):
            return self._mouse(event)
        if isinstance(event, QKeyEvent):
            return self._key(event)
        return False

    def draw(self, painter: QPainter, projection: Projection) -> None:
        """Paints the segments with their lengths, and the total or the area."""
        scene = self._overlay.scene
        if not self.on or self._level not in scene.storey_stack.shown():
            return
        shown = self.chain
        if self._hover is not None and not shown.closed:
            shown = shown.add(self._hover)
        if not shown.points:
            return
        z = self._floor_m + scene.storey_stack.levels[self._level].lift + 0.02
        seen = projection.pixels(np.array([(x, y, z) for x, y in shown.points]))
        if (seen[:, 2] <= 0).any():
            return
        dots = [QPointF(float(x), float(y)) for x, y, _ in seen]
        ring = QPolygonF([*dots, dots[0]] if shown.closed else dots)
        painter.setBrush(colour(scene.theme.accent, 0.16 if shown.closed else 0.0))
        for tint, width in ((colour(scene.theme.pill, 0.9), 5.0), (colour(scene.theme.accent), 2.4)):
            painter.setPen(QPen(tint, width, Qt.PenStyle.SolidLine, Qt.PenCapStyle.RoundCap, Qt.PenJoinStyle.RoundJoin))
            painter.drawPolygon(ring) if shown.closed else painter.drawPolyline(ring)
            painter.setBrush(Qt.BrushStyle.NoBrush)
        painter.setPen(QPen(colour(scene.theme.accent), 2.0))
        painter.setBrush(colour(scene.theme.pill))
        for dot in dots:
            painter.drawEllipse(dot, 4.5, 4.5)
        self._letter(painter, shown, dots)

    def _letter(self, painter: QPainter, shown: MeasuredChain, dots: list[QPointF]) -> None:
        pills = self._overlay.pills
        for i, (a, b) in enumerate(shown.legs):
            start, end = dots[i], dots[(i + 1) % len(dots)]
            if math.hypot(end.x() - start.x(), end.y() - start.y()) >= _LABELLED_PX or len(shown.legs) == 1:
                pills.draw(painter, RoomPill("", metres(math.dist(a, b)), None), (start + end) / 2)
        if len(shown.legs) < 2:
            return
        text = tr("Total {length}", length=metres(shown.length_m))
        area = shown.area_m2
        if area is None:
            pills.draw(painter, RoomPill(text, "", None, strong=True), dots[-1] + QPointF(0, -30))
            return
        middle = QPointF(sum(dot.x() for dot in dots) / len(dots), sum(dot.y() for dot in dots) / len(dots))
        pills.draw(painter, RoomPill(square_metres(area), text, None, strong=True), self._beside_names(middle))

    def _beside_names(self, at: QPointF) -> QPointF:
        """The position, moved one line down if a room's name is there."""
        scene = self._overlay.scene
        found = [spot for room in scene.storey_stack.levels[self._level].rooms if (spot := scene.room_at(room.id))]
        if not found:
            return at
        seen = self._projection().pixels(np.array(found))
        taken = (np.abs(seen[:, 0] - at.x()) < _NAME_PX[0]) & (np.abs(seen[:, 1] - at.y()) < _NAME_PX[1])
        return at + QPointF(0, _NAME_PX[1]) if taken.any() else at

    def _mouse(self, event: QMouseEvent) -> bool:
        at = event.position()
        match event.type():
            case QEvent.Type.MouseButtonPress:
                self._pressed = at
                return False
            case QEvent.Type.MouseMove if not event.buttons():
                self._hover = self.spot(at)
                self._overlay.update()
                return True
            case QEvent.Type.MouseButtonDblClick:
                self._pressed = QPointF(-1e6, -1e6)  # the second click of two neither measures nor flies
                return True
            case QEvent.Type.MouseButtonRelease:
                return self._release(event)
            case _:
                return False

    def _release(self, event: QMouseEvent) -> bool:
        if self._pressed.x() < -1e5:
            return True
        if (event.position() - self._pressed).manhattanLength() >= CLICK_PX:
            return False
        if event.button() is Qt.MouseButton.RightButton:
            self.chain = self.chain.back()
        elif event.button() is Qt.MouseButton.LeftButton and (spot := self.spot(event.position())) is not None:
            self.chain, self._hover = self.chain.add(spot), None
        self._overlay.update()
        return True

    def _key(self, event: QKeyEvent) -> bool:
        if event.key() not in (Qt.Key.Key_Escape, Qt.Key.Key_Backspace):
            return False
        if event.type() is QEvent.Type.ShortcutOverride:
            event.accept()
        elif event.type() is QEvent.Type.KeyPress and event.key() == Qt.Key.Key_Backspace:
            self.chain = self.chain.back()
            self._overlay.update()
        elif event.type() is QEvent.Type.KeyPress:
            self.stop()
            self.ended.emit()
        return True

    def _take_floor(self, at: QPointF) -> None:
        building = self._overlay.scene.storey_stack
        found = self._interaction.room_at(at)
        if found is not None:
            self._level, self._floor_m = building.level_of(found[0].storey), found[0].floor_m
        elif building.levels and not self.chain.points:
            self._level = building.focus
            self._floor_m = building.levels[self._level].floor_z

    def _corners(self) -> list[FloorSpot]:
        rooms = self._overlay.scene.storey_stack.levels[self._level].rooms
        return [(x, y) for room in rooms if abs(room.floor_m - self._floor_m) < 0.5 for x, y in room.outline]

    def _projection(self) -> Projection:
        return self._overlay.scene.projections.at(self._widget.width(), self._widget.height())


def metres(value: float) -> str:
    """A length formatted to the centimetre: `3.25 m`."""
    return f"{format_decimal(value, 2)} m"


def square_metres(value: float) -> str:
    """An area formatted to two decimals: `12.40 m²`."""
    return f"{format_decimal(value, 2)} m²"


def _cross(one: tuple[FloorSpot, FloorSpot], other: tuple[FloorSpot, FloorSpot]) -> bool:
    (a, b), (c, d) = one, other
    return _side(a, b, c) * _side(a, b, d) < 0 and _side(c, d, a) * _side(c, d, b) < 0


def _side(a: FloorSpot, b: FloorSpot, c: FloorSpot) -> float:
    return (b[0] - a[0]) * (c[1] - a[1]) - (b[1] - a[1]) * (c[0] - a[0])
