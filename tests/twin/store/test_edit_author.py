"""Who made an edit is kept with it, and undoing another person's is refused until it is meant."""

from __future__ import annotations

import sqlite3
from pathlib import Path

import pytest

from tests.twin.store.worlds import LINK, building, device
from twin.model.problem import ProblemError
from twin.store.project import Project, UndoEntry

LAMP = device("lamp", "on_off")


@pytest.fixture
def path(tmp_path: Path) -> Path:
    """A project with a lamp, made by nobody in particular."""
    path = tmp_path / "house.oikos"
    with Project.create(path, "House") as project:
        project.set_building(building("Kitchen", "Hall"))
        project.add_link(LINK)
        project.put_devices((LAMP,))
    return path


def test_the_author_is_kept_with_the_edit_through_closing_undo_and_redo(path: Path) -> None:
    with Project.open(path) as project:
        project.author = "Anna"
        project.rename(LAMP.id, "Light")
        with project.recording(UndoEntry(author="Ben")):
            project.rename(LAMP.id, "Sun")
        assert project.undo_authors() == ("Ben", "")
        project.undo()
        assert project.undo_authors() == ("Anna", "Ben")
    with Project.open(path) as project:
        assert project.undo_authors() == ("Anna", "Ben")
        project.redo()
        assert project.undo_authors() == ("Ben", "")
        assert project.check() == []


def test_anothers_edit_is_undone_only_where_that_is_meant(path: Path) -> None:
    with Project.open(path) as project:
        project.author = "Anna"
        project.rename(LAMP.id, "Light")
        with pytest.raises(ProblemError) as refused:
            project.undo(by="Ben")
        (problem,) = refused.value.problems
        assert (problem.code, problem.args["author"]) == ("edit.of_another", "Anna")
        assert project.twin().device_of[LAMP.id].name == "Light"
        assert project.undo(by="Anna") is not None
        project.redo()
        assert project.undo() is not None, "nobody is named: everybody's edits are meant"


def test_an_edit_of_nobody_in_particular_is_everybodys(path: Path) -> None:
    with Project.open(path) as project:
        project.rename(LAMP.id, "Light")
        assert project.undo_authors() == ("", "")
        assert project.undo(by="Ben") is not None


def test_an_author_that_was_changed_outside_is_told(path: Path) -> None:
    with Project.open(path) as project:
        project.author = "Anna"
        project.rename(LAMP.id, "Light")
    db = sqlite3.connect(path)
    db.execute("update edit set author = 'Ben' where author = 'Anna'")
    db.commit()
    db.close()
    with Project.open(path) as project:
        assert project.check()
