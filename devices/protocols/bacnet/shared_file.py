"""Files of a link that the programs of several projects with this link change."""

from __future__ import annotations

import contextlib
from collections.abc import Generator
from pathlib import Path

from twin.files import atomic
from twin.model.problem import ProblemError


@contextlib.contextmanager
def changing(file: Path) -> Generator[None]:
    """Context from reading a file to writing it, in which no other program changes it. Raises OSError, also where another one
    holds it for long. Blocks."""
    try:
        with atomic.exclusive(file):
            yield
    except ProblemError as error:
        raise OSError(str(error)) from error
