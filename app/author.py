"""On whose behalf code runs now: whoever asked at a door, else the user of this computer whose program it is."""

from __future__ import annotations

import getpass
from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

_ASKING: ContextVar[str] = ContextVar("author", default="")
_CLIENT: ContextVar[str] = ContextVar("client", default="")


def author() -> str:
    """The name of the person; empty where the system does not tell. Tasks and copied contexts inherit it."""
    return _ASKING.get() or _user()


def client() -> str:
    """The window or verb that asks, by an id of the door's own; empty for the engine's own process."""
    return _CLIENT.get()


@contextmanager
def acting_for(name: str, client: str = "") -> Generator[None]:
    """What is begun inside is this person's doing, through this client; an empty name means the user of this computer."""
    person, through = _ASKING.set(name), _CLIENT.set(client)
    try:
        yield
    finally:
        _ASKING.reset(person)
        _CLIENT.reset(through)


@cache
def _user() -> str:
    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a number without a name, as in some containers
        return ""
