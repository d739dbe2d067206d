"""Damage found while a verb runs, appended to the verb's outcome."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import replace

from app.cli.framework.verb import Outcome
from twin.model.problem import Problem

_noted: list[Problem] = []


def note_problems(problems: Iterable[Problem]) -> None:
    """Adds problems found since the verb began."""
    _noted.extend(problems)


def with_noted(outcome: Outcome) -> Outcome:
    """The outcome with the noted problems that it lacks, one per code and place; clears the notes."""
    reported = {(problem.code, problem.where) for problem in outcome.problems}
    news = {(problem.code, problem.where): problem for problem in _noted}
    _noted.clear()
    fresh = tuple(problem for key, problem in news.items() if key not in reported)
    return replace(outcome, problems=(*outcome.problems, *fresh)) if fresh else outcome
