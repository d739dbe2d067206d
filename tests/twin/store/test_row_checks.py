"""A bit that flips in a project is told, whether or not what it leaves is a sound value; what Oikos writes itself is not."""

from __future__ import annotations

import random
import sqlite3
from dataclasses import replace
from pathlib import Path

import pytest
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st

from app.i18n import what
from tests.english import refused
from tests.twin.store import old_files
from tests.twin.store.worlds import LINK, building, device
from twin.model.ids import RoomId
from twin.model.problem import ProblemError
from twin.store.project import Project
from twin.store.project.row_checks import row_hash

LAMP, OTHER = device("lamp", "on_off", "temperature"), device("other", "power")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A project with everything in it that old ones have."""
    with Project.create(tmp_path / "house.oikos", "House") as project:
        old_files.furnish(project)
    return tmp_path / "house.oikos"


@pytest.mark.parametrize(
    "sql",
    [
        "update device set name = 'Lamq' where name = 'Lamp'",
        "update room set name = 'Kitchem' where name = 'Kitchen'",
        "update point set unit = 'K'",
        "update setting set value = '[\"kalt\"]' where id = 'words'",
        "update storey set elevation_m = elevation_m + 0.001",
        "delete from meter_change",
        "update site set title = 'Mouse'",
    ],
)
def test_a_value_that_nobody_wrote_is_damage(path: Path, sql: str) -> None:
    db = sqlite3.connect(path)
    assert db.execute(sql).rowcount >= 1
    db.commit()
    db.close()
    with Project.open(path, readonly=True) as project:
        (problem,) = project.check()
    assert problem.code == "project.damaged"


def everything(project: Project) -> list[object]:
    """What a project holds, and what it becomes as its edits are taken back and done again."""
    seen: list[object] = [project.twin(), project.setting("words"), project.undo_labels(), tuple(project.sources())]
    mesh = project.mesh()
    seen.append(mesh and [(p.positions.tobytes(), p.triangles.tobytes(), p.category) for p in mesh.parts])
    for step in (project.redo, project.undo):
        while step() is not None:
            seen.append(project.twin())
    return seen


def test_fifty_flipped_bits_are_all_refused_or_told(path: Path) -> None:
    whole, chance = path.read_bytes(), random.Random(8)
    with Project.open(path) as project:
        right = everything(project)
    for _ in range(50):
        at = chance.randrange(len(whole))
        path.write_bytes(whole[:at] + bytes([whole[at] ^ 1 << chance.randrange(8)]) + whole[at + 1 :])
        try:
            with Project.open(path) as project:
                assert project.check() or everything(project) == right, at
        except ProblemError:
            continue


@pytest.mark.parametrize(
    "sql",
    [
        "update edit set backward = replace(backward, 'Lamp', 'Lamq') where backward like '%Lamp%'",
        "update edit set label = 'Delete everything' where id = (select max(id) from edit)",
        "update edit set undone = 1 where id = (select min(id) from edit)",
    ],
)
def test_an_undo_list_that_somebody_changed_is_damage_and_is_not_carried_out(path: Path, sql: str) -> None:
    db = sqlite3.connect(path)
    assert db.execute(sql).rowcount >= 1
    db.commit()
    db.close()
    with Project.open(path) as project:
        (problem,) = project.check()
        assert (problem.code, "undo list" in what(problem) or "undo list" in problem.detail) == (
            "project.damaged",
            True,
        )
        with refused(r"damaged"):
            everything(project)


def test_a_shape_that_only_an_undo_needs_is_read_too(path: Path) -> None:
    with Project.open(path) as project:
        project.set_building(building("Other", sha="d" * 64, mesh=False))
        assert project.mesh() is None
    db = sqlite3.connect(path)
    assert db.execute("update mesh_part set data = zeroblob(length(data))").rowcount >= 1
    db.commit()
    db.close()
    with Project.open(path, readonly=True) as project:
        assert [problem.code for problem in project.check()] == ["project.damaged"]


@settings(max_examples=40, deadline=None, suppress_health_check=[HealthCheck.function_scoped_fixture])
@given(st.lists(st.integers(0, 7), max_size=12))
def test_whatever_is_edited_the_checksums_are_right(tmp_path: Path, todo: list[int]) -> None:
    file = tmp_path / "p.oikos"
    file.unlink(missing_ok=True)
    with Project.create(file, "House") as project:
        project.set_building(building("Kitchen", "Hall"))
        project.add_link(LINK)
        edits = (
            lambda: project.put_devices((LAMP, OTHER)),
            lambda: project.bind(LAMP.id, RoomId("r-Kitchen"), (1, 2, 3)) if project.twin().devices else None,
            lambda: project.rename(OTHER.id, "Anders") if project.twin().devices else None,
            lambda: project.remove_device(LAMP.id),
            project.undo,
            project.redo,
            lambda: project.set_setting("words", [1, "ä"]),
            lambda: project.remove_link(LINK.id) if project.twin().links else None,
        )
        for which in todo:
            try:
                edits[which]()
            except ProblemError:
                continue
        assert project.check() == []
    with Project.open(file, readonly=True) as project:
        assert project.check() == []


def test_a_number_is_the_same_as_int_and_as_float() -> None:
    row = {"id": "s", "name": "Ground", "elevation_m": 1, "height_m": 3.0}
    assert row_hash("storey", row) == row_hash("storey", {**row, "elevation_m": 1.0}) != row_hash("storey", None)


def test_a_building_with_negative_zeros_is_sound(tmp_path: Path) -> None:
    plain = building("Kitchen", "Hall")
    doors = tuple(replace(one, angle_deg=-0.0) for one in plain.doors)
    with Project.create(tmp_path / "house.oikos") as project:
        project.set_building(replace(plain, doors=doors))
        assert project.check() == []
        project.set_building(plain)
        project.undo()
        assert project.check() == []
    with Project.open(tmp_path / "house.oikos") as project:
        assert project.check() == []


def test_one_whose_check_was_made_with_them_by_an_earlier_version_is_sound_again(tmp_path: Path) -> None:
    path = tmp_path / "old.oikos"
    old_files.load("project_v25.sql", path)
    db = sqlite3.connect(path)
    db.execute("update row_check set value = value + 1 where id = 'door'")
    db.commit()
    db.close()
    for readonly in (True, False):
        with Project.open(path, readonly=readonly) as project:
            assert project.check() == []
