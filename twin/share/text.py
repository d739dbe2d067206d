"""The structure of a project as sorted JSON lines, one file per kind of thing, so that git shows what changed."""

from __future__ import annotations

import json
import types
from collections.abc import Callable, Iterable, Mapping
from dataclasses import MISSING, asdict, fields
from functools import cache
from pathlib import Path
from typing import Any, Literal, Union, cast, get_args, get_origin, get_type_hints

from twin.model.device import Device, Link
from twin.model.problem import Problem, ProblemError
from twin.model.space import Door, Placeholder, Room, Site, Storey
from twin.model.twin import Twin

MARK = "oikos.json"
"""The file that says that a folder is such an export."""

FORMAT = 1
MAX_BYTES = 256 * 1024 * 1024

PARTS: Mapping[str, type] = {
    "storeys": Storey,
    "rooms": Room,
    "doors": Door,
    "placeholders": Placeholder,
    "links": Link,
    "devices": Device,
}


def write(twin: Twin, folder: Path) -> tuple[Path, ...]:
    """Writes the snapshot; same twin, same bytes. The files written; OSError where the folder cannot be written."""
    folder.mkdir(parents=True, exist_ok=True)
    head = {"format": FORMAT, "name": twin.name, "site": asdict(twin.site)}
    files = [_written(folder / MARK, json.dumps(head, indent=1, sort_keys=True, ensure_ascii=False) + "\n")]
    for name in PARTS:
        rows = sorted((asdict(thing) for thing in getattr(twin, name)), key=lambda row: str(row["id"]))
        text = "".join(json.dumps(row, sort_keys=True, ensure_ascii=False) + "\n" for row in rows)
        files.append(_written(folder / f"{name}.jsonl", text))
    return tuple(files)


def is_export(folder: Path) -> bool:
    """Whether a folder was written by `write`."""
    return (folder / MARK).is_file()


def read(folder: Path) -> Twin:
    """The snapshot back; raises ProblemError with file and line for whatever is not as `write` writes it."""
    head = _parsed(_text(folder / MARK), folder / MARK, 1)
    if head.get("format") != FORMAT:
        raise ProblemError(_broken(folder / MARK, 1, "it is of another version of Oikos"))
    parts: dict[str, Any] = {name: tuple(_things(folder / f"{name}.jsonl", kind)) for name, kind in PARTS.items()}
    storeys = sorted(parts.pop("storeys"), key=lambda storey: storey.elevation_m)
    site = _made(folder / MARK, 1, lambda: _typed(Site, head.get("site", {})))
    return Twin(name=str(head.get("name", "")), site=site, storeys=tuple(storeys), **parts)


def _written(file: Path, text: str) -> Path:
    file.write_text(text, encoding="utf-8", newline="\n")
    return file


def _text(file: Path) -> str:
    try:
        if file.stat().st_size > MAX_BYTES:
            raise ProblemError(_broken(file, 0, "it is too large"))
        return file.read_text(encoding="utf-8")
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(_broken(file, 0, str(error))) from error


def _things(file: Path, kind: type) -> Iterable[object]:
    if not file.exists():
        return
    for number, line in enumerate(_text(file).splitlines(), start=1):
        if line.strip():
            row = _parsed(line, file, number)
            yield _made(file, number, lambda row=row: _typed(kind, row))


def _parsed(text: str, file: Path, line: int) -> dict[str, Any]:
    try:
        found = json.loads(text)
    except ValueError as error:
        raise ProblemError(_broken(file, line, str(error))) from error
    if not isinstance(found, dict):
        raise ProblemError(_broken(file, line, "it is no JSON object"))
    return cast("dict[str, Any]", found)


def _made[T](file: Path, line: int, make: Callable[[], T]) -> T:
    try:
        return make()
    except (TypeError, ValueError, KeyError) as error:
        raise ProblemError(_broken(file, line, str(error))) from error


@cache
def _hints(kind: type) -> dict[str, Any]:
    return get_type_hints(kind)


def _typed(wanted: Any, value: Any) -> Any:  # noqa: ANN401 - walks any data class of the model
    """The value as the type says; TypeError or ValueError where it is not."""
    origin = get_origin(wanted)
    if origin in (Union, types.UnionType):
        return _optional(get_args(wanted), value)
    if origin is tuple:
        return _tuple(get_args(wanted), value)
    if origin is Literal:
        return value
    if isinstance(wanted, type) and hasattr(wanted, "__dataclass_fields__"):
        return _object(wanted, value)
    wanted = getattr(wanted, "__supertype__", wanted)
    if wanted is float and isinstance(value, int) and not isinstance(value, bool):
        return float(value)
    if not isinstance(value, wanted) or (isinstance(value, bool) and wanted is not bool):
        raise TypeError(f"{value!r:.40} is no {wanted.__name__}")
    return value


def _optional(choices: tuple[Any, ...], value: Any) -> Any:  # noqa: ANN401
    if value is None and type(None) in choices:
        return None
    return _typed(next(choice for choice in choices if choice is not type(None)), value)


def _tuple(parts: tuple[Any, ...], value: Any) -> tuple[Any, ...]:  # noqa: ANN401
    if not isinstance(value, list | tuple):
        raise TypeError(f"{value!r:.40} is no list")
    items = list(cast("list[Any]", value))
    if parts[-1] is Ellipsis:
        return tuple(_typed(parts[0], item) for item in items)
    if len(items) != len(parts):
        raise ValueError(f"{len(items)} values where {len(parts)} belong")
    return tuple(_typed(part, item) for part, item in zip(parts, items, strict=True))


def _object(wanted: type, value: Any) -> object:  # noqa: ANN401
    if not isinstance(value, dict):
        raise TypeError(f"{value!r:.40} is no {wanted.__name__}")
    row, hints = cast("dict[str, Any]", value), _hints(wanted)
    known = {field.name: field for field in fields(wanted)}
    if strange := row.keys() - known.keys():
        raise ValueError(f"{wanted.__name__} has no {min(strange)!r:.40}")
    missing = [
        name
        for name, field in known.items()
        if name not in row and field.default is MISSING and field.default_factory is MISSING
    ]
    if missing:
        raise ValueError(f"{wanted.__name__} lacks {missing[0]}")
    return wanted(**{name: _typed(hints[name], item) for name, item in row.items()})


def _broken(file: Path, line: int, detail: str) -> Problem:
    return Problem(
        code="text.broken",
        what="The exported text cannot be read",
        where=f"{file}:{line}" if line else str(file),
        remedy="Restore the line from git, or export again",
        detail=detail[:200],
    )
