"""Last report time and value changes of many devices, computed from the columns of State."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.view.array_sets import distinct
from app.view.feed import Feed
from twin.model.device import Device
from twin.model.observation import Quality
from twin.model.state import State

_NONE = -1
"""Row number of a point that is not in State, and of a device without points."""


class LastSeen:
    """Addresses devices by their index in the given sequence."""

    def __init__(self, feed: Feed, devices: Sequence[Device]) -> None:
        self._feed = feed
        rows: list[int] = []
        starts: list[int] = []
        for device in devices:
            starts.append(len(rows))
            found = [feed.live.index(point.id) for point in device.points]
            rows += [row for row in found if row is not None] or [_NONE]
        self._ids = [device.id for device in devices]
        self._rows, self._starts = np.array(rows, np.intp), np.array(starts, np.intp)
        self._known = self._rows != _NONE
        counts = np.diff(np.append(self._starts, len(rows)))
        self._owner = np.repeat(np.arange(len(devices)), counts)
        self._of: State | None = None
        self._value = np.empty(0, np.float64)
        self._quality = np.empty(0, np.uint8)

    def times_ms(self) -> NDArray[np.int64]:
        """(devices,) UTC ms of each device's newest report, 0 for never; restored or assumed values do not count
        (see `Feed.last_seen_ms`)."""
        live = self._feed.live
        if not len(self._ids) or not len(live):
            return np.zeros(len(self._ids), np.int64)
        quality = live.quality[self._rows]
        assumed = np.array([id in self._feed.assumed for id in self._ids], np.bool_)[self._owner]
        silent = ~self._known | (quality == Quality.UNCERTAIN) | (assumed & (quality == Quality.BAD))
        return np.maximum.reduceat(np.where(silent, 0, live.time_ms[self._rows]), self._starts)

    def changed(self) -> NDArray[np.intp]:
        """Indices of the devices with a changed displayed value since the last call; all at the first call."""
        state = self._feed.state
        if not len(self._ids) or not len(state):
            return np.arange(len(self._ids), dtype=np.intp)
        value, quality = state.value[self._rows], state.quality[self._rows]
        if self._of is not state:
            owners = np.arange(len(self._ids), dtype=np.intp)
        else:
            same = (value == self._value) | (np.isnan(value) & np.isnan(self._value))
            owners = distinct(self._owner[~same | (quality != self._quality)])
        self._of, self._value, self._quality = state, value, quality
        return owners
