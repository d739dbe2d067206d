"""Layer that opens and closes doors and windows by their contact sensors."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import dataclass, field

import numpy as np

from app.view.scene.geometry.opening_index import OpeningIndex
from app.view.scene.live.easing import EasedShares
from app.view.scene.live.hinged_parts import HingedParts
from app.view.scene.live.sashes import MovingSash, glazed, numbered, own_leaves, torn
from app.view.scene.scene import Scene
from app.view.scene.structure.storey_actors import StoreyActors
from twin.model.device import Device
from twin.model.ids import DeviceId, PointId
from twin.model.space import Door, Room, leaf_source
from twin.model.state import State

_REACH_M = 1.2
"""Maximum distance in metres between a sensor and its door or window."""
_DOOR_WORDS = ("door", "tür", "gate", "entrance", "entry", "门")
"""Words in the names of door sensors; all other sensors are taken for window sensors."""


@dataclass(slots=True)
class _LeafStorey:
    """Moving parts of one storey: sashes, and the index of the opening that each follows."""

    sashes: list[MovingSash] = field(default_factory=list[MovingSash])
    opening: list[int] = field(default_factory=list[int])
    solid: set[int] = field(default_factory=set[int])
    glass: set[int] = field(default_factory=set[int])
    leaves: list[tuple[int, frozenset[int]]] = field(default_factory=list[tuple[int, frozenset[int]]])
    """Openings, and the elements that each moves."""
    hinged_parts: HingedParts | None = None


class LeafLayer:
    """The leaves of doors and windows that have a contact sensor; all others stay as the file drew them."""

    def __init__(self) -> None:
        self.course = EasedShares(0)
        self._storeys: dict[int, _LeafStorey] = {}
        self._levels: list[StoreyActors] = []
        self._points: list[PointId] = []
        self._devices: list[DeviceId] = []
        self._opening = np.empty(0, np.intp)
        self._openings = OpeningIndex()
        self._state: State | None = None
        self._known: tuple[object, ...] = ()

    def build(self, scene: Scene) -> None:
        """Assigns contact sensors to openings and removes their leaves from the storeys' meshes; skipped where neither
        changed.
        """
        sensors = scene.readings.devices_with("contact")
        known = self._known
        places = tuple((one.id, one.room, one.position_m, one.points) for one in sensors)
        self._known = (scene.storey_stack, scene.twin.doors, places)
        if known == self._known:
            self._head(scene, at_once=scene.state is not self._state)
            return
        self._drop()
        self._levels = scene.storey_stack.levels
        self._bind(scene, sensors)
        for index, level in enumerate(self._levels):
            one = self._storeys.get(index)
            level.exclude_elements("leaves", frozenset(one.solid if one else ()), frozenset(one.glass if one else ()))
            level.doors = tuple(elements for _, elements in one.leaves) if one else ()
            if one is not None:
                pieces = dict(enumerate(one.sashes))
                one.hinged_parts = HingedParts(
                    level,
                    [sash.hinged_part for sash in one.sashes],
                    numbered({n: sash.solid for n, sash in pieces.items()}),
                    numbered({n: sash.glass for n, sash in pieces.items()}),
                )
        self._head(scene, at_once=True)
        self.place(scene)

    def apply(self, scene: Scene, touched: set[str]) -> None:
        """Updates targets when contacts change; a past moment's values apply at once."""
        if self._points and touched & {"moves", "online"}:
            self._head(scene, at_once=scene.state is not self._state)

    def place(self, scene: Scene) -> None:
        """Redraws the leaves of storeys whose cut changed."""
        for one in self._storeys.values():
            if one.hinged_parts is not None:
                one.hinged_parts.draw()

    def tick(self, now_s: float) -> bool:
        """Advances the leaves' movement; returns whether any still moves."""
        if self.course.moving and self.course.advance(now_s):
            self._pose()
        return self.course.moving

    def remove(self) -> None:
        """Removes the leaves from the renderer."""
        self._drop()
        self._levels, self._known = [], ()

    def _drop(self) -> None:
        for one in self._storeys.values():
            if one.hinged_parts is not None:
                one.hinged_parts.remove()
        self._storeys = {}

    def _head(self, scene: Scene, *, at_once: bool) -> None:
        self._state = scene.state
        values = scene.readings.point_values(self._points)
        here = np.array([scene.is_online(device) for device in self._devices], np.bool_)
        aim = np.zeros(len(self.course.aim))
        if len(values):
            np.maximum.at(aim, self._opening, np.where((values > 0.5) & here, 1.0, 0.0))
        for index, one in self._storeys.items():
            open_ = [elements for opening, elements in one.leaves if aim[opening] > 0]
            self._levels[index].ajar = frozenset[int]().union(*open_)
        if self.course.set_targets(aim, at_once=at_once) and at_once:
            self._pose()

    def _pose(self) -> None:
        for one in self._storeys.values():
            if one.hinged_parts is not None:
                one.hinged_parts.pose(self.course.now[one.opening])

    def _bind(self, scene: Scene, sensors: Sequence[Device]) -> None:
        self._points, self._devices, opening = [], [], list[int]()
        places: dict[int, int] = {}
        doors: dict[str, Door] | None = None
        level_of = {level.storey.id: index for index, level in enumerate(self._levels)}
        for device in sensors:
            room = scene.twin.room_of.get(device.room) if device.room else None
            level = level_of.get(room.storey) if room is not None else None
            if room is None or level is None:
                continue
            point = device.point("contact")
            if point is None or point.info.capability != "contact":
                continue
            if doors is None:
                doors = {f"{door.storey} {door.source_id}": door for door in scene.twin.doors if door.source_id}
                self._openings = scene.storey_stack.openings
            spot = device.position_m or (*scene.centroids.get(room.id, (0.0, 0.0)), room.floor_m)
            found = self._belonging(scene, self._rows(level, device, room), spot, doors, places)
            if found is not None:
                self._points.append(point.id)
                self._devices.append(device.id)
                opening.append(found)
        self._opening = np.array(opening, np.intp)
        self.course = EasedShares(len(places))

    def _rows(self, level: int, device: Device, room: Room) -> list[int]:
        """Rows of the openings that a sensor may belong to, likeliest first; without a position only an unambiguous
        one.
        """
        if device.position_m is not None:
            return self._openings.near(level, device.position_m, _REACH_M)
        name = device.name.casefold()
        door = any(word in name for word in _DOOR_WORDS)
        found = self._openings.of_room(level, room, door=door)
        return found if len(found) == 1 else []

    def _belonging(
        self, scene: Scene, rows: Sequence[int], spot: Sequence[float], doors: dict[str, Door], places: dict[int, int]
    ) -> int | None:
        """Index of the first opening that can move; its sashes are created on first use."""
        for near in rows:
            level = int(self._openings.level[near])
            storey = self._levels[level].storey.id
            if near in places:
                return places[near]
            mine = self._storeys.get(level, _LeafStorey())
            door = doors.get(f"{storey} {self._openings.source[near]}")
            before = frozenset(mine.solid)
            if sashes := self._sashes(scene, near, spot, mine, door):
                places[near] = len(places)
                mine.leaves.append((places[near], frozenset(mine.solid) - before))
                self._storeys[level] = mine
                mine.sashes += sashes
                mine.opening += [places[near]] * len(sashes)
                return places[near]
        return None

    def _sashes(
        self, scene: Scene, near: int, spot: Sequence[float], mine: _LeafStorey, door: Door | None
    ) -> list[MovingSash]:
        """The sashes of an opening; the elements that they replace are noted for removal from the storey's mesh."""
        elements = self._openings.elements[near]
        source = scene.storey_stack.source_of(int(self._openings.level[near]))
        named = {scene.mesh.elements[element].source_id: element for element in elements}
        leaves = list(enumerate(door.swing)) if door is not None else []
        apart = [
            (leaf, named[key]) for n, leaf in leaves if (key := leaf_source(self._openings.source[near], n)) in named
        ]
        if found := own_leaves(source, apart):
            mine.solid |= {element for _, element in apart}
            mine.glass |= {element for _, element in apart}
            return found
        if door is not None and (found := torn(source, elements, door.swing)):
            mine.solid |= set(elements)
            mine.glass |= set(elements)
            return found
        name = scene.mesh.elements[elements[0]].name
        found = glazed(source, elements, spot, door=bool(self._openings.door[near]), name=name)
        if found:
            mine.glass |= set(elements)
        return found
