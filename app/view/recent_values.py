"""Fetches the values of 15 minutes before the shown moment, for the 3D view's trend arrows."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from shiboken6 import isValid

from app.selection import SelectionState
from app.view.feed import Feed
from app.view.history_cursor import PastState
from twin.model.change import TwinChanged
from twin.model.history_series import PastMoment
from twin.model.problem import Problem

if TYPE_CHECKING:  # VTK is loaded when the window stands
    from app.view.scene.view import TwinView

BEFORE_MS = 15 * 60_000


class RecentValues(QObject):
    """Requests past values, one request at a time; lives as long as the `view`."""

    def __init__(self, feed: Feed, view: TwinView) -> None:
        super().__init__(view)
        self._feed, self._view = feed, view
        self._past = PastState()
        self._wanted, self._under_way = True, False
        feed.slow.connect(self.look)
        feed.rows.connect(self.look)
        feed.changed.connect(self._changed)
        self.destroyed.connect(feed.selection.observe(self._picked))

    def _picked(self, old: SelectionState, new: SelectionState) -> None:
        if (old.colour_by, old.moment_ms) != (new.colour_by, new.moment_ms):
            self._wanted = True

    def _changed(self, change: object) -> None:
        if isinstance(change, TwinChanged) and not self._feed.diff.only_names:
            self._wanted = True

    def look(self, _rows: object = None) -> None:
        """Requests the values if the shown moment, the colouring or the structure is another one."""
        feed = self._feed
        if not self._wanted or self._under_way or not len(feed.live) or not feed.moments.idle:
            return
        self._wanted, self._under_way = False, True
        shown = feed.selection.state.moment_ms
        then_ms = (feed.now_ms() if shown is None else shown) - BEFORE_MS
        feed.ask_moment(then_ms, self._show, self._fail)

    def _show(self, moment: PastMoment) -> None:
        self._under_way = False
        if isValid(self._view):
            self._past.show(self._feed.live, moment)
            self._view.remember(self._past.state, moment.time_ms)

    def _fail(self, _problem: Problem) -> None:
        self._under_way = False  # no arrows yet: the picture finds out itself in a few minutes
