"""Files that calls of a window name, sent to the engine of another machine before the call, or fetched after it."""

from __future__ import annotations

from collections.abc import Mapping
from pathlib import Path
from typing import cast

from app.server.door_address import DoorAddress
from app.server.fetched_files import fetch_export
from app.server.file_references import FILE_OPTIONS, KEPT, SENT, renamed_problem, renaming, without_files, written
from app.server.method_table import Method
from app.server.network_client import send_file
from app.server.remote_files import EXPORTS, FILES, LINKS
from twin.files import atomic
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.problem import Problem, ProblemError

CARRIED = frozenset({*FILES, *EXPORTS, *LINKS})
"""Methods that name files."""
KINDS = {
    ".glb": atomic.GLTF,
    ".ifc": atomic.IFC,
    ".csv": atomic.DEVICE_TABLE,
    ".pdf": atomic.PDF,
    ".xlsx": atomic.WORKBOOK,
}
"""Kinds of written files by suffix."""


class FileCall:
    """One call that names files. Every method but `told` blocks."""

    def __init__(self, address: DoorAddress, method: Method) -> None:
        self._address, self._method = address, method
        self._names: dict[str, str] = {}
        """Files of this machine, by reference."""
        self.writes = method.name in EXPORTS
        """Whether the engine writes a file."""

    def packed(self, *args: object, **named: object) -> list[object]:
        """The arguments of the call, with references in place of files; those that are read are sent. Raises
        ProblemError."""
        names = [parameter.name for parameter in self._method.parameters]
        found = dict(zip(names, self._method.packed(*args, **named), strict=True))
        name = self._method.name
        if name in FILES:
            found[FILES[name]] = self._send(str(found[FILES[name]]), SENT)
        elif name in EXPORTS:
            found[EXPORTS[name]] = self._reserve(str(found[EXPORTS[name]]))
        else:
            self._send_options(found)
        return list(found.values())

    def fetch(self) -> None:
        """Writes what the engine wrote to the file that the call named. Raises ProblemError."""
        ((reference, name),) = self._names.items()
        out = Path(name)
        try:
            fetch_export(self._address, reference, out, _kind(out))
        except OSError as error:
            raise ProblemError(os_problem(error, out, code="export.unwritable")) from error

    def told(self, problem: Problem) -> Problem:
        """A problem of the engine with the names of this machine."""
        return renamed_problem(problem, renaming(self._names))

    def _reserve(self, path: str) -> str:
        out = Path(path)
        atomic.check_target(out, _kind(out))
        reference = written(out.name)
        self._names[reference] = path
        return reference

    def _send_options(self, found: dict[str, object]) -> None:
        """Sends the files that options of a link name, also those of its URL."""
        inside: dict[str, str] = {}
        if isinstance(target := found.get("target"), str):
            found["target"], inside = without_files(target)
        for field in LINKS[self._method.name]:
            options = {**inside, **cast("Mapping[str, str]", found[field])}
            inside = {}
            for option in FILE_OPTIONS & options.keys():
                options[option] = options[option] and self._send(options[option], KEPT)
            found[field] = options

    def _send(self, path: str, scheme: str) -> str:
        try:
            reference = send_file(self._address, str(regular(Path(path))), scheme)
        except OSError as error:
            raise ProblemError(os_problem(error, Path(path), code="attach.file")) from error
        self._names[reference] = path
        return reference


def _kind(out: Path) -> atomic.FileKind:
    return KINDS.get(out.suffix.lower(), atomic.DEVICE_TABLE)
