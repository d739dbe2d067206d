"""Backup and restore of a project with its history.

The project is copied before its history, so that the history's copy contains everything that the project refers to,
also while both are written.
"""

from __future__ import annotations

import contextlib
import os
import sqlite3
from collections.abc import Generator
from dataclasses import dataclass, replace
from pathlib import Path

from twin.files import atomic
from twin.files.errors import os_problem
from twin.files.opening import check_regular
from twin.model.problem import Problem, ProblemError
from twin.store import database
from twin.store.database import PROJECT
from twin.store.file_lock import FileLock
from twin.store.file_names import SIDECARS, check_length, history_file, keys_file, project_file
from twin.store.history import History
from twin.store.project import Project


@dataclass(frozen=True, slots=True)
class Restored:
    """Files made by a restore, and the former files under their new names."""

    made: tuple[Path, ...]
    kept: tuple[Path, ...]


def back_up(project: Project, history: History | None, out: Path, keys: bytes = b"") -> tuple[Path, ...]:
    """Copies project and history into verified files and returns their paths.

    `keys` are the encrypted keys of the project's links: a third file, readable by its owner only. Raises ProblemError,
    and then no file is left.
    """
    target = project_file(out)
    try:
        check_length(target)
        with contextlib.ExitStack() as stack:
            part = stack.enter_context(atomic.creating(target))
            project.copy_into(part)
            made = [target]
            if history is not None:
                made.append(history_file(target))
                history.copy_into(stack.enter_context(atomic.creating(made[-1])))
            if keys:
                made.append(keys_file(target))
                atomic.fill(stack.enter_context(atomic.creating(made[-1], mode=0o600)), keys)
            return tuple(made)
    except FileExistsError as error:
        raise ProblemError(_taken(Path(error.filename or target))) from error
    except OSError as error:
        raise ProblemError(_unwritten(target, error)) from error
    except sqlite3.Error as error:
        raise ProblemError(database.problem_of(error, target, PROJECT)) from error


def restore(backup: Path, out: Path) -> Restored:
    """Puts a backup in the place of a project, whatever its state; former files are renamed, never deleted.

    The copies are complete on disk before the former files are renamed. ProblemError leaves everything as it was.
    """
    source, target = project_file(backup), project_file(out)
    _not_itself(source, target)
    try:
        check_length(target)
    except OSError as error:
        raise ProblemError(_unwritten(target, error)) from error
    for path in (target, history_file(target)):
        if os.path.lexists(path):
            check_regular(path)
    pairs: list[tuple[Path, Path]] = []
    with _idle(target), contextlib.ExitStack() as stack:
        try:
            part = stack.enter_context(_beside(target))
            with _of_backup(source), Project.open(source, readonly=True) as project:
                project.copy_into(part)
            pairs.append((part, target))
            past, beside = history_file(source), history_file(target)
            if past.exists():
                part = stack.enter_context(_beside(beside))
                with _of_backup(past), History.open(past, readonly=True) as history:
                    history.copy_into(part)
                pairs.append((part, beside))
            for part, _ in pairs:
                atomic.sync(part)
            kept = _set_aside(target)
            for part, place in reversed(pairs):
                part.replace(place)
            atomic.sync(target.parent)
        except OSError as error:
            raise ProblemError(_unwritten(target, error)) from error
        except sqlite3.Error as error:
            raise ProblemError(database.problem_of(error, target, PROJECT)) from error
    return Restored(tuple(place for _, place in pairs), kept)


def damage(project: Path) -> list[Problem]:
    """Problems found by checking a project and its history, for a restored backup that is partly damaged."""
    with Project.open(project, readonly=True) as opened:
        found = opened.check()
    past = history_file(project)
    if past.exists():
        with History.open(past, readonly=True) as history:
            found += history.check()
    return found


def _not_itself(source: Path, target: Path) -> None:
    with contextlib.suppress(OSError):
        if source == target or source.samefile(target):
            raise ProblemError(Problem(code="restore.itself", where=str(target)))


@contextlib.contextmanager
def _of_backup(source: Path) -> Generator[None]:
    """Reports a damaged or foreign file as `backup.damaged`, since the usual remedy (restore a backup) does not apply."""
    try:
        yield
    except ProblemError as error:
        raise ProblemError(
            *(
                replace(problem, code="backup.damaged", where=str(source))
                if problem.code.endswith((".damaged", ".foreign"))
                else problem
                for problem in error.problems
            )
        ) from error


@contextlib.contextmanager
def _idle(target: Path) -> Generator[None]:
    """Locks the project and its history against other programs during the context, without reading either."""
    with contextlib.ExitStack() as stack:
        try:
            for path in (target, history_file(target)):
                stack.callback(FileLock(path).release)
        except OSError as error:
            raise ProblemError(_unwritten(target, error)) from error
        yield


@contextlib.contextmanager
def _beside(target: Path) -> Generator[Path]:
    """A temporary file beside `target` that the caller renames."""
    part = atomic.temporary(target)
    try:
        yield part
    finally:
        part.unlink(missing_ok=True)


def _set_aside(target: Path) -> tuple[Path, ...]:
    """Renames an existing project and history, with journals, to unused names; returns the new paths of the two."""
    there = [path for path in (target, history_file(target)) if os.path.lexists(path)]
    if not there:
        return ()
    for number in range(1, 10_000):
        aside = target.with_name(f"{target.stem}.old{number}{target.suffix}")
        names = {target: aside, history_file(target): history_file(aside)}
        if not any(os.path.lexists(name) for name in names.values()):
            break
    else:
        raise ProblemError(_unwritten(target, OSError("there are too many old copies")))
    done: list[tuple[Path, Path]] = []
    try:
        for path in there:
            for suffix in ("", *SIDECARS):
                old, new = path.with_name(path.name + suffix), names[path].with_name(names[path].name + suffix)
                if os.path.lexists(old):
                    old.rename(new)
                    done.append((old, new))
    except OSError:
        for old, new in reversed(done):
            new.rename(old)
        raise
    return tuple(names[path] for path in there)


def _taken(path: Path) -> Problem:
    return Problem(code="backup.exists", where=str(path))


def _unwritten(target: Path, error: OSError) -> Problem:
    return os_problem(error, target, code="backup.unwritable")
