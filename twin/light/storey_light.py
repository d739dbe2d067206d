"""Result of a bake: a storey's refined surfaces, and sparse layers of light, one per lamp.

All layers use one numbering of samples: first the vertices, then the floor's cells, then the ceiling's.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass, replace
from typing import cast

import numpy as np
from numpy.typing import NDArray

from twin.light.model import Bytes, Corners, PlanExtent, Points

type Floats = NDArray[np.float32]

FORMAT = 3
_MOST_ROWS = 1 << 28
FINEST = 255
"""Steps of the square root of light, at most."""
_MOST_TINT = 4.0
_BRIGHTEST = 60_000.0
"""Most light of a layer, which half precision holds."""
PARTS = ("body", "soft", "shades")
"""Parts of the surfaces: walls and slabs; objects in rooms; shades of lamps."""
OPEN = len(PARTS)
"""Added to the index in PARTS for open shells, which are visible from both sides."""


@dataclass(frozen=True, slots=True, eq=False)
class LightLayer:
    """Light of one lamp (or the sky) at full strength: `rows` (r,) sample numbers, `light` (r, 3) linear irradiance, with
    half the precision where it was decoded: a storey may have hundreds of lamps."""

    id: str
    rows: NDArray[np.int32]
    light: Floats | NDArray[np.float16]


@dataclass(frozen=True, slots=True, kw_only=True, eq=False)
class StoreyLight:
    """Baked light of one storey: its surfaces and the layers of its lamps and skies."""

    positions: Points
    """(n, 3) metres."""
    normals: Points
    """(n, 3) unit vectors, pointing out of solids."""
    colours: Bytes
    """(n, 3) sRGB colours of the surface."""
    triangles: Corners
    """(m, 3) indices into positions."""
    part: NDArray[np.uint8]
    """(m,) index in PARTS, plus OPEN for shells."""
    elements: NDArray[np.int32]
    """(m,) element of each triangle."""
    glows: NDArray[np.int16]
    """(n,) index of the lamp whose shade the vertex belongs to, -1 for none."""
    extent: PlanExtent
    floor: tuple[int, int]
    """Rows and columns of the floor image over the extent."""
    ceiling: tuple[int, int]
    openness: Floats
    """(samples,) 0 to 1, how little the surroundings occlude a sample."""
    skies: tuple[LightLayer, ...]
    """The open sky's layer, with an empty id, then those of the panes behind each blind."""
    lamps: tuple[LightLayer, ...]

    @property
    def floor_at(self) -> int:
        """Number of the first sample of the floor."""
        return len(self.positions)

    @property
    def ceiling_at(self) -> int:
        """Number of the first sample of the ceiling."""
        return self.floor_at + self.floor[0] * self.floor[1]

    @property
    def samples(self) -> int:
        """Number of light samples of all surfaces."""
        return self.ceiling_at + self.ceiling[0] * self.ceiling[1]


def pack(light: StoreyLight, steps: int = FINEST) -> bytes:
    """The light encoded for compression: vertices in the order in which triangles use them, positions as 16 bits within
    their box, light as the `steps` of its square root (lossy), of which red and blue relative to green. With fewer steps
    than the `FINEST` the light of each layer has one tint.
    """
    light = _by_first_use(light)
    low = light.positions.min(0, initial=np.inf) if len(light.positions) else np.zeros(3)
    size = np.maximum(light.positions.max(0) - low, 1e-6) if len(light.positions) else np.ones(3)
    layers = (*light.skies, *light.lamps)
    peaks = [float(one.light.max(initial=0.0)) for one in layers]
    head = {
        "format": FORMAT,
        "vertices": len(light.positions),
        "triangles": len(light.triangles),
        "low": low.tolist(),
        "size": size.tolist(),
        "extent": [light.extent.low, light.extent.size],
        "floor": light.floor,
        "ceiling": light.ceiling,
        "skies": len(light.skies),
        "steps": steps,
        "tints": [] if steps == FINEST else [_tint(one.light) for one in layers],
        "layers": [[one.id, len(one.rows), peak] for one, peak in zip(layers, peaks, strict=True)],
    }
    text = json.dumps(head).encode()
    places = ((light.positions - low) / size * 65535).round().astype("<u2")
    packed = [layer for one, peak in zip(layers, peaks, strict=True) for layer in _packed_layer(one, peak, steps)]
    return b"".join([struct.pack("<Q", len(text)), text, *_packed_surfaces(light, places), *packed])


def _packed_surfaces(light: StoreyLight, places: NDArray[np.uint16]) -> list[bytes]:
    corners = light.triangles.ravel()
    return [
        *(_planes(np.diff(column, prepend=np.uint16(0))) for column in places.T),
        (light.normals * 127).round().astype(np.int8).view(np.uint8).T.tobytes(),
        light.colours.T.tobytes(),
        _planes((_used_before(_is_first_use(corners)) - corners).astype("<i4")),
        light.part.tobytes(),
        _planes(np.diff(light.elements, prepend=np.int32(0)).astype("<i4")),
        _planes(light.glows.astype("<i2")),
        np.diff((np.clip(light.openness, 0, 1) * 255).round().astype(np.uint8), prepend=np.uint8(0)).tobytes(),
    ]


def _packed_layer(layer: LightLayer, peak: float, steps: int) -> list[bytes]:
    red, green, blue = (np.sqrt(layer.light / max(peak, 1e-9)) * steps).round().astype(np.uint8).T
    made = [_planes(np.diff(layer.rows, prepend=np.int32(0)).astype("<i4"))]
    made.append(np.diff(green, prepend=np.uint8(0)).tobytes())
    return made if steps < FINEST else [*made, (red - green).tobytes(), (blue - green).tobytes()]


def _tint(light: NDArray[np.floating]) -> tuple[float, float, float]:
    """The mean colour of a layer, relative to its green."""
    total = light.sum(0, dtype=np.float64)
    red, _, blue = (total / max(float(total[1]), 1e-9)).tolist()
    return min(red, _MOST_TINT), 1.0, min(blue, _MOST_TINT)


def _is_first_use(corners: NDArray[np.int32]) -> NDArray[np.bool_]:
    """(k,) whether a corner's vertex is that of no corner before."""
    first = np.zeros(len(corners), np.bool_)
    first[np.unique(corners, return_index=True)[1]] = True
    return first


def _used_before(first: NDArray[np.bool_]) -> NDArray[np.int64]:
    """(k,) number of vertices of the corners before each."""
    return np.cumsum(first) - first


def _by_first_use(light: StoreyLight) -> StoreyLight:
    """The same light with its vertices in the order in which the triangles use them: neighbours are neighbours."""
    corners = light.triangles.ravel()
    used = np.full(len(light.positions), len(corners))
    used[corners[::-1]] = np.arange(len(corners))[::-1]
    order = np.argsort(used, kind="stable")
    number = np.arange(light.samples, dtype=np.int32)
    number[order] = np.arange(len(order), dtype=np.int32)

    def renumbered(layer: LightLayer) -> LightLayer:
        rows = number[layer.rows]
        turn = np.argsort(rows, kind="stable")
        return LightLayer(layer.id, rows[turn], layer.light[turn])

    openness = light.openness.copy()
    openness[: len(order)] = openness[order]
    return replace(
        light,
        positions=light.positions[order], normals=light.normals[order], colours=light.colours[order],
        glows=light.glows[order], triangles=number[light.triangles], openness=openness,
        skies=tuple(map(renumbered, light.skies)), lamps=tuple(map(renumbered, light.lamps)),
    )  # fmt: skip


def unpack(data: bytes) -> StoreyLight:
    """The decoded light. Raises ValueError where the bytes are invalid."""
    if len(data) < 8:
        raise ValueError("a storey's light has a length")
    (length,) = struct.unpack_from("<Q", data)
    try:
        head = json.loads(data[8 : 8 + length])
        reader = _Reader(data, 8 + length)
        return _unpacked(head, reader)
    except (KeyError, TypeError, IndexError, UnicodeDecodeError) as error:
        raise ValueError(f"not the light of a storey: {error}") from error


class _Reader:
    """Takes arrays off a row of bytes."""

    def __init__(self, data: bytes, at: int) -> None:
        self.data, self.at = data, at

    def plain(self, count: int, columns: int) -> NDArray[np.uint8]:
        """(count, columns) bytes that lie column by column."""
        found = np.frombuffer(self.data, np.uint8, count * columns, self.at).reshape(columns, count)
        self.at += count * columns
        return found.T

    def planes(self, kind: str, count: int, columns: int = 1) -> NDArray[np.int64]:
        """(count, columns) or (count,) numbers whose first bytes lie together, then their second ones."""
        wide = np.dtype(kind).itemsize
        raw = self.plain(count * columns, wide)
        made: NDArray[np.int64] = np.ascontiguousarray(raw).view(kind).astype(np.int64).reshape(count, columns)
        return made if columns > 1 else made[:, 0]


def _unpacked(head: dict[str, object], reader: _Reader) -> StoreyLight:
    header = _Head(head)
    places = np.stack([np.cumsum(reader.planes("<u2", header.vertices)) % 65536 for _ in range(3)], 1)
    positions = (places / 65535 * header.size + header.low).astype(np.float32)
    normals = (np.ascontiguousarray(reader.plain(header.vertices, 3)).view(np.int8) / 127).astype(np.float32)
    colours = np.ascontiguousarray(reader.plain(header.vertices, 3))
    back = reader.planes("<i4", header.triangles * 3)
    triangles = (_used_before(back == 0) - back).astype(np.int32).reshape(-1, 3)
    part = reader.plain(header.triangles, 1)[:, 0].copy()
    elements = np.cumsum(reader.planes("<i4", header.triangles), dtype=np.int32)
    glows = np.asarray(reader.planes("<i2", header.vertices), np.int16)
    floor, ceiling = header.floor, header.ceiling
    count = header.vertices + floor[0] * floor[1] + ceiling[0] * ceiling[1]
    openness = (np.cumsum(reader.plain(count, 1)[:, 0], dtype=np.uint8) / 255).astype(np.float32)
    squares = ((np.arange(256) / header.steps) ** 2).astype(np.float32)
    layers: list[LightLayer] = []
    for number, (id, rows, peak) in enumerate(header.layers):
        at = np.cumsum(reader.planes("<i4", rows), dtype=np.int32)
        green = np.cumsum(reader.plain(rows, 1)[:, 0], dtype=np.uint8)
        if header.tints:
            light = squares[green][:, None] * (header.tints[number] * np.float32(peak))
        else:
            red, blue = reader.plain(rows, 2).T
            light = squares[np.stack([red + green, green, blue + green], 1)] * np.float32(peak)
        layers.append(LightLayer(id, at, np.ascontiguousarray(light, np.float16)))
        if rows and not 0 <= at.min() <= at.max() < count:
            raise ValueError("a layer lights a sample that is not there")
    if header.triangles and not 0 <= triangles.min() <= triangles.max() < header.vertices:
        raise ValueError("a triangle without its corners")
    if reader.at != len(reader.data) or not np.isfinite(positions).all():
        raise ValueError("not as many bytes as a storey's light has")
    return StoreyLight(
        positions=positions, normals=normals, colours=colours, triangles=triangles, part=part, elements=elements,
        glows=glows, extent=header.extent, floor=floor, ceiling=ceiling, openness=openness,
        skies=tuple(layers[: header.skies]), lamps=tuple(layers[header.skies :]),
    )  # fmt: skip


class _Head:
    """The checked numbers of a head; ValueError, KeyError, TypeError."""

    def __init__(self, head: dict[str, object]) -> None:
        if head["format"] != FORMAT:
            raise ValueError("not a storey's light of this version")
        self.vertices, self.triangles = _count(head["vertices"]), _count(head["triangles"])
        self.low, self.size = (np.array(head[name], np.float32).reshape(3) for name in ("low", "size"))
        low, size = np.array(head["extent"], np.float64).reshape(2, 2).tolist()
        self.extent = PlanExtent((low[0], low[1]), (size[0], size[1]))
        self.floor, self.ceiling = _shape(head["floor"]), _shape(head["ceiling"])
        layers = cast("list[tuple[str, int, float]]", head["layers"])
        self.layers = [(str(id), _count(rows), min(float(peak), _BRIGHTEST)) for id, rows, peak in layers]
        self.skies, self.steps = _count(head["skies"]), min(FINEST, max(1, _count(head["steps"])))
        tints = cast("list[tuple[float, float, float]]", head["tints"])
        self.tints = [np.clip(np.array(one, np.float32).reshape(3), 0, _MOST_TINT) for one in tints]
        if self.tints and len(self.tints) != len(layers):
            raise ValueError("not one tint for each layer")
        if not 1 <= self.skies <= len(layers):
            raise ValueError("no sky")


def _count(value: object) -> int:
    if not isinstance(value, int) or not 0 <= value < _MOST_ROWS:
        raise ValueError(f"{value!r} is no count")
    return value


def _shape(value: object) -> tuple[int, int]:
    rows, columns = cast("tuple[object, object]", value)
    return _count(rows), _count(columns)


def _planes(values: NDArray[np.generic]) -> bytes:
    """The first bytes of all numbers, then their second ones, and so on: they compress far better so."""
    flat = np.ascontiguousarray(values).reshape(-1)
    return flat.view(np.uint8).reshape(len(flat), flat.itemsize).T.tobytes()
