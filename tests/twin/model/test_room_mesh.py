"""The part of a mesh that belongs to some rooms: nothing of the others, their own whole."""

from __future__ import annotations

import numpy as np
import pytest

from twin.model.ids import RoomId, StoreyId
from twin.model.mesh import Element, FloorCovering, Mesh, MeshPart, Texture
from twin.model.room_mesh import ABOVE_M, PIECE_M, REACH_M, mesh_of_rooms
from twin.model.space import Ring, Room

GROUND = StoreyId("s1")
SHAPES: dict[str, Ring] = {
    "square": ((0, 0), (4, 0), (4, 4), (0, 4)),
    "L": ((0, 0), (6, 0), (6, 2), (2, 2), (2, 6), (0, 6)),
}


def room(name: str, outline: Ring, **more: object) -> Room:
    return Room(id=RoomId(name), storey=GROUND, name=name, outline=outline, source_id=f"src-{name}", **more)  # type: ignore[arg-type]


def slab(storey: StoreyId = GROUND, z: float = 0.0) -> MeshPart:
    """A floor of 40 x 40 m of two triangles."""
    corners = [[-20, -20, z], [20, -20, z], [20, 20, z], [-20, 20, z]]
    return MeshPart(
        storey=storey,
        category="slab",
        positions=np.array(corners, np.float32),
        triangles=np.array([[0, 1, 2], [0, 2, 3]], np.uint32),
        colours=np.full((2, 4), 7, np.uint8),
        elements=np.array([1, 1], np.uint32),
    )


def area(part: MeshPart) -> float:
    a, b, c = (part.positions[part.triangles[:, at]].astype(float) for at in range(3))
    return float(np.linalg.norm(np.cross(b - a, c - a), axis=1).sum() / 2)


ELEMENTS = (Element(name="Far", ifc_class="x"), Element(name="Floor", ifc_class="x"))


@pytest.mark.parametrize("shape", SHAPES)
def test_of_a_slab_under_the_whole_storey_only_the_room_is_left(shape: str) -> None:
    found = mesh_of_rooms(Mesh(parts=(slab(),), elements=ELEMENTS), [room(shape, SHAPES[shape])])
    (part,) = found.parts
    own, perimeter = {"square": (16.0, 16.0), "L": (20.0, 24.0)}[shape]
    assert own <= area(part) <= own + perimeter * (REACH_M + PIECE_M) + 4 * (REACH_M + PIECE_M) ** 2
    assert [one.name for one in found.elements] == ["Floor"]
    assert part.elements.tolist() == [0] * len(part.triangles)
    if shape == "L":
        middle = part.positions[part.triangles].mean(1)
        assert not ((middle[:, 0] > 2 + REACH_M + 0.01) & (middle[:, 1] > 2 + REACH_M + 0.01)).any(), "the notch"


def test_other_storeys_and_what_lies_far_above_are_left_out() -> None:
    square = room("square", SHAPES["square"], ceiling_m=2.5)
    parts = (slab(StoreyId("s2")), slab(z=2.5 + ABOVE_M + 0.1))
    assert (
        mesh_of_rooms(Mesh(parts=parts, elements=ELEMENTS), [square]) == Mesh()
        or not mesh_of_rooms(Mesh(parts=parts, elements=ELEMENTS), [square]).parts
    )
    assert mesh_of_rooms(Mesh(parts=(slab(),), elements=ELEMENTS), []).elements == ()


def test_rooms_side_by_side_have_each_triangle_once() -> None:
    left, right = room("a", ((0, 0), (4, 0), (4, 4), (0, 4))), room("b", ((4, 0), (8, 0), (8, 4), (4, 4)))
    both = mesh_of_rooms(Mesh(parts=(slab(),), elements=ELEMENTS), [left, right]).parts[0]
    pieces = both.positions[both.triangles].reshape(-1, 9)
    assert len(np.unique(pieces, axis=0)) == len(pieces)


def test_floor_coverings_and_textures_are_those_of_the_rooms() -> None:
    def texture(value: int) -> Texture:
        return Texture(pixels=np.full((2, 2, 3), value, np.uint8))

    coverings = tuple(
        FloorCovering(source_id=source, texture=at, uv_from_plan=(1, 0, 0, 0, 1, 0))
        for at, source in enumerate(("src-other", "src-square"))
    )
    mesh = Mesh(parts=(slab(),), elements=ELEMENTS, textures=(texture(1), texture(2)), coverings=coverings)
    found = mesh_of_rooms(mesh, [room("square", SHAPES["square"])])
    assert [(one.source_id, one.texture) for one in found.coverings] == [("src-square", 0)]
    assert [int(one.pixels[0, 0, 0]) for one in found.textures] == [2]


def test_a_hole_of_a_room_is_not_the_room() -> None:
    holed = room("holed", ((-10, -10), (10, -10), (10, 10), (-10, 10)), holes=(((-5, -5), (-5, 5), (5, 5), (5, -5)),))
    part = mesh_of_rooms(Mesh(parts=(slab(),), elements=ELEMENTS), [holed]).parts[0]
    middle = part.positions[part.triangles].mean(1)
    assert not (np.abs(middle[:, :2]).max(1) < 5 - REACH_M - 0.01).any()
