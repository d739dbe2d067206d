"""Floors have the colours that their file gives them where no value colours them, darker in the dark."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest

from app.view.scene.structure.floor_colours import floor_colours, with_surface_reflection
from app.view.scene.view import TwinView
from app.view.theme import DARK, LIGHT, Theme, rgb
from twin.model.mesh import Element, Mesh, MeshPart
from twin.model.twin import Twin

OAK = (205, 130, 80, 255)


def floored(twin: Twin, mesh: Mesh) -> tuple[Twin, Mesh]:
    """The twin with an oak floor in its first room, and another slab that is no room's."""
    rooms = (replace(twin.rooms[0], source_id="one"), *(replace(room, source_id="") for room in twin.rooms[1:]))
    first = len(mesh.elements)
    square = np.array([(0, 0, 0), (1, 0, 0), (1, 1, 0)], np.float32)
    slab = MeshPart(
        storey=twin.rooms[0].storey, category="slab", positions=square,
        triangles=np.array([[0, 1, 2], [0, 1, 2]], np.uint32), colours=np.array([OAK, (9, 9, 9, 255)], np.uint8),
        elements=np.array([first, first + 1], np.uint32),
    )  # fmt: skip
    elements = (
        *mesh.elements,
        Element(name="Floor", ifc_class="IfcSlab", source_id="one"),
        Element(name="", ifc_class="IfcSlab"),
    )
    return replace(twin, rooms=rooms), Mesh(parts=(*mesh.parts, slab), elements=elements)


@pytest.mark.parametrize("theme", [LIGHT, DARK], ids=["light", "dark"])
def test_a_rooms_floor_is_its_files_and_the_others_are_the_themes(view: TwinView, theme: Theme) -> None:
    twin, mesh = floored(view.scene.twin, view.scene.mesh)
    colours = floor_colours(mesh, twin.rooms, theme)
    plain = (np.array(rgb(theme.floor)) * 255).round()
    assert (colours[1:] == plain).all()
    red, green, blue = (int(part) for part in colours[0])
    assert red > green > blue
    assert red <= plain[0] + 1


def test_plain_rooms_show_it_and_values_cover_it(view: TwinView) -> None:
    twin, mesh = floored(view.scene.twin, view.scene.mesh)
    view.set_twin(twin)
    view.set_mesh(mesh)
    view._selection.change(colour_by="")  # pyright: ignore[reportPrivateUsage]
    own = floor_colours(mesh, twin.rooms, view.scene.theme)
    assert (view.scene.room_colours == own).all()
    view._selection.change(colour_by="temperature")  # pyright: ignore[reportPrivateUsage]
    assert not (view.scene.room_colours[0] == own[0]).all()


def test_a_building_without_a_shape_has_plain_floors(view: TwinView) -> None:
    colours = floor_colours(Mesh(), view.scene.twin.rooms, LIGHT)
    assert len(np.unique(colours, axis=0)) == 1


def test_a_floor_reflects_some_of_any_light_at_night_however_dark_or_bright_its_paint_is() -> None:
    paint = np.array([[0, 0, 0], [140, 70, 0], [255, 255, 255]], np.uint8)
    assert (with_surface_reflection(paint, 0.0) == paint).all()
    at_night = with_surface_reflection(paint, 1.0)
    assert at_night.dtype == np.uint8
    assert 40 < at_night[0, 0] < 60
    assert (at_night[:2] > paint[:2]).all()
    assert (at_night[2] == 255).all()
    assert at_night[1, 0] > at_night[1, 1] > at_night[1, 2]
