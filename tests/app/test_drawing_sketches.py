"""A drawing through the engine: sketched while it grows, kept as one undo step, opened and edited again."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from app.i18n import sentence
from tests.app.conftest import Desk, rooms_building
from twin.model import drawing_edits, storey_edits
from twin.model.change import TwinChanged
from twin.model.drawing import Backdrop, Drawing, DrawingWithPictures, OpeningKind, empty
from twin.model.ids import DeviceId
from twin.model.problem import ProblemError
from twin.store.project import Project

BOX = ((0.0, 0.0), (6.0, 0.0), (6.0, 4.0), (0.0, 4.0))
SHA = "ab" * 32


def house() -> Drawing:
    """Two rooms, a door between them; one room has a name."""
    drawing = empty("House", "x")
    storey = drawing.storeys[0]
    for a, b in zip(BOX, (*BOX[1:], BOX[0]), strict=True):
        storey = drawing_edits.add_wall(storey, a, b, thickness_m=0.2)
    storey = drawing_edits.add_wall(storey, (2.0, 0.0), (2.0, 4.0))
    storey = drawing_edits.add_opening(storey, OpeningKind.DOOR, (2.0, 2.0))
    return drawing.with_storey(drawing_edits.name_room(storey, (4.0, 2.0), "Kitchen"))


def test_a_drawing_becomes_the_building_in_one_undo_step_and_opens_again(api: Desk) -> None:
    assert api.engine.drawing().result(60) is None
    api.engine.set_drawing(DrawingWithPictures(house())).result(60)
    api.until(lambda: bool(api.seen(TwinChanged)[-1].twin.rooms))
    assert {room.name for room in api.engine.twin.rooms} == {"Kitchen", "Room 2"}
    assert len(api.engine.twin.doors[0].rooms) == 2
    assert api.engine.mesh().result(60) is not None
    assert api.engine.drawing().result(60) == DrawingWithPictures(house())
    assert sentence(api.engine.undo().result(60)) == "Draw the building"
    assert not api.engine.twin.rooms
    assert api.engine.drawing().result(60) is None
    api.engine.redo().result(60)
    assert len(api.engine.twin.rooms) == 2
    assert api.engine.drawing().result(60) == DrawingWithPictures(house())


def test_what_hangs_in_a_room_stays_in_it_when_the_plan_is_edited(api: Desk) -> None:
    api.engine.set_drawing(DrawingWithPictures(house())).result(60)
    (device,) = api.engine.add("pretend://home").result(60)
    kitchen = next(room for room in api.engine.twin.rooms if room.name == "Kitchen")
    other = next(room for room in api.engine.twin.rooms if room.name != "Kitchen")
    api.engine.bind(device.id, other.id).result(60)
    storey = drawing_edits.rename_room(house().storeys[0], house().storeys[0].names[0].id, "Big kitchen")
    storey = drawing_edits.move_wall(storey, 5, (0.5, 0.0))
    api.engine.set_drawing(DrawingWithPictures(house().with_storey(storey))).result(60)
    assert api.engine.twin.device_of[DeviceId(device.id)].room == other.id
    assert api.engine.twin.room_of[kitchen.id].name == "Big kitchen"
    assert api.engine.twin.room_of[kitchen.id].area_m2 < kitchen.area_m2


def test_a_sketch_shows_one_storey_and_keeps_nothing(api: Desk) -> None:
    made = api.engine.sketch(storey_edits.add_storey(house(), "Up", copy=True), 2).result(60)
    assert [storey.name for storey in made.storeys] == ["Up"]
    assert len(made.rooms) == 2
    assert made.mesh.triangle_count > 100
    assert not api.engine.twin.rooms


def test_the_traced_picture_comes_back_and_goes_when_nothing_needs_it(tmp_path: Path) -> None:
    back = Backdrop(picture=SHA, size_px=(8, 8), m_per_px=0.01, origin=(0.0, 0.0))
    from dataclasses import replace

    drawing = house().with_storey(replace(house().storeys[0], backdrop=back))
    with Project.create(tmp_path / "a.oikos") as project:
        project.set_drawing(DrawingWithPictures(drawing, {SHA: b"png"}), rooms_building("Kitchen"))
        assert project.drawing() is None  # the pretended building came from elsewhere
    from twin.building.plan.drawing_builder import DrawingBuilder

    with Project.open(tmp_path / "a.oikos") as project:
        project.set_drawing(DrawingWithPictures(drawing, {SHA: b"png"}), DrawingBuilder().build(drawing))
        assert project.drawing() == DrawingWithPictures(drawing, {SHA: b"png"})
        project.set_drawing(DrawingWithPictures(house()), DrawingBuilder().build(house()))
        project.undo()
        assert project.drawing() == DrawingWithPictures(drawing, {SHA: b"png"})


@pytest.mark.parametrize("damage", ["{}", "[]", '{"name":"","site":"","storeys":[]}', "not json"])
def test_a_damaged_drawing_is_said_and_the_building_stays(tmp_path: Path, damage: str) -> None:
    from twin.building.plan.drawing_builder import DrawingBuilder

    with Project.create(tmp_path / "a.oikos") as project:
        project.set_drawing(DrawingWithPictures(house()), DrawingBuilder().build(house()))
    with sqlite3.connect(tmp_path / "a.oikos") as db:
        db.execute("update drawing set data = ?", (damage,))
    db.close()
    with Project.open(tmp_path / "a.oikos") as project:
        with pytest.raises(ProblemError):
            project.drawing()
        assert len(project.twin().rooms) == 2


def test_nothing_open_is_said(api: Desk) -> None:
    api.engine._run(api.engine._close(), "close").result(60)
    with pytest.raises(ProblemError):
        api.engine.set_drawing(DrawingWithPictures(house())).result(60)
