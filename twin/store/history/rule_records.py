"""Tables of the history for rules: alarm states, alarm log, run log and rule memory; bodies are JSON text."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Callable, Collection, Iterable, Mapping
from concurrent.futures import Future
from contextlib import AbstractContextManager
from dataclasses import dataclass, field

DAY_MS = 86_400_000
LOG_KEPT_MS = 400 * DAY_MS
"""Age from which rows of the alarm log are deleted, ms."""
RUNS_KEPT_MS = 30 * DAY_MS
NOTABLE_RUNS = 20
"""Number of each rule's newest notable runs that are kept however old they are."""
OUTBOX = "outbox"
"""Name of the part of the rule memory that has messages for people: what they were is overwritten in the file."""
NAMED = ("", "alarm:", "acked:")
"""What stands before the id of an alarm where a row of the run log names it."""


_NAMED_ROWS = (
    ("rule_memory", "id", "id"), ("alarm_state", "id", "id"), ("alarm_log", "alarm", "id"), ("run_log", "rule", "id"),
)  # fmt: skip
"""Tables with the columns of the name and of the key."""
_FORGET_RUNS = """
with notable as (
    select rule, run from (
        select rule, body ->> '$.run' as run, row_number() over (partition by rule order by max(ts) desc) as place
        from run_log
        where rule in (select rule from run_log where ts < :before) and body ->> '$.run' > 0
            and body ->> '$.reason.code' not in (select value from json_each(:ordinary))
        group by rule, run
    ) where place <= :most
)
delete from run_log where ts < :before and (rule, coalesce(body ->> '$.run', 0)) not in (select rule, run from notable)
"""
"""Deletes old rows of the run log but those of the newest notable runs; run 0 is no run."""


@dataclass(frozen=True, slots=True)
class LogRow:
    """One row of a log; `of` is the id of the alarm or rule."""

    time_ms: int
    of: str
    body: str


@dataclass(frozen=True, slots=True, kw_only=True)
class RuleRecord:
    """Records of the rules to write in one transaction."""

    alarms: Mapping[str, str | None] = field(default_factory=dict[str, str | None])
    """Alarm states by id, as JSON; None deletes one."""
    alarm_log: tuple[LogRow, ...] = ()
    run_log: tuple[LogRow, ...] = ()
    memory: Mapping[str, str] = field(default_factory=dict[str, str])
    """Parts of the rule memory by name, as JSON."""

    @property
    def empty(self) -> bool:
        """Whether there is nothing to write."""
        return not (self.alarms or self.alarm_log or self.run_log or self.memory)


@dataclass(frozen=True, slots=True)
class RuleRecords:
    """The rules' tables of a history. `write` runs a job on the writer thread, `read` gives a reading connection."""

    write: Callable[[Callable[[sqlite3.Connection], None]], Future[None]]
    read: Callable[[], AbstractContextManager[sqlite3.Connection]]

    def keep(self, record: RuleRecord) -> Future[None]:
        """Writes a record in one transaction; returns at once, the future completes when it is on disk."""
        return self.write(lambda db: _keep(db, record))

    def forget_before(self, now_ms: int, ordinary: Collection[str]) -> Future[None]:
        """Deletes rows of the logs older than their limits; `now_ms` is the present time. The newest runs of each rule with a
        step whose code is not `ordinary` are kept. Returns at once."""
        codes = json.dumps([*ordinary])

        def job(db: sqlite3.Connection) -> None:
            db.execute("begin immediate")
            db.execute("delete from alarm_log where ts < ?", (now_ms - LOG_KEPT_MS,))
            db.execute(_FORGET_RUNS, {"before": now_ms - RUNS_KEPT_MS, "ordinary": codes, "most": NOTABLE_RUNS})
            db.execute("commit")

        return self.write(job)

    def forget(self, alarms: Collection[str], memory: str) -> Future[None]:
        """Deletes a part of the memory, and the states of alarms and all rows of the logs that name them, and overwrites what
        they were in the file; returns at once."""
        names = [(json.dumps(f"{prefix}{one}", ensure_ascii=False),) for one in alarms for prefix in NAMED]
        ids = [(one,) for one in alarms]

        def job(db: sqlite3.Connection) -> None:
            db.execute("pragma secure_delete = on")
            db.execute("begin immediate")
            db.execute("delete from rule_memory where id = ?", (memory,))
            db.executemany("delete from alarm_state where id = ?", ids)
            db.executemany("delete from alarm_log where alarm = ?", ids)
            db.executemany("delete from run_log where instr(body, ?)", names)
            db.execute("commit")
            db.execute("pragma secure_delete = off")
            db.execute("pragma wal_checkpoint(truncate)").fetchall()

        return self.write(job)

    def rewrite(self, containing: str, change: Callable[[str], str]) -> Future[None]:
        """Replaces the ids and bodies of all records with a text by what `change` makes of them, and overwrites what they were
        in the file; returns at once."""

        def job(db: sqlite3.Connection) -> None:
            db.execute("pragma secure_delete = on")
            db.execute("begin immediate")
            for table, name, key in _NAMED_ROWS:
                found = db.execute(
                    f"select {key}, {name}, body from {table} where instr({name}, ?) or instr(body, ?)",  # noqa: S608 - ours
                    (containing, containing),
                ).fetchall()
                db.executemany(
                    f"update {table} set {name} = ?, body = ? where {key} = ?",  # noqa: S608 - ours
                    [(change(of), change(body), number) for number, of, body in found],
                )
            db.execute("commit")
            db.execute("pragma secure_delete = off")
            db.execute("pragma wal_checkpoint(truncate)").fetchall()

        return self.write(job)

    def alarm_states(self) -> dict[str, str]:
        """The stored state of every alarm by id, as JSON."""
        with self.read() as db:
            return dict(db.execute("select id, body from alarm_state"))

    def memory(self) -> dict[str, str]:
        """The stored parts of the rule memory by name, as JSON."""
        with self.read() as db:
            return dict(db.execute("select id, body from rule_memory"))

    def alarm_log(self, from_ms: int, to_ms: int, most: int, alarm: str = "") -> list[LogRow]:
        """The newest `most` rows of the alarm log in [from, to), newest first; of one alarm where it is named."""
        return self._log("alarm_log", "alarm", (from_ms, to_ms, most, alarm))

    def run_log(self, from_ms: int, to_ms: int, most: int, rule: str = "") -> list[LogRow]:
        """The newest `most` rows of the run log in [from, to), newest first; of one rule where it is named."""
        return self._log("run_log", "rule", (from_ms, to_ms, most, rule))

    def _log(self, table: str, column: str, asked: tuple[int, int, int, str]) -> list[LogRow]:
        from_ms, to_ms, most, of = asked
        with self.read() as db:
            rows = db.execute(
                f"select ts, {column}, body from {table} where ts >= ? and ts < ? and (? = '' or {column} = ?)"  # noqa: S608 - ours
                " order by ts desc, id desc limit ?",
                (from_ms, to_ms, of, of, most),
            ).fetchall()
        return [LogRow(int(time_ms), str(name), str(body)) for time_ms, name, body in rows]


def _keep(db: sqlite3.Connection, record: RuleRecord) -> None:
    db.execute(f"pragma secure_delete = {'on' if OUTBOX in record.memory else 'off'}")
    db.execute("begin immediate")
    gone = [(id,) for id, body in record.alarms.items() if body is None]
    db.executemany("delete from alarm_state where id = ?", gone)
    _put(db, "alarm_state", ((id, body) for id, body in record.alarms.items() if body is not None))
    _put(db, "rule_memory", record.memory.items())
    for table, column, rows in (("alarm_log", "alarm", record.alarm_log), ("run_log", "rule", record.run_log)):
        db.executemany(
            f"insert into {table}(ts, {column}, body) values(?, ?, ?)",
            [(row.time_ms, row.of, row.body) for row in rows],
        )
    db.execute("commit")


def _put(db: sqlite3.Connection, table: str, rows: Iterable[tuple[str, str]]) -> None:
    db.executemany(
        f"insert into {table}(id, body) values(?, ?) on conflict(id) do update set body = excluded.body",
        list(rows),
    )
