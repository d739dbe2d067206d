"""Export of a whole project as sorted JSON lines, one file per table, and import of it.

Includes what only the file has: settings, given names, lost rooms, the source files' facts.
"""

from __future__ import annotations

import json
from collections.abc import Iterable, Iterator, Mapping
from pathlib import Path
from typing import Any, cast

from twin.files import atomic
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.problem import Problem, ProblemError
from twin.store.project import Project
from twin.store.project.rows import TABLES, Row, RowKey

MARK = "oikos-tables.json"
"""File that marks a folder as such an export."""
FORMAT = 1
MAX_BYTES = 256 * 1024 * 1024
SETTINGS = "setting"


def export_text(project: Project, folder: Path, *, force: bool = False) -> tuple[Path, ...]:
    """Writes every table to the folder; the same project gives the same bytes.

    `force` replaces files of these names in a folder that is no export. Raises ProblemError where it cannot be written,
    and then the folder is unchanged.
    """
    try:
        return atomic.write_folder(folder, _exported(project), MARK, force=force)
    except OSError as error:
        raise ProblemError(os_problem(error, folder, code="text.unwritable")) from error


def _exported(project: Project) -> dict[str, str]:
    """The text of every file by its name."""
    rows, settings = project.tables()
    files = {MARK: _line({"format": FORMAT})}
    for table, spec in TABLES.items():
        readable = (_readable(spec.nested, row) for row in rows[table].values())
        files[f"{table}.jsonl"] = "".join(sorted(_line(row) for row in readable))
    lines = [_line({"id": name, "value": json.loads(text)}) for name, text in sorted(settings.items())]
    return files | {f"{SETTINGS}.jsonl": "".join(lines)}


def is_export(folder: Path) -> bool:
    """Whether a folder was written by `export_text`."""
    return (folder / MARK).is_file()


def import_text(folder: Path, path: Path) -> Project:
    """Creates and opens a project at `path` from a folder that `export_text` wrote.

    Raises ProblemError with file and line for invalid content, and then no project is left.
    """
    if _facts(folder / MARK, 1, _text(folder / MARK)).get("format") != FORMAT:
        raise ProblemError(_broken(folder / MARK, 1, "it is of another version of Oikos"))
    rows = {(table, str(row["id"])): row for table in TABLES for row in _rows(folder / f"{table}.jsonl", table)}
    settings = {str(row["id"]): row["value"] for row in _settings(folder / f"{SETTINGS}.jsonl")}
    project = Project.create(path)
    try:
        project.put_tables(cast("Mapping[RowKey, Row]", rows), settings)
    except BaseException:
        project.close()
        path.unlink(missing_ok=True)
        raise
    return project


def _readable(nested: Mapping[str, object], row: Row) -> Row:
    """Nested values as JSON, not as text inside JSON: a moved corner is then a small difference."""
    return {name: json.loads(value) if name in nested and value is not None else value for name, value in row.items()}


def _rows(file: Path, table: str) -> Iterator[Row]:
    spec = TABLES[table]
    added = {name: json.loads(value) if name in spec.nested else value for name, value in spec.added.items()}
    for number, line in _lines(file):
        facts = {**added, **line}
        if facts.keys() != set(spec.columns) or not isinstance(facts["id"], str):
            raise ProblemError(_broken(file, number, f"the columns are not those of {table}"))
        yield {
            name: json.dumps(facts[name], separators=(",", ":"), ensure_ascii=False)
            if name in spec.nested and facts[name] is not None
            else facts[name]
            for name in spec.columns
        }


def _settings(file: Path) -> Iterator[Row]:
    for number, facts in _lines(file):
        if facts.keys() != {"id", "value"}:
            raise ProblemError(_broken(file, number, "a setting has an id and a value"))
        yield facts


def _lines(file: Path) -> Iterable[tuple[int, dict[str, Any]]]:
    if file.exists():
        for number, line in enumerate(_text(file).split("\n"), start=1):
            if line.strip():
                yield number, _facts(file, number, line)


def _facts(file: Path, number: int, text: str) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except (ValueError, RecursionError) as error:
        raise ProblemError(_broken(file, number, str(error))) from error
    if not isinstance(found, dict):
        raise ProblemError(_broken(file, number, "it is no JSON object"))
    return cast("dict[str, Any]", found)


def _text(file: Path) -> str:
    try:
        if regular(file).stat().st_size > MAX_BYTES:
            raise ProblemError(_broken(file, 0, "it is too large"))
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(_broken(file, 0, str(error))) from error


def _line(facts: Mapping[str, object]) -> str:
    return json.dumps(facts, sort_keys=True, ensure_ascii=False) + "\n"


def _broken(file: Path, line: int, detail: str) -> Problem:
    return Problem(code="text.broken", where=f"{file}:{line}" if line else str(file), detail=detail[:200])
