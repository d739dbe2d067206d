"""Painting functions of the plan: grid, backdrop, rooms, walls, openings, names."""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Sequence

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRect, QRectF, Qt
from PySide6.QtGui import QImage, QPainter, QPainterPath, QPen, QPolygonF

from app.view import style
from app.view.plan import backdrop_image
from app.view.plan.plan_viewport import PlanViewport
from app.view.style import colour, font
from app.view.theme import Theme
from twin.model.drawing import DrawnOpening, DrawnStorey, DrawnWall, OpeningKind, Spot
from twin.model.space import Ring, Room
from twin.model.wall_joins import mitred_outlines

_MINOR_PX, _MAJOR_EVERY = 9.0, 5
_GRIDS_M = (0.1, 0.5, 1.0, 5.0, 10.0, 50.0, 100.0, 500.0)


def paper(theme: Theme) -> str:
    """The background colour of the canvas."""
    return theme.raised if theme.name == "light" else style.mix(theme.window, theme.panel, 0.5)


def _floor(theme: Theme) -> str:
    """The fill colour of rooms."""
    warm = style.mix(paper(theme), theme.wood, 0.2 if theme.name == "light" else 0.1)
    return warm if theme.name == "light" else style.mix(warm, theme.muted, 0.1)


def grid(painter: QPainter, viewport: PlanViewport, theme: Theme) -> None:
    """Paints minor and major grid lines; the spacing depends on the zoom."""
    box = viewport.box
    step = next((size for size in _GRIDS_M if size * viewport.px_per_m >= _MINOR_PX), _GRIDS_M[-1])
    fade = min(1.0, (step * viewport.px_per_m - _MINOR_PX) / 18.0 + 0.25)
    for size, strength in ((step, 0.5 * fade), (step * _MAJOR_EVERY, 0.95)):
        across = [round(viewport.px((n * size, 0)).x()) for n in _between(box.left(), box.right(), size)]
        down = [round(viewport.px((0, n * size)).y()) for n in _between(box.top(), box.bottom(), size)]
        painter.setPen(Qt.PenStyle.NoPen)
        painter.setBrush(colour(theme.chart_grid, strength))
        painter.drawRects([QRect(x, 0, 1, round(viewport.size.height())) for x in across])
        painter.drawRects([QRect(0, y, round(viewport.size.width()), 1) for y in down])


def _between(low: float, high: float, step: float) -> range:
    return range(math.ceil(low / step), math.floor(high / step) + 1)


def backdrop(painter: QPainter, viewport: PlanViewport, storey: DrawnStorey, image: QImage, theme: Theme) -> None:
    """Paints the backdrop picture; of ink on white, only the ink is visible."""
    back = storey.backdrop
    if back is None or image.isNull():
        return
    width, height = back.size_px[0] * back.m_per_px, back.size_px[1] * back.m_per_px
    top = viewport.px(back.origin)
    target = QRectF(top.x(), top.y(), width * viewport.px_per_m, height * viewport.px_per_m)
    night = theme.name == "dark"
    ink = backdrop_image.is_paper(image)
    for finer in backdrop_image.halves(image, night=night):
        if finer.width() < target.width() * painter.device().devicePixelRatio():
            break
        image = finer
    painter.save()
    if ink:
        mode = QPainter.CompositionMode
        painter.setCompositionMode(mode.CompositionMode_Screen if night else mode.CompositionMode_Multiply)
    painter.setOpacity(back.opacity)
    painter.setRenderHint(QPainter.RenderHint.SmoothPixmapTransform)
    painter.drawImage(target, image)
    painter.restore()


def outlines(storey: DrawnStorey) -> dict[int, list[Spot]]:
    """The mitred outline of every wall, by its id."""
    if not storey.walls:
        return {}
    start, end = (np.array([getattr(wall, name) for wall in storey.walls]) for name in ("a", "b"))
    rings, square = mitred_outlines(start, end, np.array([wall.thickness_m for wall in storey.walls]))
    found: dict[int, list[Spot]] = {}
    for i, wall in enumerate(storey.walls):
        ring = rings[i] if _is_simple(rings[i], wall) else square[i]
        found[wall.id] = [(float(x), float(y)) for x, y in ring]
    return found


def _is_simple(ring: NDArray[np.float64], wall: DrawnWall) -> bool:
    """Whether the mitred outline did not turn a short wall inside out."""
    far = (ring - np.array(wall.a)) @ np.array(wall.along)
    return bool(far[0] < far[3] and far[4] < far[1])


def polygon(viewport: PlanViewport, ring: Iterable[Spot]) -> QPolygonF:
    """Converts a ring from metres to pixels."""
    return QPolygonF([viewport.px(at) for at in ring])


def rooms(
    painter: QPainter, viewport: PlanViewport, found: Sequence[Room], theme: Theme, lit: str = "", share: float = 0.86
) -> None:
    """Fills the rooms; the room with id `lit` is highlighted."""
    painter.setPen(Qt.PenStyle.NoPen)
    for room in found:
        path = _path(viewport, room.outline, room.holes)
        fill = style.mix(paper(theme), theme.accent, 0.16) if room.id == lit else _floor(theme)
        painter.setBrush(colour(fill, share))
        painter.drawPath(path)


def _path(viewport: PlanViewport, outline: Ring, holes: Iterable[Ring]) -> QPainterPath:
    path = QPainterPath()
    path.setFillRule(Qt.FillRule.OddEvenFill)
    for ring in (outline, *holes):
        path.addPolygon(polygon(viewport, ring))
        path.closeSubpath()
    return path


def walls(
    painter: QPainter,
    viewport: PlanViewport,
    storey: DrawnStorey,
    theme: Theme,
    *,
    picked: frozenset[int] = frozenset(),
    hover: int = 0,
) -> None:
    """Paints the walls without seams: strokes all outlines first, then fills them."""
    shapes = {id: polygon(viewport, ring) for id, ring in outlines(storey).items()}
    fill = style.mix(theme.cap, paper(theme), 0.12)
    edge = QPen(colour(style.mix(theme.cap, theme.text, 0.4)), 2.4)
    edge.setJoinStyle(Qt.PenJoinStyle.BevelJoin)
    painter.setPen(edge)
    painter.setBrush(Qt.BrushStyle.NoBrush)
    for shape in shapes.values():
        painter.drawPolygon(shape)
    painter.setPen(QPen(colour(fill), 0.8))  # closes the hairlines between neighbours
    painter.setBrush(colour(fill))
    for shape in shapes.values():
        painter.drawPolygon(shape)
    painter.setPen(Qt.PenStyle.NoPen)
    for id, shape in shapes.items():
        if id in picked or id == hover:
            painter.setBrush(colour(theme.accent if id in picked else style.mix(fill, theme.accent, 0.45)))
            painter.drawPolygon(shape)


def overall_dimensions(
    painter: QPainter, viewport: PlanViewport, storey: DrawnStorey, theme: Theme, format_length: Callable[[float], str]
) -> None:
    """Paints the total width and depth of the storey between outer wall faces."""
    corners = [at for ring in outlines(storey).values() for at in ring]
    if len(storey.walls) < 2:
        return
    (west, south), (east, north) = ((pick(x for x, _ in corners), pick(y for _, y in corners)) for pick in (min, max))
    for a, b, far in (((west, north), (east, north), east - west), ((west, south), (west, north), north - south)):
        if far * viewport.px_per_m > 90:
            dimension(painter, viewport, a, b, format_length(far), theme, off_px=30.0, tone=theme.faint)


def ghost(painter: QPainter, viewport: PlanViewport, storey: DrawnStorey, theme: Theme) -> None:
    """Paints the storey below faintly."""
    painter.setPen(QPen(colour(theme.ghost, 0.35), 1.0, Qt.PenStyle.DashLine))
    painter.setBrush(colour(theme.ghost, 0.08))
    for ring in outlines(storey).values():
        painter.drawPolygon(polygon(viewport, ring))


def opening(
    painter: QPainter, viewport: PlanViewport, wall: DrawnWall, one: DrawnOpening, theme: Theme, *, tone: str = ""
) -> None:
    """Paints a door with leaf and swing, a window with panes, or a passage; `tone` replaces the usual colour."""
    half, deep = one.width_m / 2, wall.thickness_m / 2
    (ux, uy), middle = wall.along, wall.at(one.offset_m)
    line = tone or style.mix(theme.cap, theme.text, 0.4)

    def at(along: float, across: float) -> QPointF:
        return viewport.px((middle[0] + ux * along - uy * across, middle[1] + uy * along + ux * across))

    inside = QPolygonF([at(-half, -deep), at(half, -deep), at(half, deep), at(-half, deep)])
    painter.setPen(QPen(colour(paper(theme)), 2.6))
    window = one.kind is OpeningKind.WINDOW
    painter.setBrush(colour(style.mix(paper(theme), theme.glass, 0.35) if window else _floor(theme)))
    painter.drawPolygon(inside)
    painter.setPen(QPen(colour(line), 1.6 if tone else 1.3))
    painter.setBrush(Qt.BrushStyle.NoBrush)
    if window:
        painter.drawPolygon(inside)
        for across in (-0.012 - deep * 0.18, 0.012 + deep * 0.18):
            painter.drawLine(at(-half, across), at(half, across))
        return
    for end in (-half, half):
        painter.drawLine(at(end, -deep), at(end, deep))
    if one.kind is OpeningKind.PASSAGE:
        painter.setPen(QPen(colour(line, 0.7), 1.0, Qt.PenStyle.DashLine))
        for across in (-deep, deep):
            painter.drawLine(at(-half, across), at(half, across))
        return
    side, leaf = (-1.0 if one.swings_right else 1.0), one.width_m / one.leaves
    for hinge in (-half, half) if one.leaves > 1 else (half if one.hinge_at_end else -half,):
        foot, tip = at(hinge, side * deep), at(hinge, side * (deep + leaf))
        shut = at(hinge - math.copysign(leaf, hinge), side * deep)
        _leaf(painter, foot, tip, shut, line, wide_px=max(2.0, 0.035 * viewport.px_per_m))


def _leaf(painter: QPainter, foot: QPointF, tip: QPointF, shut: QPointF, tone: str, *, wide_px: float) -> None:
    """Paints an open door leaf from hinge to tip, and the arc of its swing."""
    radius = math.hypot(tip.x() - foot.x(), tip.y() - foot.y())
    start, end = (math.degrees(math.atan2(foot.y() - p.y(), p.x() - foot.x())) for p in (shut, tip))
    painter.setPen(QPen(colour(tone, 0.55), 1.0))
    box = QRectF(foot.x() - radius, foot.y() - radius, 2 * radius, 2 * radius)
    painter.drawArc(box, round(start * 16), round(((end - start + 180) % 360 - 180) * 16))
    painter.setPen(QPen(colour(tone), wide_px, Qt.PenStyle.SolidLine, Qt.PenCapStyle.FlatCap))
    painter.drawLine(foot, tip)


def name(painter: QPainter, at: QPointF, text: str, under: str, theme: Theme, *, strong: bool, picked: bool) -> QRectF:
    """Paints a room's name with its area below; returns the box in pixels."""
    painter.setFont(font(13, strong=True))
    wide = painter.fontMetrics().horizontalAdvance(text)
    high = painter.fontMetrics().height()
    painter.setFont(font(12))
    wide = max(wide, painter.fontMetrics().horizontalAdvance(under))
    low = painter.fontMetrics().height() if under else 0
    box = QRectF(at.x() - wide / 2 - 8, at.y() - (high + low) / 2 - 3, wide + 16, high + low + 6)
    if picked:
        painter.setPen(QPen(colour(theme.accent), 1.2))
        painter.setBrush(colour(theme.accent, 0.12))
        painter.drawRoundedRect(box, 6, 6)
    painter.setFont(font(13, strong=True))
    painter.setPen(colour(theme.text if strong else theme.muted))
    painter.drawText(QRectF(box.x(), box.y() + 3, box.width(), high), Qt.AlignmentFlag.AlignCenter, text)
    if under:
        painter.setFont(font(12))
        painter.setPen(colour(theme.muted))
        painter.drawText(QRectF(box.x(), box.y() + 3 + high, box.width(), low), Qt.AlignmentFlag.AlignCenter, under)
    return box


def dimension(
    painter: QPainter,
    viewport: PlanViewport,
    a: Spot,
    b: Spot,
    text: str,
    theme: Theme,
    *,
    off_px: float = 22.0,
    tone: str = "",
) -> None:
    """Paints a dimension line beside the line from a to b: end ticks, and upright text in the middle."""
    one, other = viewport.px(a), viewport.px(b)
    long = math.hypot(other.x() - one.x(), other.y() - one.y())
    if long < 1:
        return
    ux, uy = (other.x() - one.x()) / long, (other.y() - one.y()) / long
    nx, ny = uy * off_px, -ux * off_px
    p, q = QPointF(one.x() + nx, one.y() + ny), QPointF(other.x() + nx, other.y() + ny)
    line = tone or theme.accent
    painter.setPen(QPen(colour(line, 0.45), 1.0))
    for end, foot in ((p, one), (q, other)):
        painter.drawLine(QPointF(foot.x() + nx * 0.3, foot.y() + ny * 0.3), end)
    painter.setPen(QPen(colour(line), 1.3))
    painter.drawLine(p, q)
    for end in (p, q):
        painter.drawLine(
            QPointF(end.x() - (ux + uy) * 4, end.y() - (uy - ux) * 4),
            QPointF(end.x() + (ux + uy) * 4, end.y() + (uy - ux) * 4),
        )
    turn = math.degrees(math.atan2(uy, ux))
    pill(painter, QPointF((p.x() + q.x()) / 2, (p.y() + q.y()) / 2), text, theme, line, (turn + 90) % 180 - 90)


def pill(painter: QPainter, at: QPointF, text: str, theme: Theme, tone: str, turn_deg: float = 0.0) -> None:
    """Paints a short text on a rounded plate, rotated by `turn_deg`."""
    painter.save()
    painter.translate(at)
    painter.rotate(turn_deg)
    painter.setFont(font(12, strong=True))
    wide, high = painter.fontMetrics().horizontalAdvance(text) + 14, painter.fontMetrics().height() + 4
    box = QRectF(-wide / 2, -high / 2, wide, high)
    painter.setPen(QPen(colour(tone, 0.6), 1.0))
    painter.setBrush(colour(theme.pill))
    painter.drawRoundedRect(box, high / 2, high / 2)
    painter.setPen(colour(theme.pill_text))
    painter.drawText(box, Qt.AlignmentFlag.AlignCenter, text)
    painter.restore()


def scale_bar(painter: QPainter, viewport: PlanViewport, theme: Theme, format_length: Callable[[float], str]) -> None:
    """Paints a scale bar of a round length at the lower left; `format_length` makes its text."""
    far = next((m for m in (0.1, 0.2, 0.5, 1, 2, 5, 10, 20, 50, 100, 200, 500) if m * viewport.px_per_m >= 70), 1000)
    wide, x, y = far * viewport.px_per_m, 20.0, viewport.size.height() - 18.0
    painter.setPen(QPen(colour(theme.muted), 1.5))
    painter.drawPolyline(QPolygonF([QPointF(x, y - 5), QPointF(x, y), QPointF(x + wide, y), QPointF(x + wide, y - 5)]))
    painter.setFont(font(11))
    painter.drawText(QRectF(x, y - 22, wide, 16), Qt.AlignmentFlag.AlignCenter, format_length(float(far)))
