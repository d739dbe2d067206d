"""Comfort as a colour of rooms: the verdicts of the engine, which no device reports."""

from __future__ import annotations

from collections.abc import Mapping

import numpy as np
from numpy.typing import NDArray

from twin.model.capability import CAPABILITIES, Capability, Group, ValueType
from twin.model.ids import RoomId
from twin.model.room_comfort import RoomVerdict

COMFORT_ROW = Capability(
    id="comfort",
    title="Comfort",
    type=ValueType.ENUM,
    group=Group.SENSOR,
    options=tuple(RoomVerdict),
    colours="change_light",
)
"""What "colour by" offers beside the capabilities."""
COLOUR_ROWS: Mapping[str, Capability] = {**CAPABILITIES, COMFORT_ROW.id: COMFORT_ROW}
"""By id, everything by which rooms can be coloured."""


def verdict_codes(verdicts: Mapping[RoomId, RoomVerdict | None], rows: Mapping[RoomId, int]) -> NDArray[np.float64]:
    """(rooms,) code of each room's verdict as an option of COMFORT_ROW; NaN where it is unknown."""
    codes = {verdict: float(at) for at, verdict in enumerate(RoomVerdict)}
    found = np.full(len(rows), np.nan)
    for room, verdict in verdicts.items():
        if verdict is not None and room in rows:
            found[rows[room]] = codes[verdict]
    return found
