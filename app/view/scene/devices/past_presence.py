"""Which devices had no value at a past moment: they are drawn as those that are offline."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from twin.model.ids import DeviceId
from twin.model.observation import Quality
from twin.model.state import State
from twin.model.twin import Twin


class PastPresence:
    """Keeps the rows of the devices' points from moment to moment."""

    def __init__(self) -> None:
        self._of: tuple[Twin, int] | None = None
        self._ids = np.empty(0, np.object_)
        self._rows, self._starts = np.empty(0, np.intp), np.empty(0, np.intp)

    def without_value(self, twin: Twin, state: State) -> frozenset[DeviceId]:
        """Devices of which no point has a value in the state; devices without points are none of them."""
        if self._of is None or self._of[0] is not twin or self._of[1] != len(state):
            self._of = (twin, len(state))
            self._follow(twin, state)
        if not len(self._rows):
            return frozenset()
        known: NDArray[np.bool_] = state.quality[self._rows] < Quality.OFFLINE
        return frozenset(self._ids[~np.logical_or.reduceat(known, self._starts)].tolist())

    def _follow(self, twin: Twin, state: State) -> None:
        ids, rows, starts = list[DeviceId](), list[int](), list[int]()
        for device in twin.devices:
            found = [row for point in device.points if (row := state.index(point.id)) is not None]
            if found:
                ids.append(device.id)
                starts.append(len(rows))
                rows += found
        self._ids = np.array(ids, np.object_)
        self._rows, self._starts = np.array(rows, np.intp), np.array(starts, np.intp)
