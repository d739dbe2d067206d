"""Alarm marks of the time slider."""

from __future__ import annotations

from collections.abc import Callable, Sequence

import numpy as np

from app.view.array_sets import distinct
from app.view.feed import Feed
from twin.model.capability import Group, ValueType
from twin.model.device import Point
from twin.model.history_series import ChartColumns
from twin.model.problem import Problem
from twin.model.twin import Twin
from twin.model.twin_diff import diff

COLUMNS = 400
AT_MOST = 400
"""Maximum number of alarm points that are asked for."""
AGAIN_MS = 60_000


def alarm_points(twin: Twin) -> list[Point]:
    """Boolean alarm points without low-battery points, at most 400."""
    found = (p for p in twin.points if p.capability.group is Group.ALARM and p.capability.type is ValueType.BOOL)
    return [point for point in found if point.capability.id != "battery_low"][:AT_MOST]


def alarm_times(found: Sequence[ChartColumns]) -> tuple[int, ...]:
    """The times of columns in which a point was in alarm: UTC ms, ascending."""
    times = [one.time_ms[np.nan_to_num(one.high) > 0.5] for one in found]
    return tuple(distinct(np.concatenate(times)).tolist()) if times else ()


class AlarmMarks:
    """Requests the marks of one time span at a time; repeats after a minute or for another span."""

    def __init__(self, feed: Feed, show: Callable[[tuple[int, ...]], None]) -> None:
        self._feed, self._show = feed, show
        self._twin = Twin()
        self._points: list[Point] = []
        self._asked: tuple[int, int] | None = None
        self._busy = False

    def request_marks(self, from_ms: int, to_ms: int) -> None:
        """Requests the marks of this time span (UTC ms) unless those of about the same span are shown."""
        asked = (to_ms // AGAIN_MS, to_ms - from_ms)
        if self._busy or not self._feed.is_quiet():
            return
        others = self._follow_points(self._feed.twin)
        if asked == self._asked and not others:
            return
        self._asked = asked
        if not self._points:
            self._show(())
            return
        self._busy = True
        ids = [point.id for point in self._points]
        self._feed.when(self._feed.api.columns(ids, from_ms, to_ms, COLUMNS), self._show_marks, self._fail)

    def _follow_points(self, twin: Twin) -> bool:
        """Updates the alarm points; returns whether they changed."""
        before, self._twin = self._twin, twin
        if before is twin or not diff(before, twin).points:
            return False
        self._points = alarm_points(twin)
        return True

    def _show_marks(self, found: list[ChartColumns]) -> None:
        self._busy = False
        self._show(alarm_times(found))

    def _fail(self, _problem: Problem) -> None:
        self._busy = False  # the bar does without: whoever drags will be told
