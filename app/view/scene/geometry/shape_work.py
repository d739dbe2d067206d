"""Shape computations on any thread and delivery of their results to the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

type Work = Callable[[], Callable[[], None]]
"""Work that runs on any thread and returns a function to run on the GUI thread."""


def work_on[T](make: Callable[[], T], keep: Callable[[T], None]) -> Work:
    """Makes something, and then puts it into its place."""
    return partial(_made, make, keep)


def _made[T](make: Callable[[], T], keep: Callable[[T], None]) -> Callable[[], None]:
    return partial(keep, make())
