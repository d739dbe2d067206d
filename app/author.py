"""On whose behalf code runs now: whoever asked at a door, else the user of this computer whose program it is."""

from __future__ import annotations

import getpass
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

_ASKING: ContextVar[str] = ContextVar("author", default="")


def author() -> str:
    """The name of the person; empty where the system does not tell. Tasks and copied contexts inherit it."""
    return _ASKING.get() or _user()


@contextmanager
def acting_for(name: str) -> Generator[None]:
    """What is begun inside is this person's doing; an empty name means the user of this computer."""
    token = _ASKING.set(name)
    try:
        yield
    finally:
        _ASKING.reset(token)


@cache
def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a number without a name, as in some containers
        return ""
