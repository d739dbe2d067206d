"""Edits as patches: what to set forward, what to set back. Kept in the file, so that undo survives a crash."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable, Mapping
from typing import Any, cast

from twin.store.project.rows import TABLES, Key, Row

type Step = tuple[str, str, Row | None]
"""(table, id, columns to set); None deletes the row, a row that is not there is inserted where all columns are given."""

type Rows = dict[str, dict[str, Row]]
"""All rows by table and id, as the file has them."""

MOST = 1000
"""Edits that can be undone."""
LARGE = 1_000_000
"""Characters of a patch that make it worth looking at the log's size."""
LOG_LIMIT = 64_000_000
"""Characters of all patches together."""


def steps(rows: Rows, changed: Mapping[Key, Row | None]) -> tuple[list[Step], list[Step]]:
    """Forward and backward steps that make rows as wanted (None: gone); empty where they are so already."""
    forward: list[Step] = []
    backward: list[Step] = []
    for (table, id), new in changed.items():
        old = rows[table].get(id)
        if new == old:
            continue
        if old is None or new is None:
            forward.append((table, id, new))
            backward.append((table, id, old))
            continue
        differ = [name for name in new if new[name] != old.get(name)]
        forward.append((table, id, {name: new[name] for name in differ}))
        backward.append((table, id, {name: old[name] for name in differ}))
    return forward, backward[::-1]


def apply(db: sqlite3.Connection, rows: Rows, todo: Iterable[Step]) -> Rows:
    """Writes steps inside the caller's transaction; the rows after it (the ones given stay as they are)."""
    after = dict(rows)
    fresh: set[str] = set()
    for table, id, columns in todo:
        if table not in fresh:
            fresh.add(table)
            after[table] = dict(after[table])
        known = after[table].get(id)
        if columns is None:
            db.execute(f"delete from {table} where id = ?", (id,))  # noqa: S608 - a table of ours
            after[table].pop(id, None)
        elif known is not None:
            names = ", ".join(f"{name} = ?" for name in columns)
            db.execute(f"update {table} set {names} where id = ?", (*columns.values(), id))  # noqa: S608 - ours
            after[table][id] = {**known, **columns}
        elif (columns := {**TABLES[table].added, **columns}).keys() == set(TABLES[table].columns):
            names, marks = ", ".join(columns), ", ".join("?" * len(columns))
            db.execute(f"insert into {table}({names}) values({marks})", tuple(columns.values()))
            after[table][id] = dict(columns)
    return after


def remember(db: sqlite3.Connection, label: str, forward: list[Step], backward: list[Step]) -> None:
    """Writes an edit down; what was undone before it can no longer be redone."""
    db.execute("delete from edit where undone = 1")
    texts = (json.dumps(forward, ensure_ascii=False), json.dumps(backward, ensure_ascii=False))
    db.execute("insert into edit(label, forward, backward) values(?, ?, ?)", (label, *texts))
    db.execute("delete from edit where id <= (select max(id) from edit) - ?", (MOST,))
    if len(texts[0]) + len(texts[1]) > LARGE:
        db.execute(
            "delete from edit where id in (select id from (select id, sum(length(forward) + length(backward))"
            " over (order by id desc) as size from edit) where size > ?) and id < (select max(id) from edit)",
            (LOG_LIMIT,),
        )


def next_undo(db: sqlite3.Connection) -> tuple[int, str] | None:
    """(number, label) of the edit that undo takes back."""
    return db.execute("select id, label from edit where undone = 0 order by id desc limit 1").fetchone()


def next_redo(db: sqlite3.Connection) -> tuple[int, str] | None:
    """(number, label) of the edit that redo does again."""
    return db.execute("select id, label from edit where undone = 1 order by id limit 1").fetchone()


def labels(db: sqlite3.Connection) -> tuple[str | None, str | None]:
    """What undo and redo would do."""
    undo, redo = next_undo(db), next_redo(db)
    return (undo[1] if undo else None, redo[1] if redo else None)


def patch(db: sqlite3.Connection, number: int, *, forward: bool) -> list[Step]:
    """The steps of an edit; ValueError where the file holds something that is none."""
    column = "forward" if forward else "backward"
    text = db.execute(f"select {column} from edit where id = ?", (number,)).fetchone()[0]  # noqa: S608 - one of two
    return [_step(step) for step in json.loads(text)]


def _step(step: object) -> Step:
    match step:
        case [str(table), str(id), None] if table in TABLES:
            return table, id, None
        case [str(table), str(id), dict(columns)] if table in TABLES:
            known = cast("dict[str, Any]", columns)
            if known and known.keys() <= set(TABLES[table].columns):
                return table, id, known
        case _:
            pass
    raise ValueError(f"no step of an edit: {step!r:.80}")
