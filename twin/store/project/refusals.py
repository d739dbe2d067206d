"""What a project refuses, each with its remedy."""

from __future__ import annotations

from pathlib import Path

from twin.model.ids import clean_name
from twin.model.problem import Problem

FARTHEST_M = 100_000.0
"""No building reaches farther from its origin."""


def unknown_thing(table: str, id: str) -> Problem:
    """The project has nothing with this id."""
    return Problem(
        code=f"unknown.{table}",
        what=f"The project has no such {table}",
        where=clean_name(id),
        remedy="Look at `oikos info` for what it has",
    )


def nameless() -> Problem:
    """A name of nothing."""
    return Problem(code="project.name", what="A name needs at least one letter", remedy="Type a name")


def nowhere() -> Problem:
    """A spot beyond every building."""
    return Problem(
        code="bind.position",
        what="This spot is in no building",
        remedy=f"Give three finite numbers of metres, none beyond {FARTHEST_M:g}",
    )


def only_reading(path: Path) -> Problem:
    """An edit of a project that is only read."""
    return Problem(
        code="project.readonly",
        what="The project was opened for reading",
        where=str(path),
        remedy="Open it for editing",
    )


def closed(path: Path) -> Problem:
    """Anything asked of a closed project."""
    return Problem(code="project.closed", what="The project is closed", where=str(path), remedy="Open it again")


def history_left(history: Path) -> Problem:
    """A new project would take a history that is another's."""
    return Problem(
        code="project.history_left",
        what="The history of a project that is gone lies here",
        where=str(history),
        remedy="Put the project back with `oikos restore`, choose another name, or move the history away",
    )
