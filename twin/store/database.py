"""Opens SQLite files of the project and converts their errors to problems."""

from __future__ import annotations

import contextlib
import errno
import os
import sqlite3
import stat
import tempfile
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import quote

from twin.files import atomic
from twin.files.errors import is_denied, is_full, os_problem
from twin.files.opening import check_regular
from twin.model.problem import Problem, ProblemError, mistake
from twin.model.text import Text
from twin.store import migrations

_TRIES = 5
"""Attempts to copy a file that another process is writing."""
_MAGIC = b"SQLite format 3\x00"
_NO_PATH = (errno.ENAMETOOLONG, errno.ENOTDIR, errno.ELOOP)


@dataclass(frozen=True, slots=True)
class DatabaseKind:
    """One kind of file: name of its migrations, SQLite's application_id."""

    name: str
    application_id: int


PROJECT = DatabaseKind("project", 0x4F696B6F)
HISTORY = DatabaseKind("history", 0x4F696B68)


def create(path: Path, kind: DatabaseKind, *, upto: int | None = None) -> None:
    """Makes an empty file of this kind. Raises ProblemError where it exists or cannot be written."""
    try:
        with (
            atomic.creating(path) as part,
            contextlib.closing(sqlite3.connect(part, isolation_level=None)) as connection,
        ):
            # auto_vacuum only counts before the first table
            connection.execute("pragma auto_vacuum=incremental")
            connection.execute(f"pragma application_id={kind.application_id:d}")
            migrations.migrate(connection, kind.name, upto=upto)
    except FileExistsError as error:
        raise ProblemError(_exists(path, kind)) from error
    except (sqlite3.Error, OSError) as error:
        raise ProblemError(problem_of(error, path, kind)) from error


def check_header(path: Path, kind: DatabaseKind) -> None:
    """Raises ProblemError unless the file is of this kind and of a known version; reads 100 bytes."""
    try:
        if not stat.S_ISDIR(path.stat().st_mode):
            check_regular(path)
        with path.open("rb") as file:
            head = file.read(100)
    except OSError as error:
        raise ProblemError(problem_of(error, path, kind)) from error
    # https://www.sqlite.org/fileformat2.html 1.3: user version at 60, application id at 68, both big-endian
    if len(head) < 100 or not head.startswith(_MAGIC):
        raise ProblemError(_foreign(path, kind))
    if int.from_bytes(head[68:72]) != kind.application_id:
        raise ProblemError(_foreign(path, kind))
    if int.from_bytes(head[60:64]) > migrations.newest(kind.name):
        raise ProblemError(Problem(code=f"{kind.name}.newer", where=str(path)))


def open_writer(path: Path, kind: DatabaseKind) -> sqlite3.Connection:
    """The only writing connection, migrated to the newest version. Raises ProblemError where the file is read-only,
    else sqlite3.Error.
    """
    if not os.access(path, os.W_OK) or not os.access(path.parent, os.W_OK):
        raise ProblemError(_readonly(path, kind))
    connection = sqlite3.connect(path, isolation_level=None, check_same_thread=False, timeout=10, cached_statements=256)
    try:
        connection.execute("pragma journal_mode=wal")
        connection.execute("pragma synchronous=full")
        connection.execute("pragma secure_delete=off")  # Debian builds it on: ten times the bytes for a deletion
        connection.execute("pragma cache_size=-16000")
        connection.execute("pragma journal_size_limit=67108864")
        migrations.migrate(connection, kind.name)
    except BaseException:
        connection.close()
        raise
    return connection


def open_reader(path: Path) -> sqlite3.Connection:
    """A read-only connection. Raises sqlite3.Error."""
    connection = sqlite3.connect(
        f"file:{quote(str(path))}?mode=ro", uri=True, isolation_level=None, check_same_thread=False, timeout=10
    )
    try:
        connection.execute("pragma query_only=1")
        connection.execute("pragma cache_size=-8000")
        connection.execute("select 1 from sqlite_master").fetchone()
    except BaseException:
        connection.close()
        raise
    return connection


def readable(path: Path, kind: DatabaseKind) -> tuple[Path, tempfile.TemporaryDirectory[str] | None]:
    """Path from which the file can be read: its own, or a temporary copy.

    A copy is made where an unfinished journal is on a read-only disk, and where the file has an older version; the copy
    is migrated. Raises sqlite3.Error.
    """
    try:
        reader = open_reader(path)
        try:
            return (
                (path, None)
                if migrations.version(reader) >= migrations.newest(kind.name)
                else _renewed(reader, path, kind)
            )
        finally:
            reader.close()
    except sqlite3.OperationalError as error:
        if name_of(error) != "SQLITE_CANTOPEN" and not name_of(error).startswith("SQLITE_READONLY"):
            raise
        return _recovered(path, kind)


def _recovered(path: Path, kind: DatabaseKind) -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    """A copy with the journal that a killed program left, brought in order: the file itself cannot be, for it lies
    where nothing may be written, or is only read."""
    parts = [path.with_name(path.name + suffix) for suffix in ("", "-wal", "-journal")]
    folder = tempfile.TemporaryDirectory(prefix="oikos-")
    place = Path(folder.name) / path.name
    try:
        for _ in range(_TRIES):
            before = _stamps(parts)
            for part in parts:
                if part.exists():
                    atomic.copy(part, place.with_name(part.name))
            if _stamps(parts) == before:
                with contextlib.closing(sqlite3.connect(place, isolation_level=None)) as copy:
                    copy.execute("select 1 from sqlite_master").fetchone()
                    migrations.migrate(copy, kind.name)
                return place, folder
    except BaseException:
        folder.cleanup()
        raise
    folder.cleanup()
    raise ProblemError(_busy(path, "it changes while it is read"))


def _stamps(parts: list[Path]) -> list[tuple[int, int] | None]:
    """Size and time of change of each part; None where it is not there."""
    found = [part.stat() if part.exists() else None for part in parts]
    return [(one.st_size, one.st_mtime_ns) if one else None for one in found]


def _renewed(
    reader: sqlite3.Connection, path: Path, kind: DatabaseKind
) -> tuple[Path, tempfile.TemporaryDirectory[str]]:
    """A copy of the newest version: who only reads must not change the file."""
    folder = tempfile.TemporaryDirectory(prefix="oikos-")
    try:
        place = Path(folder.name) / path.name
        copy = sqlite3.connect(place, isolation_level=None)
        try:
            reader.backup(copy)
            migrations.migrate(copy, kind.name)
        finally:
            copy.close()
    except BaseException:
        folder.cleanup()
        raise
    return place, folder


def rewrite(connection: sqlite3.Connection) -> None:
    """Writes the file anew, so that it has nothing left of what was deleted. Raises sqlite3.Error."""
    connection.execute("vacuum")
    connection.execute("pragma wal_checkpoint(truncate)").fetchall()


def close_writer(connection: sqlite3.Connection) -> None:
    """Checkpoints and closes; leaves one plain file unless a reader prevents it. Errors of SQLite are ignored."""
    try:
        if connection.in_transaction:
            connection.execute("rollback")
        connection.execute("pragma optimize")
        connection.execute("pragma wal_checkpoint(truncate)")
        connection.execute("pragma busy_timeout=0")
        connection.execute("pragma journal_mode=delete")  # so that a closed file opens from a read-only disk
    except sqlite3.Error:
        pass  # a reader holds on, or the disk is full: the next writer tidies up, what was committed stays
    finally:
        connection.close()


def sound(connection: sqlite3.Connection, path: Path, kind: DatabaseKind) -> list[Problem]:
    """SQLite's quick check: problems of damage, empty where there is none."""
    try:
        found = [str(row[0]) for row in connection.execute("pragma quick_check(5)")]
    except sqlite3.Error as error:
        return [problem_of(error, path, kind)]
    return [] if found == ["ok"] else [damaged(path, kind, "; ".join(found))]


def copy(place: Path, target: Path, kind: DatabaseKind) -> None:
    """A compact copy of one moment, also while the original is written. Raises ProblemError where it cannot be made."""
    try:
        with atomic.creating(target) as part:
            copy_into(place, part, kind)
    except FileExistsError as error:
        raise ProblemError(_exists(target, kind)) from error
    except (sqlite3.Error, OSError) as error:
        raise ProblemError(problem_of(error, target, kind)) from error


def copy_into(place: Path, part: Path, kind: DatabaseKind) -> None:
    """As `copy`, into an existing empty file; verifies pages and row counts. Raises sqlite3.Error or ProblemError."""
    # its own connection: SQLite refuses VACUUM INTO where query_only is set
    address = f"file:{quote(str(place))}?mode=ro"
    with contextlib.closing(sqlite3.connect(address, uri=True, isolation_level=None, timeout=10)) as source:
        for last in (False, False, True):
            before = _rows(source)
            source.execute("vacuum into ?", (str(part),))
            after = _rows(source)
            with contextlib.closing(sqlite3.connect(part, isolation_level=None)) as made:
                if problems := sound(made, part, kind):
                    raise ProblemError(*problems)
                if _between(before, _rows(made), after):
                    return
            if last:
                raise ProblemError(_busy(place, "it changes while it is copied"))
            atomic.fill(part, b"")


def _rows(connection: sqlite3.Connection) -> dict[str, int]:
    """Number of rows of each table, counted in one transaction."""
    connection.execute("begin")
    try:
        tables = [str(row[0]) for row in connection.execute("select name from sqlite_master where type = 'table'")]
        return {name: int(connection.execute(f'select count(*) from "{name}"').fetchone()[0]) for name in tables}  # noqa: S608 - its own
    finally:
        connection.execute("rollback")


def _between(before: dict[str, int], found: dict[str, int], after: dict[str, int]) -> bool:
    """Whether a copy has as many rows as the original had while it was made."""
    return found.keys() == after.keys() and all(
        min(before.get(name, 0), n) <= found[name] <= max(before.get(name, 0), n) for name, n in after.items()
    )


def name_of(error: BaseException) -> str:
    """SQLite's name of an error, e.g. SQLITE_FULL."""
    return str(getattr(error, "sqlite_errorname", ""))


def problem_of(error: BaseException, path: Path, kind: DatabaseKind) -> Problem:
    """The problem for an error of SQLite or the operating system."""
    name, text = name_of(error), str(error)
    if is_full(error):
        return Problem(code="store.full", where=str(path), retry=True, detail=text)
    if name.startswith("SQLITE_READONLY") or name == "SQLITE_PERM" or is_denied(error):
        return _readonly(path, kind, text)
    if name.startswith(("SQLITE_BUSY", "SQLITE_LOCKED")):
        return _busy(path, text)
    if name == "SQLITE_NOTADB":
        return _foreign(path, kind)
    if name.startswith(("SQLITE_CORRUPT", "SQLITE_FORMAT")) or (
        isinstance(error, sqlite3.OperationalError) and text.startswith(("no such table", "Could not decode to UTF-8"))
    ):
        return damaged(path, kind, text)
    return _of_place(error, path, kind)


def _of_place(error: BaseException, path: Path, kind: DatabaseKind) -> Problem:
    name = name_of(error)
    if isinstance(error, IsADirectoryError):
        return Problem(code=f"{kind.name}.folder", where=str(path))
    if isinstance(error, OSError) and error.errno in _NO_PATH:
        return os_problem(error, path, code="file.refused")
    if isinstance(error, FileNotFoundError) or (name.startswith("SQLITE_CANTOPEN") and not path.exists()):
        return Problem(code=f"{kind.name}.missing" if path.parent.is_dir() else "store.no_folder", where=str(path))
    if name.startswith(("SQLITE_CANTOPEN", "SQLITE_IOERR")) or isinstance(error, OSError):
        return Problem(
            code="store.unreadable",
            args={"kind": Text(f"file_kind.{kind.name}")},
            where=str(path),
            retry=True,
            detail=str(error),
        )
    return mistake(error, str(path))


def damaged(path: Path, kind: DatabaseKind, detail: str) -> Problem:
    """Problem: part of the file is damaged."""
    return Problem(code=f"{kind.name}.damaged", where=str(path), detail=detail[:500])


def _busy(path: Path, detail: str) -> Problem:
    return Problem(code="store.busy", args={"file": path.name}, where=str(path), retry=True, detail=detail)


def _exists(path: Path, kind: DatabaseKind) -> Problem:
    return Problem(code=f"{kind.name}.exists", where=str(path))


def _foreign(path: Path, kind: DatabaseKind) -> Problem:
    return Problem(code=f"{kind.name}.foreign", where=str(path))


def _readonly(path: Path, kind: DatabaseKind, detail: str = "") -> Problem:
    return Problem(code="store.readonly", args={"kind": Text(f"file_kind.{kind.name}")}, where=str(path), detail=detail)
