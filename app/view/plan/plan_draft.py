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
"""Edits that can be taken back while the editor is open."""

type StoreyEdit = Callable[[DrawnStorey], DrawnStorey]


class PlanDraft(QObject):
    """Every edit goes through `edit`, `edit_all` or, while something is dragged, `preview` and `commit`."""

    changed = Signal()
    """The storey in front, or what is selected on it, is another."""
    sketched = Signal(object)
    """A Building of the storey in front has come (newest only)."""
    refused = Signal(object)
    """An edit cannot be: the Problem."""

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
        """The storey in front, as it is shown now."""
        if self._shown is not None:
            return self._shown
        return self.drawing.storey(self.front) or self.drawing.storeys[0]

    @property
    def below(self) -> DrawnStorey | None:
        """The storey under the one in front."""
        at = [storey.id for storey in self.drawing.storeys].index(self.storey.id)
        return self.drawing.storeys[at - 1] if at else None

    @property
    def drawn(self) -> DrawingWithPictures:
        """What to keep: the drawing with the pictures that it still traces."""
        wanted = self.drawing.pictures
        return DrawingWithPictures(self.drawing, {sha: data for sha, data in self.pictures.items() if sha in wanted})

    @property
    def is_dirty(self) -> bool:
        """Whether anything differs from what is kept."""
        return self.drawing != self._kept

    @property
    def can_undo(self) -> bool:
        """Whether an edit can be taken back."""
        return bool(self._past)

    @property
    def can_redo(self) -> bool:
        """Whether one can be done again."""
        return bool(self._future)

    # edits

    def edit(self, change: StoreyEdit) -> bool:
        """Changes the storey in front; one undo step. False, and `refused` is told, where it cannot be."""
        self._shown = None
        return self.edit_all(lambda drawing: drawing.with_storey(change(self.storey)))

    def edit_all(self, change: Callable[[Drawing], Drawing], *, front: int | None = None) -> bool:
        """Changes the whole drawing; one undo step."""
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
        """Shows a change of the storey without making it; why it cannot be, where it cannot."""
        base = self.drawing.storey(self.front) or self.drawing.storeys[0]
        try:
            self._shown = change(base)
        except ProblemError as error:
            return error.problems[0]
        self._notify()
        return None

    def commit(self) -> None:
        """What was previewed last becomes an edit."""
        shown, self._shown = self._shown, None
        if shown is not None:
            self.edit_all(lambda drawing: drawing.with_storey(shown))

    def forget_preview(self) -> None:
        """Shows the storey as it is."""
        if self._shown is not None:
            self._shown = None
            self._notify()

    def undo(self) -> None:
        """Takes the last edit back."""
        self._step(self._past, self._future)

    def redo(self) -> None:
        """Does it again."""
        self._step(self._future, self._past)

    def remove(self) -> None:
        """Deletes what is selected."""
        picked = self.picked
        if picked:
            self.edit(lambda storey: drawing_edits.remove(storey, picked))

    def pick(self, ids: Iterable[int]) -> None:
        """Selects these things of the storey in front."""
        wanted = frozenset(ids)
        if wanted != self.picked:
            self.picked = wanted
            self.changed.emit()

    def show_storey(self, storey: int) -> None:
        """Brings another storey to the front."""
        self._shown = None
        self._adopt(self.drawing, storey)

    def mark_saved(self, drawing: Drawing) -> None:
        """The project has it now."""
        self._kept = drawing

    def close(self) -> None:
        """Nobody looks any more: what is still on its way is let go."""
        self.closed = True
        self.sketch = None
        self.pictures = {}
        self._past.clear()
        self._future.clear()

    def trace(self, sha256: str, picture: bytes) -> None:
        """Keeps a picture for a backdrop."""
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
        """Asks for a sketch of what is shown; while one is on its way the newest waits."""
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
