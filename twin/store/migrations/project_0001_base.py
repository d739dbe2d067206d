"""Project, step 1: the building, what is in it, and how to take edits back. Frozen.

Nested values (outlines, positions, options) are JSON text. `pos` orders rows as their file or the user did.
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "create table setting(id text primary key, value text not null) strict",
    """create table site(
        id text primary key, title text not null, name text not null, latitude real, longitude real,
        elevation_m real not null, north_deg real not null, origin_m text not null
    ) strict""",
    """create table source(
        id text primary key, path text not null, sha256 text not null, importer text not null, size integer not null
    ) strict""",
    """create table storey(
        id text primary key, pos integer not null, name text not null, elevation_m real not null,
        height_m real not null, source_id text not null, named integer not null default 0
    ) strict""",
    # named: the user gave the name, so that a re-import keeps it
    """create table room(
        id text primary key, pos integer not null, storey text not null, name text not null, number text not null,
        outline text not null, holes text not null, floor_m real not null, ceiling_m real not null,
        area_m2 real not null, volume_m3 real not null, source_id text not null, usage text not null,
        named integer not null default 0
    ) strict""",
    """create table door(
        id text primary key, pos integer not null, storey text not null, name text not null, rooms text not null,
        position_m text not null, width_m real not null, height_m real not null, angle_deg real not null,
        source_id text not null
    ) strict""",
    """create table placeholder(
        id text primary key, pos integer not null, kind text not null, name text not null, storey text, room text,
        candidates text not null, position_m text not null, source_id text not null, device text
    ) strict""",
    """create table link(
        id text primary key, pos integer not null, protocol text not null, address text not null, title text not null,
        options text not null
    ) strict""",
    # the room that a re-import took away is remembered in lost_room until the user decides
    """create table device(
        id text primary key, pos integer not null, link text not null, protocol text not null, uid text not null,
        name text not null, kind text not null, maker text not null, model text not null, serial text not null,
        firmware text not null, address text not null, area text not null, via text, interval_s real not null,
        room text, position_m text, lost_room text, lost_title text, lost_position_m text
    ) strict""",
    "create index device_room on device(room)",
    """create table point(
        id text primary key, pos integer not null, device text not null, key text not null, capability text not null,
        label text not null, unit text not null, scale real not null, minimum real, maximum real, step real,
        options text not null, writable integer not null, reports integer not null
    ) strict""",
    "create index point_device on point(device)",
    # the key is source sha256 and importer version: an unchanged file is never meshed again
    "create table mesh(key text primary key, head blob not null) strict",
    """create table mesh_part(
        id integer primary key, mesh text not null, number integer not null, data blob not null
    ) strict""",
    "create unique index mesh_part_ix on mesh_part(mesh, number)",
    # undo log: forward and backward are JSON lists of [table, id, fields]; undone edits wait for redo
    """create table edit(
        id integer primary key, label text not null, forward text not null, backward text not null,
        undone integer not null default 0
    ) strict""",
)


def apply(db: Database) -> None:
    """Makes the tables."""
    for statement in DDL:
        db.execute(statement)
