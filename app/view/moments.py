"""Past moments for the screen: one request under way, the newest wish wins, and what was read lately is kept."""

from __future__ import annotations

from collections import OrderedDict
from collections.abc import Callable
from concurrent.futures import Future
from enum import StrEnum
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from twin.model.observation import Quality
from twin.model.problem import Problem
from twin.model.series import Moment
from twin.model.state import State

KEPT_BYTES = 48_000_000
SETTLED_MS = 300_000
"""Reports may come so late: moments that are younger are read again."""


class Slot(StrEnum):
    """What a moment is wanted for."""

    SHOWN = "shown"
    COMPARED = "compared"


class Source(Protocol):
    """Where moments come from; answers come on the screen's own thread."""

    def ask_moment(
        self, time_ms: int, done: Callable[[Moment], None], failed: Callable[[Problem], None]
    ) -> Future[Moment]: ...
    def now_ms(self) -> int: ...


class Moments:
    """`want` notes, `tick` asks: however fast wishes change, only the newest of each slot is ever read."""

    def __init__(
        self, source: Source, answered: Callable[[Slot, Moment], None], failed: Callable[[Problem], None]
    ) -> None:
        self._source, self._answered, self._failed = source, answered, failed
        self._wanted: dict[Slot, int] = {}
        self._under_way: Future[Moment] | None = None
        self._era = 0
        self._kept: OrderedDict[int, Moment] = OrderedDict()
        self._bytes = 0
        self._complained = False

    @property
    def idle(self) -> bool:
        """Whether everything that was wanted is there."""
        return not self._wanted

    def want(self, slot: Slot, time_ms: int | None) -> None:
        """The moment that the slot shall have; None lets go of an earlier wish."""
        if time_ms is None:
            self._wanted.pop(slot, None)
        else:
            self._wanted[slot] = time_ms

    def forget(self) -> None:
        """Points came or went: what was read says nothing about them."""
        self._era += 1
        self._under_way = None
        self._kept.clear()
        self._bytes = 0

    def tick(self) -> None:
        """Gives what is kept, and asks for one of the others where nothing is under way."""
        for slot, time_ms in list(self._wanted.items()):
            if (found := self._kept.get(time_ms)) is not None:
                self._kept.move_to_end(time_ms)
                del self._wanted[slot]
                self._answered(slot, found)
        if self._under_way is None and self._wanted:
            self._ask(*next(reversed(self._wanted.items())))

    def _ask(self, slot: Slot, time_ms: int) -> None:
        era = self._era

        def done(found: Moment) -> None:
            if era == self._era:
                self._under_way, self._complained = None, False
                self._take(slot, time_ms, found)

        def failed(problem: Problem) -> None:
            if era == self._era:
                self._under_way = None
                self._wanted = {slot: at for slot, at in self._wanted.items() if at != time_ms}
                if not self._complained:
                    self._complained = True
                    self._failed(problem)

        self._under_way = self._source.ask_moment(time_ms, done, failed)

    def _take(self, slot: Slot, time_ms: int, found: Moment) -> None:
        if time_ms < self._source.now_ms() - SETTLED_MS:
            self._kept[time_ms] = found
            self._bytes += _size(found)
            while self._bytes > KEPT_BYTES and len(self._kept) > 1:
                self._bytes -= _size(self._kept.popitem(last=False)[1])
        # while somebody drags, the moment on the way is shown although a newer one is wanted already
        for one in [at for at in self._wanted if at is slot or self._wanted[at] == time_ms]:
            if self._wanted[one] == time_ms:
                del self._wanted[one]
            self._answered(one, found)


def _size(moment: Moment) -> int:
    return moment.value.nbytes + moment.quality.nbytes


class Past:
    """A state whose columns are overwritten by one moment after another; rows are those of the live state."""

    def __init__(self) -> None:
        self.state = State()
        self.time_ms: int | None = None
        self._of: tuple[object, int] | None = None
        self._taken = self._rows = np.empty(0, np.intp)

    def show(self, live: State, moment: Moment) -> NDArray[np.intp]:
        """Takes the moment over; answers the rows whose value or quality is another one than before."""
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
