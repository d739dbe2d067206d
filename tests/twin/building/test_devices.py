"""Devices of the electrician's file in the rooms of the architect's, by geometry, beside a key made by hand.

The key (`duplex_devices.json`, GlobalId of the device to number of the room) was judged on a plan of each storey
with every device drawn in: which side of the wall it is on, which way it faces, what a person would say. Two things
hang on the outside of the house and belong to no room.
"""

from __future__ import annotations

import json
from pathlib import Path

import numpy as np
import pytest
import shapely

from twin.building.import_worker import read_building
from twin.building.merge_models import ProjectParts, merge_model
from twin.building.placement import RoomIndex
from twin.building.room_matching import polygon
from twin.model.ids import RoomId, StoreyId
from twin.model.space import Placeholder, Room

KEY: dict[str, str | None] = json.loads(Path(__file__).with_name("duplex_devices.json").read_text(encoding="utf-8"))


@pytest.fixture(scope="module")
def placed(shared_data: Path) -> tuple[dict[str, Placeholder], dict[str, str]]:
    """Every device of the electrical file by its GlobalId, and the number of each room."""
    models = shared_data / "building-models"
    house = read_building(models / "Duplex_A.ifc")
    electric = read_building(models / "Duplex_Electrical.ifc")
    whole = merge_model(electric, ProjectParts(source="2", parts={"1": house})).building
    return {one.source_id: one for one in whole.placeholders}, {room.id: room.number for room in house.rooms}


def test_nearly_every_device_finds_its_room_and_nearly_all_find_the_right_one(
    placed: tuple[dict[str, Placeholder], dict[str, str]],
) -> None:
    devices, number = placed
    assert devices.keys() == KEY.keys()
    decided = {id: number[one.room] for id, one in devices.items() if one.room is not None}
    right = [id for id, room in decided.items() if room == KEY[id]]
    assert len(decided) >= 0.95 * len(KEY)
    assert len(right) >= 0.97 * len(decided)


def test_what_is_not_decided_says_between_which_rooms(placed: tuple[dict[str, Placeholder], dict[str, str]]) -> None:
    devices, number = placed
    open_ones = {id: one for id, one in devices.items() if one.room is None}
    assert all(KEY[id] in {number[room] for room in one.candidates} for id, one in open_ones.items() if KEY[id])
    assert not any(open_ones[id].candidates for id in open_ones if KEY[id] is None)


def test_kinds_follow_the_authors_words_where_the_class_is_wrong(
    placed: tuple[dict[str, Placeholder], dict[str, str]],
) -> None:
    devices, _ = placed
    kinds = {one.name.split(":")[0]: one.kind for one in devices.values()}
    assert kinds["M_Lighting Switches"] == "switch"  # classed as light fixtures
    assert kinds["M_Smoke Detector"] == "smoke_alarm"  # classed as circuit breakers
    assert kinds["M_Duplex Receptacle"] == "outlet"
    assert kinds["M_Thermostat"] == "thermostat"


def box(id: str, x: float, *, storey: str = "ground", floor: float = 0.0, ceiling: float = 2.5) -> Room:
    ring = ((x, 0.0), (x + 3, 0.0), (x + 3, 3.0), (x, 3.0))
    return Room(id=RoomId(id), storey=StoreyId(storey), name=id, outline=ring, floor_m=floor, ceiling_m=ceiling)


def places(*rooms: Room) -> RoomIndex:
    return RoomIndex(rooms, [polygon(room) for room in rooms])


def at(where: RoomIndex, x: float, z: float = 1.0, **more: object) -> tuple[str, ...]:
    return where.at(np.array([x, 1.5, z]), **more)  # type: ignore[arg-type]


def test_a_thing_in_a_wall_belongs_to_the_room_whose_side_it_is_on() -> None:
    two = places(box("left", 0.0), box("right", 3.1))
    assert at(two, 3.02) == ("left",)
    assert at(two, 3.08) == ("right",)


def test_in_the_middle_of_a_wall_the_way_it_faces_decides_and_without_that_both_are_named() -> None:
    two = places(box("left", 0.0), box("right", 3.1))
    assert at(two, 3.05, facing=(1.0, 0.0)) == ("right",)
    assert at(two, 3.05, facing=(-0.2, 0.0)) == ("left",)
    assert set(at(two, 3.05)) == {"left", "right"}
    assert set(at(two, 3.05, facing=(0.0, 1.0))) == {"left", "right"}


def test_a_stairwell_that_reaches_up_does_not_take_what_hangs_in_the_wall_of_a_room_above() -> None:
    stair = box("stair", 0.0, ceiling=5.0)
    bedroom = box("bedroom", 3.0, storey="first", floor=2.7, ceiling=5.0)
    both = places(stair, bedroom)
    assert at(both, 2.95, 3.5, storey=StoreyId("first")) == ("bedroom",)
    assert at(both, 2.95, 1.0, storey=StoreyId("ground")) == ("stair",)
    assert at(both, 1.5, 3.5, storey=StoreyId("first")) == ("stair",)


def test_far_from_every_room_is_in_none() -> None:
    assert at(places(box("left", 0.0)), 3.5) == ()
    assert RoomIndex([box("left", 0.0)], [shapely.Polygon()]).at(np.zeros(3)) == ()
