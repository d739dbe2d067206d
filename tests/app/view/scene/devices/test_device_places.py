"""Where devices stand in the 3D view: those without a position of their own."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from app.view.scene.devices.device_places import DevicePlaces
from tests.twin.store.worlds import building, device
from twin.model.ids import PlaceholderId, RoomId
from twin.model.room_centroid import room_centroid
from twin.model.room_spots import spot_around
from twin.model.space import Placeholder
from twin.model.twin import Twin


def test_devices_without_a_position_keep_clear_of_planned_places() -> None:
    house = building("Hall")
    (hall,) = house.rooms
    middle = room_centroid(hall)
    place = Placeholder(
        id=PlaceholderId("p"), kind="light", name="Light", storey=hall.storey, room=hall.id,
        position_m=(*spot_around(hall, middle, 1), 2.0),
    )  # fmt: skip
    devices = tuple(replace(device(uid), room=RoomId(hall.id)) for uid in "abc")
    twin = Twin(storeys=house.storeys, rooms=house.rooms, devices=devices, placeholders=(place,))
    placed = DevicePlaces().place(twin, {hall.id: middle})
    far = np.hypot(*(placed.positions[:, :2] - np.array(place.position_m[:2])).T)
    assert far.min() > 0.3
    assert len({tuple(row) for row in placed.positions.tolist()}) == 3
