"""Colours of rooms: by value, by change, or the floor's own colour."""

from __future__ import annotations

from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from app.view.scene.data.colour_scale import ColourScale, scale_of
from app.view.scene.data.comfort_colours import COLOUR_ROWS
from app.view.scene.data.comparison import ComparedMoment, RoomChanges, change_of
from app.view.scene.data.scene_values import SceneValues
from app.view.theme import Theme, rgb
from twin.model.aggregation import colours_rooms
from twin.model.capability import Capability


@dataclass(frozen=True, slots=True, eq=False)
class RoomColours:
    """(rooms, 3) colours, (rooms,) which rooms have no value, and the meaning of colours; both None while floors are
    plain.
    """

    colours: NDArray[np.uint8]
    empty: NDArray[np.bool_]
    scale: ColourScale | None = None
    change: RoomChanges | None = None


def room_colours(
    readings: SceneValues,
    values: NDArray[np.float64],
    own: NDArray[np.uint8],
    compared: ComparedMoment | None,
    theme: Theme,
    before: tuple[ColourScale | None, RoomChanges | None],
) -> RoomColours:
    """Colours of rooms for these values, or their change to `compared` where given; `own` are the floors' own colours,
    and
    `before` the previous scale and change.
    """
    row = COLOUR_ROWS.get(readings.capability)
    scale = _meaning(row, values, readings, before[0])
    if scale is None or row is None:
        return RoomColours(own.copy(), np.zeros(len(values), np.bool_))
    plain = np.tile(np.array([round(part * 255) for part in rgb(theme.floor)], np.uint8), (len(values), 1))
    if compared is not None:
        between = values, readings.room_values(compared.state)
        change = change_of(row, between, compared, theme, options=readings.options, last=before[1])
        empty = np.isnan(change.values)
        colours = np.where(empty[:, None], plain, change.paint()).astype(np.uint8)
        return RoomColours(colours, empty, change=change)
    empty = np.isnan(values)
    return RoomColours(np.where(empty[:, None], plain, scale.paint(values)).astype(np.uint8), empty, scale)


def _meaning(
    row: Capability | None, values: NDArray[np.float64], readings: SceneValues, before: ColourScale | None
) -> ColourScale | None:
    if row is None or not colours_rooms(row):
        return None
    return scale_of(row, values, options=readings.options, before=before)
