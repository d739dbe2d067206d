"""The plan editor: tools at the top, storeys at the left, canvas in the middle, 3D view at the right."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial
from typing import Any, override

from PySide6.QtCore import QEvent, QPoint, Qt, QTimer, Signal
from PySide6.QtGui import QImage, QKeyEvent, QKeySequence, QShowEvent
from PySide6.QtWidgets import (
    QHBoxLayout,
    QLineEdit,
    QMenu,
    QSplitter,
    QVBoxLayout,
    QWidget,
)

from app.i18n import tr
from app.selection import Selection, SelectionState
from app.view.building_feed import compute_on_pool
from app.view.control.safe_text import entry
from app.view.control.slots import calling
from app.view.feed import Feed
from app.view.icon import icon
from app.view.panel.panel_base import Panel
from app.view.panel.prompts import Toast, ask_user
from app.view.plan.context_menu import menu_entries
from app.view.plan.dimension_text import round_metres
from app.view.plan.drawing_tools import problem_text
from app.view.plan.plan_canvas import NO_CORNERS, PlanCanvas
from app.view.plan.plan_draft import PlanDraft
from app.view.plan.plan_tool_bar import PlanToolBar
from app.view.plan.property_strip import PropertyStrip
from app.view.plan.side_panel import WIDTH_PX, BackdropPanel, StoreyList
from app.view.plan.tool_table import TOOLS
from app.view.plan.wall_tools import BoxTool, WallTool
from app.view.style import current_theme
from twin.model import drawing_edits
from twin.model.building import Building
from twin.model.document_page import DocumentPage
from twin.model.drawing import DrawingWithPictures, Spot
from twin.model.problem import Problem
from twin.model.twin import Twin

GROW_MS = 60
"""Delay in ms between a new sketch and the update of the 3D view."""
REST_MS = 700
"""Time in ms without a new sketch after which the 3D view shows everything again."""


_OURS = (
    QKeySequence.StandardKey.Undo, QKeySequence.StandardKey.Redo, QKeySequence.StandardKey.Delete,
    QKeySequence.StandardKey.SelectAll,
)  # fmt: skip
_PLAIN = frozenset({
    Qt.Key.Key_Delete, Qt.Key.Key_Backspace, Qt.Key.Key_Escape, Qt.Key.Key_Home, Qt.Key.Key_Plus, Qt.Key.Key_Minus,
    Qt.Key.Key_Return, Qt.Key.Key_Space, Qt.Key.Key_PageUp, Qt.Key.Key_PageDown, Qt.Key.Key_Period, Qt.Key.Key_Comma,
})  # fmt: skip


class PlanEditor(Panel):
    """The plan editor; emits `finished` when the drawing was saved to the project or the editor was left."""

    finished = Signal()

    def __init__(
        self, feed: Feed, drawn: DrawingWithPictures, make_scene: Callable[[Selection], Any] | None = None
    ) -> None:
        super().__init__(feed)
        self.draft = PlanDraft(feed, drawn, self)
        self.canvas = PlanCanvas(self.draft)
        self.strip = PropertyStrip(self.draft)
        self.storeys, self.tracing = StoreyList(self.draft), BackdropPanel(self.draft)
        self.scene = make_scene(Selection(SelectionState(colour_by=""))) if make_scene else None
        if self.scene is not None:
            self.scene.set_compute(partial(compute_on_pool, feed))
        self.toast = Toast(self.canvas)
        self.bar = PlanToolBar()
        self._row = TOOLS[0]
        self._saving = False
        self._pictured = ""
        self._grow = QTimer(self)
        self._grow.setSingleShot(True)
        self._grow.setInterval(GROW_MS)
        self._raised = ""
        self._rest = QTimer(self)
        self._rest.setSingleShot(True)
        self._rest.setInterval(REST_MS)
        self._build()
        self._wire()
        self.use("select" if self.draft.storey.walls else "wall")
        self._follow()
        self.draft.build()

    # building

    def _build(self) -> None:
        column = QVBoxLayout(self)
        column.setContentsMargins(0, 0, 0, 0)
        column.setSpacing(0)
        column.addWidget(self.bar)
        side = QWidget()
        side.setObjectName("panel")
        side.setFixedWidth(WIDTH_PX)
        lane = QVBoxLayout(side)
        lane.setContentsMargins(14, 12, 14, 12)
        lane.setSpacing(18)
        lane.addWidget(self.storeys)
        lane.addWidget(self.tracing)
        lane.addStretch(1)
        centre = QWidget()
        stack = QVBoxLayout(centre)
        stack.setContentsMargins(0, 0, 0, 0)
        stack.setSpacing(0)
        stack.addWidget(self.strip)
        stack.addWidget(self.canvas, 1)
        self.halves = QSplitter(Qt.Orientation.Horizontal)
        self.halves.setHandleWidth(1)
        self.halves.setChildrenCollapsible(False)
        self.halves.addWidget(centre)
        if self.scene is not None:
            self.scene.setMinimumWidth(150)
            self.halves.addWidget(self.scene)
            self.halves.setStretchFactor(0, 2)
            self.halves.setStretchFactor(1, 1)
        across = QHBoxLayout()
        across.setContentsMargins(0, 0, 0, 0)
        across.setSpacing(0)
        across.addWidget(side)
        across.addWidget(self.halves, 1)
        column.addLayout(across, 1)

    def _wire(self) -> None:
        draft = self.draft
        draft.changed.connect(self._follow)
        draft.refused.connect(self._refused)
        draft.sketched.connect(calling(lambda: self._grow.isActive() or self._grow.start()))
        self._grow.timeout.connect(self._raise)
        self._rest.timeout.connect(self._come_back)
        self.canvas.hint_changed.connect(self._show_hint)
        self.canvas.nudged.connect(self._nudge)
        self.canvas.picture_dropped.connect(self.tracing.load_backdrop)
        self.canvas.menu_wanted.connect(self._menu)
        self.tracing.scale_wanted.connect(lambda: self.use("scale"))
        self.tracing.move_wanted.connect(lambda: self.use("slide"))
        self.tracing.page_wanted.connect(self._page)
        self.tracing.brought.connect(self._traced)
        self.strip.new_thick.given.connect(self._thicken)
        self.bar.chosen.connect(self.use)
        self.bar.undo_button.clicked.connect(self.undo)
        self.bar.redo_button.clicked.connect(self.redo)
        for field in self.findChildren(QLineEdit):
            field.returnPressed.connect(self.canvas.setFocus)  # the next key is a tool again
        self.bar.fit_button.clicked.connect(self.canvas.fit)
        self.bar.done_button.clicked.connect(self.save)
        self.bar.leave_button.clicked.connect(self.leave)

    # what it is told

    def use(self, name: str) -> None:
        """Activates the tool with this name."""
        self._row = next(row for row in TOOLS if row.name == name)
        tool = self._row.tool(self.canvas)
        if isinstance(tool, WallTool | BoxTool):
            tool.thickness_m = self.strip.new_thick.metres
        if name != "select":
            self.draft.pick([])
        self.canvas.set_tool(tool)
        self.bar.show_tool(name)
        self.strip.set_hint(tr(self._row.hint), drawing_walls=name in ("wall", "box"))
        self.canvas.setFocus()

    def undo(self) -> None:
        """Undoes the last edit; in a chain of walls, the last wall."""
        tool = self.canvas.tool
        if isinstance(tool, WallTool) and tool.undo_segment():
            return
        tool.stop()
        self.draft.undo()

    def redo(self) -> None:
        """Redoes the edit undone last."""
        self.canvas.tool.stop()
        self.draft.redo()

    def trace(self, path: str) -> None:
        """Loads a picture, the first page of a PDF or a DXF drawing as backdrop."""
        self.tracing.load_backdrop(path)

    def save(self) -> None:
        """Saves the drawing to the project, then emits `finished`; refused without walls."""
        if self._saving:
            return
        self.canvas.tool.stop()
        if not any(storey.walls for storey in self.draft.drawing.storeys):
            self._show_hint(tr("Draw some walls first"))
            return
        self._saving = True
        self.bar.done_button.setEnabled(False)
        drawn = self.draft.drawn
        self.feed.when(self.feed.api.set_drawing(drawn), lambda _: self.finished.emit(), self._unsaved)

    def keep(self, then: Callable[[], None]) -> None:
        """Saves the drawing without asking, if it has walls; then calls `then`, also after a failure."""
        self.canvas.tool.stop()
        if not any(storey.walls for storey in self.draft.drawing.storeys):
            then()
            return
        self.feed.when(self.feed.api.set_drawing(self.draft.drawn), lambda _: then(), lambda _: then())

    def leave(self) -> None:
        """Emits `finished` without saving; asks first if changes would be lost."""
        if not self.draft.is_dirty:
            self.finished.emit()
            return
        ask_user(
            self, tr("Leave without keeping the changes?"), tr("What you drew since the plan was opened is lost."),
            tr("Leave"), self.finished.emit,
        )  # fmt: skip

    @property
    def is_growing(self) -> bool:
        """Whether the 3D view has not shown the newest sketch yet."""
        return self._grow.isActive() or (self.scene is not None and self.scene.is_behind)

    def release(self) -> None:
        """Stops the timers and frees the draft and the 3D view."""
        self.draft.close()
        self._grow.stop()
        self._rest.stop()
        if self.scene is not None:
            self.scene.release()

    @override
    def apply_theme(self) -> None:
        """Applies the current theme to icons, canvas and 3D view."""
        self.bar.apply_theme()
        if self.scene is not None:
            self.scene.set_theme(current_theme())
        self.canvas.update()

    @override
    def retranslate(self) -> None:
        self.bar.retranslate()

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        if self.scene is not None:
            wide = self.width() - WIDTH_PX
            self.halves.setSizes([wide * 65 // 100, wide * 35 // 100])

    # keys

    @override
    def event(self, event: QEvent) -> bool:
        if event.type() is QEvent.Type.ShortcutOverride and isinstance(event, QKeyEvent) and _is_ours(event):
            event.accept()  # the window's own keys rest while the plan is open
            return True
        return super().event(event)

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        keys = event.modifiers() & ~Qt.KeyboardModifier.KeypadModifier
        if event.matches(QKeySequence.StandardKey.Undo):
            self.undo()
        elif event.matches(QKeySequence.StandardKey.Redo) or (
            event.key() == Qt.Key.Key_Y and keys == Qt.KeyboardModifier.ControlModifier
        ):
            self.redo()
        elif event.matches(QKeySequence.StandardKey.SelectAll):
            storey = self.draft.storey
            self.use("select")
            self.draft.pick(thing.id for thing in (*storey.walls, *storey.openings, *storey.names))
        elif event.key() in (Qt.Key.Key_Delete, Qt.Key.Key_Backspace):
            self.draft.remove()
        elif event.key() == Qt.Key.Key_Escape:
            self.use("select")
        elif event.key() == Qt.Key.Key_Home:
            self.canvas.fit()
        elif event.key() in (Qt.Key.Key_PageUp, Qt.Key.Key_PageDown):
            self._step(1 if event.key() == Qt.Key.Key_PageUp else -1)
        elif event.key() in (Qt.Key.Key_Plus, Qt.Key.Key_Equal, Qt.Key.Key_Minus):
            self.canvas.zoom(1 / 1.25 if event.key() == Qt.Key.Key_Minus else 1.25)
        elif not keys and (row := next((row for row in TOOLS if row.key == event.text().upper() != ""), None)):
            self.use(row.name)
        else:
            super().keyPressEvent(event)

    # following

    def _follow(self) -> None:
        self.bar.undo_button.setEnabled(self.draft.can_undo)
        self.bar.redo_button.setEnabled(self.draft.can_redo)
        back = self.draft.storey.backdrop
        wanted = back.picture if back else ""
        if wanted != self._pictured:
            self._pictured = wanted
            self.canvas.image = self.tracing.image(wanted) if wanted else QImage()
            self.canvas.corners = self.tracing.corners.get(wanted, NO_CORNERS)
        self.tracing.middle = self.canvas.viewport.middle

    def _raise(self) -> None:
        """Shows the newest sketch in the 3D view."""
        building: Building | None = self.draft.sketch
        if self.scene is None or building is None:
            return
        twin = Twin(
            name=f"{self.draft.drawing.name} {self.draft.front}", site=building.site, storeys=building.storeys,
            rooms=building.rooms, doors=building.doors,
        )  # fmt: skip
        if twin.name == self._raised:
            self.scene.grow(twin, building.mesh)
            self._rest.start()
        else:  # another storey: the camera goes there
            self._raised = twin.name
            self.scene.set_twin(twin)
            self.scene.set_mesh(building.mesh)

    def _come_back(self) -> None:
        if self.scene is not None:
            self.scene.come_back()

    def _refused(self, problem: Problem) -> None:
        self._show_hint(problem_text(problem))

    def _show_hint(self, text: str) -> None:
        if text:
            self.toast.notify(text)
        else:
            self.toast.hide()

    def _unsaved(self, problem: Problem) -> None:
        self._saving = False
        self.bar.done_button.setEnabled(True)
        self._refused(problem)

    def _step(self, by: int) -> None:
        ids = [storey.id for storey in self.draft.drawing.storeys]
        self.draft.show_storey(ids[min(max(ids.index(self.draft.front) + by, 0), len(ids) - 1)])

    def _nudge(self, x: float, y: float) -> None:
        picked = self.draft.picked
        self.draft.edit(lambda storey: drawing_edits.nudge(storey, picked, (x, y)))

    def _menu(self, at: QPoint, spot: Spot) -> None:
        menu = QMenu(self)
        for text, picture_name, do in menu_entries(self.draft, spot, self.canvas):
            menu.addAction(icon(picture_name, current_theme()), entry(text)).triggered.connect(calling(do))
        menu.aboutToHide.connect(menu.deleteLater)
        menu.popup(at)

    def _page(self, path: str, number: int, without: tuple[str, ...]) -> None:
        def shown(page: DocumentPage) -> None:
            if not self.draft.closed:
                self.tracing.show_page(page)

        def failed(problem: Problem) -> None:
            if not self.draft.closed:
                self.tracing.refuse(problem)

        self._show_hint(tr("Reading the page…"))
        self.feed.when(self.feed.api.page(path, number, without), shown, failed)

    def _traced(self) -> None:
        self.canvas.fit()
        back, unit = self.draft.storey.backdrop, self.tracing.unit
        if unit and back is not None:
            wide, high = (round_metres(px * back.m_per_px) for px in back.size_px)
            self._show_hint(
                tr("{wide} by {high}, if a unit is 1 {unit}. If not, set the scale.", wide=wide, high=high, unit=unit)
            )
            return
        self._show_hint(tr("Now set its scale: two points and their true distance."))

    def _thicken(self, thickness_m: float) -> None:
        if isinstance(self.canvas.tool, WallTool | BoxTool):
            self.canvas.tool.thickness_m = thickness_m
            self.canvas.setFocus()


def _is_ours(event: QKeyEvent) -> bool:
    keys = event.modifiers() & ~(Qt.KeyboardModifier.KeypadModifier | Qt.KeyboardModifier.ShiftModifier)
    if any(event.matches(key) for key in _OURS):
        return True
    if keys == Qt.KeyboardModifier.ControlModifier and event.key() == Qt.Key.Key_Y:
        return True
    return not keys and (event.key() in _PLAIN or event.text().isalnum())
