"""What people read of problems, reasons and undo labels, in English: tests say what is meant, not which code it has."""

from __future__ import annotations

import re
from collections.abc import Iterator
from contextlib import contextmanager
from dataclasses import dataclass
from typing import Protocol, override

import pytest

from app.i18n import in_full, sentence
from twin.model.problem import Problem, ProblemError
from twin.model.text import EARLIER, Text


class _HasLabels(Protocol):
    def undo_labels(self) -> tuple[Text | None, Text | None]: ...


@contextmanager
def refused[E: BaseException](pattern: str, error: type[E] = ProblemError) -> Iterator[pytest.ExceptionInfo[E]]:
    """Passes where what is inside raises such an error (by default a ProblemError) in whose sentences the pattern is found."""
    with pytest.raises(error) as caught:
        yield caught
    problems = getattr(caught.value, "problems", ())
    told = " ".join(map(in_full, problems)) if problems else why(caught.value)
    assert re.search(pattern, told), told


def undo_labels(of: _HasLabels) -> tuple[str | None, str | None]:
    """What undo and redo would do, in words."""
    undo, redo = of.undo_labels()
    return sentence(undo) if undo else None, sentence(redo) if redo else None


def why(error: BaseException) -> str:
    """The sentence that an exception was raised with."""
    return sentence(error.args[0]) if isinstance(error.args[0], Text) else str(error)


def words(text: str) -> Text:
    """A finished sentence as a text."""
    return Text(EARLIER, text=text)


@dataclass(frozen=True, slots=True, kw_only=True)
class _Plain(Problem):
    """A problem of a code that no catalogue has, with sentences of its own."""

    said: str

    @property
    @override
    def what(self) -> Text:
        return words(self.said)


def plain(what: str, remedy: str = "", *, code: str = "x", **facts: object) -> Problem:
    """A problem with this code and these finished sentences."""
    return _Plain(code=code, said=what, remedy=words(remedy), **facts)  # type: ignore[arg-type]
