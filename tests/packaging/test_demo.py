"""Our own demo buildings: drawn soundly, written as files that our importer reads back."""

import json
import math
import sys
from importlib.resources import files
from pathlib import Path

import pytest
import shapely
import shapely.affinity

from twin.building.import_worker import read_building
from twin.building.plan.furniture_models import MODELS
from twin.model.kind import KINDS
from twin.model.space import DoorLeaf, leaf_source

sys.path.insert(0, str(Path(__file__).resolve().parents[2] / "packaging" / "demo"))
import make
import sweet_home_writer
from demo_home import linden_house
from demo_office import small_office
from demo_plan import Piece, Plan

sys.path.pop(0)

PLANS = {"home": linden_house(), "office": small_office()}


@pytest.mark.parametrize("model", MODELS)
def test_every_model_is_closed_and_stands_on_its_floor(model: str) -> None:
    for block in MODELS[model]((1.4, 0.8, 1.2)).blocks:
        assert block.triangles.max() < len(block.positions)
        assert block.positions[:, 2].min() > -0.05
        assert block.colour.startswith("#")


@pytest.mark.parametrize("name", PLANS)
def test_rooms_of_a_storey_do_not_overlap(name: str) -> None:
    for level in PLANS[name].levels:
        shapes = [shapely.Polygon(room.outline) for room in level.rooms]
        assert all(shape.is_valid and shape.area > 1 for shape in shapes)
        overlap = sum(shape.area for shape in shapes) - shapely.union_all(shapes).area
        assert overlap < 0.01


@pytest.mark.parametrize("name", PLANS)
def test_every_device_is_in_the_room_it_names_or_on_its_edge(name: str) -> None:
    for level in PLANS[name].levels:
        shapes = {room.name: shapely.Polygon(room.outline) for room in level.rooms}
        for device in level.devices:
            assert device.kind in KINDS
            away = shapes[device.room].distance(shapely.Point(device.at[:2]))
            assert away < 0.45, f"{device.uid} is {away:.2f} m from {device.room}"


@pytest.mark.parametrize("name", PLANS)
def test_no_two_devices_share_an_identity(name: str) -> None:
    uids = [device.uid for level in PLANS[name].levels for device in level.devices]
    assert len(uids) == len(set(uids))


@pytest.mark.parametrize("name", PLANS)
def test_a_plan_written_as_a_file_reads_back_as_the_same_building(name: str, tmp_path: Path) -> None:
    plan: Plan = PLANS[name]
    out = tmp_path / f"{name}.sh3d"
    sweet_home_writer.write(plan, out)
    building = read_building(out)
    assert building.site.name == plan.name
    assert [storey.name for storey in building.storeys] == [level.name for level in plan.levels]
    areas = {room.name: shapely.Polygon(room.outline).area for level in plan.levels for room in level.rooms}
    assert {room.name: pytest.approx(room.area_m2, rel=0.01) for room in building.rooms} == areas
    assert all(door.rooms for door in building.doors)
    assert building.problems == ()


@pytest.mark.parametrize("name", PLANS)
def test_doors_swing_clear_of_furniture_and_their_leaves_can_be_turned(name: str, tmp_path: Path) -> None:
    out = tmp_path / f"{name}.sh3d"
    sweet_home_writer.write(PLANS[name], out)
    building = read_building(out)
    elements = {element.source_id for element in building.mesh.elements}
    leaves = [(door, n, leaf) for door in building.doors for n, leaf in enumerate(door.swing)]
    assert len(leaves) > 10
    for door, n, leaf in leaves:
        assert leaf_source(door.source_id, n) in elements
        assert 0.6 < leaf.width_m < 1.3
    blocked = [
        door.name
        for level, storey in zip(PLANS[name].levels, building.storeys, strict=True)
        for door, _, leaf in leaves
        if door.storey == storey.id and any(_tip(leaf).within(_footprint(piece)) for piece in level.pieces)
    ]
    assert len(blocked) <= 1, blocked


def _tip(leaf: DoorLeaf) -> shapely.Point:
    angle = math.radians(leaf.closed_deg + leaf.open_deg)
    return shapely.Point(leaf.hinge[0] + leaf.width_m * math.cos(angle), leaf.hinge[1] + leaf.width_m * math.sin(angle))


def _footprint(piece: Piece) -> shapely.Polygon:
    if piece.kind != "piece" or piece.size[2] < 0.05 or piece.model in ("rug", "deck"):
        return shapely.Polygon()
    box = shapely.box(-piece.size[0] / 2, -piece.size[1] / 2, piece.size[0] / 2, piece.size[1] / 2)
    turned = shapely.affinity.rotate(box, piece.angle_deg, origin=(0, 0))
    return shapely.affinity.translate(turned, *piece.at)


@pytest.mark.parametrize("name", PLANS)
def test_what_ships_is_what_the_plan_says_today(name: str) -> None:
    shipped = json.loads(files("assets").joinpath("demo", f"{name}.json").read_text(encoding="utf-8"))
    assert shipped == json.loads(json.dumps(make.blueprint(PLANS[name], name)))


def test_the_same_plan_gives_the_same_bytes(tmp_path: Path) -> None:
    one, two = tmp_path / "one.sh3d", tmp_path / "two.sh3d"
    sweet_home_writer.write(PLANS["home"], one)
    sweet_home_writer.write(linden_house(), two)
    assert one.read_bytes() == two.read_bytes()


def test_an_office_of_any_size_can_be_drawn() -> None:
    large = small_office(storeys=10, bays=40)
    assert len(large.levels) == 10
    assert sum(len(level.rooms) for level in large.levels) > 300
