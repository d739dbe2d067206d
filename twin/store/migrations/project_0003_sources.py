"""Project, step 3: several building files in one project, and what the file calls a room that the user named. Frozen.

`source.storeys` is a JSON list of the storeys that a file has a part in; `source.placed` tells apart the mesh of a file
that was moved into the project's coordinates. room, door and placeholder say which file they came from.
"""

from __future__ import annotations

from sqlite_utils import Database

DDL = (
    "alter table source add column storeys text not null default '[]'",
    "alter table source add column placed text not null default ''",
    "alter table room add column source text not null default '1'",
    "alter table room add column filed_name text",
    "alter table room add column filed_number text",
    "alter table door add column source text not null default '1'",
    "alter table placeholder add column source text not null default '1'",
    "update source set storeys = (select coalesce(json_group_array(id), '[]') from storey)",
)


def apply(db: Database) -> None:
    """Adds the columns."""
    for statement in DDL:
        db.execute(statement)
