"""What the 3D view is told of a quarter of an hour before, so that it can say at once which way values go."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from shiboken6 import isValid

from app.selection import Picked
from app.view.feed import Feed
from app.view.moments import Past
from twin.model.change import TwinChanged
from twin.model.history_series import PastMoment
from twin.model.problem import Problem

if TYPE_CHECKING:  # VTK is loaded when the window stands
    from app.view.scene.view import TwinView

BEFORE_MS = 15 * 60_000


class Lately(QObject):
    """Asks for the moment before the one that is shown, one request at a time; lives and ends with the `view`."""

    def __init__(self, feed: Feed, view: TwinView) -> None:
        super().__init__(view)
        self._feed, self._view = feed, view
        self._past = Past()
        self._wanted, self._under_way = True, False
        feed.slow.connect(self._look)
        feed.rows.connect(self._look)
        feed.changed.connect(self._changed)
        self.destroyed.connect(feed.selection.observe(self._picked))

    def _picked(self, old: Picked, new: Picked) -> None:
        if (old.colour_by, old.moment_ms) != (new.colour_by, new.moment_ms):
            self._wanted = True

    def _changed(self, change: object) -> None:
        if isinstance(change, TwinChanged) and not self._feed.diff.only_names:
            self._wanted = True

    def _look(self, _rows: object) -> None:
        feed = self._feed
        if not self._wanted or self._under_way or not len(feed.live) or not feed.moments.idle:
            return
        self._wanted, self._under_way = False, True
        shown = feed.selection.picked.moment_ms
        then_ms = (feed.now_ms() if shown is None else shown) - BEFORE_MS
        feed.ask_moment(then_ms, self._tell, self._fail)

    def _tell(self, moment: PastMoment) -> None:
        self._under_way = False
        if isValid(self._view):
            self._past.show(self._feed.live, moment)
            self._view.remember(self._past.state, moment.time_ms)

    def _fail(self, _problem: Problem) -> None:
        self._under_way = False  # no arrows yet: the picture finds out itself in a few minutes
