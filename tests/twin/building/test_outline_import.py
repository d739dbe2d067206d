"""Home Assistant's areas beside a building with shapes: only devices come, into the rooms of the same name."""

from __future__ import annotations

from pathlib import Path

import pytest

from app.engine import importing
from app.i18n import what
from tests.twin.building.test_hass import AREAS, stored
from tests.twin.building.test_svg import PLAN
from twin.building.import_worker import read_building
from twin.model.building import Building
from twin.model.twin import Twin
from twin.store.project import Project

BODY = """<rect id="area.kitchen" width="100" height="50"/><rect id="area.hall" y="50" width="100" height="50"/>
<rect id="area.bedroom" x="100" width="80" height="100"/>"""


@pytest.fixture
def project(tmp_path: Path):
    with Project.create(tmp_path / "house.oikos", "House") as opened:
        yield opened


@pytest.fixture
def plan(tmp_path: Path) -> Building:
    path = tmp_path / "plan.svg"
    path.write_text(PLAN.format(BODY))
    return read_building(path)


def taken(project: Project, building: Building, into: str = "") -> Twin:
    return importing.apply_import(project, importing.preview_import(project, building, into))


def homes(twin: Twin) -> dict[str, str]:
    """The room of each planned device by its source."""
    return {one.source_id: twin.room_of[one.room].name for one in twin.placeholders if one.room}


def test_a_scheme_never_takes_the_place_of_a_building_with_shapes(
    project: Project, plan: Building, tmp_path: Path
) -> None:
    before = taken(project, plan)
    twin = taken(project, read_building(stored(tmp_path)))
    assert [(room.id, room.outline) for room in twin.rooms] == [(room.id, room.outline) for room in before.rooms]
    assert [storey.id for storey in twin.storeys] == [storey.id for storey in before.storeys]
    assert homes(twin) == {
        "light.kitchen_ceiling": "Kitchen", "switch.relay_1": "Hall", "binary_sensor.template": "Hall",
        "sensor.bed_t": "Bedroom", "switch.relay_2": "Bedroom",
    }  # fmt: skip
    for one in twin.placeholders:
        assert one.room is not None
        assert twin.room_of[one.room].contains(*one.position_m[:2])
        assert one.storey == twin.room_of[one.room].storey


def test_areas_that_are_no_rooms_there_are_said(project: Project, plan: Building, tmp_path: Path) -> None:
    taken(project, plan)
    problems = importing.preview_import(project, read_building(stored(tmp_path))).problems
    assert {problem.code for problem in problems} == {"hass.no_area", "hass.no_room"}
    assert "Laundry" in next(what(problem) for problem in problems if problem.code == "hass.no_room")


def test_the_registries_again_change_only_what_changed(project: Project, plan: Building, tmp_path: Path) -> None:
    taken(project, plan)
    first = taken(project, read_building(stored(tmp_path)))
    assert taken(project, read_building(stored(tmp_path))).placeholders == first.placeholders
    moved = [
        area | {"name": {"Hall": "Bedroom", "Bedroom": "Hall"}.get(str(area["name"]), area["name"])} for area in AREAS
    ]
    again = taken(project, read_building(stored(tmp_path, areas=moved)))
    assert len(project.sources()) == 2
    assert homes(again)["switch.relay_1"] == "Bedroom"
    assert {one.id for one in again.placeholders} == {one.id for one in first.placeholders}


def test_a_building_with_shapes_takes_the_place_of_a_scheme_and_its_rooms_stay_who_they_are(
    project: Project, plan: Building, tmp_path: Path
) -> None:
    before = taken(project, read_building(stored(tmp_path)))
    after = taken(project, plan)
    ids = {room.name: room.id for room in before.rooms}
    assert {room.name for room in after.rooms if ids.get(room.name) == room.id} >= {"Kitchen", "Hall"}
    assert len(project.sources()) == 1


def test_many_devices_of_one_area_are_spread_over_its_room(project: Project, plan: Building, tmp_path: Path) -> None:
    devices = [{"id": f"d{n}", "name": f"Lamp {n}", "area_id": "kitchen"} for n in range(12)]
    taken(project, plan)
    twin = taken(project, read_building(stored(tmp_path, devices=devices, entities=None)))
    assert len({one.position_m for one in twin.placeholders}) == 12
