"""The open file of a project: its rows in memory, edits as transactions with an undo log, settings, copies."""

from __future__ import annotations

import contextlib
import json
import os
import sqlite3
import threading
from collections.abc import Callable, Generator, Mapping
from dataclasses import asdict, replace
from pathlib import Path
from types import TracebackType
from typing import Any, Self

from twin.model.definition import StepCheck
from twin.model.grant import Grant
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.space import Site
from twin.model.text import Text
from twin.model.twin import Twin
from twin.store import database
from twin.store.database import PROJECT
from twin.store.file_identity import FileIdentity
from twin.store.file_lock import FileLock
from twin.store.file_names import project_file
from twin.store.project import edits, grant_rows, integrity_check, refusals, row_checks
from twin.store.project.building_rows import ONLY
from twin.store.project.definition_authors import add_author
from twin.store.project.edit_labels import SAME_CONTENT, UNLOGGED
from twin.store.project.edits import LoggedEdit, Rows, UndoEntry
from twin.store.project.kept_settings import CARE, NOT_EXPORTED
from twin.store.project.note import ProjectNote
from twin.store.project.rows import (
    TABLES,
    Row,
    RowKey,
    definition_edits,
    row_of,
)
from twin.store.project.snapshot import persons_in, snapshot


class ProjectDatabase:
    """Open with `create` or `open`; a context manager. Any thread may call; edits are serialised. `Project` adds the
    meaning of the rows.
    """

    def __init__(
        self, paths: tuple[Path, Path], db: sqlite3.Connection, end: list[Callable[[], object]], held: FileLock | None
    ) -> None:
        """`held`: the lock for editing; None opens the project for reading only."""
        self.path, self._place = paths
        self.readonly, self.held = held is None, held
        self._db, self._stays = db, FileIdentity(self.path)
        self._end = end
        self._lock = threading.RLock()
        self._rows: Rows = {}
        self._settings: dict[str, str] = {}
        self._next_edits: tuple[LoggedEdit | None, LoggedEdit | None] = (None, None)
        self.author = ""
        """Author of edits outside of an undo entry; empty where not known."""
        self.noted: Callable[[ProjectNote], object] = lambda note: None
        """Called after each commit, in the thread that committed, with the note of what was done."""
        self.unreadable_grants: tuple[str, ...] = ()
        """Ids of damaged grants, as `grants` found them; they let no person in."""
        self._entry: UndoEntry | None = None
        """The undo entry that collects edits; None: each edit is an entry of its own."""
        self._read()
        self._twin = snapshot(self._rows, {}, Twin(persons=persons_in(self.setting(CARE))))

    @classmethod
    def create(cls, path: Path, name: str = "") -> Self:
        """Creates an empty project and opens it. Raises ProblemError where the file, or a history of that name, exists
        or the place cannot be written.
        """
        refusals.check_new(path)
        database.create(path, PROJECT)
        try:
            self = cls.open(path)
            title = clean_name(name or path.stem)
            self._commit(UNLOGGED, {("site", ONLY): row_of("site", Site(), id=ONLY, title=title)}, logged=False)
        except BaseException:
            path.unlink(missing_ok=True)
            raise
        return self

    @classmethod
    def open(cls, path: Path, readonly: bool = False) -> Self:
        """Opens a project and migrates it. With `readonly` others may have it open, and edits are refused.

        Raises ProblemError: missing, not a project, newer version, damaged, open for editing elsewhere, not writable.
        """
        path = project_file(path)
        database.check_header(path, PROJECT)
        try:
            return cls._reading(path) if readonly else cls._editing(path)
        except (sqlite3.Error, OSError) as error:
            raise ProblemError(database.problem_of(error, path, PROJECT)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ProblemError(database.damaged(path, PROJECT, f"{type(error).__name__}: {error}")) from error

    @classmethod
    def _reading(cls, path: Path) -> Self:
        place, copy = database.readable(path, PROJECT)
        db = database.open_reader(place)
        end: list[Callable[[], object]] = [db.close, *([copy.cleanup] if copy else [])]
        with _undone(end):
            return cls((path, place), db, end, None)

    @classmethod
    def _editing(cls, path: Path) -> Self:
        if not os.access(path.parent, os.W_OK):
            raise PermissionError(13, "the folder cannot be written", str(path.parent))
        lock = FileLock(path)
        end: list[Callable[[], object]] = [lock.release]
        with _undone(end):
            db = database.open_writer(path, PROJECT)
            end.insert(0, lambda: database.close_writer(db))
            row_checks.begin(db)
            return cls((path, path), db, end, lock)

    def __enter__(self) -> Self:
        return self

    def __exit__(self, kind: type[BaseException] | None, error: BaseException | None, at: TracebackType | None) -> None:
        self.close()

    def close(self) -> None:
        """Closes the file and leaves one plain file; may be called twice."""
        with self._lock:
            end, self._end = self._end, []
            for step in end:
                step()

    def twin(self) -> Twin:
        """The newest snapshot of the twin."""
        return self._twin

    def setting(self, name: str, default: Any = None) -> Any:  # noqa: ANN401 - whatever JSON holds
        """A setting of this project; the default where it was never set, or its row is damaged."""
        text = self._settings.get(name)
        try:
            return default if text is None else json.loads(text)
        except (ValueError, TypeError):
            return default

    def set_setting(self, name: str, value: Any) -> None:  # noqa: ANN401 - whatever JSON holds
        """Stores a setting (any JSON value); no undo step."""
        self.change_setting(name, lambda _: value)

    def change_setting(self, name: str, change: Callable[[Any], Any]) -> None:
        """Stores what `change` makes of a setting's value (None where it was never set); no other thread's change is lost.
        It must not use the project."""
        with self._transaction() as db:
            text = json.dumps(change(self.setting(name)), ensure_ascii=False)
            db.execute(
                "insert into setting(id, value) values(?, ?) on conflict(id) do update set value = excluded.value",
                (name, text),
            )
            row_checks.change_settings(db, self._settings, {name: text})
            db.execute("commit")
            self._settings = {**self._settings, name: text}
            if name == CARE and (persons := persons_in(self.setting(CARE))) != self._twin.persons:
                self._twin = replace(self._twin, persons=persons)

    def grants(self) -> dict[str, Grant]:
        """Every grant by the digest of its token; `unreadable_grants` names the rows that are damaged."""
        with self._lock, self._explained():
            found, self.unreadable_grants = grant_rows.read(self._db)
        return found

    def add_grant(self, grant: Grant, digest: str) -> None:
        """Stores a grant with the SHA-256 of its token (hexadecimal); no undo step. Raises ProblemError where the name
        has one already."""
        with self._transaction() as db:
            if any(one.name.casefold() == grant.name.casefold() for one in grant_rows.read(db)[0].values()):
                raise ProblemError(refusals.granted_already(grant.name))
            grant_rows.add(db, grant, digest)
        self.noted(ProjectNote("grant", asdict(grant)))

    def remove_grant(self, id: str) -> bool:
        """Deletes a grant; False where there was none."""
        with self._transaction() as db:
            gone = next((one for one in grant_rows.read(db)[0].values() if one.id == id), None)
            removed = grant_rows.remove(db, id)
        if removed:
            self.noted(ProjectNote("revoke", {"id": id} if gone is None else asdict(gone)))
        return removed

    def tables(self) -> tuple[Rows, Mapping[str, str]]:
        """Every row by table and id, and the settings as JSON text; for export."""
        settings = {name: text for name, text in self._settings.items() if name not in NOT_EXPORTED}
        return {table: dict(rows) for table, rows in self._rows.items()}, settings

    def put_tables(self, rows: Mapping[RowKey, Row], settings: Mapping[str, object]) -> None:
        """Fills an empty project with rows and settings of another; no undo step. Raises ProblemError where they are
        invalid, and then nothing is changed.
        """
        texts = [(name, json.dumps(value, ensure_ascii=False)) for name, value in settings.items()]

        def more(db: sqlite3.Connection) -> None:
            db.executemany("insert or replace into setting(id, value) values(?, ?)", texts)
            row_checks.change_settings(db, self._settings, dict(texts))
            if not {row["device"] for (table, _), row in rows.items() if table == "point"} <= {
                id for table, id in rows if table == "device"
            }:
                raise ValueError("a point without its device")

        with self._lock, self._explained():
            self._commit(UNLOGGED, rows, also=more, logged=False)
        self._settings = {**self._settings, **dict(texts)}

    @contextlib.contextmanager
    def recording(self, entry: UndoEntry) -> Generator[None]:
        """Context in which edits are recorded into this entry of the undo list; holds the lock."""
        with self._lock:
            before, self._entry = self._entry, entry
            try:
                yield
            finally:
                self._entry = before

    def undo(self, *, by: str = "", who: str = "", allow: StepCheck | None = None) -> Text | None:
        """Reverts the last edit for `who`; returns its label, None where there is none. Raises ProblemError where `by` is
        given and its author is known to be another person, and what `allow` raises for what would change.
        """
        return self._again(forward=False, by=by, who=who, allow=allow)

    def redo(self, *, who: str = "", allow: StepCheck | None = None) -> Text | None:
        """Repeats the edit undone last for `who`; returns its label, None where there is none. Raises what `allow` raises."""
        return self._again(forward=True, who=who, allow=allow)

    def undo_labels(self) -> tuple[Text | None, Text | None]:
        """Titles of the edits that undo and redo would act on; None where there is none."""
        undo, redo = self._next_edits
        return undo.label if undo else None, redo.label if redo else None

    def undo_authors(self) -> tuple[str, str]:
        """Authors of the edits that undo and redo would act on; empty where not known."""
        undo, redo = self._next_edits
        return undo.author if undo else "", redo.author if redo else ""

    @property
    def failing(self) -> Problem | None:
        """The problem that the file was deleted, moved or replaced since it was opened, so that no edit is kept."""
        return self._stays.problem()

    def check(self) -> list[Problem]:
        """Verifies every page, row and mesh; returns the problems, empty where there are none."""
        with self._lock:
            found = database.sound(self._db, self.path, PROJECT)
            if not found and (wrong := integrity_check.wrong(self._db)):
                found.append(database.damaged(self.path, PROJECT, f"changed outside of Oikos: {', '.join(wrong)}"))
        return found

    def backup(self, target: Path) -> None:
        """Makes a verified compact copy. Raises ProblemError where it cannot be written, and then no file is left."""
        database.copy(self._place, target, PROJECT)

    def copy_into(self, part: Path) -> None:
        """As `backup`, into an existing empty file. Raises sqlite3.Error or ProblemError."""
        database.copy_into(self._place, part, PROJECT)

    def _read(self) -> None:
        """Reads everything but meshes and patches in one transaction: later reading needs no disk."""
        self._db.execute("begin")
        try:
            for table, spec in TABLES.items():
                names, key = ", ".join(spec.columns), spec.columns.index("id")
                found = self._db.execute(f"select {names} from {table}")  # noqa: S608 - ours
                self._rows[table] = {str(row[key]): dict(zip(spec.columns, row, strict=True)) for row in found}
            self._settings = dict(self._db.execute("select id, value from setting"))
            self._next_edits = edits.next_ones(self._db)
        finally:
            self._db.execute("commit")

    def _next(self, table: str) -> int:
        return max((row["pos"] for row in self._rows[table].values()), default=-1) + 1

    def _known(self, table: str, id: str) -> Row:
        row = self._rows[table].get(id)
        if row is None:
            raise ProblemError(refusals.unknown_thing(table, id))
        return row

    def _commit(
        self,
        label: Text,
        changed: Mapping[RowKey, Row | None],
        *,
        silent: Mapping[RowKey, Row | None] | None = None,
        also: Callable[[sqlite3.Connection], None] | None = None,
        logged: bool = True,
    ) -> Twin:
        """One transaction: the silent changes, the edit with its undo row, and what else belongs to it."""
        quiet = edits.steps(self._rows, silent or {})[0]
        forward, backward = edits.steps(self._rows, changed)
        if not quiet and not forward:
            return self._twin
        with self._transaction() as db, self._unless_kept():
            rows = edits.apply(db, self._rows, [*quiet, *forward])
            if forward and logged:
                edits.remember(db, self._entry or UndoEntry(author=self.author), label, forward, backward)
            self._adopt(rows, edits.next_ones(db))
            if logged and label.code not in SAME_CONTENT:
                by = self._entry.author if self._entry else self.author
                self._settings = add_author(db, self._settings, forward, by)
            if also is not None:
                also(db)
            db.execute("commit")
        if forward and logged and (self._entry is None or self._entry.logged):
            self.noted(ProjectNote("edit", {"label": label.as_json()}))
        return self._twin

    def _again(self, *, forward: bool, by: str = "", who: str = "", allow: StepCheck | None = None) -> Text | None:
        with self._lock:
            with self._explained():
                found = edits.next_redo(self._db) if forward else edits.next_undo(self._db)
            if found is None:
                return None
            number, label = found.number, found.label
            if by and found.author not in ("", by):
                raise ProblemError(refusals.of_another(label, found.author))
            with self._explained():
                todo = edits.patch(self._db, number, forward=forward)
            also, restoring = edits.steps(self._rows, edits.dangling(self._rows, todo))
            todo = [*also, *todo]
            if allow is not None:
                with self._explained():
                    changes = definition_edits(self._rows, todo)
                allow(frozenset(table for table, _, _ in todo), changes)
            with self._transaction() as db, self._unless_kept():
                rows = edits.apply(db, self._rows, todo)
                edits.mark_undone(db, number, undone=not forward, restoring=restoring)
                self._adopt(rows, edits.next_ones(db))
                if label.code not in SAME_CONTENT:
                    self._settings = add_author(db, self._settings, todo, who, again=True)
                db.execute("commit")
            self.noted(ProjectNote("redo" if forward else "undo", {"label": label.as_json(), "of": found.author}))
            return label

    @contextlib.contextmanager
    def _unless_kept(self) -> Generator[None]:
        """Rows of which no twin can be made, and rows that the disk does not take, leave everything as it was."""
        before = (self._rows, self._next_edits, self._twin, self._settings)
        try:
            yield
        except BaseException:
            self._rows, self._next_edits, self._twin, self._settings = before
            raise

    def _adopt(self, rows: Rows, next_edits: tuple[LoggedEdit | None, LoggedEdit | None]) -> None:
        """The snapshot of the rows, made before they are committed: what cannot be shown again is never kept."""
        self._twin = snapshot(rows, self._rows, self._twin)
        self._rows, self._next_edits = rows, next_edits

    @contextlib.contextmanager
    def _transaction(self) -> Generator[sqlite3.Connection]:
        """Write transaction, rolled back on any error; ProblemError where read-only, closed or failed."""
        if self.readonly:
            raise ProblemError(refusals.only_reading(self.path))
        if (failing := self.failing) is not None:  # whoever opens the file at its new place reads another journal
            raise ProblemError(failing)
        with self._lock, self._explained():
            self._db.execute("begin immediate")
            try:
                yield self._db
                if self._db.in_transaction:
                    self._db.execute("commit")
            except BaseException:
                if self._db.in_transaction:
                    self._db.execute("rollback")
                raise

    @contextlib.contextmanager
    def _explained(self) -> Generator[None]:
        if not self._end:
            raise ProblemError(refusals.closed(self.path))
        try:
            yield
        except sqlite3.Error as error:
            raise ProblemError(database.problem_of(error, self.path, PROJECT)) from error
        except (ValueError, KeyError, TypeError) as error:
            raise ProblemError(database.damaged(self.path, PROJECT, f"{type(error).__name__}: {error}")) from error


@contextlib.contextmanager
def _undone(end: list[Callable[[], object]]) -> Generator[None]:
    """Runs the closing steps where the body fails, and raises its error again."""
    try:
        yield
    except BaseException:
        for step in end:
            step()
        raise
