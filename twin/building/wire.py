"""A building as bytes between two processes: JSON for what is named, raw arrays for what is many. Nothing is run."""

from __future__ import annotations

import json
import struct
from dataclasses import asdict
from typing import Any

import numpy as np

from twin.model.building import Building, Source
from twin.model.ident import StoreyId
from twin.model.mesh import Element, Mesh, Part
from twin.model.problem import Problem, Severity
from twin.model.space import Classified, Door, DoorLeaf, Placeholder, Room, Site, Storey

_ARRAYS = (("positions", "<f4", 3), ("triangles", "<u4", 3), ("colours", "|u1", 4), ("elements", "<u4", 1))


def pack(building: Building) -> bytes:
    """The bytes of a building."""
    arrays = [
        np.ascontiguousarray(getattr(part, name), kind) for part in building.mesh.parts for name, kind, _ in _ARRAYS
    ]
    head = {
        "source": asdict(building.source),
        "site": asdict(building.site),
        **{
            name: [asdict(row) for row in getattr(building, name)]
            for name in ("storeys", "rooms", "doors", "placeholders", "problems")
        },
        "parts": [
            [part.storey, part.category, len(part.positions), len(part.triangles)] for part in building.mesh.parts
        ],
        "elements": [[e.name, e.ifc_class, e.source_id] for e in building.mesh.elements],
    }
    text = json.dumps(head, ensure_ascii=False).encode()
    return b"".join([struct.pack("<Q", len(text)), text, *(array.tobytes() for array in arrays)])


def unpack(data: bytes) -> Building:
    """The building of some bytes."""
    (length,) = struct.unpack_from("<Q", data)
    head = json.loads(data[8 : 8 + length])
    return Building(
        source=Source(**head["source"]),
        site=Site(**_tupled(head["site"])),
        storeys=tuple(Storey(**row) for row in head["storeys"]),
        rooms=tuple(_classified(Room, row) for row in head["rooms"]),
        doors=tuple(_door(row) for row in head["doors"]),
        placeholders=tuple(_classified(Placeholder, row) for row in head["placeholders"]),
        mesh=_mesh(head, data, 8 + length),
        problems=tuple(problem(row) for row in head["problems"]),
    )


def problem(row: dict[str, Any]) -> Problem:
    """A problem that came as JSON."""
    fields: dict[str, Any] = {**row, "severity": Severity(row["severity"])}
    return Problem(**fields)


def _classified[T: (Room, Placeholder)](kind: type[T], row: dict[str, Any]) -> T:
    classes = tuple(Classified(**one) for one in row.pop("classes"))
    return kind(**_tupled(row), classes=classes)


def _door(row: dict[str, Any]) -> Door:
    leaves = tuple(DoorLeaf(**_tupled(leaf)) for leaf in row.pop("swing"))
    return Door(**_tupled(row), swing=leaves)


def _tupled(row: dict[str, Any]) -> dict[str, Any]:
    return {name: _tuples(value) for name, value in row.items()}


def _tuples(value: Any) -> Any:
    return tuple(_tuples(item) for item in value) if isinstance(value, list) else value


def _mesh(head: dict[str, Any], data: bytes, at: int) -> Mesh:
    parts: list[Part] = []
    for storey, category, points, triangles in head["parts"]:
        arrays: dict[str, Any] = {}
        for name, kind, width in _ARRAYS:
            n = (points if name == "positions" else triangles) * width
            array = np.frombuffer(data, kind, n, at)
            arrays[name] = array.reshape(-1, width) if width > 1 else array
            at += array.nbytes
        parts.append(Part(storey=StoreyId(storey) if storey is not None else None, category=category, **arrays))
    return Mesh(
        parts=tuple(parts), elements=tuple(Element(name=n, ifc_class=c, source_id=i) for n, c, i in head["elements"])
    )
