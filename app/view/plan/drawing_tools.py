"""Base class of the plan's tools, and the tools for openings, room names and measuring."""

from __future__ import annotations

import math
from collections.abc import Callable
from dataclasses import replace
from typing import Protocol

from PySide6.QtCore import QPointF, QRectF, Qt
from PySide6.QtGui import QKeyEvent, QPainter, QPen

from app.i18n import in_full, tr
from app.view.plan import plan_painting
from app.view.plan.dimension_text import metres
from app.view.plan.plan_draft import PlanDraft
from app.view.plan.plan_viewport import PlanViewport
from app.view.plan.snapping import SnapResult, length
from app.view.style import colour, current_theme
from twin.model import drawing_edits, storey_edits
from twin.model.drawing import DrawnOpening, DrawnWall, OpeningKind, RoomName, Spot
from twin.model.problem import Problem, ProblemError
from twin.model.space import Room

type Modifiers = Qt.KeyboardModifier


def problem_text(problem: Problem) -> str:
    """The full text of a problem in the user's language."""
    return in_full(problem)


class ToolCanvas(Protocol):
    """The attributes and methods of the canvas that tools use (app.view.plan.plan_canvas)."""

    draft: PlanDraft
    viewport: PlanViewport
    lit: str
    hover: int

    def show_hint(self, text: str) -> None: ...
    def update(self) -> None: ...
    def fit(self) -> None: ...
    def metres(self, px: float) -> float: ...
    def caught(
        self, to: Spot, *, start: Spot | None = None, without: tuple[int, ...] = (), corners: tuple[Spot, ...] = ()
    ) -> SnapResult: ...
    def thing_at(self, at: QPointF) -> DrawnWall | DrawnOpening | RoomName | None: ...
    def room_at(self, at: Spot) -> Room | None: ...
    def ask_text(
        self, at: QPointF, text: str, done: Callable[[str], object], *, hint: str = "", wide: int = 160
    ) -> None: ...


class Tool:
    """Base class of tools; its methods do nothing or end the tool."""

    cursor = Qt.CursorShape.ArrowCursor

    def __init__(self, canvas: ToolCanvas) -> None:
        self.canvas = canvas
        self.draft = canvas.draft

    @property
    def is_idle(self) -> bool:
        """Whether no operation is in progress."""
        return True

    def press(self, at: QPointF, keys: Modifiers) -> None:
        """Called when the left button is pressed."""

    def move(self, at: QPointF, keys: Modifiers) -> None:
        """Called when the mouse moves, with or without a pressed button."""

    def release(self, at: QPointF, keys: Modifiers) -> None:
        """Called when the left button is released."""

    def double(self, at: QPointF) -> None:
        """Called at a double click."""

    def stop(self) -> None:
        """Cancels the operation in progress; called by the right button and Esc."""

    def leave(self) -> None:
        """Called when the mouse leaves the canvas."""

    def end(self) -> None:
        """Called when another tool is chosen."""
        self.stop()
        self.leave()

    def key(self, event: QKeyEvent) -> bool:
        """Handles a key; returns whether the tool used it."""
        if event.key() == Qt.Key.Key_Escape and not self.is_idle:
            self.stop()
            return True
        return False

    def paint(self, painter: QPainter) -> None:
        """Paints the tool's own marks above everything else."""

    def mark(self, painter: QPainter, caught: SnapResult) -> None:
        """Paints guide lines and a mark where the cursor snapped."""
        theme, viewport = current_theme(), self.canvas.viewport
        painter.setPen(QPen(colour(theme.accent, 0.65), 1.0, Qt.PenStyle.DashLine))
        for a, b in caught.guides:
            painter.drawLine(viewport.px(a), viewport.px(b))
        at = viewport.px(caught.at)
        painter.setPen(QPen(colour(theme.accent), 1.8))
        painter.setBrush(Qt.BrushStyle.NoBrush)
        if caught.kind == "corner":
            painter.drawRect(QRectF(at.x() - 5.5, at.y() - 5.5, 11, 11))
        elif caught.kind == "wall":
            painter.drawEllipse(at, 6, 6)
        else:
            painter.drawLine(QPointF(at.x() - 6, at.y()), QPointF(at.x() + 6, at.y()))
            painter.drawLine(QPointF(at.x(), at.y() - 6), QPointF(at.x(), at.y() + 6))


class OpeningTool(Tool):
    """Places a door: it follows the cursor along the nearest wall, a click inserts it."""

    cursor = Qt.CursorShape.CrossCursor
    kind = OpeningKind.DOOR

    def __init__(self, canvas: ToolCanvas) -> None:
        super().__init__(canvas)
        self.ghost: DrawnOpening | None = None
        self.why = ""

    def _aim(self, at: QPointF) -> None:
        spot = self.canvas.viewport.m(at)
        reach = self.canvas.metres(60)
        try:
            self.ghost = drawing_edits.new_opening(self.draft.storey, self.kind, spot, reach_m=reach)
            drawing_edits.put_opening(self.draft.storey, self.ghost)
            self.why = ""
        except ProblemError as error:
            self.why = problem_text(error.problems[0])

    def press(self, at: QPointF, keys: Modifiers) -> None:
        """Inserts the opening at the nearest wall."""
        spot, reach, kind = self.canvas.viewport.m(at), self.canvas.metres(60), self.kind
        if self.draft.edit(lambda storey: drawing_edits.add_opening(storey, kind, spot, reach_m=reach)):
            self.draft.pick([self.draft.storey.openings[-1].id])
            self.canvas.show_hint("")
        self.ghost = None

    def move(self, at: QPointF, keys: Modifiers) -> None:
        """Moves the preview to the cursor."""
        self.ghost = None
        self._aim(at)
        self.canvas.update()

    def leave(self) -> None:
        """Removes the preview."""
        self.ghost = None

    def paint(self, painter: QPainter) -> None:
        """Paints the preview with its distances; red if it cannot be inserted."""
        wall = self.draft.storey.wall(self.ghost.wall) if self.ghost else None
        if wall is None or self.ghost is None:
            return
        theme, viewport, one = current_theme(), self.canvas.viewport, self.ghost
        tone = theme.error if self.why else theme.accent
        plan_painting.opening(painter, viewport, wall, one, theme, tone=tone)
        if self.why:
            return
        left, right = one.offset_m - one.width_m / 2, one.offset_m + one.width_m / 2
        off = 18.0 + wall.thickness_m / 2 * viewport.px_per_m
        for a, b in ((0.0, left), (right, wall.length_m)):
            if (b - a) * viewport.px_per_m > 26:
                plan_painting.dimension(painter, viewport, wall.at(a), wall.at(b), metres(b - a), theme, off_px=off)


class WindowTool(OpeningTool):
    """Places a window, like OpeningTool."""

    kind = OpeningKind.WINDOW


class PassageTool(OpeningTool):
    """Places an opening without a leaf, like OpeningTool."""

    kind = OpeningKind.PASSAGE


class RoomNameTool(Tool):
    """Asks for the name of the room that is clicked."""

    cursor = Qt.CursorShape.IBeamCursor

    def press(self, at: QPointF, keys: Modifiers) -> None:
        """Asks for the room's name."""
        name_at(self.canvas, at)

    def move(self, at: QPointF, keys: Modifiers) -> None:
        """Highlights the room under the cursor."""
        room = self.canvas.room_at(self.canvas.viewport.m(at))
        self.canvas.lit = room.id if room else ""
        self.canvas.update()


def name_at(canvas: ToolCanvas, at: QPointF) -> None:
    """Asks for the name of the room at a pixel; outside of rooms, a free label is named there."""
    spot = canvas.viewport.m(at)
    room, storey = canvas.room_at(spot), canvas.draft.storey
    hit = canvas.thing_at(at)
    known = {f"{storey.id}/{label.id}": label for label in storey.names}
    label = next((one for one in storey.names if hit is one), None) or (known.get(room.source_id) if room else None)
    id = label.id if label else 0

    def done(text: str) -> None:
        canvas.draft.edit(
            lambda storey: (
                drawing_edits.rename_room(storey, id, text) if id else drawing_edits.name_room(storey, spot, text)
            )
        )

    where = canvas.viewport.px(label.at) if label else at
    canvas.ask_text(where, label.name if label else "", done, hint=tr("Name of the room"))


class MeasureTool(Tool):
    """Measures the distance of two clicks; with `scale`, asks for the true distance and scales the backdrop."""

    cursor = Qt.CursorShape.CrossCursor
    scale = False

    def __init__(self, canvas: ToolCanvas) -> None:
        super().__init__(canvas)
        self.start: Spot | None = None
        self.stop_at: Spot | None = None
        self.caught: SnapResult | None = None

    @property
    def is_idle(self) -> bool:
        """Whether no measurement has begun."""
        return self.start is None

    def _here(self, at: QPointF) -> SnapResult:
        spot = self.canvas.viewport.m(at)
        if self.scale:
            return SnapResult(at=spot, kind="free")  # a point of the picture, not of the drawing
        start = self.start if self.stop_at is None else None
        return self.canvas.caught(spot, start=start)

    def press(self, at: QPointF, keys: Modifiers) -> None:
        """Sets the first point, then the second."""
        spot = self._here(at).at
        if self.start is None or self.stop_at is not None:
            self.start, self.stop_at = spot, None
        else:
            self.stop_at = spot
            if self.scale:
                self._ask()
        self.canvas.update()

    def _ask(self) -> None:
        start, end = self.start, self.stop_at
        if start is None or end is None:
            return
        a, b = self.canvas.viewport.px(start), self.canvas.viewport.px(end)
        middle = QPointF((a.x() + b.x()) / 2, (a.y() + b.y()) / 2 + 34)
        self.canvas.ask_text(
            middle, "", lambda said: self._scaled(said, start, end), hint=tr("True distance, e.g. 4.20 m"), wide=200
        )

    def _scaled(self, text: str, start: Spot, end: Spot) -> None:
        far = length(text)
        back = self.draft.storey.backdrop
        if far is None or back is None:
            self.canvas.show_hint(tr("Type a length such as 3.25 or 325 cm"))
        elif self.draft.edit(
            lambda storey: replace(storey, backdrop=storey_edits.scale_backdrop(back, start, end, far))
        ):
            self.stop()
            self.canvas.fit()
            self.canvas.show_hint(tr("The picture has its true scale now."))

    def move(self, at: QPointF, keys: Modifiers) -> None:
        """Updates the snapped point under the cursor."""
        self.caught = self._here(at)
        self.canvas.update()

    def stop(self) -> None:
        """Clears both points."""
        self.start = self.stop_at = None
        self.canvas.update()

    def leave(self) -> None:
        """Removes the mark of the snapped point."""
        self.caught = None

    def paint(self, painter: QPainter) -> None:
        """Paints the measured line and its length."""
        end = self.stop_at or (self.caught.at if self.caught else None)
        if self.start is not None and end is not None:
            plan_painting.dimension(
                painter,
                self.canvas.viewport,
                self.start,
                end,
                metres(math.dist(self.start, end)),
                current_theme(),
                off_px=0.0,
            )
        if self.caught is not None and self.stop_at is None:
            self.mark(painter, self.caught)


class ScaleTool(MeasureTool):
    """Sets the scale of the backdrop, like MeasureTool."""

    scale = True
