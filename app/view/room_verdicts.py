"""Asks the engine how each room is felt to be now, while the 3D view is coloured by comfort."""

from __future__ import annotations

from typing import TYPE_CHECKING

from PySide6.QtCore import QObject
from shiboken6 import isValid

from app.selection import SelectionState
from app.view.feed import Feed
from twin.model.change import TwinChanged
from twin.model.energy import EnergySpan
from twin.model.problem import Problem
from twin.model.room_comfort import ComfortAssumptions, ComfortReport

if TYPE_CHECKING:  # VTK is loaded when the window stands
    from app.view.scene.view import TwinView

AGAIN_TICKS = 240
"""Slow ticks (a quarter of a second each) after which the verdicts are asked for again: a minute."""


class RoomVerdicts(QObject):
    """One request at a time; lives as long as the `view`. At a past moment no room has a verdict."""

    def __init__(self, feed: Feed, view: TwinView) -> None:
        super().__init__(view)
        self._feed, self._view = feed, view
        self._wanted, self._under_way, self._ticks = True, False, 0
        feed.slow.connect(self._tick)
        feed.changed.connect(self._changed)
        self.destroyed.connect(feed.selection.observe(self._picked))

    def _picked(self, old: SelectionState, new: SelectionState) -> None:
        if (old.colour_by, old.moment_ms) != (new.colour_by, new.moment_ms):
            self._wanted = True
            self.look()

    def _changed(self, change: object) -> None:
        if isinstance(change, TwinChanged) and not self._feed.diff.only_names:
            self._wanted = True

    def _tick(self, _rows: object = None) -> None:
        self._ticks += 1
        self._wanted |= self._ticks % AGAIN_TICKS == 0
        self.look()

    def look(self) -> None:
        """Asks for the verdicts if they are shown, and may be others than the last ones."""
        picked = self._feed.selection.state
        if not self._wanted or self._under_way or picked.colour_by != "comfort":
            return
        self._wanted = False
        if picked.moment_ms is not None:
            self._view.judge_rooms({})
            return
        self._under_way = True
        asked = self._feed.api.comfort(EnergySpan.DAY, self._feed.now_ms(), ComfortAssumptions())
        self._feed.when(asked, self._show, self._fail)

    def _show(self, report: ComfortReport) -> None:
        self._under_way = False
        if isValid(self._view) and self._feed.selection.state.moment_ms is None:
            self._view.judge_rooms({one.room: one.newest for one in report.rooms})

    def _fail(self, _problem: Problem) -> None:
        self._under_way = False  # the rooms stay hatched; it is asked again in a minute
