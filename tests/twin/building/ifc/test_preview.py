"""While an IFC file is read there is something to look at: rooms first, then walls."""

from pathlib import Path

import numpy as np
import pytest

from twin.building.import_worker import read_building
from twin.model.building import Building
from twin.model.problem import ProblemError


def watched(path: Path) -> tuple[Building, list[Building]]:
    seen: list[Building] = []
    return read_building(path, on_preview=seen.append), seen


@pytest.mark.parametrize("name", ["Duplex_A.ifc", "AC11-Institute-Var-2.ifczip", "AC20-FZK-Haus.ifc"])
def test_rooms_come_before_any_wall_and_are_the_rooms_of_the_end(name: str, shared_data: Path) -> None:
    building, seen = watched(shared_data / "building-models" / name)
    assert [bool(one.rooms) for one in seen] == [True] + [False] * (len(seen) - 1)
    assert {(room.id, room.area_m2) for room in seen[0].rooms} == {(room.id, room.area_m2) for room in building.rooms}
    assert [storey.id for storey in seen[0].storeys] == [storey.id for storey in building.storeys]
    assert not seen[0].mesh.parts
    shown = sum(one.mesh.triangle_count for one in seen)
    assert 0.9 * building.mesh.triangle_count < shown <= building.mesh.triangle_count  # the land is not shown


def test_what_is_shown_lies_where_the_building_will_lie(shared_data: Path) -> None:
    building, seen = watched(shared_data / "building-models" / "Duplex_A.ifc")
    shown = np.concatenate([part.positions for one in seen for part in one.mesh.parts])
    there = np.concatenate([part.positions for part in building.mesh.parts])
    assert np.allclose([shown.min(0), shown.max(0)], [there.min(0), there.max(0)], atol=0.01)


def test_far_from_the_origin_what_is_shown_is_near_it_all_the_same(shared_data: Path) -> None:
    building, seen = watched(shared_data / "building-models" / "large_offset.ifc")
    assert any(building.site.origin_m)
    assert all(np.abs(part.positions).max() < 5_000 for one in seen for part in one.mesh.parts)


def test_a_building_without_rooms_shows_its_walls(shared_data: Path) -> None:
    _, seen = watched(shared_data / "building-models" / "broken" / "ifc_no_spaces.ifc")
    assert not seen[0].rooms
    assert seen[0].storeys
    assert sum(one.mesh.triangle_count for one in seen) > 0


def test_watching_changes_nothing_about_the_building(shared_data: Path) -> None:
    path = shared_data / "building-models" / "Duplex_A.ifc"
    (building, _), alone = watched(path), read_building(path)
    assert (building.rooms, building.doors, building.problems) == (alone.rooms, alone.doors, alone.problems)
    assert building.mesh.triangle_count == alone.mesh.triangle_count


def test_an_import_can_be_stopped_while_walls_arrive(shared_data: Path) -> None:
    seen: list[Building] = []
    with pytest.raises(ProblemError) as caught:
        read_building(
            shared_data / "building-models" / "AC11-Institute-Var-2.ifczip",
            on_preview=seen.append,
            cancelled=lambda: bool(seen),
        )
    assert [problem.code for problem in caught.value.problems] == ["import.cancelled"]
