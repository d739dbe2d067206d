"""Schema steps, one frozen file each: `<file kind>_<number>_<what>.py` with a function `apply(connection)`.

A step that was released is never edited; the next change is the next file. `PRAGMA user_version` counts the steps.
"""

from __future__ import annotations

import sqlite3
from importlib import import_module

STEPS: dict[str, tuple[str, ...]] = {
    "project": (
        "project_0001_base",
        "project_0005_door_swing",
        "project_0004_drawing",
        "project_0003_sources",
        "project_0006_decided",
        "project_0007_time_zone",
        "project_0008_groups",
        "project_0009_points",
        "project_0010_said_kind",
        "project_0011_meter_changes",
        "project_0012_optimistic",
    ),
    "history": ("history_0001_base", "history_0002_codes", "history_0003_checks", "history_0004_exchanges"),
}
"""The steps of each kind of file, in order."""


def newest(kind: str) -> int:
    """The version that this program writes."""
    return len(STEPS[kind])


def version(connection: sqlite3.Connection) -> int:
    """The version that a file has; 0 where it is empty."""
    return int(connection.execute("pragma user_version").fetchone()[0])


def migrate(connection: sqlite3.Connection, kind: str, *, upto: int | None = None) -> int:
    """Applies the steps that are missing in one transaction and says how many; sqlite3.Error leaves the file as it was."""
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
