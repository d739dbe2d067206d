"""Three geometry lanes: plain shapes on Manifold, half-space clippings on our own Manifold code, the rest on OpenCASCADE.

ifcopenshell 0.9's Manifold kernel is wrong for half-space and CSG results, and crashes with world coordinates; so
it gets neither. Shapes come in local coordinates with their 4x4 placement.
"""

from __future__ import annotations

from collections.abc import Callable, Iterator
from dataclasses import dataclass
from typing import Any, cast

import ifcopenshell.geom
import numpy as np
from numpy.typing import NDArray

from twin.building.ifc.clip import Clipper, NotOursError

FAST = "hybrid-cgal-simple-manifold-opencascade"
SAFE = "hybrid-cgal-simple-opencascade"
UNSEEN = ("IfcFeatureElementSubtraction", "IfcAnnotation", "IfcGrid", "IfcVirtualElement")
"""Products, their subtypes included, whose shape is not drawn: what is cut out of others, and what only helps to draw."""
_NO_SHAPE = ("IfcRelationship", "IfcStyledItem", "IfcPresentationLayerAssignment", "IfcTypeProduct")


@dataclass(frozen=True, slots=True, eq=False)
class Shape:
    """A representation: (n, 3) metres, (m, 3) indices, (m, 4) RGBA, alpha 0 where the file gives no colour."""

    positions: NDArray[np.float64]
    triangles: NDArray[np.int32]
    colours: NDArray[np.uint8]


@dataclass(frozen=True, slots=True, eq=False)
class Placed:
    """A shape at a product: world = matrix @ local."""

    product: int
    shape: Shape
    matrix: NDArray[np.float64]

    @property
    def world(self) -> NDArray[np.float64]:
        """(n, 3) metres in the file's world."""
        return self.shape.positions @ self.matrix[:3, :3].T + self.matrix[:3, 3]


def with_booleans(file: Any) -> set[int]:
    """Ids of products whose shape contains an IfcBooleanResult."""
    found: set[int] = set()
    seen: set[int] = set()
    stack = [entity.id() for entity in file.by_type("IfcBooleanResult")]
    while stack:
        id = stack.pop()
        if id in seen:
            continue
        seen.add(id)
        for inverse in file.get_inverse(file.by_id(id)):
            if inverse.is_a("IfcProduct"):
                found.add(inverse.id())
            elif not any(inverse.is_a(kind) for kind in _NO_SHAPE):
                stack.append(inverse.id())
    return found


def settings(**more: bool) -> Any:
    """How shapes are made: welded, without normals, local coordinates."""
    made: Any = ifcopenshell.geom.settings()
    for name, value in {"weld-vertices": True, "no-normals": True, **more}.items():
        made.set(name.replace("_", "-"), value)
    return made


def _colours(geometry: Any, count: int) -> NDArray[np.uint8]:
    ids = np.frombuffer(geometry.material_ids_buffer, np.int32) if count else np.zeros(0, np.int32)
    table = np.zeros((len(geometry.materials) + 1, 4))
    for i, material in enumerate(geometry.materials):
        colour, clear = material.diffuse, material.transparency
        table[i] = (colour.r(), colour.g(), colour.b(), 1.0 - (clear if clear == clear else 0.0))
    rgba = (np.nan_to_num(table).clip(0, 1) * 255).round().astype(np.uint8)
    return rgba[np.where(ids < 0, len(rgba) - 1, ids)] if len(ids) == count else np.zeros((count, 4), np.uint8)


def _shape(geometry: Any) -> Shape:
    positions = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3).copy()
    triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3).copy()
    return Shape(positions, triangles, _colours(geometry, len(triangles)))


class Lanes:
    """Runs the lanes over a file; equal representations are made once."""

    def __init__(
        self,
        file: Any,
        *,
        safe: bool = False,
        told: Callable[[float], None] = lambda _: None,
        rooms_first: bool = False,
    ) -> None:
        self.file = file
        self._safe, self._rooms_first = safe, rooms_first
        self.clipped = self.refused = 0
        self._shapes: dict[str, Shape] = {}
        self._told = told
        self._skipped = [product for kind in UNSEEN for product in _by_type(file, kind)]
        skipped = {product.id() for product in self._skipped}
        self._booleans = [file.by_id(id) for id in sorted(with_booleans(file) - skipped)]
        self._booleans = [product for product in self._booleans if product.Representation]

    def run(self) -> Iterator[Placed]:
        """Every product with a body; raises RuntimeError where the library refuses the file."""
        if self._safe:
            yield from self._iterate(SAFE, {"exclude": self._skipped} if self._skipped else {})
            return
        out = [*self._skipped, *self._booleans]
        rest: list[Any] = []
        if self._rooms_first:
            spaces = _by_type(self.file, "IfcSpace")
            yield from self._rooms([space for space in spaces if space.Representation], rest)
            out += spaces
        yield from self._filled(FAST, {"exclude": out} if out else {}, rest)
        yield from self._clip(self._booleans, rest)
        whole: list[Any] = []
        if rest:
            yield from self._filled(SAFE, {"include": rest}, whole)
        if whole:  # openings in what is no solid: better without its holes than not at all
            yield from self._iterate(FAST, {"include": whole}, disable_opening_subtractions=True)

    def _filled(self, library: str, which: dict[str, Any], empty: list[Any]) -> Iterator[Placed]:
        """Shapes with triangles; products without go to `empty`, for another lane may know better."""
        for placed in self._iterate(library, which):
            if len(placed.shape.triangles):
                yield placed
            else:
                empty.append(self.file.by_id(placed.product))

    def _iterate(self, library: str, which: dict[str, Any], **more: bool) -> Iterator[Placed]:
        iterator: Any = ifcopenshell.geom.iterator(
            settings(**more), self.file, 1, geometry_library=cast("Any", library), **which
        )
        if not iterator.initialize():
            return
        while True:
            made = iterator.get()
            key = f"{library} {' '.join(more)} {made.geometry.id}"
            if key not in self._shapes:
                self._shapes[key] = _shape(made.geometry)
            matrix = np.frombuffer(made.transformation_buffer, np.float64).reshape(4, 4).T.copy()
            yield Placed(made.id, self._shapes[key], matrix)
            self._told(iterator.progress() / 100)
            if not iterator.next():
                return

    def _rooms(self, spaces: list[Any], rest: list[Any]) -> Iterator[Placed]:
        clipped = {product.id() for product in self._booleans}
        plain = [space for space in spaces if space.id() not in clipped]
        if plain:
            told, self._told = self._told, lambda _: None
            yield from self._iterate(FAST, {"include": plain})
            self._told = told
        mine = [space for space in spaces if space.id() in clipped]
        self._booleans = [product for product in self._booleans if not product.is_a("IfcSpace")]
        yield from self._clip(mine, rest)

    def _clip(self, products: list[Any], rest: list[Any]) -> Iterator[Placed]:
        if not products:
            return
        colours = self._clip_colours([product for product in products if not product.is_a("IfcSpace")])
        clipper = Clipper(self.file)
        for product in products:
            try:
                positions, triangles, matrix = clipper.product(product)
            except NotOursError:
                rest.append(product)
                continue
            rgba = np.broadcast_to(colours.get(product.id(), np.zeros(4, np.uint8)), (len(triangles), 4)).copy()
            self.clipped += 1
            yield Placed(product.id(), Shape(positions, triangles, rgba), matrix)
        self.refused = len(rest)

    def _clip_colours(self, products: list[Any]) -> dict[int, NDArray[np.uint8]]:
        """Colours of clipped products, read off their shapes before clipping; rooms have none."""
        if not products:
            return {}
        plain = self._iterate(
            SAFE, {"include": products}, disable_boolean_result=True, disable_opening_subtractions=True
        )
        return {p.product: p.shape.colours[0] for p in plain if len(p.shape.colours)}


def _by_type(file: Any, kind: str) -> list[Any]:
    try:
        return list(file.by_type(kind))
    except RuntimeError:  # the schema does not have it
        return []
