"""Buildings of three sizes for the benches: boxes for walls and furniture, a lamp with a thermometer per device."""

from __future__ import annotations

from collections.abc import Iterator
from dataclasses import dataclass, replace

import numpy as np

from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.ids import LinkId, RoomId, StoreyId
from twin.model.mesh import Element, Mesh, MeshPart
from twin.model.space import Room, Storey
from twin.model.twin import Twin

ROOM_M, HEIGHT_M = 6.0, 3.0
_APART_M = 80.0
_CORNERS = np.array([[k & 1, (k >> 1) & 1, (k >> 2) & 1] for k in range(8)], np.float32)
_FACES = np.array([[0, 2, 3, 1], [4, 5, 7, 6], [0, 1, 5, 4], [2, 6, 7, 3], [0, 4, 6, 2], [1, 3, 7, 5]])
_TRIANGLES = np.concatenate([_FACES[:, [0, 1, 2]], _FACES[:, [0, 2, 3]]]).astype(np.uint32)
_FURNITURE = 6
"""Pieces of furniture per room."""

type Box = tuple[float, float, float, float, float, float]
"""(x, y, z, length, width, height) of a box, metres."""


@dataclass(frozen=True, slots=True)
class Size:
    """Number of buildings, of storeys per building, and of rooms and devices per storey."""

    buildings: int
    storeys: int
    rooms: int
    devices: int

    @property
    def levels(self) -> Iterator[tuple[str, int, int]]:
        """Every storey: (name, building index, storey index)."""
        return ((f"{b}.{s}", b, s) for b in range(self.buildings) for s in range(self.storeys))

    def corner(self, building: int, room: int) -> tuple[float, float]:
        """(x, y) of a room's lower left corner in plan, metres."""
        x, y = (building % 5) * _APART_M, (building // 5) * _APART_M
        return x + (room % 9) * ROOM_M, y + (room // 9) * ROOM_M

    def boxes(self, building: int, storey: int, room: int) -> dict[str, list[Box]]:
        """Boxes of a room's walls and furniture, by category."""
        (x, y), z, m, t = self.corner(building, room), storey * HEIGHT_M, ROOM_M, 0.1
        walls = [(x, y, z, m, t, 2.7), (x, y, z, t, m, 2.7), (x, y + m - t, z, m, t, 2.7), (x + m - t, y, z, t, m, 2.7)]
        chairs = [(x + 0.8 + 0.8 * n, y + 1.5 + 0.5 * (n % 3), z, 0.5, 0.5, 0.8) for n in range(_FURNITURE)]
        return {"wall": walls, "furniture": chairs}

    def spot(self, building: int, storey: int, number: int) -> tuple[float, float, float]:
        """(x, y, z) of the n-th device of a storey, metres."""
        (x, y), place = self.corner(building, number % self.rooms), number // self.rooms
        return x + 0.5 + 0.5 * (place % 10), y + 0.5 + 0.5 * (place // 10 % 10), storey * HEIGHT_M + 2.4

    def built(self) -> tuple[Twin, Mesh]:
        """The twin and the mesh of these buildings."""
        storeys = tuple(
            Storey(id=StoreyId(name), name=f"Level {name}", elevation_m=s * HEIGHT_M, height_m=HEIGHT_M)
            for name, _, s in self.levels
        )
        rooms = tuple(self._room(level, r) for level in self.levels for r in range(self.rooms))
        devices = tuple(self._device(level, n) for level in self.levels for n in range(self.devices))
        parts = tuple(self._part(level, category) for level in self.levels for category in ("wall", "furniture"))
        twin = Twin(storeys=storeys, rooms=rooms, devices=devices)
        return twin, Mesh(parts=parts, elements=(Element(name="box", ifc_class="IfcWall"),))

    def _room(self, level: tuple[str, int, int], number: int) -> Room:
        name, building, storey = level
        (x, y), m, z = self.corner(building, number), ROOM_M, storey * HEIGHT_M
        outline = ((x, y), (x + m, y), (x + m, y + m), (x, y + m))
        return Room(id=RoomId(f"{name}.{number}"), storey=StoreyId(name), name=f"{number}", outline=outline, floor_m=z, ceiling_m=z + 2.7, area_m2=m * m)  # fmt: skip

    def _device(self, level: tuple[str, int, int], number: int) -> Device:
        name, building, storey = level
        link = Link(id=LinkId("bench"), protocol="bench", address="here")
        points = (PointInfo(key="on", capability="on_off"), PointInfo(key="t", capability="temperature"))
        made = device_from_description(
            DeviceInfo(uid=f"{name}.{number}", name="Lamp", kind="light", points=points), link
        )
        return replace(
            made, room=RoomId(f"{name}.{number % self.rooms}"), position_m=self.spot(building, storey, number)
        )

    def _part(self, level: tuple[str, int, int], category: str) -> MeshPart:
        name, building, storey = level
        found = np.array(
            [box for r in range(self.rooms) for box in self.boxes(building, storey, r)[category]], np.float32
        )
        triangles = (_TRIANGLES[None] + (8 * np.arange(len(found), dtype=np.uint32))[:, None, None]).reshape(-1, 3)
        return MeshPart(
            storey=StoreyId(name),
            category=category,
            positions=(found[:, None, :3] + _CORNERS[None] * found[:, None, 3:]).reshape(-1, 3).astype(np.float32),
            triangles=triangles,
            colours=np.tile(np.array([200, 200, 195, 255], np.uint8), (len(triangles), 1)),
            elements=np.zeros(len(triangles), np.uint32),
        )


SIZES = {"home": Size(1, 2, 9, 20), "office": Size(1, 10, 63, 500), "campus": Size(20, 5, 63, 1000)}
"""A home of 18 rooms and 40 devices, an office of 630 and 5,000, a campus of 20 buildings, 6,300 and 100,000."""
