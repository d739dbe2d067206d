"""Opens the plan editor in the window; actions that would replace the building are disabled meanwhile."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any, Protocol

from PySide6.QtGui import QAction
from PySide6.QtWidgets import QStackedWidget

from app.selection import Selection
from app.view import late_modules
from app.view.docks import PanelRegistry
from app.view.feed import Feed
from app.view.module_loader import ModuleLoader
from twin.model.drawing import DrawingWithPictures

_NOT_WHILE_EDITING = ("new", "open", "import", "draw", "edit_plan")


class PlanEditingHost(Protocol):
    """The attributes and methods of the window that the plan editor needs."""

    feed: Feed
    modules: ModuleLoader
    parts: PanelRegistry
    make_scene: Callable[[Selection], Any] | None
    actions_by_id: dict[str, QAction]

    @property
    def pages(self) -> QStackedWidget: ...
    def show_page(self) -> None: ...
    def leave_editor(self) -> None: ...


class PlanEditing:
    """Opens and closes the plan editor, which is imported late, as the window's part `editor`."""

    def __init__(self, host: PlanEditingHost) -> None:
        self._host = host

    @property
    def editor(self) -> Any:  # noqa: ANN401 - app.view.plan.plan_editor.PlanEditor, loaded late
        """The open plan editor; None if it is closed."""
        return self._host.parts.get("editor")

    @property
    def is_dirty(self) -> bool:
        """Whether a plan with unsaved changes is open."""
        return self.editor is not None and self.editor.draft.is_dirty

    def open(self, drawn: DrawingWithPictures, over: str) -> None:
        """Opens the plan in the editor, with the picture at path `over` (if not empty) behind it."""
        self._host.modules.when([late_modules.PLAN_EDITOR], lambda: self._show(drawn, over))

    def _show(self, drawn: DrawingWithPictures, over: str) -> None:
        from app.view.plan.plan_editor import PlanEditor

        host, editor = self._host, self.editor
        if editor is None:
            editor = host.parts["editor"] = PlanEditor(host.feed, drawn, host.make_scene)
            editor.finished.connect(self._leave)
            host.pages.addWidget(editor)
            self._lock(True)
            host.show_page()
            editor.canvas.setFocus()
        if over:
            editor.trace(over)

    def _lock(self, editing: bool) -> None:
        for id in _NOT_WHILE_EDITING:
            self._host.actions_by_id[id].setEnabled(not editing)

    def _leave(self) -> None:
        editor = self.editor
        del self._host.parts["editor"]
        editor.release()
        self._host.pages.removeWidget(editor)
        self._lock(False)
        editor.deleteLater()
        self._host.leave_editor()
