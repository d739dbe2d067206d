"""Shape computations on any thread and delivery of their results to the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

type Work = Callable[[], Callable[[], None]]
"""Computation for any thread; it returns a function to run on the GUI thread."""


def work_on[T](make: Callable[[], T], keep: Callable[[T], None]) -> Work:
    """Work that calls `make` on any thread and `keep` with its result on the GUI thread."""
    return partial(_made, make, keep)


def _made[T](make: Callable[[], T], keep: Callable[[T], None]) -> Callable[[], None]:
    return partial(keep, make())
