"""Files that the engine writes for clients of other machines, until they have fetched them."""

from __future__ import annotations

import hashlib
import shutil
import time
from collections import OrderedDict
from collections.abc import Callable
from dataclasses import dataclass
from pathlib import Path

from app.server.file_references import REFERENCE, WRITTEN, short_name
from app.server.problems import blob_name, no_blob
from twin.files.free_space import check_free
from twin.model.ids import clean_name
from twin.model.problem import ProblemError

MOST_OF_ONE = 4
"""Most exports of one person that wait to be fetched; beyond it the oldest are deleted."""
MOST_FILES = 200
"""Most files of one export."""
KEPT_S = 3 * 3600.0
"""How long (seconds) a file that was sent, or an export, is kept after it was last asked for."""


@dataclass(frozen=True, slots=True)
class WrittenFile:
    """One file of an export: its name within it, its size in bytes, its SHA-256."""

    name: str
    size: int
    sha256: str


@dataclass(slots=True)
class _Export:
    owner: str
    folder: Path
    asked_s: float


class OutgoingFiles:
    """One folder per export. Every method may block; each export is only seen by the person who asked for it."""

    def __init__(self, folder: Callable[[], Path], clock: Callable[[], float] = time.monotonic) -> None:
        """`folder` makes and returns the private folder that holds all of them; `clock`: seconds."""
        self._folder, self._clock = folder, clock
        self._exports: OrderedDict[str, _Export] = OrderedDict()

    def place(self, reference: str, owner: str) -> str:
        """The path at which an export `out:ID/NAME` is to be written. Raises ProblemError, OSError."""
        found = REFERENCE.fullmatch(reference)
        name = short_name(clean_name(found["name"], 100)).lstrip(".") if found else ""
        if found is None or found["scheme"] != WRITTEN or not name or found["key"] in self._exports:
            raise ProblemError(blob_name(reference))
        mine = [id for id, one in self._exports.items() if one.owner == owner]
        for id in mine[: max(0, len(mine) - MOST_OF_ONE + 1)]:
            self.drop(id, owner)
        folder = self._folder() / f"out-{found['key']}"
        check_free(folder.parent)
        folder.mkdir(mode=0o700)
        self._exports[found["key"]] = _Export(owner, folder, self._clock())
        return str(folder / name)

    def files(self, id: str, owner: str) -> tuple[WrittenFile, ...]:
        """The files of an export, none where nothing was written. Raises ProblemError, OSError."""
        folder = self._of(id, owner)
        found = sorted(path for path in folder.rglob("*") if path.is_file() and not path.name.startswith("."))
        return tuple(
            WrittenFile(path.relative_to(folder).as_posix(), path.stat().st_size, _sha256(path))
            for path in found[:MOST_FILES]
        )

    def path(self, id: str, owner: str, name: str) -> Path:
        """One file of an export. Raises ProblemError where there is none of this name."""
        folder = self._of(id, owner)
        found = next((path for path in folder.rglob("*") if path.relative_to(folder).as_posix() == name), None)
        if found is None or not found.is_file():
            raise ProblemError(no_blob())
        return found

    def drop(self, id: str, owner: str) -> None:
        """Deletes an export. Raises ProblemError where this person has none with this id."""
        folder = self._of(id, owner)
        del self._exports[id]
        shutil.rmtree(folder, ignore_errors=True)

    def expire(self, stands: Callable[[str], bool] = lambda owner: True) -> None:
        """Deletes exports that were not asked for in KEPT_S, and those of owners whose access has ended."""
        for id, one in [*self._exports.items()]:
            if self._clock() - one.asked_s > KEPT_S or not stands(one.owner):
                self.drop(id, one.owner)

    def clear(self) -> None:
        """Drops all entries; the caller deletes the folder that holds the files."""
        self._exports.clear()

    def _of(self, id: str, owner: str) -> Path:
        found = self._exports.get(id)
        if found is None or found.owner != owner:
            raise ProblemError(no_blob())
        found.asked_s = self._clock()
        return found.folder


def _sha256(path: Path) -> str:
    with path.open("rb") as file:
        return hashlib.file_digest(file, "sha256").hexdigest()
