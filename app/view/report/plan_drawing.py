"""Draws the plan of a storey with its numbered devices."""

from __future__ import annotations

import math
from collections.abc import Iterable, Iterator, Sequence

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QColor, QPainterPath, QPen, QPolygonF  # noqa: TID251 - paper has colours of its own

from app.view.report.pdf_pages import BAD, DOTS, GOOD, GREY, INK, LINE, MARGIN, SMALL_PT, PdfPages
from twin.model.checkout import CheckoutVerdict
from twin.model.space import Ring, Room
from twin.share.handover import ReportDevice, ReportStorey

TONES = {CheckoutVerdict.OPEN: GREY, CheckoutVerdict.PASSED: GOOD, CheckoutVerdict.FAILED: BAD}
_DOT, _TALLEST, _RINGS = 5.5, 430.0, 12
"""Radius of a device's dot and greatest height of a plan, points; rings around a place that is taken."""
_OFFSETS = tuple(
    (
        2 * _DOT * ring * math.cos(turn * math.pi / (3 * ring or 1)),
        2 * _DOT * ring * math.sin(turn * math.pi / (3 * ring or 1)),
    )
    for ring in range(_RINGS)
    for turn in range(6 * ring or 1)
)
"""From a place that is taken to those on the rings around it, points, the nearest first."""


class PlanScale:
    """Maps metres of the building to points of the page: y goes up in the building and down on paper."""

    def __init__(self, rooms: Iterable[Room], width: float, height: float) -> None:
        xs, ys = zip(*(corner for room in rooms for corner in room.outline), strict=True)
        self.left, self.top = min(xs), max(ys)
        across, along = max(max(xs) - self.left, 0.1), max(self.top - min(ys), 0.1)
        self.factor = min(width / across, height / along)
        """Points per metre."""
        self.size = (across * self.factor, along * self.factor)

    def at(self, x: float, y: float) -> tuple[float, float]:
        """Offset on paper of a position in the building (metres), from the plan's upper left corner."""
        return (x - self.left) * self.factor, (self.top - y) * self.factor


def draw_plan(pages: PdfPages, storey: ReportStorey) -> None:
    """Draws the rooms and devices of a storey at the cursor; nothing where no room has an outline."""
    rooms = [room for room in storey.plan if len(room.outline) >= 3]
    if not rooms:
        return
    pages.need(200.0)
    scale = PlanScale(rooms, pages.width, min(pages.left_over - 20.0, _TALLEST))
    origin = (MARGIN + (pages.width - scale.size[0]) / 2, pages.y)
    for room in rooms:
        _draw_room(pages, room, scale, origin)
    places = DotPlaces()
    for listed in storey.rooms:
        for one, spot in placed(listed.room, listed.devices):
            x, y = scale.at(*spot)
            _draw_device(pages, one, *places.take(origin[0] + x, origin[1] + y))
            pages.advance(0.5)
    pages.y += scale.size[1] + 14.0


def placed(room: Room | None, devices: Sequence[ReportDevice]) -> list[tuple[ReportDevice, tuple[float, float]]]:
    """Position (metres) of each device: its own, else in a row around the middle of its room."""
    if room is None or len(room.outline) < 3:
        return []
    xs, ys = [corner[0] for corner in room.outline], [corner[1] for corner in room.outline]
    middle = ((min(xs) + max(xs)) / 2, (min(ys) + max(ys)) / 2 - 0.15 * (max(ys) - min(ys)))
    loose = sum(one.device.position_m is None for one in devices)
    step, at = min(0.5, (max(xs) - min(xs)) * 0.8 / max(1, loose)), 0
    found: list[tuple[ReportDevice, tuple[float, float]]] = []
    for one in devices:
        if (spot := one.device.position_m) is not None:
            found.append((one, (spot[0], spot[1])))
        else:
            found.append((one, (middle[0] + step * (at - (loose - 1) / 2), middle[1])))
            at += 1
    return found


def _ring(ring: Ring, scale: PlanScale, origin: tuple[float, float]) -> QPolygonF:
    spots = (scale.at(*corner) for corner in ring)
    return QPolygonF([QPointF((origin[0] + x) * DOTS, (origin[1] + y) * DOTS) for x, y in spots])


def _draw_room(pages: PdfPages, room: Room, scale: PlanScale, origin: tuple[float, float]) -> None:
    path = QPainterPath()
    for ring in (room.outline, *room.holes):
        path.addPolygon(_ring(ring, scale, origin))
        path.closeSubpath()
    pages.painter.setPen(QPen(QColor(INK), 0.9 * DOTS))
    pages.painter.setBrush(QColor("#fbfcfd"))
    pages.painter.drawPath(path)
    box = path.boundingRect()
    inside = QRectF(box.x() / DOTS + 3, box.y() / DOTS + 3, max(box.width() / DOTS - 6, 8.0), box.height() / DOTS)
    if inside.width() > 18.0:
        pages.draw_text(room.title, inside, SMALL_PT - 1.0, tone=GREY)


class DotPlaces:
    """Places of the dots of one plan, points: each is the nearest to where it belongs that covers none of the earlier ones.
    Dots are looked up in squares of one dot's width, so that a dot costs the same however many there are.
    """

    def __init__(self) -> None:
        self._square: dict[tuple[int, int], list[tuple[float, float]]] = {}

    def take(self, x: float, y: float) -> tuple[float, float]:
        """Takes the free place nearest to (x, y), on rings of six, twelve, ... around it; (x, y) where all are taken."""
        spot = next((one for one in _ring_spots(x, y) if self._is_free(*one)), None)
        if spot is None:
            return x, y  # covers others, and is not counted: squares stay as full as dots side by side make them
        self._square.setdefault(_square(*spot), []).append(spot)
        return spot

    def _is_free(self, x: float, y: float) -> bool:
        column, line = _square(x, y)
        return all(
            math.hypot(x - a, y - b) >= 2 * _DOT * 0.98
            for i in (column - 1, column, column + 1)
            for j in (line - 1, line, line + 1)
            for a, b in self._square.get((i, j), ())
        )


def _square(x: float, y: float) -> tuple[int, int]:
    return math.floor(x / (2 * _DOT)), math.floor(y / (2 * _DOT))


def _ring_spots(x: float, y: float) -> Iterator[tuple[float, float]]:
    return ((x + across, y + down) for across, down in _OFFSETS)


def _draw_device(pages: PdfPages, one: ReportDevice, x: float, y: float) -> None:
    pages.painter.setPen(QPen(QColor(LINE), 0.4 * DOTS))
    pages.painter.setBrush(QColor(TONES[one.verdict]))
    pages.painter.drawEllipse(QPointF(x * DOTS, y * DOTS), _DOT * DOTS, _DOT * DOTS)
    box = QRectF(x - 10, y - 3.4, 20, 8)
    pages.draw_text(str(one.number), box, 5.2, strong=True, tone="#ffffff", align=Qt.AlignmentFlag.AlignHCenter)
