"""The past moments that the selection names: the one that is shown instead of the live State, and one compared with it."""

from __future__ import annotations

from collections.abc import Callable, Mapping

import numpy as np
from numpy.typing import NDArray

from app.selection import Selection, SelectionState
from app.view.history_cursor import HistoryCursor, MomentSlot, MomentSource, PastState
from app.view.scene.data.comparison import ComparedMoment
from twin.model.history_series import PastMoment
from twin.model.ids import PointId
from twin.model.observation import Quality
from twin.model.problem import Problem
from twin.model.state import State

type Rows = NDArray[np.intp]


class DisplayedMoments:
    """Follows the selection: requests its moments and keeps the newest answers as States with the rows of the live
    one."""

    def __init__(
        self,
        source: MomentSource,
        selection: Selection,
        live: State,
        shown: Callable[[Rows], object],
        failed: Callable[[Problem], None],
    ) -> None:
        """`shown` gets the rows of the displayed State that changed."""
        self._selection, self._live, self._shown = selection, live, shown
        self.state: State | None = None
        """The past moment that is shown; None while the live State is."""
        self.compared: ComparedMoment | None = None
        """The second past moment while two moments are compared."""
        self._then, self._other = PastState(), PastState()
        self.cursor = HistoryCursor(source, self._show_moment, failed)
        self.close = selection.observe(self._picked)
        """Stops following the selection."""

    def _picked(self, old: SelectionState, new: SelectionState) -> None:
        if old.moment_ms != new.moment_ms:
            self.cursor.request(MomentSlot.SHOWN, new.moment_ms)
        if old.compare_ms != new.compare_ms:
            self.cursor.request(MomentSlot.COMPARED, new.compare_ms)
        back = new.moment_ms is None and old.moment_ms is not None and self.state is not None
        if back:
            self.state = None
        if back or (new.compare_ms is None and self.compared is not None):
            self._pair_up()
            self._shown(np.arange(len(self._live), dtype=np.intp))

    def _show_moment(self, slot: MomentSlot, moment: PastMoment) -> None:
        if slot is MomentSlot.SHOWN:
            rows = self._then.show(self._live, moment)
            if self.state is not self._then.state:
                self.state, rows = self._then.state, np.arange(len(self._live), dtype=np.intp)
        else:
            self._other.show(self._live, moment)
            rows = np.empty(0, np.intp)
        self._pair_up()
        self._shown(rows)

    def _pair_up(self) -> None:
        """Updates `compared` from the selection and the past moments that are loaded."""
        wanted, there = self._selection.state.compare_ms, self._other.time_ms
        if wanted is None or there is None:
            self.compared = None
            self._other.time_ms = None
        else:
            self.compared = ComparedMoment(self._other.state, there, None if self.state is None else self._then.time_ms)

    def preview(self, values: Mapping[PointId, float] | None) -> None:
        """Shows the live State with other values of some points, as if they were reported; None ends it. A moment that
        is chosen ends it too."""
        if values is None and self._selection.state.moment_ms is not None:
            return
        if values is None:
            self.state = None
        else:
            self.state = state = State(self._live.points)
            for column in ("value", "time_ms", "quality"):
                getattr(state, column)[:] = getattr(self._live, column)
            for point, value in values.items():
                row = state.index(point)
                if row is not None:
                    state.value[row], state.quality[row] = value, Quality.GOOD
        self._pair_up()
        self._shown(np.arange(len(self._live), dtype=np.intp))

    def points_changed(self) -> None:
        """Requests the past moments again after points were added or removed; extends their rows until then, and
        those of a preview."""
        self.cursor.forget()
        if self.state is not None:  # of a preview, which no answer replaces
            self.state.extend(self._live.points)
        for past, slot, wanted in (
            (self._then, MomentSlot.SHOWN, self._selection.state.moment_ms),
            (self._other, MomentSlot.COMPARED, self._selection.state.compare_ms),
        ):
            past.state.extend(self._live.points)
            self.cursor.request(slot, wanted)
