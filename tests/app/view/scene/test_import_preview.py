"""A building that is still being read: rooms at once, walls as they come, nothing left over."""

from __future__ import annotations

import sys
from pathlib import Path

import numpy as np
import pytest

from app.view.scene.import_preview import ImportPreview
from app.view.scene.view import TwinView
from twin.model.building import Building, Source
from twin.model.mesh import Mesh
from twin.model.twin import Twin

sys.path.insert(0, str(Path(__file__).parent))
import house

sys.path.pop(0)

SOURCE = Source(path="", sha256="", importer="")
TWIN, MESH = house.house_twin(), house.house_mesh()
ROOMS = Building(source=SOURCE, storeys=TWIN.storeys, rooms=TWIN.rooms)


@pytest.fixture
def bare(view: TwinView) -> TwinView:
    """A view without any building."""
    view.set_twin(Twin())
    view.set_mesh(None)
    view.wait_painted()
    return view


def test_rooms_are_in_the_picture_before_any_wall(bare: TwinView) -> None:
    before = bare.scene.renderer.GetViewProps().GetNumberOfItems()
    ImportPreview(bare).show_rooms(ROOMS)
    assert {room.id for room in bare.scene.twin.rooms} == {room.id for room in TWIN.rooms}
    assert bare.scene.renderer.GetViewProps().GetNumberOfItems() > before
    assert not bare.empty.isVisible()
    assert not bare.scene.mesh.parts


def test_walls_come_in_batches_and_everything_goes_again(bare: TwinView) -> None:
    before = bare.scene.renderer.GetViewProps().GetNumberOfItems()
    arrival = ImportPreview(bare)
    arrival.show_rooms(ROOMS)
    with_rooms = bare.scene.renderer.GetViewProps().GetNumberOfItems()
    for part in MESH.parts:
        arrival.add_mesh(Mesh(parts=(part,), elements=MESH.elements))
    assert bare.scene.renderer.GetViewProps().GetNumberOfItems() > with_rooms
    arrival.remove_rooms()
    arrival.remove_all()
    bare.set_twin(Twin())
    assert bare.scene.renderer.GetViewProps().GetNumberOfItems() == before


def test_walls_that_arrive_change_the_picture_and_do_not_move_the_camera(bare: TwinView) -> None:
    arrival = ImportPreview(bare)
    arrival.show_rooms(ROOMS)
    pose, before = bare.scene.pose, bare.scene.render(200, 150)
    arrival.add_mesh(MESH)
    assert bare.scene.pose == pose
    assert np.abs(before.astype(int) - bare.scene.render(200, 150)).mean() > 1.0


def test_a_file_without_rooms_shows_its_walls_all_the_same(bare: TwinView) -> None:
    arrival = ImportPreview(bare)
    arrival.show_rooms(Building(source=SOURCE, storeys=TWIN.storeys))
    before = bare.scene.renderer.GetViewProps().GetNumberOfItems()
    arrival.add_mesh(MESH)
    assert bare.scene.renderer.GetViewProps().GetNumberOfItems() > before
