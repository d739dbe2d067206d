"""Pills with room name and value: pixmap cache and collision-free placement."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QPainter, QPen, QPixmap

from app.view.style import colour, font, text_width
from app.view.theme import Theme

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
    """The selected room's: outlined in the accent colour."""
    way: int | None = None
    """An arrow up (1), on (0) or down (-1) behind the value; None where nobody can say."""


@dataclass(slots=True)
class RoomPills:
    """Paints pills; caches a bounded number of pixmaps."""

    theme: Theme
    ratio: float = 1.0
    _made: dict[RoomPill, QPixmap] = field(default_factory=dict[RoomPill, QPixmap])

    def set_theme(self, theme: Theme, ratio: float) -> None:
        """Another theme or pixel ratio: everything is painted again."""
        if theme is not self.theme or ratio != self.ratio:
            self.theme, self.ratio = theme, ratio
            self._made.clear()

    def pixmap(self, pill: RoomPill) -> QPixmap:
        """The painted pill."""
        found = self._made.get(pill)
        if found is None:
            if len(self._made) > _KEPT:
                self._made.clear()
            found = self._made[pill] = self._paint(pill)
        return found

    def width(self, pill: RoomPill) -> float:
        """Logical pixels from end to end, shadow not counted."""
        return sum(_widths(pill)) + 2 * _PAD_PX

    def draw(self, painter: QPainter, pill: RoomPill, middle: QPointF) -> None:
        """Paints it around a point."""
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
    """Dot, name, value and arrow with the gaps behind or before them."""
    name = text_width(pill.name, 13, strong=True) if pill.name else 0.0
    value = text_width(pill.value, 13) if pill.value else 0.0
    return (
        _DOT_PX + 6.0 if pill.dot is not None else 0.0,
        name + (6.0 if pill.name and pill.value else 0.0),
        value,
        4.0 + _WAY_PX if pill.way is not None else 0.0,
    )


def _draw_way(painter: QPainter, theme: Theme, way: int, at: QPointF) -> None:
    """An arrow to the upper right, to the right or to the lower right."""
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
    """Occupied rectangles in a coarse grid, so that collision tests take constant time."""

    _CELL = 64

    def __init__(self) -> None:
        self._cells: dict[tuple[int, int], list[tuple[float, float, float, float]]] = {}

    def free(self, box: tuple[float, float, float, float]) -> bool:
        """Whether nothing taken overlaps (left, top, right, bottom)."""
        x0, y0, x1, y1 = box
        return not any(
            a < x1 and x0 < c and b < y1 and y0 < d
            for cell in self._touched(box)
            for a, b, c, d in self._cells.get(cell, ())
        )

    def take(self, box: tuple[float, float, float, float]) -> None:
        """Marks it as taken."""
        for cell in self._touched(box):
            self._cells.setdefault(cell, []).append(box)

    def _touched(self, box: tuple[float, float, float, float]) -> list[tuple[int, int]]:
        x0, y0, x1, y1 = (int(part // self._CELL) for part in box)
        return [(x, y) for x in range(x0, x1 + 1) for y in range(y0, y1 + 1)]


_SHIFTS = sorted(
    ((x, y) for x in (0.0, 0.14, -0.14, 0.28, -0.28) for y in (0, 14, -14, 26, -26, 40, -40, 56, -56)),
    key=lambda shift: abs(shift[0]) * 120 + abs(shift[1]),
)
"""Right in shares of how wide the room looks, and down in pixels: nearest first."""
_HALF_PX, _WIDEST_PX = HEIGHT_PX / 2 + 2, 300.0


def place_pills(
    wishes: Sequence[PillRequest], pills: RoomPills, taken: OccupiedAreas, view: QRectF, *, beside: OccupiedAreas
) -> list[tuple[str, RoomPill, QPointF]]:
    """Gives the weightiest wishes their places first; who finds none, in no form, is not shown.

    Nothing overlaps what is `taken`; what lies `beside` (marks, which give way) is kept clear where a name still fits.
    """
    placed: list[tuple[str, RoomPill, QPointF]] = []
    for wish in sorted(wishes, key=lambda one: -one.weight):
        for pill in wish.forms:
            width = pills.width(pill)
            if width > wish.room_px * (1.35 if pill.value else 1.7) + 16 and not pill.strong:
                continue
            spot = _spot(wish, width, (taken, beside), view) or _spot(wish, width, (taken,), view)
            if spot is not None:
                half = width / 2 + 2
                taken.take((spot.x() - half, spot.y() - _HALF_PX, spot.x() + half, spot.y() + _HALF_PX))
                placed.append((wish.key, pill, spot))
                break
    return placed


def _spot(wish: PillRequest, width: float, avoided: Sequence[OccupiedAreas], view: QRectF) -> QPointF | None:
    half, reach, deepest = width / 2 + 2, min(wish.room_px, _WIDEST_PX), 0.32 * wish.room_px + 2
    left, top, right, bottom = view.left(), view.top(), view.right(), view.bottom()
    for across, down in _SHIFTS:
        if abs(down) > deepest:
            continue
        x, y = wish.at[0] + across * reach, wish.at[1] + down
        box = (x - half, y - _HALF_PX, x + half, y + _HALF_PX)
        inside = left <= box[0] and box[2] <= right and top <= box[1] and box[3] <= bottom
        if inside and all(places.free(box) for places in avoided):
            return QPointF(x, y)
    return None
