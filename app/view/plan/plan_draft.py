"""Editing state of the plan: drawing, selection, undo stack, newest sketch."""

from __future__ import annotations

from collections.abc import Callable, Iterable
from dataclasses import replace

from PySide6.QtCore import QObject, Signal

from app.view.feed import Feed
from twin.model import drawing_edits
from twin.model.building import Building
from twin.model.drawing import Drawing, DrawingWithPictures, DrawnStorey
from twin.model.problem import Problem, ProblemError

DEEPEST = 500
"""Maximum number of undo steps."""

type StoreyEdit = Callable[[DrawnStorey], DrawnStorey]


class PlanDraft(QObject):
    """All edits use `edit`, `edit_all` or, while something is dragged, `preview` and `commit`."""

    changed = Signal()
    """The current storey or its selection changed."""
    sketched = Signal(object)
    """The newest sketch of the current storey is available (a Building)."""
    refused = Signal(object)
    """An edit was refused (a Problem)."""

    def __init__(self, feed: Feed, drawn: DrawingWithPictures, parent: QObject | None = None) -> None:
        super().__init__(parent)
        self._feed = feed
        self.drawing = drawn.drawing
        self.pictures = dict(drawn.pictures)
        self.front = drawn.drawing.storeys[0].id
        self.picked: frozenset[int] = frozenset()
        self.sketch: Building | None = None
        self._kept = drawn.drawing
        self._shown: DrawnStorey | None = None
        self._past: list[tuple[Drawing, int]] = []
        self._future: list[tuple[Drawing, int]] = []
        self._awaited: tuple[Drawing, int] | None = None
        self._stale = self.closed = False

    # what is there

    @property
    def storey(self) -> DrawnStorey:
        """The current storey, including a previewed change."""
        if self._shown is not None:
            return self._shown
        return self.drawing.storey(self.front) or self.drawing.storeys[0]

    @property
    def below(self) -> DrawnStorey | None:
        """The storey below the current one; None for the lowest."""
        at = [storey.id for storey in self.drawing.storeys].index(self.storey.id)
        return self.drawing.storeys[at - 1] if at else None

    @property
    def drawn(self) -> DrawingWithPictures:
        """The drawing to save, with the pictures that it still uses."""
        wanted = self.drawing.pictures
        return DrawingWithPictures(self.drawing, {sha: data for sha, data in self.pictures.items() if sha in wanted})

    @property
    def is_dirty(self) -> bool:
        """Whether the drawing differs from the saved one."""
        return self.drawing != self._kept

    @property
    def can_undo(self) -> bool:
        """Whether there is an edit to undo."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether there is an edit to redo."""
        return bool(self._future)

    # edits

    def edit(self, change: StoreyEdit) -> bool:
        """Changes the current storey as one undo step; returns False and emits `refused` if it is impossible."""
        self._shown = None
        return self.edit_all(lambda drawing: drawing.with_storey(change(self.storey)))

    def edit_all(self, change: Callable[[Drawing], Drawing], *, front: int | None = None) -> bool:
        """Changes the whole drawing as one undo step; returns False and emits `refused` if it is impossible."""
        try:
            new = change(self.drawing)
        except ProblemError as error:
            self._shown = None
            self._notify()
            self.refused.emit(error.problems[0])
            return False
        if new != self.drawing:
            self._past.append((self.drawing, self.front))
            del self._past[:-DEEPEST]
            self._future.clear()
        self._adopt(new, self.front if front is None else front)
        return True

    def preview(self, change: StoreyEdit) -> Problem | None:
        """Shows a change of the current storey without applying it; returns the problem if it is impossible."""
        base = self.drawing.storey(self.front) or self.drawing.storeys[0]
        try:
            self._shown = change(base)
        except ProblemError as error:
            return error.problems[0]
        self._notify()
        return None

    def commit(self) -> None:
        """Applies the previewed change as an edit."""
        shown, self._shown = self._shown, None
        if shown is not None:
            self.edit_all(lambda drawing: drawing.with_storey(shown))

    def forget_preview(self) -> None:
        """Discards the previewed change."""
        if self._shown is not None:
            self._shown = None
            self._notify()

    def undo(self) -> None:
        """Undoes the last edit."""
        self._step(self._past, self._future)

    def redo(self) -> None:
        """Redoes the edit undone last."""
        self._step(self._future, self._past)

    def remove(self) -> None:
        """Deletes the selected things."""
        picked = self.picked
        if picked:
            self.edit(lambda storey: drawing_edits.remove(storey, picked))

    def pick(self, ids: Iterable[int]) -> None:
        """Selects the things with these ids in the current storey."""
        wanted = frozenset(ids)
        if wanted != self.picked:
            self.picked = wanted
            self.changed.emit()

    def show_storey(self, storey: int) -> None:
        """Makes the storey with this id the current one."""
        self._shown = None
        self._adopt(self.drawing, storey)

    def close(self) -> None:
        """Frees sketch, pictures and undo steps; later answers are ignored."""
        self.closed = True
        self.sketch = None
        self.pictures = {}
        self._past.clear()
        self._future.clear()

    def trace(self, sha256: str, picture: bytes) -> None:
        """Stores the data of a backdrop picture by its SHA-256."""
        self.pictures[sha256] = picture

    # inside

    def _step(self, source: list[tuple[Drawing, int]], target: list[tuple[Drawing, int]]) -> None:
        self._shown = None
        if source:
            target.append((self.drawing, self.front))
            drawing, front = source.pop()
            self._adopt(drawing, front)

    def _adopt(self, drawing: Drawing, front: int) -> None:
        if front != self.front:
            self.picked = frozenset()
            self.sketch = None
        self.drawing = drawing
        self.front = front if drawing.storey(front) else drawing.storeys[0].id
        storey = self.storey
        there = {thing.id for thing in (*storey.walls, *storey.openings, *storey.names)}
        self.picked &= there
        self._notify()

    def _notify(self) -> None:
        self.changed.emit()
        self.build()

    def build(self) -> None:
        """Requests a sketch of the current storey; if one is pending, another follows it."""
        if self._awaited is not None:
            self._stale = True
            return
        shown = self.storey
        one = replace(self.drawing, storeys=(shown,))
        self._awaited, self._stale = (one, shown.id), False
        self._feed.when(self._feed.api.sketch(one, shown.id), self._built, self._failed)

    def _built(self, building: Building) -> None:
        awaited, self._awaited = self._awaited, None
        if self.closed:
            return
        if awaited is not None and awaited[1] == self.front:
            self.sketch = building
            self.sketched.emit(building)
        if self._stale:
            self.build()

    def _failed(self, problem: Problem) -> None:
        self._awaited = None
        if not self.closed:
            self.refused.emit(problem)
