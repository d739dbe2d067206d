"""Wall tools: a chain of walls, or a rectangular room."""

from __future__ import annotations

import math

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen

from app.i18n import tr
from app.view.plan import plan_painting
from app.view.plan.dimension_text import metres
from app.view.plan.drawing_tools import Modifiers, Tool, ToolCanvas
from app.view.plan.snapping import SnapResult, length
from app.view.style import colour, current_theme
from twin.model import drawing_edits
from twin.model.drawing import Spot

_TYPED = frozenset("0123456789.,'\"cmftin ")
_LONGEST = 12
DRAGGED_PX = 8.0


class WallTool(Tool):
    """Draws a chain of walls click by click or by typed lengths; ends when it closes, by Esc or a double click."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: ToolCanvas) -> None:
        super().__init__(canvas)
        self.thickness_m = 0.12
        self.start: Spot | None = None
        self.first: Spot | None = None
        self.caught: SnapResult | None = None
        self.typed = ""
        self._trail: list[Spot] = []

    @property
    def is_idle(self) -> bool:
        """Whether no chain is in progress."""
        return self.start is None

    def press(self, at: QPointF, keys: Modifiers) -> None:
        """Sets the next corner of the chain."""
        self.move(at, keys)
        if self.caught is not None:
            self._set(self.caught.at, closing=self.caught.kind in ("corner", "wall"))

    def move(self, at: QPointF, keys: Modifiers) -> None:
        """Updates the previewed wall to the cursor."""
        corners = (self.first,) if self.first is not None and self.first != self.start else ()
        self.caught = self.canvas.caught(self.canvas.viewport.m(at), start=self.start, corners=corners)
        self.canvas.update()

    def double(self, at: QPointF) -> None:
        """Ends the chain; the first click has already set the corner."""
        self.stop()

    def stop(self) -> None:
        """Ends the chain; its walls are kept."""
        self.start = self.first = None
        self.typed = ""
        self._trail.clear()
        self.canvas.update()

    def undo_segment(self) -> bool:
        """Undoes the last wall of the chain and continues from the corner before; False if there is none."""
        if not self._trail:
            return False
        self.draft.undo()
        self.start = self._trail.pop()
        self.typed = ""
        return True

    def leave(self) -> None:
        """Removes the mark of the snapped point."""
        self.caught = None

    def key(self, event: QKeyEvent) -> bool:
        """Digits enter a length, Enter sets the corner at that length."""
        if self.start is not None:
            typed = event.text().lower()
            if typed and typed in _TYPED and len(self.typed) < _LONGEST and (self.typed or typed in "0123456789.,"):
                self.typed += typed
                return True
            if event.key() == Qt.Key.Key_Backspace and self.typed:
                self.typed = self.typed[:-1]
                return True
            if event.key() in (Qt.Key.Key_Return, Qt.Key.Key_Enter):
                self._enter()
                return True
            if event.key() == Qt.Key.Key_Escape and self.typed:
                self.typed = ""
                return True
        return super().key(event)

    def _enter(self) -> None:
        if not self.typed:
            self.stop()
            return
        end = self.goal
        if end is None:
            self.canvas.show_hint(tr("Type a length such as 3.25 or 325 cm"))
            self.typed = ""
            return
        self._set(end, closing=False)

    @property
    def goal(self) -> Spot | None:
        """The end of the previewed wall: the cursor, or the typed length towards it; None if there is none."""
        if self.caught is None or self.start is None:
            return None
        if not self.typed:
            return self.caught.at
        far = length(self.typed)
        to = math.dist(self.start, self.caught.at)
        if far is None or to < 1e-6:
            return None
        x, y = ((self.caught.at[i] - self.start[i]) / to for i in (0, 1))
        return self.start[0] + x * far, self.start[1] + y * far

    def _set(self, at: Spot, *, closing: bool) -> None:
        self.canvas.show_hint("")
        if self.start is None:
            self.start = self.first = at
            return
        start, thick = self.start, self.thickness_m
        if math.dist(start, at) < 1e-6:
            return  # the second click of a double click
        self.typed = ""
        if self.draft.edit(lambda storey: drawing_edits.add_wall(storey, start, at, thickness_m=thick)):
            if closing:
                self.stop()
            else:
                end = self.draft.storey.walls[-1].b
                self._trail.append(start)
                self.start = end
                self.caught = SnapResult(at=end, kind="free")

    def paint(self, painter: QPainter) -> None:
        """Paints the previewed wall with its length and angle."""
        if self.caught is None:
            return
        viewport, theme, goal = self.canvas.viewport, current_theme(), self.goal
        if self.start is not None and goal is not None and math.dist(self.start, goal) > 1e-6:
            pen = QPen(colour(theme.accent, 0.55), max(2.0, self.thickness_m * viewport.px_per_m))
            pen.setCapStyle(Qt.PenCapStyle.SquareCap)
            painter.setPen(pen)
            painter.drawLine(viewport.px(self.start), viewport.px(goal))
            far = math.dist(self.start, goal)
            length_text = f"{self.typed}▏" if self.typed else metres(far)
            off = 22.0 + self.thickness_m / 2 * viewport.px_per_m
            plan_painting.dimension(painter, viewport, self.start, goal, length_text, theme, off_px=off)
            turn = math.degrees(math.atan2(goal[1] - self.start[1], goal[0] - self.start[0])) % 360
            where = viewport.px(goal)
            plan_painting.pill(painter, QPointF(where.x() + 34, where.y() + 24), f"{turn:.0f}°", theme, theme.pill_line)
        self.mark(painter, self.caught)


class BoxTool(Tool):
    """Draws a rectangle of four walls by a drag or two clicks; existing walls are reused."""

    cursor = Qt.CursorShape.CrossCursor

    def __init__(self, canvas: ToolCanvas) -> None:
        super().__init__(canvas)
        self.thickness_m = 0.12
        self.start: Spot | None = None
        self.caught: SnapResult | None = None
        self._fresh = False

    @property
    def is_idle(self) -> bool:
        """Whether no corner is set."""
        return self.start is None

    def press(self, at: QPointF, keys: Modifiers) -> None:
        """Sets the first corner, or the second of two clicks."""
        self.move(at, keys)
        if self.caught is None:
            return
        self._fresh = self.start is None
        if self._fresh:
            self.start = self.caught.at
        else:
            self._set()

    def move(self, at: QPointF, keys: Modifiers) -> None:
        """Updates the previewed rectangle to the cursor."""
        self.caught = self.canvas.caught(self.canvas.viewport.m(at))
        self.canvas.update()

    def release(self, at: QPointF, keys: Modifiers) -> None:
        """Ends a drag with the second corner; after a mere click, waits for the second click."""
        if self._fresh and self.start is not None and self.caught is not None:
            far = self.canvas.viewport.px(self.caught.at) - self.canvas.viewport.px(self.start)
            if min(abs(far.x()), abs(far.y())) > DRAGGED_PX:
                self._set()

    def _set(self) -> None:
        start, end, thick = self.start, self.caught.at if self.caught else None, self.thickness_m
        self.start = None
        if start is not None and end is not None:
            self.canvas.show_hint("")
            self.draft.edit(lambda storey: drawing_edits.add_box(storey, start, end, thickness_m=thick))

    def stop(self) -> None:
        """Discards the first corner."""
        self.start = None
        self.canvas.update()

    def leave(self) -> None:
        """Removes the mark of the snapped point."""
        self.caught = None

    def paint(self, painter: QPainter) -> None:
        """Paints the previewed rectangle with its dimensions."""
        if self.caught is None:
            return
        viewport, theme, end = self.canvas.viewport, current_theme(), self.caught.at
        if self.start is not None and self.start != end:
            pen = QPen(colour(theme.accent, 0.55), max(2.0, self.thickness_m * viewport.px_per_m))
            pen.setJoinStyle(Qt.PenJoinStyle.MiterJoin)
            painter.setPen(pen)
            painter.setBrush(colour(theme.accent, 0.08))
            painter.drawRect(QRectF(viewport.px(self.start), viewport.px(end)).normalized())
            (west, east), (south, north) = (sorted((self.start[i], end[i])) for i in (0, 1))
            off = 22.0 + self.thickness_m / 2 * viewport.px_per_m
            for a, b in (((west, north), (east, north)), ((west, south), (west, north))):
                if math.dist(a, b) > 0:
                    plan_painting.dimension(painter, viewport, a, b, metres(math.dist(a, b)), theme, off_px=off)
        self.mark(painter, self.caught)
