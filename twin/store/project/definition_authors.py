"""Who wrote what automations, schedules and scenes do: a setting of the project, changed with each edit of them."""

from __future__ import annotations

import json
import sqlite3
from collections.abc import Iterable
from typing import cast

from twin.model.definition import DefinitionKind
from twin.store.project import row_checks
from twin.store.project.edits import PatchStep
from twin.store.project.kept_settings import DEFINITION_AUTHORS
from twin.store.project.rows import TABLES

_KINDS = frozenset({DefinitionKind.AUTOMATION.value, DefinitionKind.SCHEDULE.value, DefinitionKind.SCENE.value})
MOST = 20
"""Most authors of one definition; in place of the earliest stands UNKNOWN."""
UNKNOWN = ""
"""In place of the names of authors that are not known: the definition is older than this list."""
_BEFORE = " before"
"""After the id of a definition: the authors of those of this id that were deleted; an undo may bring them back."""


def authors_in(stored: object) -> dict[str, tuple[str, ...]]:
    """Authors by definition (its kind and id, with a space between), from the value of the setting."""
    found = cast("dict[object, object]", stored) if isinstance(stored, dict) else {}
    lists = {str(key): cast("list[object]", names) for key, names in found.items() if isinstance(names, list)}
    return {key: tuple(str(name) for name in names) for key, names in lists.items()}


def _bounded(names: Iterable[str]) -> tuple[str, ...]:
    names = tuple(dict.fromkeys(names))
    return names if len(names) <= MOST else (UNKNOWN, *names[1 - MOST :])


def add_author(
    db: sqlite3.Connection, settings: dict[str, str], steps: Iterable[PatchStep], author: str, *, again: bool = False
) -> dict[str, str]:
    """Adds the author of an edit to the definitions whose content it changes, inside the caller's transaction; the
    settings afterwards. Who makes a definition is its only author, also where there was one of this id before. `again`: an
    undo or redo, which may bring back all that its authors of any time have written, or one whose author is not known."""
    changed = {
        f"{table} {id}": columns.keys() < set(TABLES[table].columns)
        for table, id, columns in steps
        if author and table in _KINDS and columns and "body" in columns
    }
    if not changed:
        return settings
    try:
        known = authors_in(json.loads(settings.get(DEFINITION_AUTHORS, "{}")))
    except ValueError:
        known = {}
    for key, is_older in changed.items():
        was = known.get(key, (UNKNOWN,) if is_older or again else ())
        gone = known.pop(f"{key}{_BEFORE}", ())
        if not again and not is_older and (was or gone):
            known[f"{key}{_BEFORE}"], was = _bounded((*gone, *was)), ()
        elif not again and gone:
            known[f"{key}{_BEFORE}"] = gone
        elif gone:
            was = (*gone, *was)
        known[key] = _bounded((*(one for one in was if one != author), author))
    text = json.dumps(known, ensure_ascii=False)
    db.execute("insert or replace into setting(id, value) values(?, ?)", (DEFINITION_AUTHORS, text))
    row_checks.change_settings(db, settings, {DEFINITION_AUTHORS: text})
    return {**settings, DEFINITION_AUTHORS: text}
