"""Requests past moments from the history: only the newest request counts; recent answers are cached."""

from __future__ import annotations

import time
from collections import OrderedDict
from collections.abc import Callable, Sequence
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.model.history_series import PastMoment
from twin.model.observation import Quality
from twin.model.problem import Problem
from twin.model.state import State

KEPT_BYTES = 96_000_000
SETTLED_MS = 300_000
"""Reports may arrive up to this many milliseconds late; younger moments are not cached."""
STRETCH = 64
"""Number of moments read together around the requested one."""
_LONG_S = 0.3
"""If reading a stretch takes longer (seconds), every other request reads its moment alone."""
_BEHIND = 8
"""Number of moments of a stretch behind the requested one while dragging in one direction."""


class MomentSlot(StrEnum):
    """Purpose of a past moment: displayed, or compared with."""

    SHOWN = "shown"
    COMPARED = "compared"


class MomentSource(Protocol):
    """Provider of past moments; answers arrive on the GUI thread."""

    def ask_moments(
        self, times_ms: Sequence[int], done: Callable[[list[PastMoment]], None], failed: Callable[[Problem], None]
    ) -> None: ...
    def now_ms(self) -> int: ...


class HistoryCursor:
    """`request` records a request, `tick` sends it; only the newest request of each slot is read.

    If `stride_ms` is set, the moments around are read with it, and those ahead in advance.
    """

    def __init__(
        self,
        source: MomentSource,
        answered: Callable[[MomentSlot, PastMoment], None],
        failed: Callable[[Problem], None],
        clock: Callable[[], float] = time.monotonic,
    ) -> None:
        self._source, self._answered, self._failed, self._clock = source, answered, failed, clock
        self._slow, self._alone = True, False
        self.stride_ms = 0
        """Distance of the moments while dragging, in ms; 0 without dragging."""
        self._wanted: dict[MomentSlot, int] = {}
        self._last: dict[MomentSlot, int] = {}
        self._way: dict[MomentSlot, int] = {}
        self._ahead: MomentSlot | None = None
        self._busy = False
        self._era = 0
        self._kept: OrderedDict[int, PastMoment] = OrderedDict()
        self._bytes = 0
        self._complained = False

    @property
    def idle(self) -> bool:
        """Whether every requested moment has been answered."""
        return not self._wanted

    def request(self, slot: MomentSlot, time_ms: int | None) -> None:
        """Requests a moment (UTC ms) for a slot; None withdraws an earlier request."""
        if time_ms is None:
            self._wanted.pop(slot, None)
            self._last.pop(slot, None)
            return
        last = self._last.get(slot, time_ms)
        self._way[slot] = (time_ms > last) - (time_ms < last)
        self._wanted[slot] = self._last[slot] = time_ms
        self._ahead = slot if self.stride_ms else None

    def nearest_cached(self, time_ms: int) -> PastMoment | None:
        """The cached moment nearest to this time, at most one step away; None if there is none."""
        found = min(self._kept, key=lambda at: abs(at - time_ms), default=None)
        return None if found is None or abs(found - time_ms) > self.stride_ms else self._kept[found]

    def forget(self) -> None:
        """Clears the cache: points were added or removed."""
        self._era += 1
        self._busy = False
        self._kept.clear()
        self._bytes = 0

    def tick(self) -> None:
        """Answers requests from the cache; if nothing is being read, reads the next or a likely next moment."""
        for slot, time_ms in list(self._wanted.items()):
            if (found := self._kept.get(time_ms)) is not None:
                self._kept.move_to_end(time_ms)
                del self._wanted[slot]
                self._answered(slot, found)
        if self._busy:
            return
        if self._wanted:
            self._ask(*next(reversed(self._wanted.items())))
        elif self._ahead is not None:
            slot, self._ahead = self._ahead, None
            far = self._way.get(slot, 0) * STRETCH // 4 or 1  # who stands still may go either way
            soon = self._last[slot] + far * self.stride_ms if slot in self._last else None
            if soon is not None and soon < self._settled_ms() and soon not in self._kept:
                self._ask(slot, soon)

    def _settled_ms(self) -> int:
        return self._source.now_ms() - SETTLED_MS

    def _stretch(self, slot: MomentSlot, time_ms: int) -> list[int]:
        """The times to read together: the moment and uncached ones around it, more in the direction of dragging."""
        if not self.stride_ms or time_ms >= self._settled_ms():
            return [time_ms]
        self._alone = self._slow and not self._alone and slot in self._wanted
        if self._alone:
            return [time_ms]
        back = {-1: STRETCH - _BEHIND, 1: _BEHIND}.get(self._way.get(slot, 0), STRETCH // 2)
        around = (time_ms + (i - back) * self.stride_ms for i in range(STRETCH + 1))
        return [at for at in around if at == time_ms or (0 < at < self._settled_ms() and at not in self._kept)]

    def _ask(self, slot: MomentSlot, time_ms: int) -> None:
        era, times, asked_s = self._era, self._stretch(slot, time_ms), self._clock()

        def done(found: list[PastMoment]) -> None:
            if era == self._era:
                self._busy, self._complained = False, False
                if len(times) > STRETCH // 2:
                    self._slow = self._clock() - asked_s > _LONG_S
                self._take(slot, found)

        def failed(problem: Problem) -> None:
            if era == self._era:
                self._busy = False
                self._wanted = {one: at for one, at in self._wanted.items() if at != time_ms}
                if not self._complained:
                    self._complained = True
                    self._failed(problem)

        self._busy = True
        self._source.ask_moments(times, done, failed)

    def _take(self, slot: MomentSlot, found: list[PastMoment]) -> None:
        settled_ms = self._settled_ms()
        for one in found:
            if one.time_ms < settled_ms and one.time_ms not in self._kept:
                self._kept[one.time_ms] = one
                self._bytes += _size(one)
        while self._bytes > KEPT_BYTES and len(self._kept) > 1:
            self._bytes -= _size(self._kept.popitem(last=False)[1])
        for other, at in list(self._wanted.items()):
            nearest = min(found, key=lambda one: abs(one.time_ms - at))
            if nearest.time_ms == at:
                del self._wanted[other]
            if nearest.time_ms == at or other is slot:
                # while somebody drags, the nearest of what was on its way is shown until the wanted one is there
                self._answered(other, nearest)


def _size(moment: PastMoment) -> int:
    return moment.value.nbytes + moment.quality.nbytes


class PastState:
    """A State with the values of one past moment; its rows are those of the live State."""

    def __init__(self) -> None:
        self.state = State()
        self.time_ms: int | None = None
        self._of: tuple[object, int] | None = None
        self._taken = self._rows = np.empty(0, np.intp)

    def show(self, live: State, moment: PastMoment) -> NDArray[np.intp]:
        """Takes over a past moment; returns the rows whose value or quality changed."""
        state = self.state
        if len(state) < len(live):
            state.extend(live.points)
            self._of = None
        if self._of is None or self._of != (moment.points, len(state)):
            found = [(i, row) for i, p in enumerate(moment.points) if (row := state.index(p)) is not None]
            self._taken, self._rows = (np.array([one[side] for one in found], np.intp) for side in (0, 1))
            self._of = (moment.points, len(state))
        value, quality = np.full(len(state), np.nan), np.full(len(state), Quality.OFFLINE, np.uint8)
        value[self._rows], quality[self._rows] = moment.value[self._taken], moment.quality[self._taken]
        same = (value == state.value) | (np.isnan(value) & np.isnan(state.value))
        same &= quality == state.quality
        state.value[:], state.quality[:], state.time_ms[:] = value, quality, 0
        state.time_ms[self._rows] = moment.time_ms
        self.time_ms = moment.time_ms
        return np.flatnonzero(~same)
