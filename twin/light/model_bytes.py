"""Encoding of a storey's model, for the baking process and for the hash under which its light is stored."""

from __future__ import annotations

import struct
from collections.abc import Sequence
from typing import Any, cast

import msgspec
import numpy as np
from numpy.typing import NDArray

from twin.light.model import LightSource, PlanExtent, StoreyModel, Surface
from twin.light.storey_light import FORMAT
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Room

_SURFACES = ("walls", "things", "leaves", "beyond")
_ARRAYS = (("positions", "<f4", 3), ("triangles", "<i4", 3), ("colours", "|u1", 3), ("elements", "<i4", 0))
VERSION = 11
"""Version of the baking algorithm; a change invalidates stored light."""


class _RoomShape(msgspec.Struct, frozen=True):
    """The part of a room that light depends on."""

    outline: tuple[tuple[float, float], ...]
    holes: tuple[tuple[tuple[float, float], ...], ...]
    floor_m: float
    ceiling_m: float


class _Head(msgspec.Struct, frozen=True):
    surfaces: tuple[tuple[int, int], ...]
    panes: int
    blinds: tuple[str, ...]
    blinded: int
    rooms: tuple[_RoomShape, ...]
    extent: PlanExtent
    lamps: tuple[LightSource, ...]
    doorways: tuple[tuple[float, float, float, float], ...]


def pack_model(model: StoreyModel) -> bytes:
    """The encoded model; equal values give equal bytes."""
    surfaces: list[Surface] = [getattr(model, name) for name in _SURFACES]
    head = _Head(
        surfaces=tuple((len(one.positions), len(one.triangles)) for one in surfaces),
        panes=len(model.panes),
        blinds=model.blinds,
        blinded=len(model.pane_blinds),
        rooms=tuple(
            _RoomShape(_ring(one.outline), tuple(map(_ring, one.holes)), float(one.floor_m), float(one.ceiling_m))
            for one in model.rooms
        ),
        extent=model.extent,
        lamps=model.lamps,
        doorways=model.doorways,
    )
    text = msgspec.json.encode(head, enc_hook=_plain)
    arrays = [np.ascontiguousarray(getattr(one, name), kind).tobytes() for one in surfaces for name, kind, _ in _ARRAYS]
    panes = np.ascontiguousarray(model.panes, "<f4").tobytes(), np.ascontiguousarray(model.pane_blinds, "<i4").tobytes()
    return b"".join([struct.pack("<Q", len(text)), text, *arrays, *panes])


def unpack_model(data: bytes) -> StoreyModel:
    """The model encoded by `pack_model`. Raises ValueError."""
    (length,) = struct.unpack_from("<Q", data)
    head = msgspec.json.decode(data[8 : 8 + length], type=_Head)
    at, made = 8 + length, dict[str, Surface]()
    for name, (vertices, triangles) in zip(_SURFACES, head.surfaces, strict=True):
        arrays: dict[str, NDArray[Any]] = {}
        for array, kind, wide in _ARRAYS:
            rows = vertices if array == "positions" else triangles
            found = np.frombuffer(data, kind, rows * max(1, wide), at)
            at += found.nbytes
            arrays[array] = found.reshape(rows, wide) if wide else found
        made[name] = Surface(**arrays)
    panes = np.frombuffer(data, "<f4", head.panes * 9, at).reshape(-1, 3, 3)
    behind = np.frombuffer(data, "<i4", head.blinded, at + panes.nbytes)
    rooms = tuple(
        Room(
            id=RoomId(str(number)), name="", storey=StoreyId(""), outline=one.outline, holes=one.holes,
            floor_m=one.floor_m, ceiling_m=one.ceiling_m,
        )
        for number, one in enumerate(head.rooms)
    )  # fmt: skip
    return StoreyModel(
        **made, panes=panes, pane_blinds=behind, blinds=head.blinds, rooms=rooms, extent=head.extent, lamps=head.lamps,
        doorways=head.doorways,
    )  # fmt: skip


def _ring(ring: Sequence[tuple[float, float]]) -> tuple[tuple[float, float], ...]:
    return tuple((float(x), float(y)) for x, y in ring)


def _plain(number: object) -> float:
    """Converts a number of numpy's for JSON."""
    if isinstance(number, np.floating | np.integer):
        return float(cast("float", number))
    raise NotImplementedError


def light_key(data: bytes, quality: str) -> str:
    """Key under which the light of a packed model is stored."""
    from hashlib import blake2b  # OpenSSL comes with it, which no window needs before its first frame

    mark = f"{VERSION} {FORMAT} {quality} "
    return mark + blake2b(data, digest_size=20).hexdigest()
