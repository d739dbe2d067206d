"""The person and client for whom code runs now: the caller at a door, else the user of this computer."""

from __future__ import annotations

from collections.abc import Generator
from contextlib import contextmanager
from contextvars import ContextVar
from functools import cache

_ASKING: ContextVar[str] = ContextVar("author", default="")
_CLIENT: ContextVar[str] = ContextVar("client", default="")
_ORIGIN: ContextVar[str] = ContextVar("origin", default="")


def author() -> str:
    """Name of the person for whom code runs; empty where the system has none. Tasks and copied contexts inherit it."""
    return _ASKING.get() or _user()


def client() -> str:
    """Id of the calling window or verb, as the door assigned it; empty for the engine's own process."""
    return _CLIENT.get()


def origin() -> str:
    """Network address that the caller calls from; empty for this machine."""
    return _ORIGIN.get()


@contextmanager
def acting_for(name: str, client: str = "", origin: str = "") -> Generator[None]:
    """Context in which edits are made for this person, through this client, from this network address; an empty name
    means the user of this computer, an empty address this machine."""
    person, through, place = _ASKING.set(name), _CLIENT.set(client), _ORIGIN.set(origin)
    try:
        yield
    finally:
        _ASKING.reset(person)
        _CLIENT.reset(through)
        _ORIGIN.reset(place)


@cache
def _user() -> str:
    import getpass  # first needed by an edit, a command or a lock

    try:
        return getpass.getuser()
    except (OSError, KeyError, ImportError):  # a number without a name, as in some containers
        return ""
