"""Lamps of a storey: devices with a position, and unconnected lamps from the building file."""

from __future__ import annotations

from typing import Protocol

import numpy as np

from app.view.scene.devices.device_appearance import DeviceAppearance
from app.view.scene.devices.device_places import PlacedDevices
from app.view.scene.devices.markers import DeviceMarkers
from app.view.scene.light.light_mix import Rgb
from twin.light.model import LightSource
from twin.model.ids import DeviceId, StoreyId
from twin.model.space import Placeholder
from twin.model.twin import Twin

_FULL = 3.1
"""Irradiance of a lamp at full strength, one metre away."""
_TINT = 1.6
"""Exponent that converts lamps' sRGB colours to light; between sRGB and linear, as adapted eyes see them."""
_POWER = 0.5
"""Power of a lamp whose file does not give it (Sweet Home 3D's default)."""
_WHITE: Rgb = (1.0, 0.86, 0.68)
_LAMPS = frozenset({"light", "lamp"})
_MOST_OF_FILE = 120
"""Maximum number of lamps from the file that shine on one storey; each is a layer of its own."""


class LampScene(Protocol):
    """The part of the scene from which lamps are read."""

    @property
    def twin(self) -> Twin: ...
    @property
    def markers(self) -> DeviceMarkers: ...
    @property
    def appearance(self) -> DeviceAppearance: ...
    def is_online(self, device: DeviceId) -> bool: ...


class LampSources:
    """Light sources of storeys, cached until devices or spaces change."""

    def __init__(self) -> None:
        self._placed: PlacedDevices | None = None
        self._twin: Twin | None = None
        self._places: dict[int, tuple[LightSource, ...]] = {}
        self._of_file: dict[int, tuple[Placeholder, ...]] = {}

    def places(self, scene: LampScene, index: int, storey: StoreyId) -> tuple[LightSource, ...]:
        """The light sources of a storey, cached until devices or the twin change."""
        placed = scene.markers.placed
        if placed is not self._placed or scene.twin is not self._twin:
            self._placed, self._twin, self._places, self._of_file = placed, scene.twin, {}, {}
        if (known := self._places.get(index)) is not None:
            return known
        mine = scene.markers.slices[index]
        rows = (mine.start + np.flatnonzero(scene.appearance.lights[mine])).tolist()
        shine_at = np.column_stack([placed.positions[:, :2], placed.heights])  # markers hang no higher than a cut
        found = [LightSource(placed.ids[row], _place(shine_at[row].tolist())) for row in rows]
        self._of_file[index] = unconnected_lamps(scene.twin, storey)
        found += [LightSource(one.id, _place(one.position_m)) for one in self._of_file[index]]
        made = self._places[index] = tuple(found)
        return made

    def colours(
        self, scene: LampScene, where: tuple[int, StoreyId], night: float
    ) -> tuple[dict[str, Rgb], dict[str, Rgb]]:
        """(linear colours, shown colours) by id of a storey's lamps that are on. Lamps of the building file have the
        strength `night`,
        0-1.
        """
        index = where[0]
        self.places(scene, *where)
        placed, appearance, mine = scene.markers.placed, scene.appearance, scene.markers.slices[index]
        linear: dict[str, Rgb] = {}
        shown: dict[str, Rgb] = {}
        for row in (mine.start + np.flatnonzero(appearance.lit[mine])).tolist():
            id = placed.ids[row]
            if scene.is_online(id):
                red, green, blue = appearance.tints[row].tolist()
                shown[id] = red, green, blue
                linear[id] = _light(shown[id], float(appearance.strength[row]))
        for one in self._of_file.get(index, ()) if night > 0 else ():
            power = (_POWER if one.power is None else one.power) * night
            if power > 0:
                shown[one.id] = _colour(one.colour)
                linear[one.id] = _light(shown[one.id], power)
        return linear, shown


def unconnected_lamps(twin: Twin, storey: StoreyId) -> tuple[Placeholder, ...]:
    """Lamps of the file without a device, in rooms without other lamps; whether one is on is unknown. A planned lamp is none."""
    taken = {one.room for one in twin.devices if one.kind in _LAMPS}
    mine = [
        one
        for one in twin.placeholders
        if one.storey == storey
        and one.device is None
        and not one.by_hand
        and one.kind in _LAMPS
        and (one.room is None or one.room not in taken)
    ]
    return tuple(mine[:_MOST_OF_FILE])


def _light(shown: Rgb, strength: float) -> Rgb:
    red, green, blue = (part**_TINT * (_FULL * strength) for part in shown)
    return red, green, blue


def _place(position: tuple[float, float, float] | list[float]) -> tuple[float, float, float]:
    x, y, z = (round(float(part), 3) for part in position)
    return x, y, z


def _colour(text: str) -> Rgb:
    if len(text) != 7:
        return _WHITE
    red, green, blue = (int(text[at : at + 2], 16) / 255 for at in (1, 3, 5))
    return red, green, blue
