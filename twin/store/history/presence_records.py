"""The published table of presence in a history: people of a zone of rooms in an hour, rounded before they are written."""

from __future__ import annotations

import sqlite3
from collections.abc import Callable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass

HOUR_MS = 3_600_000


@dataclass(frozen=True, slots=True)
class PresenceRecords:
    """`write` runs a job on the writer thread, `read` gives a reading connection. Zones are JSON."""

    write: Callable[[Callable[[sqlite3.Connection], None]], Future[None]]
    read: Callable[[], AbstractContextManager[sqlite3.Connection]]

    def keep(self, hours: Mapping[int, Mapping[str, int]]) -> Future[None]:
        """Writes people by hour (since 1970, UTC) and zone. Existing rows are kept, since a count that is rounded twice reveals
        more."""
        zones = {zone for people in hours.values() for zone in people}
        rows = [(hour, number, zone) for hour, people in hours.items() for zone, number in people.items()]

        def job(db: sqlite3.Connection) -> None:
            db.execute("begin immediate")
            db.executemany("insert or ignore into presence_zone(body) values(?)", [(zone,) for zone in sorted(zones)])
            db.executemany(
                "insert or ignore into presence_hour(hour, zone, people) select ?, id, ? from presence_zone where body = ?",
                rows,
            )
            db.execute("commit")

        return self.write(job)

    def newest_before(self, time_ms: int) -> int | None:
        """The newest published hour that begins before a time (UTC ms); None where none was. A clock that was wrong may have
        left later ones."""
        with self.read() as db:
            sql = "select max(hour) from presence_hour where hour < ?"
            found = db.execute(sql, (-(-time_ms // HOUR_MS),)).fetchone()[0]
        return None if found is None else int(found)

    def rows(self, from_ms: int, to_ms: int) -> list[tuple[int, str, int]]:
        """Begin of the hour (UTC ms), zone and people of the hours that begin in [from, to), oldest first."""
        sql = (
            "select hour, body, people from presence_hour join presence_zone on zone = id"
            " where hour >= ? and hour < ? order by hour, zone"
        )
        with self.read() as db:
            found = db.execute(sql, (-(-from_ms // HOUR_MS), -(-to_ms // HOUR_MS))).fetchall()
        return [(int(hour) * HOUR_MS, str(body), int(people)) for hour, body, people in found]

    def forget_before(self, time_ms: int) -> Future[None]:
        """Deletes hours before a time; returns at once."""

        def job(db: sqlite3.Connection) -> None:
            db.execute("begin immediate")
            db.execute("delete from presence_hour where hour < ?", (time_ms // HOUR_MS,))
            db.execute("delete from presence_zone where id not in (select zone from presence_hour)")
            db.execute("commit")

        return self.write(job)
