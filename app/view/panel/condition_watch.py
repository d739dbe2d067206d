"""Notices when devices begin or cease to be silent or to have a low battery, for searches by these words."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.view.feed import Feed
from app.view.panel.device_condition import SILENT_MS, battery_charge
from app.view.panel.last_seen import LastSeen


class ConditionWatch:
    """Compares the devices of the current twin with what they were; a new twin needs a new watch."""

    def __init__(self, feed: Feed) -> None:
        self._feed, self._devices = feed, feed.twin.devices
        self._last_seen = LastSeen(feed, self._devices)
        rows = dict[int, int]()
        for at, device in enumerate(self._devices):
            for point in (device.point("battery"), device.point("battery_low")):
                if point is not None and (row := feed.state.index(point.id)) is not None:
                    rows[row] = at
        self._device_of_row = rows
        self._battery_rows = np.array(list(rows), np.intp)
        self._low = {at: self._is_low(at) for at in rows.values()}
        self._silent = self._silent_now()

    def changed(self, rows: NDArray[np.intp]) -> bool:
        """Whether a device differs from what it was at the last call; `rows` of State changed since then."""
        silent, low = self._silent_now(), dict[int, bool]()
        if len(rows) and len(self._battery_rows):
            touched: list[int] = rows[np.isin(rows, self._battery_rows)].tolist()
            low = {at: self._is_low(at) for at in {self._device_of_row[row] for row in touched}}
        differs = not np.array_equal(silent, self._silent) or any(self._low[at] is not now for at, now in low.items())
        self._silent = silent
        self._low.update(low)
        return differs

    def _silent_now(self) -> NDArray[np.bool_]:
        return self._feed.now_ms() - self._last_seen.times_ms() > SILENT_MS

    def _is_low(self, at: int) -> bool:
        return battery_charge(self._devices[at], self._feed.value)[1]
