"""Read access to a scene's rooms and devices for overlays, picking and layers."""

from __future__ import annotations

import numpy as np
from numpy.typing import NDArray

from app.view.scene.data.colour_scale import ColourScale
from app.view.scene.data.comparison import ComparedMoment, RoomChanges
from app.view.scene.data.scene_values import SceneValues
from app.view.scene.devices.device_appearance import DeviceAppearance
from app.view.scene.devices.device_places import PlacedDevices
from app.view.scene.devices.markers import DeviceMarkers
from app.view.scene.devices.picking import DevicePick, RoomPick
from app.view.scene.scene_devices import SceneDevices
from app.view.scene.scene_rooms import SceneRooms
from app.view.scene.structure.storey_stack import Look, StoreyStack
from twin.model.ids import DeviceId, RoomId
from twin.model.twin import Twin


class SceneColumns:
    """Read access to columns over rooms (rows as in the twin) and devices (rows as in `placed`)."""

    def __init__(self, twin: Twin, storey_stack: StoreyStack, rooms: SceneRooms, devices: SceneDevices) -> None:
        self.twin, self.storey_stack = twin, storey_stack
        self.shown = Look()
        """Current display options of the building."""
        self._rooms, self._devices = rooms, devices
        self._within: RoomId | None = None

    @property
    def within(self) -> RoomId | None:
        """The room that contains the camera, if any; only its devices can be picked then."""
        return self._within

    @property
    def placed(self) -> PlacedDevices:
        """The devices shown in the scene."""
        return self._devices.placed

    @property
    def readings(self) -> SceneValues:
        """Mapping of State rows to rooms and devices."""
        return self._devices.readings

    @property
    def markers(self) -> DeviceMarkers:
        """The device markers."""
        return self._devices.markers

    @property
    def appearance(self) -> DeviceAppearance:
        """Appearance of devices by their values."""
        return self._devices.appearance

    @property
    def device_pick(self) -> DevicePick:
        """Picking by the current device positions, lifted with their storeys."""
        return self._devices.pick

    @property
    def room_row(self) -> dict[RoomId, int]:
        """Index of each room in the twin."""
        return self._rooms.row

    @property
    def centroids(self) -> dict[RoomId, tuple[float, float]]:
        """Positions of room names in plan, metres."""
        return self._rooms.centroids

    @property
    def room_picks(self) -> list[RoomPick]:
        """Room pickers, by storey."""
        return self._rooms.picks

    @property
    def room_values(self) -> NDArray[np.float64]:
        """(rooms,) values that colour the rooms, NaN where there is none."""
        return self._rooms.values

    @property
    def room_colours(self) -> NDArray[np.uint8]:
        """(rooms, 3) floor colours."""
        return self._rooms.colours

    @property
    def room_ways(self) -> NDArray[np.int8]:
        """(rooms,) trend of each value (see `ValueTrends.ways`)."""
        return self._rooms.ways

    @property
    def scale(self) -> ColourScale | None:
        """Colour scale of the rooms; None while rooms are plain or show a change."""
        return self._rooms.scale

    @property
    def change(self) -> RoomChanges | None:
        """Changes between two moments while they are compared; else None."""
        return self._rooms.change

    @property
    def compared(self) -> ComparedMoment | None:
        """The moment with which values are compared."""
        return self._rooms.compared

    def shown_rooms(self) -> NDArray[np.intp]:
        """Rows of the visible rooms of the storeys in focus."""
        return self._rooms.shown(self.storey_stack.shown())

    def shown_devices(self) -> NDArray[np.bool_]:
        """(devices,) whether the device's storey is in focus."""
        return self._devices.shown(self.storey_stack, self.within, sectioned=self.shown.sectioned)

    def is_online(self, device: DeviceId) -> bool:
        """Whether the device is not reported offline."""
        return self._devices.is_online(device)

    def offline_rows(self) -> list[int]:
        """Rows of the devices that are offline."""
        return self._devices.offline_rows()

    @property
    def is_plain(self) -> bool:
        """Whether rooms are coloured by neither a value nor a comparison."""
        return not (self.scale or self.change)

    def room_at(self, room: RoomId) -> tuple[float, float, float] | None:
        """(x, y, z) of the room's name in metres, lifted with its storey; None for an unknown room."""
        if (found := self.twin.room_of.get(room)) is None or room not in self.centroids:
            return None
        lift = self.storey_stack.levels[self.storey_stack.level_of(found.storey)].lift
        return (*self.centroids[room], found.floor_m + lift)
