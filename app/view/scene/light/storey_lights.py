"""The baked light of the scene: which storeys have it, what their lamps say, and what is asked of the baker."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import dataclass
from functools import partial
from typing import Protocol

import numpy as np
from numpy.typing import NDArray

from app.view.scene.devices.device_appearance import DeviceAppearance
from app.view.scene.devices.markers import DeviceMarkers, PlacedDevices
from app.view.scene.light.light_mix import Rgb, SurroundingLight
from app.view.scene.light.light_request import LightRequest, storey_model
from app.view.scene.light.lit_storey import LitStorey
from app.view.scene.structure.environment import SceneEnvironment
from app.view.scene.structure.floor_colours import floor_colours
from app.view.scene.structure.floor_texture import FloorTextures
from app.view.scene.structure.storey_actors import StoreyMode
from app.view.scene.structure.storey_stack import EyePlace, Look, StoreyStack
from app.view.theme import LIGHT
from twin.light.model import LightSource, StoreyModel
from twin.light.storey_light import StoreyLight
from twin.model.ids import DeviceId, RoomId, StoreyId
from twin.model.mesh import Mesh
from twin.model.twin import Twin

type Baked = tuple[StoreyLight, str] | None
type Baker = Callable[[StoreyId, Callable[[], StoreyModel | None], str, Callable[[Baked], None]], None]
"""Runs what makes a storey's model on another thread, bakes it in this quality, and hands the light and the quality that it
has (None: there is none) to the last on the GUI thread."""

_FULL = 2.8
"""Irradiance of a lamp at full strength, one metre away."""
_MOON: Rgb = (0.068, 0.080, 0.112)
_OUTSIDE = 1.25
"""Seen from outside, a night is a little brighter than the eye inside finds it."""
_TINT = 1.6
"""Lamps' colours as they are shown are sRGB; their light is between that and linear, as an eye that is used to it sees."""


class LitScene(Protocol):
    """What baked light needs of the scene."""

    @property
    def twin(self) -> Twin: ...
    @property
    def mesh(self) -> Mesh: ...
    @property
    def building(self) -> StoreyStack: ...
    @property
    def shown(self) -> Look: ...
    @property
    def around(self) -> SceneEnvironment: ...
    @property
    def markers(self) -> DeviceMarkers: ...
    @property
    def appearance(self) -> DeviceAppearance: ...
    @property
    def room_colours(self) -> NDArray[np.uint8]: ...
    @property
    def room_row(self) -> dict[RoomId, int]: ...
    @property
    def is_plain(self) -> bool: ...
    def is_online(self, device: DeviceId) -> bool: ...


@dataclass(frozen=True, slots=True)
class _Key:
    """What a storey's light was baked for."""

    storey: str
    lamps: tuple[LightSource, ...]
    moved: frozenset[int]
    ajar: frozenset[int]


class StoreyLights:
    """Call `prepare` before each frame, and `drop` when another building enters."""

    def __init__(self) -> None:
        self.baker: Baker | None = None
        self._storeys: dict[int, LitStorey] = {}
        self._keys: dict[int, _Key] = {}
        self._building: StoreyStack | None = None
        self._floor_paint: NDArray[np.uint8] | None = None
        self._painted: dict[int, object] = {}
        self._inside: dict[int, bool] = {}
        """By storey, whether its light is as an eye inside sees it."""
        self._asked: tuple[int, _Key] | None = None
        self._placed: PlacedDevices | None = None
        self._places: dict[int, tuple[LightSource, ...]] = {}
        self.arrived: Callable[[], None] = lambda: None
        """Called when light has come that the next frame shows."""

    @property
    def is_baking(self) -> bool:
        """Whether light is on its way."""
        return self._asked is not None

    def prepare(self, scene: LitScene, *, told: bool) -> bool:
        """Brings storeys at night into their own light, those that have it; asks for that of the others. `told`: a lamp may
        say something else than at the frame before. Whether a storey is lit otherwise now, by its own light or by pools."""
        if scene.building is not self._building:
            self._forget(scene)
        light = scene.around.daylight
        night = light is not None and light.night
        before = [level.lit for level in scene.building.levels]
        for index, lit in self._storeys.items():
            level = scene.building.levels[index]
            if night and level.show is StoreyMode.CUT and not level.held and level.floor is not None:
                self._show(scene, index, lit, told=told)
            else:
                lit.hold()
        focus = self._storeys.get(scene.building.focus)
        scene.around.set_ceiling_picture(focus.ceiling_picture() if focus is not None and focus.is_drawn else None)
        if night and self.baker is not None and self._asked is None:
            self._ask(scene)
        return before != [level.lit for level in scene.building.levels]

    def _forget(self, scene: LitScene) -> None:
        self._building = scene.building
        self._storeys.clear()
        self._keys.clear()
        self._painted.clear()
        self._inside.clear()
        self._asked = self._floor_paint = None

    def _show(self, scene: LitScene, index: int, lit: LitStorey, *, told: bool) -> None:
        was, inside = lit.is_drawn, scene.shown.stand is not EyePlace.OUTSIDE
        lit.draw()
        if told or not was or inside is not self._inside.get(index):
            self._inside[index] = inside
            share = 1.0 if inside else _OUTSIDE
            around = SurroundingLight(ambient=(_MOON[0] * share, _MOON[1] * share, _MOON[2] * share))
            lit.set_light(*self._lamps(scene, index), around)
        colours = scene.room_colours
        if not was or self._painted.get(index) is not colours:
            self._painted[index] = colours
            rows = [scene.room_row[room.id] for room in lit.level.rooms]
            lit.paint_floor((self._paint(scene) if scene.is_plain else colours)[rows])

    def _paint(self, scene: LitScene) -> NDArray[np.uint8]:
        """Floors in the light theme's paint: the night is in the light, not in what it falls on."""
        if self._floor_paint is None:
            self._floor_paint = floor_colours(scene.mesh, scene.twin.rooms, LIGHT)
        return self._floor_paint

    def _lamps(self, scene: LitScene, index: int) -> tuple[dict[str, Rgb], dict[str, Rgb]]:
        """Lamps that are on: their linear colours by id, and their colours as they are shown."""
        placed, appearance, mine = scene.markers.placed, scene.appearance, scene.markers.slices[index]
        linear: dict[str, Rgb] = {}
        shown: dict[str, Rgb] = {}
        for row in (mine.start + np.flatnonzero(appearance.lit[mine])).tolist():
            id = placed.ids[row]
            if scene.is_online(id):
                tint, strength = appearance.tints[row], float(appearance.strength[row])
                red, green, blue = (tint**_TINT * (_FULL * strength)).tolist()
                linear[id] = red, green, blue
                shown[id] = tuple(tint.tolist())
        return linear, shown

    def _ask(self, scene: LitScene) -> None:
        """Asks for the light of the first storey in sight that has none, or another one's lamps."""
        levels, focus = scene.building.levels, scene.building.focus
        for index in sorted(range(len(levels)), key=lambda i: i != focus):
            level = levels[index]
            if level.show is not StoreyMode.CUT or level.held or not level.rooms:
                continue
            key = _Key(level.storey.id, self._lamp_places(scene, index), level.gone_elements(), level.ajar)
            if self._keys.get(index) == key or self.baker is None:
                continue
            self._asked = index, key
            request = LightRequest(
                mesh=scene.mesh,
                storeys=tuple(one.storey for one in levels),
                rooms=scene.twin.rooms,
                storey=level.storey.id,
                lamps=key.lamps,
                moved=key.moved,
                ajar=key.ajar,
            )
            quality = "normal" if index in self._storeys else "draft"
            arrived = partial(self._arrived, scene.building, (index, key), scene.mesh)
            self.baker(level.storey.id, partial(storey_model, request), quality, arrived)
            return

    def _lamp_places(self, scene: LitScene, index: int) -> tuple[LightSource, ...]:
        """The storey's lamps; looked up again only where devices were placed anew."""
        placed, mine = scene.markers.placed, scene.markers.slices[index]
        if placed is not self._placed:
            self._placed, self._places = placed, {}
        if (known := self._places.get(index)) is not None:
            return known
        rows = mine.start + np.flatnonzero(scene.appearance.lights[mine])
        found: list[LightSource] = []
        for row in rows.tolist():
            x, y, z = placed.positions[row].round(3).tolist()
            found.append(LightSource(placed.ids[row], (x, y, z)))
        made = self._places[index] = tuple(found)
        return made

    def _arrived(self, building: StoreyStack, asked: tuple[int, _Key], mesh: Mesh, found: Baked) -> None:
        if building is not self._building or self._asked != asked:
            return  # of a building that is gone
        self._asked = None
        index, key = asked
        light, quality = found or (None, "")
        if quality != "draft":  # else it is asked for again, in full
            self._keys[index] = key
        if (old := self._storeys.pop(index, None)) is not None:
            old.hold()
        if light is not None and len(light.triangles):
            self._storeys[index] = LitStorey(building.levels[index], light, FloorTextures(mesh, LIGHT))
        self._painted.pop(index, None)
        self._inside.pop(index, None)
        self.arrived()
