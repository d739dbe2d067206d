"""Paints room names, areas and dimensions on the plan."""

from __future__ import annotations

import math
from collections.abc import Callable, Sequence

from PySide6.QtCore import QRectF, QSizeF, Qt
from PySide6.QtGui import QPainter, QPen

from app.i18n import tr
from app.view.plan import plan_painting
from app.view.plan.dimension_text import area, metres
from app.view.plan.plan_draft import PlanDraft
from app.view.plan.plan_viewport import PlanViewport
from app.view.style import colour, current_theme, font
from twin.model.drawing import DrawnOpening, DrawnWall, Spot
from twin.model.space import Room

_ROOMY_PX = 60.0
_APART_PX = 26.0


def names(
    painter: QPainter, viewport: PlanViewport, draft: PlanDraft, rooms: Sequence[Room], hover: int
) -> dict[int, QRectF]:
    """Paints the name and area of every room; returns the boxes (pixels) of the names by label id."""
    theme, storey = current_theme(), draft.storey
    boxes: dict[int, QRectF] = {}
    labels = {f"{storey.id}/{label.id}": label for label in storey.names}
    for room in rooms:
        label = labels.pop(room.source_id, None) if room.source_id else None
        if label is None and viewport.px_per_m * math.sqrt(room.area_m2) < _ROOMY_PX:
            continue
        at, name = (label.at, label.name) if label else (_interior_point(room), tr("Room"))
        picked = label is not None and (label.id in draft.picked or label.id == hover)
        box = plan_painting.name(
            painter, viewport.px(at), name, area(room.area_m2), theme, strong=bool(label), picked=picked
        )
        if label is not None:
            boxes[label.id] = box
    for label in labels.values():  # names that lie in no room yet
        picked = label.id in draft.picked or label.id == hover
        boxes[label.id] = plan_painting.name(
            painter, viewport.px(label.at), label.name, "", theme, strong=False, picked=picked
        )
    return boxes


def measures(
    painter: QPainter, viewport: PlanViewport, draft: PlanDraft, room_at: Callable[[Spot], Room | None]
) -> None:
    """Paints the lengths of selected walls, and the distances of selected openings along their walls."""
    storey = draft.storey
    for id in draft.picked:
        if wall := storey.wall(id):
            _wall(painter, viewport, wall, room_at)
        elif (one := storey.opening(id)) and (wall := storey.wall(one.wall)):
            _opening(painter, viewport, wall, one)


def _wall(painter: QPainter, viewport: PlanViewport, wall: DrawnWall, room_at: Callable[[Spot], Room | None]) -> None:
    """Paints a wall's length, at the outer side of an outer wall, and handles at its ends."""
    theme, (x, y), middle = current_theme(), wall.along, wall.at(wall.length_m / 2)
    far = wall.thickness_m / 2 + 0.15
    right = room_at((middle[0] + y * far, middle[1] - x * far)) is not None
    left = room_at((middle[0] - y * far, middle[1] + x * far)) is not None
    ends = (wall.b, wall.a) if left and not right else (wall.a, wall.b)
    off = 20.0 + wall.thickness_m / 2 * viewport.px_per_m
    plan_painting.dimension(painter, viewport, *ends, metres(wall.length_m), theme, off_px=off)
    painter.setPen(QPen(colour(theme.accent), 1.6))
    painter.setBrush(colour(theme.raised))
    for end in (wall.a, wall.b):
        painter.drawEllipse(viewport.px(end), 4.5, 4.5)


def _opening(painter: QPainter, viewport: PlanViewport, wall: DrawnWall, one: DrawnOpening) -> None:
    theme = current_theme()
    left, right = one.offset_m - one.width_m / 2, one.offset_m + one.width_m / 2
    off = 18.0 + wall.thickness_m / 2 * viewport.px_per_m
    for a, b in ((0.0, left), (left, right), (right, wall.length_m)):
        if (b - a) * viewport.px_per_m > _APART_PX:
            tone = theme.accent if a == left else theme.muted
            plan_painting.dimension(
                painter, viewport, wall.at(a), wall.at(b), metres(b - a), theme, off_px=off, tone=tone
            )


def invite(painter: QPainter, size: QSizeF) -> None:
    """Paints instructions on an empty canvas."""
    theme, middle = current_theme(), QRectF(0, size.height() / 2 - 44, size.width(), 30)
    for text, low, size_px, tone in (
        (tr("Click where the first wall begins"), 0, 17, theme.text),
        (tr("or bring a picture or PDF of the plan and trace it"), 30, 13, theme.muted),
    ):
        painter.setFont(font(size_px, strong=not low))
        painter.setPen(colour(tone))
        painter.drawText(middle.translated(0, low), Qt.AlignmentFlag.AlignCenter, text)


def _interior_point(room: Room) -> Spot:
    """A point well inside a room: the middle of its widest span on a few scan lines."""
    ys = [y for _, y in room.outline]
    best, widest = room.outline[0], -1.0
    for share in (0.5, 0.35, 0.65, 0.2, 0.8):
        y = min(ys) + (max(ys) - min(ys)) * share
        xs = sorted(x for ring in (room.outline, *room.holes) for x in _cuts(ring, y))
        for left, right in zip(xs[::2], xs[1::2], strict=False):
            if right - left > widest * 1.2 + 1e-9:
                best, widest = ((left + right) / 2, y), right - left
    return best


def _cuts(ring: tuple[Spot, ...], y: float) -> list[float]:
    """The x coordinates at which a ring crosses a horizontal line."""
    return [
        x0 + (x1 - x0) * (y - y0) / (y1 - y0)
        for (x0, y0), (x1, y1) in zip(ring, (*ring[1:], ring[0]), strict=True)
        if (y0 > y) != (y1 > y)
    ]
