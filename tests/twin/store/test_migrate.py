"""Files of every version open in this one; a step is applied whole or not at all."""

from __future__ import annotations

import ast
import sqlite3
import sys
from pathlib import Path

import numpy as np
import pytest

from tests.english import undo_labels
from tests.twin.store import old_files
from tests.twin.store.old_files import FILES, LAMP, METER
from tests.twin.store.worlds import T0
from twin.store import database, migrations
from twin.store.history import History
from twin.store.history.samples import DAY_MS
from twin.store.project import Project


@pytest.mark.parametrize("version", range(1, migrations.newest("project") + 1))
def test_a_project_of_every_version_opens(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.oikos"
    old_files.load(f"project_v{version}.sql", path)
    with Project.open(path) as project:
        twin = project.twin()
        assert twin.name == "Old house"
        assert [room.name for room in twin.rooms] == ["Kitchen", "Hall"]
        assert twin.device_of[LAMP.id].room == twin.rooms[0].id
        assert twin.device_of[LAMP.id].points == LAMP.points
        assert project.setting("words") == ["heiß"]
        assert undo_labels(project) == ("Put Lamp into 0 Kitchen", "Rename Lamp to Reading light")
        assert project.redo()
        shape = project.mesh()
        assert shape is not None
        assert len(shape.parts) == 2
        assert project.check() == []
        assert project.grants() == ({"0" * 64: old_files.VERA} if version >= 19 else {})
        project.remove_grant(old_files.VERA.id)
        project.add_grant(old_files.VERA, "1" * 64)
        assert project.check() == []


def test_a_grant_that_was_changed_outside_of_oikos_is_damage(tmp_path: Path) -> None:
    path = tmp_path / "old.oikos"
    old_files.load("project_v19.sql", path)
    db = sqlite3.connect(path)
    db.execute("update access_grant set role = 'admin'")
    db.commit()
    db.close()
    with Project.open(path) as project:
        assert [problem.code for problem in project.check()] == ["project.damaged"]
        assert "access_grant" in project.check()[0].detail


@pytest.mark.parametrize("version", range(1, migrations.newest("project") + 1))
def test_a_project_of_every_version_can_be_read_without_being_changed(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.oikos"
    old_files.load(f"project_v{version}.sql", path)
    before = path.read_bytes()
    with Project.open(path, readonly=True) as project:
        assert [room.name for room in project.twin().rooms] == ["Kitchen", "Hall"]
        assert project.setting("words") == ["heiß"]
    assert path.read_bytes() == before


@pytest.mark.parametrize("version", range(1, migrations.newest("history") + 1))
def test_a_history_of_every_version_opens(tmp_path: Path, version: int) -> None:
    path = tmp_path / "old.oikos-history"
    old_files.load(f"history_v{version}.sql", path)
    with History.open(path) as store:
        values = np.arange(2880) % 90 / 10
        for point in (*LAMP.points, *METER.points):
            assert np.array_equal(store.raw(point.id, T0, T0 + 2 * DAY_MS).values, values)
            (day,) = store.columns([point.id], T0, T0 + 2 * DAY_MS, 2)
            assert day.count.tolist() == [1440, 1440]
        assert store.exact(METER.points[0].id, T0, T0 + DAY_MS).increase.sum() == pytest.approx(15 * 8.9 + 8.9, abs=9)
        assert store.check() == []


def test_kinds_of_old_projects_are_nobodys_choice(tmp_path: Path) -> None:
    old_files.load("project_v8.sql", tmp_path / "old.oikos")
    with Project.open(tmp_path / "old.oikos") as project:
        devices = project.twin().devices
        assert devices
        assert all(device.reported_kind == device.kind for device in devices)


def test_every_version_has_its_old_file() -> None:
    wanted = {f"{kind}_v{n}.sql" for kind in migrations.STEPS for n in range(1, migrations.newest(kind) + 1)}
    assert {file.name for file in FILES.iterdir()} - {"project_v18_rules.sql"} == wanted


@pytest.mark.parametrize("kind", [database.PROJECT, database.HISTORY])
def test_step_one_makes_the_tables_that_old_files_have(tmp_path: Path, kind: database.DatabaseKind) -> None:
    database.create(tmp_path / "new", kind, upto=1)
    old_files.load(f"{kind.name}_v1.sql", tmp_path / "old")
    sql = "select sql from sqlite_master where sql is not null and name not like '\\_%' escape '\\' and name not like 'sqlite%' order by sql"
    schemas: list[list[tuple[str]]] = []
    for name in ("new", "old"):
        db = sqlite3.connect(tmp_path / name)
        schemas.append(db.execute(sql).fetchall())
        db.close()
    assert schemas[0] == schemas[1]


def columns(path: Path) -> dict[str, set[tuple[object, ...]]]:
    """By table: name, type, whether it may be null, default and place in the key of every column."""
    db = sqlite3.connect(path)
    tables = [
        row[0] for row in db.execute("select name from sqlite_master where type = 'table' and name not like 'sqlite%'")
    ]
    found = {name: {row[1:] for row in db.execute(f"pragma table_info({name})")} for name in tables}
    db.close()
    return found


@pytest.mark.parametrize("kind", [database.PROJECT, database.HISTORY])
def test_the_order_of_step_files_is_the_order_of_their_numbers(kind: database.DatabaseKind) -> None:
    numbers = [int(name.split("_")[1]) for name in migrations.STEPS[kind.name]]
    assert numbers == sorted(set(numbers))
    assert numbers[0] == 1
    assert len(numbers) >= 4
    assert migrations.STEPS[kind.name][-1] in {file.stem for file in Path(migrations.__file__).parent.glob("*.py")}


@pytest.mark.parametrize(
    ("kind", "version"),
    [(kind, n) for kind in (database.PROJECT, database.HISTORY) for n in range(1, migrations.newest(kind.name) + 1)],
)
def test_an_old_file_of_every_version_gets_the_tables_of_a_new_one(
    tmp_path: Path, kind: database.DatabaseKind, version: int
) -> None:
    """Steps were once applied in another order than their numbers: files from then have some of them only."""
    database.create(tmp_path / "new", kind)
    old_files.load(f"{kind.name}_v{version}.sql", tmp_path / "old")
    db = sqlite3.connect(tmp_path / "old", isolation_level=None)
    applied = {row[0] for row in db.execute("select name from _sqlite_migrations")}
    assert len(applied) == version
    assert migrations.migrate(db, kind.name) == migrations.newest(kind.name) - version
    assert {row[0] for row in db.execute("select name from _sqlite_migrations")} == set(migrations.STEPS[kind.name])
    db.close()
    assert columns(tmp_path / "old") == columns(tmp_path / "new")


def test_a_step_that_fails_leaves_the_file_as_it_was(tmp_path: Path) -> None:
    path = tmp_path / "x"
    database.create(path, database.PROJECT, upto=0)
    db = sqlite3.connect(path, isolation_level=None)
    db.execute("create table room(in_the_way)")
    with pytest.raises(sqlite3.Error):
        migrations.migrate(db, "project")
    assert migrations.version(db) == 0
    assert [row[0] for row in db.execute("select name from sqlite_master")] == ["room"]
    db.close()


def test_steps_are_frozen_and_import_nothing_of_ours() -> None:
    folder = Path(migrations.__file__).parent
    for names in migrations.STEPS.values():
        for name in names:
            tree = ast.parse((folder / f"{name}.py").read_text(encoding="utf-8"))
            modules = {str(node.module) for node in ast.walk(tree) if isinstance(node, ast.ImportFrom)}
            modules |= {one.name for node in ast.walk(tree) if isinstance(node, ast.Import) for one in node.names}
            assert {one.partition(".")[0] for one in modules} <= {*sys.stdlib_module_names, "sqlite_utils"}
