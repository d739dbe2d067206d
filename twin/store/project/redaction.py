"""What is deleted of a project when a person's care ends: the definitions of her alarms with all their undo steps, and her name in
the texts of what was made from them."""

from __future__ import annotations

import json
import re
import sqlite3
import unicodedata
from collections.abc import Collection, Iterable
from typing import Any, cast

from twin.model.definition import DefinitionKind
from twin.store.project import edits
from twin.store.project.edits import PatchStep, Rows
from twin.store.project.rows import Row, RowKey

HIDDEN = "…"
"""In place of the name."""
TEXTS = frozenset({"title", "text", "note", "description", "assignee", "created_by", "who"})
"""Keys of a definition's body whose values are texts for people, or names of them."""
_SPACELESS = "\u0e00-\u0eff\u1000-\u109f\u1780-\u17ff\u2e80-\u9fff\uac00-\ud7af\uf900-\ufaff\U00020000-\U0003ffff"
"""Characters of scripts that set no space between words, as a part of a character class."""
_DEFINITIONS = frozenset(kind.value for kind in DefinitionKind)


class PersonRedaction:
    """Redaction of one person's name and of her alarms, by their ids."""

    def __init__(self, alarms: Collection[str], name: str) -> None:
        self._alarms = alarms
        self._name = _pattern(name)

    def changed(self, rows: Rows) -> dict[RowKey, Row | None]:
        """The rows to delete (None), and those that name the alarms, without the name."""
        gone: dict[RowKey, Row | None] = {
            (DefinitionKind.ALARM.value, id): None for id in self._alarms if id in rows[DefinitionKind.ALARM]
        }
        named = {
            (table, id): self._redacted(row)
            for table in sorted(_DEFINITIONS)
            for id, row in rows[table].items()
            if self._names(row)
        }
        return {**named, **gone}

    def redact_log(self, db: sqlite3.Connection) -> None:
        """Deletes the steps of the alarms from the undo log and the name from those of what names them, inside the caller's
        transaction. Steps that are damaged, and so cannot be undone, are deleted with the name."""
        about, found = set[RowKey](), dict[int, tuple[list[PatchStep], list[PatchStep]]]()
        for number, texts in db.execute("select id, forward || backward || ifnull(args, '') from edit").fetchall():
            try:
                both = edits.patch(db, number, forward=True), edits.patch(db, number, forward=False)
            except ValueError:
                if self._name.search(texts):
                    db.execute("delete from edit where id = ?", (number,))
                continue
            found[number] = both
            about |= {(table, id) for part in both for table, id, columns in part if columns and self._names(columns)}
        for number, (forward, backward) in found.items():
            kept = list(self._kept(forward, about)), list(self._kept(backward, about))
            if kept != (forward, backward):
                edits.rewrite(db, number, *kept, lambda text: self._name.sub(HIDDEN, text))

    def _kept(self, steps: Iterable[PatchStep], about: Collection[RowKey]) -> Iterable[PatchStep]:
        for table, id, columns in steps:
            if table == DefinitionKind.ALARM and id in self._alarms:
                continue
            yield table, id, self._redacted(columns) if columns and (table, id) in about else columns

    def _names(self, columns: Row) -> bool:
        body = columns.get("body")
        return isinstance(body, str) and any(one in body for one in self._alarms)

    def _redacted(self, columns: Row) -> Row:
        changed = dict(columns)
        if isinstance(title := columns.get("title"), str):
            changed["title"] = self._name.sub(HIDDEN, title)
        if isinstance(body := columns.get("body"), str):
            try:
                told = json.loads(body)
            except ValueError:  # damaged: no text of it is read
                return changed | {"body": self._name.sub(HIDDEN, body)}
            if (without := self._without(told)) != told:
                changed["body"] = json.dumps(without, ensure_ascii=False)
        return changed

    def _without(self, value: Any, *, text: bool = False) -> Any:  # noqa: ANN401 - whatever JSON holds
        if isinstance(value, str):
            return self._name.sub(HIDDEN, value) if text else value
        if isinstance(value, list):
            return [self._without(one, text=text) for one in cast("list[object]", value)]
        if isinstance(value, dict):
            return {key: self._without(one, text=key in TEXTS) for key, one in cast("dict[str, object]", value).items()}
        return value


def _pattern(name: str) -> re.Pattern[str]:
    """A whole name in upper and lower case, composed or not. Between words of a script without spaces it has no border; a name
    of one character, which is in many words there, is found between separators only."""
    name = unicodedata.normalize("NFC", name)
    if not name:
        return re.compile("(?!)")
    word = r"\w" if len(name) == 1 else rf"[^\W{_SPACELESS}]"
    return re.compile(f"(?<!{word}){''.join(map(_any_case, name))}(?!{word})", re.IGNORECASE)


def _any_case(letter: str) -> str:
    forms = {letter, letter.upper(), letter.casefold()}
    forms |= {unicodedata.normalize("NFD", one) for one in forms}
    return f"(?:{'|'.join(map(re.escape, sorted(forms, key=len, reverse=True)))})"
