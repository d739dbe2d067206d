"""Asks the user to pick one device or room of the building, in the 3D view, the tree or the table."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

from PySide6.QtCore import QObject, Signal

from app.selection import Selection, SelectionState
from app.view.turn_queue import TurnQueue, is_alive
from twin.model.ids import DeviceId

type Take = Callable[[str], str]
"""Takes the id of a picked device or room; returns why it does not fit, or nothing where it does."""


class BuildingPick(QObject):
    """A question for one device or room. While it is open nothing is selected, so that whatever is clicked next is the
    answer, and the 3D view commands nothing; when it ends the selection is as before."""

    changed = Signal()
    """It began or ended, or an answer did not fit."""

    def __init__(self, selection: Selection, turns: TurnQueue) -> None:
        super().__init__()
        self._selection, self._turns = selection, turns
        self._take: Take | None = None
        self._ended: Callable[[], object] | None = None
        self._before = SelectionState()
        self._unwatch: Callable[[], None] = lambda: None
        self.refusal = ""
        """Why the last answer did not fit; empty where there was none."""

    @property
    def is_open(self) -> bool:
        """Whether an answer is awaited."""
        return self._take is not None

    def begin(self, take: Take, ended: Callable[[], object]) -> None:
        """Asks; `ended` is called once `take` has taken an answer, or after `cancel`. A question that is open is cancelled."""
        self.cancel()
        self._take, self._ended, self._before, self.refusal = take, ended, self._selection.state, ""
        self._select_nothing()
        self._unwatch = self._selection.observe(self._picked)
        self.changed.emit()

    def cancel(self) -> None:
        """Ends the question; does nothing while none is open."""
        if self._take is None:
            return
        ended, self._take, self._ended = self._ended, None, None
        self._unwatch()
        self._selection.change(devices=self._before.devices, room=self._before.room)
        self.changed.emit()
        if ended is not None and is_alive(ended):
            ended()

    def _select_nothing(self) -> None:
        self._selection.change(devices=frozenset[DeviceId](), room=None)

    def _picked(self, _old: SelectionState, new: SelectionState) -> None:
        one = next(iter(new.devices)) if len(new.devices) == 1 else new.room
        if one is not None:
            self._turns.add(partial(self._answer, one))  # once every observer has seen it

    def _answer(self, picked: str) -> None:
        if self._take is None:
            return
        self.refusal = self._take(picked) if is_alive(self._take) else ""
        if self.refusal:
            self._select_nothing()
            self.changed.emit()
        else:
            self.cancel()
