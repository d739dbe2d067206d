"""Work that any thread may do, and where its result goes on the GUI thread."""

from __future__ import annotations

from collections.abc import Callable
from functools import partial

type Work = Callable[[], Callable[[], None]]
"""Runs on any thread; what it answers runs on the GUI thread."""


def work_on[T](make: Callable[[], T], keep: Callable[[T], None]) -> Work:
    """Makes something, and then puts it into its place."""
    return partial(_made, make, keep)


def _made[T](make: Callable[[], T], keep: Callable[[T], None]) -> Callable[[], None]:
    return partial(keep, make())
