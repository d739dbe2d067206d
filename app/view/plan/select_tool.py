"""Selection tool of the plan: select, move, rubber band."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen

from app.view.plan.drawing_tools import Modifiers, Tool, ToolCanvas, name_at, problem_text
from app.view.plan.plan_draft import StoreyEdit
from app.view.plan.snapping import SnapResult
from app.view.style import colour, current_theme
from twin.model import drawing_edits
from twin.model.drawing import DrawnOpening, DrawnStorey, DrawnWall, RoomName, Spot

CORNER_PX = 9.0
STILL_PX = 4.0


class SelectTool(Tool):
    """Click selects (Shift adds), drag moves things, corners of walls, or a rubber band."""

    def __init__(self, canvas: ToolCanvas) -> None:
        super().__init__(canvas)
        self._from: QPointF | None = None
        self._drag: Callable[[Spot, Spot], StoreyEdit | None] | None = None
        self._moving = False
        self._band: QRectF | None = None
        self._caught: SnapResult | None = None

    @property
    def is_idle(self) -> bool:
        """Whether nothing is being dragged."""
        return not self._moving

    def press(self, at: QPointF, keys: Modifiers) -> None:
        """Selects the thing under the cursor and prepares to drag it."""
        self._from, self._moving = at, False
        add = bool(keys & Qt.KeyboardModifier.ShiftModifier)
        corner = self._corner(at)
        hit = self.canvas.thing_at(at)
        if corner is not None and not isinstance(hit, RoomName):
            self._drag = self._corner_drag(corner)
            return
        if hit is None:
            self._drag = None
            if not add:
                self.draft.pick([])
            return
        picked = self.draft.picked
        if add:
            self.draft.pick(picked ^ {hit.id})
        elif hit.id not in picked:
            self.draft.pick([hit.id])
        self._drag = self._drag_of(hit)

    def move(self, at: QPointF, keys: Modifiers) -> None:
        """Drags the held thing or rubber band; otherwise highlights what is under the cursor."""
        if self._from is None:
            hit = self.canvas.thing_at(at)
            self.canvas.hover = hit.id if hit else 0
            room = self.canvas.room_at(self.canvas.viewport.m(at)) if hit is None else None
            self.canvas.lit = room.id if room else ""
            self.canvas.update()
            return
        far = at - self._from
        if not self._moving and math.hypot(far.x(), far.y()) < STILL_PX:
            return
        self._moving = True
        if self._drag is None:
            self._band = QRectF(self._from, at).normalized()
            self.canvas.update()
            return
        viewport = self.canvas.viewport
        change = self._drag(viewport.m(self._from), viewport.m(at))
        if change is not None:
            problem = self.draft.preview(change)
            self.canvas.show_hint(problem_text(problem) if problem else "")

    def release(self, at: QPointF, keys: Modifiers) -> None:
        """Ends the drag: applies the move, or selects what is inside the rubber band."""
        if self._band is not None:
            self.draft.pick(self._inside(self._band))
        elif self._moving:
            self.draft.commit()
            self.canvas.show_hint("")
        self._rest()

    def double(self, at: QPointF) -> None:
        """Asks for the name of the room under the cursor."""
        self._rest()
        if not isinstance(self.canvas.thing_at(at), DrawnWall | DrawnOpening):
            name_at(self.canvas, at)

    def stop(self) -> None:
        """Cancels the drag."""
        self.draft.forget_preview()
        self._rest()

    def key(self, event: QKeyEvent) -> bool:
        """Esc cancels a drag, otherwise clears the selection."""
        if event.key() == Qt.Key.Key_Escape and (self._moving or self.draft.picked):
            if not self._moving:
                self.draft.pick([])
            self.stop()
            return True
        return False

    def paint(self, painter: QPainter) -> None:
        """Paints the rubber band, and the snap marks while dragging."""
        if self._band is not None:
            painter.setPen(QPen(colour(current_theme().accent), 1.0))
            painter.setBrush(colour(current_theme().accent, 0.1))
            painter.drawRect(self._band)
        if self._caught is not None and self._moving:
            self.mark(painter, self._caught)

    def _rest(self) -> None:
        self._from = self._drag = self._band = self._caught = None
        self._moving = False
        self.canvas.update()

    def _corner(self, at: QPointF) -> Spot | None:
        """The end of a selected wall near the mouse; None if there is none."""
        storey = self.draft.storey
        walls = [wall for id in self.draft.picked if (wall := storey.wall(id))]
        viewport = self.canvas.viewport

        def far(end: Spot) -> float:
            gap = viewport.px(end) - at
            return math.hypot(gap.x(), gap.y())

        ends = [end for wall in walls for end in (wall.a, wall.b) if far(end) <= CORNER_PX]
        return min(ends, key=far, default=None)

    def _corner_drag(self, corner: Spot) -> Callable[[Spot, Spot], StoreyEdit]:
        storey = self.draft.storey
        ids = tuple(wall.id for wall in storey.walls if corner in (wall.a, wall.b))
        held = [wall for wall in storey.walls if wall.id in ids]
        other = (held[0].b if held[0].a == corner else held[0].a) if len(held) == 1 else None
        corners = tuple(end for wall in held for end in (wall.a, wall.b) if end != corner)

        def drag(_start: Spot, to: Spot) -> StoreyEdit:
            self._caught = self.canvas.caught(to, start=other, without=ids, corners=corners)
            at = self._caught.at
            return lambda now: drawing_edits.move_point(now, corner, at)

        return drag

    def _drag_of(self, hit: DrawnWall | DrawnOpening | RoomName) -> Callable[[Spot, Spot], StoreyEdit | None]:
        if isinstance(hit, DrawnOpening):
            return lambda _start, to: (
                lambda now: drawing_edits.move_opening(now, hit.id, to, reach_m=self.canvas.metres(50))
            )
        if isinstance(hit, RoomName):
            return lambda start, to: lambda now: drawing_edits.move_name(now, hit.id, _moved(hit.at, start, to))
        return lambda start, to: self._wall_drag(hit, start, to)

    def _wall_drag(self, wall: DrawnWall, start: Spot, to: Spot) -> StoreyEdit:
        """Edit that moves one wall sideways, or several walls freely."""
        storey = self.draft.storey
        walls = [id for id in self.draft.picked if storey.wall(id)] or [wall.id]
        if len(walls) > 1:
            step = self.canvas.caught(_moved(wall.a, start, to), without=tuple(one.id for one in storey.walls)).at
            by = step[0] - wall.a[0], step[1] - wall.a[1]
            return lambda now: drawing_edits.move_walls(now, walls, by)
        x, y = wall.along
        side = (to[1] - start[1]) * x - (to[0] - start[0]) * y
        here = (wall.a[0] - y * side, wall.a[1] + x * side)
        leaning = tuple(one.id for one in storey.walls if {one.a, one.b} & {wall.a, wall.b})
        self._caught = self.canvas.caught(here, without=(wall.id, *leaning))
        at = self._caught.at
        side = (at[1] - wall.a[1]) * x - (at[0] - wall.a[0]) * y
        by = -y * side, x * side
        return lambda now: drawing_edits.move_wall(now, wall.id, by)

    def _inside(self, band: QRectF) -> list[int]:
        storey, viewport = self.draft.storey, self.canvas.viewport
        walls = [
            wall.id
            for wall in storey.walls
            if band.contains(viewport.px(wall.a)) and band.contains(viewport.px(wall.b))
        ]
        openings = [
            one.id for one in storey.openings
            if (wall := storey.wall(one.wall)) and band.contains(viewport.px(wall.at(one.offset_m)))
        ]  # fmt: skip
        names = [label.id for label in storey.names if band.contains(viewport.px(label.at))]
        return [*walls, *openings, *names]


class BackdropTool(Tool):
    """Moves the backdrop picture."""

    cursor = Qt.CursorShape.SizeAllCursor

    def __init__(self, canvas: ToolCanvas) -> None:
        super().__init__(canvas)
        self._from: Spot | None = None

    @property
    def is_idle(self) -> bool:
        """Whether the picture is not being dragged."""
        return self._from is None

    def press(self, at: QPointF, keys: Modifiers) -> None:
        """Starts dragging the picture."""
        self._from = self.canvas.viewport.m(at)

    def move(self, at: QPointF, keys: Modifiers) -> None:
        """Moves the picture with the mouse."""
        if self._from is not None:
            start, to = self._from, self.canvas.viewport.m(at)
            self.draft.preview(lambda now: _slid(now, start, to))

    def release(self, at: QPointF, keys: Modifiers) -> None:
        """Ends the drag and applies it."""
        self._from = None
        self.draft.commit()

    def stop(self) -> None:
        """Cancels the drag."""
        self._from = None
        self.draft.forget_preview()


def _slid(storey: DrawnStorey, start: Spot, to: Spot) -> DrawnStorey:
    back = storey.backdrop
    return replace(storey, backdrop=replace(back, origin=_moved(back.origin, start, to))) if back else storey


def _moved(at: Spot, start: Spot, to: Spot) -> Spot:
    return round(at[0] + to[0] - start[0], 4), round(at[1] + to[1] - start[1], 4)
