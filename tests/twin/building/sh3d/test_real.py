"""Every real home that we have, with the counts that are stated for it."""

from __future__ import annotations

import shutil
import zipfile
from functools import cache
from pathlib import Path

import pytest

from tests.twin.building.sh3d.homes import read as read_home
from twin.model.building import Building
from twin.model.space import leaf_source

MANIFEST = {
    "abesalomi_v1": (1, 8, 85, 43, 12, 0),
    "andijcr_default": (6, 15, 245, 44, 21, 20),
    "andijcr_home": (1, 10, 87, 109, 17, 0),
    "cli_Home": (2, 12, 153, 18, 17, 0),
    "cli_bowman": (1, 3, 7, 49, 0, 0),
    "rtreffer_home": (1, 11, 134, 57, 18, 0),
    "sh3d_junit_holes": (2, 2, 29, 8, 1, 0),
    "sh3d_junit_home1": (1, 2, 12, 7, 6, 0),
    "sh3d_junit_home1_old": (1, 2, 12, 5, 4, 0),
}
"""Levels, rooms, m², walls (the 10 that are stated for home1 count its curved wall as four), doors and windows, lights."""
SWINGING = {
    "cli_Home": 6,
    "abesalomi_v1": 11,
    "andijcr_default": 8,
    "andijcr_home": 7,
    "rtreffer_home": 11,
    "sh3d_junit_home1": 2,
}
JOINING = {"abesalomi_v1": 10, "andijcr_default": 9, "andijcr_home": 9, "cli_Home": 6, "rtreffer_home": 18}


@pytest.fixture
def models(shared_data: Path) -> Path:
    return shared_data / "building-models"


@cache
def read(path: Path) -> Building:
    """Each home is read once."""
    return read_home(path)


@pytest.mark.parametrize("name", MANIFEST)
def test_counts_are_those_of_the_manifest(name: str, models: Path) -> None:
    built = read(models / f"{name}.sh3d")
    levels, rooms, area, walls, openings, lights = MANIFEST[name]
    assert (len(built.storeys), len(built.rooms), len(built.placeholders)) == (levels, rooms, lights)
    assert sum(room.area_m2 for room in built.rooms) == pytest.approx(area, abs=0.6)
    kinds = [element.ifc_class for element in built.mesh.elements if " leaf " not in element.source_id]
    assert kinds.count("IfcWall") == walls
    assert kinds.count("IfcDoor") + kinds.count("IfcWindow") == openings


@pytest.mark.parametrize("name", SWINGING)
def test_doors_have_the_leaves_that_their_sashes_say_and_the_mesh_has_them_too(name: str, models: Path) -> None:
    built = read(models / f"{name}.sh3d")
    assert sum(bool(door.swing) for door in built.doors) == SWINGING[name]
    elements = {element.source_id for element in built.mesh.elements}
    assert all(leaf_source(door.source_id, n) in elements for door in built.doors for n in range(len(door.swing)))


@pytest.mark.parametrize("name", JOINING)
def test_doors_join_rooms(name: str, models: Path) -> None:
    assert sum(bool(door.rooms) for door in read(models / f"{name}.sh3d").doors) >= JOINING[name]


def test_an_old_home_says_what_a_new_one_says(models: Path) -> None:
    old = read(models / "rtreffer_home.sh3d")
    assert old.site.time_zone == "Europe/Berlin"
    assert old.site.latitude == pytest.approx(52.5, abs=0.1)
    colours = {tuple(map(int, rgba)) for part in old.mesh.parts if part.category == "slab" for rgba in part.colours}
    assert len(colours) > 2  # its floors are covered with textures


def test_a_home_whose_xml_is_damaged_is_read_from_its_older_form(models: Path, tmp_path: Path) -> None:
    source, path = models / "abesalomi_v1.sh3d", tmp_path / "home.sh3d"
    with zipfile.ZipFile(source) as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            new.writestr(name, old.read(name)[:4000] if name == "Home.xml" else old.read(name))
    built = read_home(path)
    assert len(built.rooms) == len(read(source).rooms)
    assert built.problems[0].code == "sh3d.older_form"


def test_both_forms_of_one_home_say_the_same(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "home.sh3d"
    with zipfile.ZipFile(models / "andijcr_home.sh3d") as old, zipfile.ZipFile(path, "w") as new:
        for name in old.namelist():
            if name != "Home.xml":
                new.writestr(name, old.read(name))
    xml, java = read(models / "andijcr_home.sh3d"), read_home(path)
    assert sorted(round(room.area_m2, 3) for room in java.rooms) == sorted(round(room.area_m2, 3) for room in xml.rooms)
    assert sorted(room.name for room in java.rooms) == sorted(room.name for room in xml.rooms)
    assert [door.swing for door in java.doors] == [door.swing for door in xml.doors]
    assert [door.position_m for door in java.doors] == [door.position_m for door in xml.doors]
    assert java.mesh.triangle_count == xml.mesh.triangle_count
    assert java.site.north_deg == xml.site.north_deg
    parts = [{part.category: part.colours.tolist() for part in built.mesh.parts} for built in (xml, java)]
    assert parts[0] == parts[1]


def test_reading_leaves_the_file_alone(models: Path, tmp_path: Path) -> None:
    path = tmp_path / "home.sh3d"
    shutil.copyfile(models / "cli_Home.sh3d", path)
    before = path.read_bytes()
    read_home(path)
    assert path.read_bytes() == before
    assert [p.name for p in tmp_path.iterdir()] == ["home.sh3d"]
