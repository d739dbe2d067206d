"""Export of the twin as glTF 2.0 (binary, .glb): building, storeys, rooms and devices by name, their ids in `extras`.

Khronos glTF 2.0 specification: y up, metres, linear colours; 4.4.3 the container, 5 the properties.
"""

from __future__ import annotations

import json
import struct
from collections.abc import Iterable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
from numpy.typing import NDArray

from twin.building import plan_outline
from twin.files import atomic
from twin.model.device import Device
from twin.model.mesh import Mesh, MeshPart
from twin.model.space import Position, Room
from twin.model.twin import Twin
from twin.share.device_positions import device_positions

type Json = dict[str, Any]

_MAGIC, _JSON, _BINARY = 0x46546C67, 0x4E4F534A, 0x004E4942
_ARRAY, _ELEMENT = 34962, 34963
_FLOAT, _UINT = 5126, 5125
_FLOOR = (214, 206, 190, 255)
_DEVICE = (44, 127, 184, 255)
_PLAIN = (226, 224, 219, 255)
_LIFT_M = 0.01
_MARK_M = 0.07


def write(twin: Twin, mesh: Mesh | None, out: Path, *, force: bool = False, never: Iterable[Path] = ()) -> int:
    """Writes the file atomically; returns the number of nodes in it.

    `force`, `never` and errors: see `atomic.replacing`.
    """
    file = _File()
    root = file.node({"name": twin.name or "Building", "extras": _site(twin)})
    levels = {
        storey.id: file.node(
            {"name": storey.name, "extras": {"id": storey.id, "elevation_m": storey.elevation_m}}, root
        )
        for storey in twin.storeys
    }
    for part in mesh.parts if mesh else ():
        _elements(file, part, mesh, levels.get(part.storey, root) if part.storey else root)
    for room in twin.rooms:
        if plan_outline.polygon_of(room.outline, room.holes) is not None:
            file.node({"name": room.title, "mesh": _floor(file, room), "extras": _room(room)}, levels[room.storey])
    _devices(file, twin, root)
    with atomic.writing(out, atomic.GLTF, force=force, never=never) as stream:
        stream.writelines(file.pieces())
    return len(file.nodes)


class _File:
    """A glTF document under construction; node 0 is the building."""

    def __init__(self) -> None:
        self.nodes: list[Json] = []
        self._meshes: list[Json] = []
        self._accessors: list[Json] = []
        self._views: list[Json] = []
        self._materials: dict[tuple[int, ...], int] = {}
        self._data = bytearray()

    def node(self, fields: Json, parent: int | None = None) -> int:
        """Adds a node below a parent; returns its number."""
        self.nodes.append(fields)
        number = len(self.nodes) - 1
        if parent is not None:
            self.nodes[parent].setdefault("children", []).append(number)
        return number

    def mesh(self, positions: NDArray[np.float32], faces: Sequence[tuple[NDArray[np.uint32], tuple[int, ...]]]) -> int:
        """A mesh of (n, 3) positions, z up, whose (m, 3) triangles come grouped by RGBA colour; its number."""
        upright = np.ascontiguousarray(positions[:, (0, 2, 1)] * np.array([1, 1, -1], np.float32))
        where = self._accessor(upright, _ARRAY)
        self._accessors[where] |= {"min": upright.min(0).tolist(), "max": upright.max(0).tolist()}
        primitives = [
            {
                "attributes": {"POSITION": where},
                "indices": self._accessor(np.ascontiguousarray(triangles.ravel(), np.uint32), _ELEMENT),
                "material": self._material(colour),
            }
            for triangles, colour in faces
        ]
        self._meshes.append({"primitives": primitives})
        return len(self._meshes) - 1

    def pieces(self) -> Iterable[bytes]:
        """The file's bytes in chunks."""
        document = {
            "asset": {"version": "2.0", "generator": "Oikos"},
            "scene": 0,
            "scenes": [{"nodes": [0]}],
            "nodes": self.nodes,
            "meshes": self._meshes,
            "materials": [_look(colour) for colour in self._materials],
            "accessors": self._accessors,
            "bufferViews": self._views,
            "buffers": [{"byteLength": len(self._data)}] if self._data else [],
        }
        text = json.dumps({key: value for key, value in document.items() if value != []}, ensure_ascii=False).encode()
        text += b" " * (-len(text) % 4)
        chunks = [struct.pack("<II", len(text), _JSON), text]
        if self._data:
            chunks += [struct.pack("<II", len(self._data), _BINARY), bytes(self._data)]
        yield struct.pack("<III", _MAGIC, 2, 12 + sum(map(len, chunks)))
        yield from chunks

    def _accessor(self, values: NDArray[np.float32] | NDArray[np.uint32], target: int) -> int:
        self._views.append({"buffer": 0, "byteOffset": len(self._data), "byteLength": values.nbytes, "target": target})
        self._data += values.tobytes()
        kind = (
            {"componentType": _FLOAT, "type": "VEC3"}
            if values.ndim == 2
            else {"componentType": _UINT, "type": "SCALAR"}
        )
        self._accessors.append({"bufferView": len(self._views) - 1, "count": len(values), **kind})
        return len(self._accessors) - 1

    def _material(self, colour: tuple[int, ...]) -> int:
        return self._materials.setdefault(colour, len(self._materials))


def _look(colour: tuple[int, ...]) -> Json:
    """A matte material; sRGB bytes become linear (IEC 61966-2-1)."""
    share = np.array(colour[:3]) / 255
    linear = np.where(share <= 0.04045, share / 12.92, ((share + 0.055) / 1.055) ** 2.4)
    base = [*(round(float(part), 5) for part in linear), round(colour[3] / 255, 4)]
    look: Json = {
        "pbrMetallicRoughness": {"baseColorFactor": base, "metallicFactor": 0.0, "roughnessFactor": 0.9},
        "doubleSided": True,
    }
    return look | ({"alphaMode": "BLEND"} if colour[3] < 255 else {})


def _elements(file: _File, part: MeshPart, mesh: Mesh | None, parent: int) -> None:
    """A node per element of the building file, below one for their class."""
    if mesh is None or not len(part.triangles) or part.category == "space":
        return
    below = file.node({"name": part.category}, parent)
    order = np.argsort(part.elements, kind="stable")
    starts = np.flatnonzero(np.diff(part.elements[order], prepend=-1))
    for run in np.split(order, starts[1:]):
        element = mesh.elements[int(part.elements[run[0]])]
        vertices, local = np.unique(part.triangles[run], return_inverse=True)
        triangles = local.reshape(-1, 3).astype(np.uint32)
        colours, group = np.unique(part.colours[run], axis=0, return_inverse=True)
        faces = [(triangles[group.ravel() == i], _colour(rgba)) for i, rgba in enumerate(colours)]
        number = file.mesh(part.positions[vertices], faces)
        extras = {"ifc_class": element.ifc_class, "source_id": element.source_id}
        file.node({"name": element.name or element.ifc_class, "mesh": number, "extras": extras}, below)


def _colour(rgba: NDArray[np.uint8]) -> tuple[int, ...]:
    return tuple(int(part) for part in rgba) if rgba[3] else _PLAIN


def _floor(file: _File, room: Room) -> int:
    plan = plan_outline.filled(room.outline, room.holes).reshape(-1, 2)
    positions = np.column_stack([plan, np.full(len(plan), room.floor_m + _LIFT_M)]).astype(np.float32)
    return file.mesh(positions, [(np.arange(len(plan), dtype=np.uint32).reshape(-1, 3), _FLOOR)])


def _devices(file: _File, twin: Twin, root: int) -> None:
    places: Mapping[str, Position] = device_positions(twin)
    if not places:
        return
    points = np.concatenate([np.eye(3), -np.eye(3)]).astype(np.float32) * _MARK_M
    sides = [(0, 1, 2), (1, 3, 2), (3, 4, 2), (4, 0, 2), (1, 0, 5), (3, 1, 5), (4, 3, 5), (0, 4, 5)]
    mark = file.mesh(points, [(np.array(sides, np.uint32), _DEVICE)])
    below = file.node({"name": "Devices"}, root)
    for device in twin.devices:
        if device.id in places:
            x, y, z = places[device.id]
            file.node({"name": device.name, "mesh": mark, "translation": [x, z, -y], "extras": _device(device)}, below)


def _site(twin: Twin) -> Json:
    site = twin.site
    known = {"latitude": site.latitude, "longitude": site.longitude, "elevation_m": site.elevation_m}
    return {**known, "north_deg": site.north_deg, "origin_m": list(site.origin_m)}


def _room(room: Room) -> Json:
    named = {"id": room.id, "name": room.name, "number": room.number, "source_id": room.source_id}
    return {**named, "area_m2": room.area_m2, "volume_m3": room.volume_m3}


def _device(device: Device) -> Json:
    return {
        "id": device.id,
        "kind": device.kind,
        "room": device.room,
        "protocol": device.protocol,
        "points": [{"id": point.id, "capability": point.info.capability} for point in device.points],
    }
