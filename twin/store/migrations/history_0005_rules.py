"""History, step 5: how alarms stand and what became of them, what automations did, and what rules remember. Frozen.

`body` is JSON. Rows of the logs are only added; `ts` is UTC ms.
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "create table alarm_state(id text primary key, body text not null) without rowid",
    "create table alarm_log(id integer primary key, ts integer not null, alarm text not null, body text not null)",
    "create index alarm_log_ts on alarm_log(ts)",
    "create table run_log(id integer primary key, ts integer not null, rule text not null, body text not null)",
    "create index run_log_ts on run_log(ts)",
    "create table rule_memory(id text primary key, body text not null) without rowid",
)


def apply(db: Database) -> None:
    """Adds the tables."""
    for statement in DDL:
        db.execute(statement)
