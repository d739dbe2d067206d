"""Files of a verb that the engine of another machine carries out: sent before it, and fetched after it."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from dataclasses import replace
from pathlib import Path
from typing import cast

from app.cli.framework.named_files import kept_files, read_files, with_files, written_files
from app.cli.framework.verb import Document, Outcome
from app.server.door_address import DoorAddress
from app.server.fetched_files import fetch_export, fetch_folder
from app.server.file_references import KEPT, SENT, renamed, renamed_problem, renaming, written
from app.server.network_client import send_file
from twin.files import atomic
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.problem import ProblemError, Severity
from twin.store.text_export import MARK

KINDS = {"photo_out": atomic.PICTURE, "csv": atomic.CSV, "gltf": atomic.GLTF, "ifc": atomic.IFC, "document": atomic.PDF}
"""Kinds of files that verbs write, by argument."""
TABLES = {"energy": atomic.ENERGY_TABLE, "alarms": atomic.ALARM_TABLE}
"""Kinds of tables that `--csv` writes, by verb; samples otherwise."""
SUFFIXES = {"gltf": ".glb", "ifc": ".ifc"}
"""Endings that a written file gets where its name lacks them, by argument."""
FOLDER = "text"
"""The argument that is a folder to write into."""


class FilesFromAfar:
    """The files of one verb, on this machine."""

    def __init__(self, address: DoorAddress, name: str, args: argparse.Namespace) -> None:
        self._address, self._args = address, args
        self._force = bool(getattr(args, "force", False))
        self._kinds = KINDS | ({"csv": TABLES[name]} if name in TABLES else {})
        if str(getattr(args, "document", "")).lower().endswith(".xlsx"):
            self._kinds |= {"document": atomic.WORKBOOK}
        self._names: dict[str, str] = {}
        """Names on this machine, by reference."""
        self._out: dict[str, tuple[str, Path]] = {}
        """Argument and file to write, by reference."""

    def words(self, arguments: Sequence[str]) -> list[str]:
        """The verb's words with references in place of files; those that it reads are sent. Raises ProblemError: one cannot
        be read, one that is to be written must not be replaced."""
        references: dict[str, str] = {}
        for argument, name in written_files(self._args).items():
            out = Path(name)
            if argument in SUFFIXES and out.suffix.lower() != SUFFIXES[argument]:
                out = out.with_name(out.name + SUFFIXES[argument])
            if argument != FOLDER:
                atomic.check_target(out, self._kinds[argument], force=self._force)
            references[name] = written(out.name or "out")
            self._names[references[name]] = str(out)
            self._out[references[name]] = argument, out
        kept = kept_files(self._args)
        for name in kept | read_files(self._args):
            references[name] = self._sent(name, KEPT if name in kept else SENT)
            self._names[references[name]] = name
        return with_files(arguments, self._args, lambda name: references[name])

    def received(self, outcome: Outcome) -> Outcome:
        """The verb's outcome with this machine's names; what the engine wrote is here. Raises ProblemError."""
        rename = renaming(self._names)
        problems = tuple(renamed_problem(problem, rename) for problem in outcome.problems)
        if not any(problem.severity is Severity.ERROR for problem in problems):
            for reference, (argument, out) in self._out.items():
                try:
                    self._fetch(reference, argument, out)
                except OSError as error:
                    raise ProblemError(os_problem(error, out, code="export.unwritable")) from error
        document = cast("Document | None", renamed(outcome.document, rename))
        return replace(outcome, document=document, lines=tuple(map(rename, outcome.lines)), problems=problems)

    def _sent(self, name: str, scheme: str) -> str:
        try:
            return send_file(self._address, str(regular(Path(name))), scheme)
        except OSError as error:
            raise ProblemError(os_problem(error, Path(name), code="attach.file")) from error

    def _fetch(self, reference: str, argument: str, out: Path) -> None:
        if argument == FOLDER:
            fetch_folder(self._address, reference, out, MARK, force=self._force)
        else:
            fetch_export(self._address, reference, out, self._kinds[argument], force=self._force)
