# pyright: reportUnknownArgumentType=false, reportUnknownLambdaType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""Geometry of IFC files: Manifold for plain shapes, our half-space clipper, OpenCASCADE for the rest.

The Manifold kernel of ifcopenshell 0.9 is wrong for half-space and CSG results and crashes with world coordinates, so
it gets neither. Shapes are in local coordinates with a 4x4 placement.
"""

from __future__ import annotations

from collections.abc import Callable, Container, Iterator, Sequence
from typing import Any, cast

import ifcopenshell.geom
import numpy as np
from numpy.typing import NDArray

from twin.building.ifc.boolean_clipping import BooleanClipper, UnsupportedShapeError
from twin.building.ifc.geometry_process import (
    GeometryShape,
    PlacedShape,
    ShapeBegun,
    ShapeEvent,
    ShapeRefused,
    WorkerDied,
    guarded,
)
from twin.building.ifc.shape_repetition import endless

FAST = "hybrid-cgal-simple-manifold-opencascade"
SAFE = "hybrid-cgal-simple-opencascade"
UNSEEN = ("IfcFeatureElementSubtraction", "IfcAnnotation", "IfcGrid", "IfcVirtualElement")
"""Classes, with subtypes, whose shape is not drawn: openings, annotations, grids and virtual elements."""
ELEMENT_S, LEAST_S, FIRST_S = 10.0, 1.0, 20.0
"""CPU seconds for one element: limit for the first slow one, least limit for later ones, and limit for the first
element of a file.
"""
MOST_LATE = 200
_NO_PRODUCT = -1
"""No entity of a file has this number."""
_NO_SHAPE = ("IfcRelationship", "IfcStyledItem", "IfcPresentationLayerAssignment", "IfcTypeProduct")


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
    """Settings of the geometry library: welded vertices, no normals, local coordinates; `more` adds to them."""
    made: Any = ifcopenshell.geom.settings()
    for name, value in {"weld-vertices": True, "no-normals": True, **more}.items():
        made.set(name.replace("_", "-"), value)
    return made


def _colours(geometry: Any, count: int) -> NDArray[np.uint8]:
    ids = np.frombuffer(geometry.material_ids_buffer, np.int32) if count else np.zeros(0, np.int32)
    if len(ids) != count:
        return np.zeros((count, 4), np.uint8)
    table = [_rgba(material) for material in geometry.materials]
    return np.array([*table, (0, 0, 0, 0)], np.uint8)[ids]  # one without a material has the number -1


def _rgba(material: Any) -> tuple[int, int, int, int]:
    colour, clear = material.diffuse, material.transparency
    opaque = 1.0 - (clear if clear == clear else 0.0)
    return _byte(colour.r()), _byte(colour.g()), _byte(colour.b()), _byte(opaque)


def _byte(part: float) -> int:
    return round(min(max(part, 0.0), 1.0) * 255) if part == part else 0


def _shape(geometry: Any) -> GeometryShape:
    positions = np.frombuffer(geometry.verts_buffer, np.float64).reshape(-1, 3).copy()
    triangles = np.frombuffer(geometry.faces_buffer, np.int32).reshape(-1, 3).copy()
    return GeometryShape(positions, triangles, _colours(geometry, len(triangles)))


class GeometryWorkers:
    """Runs the geometry workers over a file; equal representations are built once."""

    def __init__(
        self,
        file: Any,
        *,
        safe: bool = False,
        on_progress: Callable[[float], None] = lambda _: None,
        rooms_first: bool = False,
    ) -> None:
        self.file = file
        self.plain: list[int] = []
        """Products that took too long or crashed the library, and were built without openings and boolean operations.
        """
        self._safe, self._rooms_first = safe, rooms_first
        self._shapes: dict[str, GeometryShape] = {}
        self._on_progress = on_progress
        self.endless = endless(file)
        """Products that repeat a shape so often that they are not built."""
        self._skipped = [product for kind in UNSEEN for product in _by_type(file, kind)] + self.endless
        skipped = {product.id() for product in self._skipped}
        self._booleans = [file.by_id(id) for id in sorted(with_booleans(file) - skipped)]
        self._booleans = [product for product in self._booleans if product.Representation]

    def run(self) -> Iterator[PlacedShape]:
        """Yields every product with a body. Raises RuntimeError where the library refuses the file."""
        rest: list[Any] = []
        late: list[Any] = []
        if self._safe:
            yield from self._stream(SAFE, self._skipped, None, rest, late)
        else:
            out = [*self._skipped, *self._booleans]
            if self._rooms_first:
                spaces = _by_type(self.file, "IfcSpace")
                yield from self._rooms([space for space in spaces if space.Representation], rest, late)
                out += spaces
            yield from self._fast_first(out, rest, late)
        bare = {"disable_opening_subtractions": True, "disable_boolean_result": True}
        for placed in self._one_by_one(FAST, late, [], [], **bare):
            self.plain.append(placed.product)
            yield placed

    def _fast_first(self, out: Sequence[Any], rest: list[Any], late: list[Any]) -> Iterator[PlacedShape]:
        """Shapes of all products but those in `out`, then of `rest` and of what the fast library does not build: in one
        process, for each costs more than most of its shapes; where it dies, what is left in one for each step."""
        seen = {product.id() for product in out}
        built: set[int] = set()
        before = list(rest)
        for item in guarded(
            lambda on_progress: self._each_way(out, before, on_progress), self._on_progress,
            limit_s=ELEMENT_S, first_s=FIRST_S,
        ):  # fmt: skip
            if isinstance(item, PlacedShape):
                seen.add(item.product)
                if len(item.shape.triangles):
                    built.add(item.product)
                    yield item
                else:
                    rest.append(self.file.by_id(item.product))
            elif isinstance(item, WorkerDied):
                if item.product is None:
                    left = self._unseen(_by_type(self.file, "IfcProduct"), seen)
                    yield from self._each_unseen(FAST, left, rest, late)
                yield from self._step_by_step(rest, built, item.product, late)

    def _each_way(
        self, out: Sequence[Any], rest: Sequence[Any], on_progress: Callable[[float], None]
    ) -> Iterator[ShapeEvent]:
        refused = list(rest)
        for placed in self._iterate(FAST, {"exclude": list(out)} if out else {}, on_progress):
            if not len(placed.shape.triangles):
                refused.append(self.file.by_id(placed.product))
            yield placed
        yield ShapeBegun(_NO_PRODUCT)  # from now on, who dies has begun something
        for event in self._clipped(self._booleans, painted=True):
            if isinstance(event, ShapeRefused):
                refused.append(self.file.by_id(event.product))
            yield event
        holed: list[Any] = []
        for placed in self._iterate(SAFE, {"include": refused}, on_progress) if refused else ():
            if len(placed.shape.triangles):
                yield placed
            else:
                holed.append(self.file.by_id(placed.product))
                yield ShapeRefused(placed.product)
        # openings in what is no solid: better without its holes than not at all
        for event in self._each(FAST, holed, on_progress, {"disable_opening_subtractions": True}):
            if not isinstance(event, PlacedShape) or len(event.shape.triangles):
                yield event

    def _step_by_step(
        self, rest: list[Any], built: set[int], died: int | None, late: list[Any]
    ) -> Iterator[PlacedShape]:
        """As `_each_way`, for products that are not built yet; the one that was being clipped is not clipped again."""
        left = [product for product in self._booleans if product.id() not in built]
        slow = [product for product in rest if product.id() not in built]
        slow += [product for product in left if product.id() == died]
        yield from self._clip([product for product in left if product.id() != died], slow)
        whole: list[Any] = []
        if slow:
            yield from self._stream(SAFE, (), slow, whole, late)
        yield from self._one_by_one(FAST, whole, [], late, disable_opening_subtractions=True)

    def _stream(
        self, library: str, out: Sequence[Any], of: Sequence[Any] | None, empty: list[Any], late: list[Any]
    ) -> Iterator[PlacedShape]:
        """Shapes of all products, or of these, but those in `out`. Products without triangles go to `empty`, for another
        lane may know better; where the library hangs or crashes, what is left is built one by one."""
        which = {"include": list(of)} if of is not None else {"exclude": list(out)} if out else {}
        first_s = FIRST_S if of is None else ELEMENT_S
        seen: set[int] = set()
        for item in guarded(
            lambda on_progress: self._iterate(library, which, on_progress),
            self._on_progress,
            limit_s=ELEMENT_S,
            first_s=first_s,
        ):
            if isinstance(item, PlacedShape):
                seen.add(item.product)
                if len(item.shape.triangles):
                    yield item
                else:
                    empty.append(self.file.by_id(item.product))
            elif isinstance(item, WorkerDied):
                seen.update(product.id() for product in out)
                every = of if of is not None else _by_type(self.file, "IfcProduct")
                yield from self._each_unseen(library, self._unseen(every, seen), empty, late)

    @staticmethod
    def _unseen(every: Sequence[Any], seen: Container[int]) -> list[Any]:
        return [product for product in every if product.id() not in seen and product.Representation]

    def _each_unseen(self, library: str, left: list[Any], empty: list[Any], late: list[Any]) -> Iterator[PlacedShape]:
        """Builds what a process left that died one by one; a single product that is left is the one it died of."""
        if len(left) == 1:
            late += left
        else:
            yield from self._one_by_one(library, left, empty, late)

    def _one_by_one(
        self, library: str, products: Sequence[Any], empty: list[Any], late: list[Any], **more: bool
    ) -> Iterator[PlacedShape]:
        """Builds the shapes of these products; products that take too long or crash the library go to `late`."""
        left = list(products)
        while left and len(late) < MOST_LATE:
            died: WorkerDied | None = None
            some = left
            for item in guarded(
                lambda on_progress, some=some: self._each(library, some, on_progress, more), self._on_progress,
                limit_s=max(LEAST_S, ELEMENT_S / (1 + len(late))),
            ):  # fmt: skip
                if isinstance(item, WorkerDied):
                    died = item
                elif isinstance(item, PlacedShape):
                    if len(item.shape.triangles):
                        yield item
                    else:
                        empty.append(self.file.by_id(item.product))
            if died is None:
                return
            at = next((i for i, product in enumerate(left) if product.id() == died.product), 0)
            late.append(left[at])
            left = left[at + 1 :]

    def _each(
        self, library: str, products: Sequence[Any], on_progress: Callable[[float], None], more: dict[str, bool]
    ) -> Iterator[ShapeEvent]:
        how = settings(**more)
        for number, product in enumerate(products):
            yield ShapeBegun(product.id())
            try:
                made: Any = ifcopenshell.geom.create_shape(how, product, geometry_library=cast("Any", library))
            except RuntimeError:
                yield ShapeRefused(product.id())
                continue
            yield self._placed(f"{library} {' '.join(more)}", made)
            on_progress((number + 1) / len(products))

    def _iterate(
        self, library: str, which: dict[str, Any], on_progress: Callable[[float], None], **more: bool
    ) -> Iterator[PlacedShape]:
        iterator: Any = ifcopenshell.geom.iterator(
            settings(**more), self.file, 1, geometry_library=cast("Any", library), **which
        )
        if not iterator.initialize():
            return
        while True:
            yield self._placed(f"{library} {' '.join(more)}", iterator.get())
            on_progress(iterator.progress() / 100)
            if not iterator.next():
                return

    def _placed(self, way: str, made: Any) -> PlacedShape:
        geometry = made.geometry  # built anew at each access
        key = f"{way} {geometry.id}"
        if key not in self._shapes:
            self._shapes[key] = _shape(geometry)
        matrix = np.frombuffer(made.transformation_buffer, np.float64).reshape(4, 4).T.copy()
        return PlacedShape(made.id, self._shapes[key], matrix)

    def _rooms(self, spaces: list[Any], rest: list[Any], late: list[Any]) -> Iterator[PlacedShape]:
        clipped = {product.id() for product in self._booleans}
        plain = [space for space in spaces if space.id() not in clipped]
        if plain:
            on_progress, self._on_progress = self._on_progress, lambda _: None
            empty: list[Any] = []
            yield from self._stream(FAST, (), plain, empty, late)
            self._on_progress = on_progress
        mine = [space for space in spaces if space.id() in clipped]
        self._booleans = [product for product in self._booleans if not product.is_a("IfcSpace")]
        yield from self._clip(mine, rest)

    def _clip(self, products: Sequence[Any], rest: list[Any]) -> Iterator[PlacedShape]:
        left, painted = list(products), True
        while left:
            died: WorkerDied | None = None
            some, colours = left, painted
            for item in guarded(
                lambda _, some=some, colours=colours: self._clipped(some, colours), self._on_progress,
                limit_s=ELEMENT_S, first_s=FIRST_S,
            ):  # fmt: skip
                if isinstance(item, WorkerDied):
                    died = item
                elif isinstance(item, ShapeRefused):
                    rest.append(self.file.by_id(item.product))
                else:
                    yield item
            if died is None:
                return
            if died.product is None and painted:
                painted = False
                continue
            at = next((i for i, product in enumerate(left) if product.id() == died.product), 0)
            rest.append(left[at])
            left = left[at + 1 :]

    def _clipped(self, products: Sequence[Any], painted: bool) -> Iterator[ShapeEvent]:
        colours = self._clip_colours(
            [product for product in products if not product.is_a("IfcSpace")] if painted else []
        )
        clipper = BooleanClipper(self.file)
        for product in products:
            yield ShapeBegun(product.id())
            try:
                positions, triangles, matrix = clipper.product(product)
            except UnsupportedShapeError:
                yield ShapeRefused(product.id())
                continue
            rgba = np.broadcast_to(colours.get(product.id(), np.zeros(4, np.uint8)), (len(triangles), 4)).copy()
            yield PlacedShape(product.id(), GeometryShape(positions, triangles, rgba), matrix)

    def _clip_colours(self, products: list[Any]) -> dict[int, NDArray[np.uint8]]:
        """Colours of clipped products, read off their shapes before clipping; rooms have none."""
        if not products:
            return {}
        plain = self._iterate(
            SAFE, {"include": products}, lambda _: None, disable_boolean_result=True, disable_opening_subtractions=True
        )
        return {p.product: p.shape.colours[0] for p in plain if len(p.shape.colours)}


def _by_type(file: Any, kind: str) -> list[Any]:
    try:
        return list(file.by_type(kind))
    except RuntimeError:  # the schema does not have it
        return []
