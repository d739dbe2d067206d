"""Edits as patches with forward and backward steps, kept in the file so that undo survives a crash."""

from __future__ import annotations

import contextlib
import json
import sqlite3
from collections.abc import Callable, Iterable, Mapping
from dataclasses import dataclass
from typing import Any, cast

from twin.model.text import EARLIER, Text, as_text
from twin.store.project import row_checks
from twin.store.project.row_checks import row_hash
from twin.store.project.rows import TABLES, Row, RowKey

type PatchStep = tuple[str, str, Row | None]
"""(table, id, columns to set); None deletes the row, a missing row is inserted if all columns are given."""

type Rows = dict[str, dict[str, Row]]
"""All rows by table and id, as the file stores them."""

MOST = 1000
"""Number of edits that can be undone."""
LARGE = 1_000_000
"""Length of a patch, characters, from which the size of the log is checked."""
LOG_LIMIT = 64_000_000
"""Limit of all patches together, characters."""


@dataclass(slots=True)
class UndoEntry:
    """One entry of the undo list, which collects every edit recorded into it.

    With `logged` False its edits are not undoable: automatic ones (registration of devices, the demo's furniture).
    """

    logged: bool = True
    author: str = ""
    """Person who makes the edits; empty where not known."""
    number: int | None = None
    """Number of the entry in the file; None before its first edit."""


def steps(rows: Rows, changed: Mapping[RowKey, Row | None]) -> tuple[list[PatchStep], list[PatchStep]]:
    """Forward and backward steps that change the rows as given (None: delete); empty where nothing differs."""
    forward: list[PatchStep] = []
    backward: list[PatchStep] = []
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


def apply(db: sqlite3.Connection, rows: Rows, todo: Iterable[PatchStep]) -> Rows:
    """Writes steps and checksums inside the caller's transaction; returns the new rows, `rows` itself is not modified."""
    after = dict(rows)
    fresh: set[str] = set()
    checks: dict[str, int] = {}
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
        became = row_hash(table, after[table].get(id))
        checks[table] = checks.get(table, 0) ^ row_hash(table, known) ^ became
    row_checks.change(db, checks)
    return after


def remember(
    db: sqlite3.Connection, entry: UndoEntry, label: Text, forward: list[PatchStep], backward: list[PatchStep]
) -> None:
    """Writes an edit to the undo log, appended to its entry where that exists; edits that were undone are dropped.

    Entries beyond MOST or LOG_LIMIT are deleted, oldest first.
    """
    if not entry.logged:
        return
    db.execute("delete from edit where undone = 1")
    number = entry.number
    if number is not None and db.execute("select 1 from edit where id = ?", (number,)).fetchone():
        _write(db, number, [*_steps(db, number, forward=True), *forward], [*backward, *_steps(db, number)])
        return
    cursor = db.execute(
        "insert into edit(label, args, author, forward, backward) values(?, ?, ?, '', '')",
        (label.code, json.dumps(label.args, ensure_ascii=False), entry.author or None),
    )
    entry.number = number = int(cursor.lastrowid or 0)
    large = _write(db, number, forward, backward)
    db.execute("delete from edit where id <= (select max(id) from edit) - ?", (MOST,))
    if large:
        db.execute(
            "delete from edit where id in (select id from (select id, sum(length(forward) + length(backward))"
            " over (order by id desc) as size from edit) where size > ?) and id < (select max(id) from edit)",
            (LOG_LIMIT,),
        )


def mark_undone(db: sqlite3.Connection, number: int, *, undone: bool, restoring: list[PatchStep]) -> None:
    """Marks an edit as undone or redone; `restoring` are steps that bring back rows removed along with it."""
    there, back = _steps(db, number, forward=undone), _steps(db, number, forward=not undone)
    db.execute("update edit set undone = ? where id = ?", (int(undone), number))
    _seal(db, number)
    if fresh := [step for step in restoring if step not in there]:
        there = [*there, *fresh]
        _write(db, number, *((there, back) if undone else (back, there)))


def _write(db: sqlite3.Connection, number: int, forward: list[PatchStep], backward: list[PatchStep]) -> bool:
    """Writes the patch; returns whether it is longer than LARGE."""
    texts = (json.dumps(forward, ensure_ascii=False), json.dumps(backward, ensure_ascii=False))
    db.execute("update edit set forward = ?, backward = ? where id = ?", (*texts, number))
    _seal(db, number)
    return len(texts[0]) + len(texts[1]) > LARGE


def rewrite(
    db: sqlite3.Connection,
    number: int,
    forward: list[PatchStep],
    backward: list[PatchStep],
    text: Callable[[str], str],
) -> None:
    """Replaces the steps of an edit, and the arguments of its label by `text` of them; an edit without steps is deleted."""
    if not forward and not backward:
        db.execute("delete from edit where id = ?", (number,))
        return
    (args,) = db.execute("select args from edit where id = ?", (number,)).fetchone()
    if args is not None:
        said = {name: text(value) if isinstance(value, str) else value for name, value in json.loads(args).items()}
        db.execute("update edit set args = ? where id = ?", (json.dumps(said, ensure_ascii=False), number))
    _write(db, number, forward, backward)


def dangling(rows: Rows, todo: Iterable[PatchStep]) -> dict[RowKey, Row | None]:
    """Rows that depend on rows which the steps delete: devices with their link, points with their device (None:
    delete); devices lose a deleted room, placeholders a deleted device.
    """
    going = {(table, id) for table, id, columns in todo if columns is None}
    left: dict[RowKey, Row | None] = {}
    for id, row in rows["device"].items() if going else ():
        if ("link", row["link"]) in going:
            left["device", id] = None
        elif ("room", row["room"]) in going:
            left["device", id] = {**row, "room": None, "position_m": None}
    gone = going | {key for key, row in left.items() if row is None}
    left |= {("point", id): None for id, row in rows["point"].items() if ("device", row["device"]) in gone}
    left |= {("checkout", id): None for id in rows["checkout"] if ("device", id) in gone}
    left |= {
        ("placeholder", id): {**row, "device": None}
        for id, row in rows["placeholder"].items()
        if ("device", row["device"]) in gone
    }
    return {key: row for key, row in left.items() if key not in going}


@dataclass(frozen=True, slots=True)
class LoggedEdit:
    """An edit in the undo list."""

    number: int
    label: Text
    author: str
    """Person who made the edit; empty where not known."""


def next_undo(db: sqlite3.Connection) -> LoggedEdit | None:
    """The edit that undo would revert; None where there is none."""
    return _labelled(db.execute("select id, label, args, author from edit where undone = 0 order by id desc limit 1"))


def next_redo(db: sqlite3.Connection) -> LoggedEdit | None:
    """The edit that redo would repeat; None where there is none."""
    return _labelled(db.execute("select id, label, args, author from edit where undone = 1 order by id limit 1"))


def _labelled(found: sqlite3.Cursor) -> LoggedEdit | None:
    """An edit of the file; one of an earlier version has a finished sentence, which is shown as it is."""
    row = found.fetchone()
    if row is None:
        return None
    number, label, args, author = row
    read = None
    if args is not None:
        with contextlib.suppress(ValueError):  # a damaged row; `wrong` tells of it
            read = as_text({"code": label, "args": json.loads(args)})
    return LoggedEdit(number, read or Text(EARLIER, text=str(label)), str(author or ""))


def next_ones(db: sqlite3.Connection) -> tuple[LoggedEdit | None, LoggedEdit | None]:
    """The edits that undo and redo would act on; None where there is none."""
    return next_undo(db), next_redo(db)


def patch(db: sqlite3.Connection, number: int, *, forward: bool) -> list[PatchStep]:
    """The steps of an edit. Raises ValueError where they are damaged."""
    return _steps(db, number, forward=forward)


def wrong(db: sqlite3.Connection) -> list[int]:
    """Numbers of the edits whose checksum is wrong. Raises sqlite3.Error."""
    found = db.execute(f"select id, checksum, {_SEALED} from edit where checksum not null")  # noqa: S608 - ours
    return [int(number) for number, checksum, *row in found if checksum != _checksum(row)]


_SEALED = "label, forward, backward, undone, args, author"


def _seal(db: sqlite3.Connection, number: int) -> None:
    row = db.execute(f"select {_SEALED} from edit where id = ?", (number,)).fetchone()  # noqa: S608 - ours
    db.execute("update edit set checksum = ? where id = ?", (_checksum(row), number))


def _checksum(row: Iterable[object]) -> int:
    """63 bits over an edit's label, patches, whether it is undone, and its label's arguments and author where it has any."""
    from hashlib import blake2b  # OpenSSL comes with it, which no window needs before its first frame

    label, forward, backward, undone, args, author = row
    facts = [
        label,
        forward,
        backward,
        undone,
        *(() if args is None else (args,)),
        *(() if author is None else (author,)),
    ]
    text = repr(facts).encode("utf-8", "surrogatepass")
    return int.from_bytes(blake2b(text, digest_size=8).digest()) >> 1


def _steps(db: sqlite3.Connection, number: int, *, forward: bool = False) -> list[PatchStep]:
    row = db.execute(f"select {_SEALED}, checksum from edit where id = ?", (number,)).fetchone()  # noqa: S608 - ours
    if row[6] is not None and row[6] != _checksum(row[:6]):
        raise ValueError(f"edit {number} is not as it was written")
    text = row[1] if forward else row[2]
    return [_step(step) for step in json.loads(text)]


def _step(step: object) -> PatchStep:
    match step:
        case [str(table), str(id), None] if table in TABLES:
            return table, id, None
        case [str(table), str(id), dict()] if table in TABLES:
            known = cast("tuple[str, str, dict[str, Any]]", step)[2]
            if known and known.keys() <= set(TABLES[table].columns):
                return table, id, known
        case _:
            pass
    raise ValueError(f"no step of an edit: {step!r:.80}")
