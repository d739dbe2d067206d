"""A project whose file is moved or replaced while it is open: told, no edit goes where nobody will find it."""

from __future__ import annotations

import sys
from collections.abc import Callable
from pathlib import Path

import pytest

from tests.app.conftest import Desk
from twin.model.change import ProblemRaised, ProblemsSolved
from twin.model.problem import ProblemError
from twin.store.project import Project

pytestmark = pytest.mark.skipif(sys.platform == "win32", reason="Windows does not let an open file go")


@pytest.fixture
def project(tmp_path: Path) -> Project:
    return Project.create(tmp_path / "house.oikos", "Before")


def renamed(project: Project, name: str) -> list[str]:
    """The codes of the problems of an edit."""
    try:
        project.set_setting("note", name)
    except ProblemError as error:
        return [problem.code for problem in error.problems]
    return []


def test_edits_of_a_moved_project_are_refused_until_it_is_back(project: Project, tmp_path: Path) -> None:
    with project:
        assert renamed(project, "first") == []
        moved = (tmp_path / "house.oikos").rename(tmp_path / "elsewhere.oikos")
        assert renamed(project, "lost") == ["store.vanished"]
        assert project.setting("note") == "first"
        moved.rename(tmp_path / "house.oikos")
        assert renamed(project, "second") == []
    with Project.open(tmp_path / "house.oikos") as again:
        assert again.setting("note") == "second"


def test_a_project_that_another_file_replaced_takes_no_edit(project: Project, tmp_path: Path) -> None:
    with Project.create(tmp_path / "other.oikos", "Other"):
        pass
    with project:
        (tmp_path / "other.oikos").replace(tmp_path / "house.oikos")
        assert renamed(project, "lost") == ["store.vanished"]


def test_an_engine_says_that_its_project_was_moved_and_takes_it_back(
    make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr("app.engine.maintenance.LOOK_S", 0.01)
    api = make_desk()
    api.engine.new_project(str(api.path)).result(60)
    moved = api.path.rename(api.folder / "elsewhere.oikos")
    api.until(lambda: api.seen(ProblemRaised))
    problem = api.seen(ProblemRaised)[0].problem
    assert (problem.code, problem.where) == ("store.vanished", str(api.path))
    moved.rename(api.path)
    api.until(lambda: api.seen(ProblemsSolved))
    assert api.seen(ProblemsSolved)[0].problems == (problem,)
