"""Chooses the pills of rooms: name, value, trend; fewer and smaller from afar."""

from __future__ import annotations

import math
from dataclasses import replace

import numpy as np
from numpy.typing import NDArray
from PySide6.QtCore import QPointF, QRectF

from app.view.array_sets import distinct, is_among, quantile
from app.view.formatting import format_number, format_word
from app.view.scene.data.colour_scale import ColourScale
from app.view.scene.data.value_trends import UNKNOWN
from app.view.scene.devices.picking import Projection
from app.view.scene.overlay.room_pill import OccupiedAreas, PillRequest, RoomPill, RoomPills, place_pills
from app.view.scene.scene import Scene
from twin.model.aggregation import AggregationRule
from twin.model.ids import RoomId

type Floats = NDArray[np.float64]

_FAR_PX = 30.0
"""If most rooms are narrower than this on the screen, each storey shows one pill for its worst room."""
_NAMED_PX = 62.0
"""A room without a value is named from this width on."""
_UP_M = 0.25
_SILENT, _URGENT = 0.2, 3.0
"""Weight factors of rooms without data, and of rooms that need attention."""


class RoomLabels:
    """Places the pills of rooms; caches room positions while only the camera moves."""

    def __init__(self, scene: Scene) -> None:
        self._scene = scene
        self._key: object = None
        self._spots, self._sizes = np.empty((0, 3)), np.empty(0)
        self._rows, self._storey = np.empty(0, np.intp), np.empty(0, np.intp)

    def arranged(
        self,
        projection: Projection,
        pills: RoomPills,
        places: tuple[OccupiedAreas, OccupiedAreas],
        strong: tuple[str, str],
    ) -> list[tuple[str, RoomPill, QPointF]]:
        """Pills with their positions. `places`: (occupied, to be kept free); `strong`: ids of the selected and the
        hovered room.
        """
        scene = self._scene
        self._look()
        view = QRectF(0, 0, projection.width, projection.height)
        if not len(self._rows):
            return []
        seen = projection.pixels(self._spots)
        x, y, depth = seen.T
        scale = float(np.linalg.norm(projection.matrix[1, :3])) * 0.5 * projection.height
        inside = (depth > 0) & (x >= 0) & (x <= view.width()) & (y >= 0) & (y <= view.height())
        with np.errstate(divide="ignore", invalid="ignore"):
            wide = np.where(depth > 0, 0.5 * self._sizes * scale / depth, 0.0)
        special = is_among(self._rows, [scene.room_row[RoomId(id)] for id in strong if RoomId(id) in scene.room_row])
        worst = self._worst(wide[inside])
        wanted = np.flatnonzero(inside & (worst | special) if worst is not None else inside)
        requests, urgent = list[PillRequest](), self._urgency()
        for i in wanted.tolist():
            room = scene.twin.rooms[int(self._rows[i])].id
            spot = (float(x[i]), float(y[i]))
            if scene.shown.exploded and self._covered(projection, room, spot):
                continue
            chosen = room == strong[0]
            weight = 1e6 if chosen else 1e5 if special[i] else float(self._sizes[i] / depth[i] * urgent[i])
            if urgent[i] == _SILENT and wide[i] < _NAMED_PX and not special[i]:
                continue
            width = 1e3 if worst is not None or urgent[i] > 1 else float(wide[i])
            requests.append(PillRequest(room, self.forms(int(self._rows[i]), strong=chosen), spot, width, weight))
        return place_pills(requests, pills, places[0], view, beside=places[1])

    def forms(self, row: int, *, strong: bool) -> tuple[RoomPill, ...]:
        """Pill variants of a room, from the longest to the shortest."""
        room = self._scene.twin.rooms[row]
        value, dot = self._value_text(row)
        trend = int(self._scene.room_ways[row]) if value and self._scene.change is None else UNKNOWN
        way = None if trend == UNKNOWN or (trend == 0 and not strong) else trend  # what stays needs no ink
        full = RoomPill(room.name or room.title, value, dot, strong, way)
        short = [RoomPill(room.number, value, dot, strong, way)] if room.number and room.name else []
        bare = [replace(pill, value="", way=None) for pill in (full, *short)] if value else []
        return (full, *short, *bare)  # the value goes before the name: its colour stays

    def _value_text(self, row: int) -> tuple[str, tuple[int, int, int] | None]:
        scale, value, change = self._scene.scale, float(self._scene.room_values[row]), self._scene.change
        red, green, blue = (int(part) for part in self._scene.room_colours[row])
        if change is not None:
            text = change.text(row)
            return text, (red, green, blue) if text else None
        if scale is None or math.isnan(value):
            return "", None
        if scale.options:
            return format_word(scale.options[round(value)]), (red, green, blue)
        return format_number(scale.row, value).replace(" °C", "°").replace(" °F", "°").replace(" %", "%"), (
            red,
            green,
            blue,
        )

    def _look(self) -> None:
        scene = self._scene
        levels = scene.storey_stack.levels
        key = (scene.storey_stack, scene.visibility, tuple((i, levels[i].lift) for i in scene.storey_stack.shown()))
        if key == self._key:
            return
        self._key = key
        rows = scene.shown_rooms()
        found: list[int] = rows.tolist()
        rooms = [scene.twin.rooms[row] for row in found]
        kept = [i for i, room in enumerate(rooms) if room.id in scene.centroids]
        self._rows = rows[kept]
        rooms = [rooms[i] for i in kept]
        places = [scene.storey_stack.level_of(room.storey) for room in rooms]
        self._storey = np.array(places, np.intp)
        self._spots = np.array(
            [
                (*scene.centroids[room.id], room.floor_m + levels[level].lift + _UP_M)
                for room, level in zip(rooms, places, strict=True)
            ]
        ).reshape(-1, 3)
        self._sizes = np.array([float(np.ptp(np.asarray(room.outline), axis=0).sum()) for room in rooms])

    def _worst(self, wide: Floats) -> NDArray[np.bool_] | None:
        """(rows,) whether each room is the worst of its storey, where rooms are too small to name each; else None."""
        scale, change = self._scene.scale, self._scene.change
        if (scale is None and change is None) or len(wide) < 12 or float(quantile(wide, 0.5)) >= _FAR_PX:
            return None
        if scale is not None:
            badness = strain(scale, self._scene.room_values[self._rows])
        else:
            badness = np.abs(change.values[self._rows]) if change is not None else np.zeros(len(self._rows))
        made = np.zeros(len(self._rows), np.bool_)
        for level in distinct(self._storey).tolist():
            own = np.flatnonzero((self._storey == level) & np.isfinite(badness))
            if len(own):
                made[own[badness[own].argmax()]] = True
        return made

    def _urgency(self) -> Floats:
        """Priority factor of each room's pill: bad values first, rooms without data last."""
        scale = self._scene.scale
        values = self._scene.room_values[self._rows]
        if scale is None:
            return np.ones(len(values))
        strained = scale.comfort.strain(values) if scale.comfort is not None else np.zeros(len(values))
        return np.where(np.isnan(values), _SILENT, np.where(strained > 0, _URGENT + strained, 1.0))

    def _covered(self, projection: Projection, room_id: RoomId, at: tuple[float, float]) -> bool:
        """Whether a storey that hangs above hides the point."""
        scene = self._scene
        own = scene.storey_stack.level_of(scene.twin.room_of[room_id].storey)
        above = (i for i in scene.storey_stack.shown() if i > own)
        return any(scene.room_picks[i].at(projection, at, scene.storey_stack.levels[i].lift) for i in above)


def strain(scale: ColourScale, values: Floats) -> Floats:
    """(n,) how urgent each value is: its distance from comfort, else high values, or low ones where the minimum
    counts.
    """
    towards = -values if scale.rule is AggregationRule.MIN else values
    if scale.comfort is None:
        return towards
    spread = 1e-6 * towards / max(abs(scale.high), abs(scale.low))
    return scale.comfort.strain(values) + spread  # among rooms that are all good, the one nearest to being bad
