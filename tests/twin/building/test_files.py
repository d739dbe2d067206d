"""Real building files of all kinds, and broken ones: each becomes a building or one clear problem."""

import hashlib
from functools import cache
from pathlib import Path

import pytest

from app.i18n import remedy, sentence, what
from twin.building.import_worker import read_building
from twin.model.building import Building
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.text import Text

MODELS = Path(__file__).resolve().parents[4] / "shared" / "data" / "building-models"
KINDS = (".ifc", ".ifczip", ".ifcxml", ".sh3d")
WHOLE = sorted(p.name for p in MODELS.glob("*") if p.suffix in KINDS) if MODELS.is_dir() else []
BROKEN = sorted(p.name for p in (MODELS / "broken").glob("*")) if MODELS.is_dir() else []
FACTS = {
    "Duplex_A.ifc": {"storeys": 4, "rooms": 21, "doors": 14},
    "AC11-Institute-Var-2.ifczip": {"storeys": 5, "rooms": 82, "doors": 77},
    "AC20-FZK-Haus.ifc": {"storeys": 2, "rooms": 7, "doors": 5},
    "House-Renga.ifc": {"storeys": 3, "rooms": 13, "doors": 19},
    "Duplex_Electrical.ifc": {"storeys": 3, "rooms": 1, "placeholders": 99},
    "bimwhale_LargeBuilding.ifc": {"storeys": 2, "rooms": 8, "doors": 18},
    "revit_quantities.ifc": {"storeys": 1, "rooms": 7, "doors": 1},
    "andijcr_home.sh3d": {"storeys": 1, "rooms": 10},
    "andijcr_default.sh3d": {"storeys": 6, "rooms": 15, "placeholders": 20},
    "rtreffer_home.sh3d": {"storeys": 1, "rooms": 11},
    "abesalomi_v1.sh3d": {"storeys": 1, "rooms": 8},
    "cli_Home.sh3d": {"storeys": 2, "rooms": 12},
    "sh3d_junit_home1.sh3d": {"storeys": 1, "rooms": 2},
}
WALLS = {"andijcr_home.sh3d": 109, "rtreffer_home.sh3d": 57, "abesalomi_v1.sh3d": 43}


@cache
def read(name: str) -> Building | tuple[Problem, ...]:
    """The building, or the problems it gave."""
    try:
        return read_building(MODELS / name)
    except ProblemError as error:
        return error.problems


@pytest.fixture(autouse=True)
def models(shared_data: Path) -> Path:
    return shared_data / "building-models"


@pytest.mark.parametrize("name", FACTS)
def test_a_known_file_has_the_counts_that_were_stated_for_it(name: str) -> None:
    building = read(name)
    assert isinstance(building, Building), building
    assert {what: len(getattr(building, what)) for what in FACTS[name]} == FACTS[name]


@pytest.mark.parametrize("name", WALLS)
def test_every_wall_of_a_home_is_an_element(name: str) -> None:
    building = read(name)
    assert isinstance(building, Building)
    assert sum(element.ifc_class == "IfcWall" for element in building.mesh.elements) == WALLS[name]


@pytest.mark.parametrize("name", WHOLE)
def test_every_file_becomes_a_building_or_a_problem_that_a_person_understands(name: str) -> None:
    told = read(name)
    problems = told.problems if isinstance(told, Building) else told
    for problem in problems:
        assert what(problem)
        assert remedy(problem)
        assert problem.where
        assert "Traceback" not in what(problem) + remedy(problem)
        assert problem.severity is (Severity.WARNING if isinstance(told, Building) else Severity.ERROR)
    if isinstance(told, Building):
        known = {storey.id for storey in told.storeys}
        assert all(room.storey in known for room in told.rooms)
        assert len({room.id for room in told.rooms}) == len(told.rooms)
        for part in told.mesh.parts:
            assert part.triangles.max() < len(part.positions)
            assert len(part.triangles) == len(part.colours) == len(part.elements)


@pytest.mark.parametrize("name", BROKEN)
def test_no_broken_file_hangs_crashes_or_writes(name: str, models: Path) -> None:
    before = {p: p.stat().st_mtime_ns for p in models.rglob("*")}
    told = read(f"broken/{name}")
    assert isinstance(told, Building) or all(remedy(problem) for problem in told)
    assert {p: p.stat().st_mtime_ns for p in models.rglob("*")} == before
    assert not list(models.parent.rglob("evil*"))


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("broken/ifc_is_pdf.ifc", "ifc.foreign"),
        ("broken/ifc_nan_coords.ifc", "ifc.not_a_number"),
        ("broken/ifczip_traversal.ifczip", "zip.traversal"),
        ("broken/ifczip_empty.ifczip", "ifczip.empty"),
        ("broken/sh3d_bomb_1GB.sh3d", "zip.bomb"),
        ("broken/sh3d_xxe.sh3d", "xml.entities"),
        ("broken/sh3d_java_truncated.sh3d", "sh3d.old_damaged"),
        ("broken/sh3d_truncated.sh3d", "zip.damaged"),
        ("sh3d_damagedHome.sh3d", "zip.damaged"),
        ("dxf_floorplan.dxf", "file.picture"),
    ],
)
def test_each_kind_of_damage_has_its_own_problem(name: str, code: str) -> None:
    told = read(name)
    assert not isinstance(told, Building)
    assert [problem.code for problem in told] == [code]


@pytest.mark.parametrize(
    ("name", "code"),
    [
        ("broken/ifc_units_metre_instead_of_mm.ifc", "building.size"),
        ("broken/ifc_coords_1e30.ifc", "ifc.wild_coordinates"),
        ("broken/ifc_no_spaces.ifc", "ifc.rooms_recovered"),
        ("broken/ifc_boolean_chain_20000.ifc", "ifc.shapeless"),
        ("broken/sh3d_nan.sh3d", "sh3d.swallowed"),
        ("Vogel_Gesamt.ifc", "ifc.legacy"),
    ],
)
def test_what_loads_but_is_wrong_is_said(name: str, code: str) -> None:
    told = read(name)
    assert isinstance(told, Building)
    assert code in [problem.code for problem in told.problems]


def test_a_file_cut_off_before_its_end_is_read_and_said_to_be_cut_off(models: Path, tmp_path: Path) -> None:
    text = (models / "bimwhale_TallBuilding.ifc").read_bytes()
    cut = tmp_path / "cut.ifc"
    cut.write_bytes(text[: int(len(text) * 0.6)])
    try:
        codes = [problem.code for problem in read_building(cut).problems]
    except ProblemError as error:
        codes = [problem.code for problem in error.problems]
    assert codes
    assert codes[0] in ("ifc.truncated", "file.unreadable", "ifc.unreadable", "ifc.no_project")


def test_the_same_file_gives_the_same_ids_again(models: Path) -> None:
    once, again = read("AC20-FZK-Haus.ifc"), read_building(models / "AC20-FZK-Haus.ifc")
    assert isinstance(once, Building)
    assert [room.id for room in once.rooms] == [room.id for room in again.rooms]
    assert once.source.sha256 == hashlib.sha256((models / "AC20-FZK-Haus.ifc").read_bytes()).hexdigest()


def test_every_door_of_the_institute_joins_rooms() -> None:
    building = read("AC11-Institute-Var-2.ifczip")
    assert isinstance(building, Building)
    assert sum(bool(door.rooms) for door in building.doors) == 77


def test_a_cancelled_import_ends_and_leaves_no_child(models: Path) -> None:
    with pytest.raises(ProblemError) as caught:
        read_building(models / "AC11-Institute-Var-2.ifczip", cancelled=lambda: True)
    assert caught.value.problems[0].code == "import.cancelled"


def test_progress_names_its_steps_and_never_leaves_zero_to_one(models: Path) -> None:
    told: list[tuple[str, float | None]] = []
    read_building(models / "Duplex_A.ifc", progress=lambda title, part: told.append((title, part)))
    assert "Finding rooms" in [sentence(Text(title)) for title, _ in told]
    assert all(part is None or 0.0 <= part <= 1.0 for _, part in told)


def test_what_lies_beyond_the_earth_does_not_say_where_a_building_is() -> None:
    building = read("broken/ifc_coords_1e30.ifc")
    assert isinstance(building, Building)
    assert "58 elements" in next(what(p) for p in building.problems if p.code == "ifc.wild_coordinates")
