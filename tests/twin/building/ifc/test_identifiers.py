"""Things that share a GlobalId, or have none that is right, are told apart: none vanishes."""

from __future__ import annotations

from pathlib import Path
from typing import Any

import pytest

from tests.twin.building.ifc.plain import House
from twin.building.import_worker import read_building
from twin.model.building import Building

ODD = {
    "same": ["0ZBert7zf3GhThbO52NRpx"] * 3,
    "none": [None] * 3,
    "empty": [""] * 3,
    "quoted": ["it's \\ <b>1</b>", "it's \\ <b>2</b>", "it's \\ <b>2</b>"],
    "control": ["a\x1fb", "a\x1fb", "ab"],
    "letters": ["房间", "房间", "é"],
    "leaf": ["x leaf 1", "x leaf 1", "x leaf 2"],
    "long": ["x" * 500, "x" * 500, "x" * 501],
}


def house(ids: list[str | None]) -> House:
    """A storey over another, with three rooms, doors and lamps each; those of a kind get these GlobalIds."""
    made = House()
    upper = made.root("IfcBuildingStorey", "Upper", Elevation=3.0)
    third = made.root("IfcBuildingStorey", "Third", Elevation=6.0)
    made.root("IfcRelAggregates", RelatingObject=made.building, RelatedObjects=[upper, third])
    kinds: dict[str, list[Any]] = {"storeys": [made.storey, upper, third]}
    kinds["rooms"] = [made.room(f"Room {n}", (5.0 * n, 0, 0), (4, 4, 2.5)) for n in range(3)]
    kinds["doors"] = [made.thing("IfcDoor", "Door", (5.0 * n, 4, 0), (0.9, 0.1, 2)) for n in range(3)]
    kinds["lamps"] = [made.thing("IfcLightFixture", "Lamp", (5.0 * n + 1, 1, 2), (0.2, 0.2, 0.2)) for n in range(3)]
    for some in kinds.values():
        for thing, id in zip(some, ids, strict=True):
            thing.GlobalId = id
    return made


def identities(building: Building) -> list[list[str]]:
    return [
        [storey.id for storey in building.storeys],
        [room.id for room in building.rooms],
        [door.id for door in building.doors],
        [holder.id for holder in building.placeholders],
        [element.source_id for element in building.mesh.elements],
        [room.source_id for room in building.rooms],
    ]


@pytest.mark.parametrize("odd", ODD)
def test_nothing_vanishes_whatever_its_identifier(tmp_path: Path, odd: str) -> None:
    building = read_building(house(list(ODD[odd])).write(tmp_path))
    for ids in identities(building):
        assert len(set(ids)) == len(ids) >= 3
    assert all(id and id.isprintable() for ids in identities(building) for id in ids)
    codes = {problem.code for problem in building.problems}
    assert codes & {"ifc.same_ids", "ifc.odd_ids"}


@pytest.mark.parametrize("odd", ["same", "none"])
def test_the_same_file_gives_the_same_identities_again(tmp_path: Path, odd: str) -> None:
    path = house(list(ODD[odd])).write(tmp_path)
    assert identities(read_building(path)) == identities(read_building(path))


def test_the_first_keeps_the_identity_that_it_has_always_had(tmp_path: Path) -> None:
    made = House()
    rooms = [made.room(f"Room {n}", (5.0 * n, 0, 0), (4, 4, 2.5)) for n in range(2)]
    alone = read_building(made.write(tmp_path))
    assert alone.problems == ()
    rooms[1].GlobalId = rooms[0].GlobalId
    assert read_building(made.write(tmp_path)).rooms[0].id == alone.rooms[0].id


def test_the_case_of_three_rooms_with_one_identifier(shared_data: Path) -> None:
    building = read_building(shared_data.parent / "cases" / "building" / "dup_space_guid.ifc")
    assert len({room.id for room in building.rooms}) == 3
    assert "ifc.same_ids" in [problem.code for problem in building.problems]
