"""Canvas of the plan editor: paints the current storey and forwards mouse and keys to the active tool."""

from __future__ import annotations

from collections.abc import Callable
from typing import override

import numpy as np
from PySide6.QtCore import QEvent, QPoint, QPointF, QRectF, QSizeF, Qt, Signal
from PySide6.QtGui import (
    QContextMenuEvent,
    QDragEnterEvent,
    QDropEvent,
    QFocusEvent,
    QImage,
    QKeyEvent,
    QMouseEvent,
    QPainter,
    QPaintEvent,
    QPixmap,
    QResizeEvent,
    QWheelEvent,
)
from PySide6.QtWidgets import QLineEdit, QWidget

from app.i18n import tr
from app.view.control.slots import calling
from app.view.plan import plan_labels, plan_painting
from app.view.plan.backdrop_image import is_traceable
from app.view.plan.dimension_text import metres, round_metres
from app.view.plan.drawing_tools import Tool
from app.view.plan.plan_draft import PlanDraft
from app.view.plan.plan_viewport import PlanViewport
from app.view.plan.snapping import SnapOptions, SnapResult, grid, snap
from app.view.style import colour, current_theme
from twin.model.drawing import DrawnOpening, DrawnWall, RoomName, Spot
from twin.model.space import Room

REACH_PX = 11.0
GRAB_PX = 7.0
TRACING_M = 0.01
NO_CORNERS = np.empty((0, 2), np.float32)
NUDGES = {
    Qt.Key.Key_Left: (-1.0, 0.0), Qt.Key.Key_Right: (1.0, 0.0), Qt.Key.Key_Up: (0.0, 1.0), Qt.Key.Key_Down: (0.0, -1.0),
}  # fmt: skip
type PlanThing = DrawnWall | DrawnOpening | RoomName


class PlanCanvas(QWidget):
    """Paints the draft. The wheel zooms; the middle button, or space with the left one, pans."""

    nudged = Signal(float, float)
    picture_dropped = Signal(str)
    menu_wanted = Signal(QPoint, object)
    """The user wants the context menu: position on the screen, and spot on the plan in metres."""
    hint_changed = Signal(str)
    """A hint, or the reason why something is impossible; empty removes it."""

    def __init__(self, draft: PlanDraft) -> None:
        super().__init__()
        self.draft = draft
        self.viewport = PlanViewport(60.0, (5.0, 4.0), QSizeF(100, 100))
        self.image = QImage()
        self.corners = NO_CORNERS
        """Corner points of the backdrop drawing to snap to: (k, 2) pixels."""
        self.snapping = True
        self.tool: Tool = Tool(self)
        self.boxes: dict[int, QRectF] = {}
        self.hover = 0
        self.lit = ""
        self._fitted = self._space = False
        self._slid_from: QPointF | None = None
        self._background_key: tuple[object, ...] = ()
        self._background_pixmap = QPixmap()
        self._asking: QLineEdit | None = None
        self.setMouseTracking(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self.setMinimumSize(320, 240)
        self.setAccessibleName(tr("Plan"))
        self.setAcceptDrops(True)
        draft.changed.connect(self.update)
        draft.sketched.connect(calling(self.update))

    # what tools and the editor ask for

    def set_tool(self, tool: Tool) -> None:
        """Sets the active tool; ends the previous one and closes an open question."""
        self.tool.end()
        self.close_question()
        self.tool = tool
        self.hover, self.lit = 0, ""
        self.setCursor(tool.cursor)
        self.update()

    @property
    def rooms(self) -> tuple[Room, ...]:
        """The rooms of the newest sketch; empty without one."""
        return self.draft.sketch.rooms if self.draft.sketch else ()

    def metres(self, px: float) -> float:
        """Converts pixels to metres on the plan."""
        return px / self.viewport.px_per_m

    def caught(
        self, to: Spot, *, start: Spot | None = None, without: tuple[int, ...] = (), corners: tuple[Spot, ...] = ()
    ) -> SnapResult:
        """The snapped position for a cursor at `to` (metres); only rounded while snapping is off."""
        if not self.snapping:
            return SnapResult(at=(round(to[0], 3), round(to[1], 3)), kind="free")
        # who traces follows the picture, not the grid
        step = grid(self.viewport.px_per_m) if self.draft.storey.backdrop is None else TRACING_M
        corners = (*corners, *self._traced(to))
        catch = SnapOptions(reach_m=self.metres(REACH_PX), grid_m=step, without=without, corners=corners)
        return snap(self.draft.storey, to, catch, start=start)

    def _traced(self, to: Spot) -> tuple[Spot, ...]:
        """The nearest corner of the backdrop drawing within reach, as a tuple of one or none."""
        back = self.draft.storey.backdrop
        if back is None or not len(self.corners):
            return ()
        spots = np.array(back.origin) + self.corners * (back.m_per_px, -back.m_per_px)
        far = np.hypot(*(spots - to).T)
        nearest = int(far.argmin())
        if far[nearest] > self.metres(REACH_PX):
            return ()
        x, y = spots[nearest].tolist()
        return ((round(x, 4), round(y, 4)),)

    def thing_at(self, at: QPointF) -> PlanThing | None:
        """The room name, opening or wall at a pixel; None if there is none."""
        storey, spot = self.draft.storey, self.viewport.m(at)
        for label in storey.names:
            if (box := self.boxes.get(label.id)) and box.contains(at):
                return label
        near = self.metres(GRAB_PX)
        for one in storey.openings:
            wall = storey.wall(one.wall)
            if (
                wall
                and abs(wall.offset(spot) - one.offset_m) <= one.width_m / 2
                and (wall.distance(spot) <= wall.thickness_m / 2 + near / 2)
            ):
                return one
        wall = min(storey.walls, key=lambda one: one.distance(spot) - one.thickness_m / 2, default=None)
        return wall if wall and wall.distance(spot) - wall.thickness_m / 2 <= near / 2 else None

    def room_at(self, at: Spot) -> Room | None:
        """The room that contains a spot (metres); None if there is none."""
        return next((room for room in self.rooms if room.contains(*at)), None)

    def fit(self) -> None:
        """Zooms so that everything drawn is visible."""
        storey = self.draft.storey
        spots = [end for wall in storey.walls for end in (wall.a, wall.b)]
        if back := storey.backdrop:
            x, y = back.origin
            spots += [back.origin, (x + back.size_px[0] * back.m_per_px, y - back.size_px[1] * back.m_per_px)]
        if not spots and (below := self.draft.below):
            spots = [end for wall in below.walls for end in (wall.a, wall.b)]
        if not spots:
            spots = [(0.0, 0.0), (10.0, 8.0)]
        low = min(x for x, _ in spots), min(y for _, y in spots)
        high = max(x for x, _ in spots), max(y for _, y in spots)
        self.viewport = self.viewport.showing(QRectF(low[0], low[1], high[0] - low[0], high[1] - low[1]))
        self.update()

    def ask_text(
        self, at: QPointF, text: str, done: Callable[[str], object], *, hint: str = "", wide: int = 160
    ) -> None:
        """Asks for a text in a field on the plan; calls `done` unless it is empty or cancelled."""
        self.close_question()
        edit = self._asking = QLineEdit(text, self)
        edit.setPlaceholderText(hint)
        edit.setAccessibleName(hint)
        edit.setMaxLength(64)
        edit.setFixedWidth(wide)
        edit.setAlignment(Qt.AlignmentFlag.AlignCenter)
        edit.move(round(at.x() - wide / 2), round(at.y() - edit.sizeHint().height() / 2))
        edit.selectAll()
        edit.show()
        edit.setFocus()
        edit.returnPressed.connect(lambda: self._answered(done))

    def close_question(self) -> None:
        """Closes the text field without calling back."""
        asking, self._asking = self._asking, None
        if asking is not None:
            asking.hide()
            asking.deleteLater()
            self.setFocus()

    @property
    def is_asking(self) -> bool:
        """Whether a text field is open on the plan."""
        return self._asking is not None

    def show_hint(self, text: str) -> None:
        """Shows a hint, or the reason why something is impossible; empty removes it."""
        self.hint_changed.emit(text)

    def _answered(self, done: Callable[[str], object]) -> None:
        text = self._asking.text() if self._asking else ""
        self.close_question()
        if text.strip():
            done(text)

    # mouse and keys

    @override
    def mousePressEvent(self, event: QMouseEvent) -> None:
        self.setFocus()
        left = event.button() is Qt.MouseButton.LeftButton
        if event.button() is Qt.MouseButton.MiddleButton or (left and self._space):
            self._slid_from = event.position()
            self.setCursor(Qt.CursorShape.ClosedHandCursor)
        elif left and not self.is_asking:
            self._learn(event)
            self.tool.press(event.position(), event.modifiers())
        elif self.is_asking:
            self.close_question()

    @override
    def mouseMoveEvent(self, event: QMouseEvent) -> None:
        if self._slid_from is not None:
            self.viewport = self.viewport.moved(event.position() - self._slid_from)
            self._slid_from = event.position()
            self.update()
            return
        self._learn(event)
        self.tool.move(event.position(), event.modifiers())

    @override
    def mouseReleaseEvent(self, event: QMouseEvent) -> None:
        if self._slid_from is not None:
            self._slid_from = None
            self.setCursor(Qt.CursorShape.OpenHandCursor if self._space else self.tool.cursor)
        elif event.button() is Qt.MouseButton.LeftButton:
            self._learn(event)
            self.tool.release(event.position(), event.modifiers())

    @override
    def mouseDoubleClickEvent(self, event: QMouseEvent) -> None:
        if event.button() is Qt.MouseButton.LeftButton:
            self.tool.double(event.position())

    @override
    def contextMenuEvent(self, event: QContextMenuEvent) -> None:
        if self.tool.is_idle and not self.is_asking:
            hit = self.thing_at(QPointF(event.pos()))
            if hit is not None and hit.id not in self.draft.picked:
                self.draft.pick([hit.id])
            self.menu_wanted.emit(event.globalPos(), self.viewport.m(QPointF(event.pos())))
        self.tool.stop()
        event.accept()

    @override
    def wheelEvent(self, event: QWheelEvent) -> None:
        turn = event.angleDelta().y() or event.angleDelta().x()
        self.zoom(1.0015**turn, event.position())
        event.accept()

    def zoom(self, factor: float, at: QPointF | None = None) -> None:
        """Scales the view by `factor` around a pixel, or around the middle."""
        self.viewport = self.viewport.zoomed(factor, at or QPointF(self.width() / 2, self.height() / 2))
        self.update()

    @override
    def leaveEvent(self, event: QEvent) -> None:
        self.tool.leave()
        self.hover, self.lit = 0, ""
        self.update()

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if self.tool.key(event):
            self.update()
            return
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = True
            self.setCursor(Qt.CursorShape.OpenHandCursor)
        elif event.key() in NUDGES:
            x, y = NUDGES[Qt.Key(event.key())]
            far = 0.1 if event.modifiers() & Qt.KeyboardModifier.ShiftModifier else 0.01
            self.nudged.emit(x * far, y * far)
        else:
            super().keyPressEvent(event)

    @override
    def keyReleaseEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Space and not event.isAutoRepeat():
            self._space = False
            self.setCursor(self.tool.cursor)

    @override
    def focusOutEvent(self, event: QFocusEvent) -> None:
        self._space = False
        super().focusOutEvent(event)

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.viewport = PlanViewport(self.viewport.px_per_m, self.viewport.middle, QSizeF(self.size()))
        if not self._fitted and self.width() > 330:
            self._fitted = True
            self.fit()

    def _learn(self, event: QMouseEvent) -> None:
        self.snapping = not event.modifiers() & Qt.KeyboardModifier.AltModifier

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if any(is_traceable(url.toLocalFile()) for url in event.mimeData().urls()):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        paths = [url.toLocalFile() for url in event.mimeData().urls() if is_traceable(url.toLocalFile())]
        if paths:
            event.acceptProposedAction()
            self.picture_dropped.emit(paths[0])

    # painting

    @override
    def paintEvent(self, event: QPaintEvent) -> None:
        theme, storey = current_theme(), self.draft.storey
        painter = QPainter(self)
        painter.drawPixmap(0, 0, self._background())
        painter.setRenderHint(QPainter.RenderHint.Antialiasing)
        if (below := self.draft.below) is not None:
            plan_painting.ghost(painter, self.viewport, below, theme)
        clear = storey.backdrop is not None and not self.image.isNull()
        plan_painting.rooms(painter, self.viewport, self.rooms, theme, lit=self.lit, share=0.45 if clear else 0.86)
        plan_painting.walls(painter, self.viewport, storey, theme, picked=self.draft.picked, hover=self.hover)
        for one in storey.openings:
            wall = storey.wall(one.wall)
            if wall is not None:
                tone = theme.accent if one.id in self.draft.picked or one.id == self.hover else ""
                plan_painting.opening(painter, self.viewport, wall, one, theme, tone=tone)
        self.boxes = plan_labels.names(painter, self.viewport, self.draft, self.rooms, self.hover)
        plan_painting.overall_dimensions(painter, self.viewport, storey, theme, metres)
        plan_labels.measures(painter, self.viewport, self.draft, self.room_at)
        self.tool.paint(painter)
        plan_painting.scale_bar(painter, self.viewport, theme, round_metres)
        if not storey.walls and storey.backdrop is None and self.draft.below is None and self.tool.is_idle:
            plan_labels.invite(painter, self.viewport.size)
        painter.end()

    def _background(self) -> QPixmap:
        """Pixmap of paper, grid and backdrop; repainted only after one of them changed."""
        theme, storey, scale = current_theme(), self.draft.storey, self.devicePixelRatioF()
        key = (theme.name, self.viewport, storey.backdrop, self.image.cacheKey(), scale)
        if key != self._background_key:
            self._background_key = key
            self._background_pixmap = QPixmap(self.size() * scale)
            self._background_pixmap.setDevicePixelRatio(scale)
            self._background_pixmap.fill(colour(plan_painting.paper(theme)))
            painter = QPainter(self._background_pixmap)
            plan_painting.grid(painter, self.viewport, theme)
            plan_painting.backdrop(painter, self.viewport, storey, self.image, theme)
            painter.end()
        return self._background_pixmap
