"""A home with a device for each ready automation, in a kitchen and a cellar."""

from dataclasses import replace

from tests.twin.store.worlds import LINK
from twin.model.device import Device, DeviceInfo, PointInfo, device_from_description
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room
from twin.model.twin import Twin

COMMANDED = frozenset(("on_off", "setpoint_heat", "valve", "fan_speed"))


def placed(uid: str, kind: str, room: str, *capabilities: str) -> Device:
    """A device of a kind in a room."""
    points = tuple(PointInfo(key=one, capability=one, writable=one in COMMANDED) for one in capabilities)
    made = device_from_description(DeviceInfo(uid=uid, name=uid.title(), kind=kind, points=points), LINK)
    return replace(made, room=RoomId(room))


def ready_home() -> Twin:
    """The home."""
    rooms = tuple(Room(id=RoomId(one), storey=StoreyId("s"), name=one.title()) for one in ("kitchen", "cellar"))
    devices = (
        placed("lamp", "lamp", "kitchen", "on_off"),
        placed("fridge", "plug", "kitchen", "on_off"),
        placed("motion", "motion_sensor", "kitchen", "motion", "illuminance"),
        placed("window", "contact_sensor", "kitchen", "contact"),
        placed("radiator", "radiator", "kitchen", "setpoint_heat", "valve"),
        placed("air", "air_sensor", "kitchen", "co2"),
        placed("fan", "fan", "kitchen", "fan_speed"),
        placed("leak", "leak_sensor", "cellar", "water_leak"),
        placed("water", "valve", "cellar", "valve"),
    )
    return replace(Twin(), rooms=rooms, devices=devices)
