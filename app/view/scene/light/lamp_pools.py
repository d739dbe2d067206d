"""Pools of light of lamps that are on, on the floors."""

from __future__ import annotations

import time
from collections.abc import Callable, Sequence

import numpy as np
from numpy.typing import NDArray

from app.view.scene.devices.device_appearance import DeviceAppearance
from app.view.scene.devices.markers import DeviceMarkers
from app.view.scene.geometry.baked_light import LampLight
from app.view.scene.structure.drawn_parts import StoreyMode
from app.view.scene.structure.storey_actors import StoreyActors
from twin.model.ids import DeviceId

type Floats = NDArray[np.float64]

_SHARE = 20.0
"""While the view is animated, computing pools takes at most 1/20 of the time."""


class LampPools:
    """Recomputes pools of light when they are stale, at a limited rate."""

    def __init__(self) -> None:
        self.stale = False
        """Whether lamp values or positions changed since the pools were computed."""
        self.free_from_s = 0.0

    def light(
        self,
        levels: Sequence[StoreyActors],
        markers: DeviceMarkers,
        appearance: DeviceAppearance,
        is_online: Callable[[DeviceId], bool],
        *,
        hurried: bool,
    ) -> bool:
        """Recomputes the pools if they are stale; at a limited rate if `hurried`. Returns whether it did. Call before
        a frame.
        """
        started_s = time.perf_counter()
        if not self.stale or (hurried and started_s < self.free_from_s):
            return False
        self.stale = False
        on = shining(markers, appearance.lit, is_online)
        light_floors(levels, markers, on, appearance.tints, appearance.strength)
        ended_s = time.perf_counter()
        self.free_from_s = ended_s + _SHARE * (ended_s - started_s)
        return True


def light_floors(
    levels: Sequence[StoreyActors], markers: DeviceMarkers, rows: NDArray[np.intp], tints: Floats, strength: Floats
) -> None:
    """Sets the pools of light of these lamp rows on every visible storey."""
    placed = markers.placed
    for index, level in enumerate(levels):
        if level.show is StoreyMode.HIDDEN:
            continue
        number = {room.id: i for i, room in enumerate(level.rooms, 1)}
        mine = markers.slices[index]
        lamps: list[LampLight] = []
        here: list[int] = rows[(rows >= mine.start) & (rows < mine.stop)].tolist()
        for row in here:
            room = placed.room[row]
            if room is not None and room in number:
                x, y, _ = placed.positions[row].tolist()
                red, green, blue = tints[row].tolist()
                lamps.append(LampLight(x, y, number[room], (red, green, blue), float(strength[row])))
        level.set_lamp_pools(lamps)


def shining(markers: DeviceMarkers, lit: NDArray[np.bool_], is_online: Callable[[DeviceId], bool]) -> NDArray[np.intp]:
    """Rows of the lamps that are on and not offline."""
    ids = markers.placed.ids
    return np.array([row for row in np.flatnonzero(lit).tolist() if is_online(ids[row])], np.intp)
