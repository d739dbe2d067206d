"""Problems for edits that a project refuses."""

from __future__ import annotations

from pathlib import Path

from twin.files.errors import os_problem
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.store.file_names import check_length, history_file

FARTHEST_M = 100_000.0
"""Greatest distance of a position from the origin, metres."""


def unknown_thing(table: str, id: str) -> Problem:
    """Problem: the project has nothing of this table with this id."""
    return Problem(code=f"unknown.{table}", args={"name": clean_name(id)})


def nameless() -> Problem:
    """Problem: the new name is empty."""
    return Problem(code="project.name")


def nowhere() -> Problem:
    """Problem: the position is farther from the origin than FARTHEST_M."""
    return Problem(code="bind.position", args={"farthest_m": FARTHEST_M})


def only_reading(path: Path) -> Problem:
    """Problem: the project is open for reading only."""
    return Problem(code="project.readonly", where=str(path))


def of_another(label: Text, author: str) -> Problem:
    """Problem: undo is asked for by another person than the one who made the edit."""
    return Problem(code="edit.of_another", args={"edit": label, "author": author}, retry=True)


def closed(path: Path) -> Problem:
    """Problem: the project is closed."""
    return Problem(code="project.closed", where=str(path))


def check_new(path: Path) -> None:
    """Raises ProblemError where no project can be made under this name: it is too long, or its history's name is taken."""
    try:
        check_length(path)
        left = history_file(path).exists()
    except OSError as error:
        raise ProblemError(os_problem(error, path, code="new.unwritable")) from error
    if left:
        raise ProblemError(_history_left(history_file(path)))


def _history_left(history: Path) -> Problem:
    """Problem: a new project would take over a history that belongs to another one."""
    return Problem(code="project.history_left", where=str(history))


def granted_already(name: str) -> Problem:
    """Problem: the person has a grant already."""
    return Problem(code="grant.exists", args={"name": clean_name(name)})
