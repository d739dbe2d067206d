"""Rooms of a scene: positions, values and floor colours."""

from __future__ import annotations

from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from app.selection import VisibilityFilter
from app.view.scene.data.colour_memory import ColourMemory
from app.view.scene.data.colour_scale import ColourScale
from app.view.scene.data.comparison import ComparedMoment, RoomChanges
from app.view.scene.data.scene_values import SceneValues
from app.view.scene.data.value_trends import ValueTrends
from app.view.scene.devices.picking import RoomPick
from app.view.scene.room_colours import room_colours
from app.view.scene.structure.storey_actors import StoreyActors
from app.view.theme import Theme
from twin.model.ids import RoomId
from twin.model.room_centroid import room_centroid
from twin.model.space import Room
from twin.model.state import State


class SceneRooms:
    """Columns over the rooms of a twin, in its order."""

    def __init__(self) -> None:
        self.row: dict[RoomId, int] = {}
        self.centroids: dict[RoomId, tuple[float, float]] = {}
        """Positions of room names in plan, metres."""
        self.picks: list[RoomPick] = []
        """Room pickers, by storey."""
        self.of_level: list[NDArray[np.intp]] = []
        """Room rows, by storey."""
        self.hidden = np.empty(0, np.bool_)
        self.values = np.empty(0)
        self.colours = np.empty((0, 3), np.uint8)
        self.ways = np.empty(0, np.int8)
        """(rooms,) trend of each value (see `ValueTrends.ways`)."""
        self.scale: ColourScale | None = None
        self.change: RoomChanges | None = None
        self.compared: ComparedMoment | None = None
        self._own = np.empty((0, 3), np.uint8)
        self._trend, self._memory = ValueTrends(), ColourMemory()

    def follow(self, rooms: Sequence[Room]) -> None:
        """Replaces the rooms and resets their values."""
        self.row = {room.id: i for i, room in enumerate(rooms)}
        self.centroids = {room.id: room_centroid(room) for room in rooms if len(room.outline) > 2}
        self.values = np.full(len(rooms), np.nan)

    def enter(self, levels: Sequence[StoreyActors], own: NDArray[np.uint8]) -> None:
        """Sets the storeys that contain the rooms, and the (rooms, 3) own colours of their floors."""
        self._own = own
        self.picks = [RoomPick(level.rooms) for level in levels]
        self.of_level = [np.array([self.row[room.id] for room in level.rooms], np.intp) for level in levels]

    def hide_filtered(self, rooms: Sequence[Room], visibility: VisibilityFilter) -> None:
        """Marks rooms hidden by the visibility filter."""
        self.hidden = np.array([not visibility.shows_room(room) for room in rooms], np.bool_)

    def shown(self, levels: Sequence[int]) -> NDArray[np.intp]:
        """Rows of the visible rooms of these storeys."""
        rows = [self.of_level[i] for i in levels]
        found = np.concatenate(rows) if rows else np.empty(0, np.intp)
        return found[~self.hidden[found]]

    def paint(self, readings: SceneValues, theme: Theme, *, indoors: bool) -> NDArray[np.bool_]:
        """Updates values and colours; returns (rooms,) which rooms have no data and are hatched."""
        self.values = readings.room_values()
        made = room_colours(readings, self.values, self._own, self.compared, theme, (self.scale, self.change))
        colours, empty, self.scale, self.change = made.colours, made.empty, made.scale, made.change
        self.ways = self._trend.follow(readings, self.values, self.scale)
        if self.hidden.any():
            colours[self.hidden], empty[self.hidden] = self._own[self.hidden], False
        if indoors:
            empty[:] = False  # stripes under the feet of a walker tell nothing
        self.colours = colours
        return empty

    def remember(self, readings: SceneValues, state: State, time_ms: int) -> None:
        """Stores the room values of an earlier moment and updates the trends."""
        self._trend.remember(readings.capability, time_ms, readings.room_values(state))
        self.ways = self._trend.follow(readings, self.values, self.scale)

    def is_seen(self) -> bool:
        """Whether the colours differ visibly from those of the last picture."""
        return self._memory.is_seen(self.colours, np.isnan(self.values))
