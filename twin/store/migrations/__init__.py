"""Schema steps, one frozen file each: `<file kind>_<number>_<what>.py` with a function `apply(connection)`.

A released step is never edited or renamed; the next change gets the next number. `PRAGMA user_version` counts the steps
applied (number 2 of the projects was never released).
"""

from __future__ import annotations

import re
import sqlite3
from importlib import import_module
from pkgutil import iter_modules

_NAME = re.compile(r"(?P<kind>[a-z]+)_(?P<number>[0-9]{4})_[a-z0-9_]+")


def _found() -> dict[str, tuple[str, ...]]:
    """The step files of this folder by kind; the order of their numbers is the order in which they are applied."""
    steps: dict[str, list[tuple[int, str]]] = {}
    for info in iter_modules(__path__):
        if (step := _NAME.fullmatch(info.name)) is not None:
            steps.setdefault(step["kind"], []).append((int(step["number"]), info.name))
    return {kind: tuple(name for _, name in sorted(found)) for kind, found in steps.items()}


STEPS = _found()
"""Steps of each kind of file, in order. A file records the names of its steps, so that missing ones are applied
whatever their order once was.
"""


def newest(kind: str) -> int:
    """The schema version that this program writes."""
    return len(STEPS[kind])


def version(connection: sqlite3.Connection) -> int:
    """The schema version of a file; 0 where it is empty."""
    return int(connection.execute("pragma user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, kind: str, *, upto: int | None = None) -> int:
    """Applies the missing steps in one transaction; returns how many. sqlite3.Error leaves the file as it was."""
    wanted = newest(kind) if upto is None else upto
    if version(connection) >= wanted:
        return 0
    import sqlite_utils  # 0.15 s, needed only where a file is made or grows

    # Two starting programs must not both read "nothing applied yet": the write lock comes first.
    connection.execute("begin immediate")
    try:
        steps = sqlite_utils.Migrations(kind)
        for name in STEPS[kind][:wanted]:
            steps(name=name)(import_module(f"{__name__}.{name}").apply)
        before = version(connection)
        steps.apply(sqlite_utils.Database(connection, execute_plugins=False))
        connection.execute(f"pragma user_version={wanted:d}")
        connection.execute("commit")
    except BaseException:
        connection.execute("rollback")
        raise
    return wanted - before
