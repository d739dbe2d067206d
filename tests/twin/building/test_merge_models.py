"""Several files of one building in one project, and a file read again: ids, rooms, devices and coordinates."""

from __future__ import annotations

from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.english import plain
from tests.twin.store.worlds import LINK, device
from twin.building.import_worker import read_building
from twin.building.merge_models import ProjectParts, merge_model
from twin.building.reimport_review import guess, review_reimport
from twin.building.room_matching import match_rooms
from twin.model.building import Building, Source
from twin.model.ids import DoorId, PlaceholderId, RoomId, StoreyId
from twin.model.mesh import Element, Mesh, MeshPart
from twin.model.space import Door, Placeholder, Room, Site, Storey
from twin.model.twin import Twin
from twin.store.project import Project


def room(x: float, name: str, *, width: float = 4.0, id: str = "", level: str = "g", floor: float = 0.0) -> Room:
    outline = ((x, 0.0), (x + width, 0.0), (x + width, 3.0), (x, 3.0))
    return Room(
        id=RoomId(id or f"r-{name}"), storey=StoreyId(level), name=name, outline=outline, source_id=id or f"g-{name}",
        floor_m=floor, ceiling_m=floor + 2.5, area_m2=3 * width,
    )  # fmt: skip


def lamp(x: float, name: str = "Lamp", *, id: str = "p1", z: float = 2.4) -> Placeholder:
    return Placeholder(
        id=PlaceholderId(id), kind="light", name=name, storey=StoreyId("g"), room=None, position_m=(x, 1.5, z)
    )


def file(
    name: str,
    rooms: Sequence[Room] = (),
    *,
    lamps: Sequence[Placeholder] = (),
    origin: tuple[float, float, float] = (0.0, 0.0, 0.0),
    level: str = "g",
    elevation: float = 0.0,
) -> Building:
    wall = MeshPart(
        storey=StoreyId(level),
        category="wall",
        positions=np.array([[0, 0, 0], [1, 0, 0], [0, 1, 0]], np.float32),
        triangles=np.array([[0, 1, 2]], np.uint32),
        colours=np.zeros((1, 4), np.uint8),
        elements=np.zeros(1, np.uint32),
    )
    return Building(
        source=Source(path=f"/plans/{name}", sha256=name * 3, importer="test 1"),
        site=Site(origin_m=origin),
        storeys=(Storey(id=StoreyId(level), name=f"Level of {name}", elevation_m=elevation, height_m=2.6),),
        rooms=tuple(replace(one, storey=StoreyId(level)) for one in rooms),
        placeholders=tuple(replace(one, storey=StoreyId(level)) for one in lamps),
        mesh=Mesh(parts=(wall,), elements=(Element(name=name, ifc_class="IfcWall"),)),
    )


def known(project: Project, source: str) -> ProjectParts:
    return ProjectParts(source=source, parts={id: project.part(id) for id in project.sources()})


def take(project: Project, building: Building, source: str = "1") -> Twin:
    found = merge_model(building, known(project, source))
    return project.set_building(found.building, intake=found.intake)


@pytest.fixture
def project(tmp_path: Path):
    with Project.create(tmp_path / "house.oikos") as opened:
        yield opened


HALL, BATH = room(0.0, "Hall"), room(4.2, "Bath")


def test_a_second_file_lies_in_the_coordinates_of_the_first_and_on_its_storeys(project: Project) -> None:
    take(project, file("a", [HALL, BATH]))
    far = file("e", lamps=[lamp(-98.0, z=-7.6)], origin=(100.0, 0.0, 10.0), level="other", elevation=-10.2)
    twin = take(project, far, "2")
    assert [storey.name for storey in twin.storeys] == ["Level of a"]
    (light,) = twin.placeholders
    assert light.position_m == pytest.approx((2.0, 1.5, 2.4))
    assert (light.room, light.storey) == (HALL.id, "g")
    mesh = project.mesh()
    assert mesh is not None
    (wall,) = mesh.parts
    assert wall.positions[:, 0].tolist() == [0, 1, 0, 100, 101, 100]
    assert [mesh.elements[i].name for i in wall.elements] == ["a", "e"]


def test_a_device_that_two_rooms_claim_names_them(project: Project) -> None:
    take(project, file("a", [HALL, room(3.0, "Over", width=2.0)]))
    (light,) = take(project, file("e", lamps=[lamp(3.5)]), "2").placeholders
    assert light.room is None
    assert set(light.candidates) == {HALL.id, "r-Over"}


def test_a_room_that_both_files_have_is_there_once(project: Project) -> None:
    take(project, file("a", [HALL, BATH]))
    again = replace(HALL, id=RoomId("theirs"), source_id="x")
    twin = take(project, file("e", [again, room(20.0, "Shed")], lamps=[replace(lamp(2.0), room=RoomId("theirs"))]), "2")
    assert [r.name for r in twin.rooms] == ["Hall", "Bath", "Shed"] or {r.name for r in twin.rooms} == {"Hall", "Bath", "Shed"}  # fmt: skip
    assert twin.placeholders[0].room == HALL.id


def test_reading_one_file_again_leaves_the_part_of_the_other(project: Project) -> None:
    take(project, file("a", [HALL, BATH]))
    before = take(project, file("e", lamps=[lamp(2.0), lamp(5.0, "Other", id="p2")]), "2")
    assert {p.name: p.room for p in before.placeholders} == {"Lamp": HALL.id, "Other": BATH.id}
    assert take(project, file("e", lamps=[lamp(2.0)]), "2").rooms == before.rooms
    assert [p.name for p in project.twin().placeholders] == ["Lamp"]
    fresh = [replace(HALL, id=RoomId("n"), source_id="new")]
    twin = take(project, file("a", fresh))
    assert [r.id for r in twin.rooms] == [HALL.id]
    assert twin.placeholders[0].room == HALL.id


def test_devices_of_the_other_file_look_for_a_room_again_when_theirs_went(project: Project) -> None:
    take(project, file("a", [HALL, BATH]))
    take(project, file("e", lamps=[lamp(5.0)]), "2")
    wide = room(0.0, "Hall", width=8.2)
    twin = take(project, file("a", [wide]))
    assert twin.placeholders[0].room == HALL.id


def test_a_file_read_again_with_another_origin_stays_where_it_was(project: Project) -> None:
    project.set_building(file("a", [HALL, BATH]))
    moved = [replace(r, outline=tuple((x - 50.0, y) for x, y in r.outline)) for r in (HALL, BATH)]
    twin = take(project, file("a", moved, origin=(50.0, 0.0, 0.0)))
    assert [np.round(r.outline, 6).tolist() for r in twin.rooms] == [np.array(r.outline).tolist() for r in (HALL, BATH)]
    assert twin.site.origin_m == (0.0, 0.0, 0.0)


def test_another_building_altogether_brings_its_own_coordinates(project: Project) -> None:
    project.set_building(file("a", [HALL, BATH]))
    twin = take(project, file("b", [room(500.0, "Barn")], origin=(7.0, 0.0, 0.0)))
    assert twin.site.origin_m == (7.0, 0.0, 0.0)


def test_a_connected_device_keeps_its_place_when_the_file_calls_it_otherwise(project: Project) -> None:
    take(project, file("a", [HALL], lamps=[lamp(1.0), lamp(3.0, id="p2")]))
    twin = take(project, file("a", [HALL], lamps=[lamp(3.3, id="q2"), lamp(1.3, id="q1")]))
    assert {p.id: round(p.position_m[0], 1) for p in twin.placeholders} == {"p1": 1.3, "p2": 3.3}


def test_a_file_beside_one_with_rooms_brings_no_guessed_ones(project: Project) -> None:
    take(project, file("a", [HALL, BATH]))
    guess_note = plain("Rooms were found between walls", "Check them", code="ifc.rooms_recovered")
    walls = replace(file("s", [room(0.1, "Room", width=2.0)], lamps=[lamp(1.0)]), problems=(guess_note,))
    review = review_reimport(walls, known(project, "2"), project.twin())
    assert (review.new, review.problems) == ((), ())
    twin = take(project, walls, "2")
    assert [r.name for r in twin.rooms] == ["Hall", "Bath"]
    assert twin.placeholders[0].room == HALL.id


def test_storeys_with_new_ids_are_known_by_their_height(project: Project) -> None:
    take(project, file("a", [HALL]))
    project.rename(StoreyId("g"), "My floor")
    twin = take(project, file("a", [HALL], level="regenerated", elevation=0.2))
    assert [(storey.id, storey.name) for storey in twin.storeys] == [("g", "My floor")]
    mesh = project.mesh()
    assert mesh is not None
    assert mesh.parts[0].storey == "g"


def test_doors_join_the_rooms_of_the_project(project: Project) -> None:
    door = Door(id=DoorId("d"), storey=StoreyId("g"), name="Door", rooms=(RoomId("n"),), position_m=(4.1, 1.0, 0.0))
    take(project, file("a", [HALL, BATH]))
    again = replace(file("a", [replace(HALL, id=RoomId("n")), BATH]), doors=(door,))
    assert take(project, again).doors[0].rooms == (HALL.id,)


def test_a_review_says_what_would_happen_and_changes_nothing(project: Project) -> None:
    take(project, file("a", [HALL, BATH, room(9.0, "Shed")]))
    sensor = device("sensor", "temperature")
    project.add_link(LINK)
    project.put_devices((sensor,))
    before = project.bind(sensor.id, BATH.id)
    wide = [room(0.0, "Hall", width=8.2), replace(room(9.0, "Store"), source_id="g-Shed"), room(30.0, "Barn")]
    review = review_reimport(file("a", wide), known(project, "1"), before)
    assert [pair.new.name for pair in review.moved] == ["Hall"]
    assert [(pair.old.name, pair.new.name) for pair in review.renamed] == [("Shed", "Store")]
    assert [one.name for one in review.new] == ["Barn"]
    (lost,) = review.at_stake
    assert (lost.room.name, lost.devices, lost.suggestion) == ("Bath", (sensor.id,), HALL.id)
    assert project.twin() is before
    assert (review.first, review.added, review.unchanged) == (False, False, True)
    assert review_reimport(file("e"), known(project, "2"), before).added


def test_a_room_that_the_user_named_is_not_called_renamed(project: Project) -> None:
    take(project, file("a", [HALL, BATH]))
    twin = project.rename(HALL.id, "Mine")
    review = review_reimport(file("a", [replace(HALL, source_id="x"), BATH]), known(project, "1"), twin)
    assert [len(group) for group in (review.kept, review.renamed, review.lost)] == [2, 0, 0]


def test_a_file_is_known_by_path_name_or_what_is_in_it() -> None:
    parts = {"1": file("a", [HALL]), "2": file("e", lamps=[replace(lamp(1.0), source_id="guid")])}
    assert guess(file("e"), parts) == "2"
    assert guess(replace(file("e"), source=Source(path="/else/e", sha256="", importer="")), parts) == "2"
    assert guess(file("n", lamps=[replace(lamp(1.0), source_id="guid")]), parts) == "2"
    assert guess(file("n", [room(1.0, "Other")]), parts) is None


def test_a_guid_that_two_rooms_share_decides_nothing() -> None:
    old = [replace(HALL, source_id="same"), replace(BATH, source_id="same")]
    new = [replace(BATH, id=RoomId("b"), source_id="same"), replace(HALL, id=RoomId("h"), source_id="same")]
    assert match_rooms(old, new).keep == {"b": BATH.id, "h": HALL.id}


def test_a_building_that_moved_as_a_whole_is_recognised_without_names_and_guids() -> None:
    old = [room(x, "", width=w, id=f"o{x}") for x, w in ((0.0, 4.0), (4.2, 0.6), (5.0, 2.0), (7.2, 3.0))]
    new = [room(x + 0.4, "", width=w, id=f"n{x}") for x, w in ((7.2, 3.0), (4.2, 0.6), (0.0, 4.0), (5.0, 2.0))]
    assert match_rooms(old, new).keep == {new_id: f"o{new_id[1:]}" for new_id in ("n0.0", "n4.2", "n5.0", "n7.2")}


def test_duplex_and_its_electrical_file_make_one_building(project: Project, shared_data: Path) -> None:
    models = shared_data / "building-models"
    take(project, read_building(models / "Duplex_A.ifc"))
    twin = take(project, read_building(models / "Duplex_Electrical.ifc"), "2")
    assert [len(x) for x in (twin.storeys, twin.rooms, twin.placeholders)] == [4, 21, 99]
    assert {storey.name for storey in twin.storeys} == {"T/FDN", "Level 1", "Level 2", "Roof"}
    assert sum(p.room is not None for p in twin.placeholders) >= 95
    assert all(p.room in twin.room_of for p in twin.placeholders if p.room)
    assert all(room in twin.room_of for p in twin.placeholders for room in p.candidates)
    assert take(project, read_building(models / "Duplex_Electrical.ifc"), "2") == twin


def test_three_files_with_the_same_guids_share_a_storey(project: Project, shared_data: Path) -> None:
    for number, name in enumerate(("Architecture", "Hvac", "Structural"), 1):
        take(project, read_building(shared_data / "building-models" / f"bSI_Building-{name}.ifc"), str(number))
    assert len(project.twin().storeys) == 1
    mesh = project.mesh()
    assert mesh is not None
    assert mesh.triangle_count == 1106 + 1064 + 1544  # a spatial zone is no body


@st.composite
def plans(draw: st.DrawFn) -> list[Room]:
    """Rooms side by side and over each other, with names, guids and outlines that repeat, are missing or are nonsense."""
    out: list[Room] = []
    for n in range(draw(st.integers(0, 8))):
        x, width = draw(st.sampled_from([0.0, 0.3, 4.0, 4.2, 8.0])), draw(st.sampled_from([0.0, 0.4, 4.0]))
        outline = ((x, 0.0), (x + width, 0.0), (x + width, 3.0), (x, 3.0))
        twisted = (outline[0], outline[2], outline[1], outline[3])
        out.append(
            Room(
                id=RoomId(f"{draw(st.sampled_from('ab'))}{n}"),
                storey=StoreyId("g"),
                name=draw(st.sampled_from(["", "Hall", "Bath", "hall "])),
                outline=draw(st.sampled_from([outline, outline, twisted, outline[:2], ()])),
                source_id=draw(st.sampled_from(["", "g1", "g2", "g3"])),
                floor_m=draw(st.sampled_from([0.0, 0.2, 3.0])),
            )
        )
    return out


@given(plans(), plans())
def test_no_room_is_ever_taken_twice_and_none_is_forgotten(old: list[Room], new: list[Room]) -> None:
    match = match_rooms(old, new)
    assert sorted([p.old.id for p in match.pairs] + [r.id for r in match.lost]) == sorted(r.id for r in old)
    assert sorted([p.new.id for p in match.pairs] + [r.id for r in match.new]) == sorted(r.id for r in new)


@given(plans(), plans())
def test_a_project_never_loses_a_device_whatever_the_next_file_holds(old: list[Room], new: list[Room]) -> None:
    first = merge_model(file("a", {r.id: r for r in old}.values()), ProjectParts())  # type: ignore[arg-type]
    again = merge_model(file("a", new), ProjectParts(parts={"1": first.building}))
    kept = set(again.intake.keep.values())
    assert kept | {room.id for room in again.match.lost} >= {room.id for room in first.building.rooms}
    assert len(kept) == len(again.intake.keep)
