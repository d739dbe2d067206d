"""A small house with devices, as the exports get it."""

from __future__ import annotations

from dataclasses import replace

import numpy as np

from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, RoomId, StoreyId, derived
from twin.model.mesh import Element, Mesh, MeshPart
from twin.model.space import Room, Site, Storey
from twin.model.twin import Twin

GROUND = StoreyId(derived("storey", "ground"))
HALL = RoomId(derived("room", "hall"))
LINK = Link(id=LinkId("link"), protocol="mqtt", address="mqtt://broker")


def device(uid: str, kind: str, *capabilities: str, room: RoomId | None = HALL, writable: bool = False) -> Device:
    points = tuple(PointInfo(key=one, capability=one, writable=writable) for one in capabilities)
    made = device_from_description(DeviceInfo(uid=uid, name=uid.title(), points=points, kind=kind), LINK)
    return replace(made, room=room)


def twin(*devices: Device) -> Twin:
    hall = Room(
        id=HALL, storey=GROUND, name="Hall", number="1", outline=((0, 0), (4, 0), (4, 3), (0, 3)),
        holes=(((1, 1), (1, 2), (2, 2), (2, 1)),), ceiling_m=2.5, area_m2=11.0, volume_m3=27.5,
    )  # fmt: skip
    return Twin(
        name="House", site=Site(name="Garden", latitude=48.1, longitude=-11.5, north_deg=30.0, origin_m=(100.0, 0.0, 0.0)),
        storeys=(Storey(id=GROUND, name="Ground", elevation_m=0.0, height_m=2.5),), rooms=(hall,), devices=devices,
    )  # fmt: skip


def mesh() -> Mesh:
    """One wall, two coloured triangles."""
    corners = np.array([(0, 0, 0), (4, 0, 0), (4, 0, 2.5), (0, 0, 2.5)], np.float32)
    colours = np.array([(200, 10, 10, 255), (10, 10, 200, 128)], np.uint8)
    wall = MeshPart(
        storey=GROUND, category="wall", positions=corners, triangles=np.array([(0, 1, 2), (0, 2, 3)], np.uint32),
        colours=colours, elements=np.zeros(2, np.uint32),
    )  # fmt: skip
    return Mesh(parts=(wall,), elements=(Element(name="South wall", ifc_class="IfcWall"),))
