"""History, step 1: hot rows, sealed blocks, exact quarter-hours, chart tiles. Frozen."""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    # kind decides what a roll-up means; times are UTC ms everywhere
    """create table point(
        id integer primary key,
        uid text not null unique,
        kind text not null check(kind in ('gauge','counter','bool','enum','text')),
        unit text,
        label text,
        stale_ms integer not null default 3600000,
        deadband real,
        heartbeat_ms integer,
        rollover real,
        keep_raw_days integer
    ) strict""",
    "create table word(id integer primary key, s text not null unique) strict",
    # append only, no index; quality 8 and above: no value
    """create table hot(
        seq integer primary key, point integer not null, ts integer not null, v real, q integer not null
    ) strict""",
    # up to 4096 samples of one point; a rowid table, because a clustered one spills its BLOBs at 1 KB
    """create table block(
        id integer primary key, point integer not null, t0 integer not null, t1 integer not null,
        n integer not null, data blob not null
    ) strict""",
    "create unique index block_ix on block(point, t0, t1, n)",
    # one UTC day of 96 quarter-hours; a counter's increase lies apart because years of it are read at once
    """create table exact(
        id integer primary key, point integer not null, day integer not null, data blob not null, inc blob
    ) strict""",
    "create unique index exact_ix on exact(point, day)",
    # 288 buckets of `level` seconds: one page
    """create table tile(
        id integer primary key, level integer not null, point integer not null, t0 integer not null,
        data blob not null
    ) strict""",
    "create unique index tile_ix on tile(level, point, t0)",
    # from when on a point has this (level 0: raw samples; else tiles of so many seconds)
    """create table extent(
        point integer not null, level integer not null, from_ms integer not null, primary key(point, level)
    ) strict""",
    """create table session(
        id integer primary key, started integer not null, alive integer not null, ended integer, app text
    ) strict""",
)


def apply(db: Database) -> None:
    """Makes the tables."""
    for statement in DDL:
        db.execute(statement)
