"""What a project refuses, each with its remedy."""

from __future__ import annotations

from pathlib import Path

from twin.model.ids import clean_name
from twin.model.problem import Problem
from twin.model.text import Text

FARTHEST_M = 100_000.0
"""No building reaches farther from its origin."""


def unknown_thing(table: str, id: str) -> Problem:
    """The project has nothing with this id."""
    return Problem(code=f"unknown.{table}", args={"name": clean_name(id)})


def nameless() -> Problem:
    """Problem: the new name is empty."""
    return Problem(code="project.name")


def nowhere() -> Problem:
    """Problem: the position is farther away than FARTHEST_M."""
    return Problem(code="bind.position", args={"farthest_m": FARTHEST_M})


def only_reading(path: Path) -> Problem:
    """An edit of a project that is only read."""
    return Problem(code="project.readonly", where=str(path))


def of_another(label: Text, author: str) -> Problem:
    """Undo is asked for by another person than the one who made the edit."""
    return Problem(code="edit.of_another", args={"edit": label, "author": author}, retry=True)


def closed(path: Path) -> Problem:
    """Anything asked of a closed project."""
    return Problem(code="project.closed", where=str(path))


def history_left(history: Path) -> Problem:
    """A new project would take a history that is another's."""
    return Problem(code="project.history_left", where=str(history))
