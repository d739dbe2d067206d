"""What a scene knows of its rooms and devices, for those that draw over it, pick in it and add to it."""

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
    """Columns over rooms and devices, to be read; rows of rooms are as in the twin, rows of devices as in `placed`."""

    def __init__(self, twin: Twin, building: StoreyStack, rooms: SceneRooms, devices: SceneDevices) -> None:
        self.twin, self.building = twin, building
        self.shown = Look()
        """What is shown of the building."""
        self._rooms, self._devices = rooms, devices
        self._within: RoomId | None = None

    @property
    def within(self) -> RoomId | None:
        """The room in which the eye stands: only its devices are met."""
        return self._within

    @property
    def placed(self) -> PlacedDevices:
        """The devices that are in the picture."""
        return self._devices.placed

    @property
    def readings(self) -> SceneValues:
        """What the rows of the state mean here."""
        return self._devices.readings

    @property
    def markers(self) -> DeviceMarkers:
        """What is drawn of the devices."""
        return self._devices.markers

    @property
    def appearance(self) -> DeviceAppearance:
        """How devices look by what they say."""
        return self._devices.appearance

    @property
    def device_pick(self) -> DevicePick:
        """Where the devices are now, lifted with their storeys."""
        return self._devices.pick

    @property
    def room_row(self) -> dict[RoomId, int]:
        """The place of each room among the twin's."""
        return self._rooms.row

    @property
    def middles(self) -> dict[RoomId, tuple[float, float]]:
        """Where the names of rooms stand in plan, metres."""
        return self._rooms.middles

    @property
    def room_picks(self) -> list[RoomPick]:
        """What finds rooms under the mouse, by storey."""
        return self._rooms.picks

    @property
    def room_values(self) -> NDArray[np.float64]:
        """(rooms,) what colours them, NaN where there is no value."""
        return self._rooms.values

    @property
    def room_colours(self) -> NDArray[np.uint8]:
        """(rooms, 3) the colours of their floors."""
        return self._rooms.colours

    @property
    def room_ways(self) -> NDArray[np.int8]:
        """(rooms,) which way each value goes (see `ValueTrends.ways`)."""
        return self._rooms.ways

    @property
    def scale(self) -> ColourScale | None:
        """What the colours of rooms mean; None while they are plain, or tell a change."""
        return self._rooms.scale

    @property
    def change(self) -> RoomChanges | None:
        """What the colours of rooms mean while two moments are compared."""
        return self._rooms.change

    @property
    def compared(self) -> ComparedMoment | None:
        """The moment with which values are compared."""
        return self._rooms.compared

    def shown_rooms(self) -> NDArray[np.intp]:
        """Rows of the rooms of the storeys in focus, less those that are left out."""
        return self._rooms.shown(self.building.shown())

    def shown_devices(self) -> NDArray[np.bool_]:
        """(devices,) whether its storey is in focus."""
        return self._devices.shown(self.building, self.within, sectioned=self.shown.sectioned)

    def is_online(self, device: DeviceId) -> bool:
        """Whether nobody said that the device is gone."""
        return self._devices.is_online(device)

    def offline_rows(self) -> list[int]:
        """Rows of the devices that are gone."""
        return self._devices.offline_rows()

    @property
    def is_plain(self) -> bool:
        """Whether no value colours the rooms."""
        return not (self.scale or self.change)

    def room_at(self, room: RoomId) -> tuple[float, float, float] | None:
        """Where the room's name stands: metres, lifted with its storey."""
        if (found := self.twin.room_of.get(room)) is None or room not in self.middles:
            return None
        lift = self.building.levels[self.building.level_of(found.storey)].lift
        return (*self.middles[room], found.floor_m + lift)
