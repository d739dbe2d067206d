"""Trend arrows of rooms: direction of the values over the last fifteen minutes."""

from __future__ import annotations

from collections import deque

import numpy as np
from numpy.typing import NDArray

from app.view.scene.data.colour_scale import ColourScale
from app.view.scene.data.scene_values import SceneValues
from twin.model.capability import ValueType

type Floats = NDArray[np.float64]

SPAN_MS = 15 * 60_000
LEAST_MS = 3 * 60_000
"""Minimum time span in milliseconds for a trend."""
_EVERY_MS = 20_000
_WORTH = 0.02
"""Smallest change, as a share of the scale, that counts as a trend."""
UNKNOWN = 2


class ValueTrends:
    """Samples of all rooms' values, at most three a minute."""

    def __init__(self) -> None:
        self._kept: deque[tuple[int, Floats]] = deque()
        self._of = ""

    def follow(self, readings: SceneValues, values: Floats, scale: ColourScale | None) -> NDArray[np.int8]:
        """Adds the current room values and returns their trends; `scale` is None while colours do not show values."""
        spoken_ms = readings.newest_ms()
        self.note(readings.capability, spoken_ms, values)
        return np.full(len(values), UNKNOWN, np.int8) if scale is None else self.ways(scale, spoken_ms, values)

    def note(self, capability: str, time_ms: int, values: Floats) -> None:
        """Records values of this moment; starts over for another capability, other rooms or an earlier moment."""
        last = self._kept[-1] if self._kept else None
        if capability != self._of or (last and (len(last[1]) != len(values) or time_ms < last[0])):
            self._kept.clear()
            last = None
        self._of = capability
        if time_ms <= 0 or (last and time_ms < last[0] + _EVERY_MS):
            return
        self._kept.append((time_ms, values.copy()))
        while len(self._kept) > 1 and self._kept[1][0] <= time_ms - SPAN_MS:
            self._kept.popleft()
        while self._kept[0][0] < time_ms - 2 * SPAN_MS:
            self._kept.popleft()

    def remember(self, capability: str, time_ms: int, values: Floats) -> None:
        """Prepends an earlier sample if it is of the same rooms and not too old."""
        first = self._kept[0] if self._kept else None
        if not first or capability != self._of or len(values) != len(first[1]):
            return
        if self._kept[-1][0] - 2 * SPAN_MS <= time_ms < first[0]:
            self._kept.appendleft((time_ms, values.copy()))

    def ways(self, scale: ColourScale, time_ms: int, values: Floats) -> NDArray[np.int8]:
        """(rooms,) trend: 1 up, 0 steady, -1 down, UNKNOWN where there is too little data."""
        made = np.full(len(values), UNKNOWN, np.int8)
        if scale.row.type is not ValueType.NUMBER or scale.row.id != self._of or not self._kept:
            return made
        then_ms, then = self._kept[0]
        if len(then) != len(values) or time_ms - then_ms < LEAST_MS:
            return made
        rise = values - then
        worth = max(_WORTH * (scale.high - scale.low), 1.5 * scale.row.resolution)
        known = np.isfinite(rise)
        made[known] = np.sign(rise[known]) * (np.abs(rise[known]) >= worth)
        return made
