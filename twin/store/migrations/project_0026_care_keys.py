"""Project, step 26: the key of a person's care is made by chance; before it was her name. Frozen.

Definitions and settings get the new keys; steps of the undo log that make or delete alarms of care are deleted, since these are no
undo steps any more, and others name the new keys. The setting `care_renamed` has the new key by the old one, for the history.
"""

from __future__ import annotations

import json
import re
from collections.abc import Callable
from hashlib import blake2b
from secrets import token_hex
from typing import Any, cast

from sqlite_utils import Database

ALARMS = "alarm_definition"
DEFINITIONS = (ALARMS, "automation", "work_order")
_ID = re.compile(r"(?P<template>care_[a-z]+):care(?::(?P<key>[^\"\\]*))?(?P<end>[\"\\]|$)")


def apply(db: Database) -> None:
    """Renames."""
    consents = _consents(db)
    keys = {str(one.get("key", "")): token_hex(8) for one in consents}
    db.execute("pragma secure_delete = on")
    renamed = _renamer(keys)
    for table in DEFINITIONS:
        for id, body in db.execute(f"select id, body from {table} where instr(body, ':care')").fetchall():  # noqa: S608 - ours
            db.execute(f"update {table} set id = ?, body = ? where id = ?", (renamed(id), renamed(body), id))  # noqa: S608 - ours
            db.execute("delete from row_check where id = ?", (table,))
    for row in db.execute("select id, label, forward, backward, undone, args, author from edit").fetchall():
        _rewrite(db, row, renamed)
    if consents:
        _put(db, "care", [{**one, "key": keys[str(one.get("key", ""))]} for one in consents])
    if keys:
        _put(db, "care_renamed", keys)
        db.execute("delete from row_check where id = 'setting'")
    db.execute("pragma secure_delete = off")


def _consents(db: Database) -> list[dict[str, Any]]:
    found = db.execute("select value from setting where id = 'care'").fetchone()
    try:
        stored = json.loads(found[0]) if found else None
    except (ValueError, TypeError):
        return []
    rows = cast("list[Any]", stored if isinstance(stored, list) else [stored])
    return [row for row in rows if isinstance(row, dict)]


def _renamer(keys: dict[str, str]) -> Callable[[str], str]:
    """Names new keys in ids and in JSON text, also JSON within JSON; a key that no consent has is added."""

    def one(found: re.Match[str]) -> str:
        known = found["key"] or ""
        key = known if known in keys.values() else keys.setdefault(known, token_hex(8))
        return f"{found['template']}:care:{key}{found['end']}"

    def renamed(text: str) -> str:
        for name in [one for one in keys if '"' in one or "\\" in one]:
            once = json.dumps(name, ensure_ascii=False)[1:-1]  # as JSON writes it, and JSON within JSON
            for written in (json.dumps(once, ensure_ascii=False)[1:-1], once, name):
                text = text.replace(f":care:{written}", f":care:{keys[name]}")
        return _ID.sub(one, text)

    return renamed


def _rewrite(db: Database, row: tuple[Any, ...], renamed: Callable[[str], str]) -> None:
    number, label, forward, backward, undone, args, author = row
    if ":care" not in forward + backward + (args or ""):
        return
    texts = [_steps(text, renamed) for text in (forward, backward)]
    if texts == ["[]", "[]"]:
        db.execute("delete from edit where id = ?", (number,))
        return
    args = renamed(args) if args is not None else None
    facts = [label, *texts, undone, *(() if args is None else (args,)), *(() if author is None else (author,))]
    check = int.from_bytes(blake2b(repr(facts).encode("utf-8", "surrogatepass"), digest_size=8).digest()) >> 1
    db.execute(
        "update edit set forward = ?, backward = ?, args = ?, checksum = ? where id = ?", (*texts, args, check, number)
    )


def _steps(text: str, renamed: Callable[[str], str]) -> str:
    try:
        steps = json.loads(text)
    except ValueError:
        return renamed(text)
    kept = [step for step in steps if not (step[0] == ALARMS and _ID.fullmatch(str(step[1])))]
    return renamed(json.dumps(kept, ensure_ascii=False))


def _put(db: Database, name: str, value: object) -> None:
    db.execute(
        "insert into setting(id, value) values(?, ?) on conflict(id) do update set value = excluded.value",
        (name, json.dumps(value, ensure_ascii=False)),
    )
