"""Pills with room name and value: pixmap cache and collision-free placement."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from app.view.style import colour, font, is_chinese, text_width
from app.view.theme import Theme

type PixelBox = tuple[float, float, float, float]
"""Left, top, right, bottom, in logical pixels."""

HEIGHT_PX = 24
_PAD_PX = 10
_DOT_PX = 9
_GAP_PX = 3
_WAY_PX = 10
_KEPT = 1500


@dataclass(frozen=True, slots=True)
class RoomPill:
    """Contents of a pill. Without a name it is small: dot and value only."""

    name: str
    value: str = ""
    dot: tuple[int, int, int] | None = None
    strong: bool = False
    """Whether it is the selected room's, outlined in the accent colour."""
    way: int | None = None
    """Arrow behind the value: up (1), steady (0) or down (-1); None where the trend is unknown."""


@dataclass(slots=True)
class RoomPills:
    """Paints pills; caches a bounded number of pixmaps."""

    theme: Theme
    ratio: float = 1.0
    _made: dict[RoomPill, QPixmap] = field(default_factory=dict[RoomPill, QPixmap])
    _widths: dict[RoomPill, float] = field(default_factory=dict[RoomPill, float])
    _chinese: bool = field(default_factory=is_chinese)

    def set_theme(self, theme: Theme, ratio: float) -> None:
        """Sets theme, pixel ratio and language, and clears the caches if they changed."""
        chinese = is_chinese()
        if theme is not self.theme or ratio != self.ratio or chinese is not self._chinese:
            self.theme, self.ratio, self._chinese = theme, ratio, chinese
            self._made.clear()
            self._widths.clear()

    def pixmap(self, pill: RoomPill) -> QPixmap:
        """The painted pill, cached."""
        found = self._made.get(pill)
        if found is None:
            if len(self._made) > _KEPT:
                self._made.clear()
            found = self._made[pill] = self._paint(pill)
        return found

    def width(self, pill: RoomPill) -> float:
        """Width in logical pixels, without the shadow."""
        found = self._widths.get(pill)
        if found is None:
            if len(self._widths) > 4 * _KEPT:
                self._widths.clear()
            found = self._widths[pill] = sum(_widths(pill)) + 2 * _PAD_PX
        return found

    def draw(self, painter: QPainter, pill: RoomPill, middle: QPointF) -> None:
        """Paints the pill centred on a point."""
        made = self.pixmap(pill)
        painter.drawPixmap(
            QPointF(
                round(middle.x() - made.width() / self.ratio / 2), round(middle.y() - made.height() / self.ratio / 2)
            ),
            made,
        )

    def _paint(self, pill: RoomPill) -> QPixmap:
        strong, plain = font(13, strong=True), font(13)
        dot_w, name_w, value_w, _ = _widths(pill)
        width = self.width(pill)
        made = QPixmap(round((width + 2 * _GAP_PX) * self.ratio), round((HEIGHT_PX + 2 * _GAP_PX) * self.ratio))
        made.setDevicePixelRatio(self.ratio)
        made.fill(Qt.GlobalColor.transparent)
        painter = QPainter(made)
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        box = QRectF(_GAP_PX + 0.5, _GAP_PX + 0.5, width - 1, HEIGHT_PX - 1)
        painter.setPen(Qt.PenStyle.NoPen)
        for grow, alpha in ((2.0, 0.05), (1.0, 0.07)):
            painter.setBrush(colour("#000000", alpha))
            painter.drawRoundedRect(box.adjusted(-grow, -grow + 1, grow, grow + 1), 14, 14)
        line = QPen(colour(self.theme.accent), 2.0) if pill.strong else QPen(colour(self.theme.pill_line, 0.8), 1.0)
        painter.setPen(line)
        painter.setBrush(colour(self.theme.pill, 0.94))
        painter.drawRoundedRect(box, HEIGHT_PX / 2, HEIGHT_PX / 2)
        x = _GAP_PX + _PAD_PX
        if pill.dot is not None:
            painter.setPen(QPen(colour("#000000", 0.18), 1.0))
            painter.setBrush(colour("#{:02x}{:02x}{:02x}".format(*pill.dot)))
            painter.drawEllipse(QRectF(x, _GAP_PX + (HEIGHT_PX - _DOT_PX) / 2, _DOT_PX, _DOT_PX))
            x += dot_w
        for text, face, token in ((pill.name, strong, self.theme.pill_text), (pill.value, plain, self.theme.muted)):
            if text:
                painter.setFont(face)
                painter.setPen(colour(token))
                painter.drawText(QRectF(x, _GAP_PX, width, HEIGHT_PX - 1), Qt.AlignmentFlag.AlignVCenter, text)
                x += name_w if text is pill.name else value_w
        if pill.way is not None:
            _draw_way(painter, self.theme, pill.way, QPointF(x + 4 + _WAY_PX / 2, _GAP_PX + HEIGHT_PX / 2))
        painter.end()
        return made


def _widths(pill: RoomPill) -> tuple[float, float, float, float]:
    """Widths of dot, name, value and arrow, with the gaps between them."""
    name = text_width(pill.name, 13, strong=True) if pill.name else 0.0
    value = text_width(pill.value, 13) if pill.value else 0.0
    return (
        _DOT_PX + 6.0 if pill.dot is not None else 0.0,
        name + (6.0 if pill.name and pill.value else 0.0),
        value,
        4.0 + _WAY_PX if pill.way is not None else 0.0,
    )


def _draw_way(painter: QPainter, theme: Theme, way: int, at: QPointF) -> None:
    """Paints an arrow to the upper right, to the right or to the lower right."""
    pen = QPen(colour(theme.faint if way == 0 else theme.pill_text), 1.5)
    pen.setCapStyle(Qt.PenCapStyle.RoundCap)
    pen.setJoinStyle(Qt.PenJoinStyle.RoundJoin)
    painter.save()
    painter.setPen(pen)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    painter.translate(at)
    painter.rotate(-45.0 * way)
    half = _WAY_PX / 2 - 0.5
    painter.drawLine(QPointF(-half, 0), QPointF(half, 0))
    painter.drawPolyline([QPointF(half - 3, -3), QPointF(half, 0), QPointF(half - 3, 3)])
    painter.restore()


@dataclass(frozen=True, slots=True)
class PillRequest:
    """Request to place a pill: forms from large to small, anchor, room width in pixels, priority."""

    key: str
    forms: tuple[RoomPill, ...]
    at: tuple[float, float]
    room_px: float
    weight: float


class OccupiedAreas:
    """Occupied rectangles in a coarse grid, for collision tests in constant time."""

    _CELL = 64

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[PixelBox]] = {}

    def free(self, box: PixelBox) -> bool:
        """Whether no occupied box overlaps (left, top, right, bottom)."""
        x0, y0, x1, y1 = box
        return not any(a < x1 and x0 < c and b < y1 and y0 < d for a, b, c, d in self.near(box))

    def near(self, box: PixelBox) -> list[PixelBox]:
        """The occupied boxes in the cells that a box touches; a box in several cells occurs several times."""
        cells = self._cells
        return [one for cell in self._touched(box) if cell in cells for one in cells[cell]]

    def take(self, box: PixelBox) -> None:
        """Marks the box as occupied."""
        for cell in self._touched(box):
            self._cells.setdefault(cell, []).append(box)

    def _touched(self, box: PixelBox) -> list[tuple[int, int]]:
        size = self._CELL
        columns = range(int(box[0] // size), int(box[2] // size) + 1)
        rows = range(int(box[1] // size), int(box[3] // size) + 1)
        return [(x, y) for x in columns for y in rows]


_ACROSS = (-0.28, -0.14, 0.0, 0.14, 0.28)
_DOWN = (-56, -40, -26, -14, 0, 14, 26, 40, 56)
_SHIFTS = [
    (_ACROSS.index(x), _DOWN.index(y))
    for x, y in sorted(
        (
            (x, y)
            for x in sorted(_ACROSS, key=lambda x: (abs(x), -x))
            for y in sorted(_DOWN, key=lambda y: (abs(y), -y))
        ),
        key=lambda shift: abs(shift[0]) * 120 + abs(shift[1]),
    )
]
"""Indices into `_ACROSS` (shares of the room's width in the picture) and `_DOWN` (pixels), nearest first."""
_EVERY = (1 << len(_SHIFTS)) - 1


def _spans(axis: int, count: int) -> list[list[int]]:
    """[first][end]: bit mask of the shifts whose index on an axis lies between these two."""

    def bits(first: int, end: int) -> int:
        return sum(1 << n for n, shift in enumerate(_SHIFTS) if first <= shift[axis] < end)

    return [[bits(first, end) for end in range(count + 1)] for first in range(count + 1)]


_COLUMNS, _ROWS = _spans(0, len(_ACROSS)), _spans(1, len(_DOWN))
_HALF_PX, _WIDEST_PX = HEIGHT_PX / 2 + 2, 300.0


def place_pills(
    requests: Sequence[PillRequest], pills: RoomPills, taken: OccupiedAreas, view: QRectF, *, beside: OccupiedAreas
) -> list[tuple[str, RoomPill, QPointF]]:
    """Places the requests by descending weight; a request without a place for any form is dropped.

    Nothing overlaps `taken`; `beside` (movable marks) is avoided where a name still fits.
    """
    placed: list[tuple[str, RoomPill, QPointF]] = []
    frame = (view.left(), view.top(), view.right(), view.bottom())
    for request in sorted(requests, key=lambda one: -one.weight):
        for pill in request.forms:
            width = pills.width(pill)
            if width > request.room_px * (1.35 if pill.value else 1.7) + 16 and not pill.strong:
                continue
            spot = _spot(request, width / 2 + 2, (taken, beside), frame)
            if spot is not None:
                x, y, half = *spot, width / 2 + 2
                taken.take((x - half, y - _HALF_PX, x + half, y + _HALF_PX))
                placed.append((request.key, pill, QPointF(x, y)))
                break
    return placed


def _spot(
    request: PillRequest, half: float, avoided: tuple[OccupiedAreas, OccupiedAreas], frame: PixelBox
) -> tuple[float, float] | None:
    """The nearest free centre of a pill of this half width, avoiding both areas where possible, else the first; None
    where there
    is none.

    Shifts lie on a grid, so that an occupied box excludes a block of them: two look-ups instead of 45 comparisons.
    """
    reach, deepest = min(request.room_px, _WIDEST_PX), 0.32 * request.room_px + 2
    xs, ys = [request.at[0] + across * reach for across in _ACROSS], [request.at[1] + down for down in _DOWN]
    left, top, right, bottom = frame
    free = _COLUMNS[bisect_left(xs, left + half)][bisect_right(xs, right - half)]
    free &= _ROWS[bisect_left(ys, top + _HALF_PX)][bisect_right(ys, bottom - _HALF_PX)]
    free &= _ROWS[bisect_left(_DOWN, -deepest)][bisect_right(_DOWN, deepest)]
    if not free:
        return None
    reached = xs[0] - half, ys[0] - _HALF_PX, xs[-1] + half, ys[-1] + _HALF_PX
    free &= ~_hit(avoided[0].near(reached), xs, ys, half)
    if not free:
        return None
    free = (free & ~_hit(avoided[1].near(reached), xs, ys, half)) or free
    x, y = _SHIFTS[(free & -free).bit_length() - 1]
    return xs[x], ys[y]


def _hit(boxes: Sequence[PixelBox], xs: Sequence[float], ys: Sequence[float], half: float) -> int:
    """Bit mask of the shifts at which a pill overlaps one of the boxes."""
    found = 0
    for a, b, c, d in boxes:
        columns = _COLUMNS[bisect_right(xs, a - half)][bisect_left(xs, c + half)]
        found |= columns and columns & _ROWS[bisect_right(ys, b - _HALF_PX)][bisect_left(ys, d + _HALF_PX)]
        if found == _EVERY:
            break
    return found
