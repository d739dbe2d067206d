"""Files that links and channels read again and again: certificate authorities, tables of group addresses, keyrings.

Those that came from other machines are kept in `link-files/PROJECT/SHA-256/NAME` below OIKOS_HOME.
"""

from __future__ import annotations

import hashlib
import json
import os
import shutil
import threading
import time
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path

from app.server.file_references import FILE_OPTIONS
from app.server.problems import blob_too_large, blobs_kept
from twin.files import atomic
from twin.files.opening import check_regular
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.problem import ProblemError
from twin.rules.definition_body import read_rules
from twin.store.project import Project, UndoEntry

FOLDER = "link-files"
MOST_BYTES, MOST = 16 << 20, 200
"""Largest file in bytes, and most files of one project, that are kept."""
BACKED_UP_BYTES = 64 << 20
"""Most bytes of all files in one backup."""
AGE_S = 86_400.0
"""Age (seconds) from which on a file that nothing has named is deleted: a link that is being added is not saved yet."""


class LinkFiles:
    """The files that are kept for one project. Every method blocks.

    A file that a project has named once stays: a copy of the project, one that was renamed, or one that was kept aside at a
    restore may name it still.
    """

    def __init__(self, project: Project, home: Path, clock: Callable[[], float] = time.monotonic) -> None:
        """`clock`: seconds."""
        key = hashlib.sha256(os.fsencode(os.path.realpath(project.path))).hexdigest()[:16]
        self._project, self._folder, self._clock = project, home / FOLDER / key, clock
        self._fresh: dict[str, float] = {}
        """When the folders that nothing has named yet were made here; a folder that was there before may be another's."""
        self._keeping = threading.Lock()

    def keep(self, digest: str, source: Path, name: str) -> Path:
        """Copies a file, of this SHA-256, to where links and channels find it also after a restart; its path there. Raises
        ProblemError: too large, too many. OSError."""
        if source.stat().st_size > MOST_BYTES:
            raise ProblemError(blob_too_large(MOST_BYTES))
        there = self._folder / digest[:32] / name
        with self._keeping:
            if digest[:32] in self._fresh:
                self._fresh[digest[:32]] = self._clock()
            if there.is_file() and _sha256(there.read_bytes()) == digest:
                return there
            atomic.private_folder(self._folder.parent)
            self._folder.mkdir(mode=0o700, exist_ok=True)
            self._sweep()
            if sum(1 for _ in self._folder.glob("*/*")) >= MOST:
                raise ProblemError(blobs_kept(MOST, str(self._folder)))
            if not there.parent.exists():
                there.parent.mkdir(mode=0o700)
                self._fresh[there.parent.name] = self._clock()
            with atomic.replacing(there, atomic.OWN, mode=0o600) as part:
                atomic.copy(source, part)
            return there

    def sweep(self) -> None:
        """Deletes files that were kept here and that no link, no channel and no undo step has named, once they are old."""
        with self._keeping:
            self._sweep()

    def _sweep(self) -> None:
        for name in self._project.mentioned(self._fresh):
            del self._fresh[name]
        for name in [name for name, made_s in self._fresh.items() if self._clock() - made_s > AGE_S]:
            shutil.rmtree(self._folder / name, ignore_errors=True)
            del self._fresh[name]

    def put_back(self, files: Mapping[str, bytes]) -> int:
        """Puts files of a backup, by path, to where the project finds them, and changes its links and channels to that; those
        that are here are left as they are. Returns how many. Raises ProblemError, OSError."""
        there = dict[str, str]()
        for path in {path for _, path in files_named(self._project)} & files.keys():
            if not Path(path).is_file():
                there[path] = str(self._put(Path(path).name, files[path]))
        if there:
            with self._project.recording(UndoEntry(logged=False)):
                _rename(self._project, there)
        return len(there)

    def _put(self, name: str, data: bytes) -> Path:
        there = self._folder / _sha256(data)[:32] / name
        atomic.private_folder(self._folder.parent)
        there.parent.mkdir(mode=0o700, exist_ok=True, parents=True)
        with atomic.replacing(there, atomic.OWN, mode=0o600) as part:
            atomic.fill(part, data)
        return there


def files_named(project: Project) -> tuple[tuple[str, str], ...]:
    """The files that links and channels of a project name: title and path, as it stands there."""
    twin = project.twin()
    links = [
        (link.title or link.address, value)
        for link in twin.links
        for name, value in link.options
        if value and name.lower() in FILE_OPTIONS
    ]
    channels = read_rules(twin.definitions).channels.values()
    return (*links, *((one.title or one.address, one.ca) for one in channels if one.ca))


def gather_files(project: Project) -> dict[str, bytes]:
    """The contents of these files by path, for a backup; without those that are not there or too large. Blocks."""
    found, left = dict[str, bytes](), BACKED_UP_BYTES
    for named in sorted({path for _, path in files_named(project)}):
        path = Path(named)
        try:
            check_regular(path)
            if path.stat().st_size > min(left, MOST_BYTES):
                continue
            found[named] = data = path.read_bytes()
        except (OSError, ProblemError):
            continue  # whoever restores is told of it
        left -= len(data)
    return found


def _rename(project: Project, there: Mapping[str, str]) -> None:
    twin = project.twin()
    for link in twin.links:
        options = tuple(
            (name, there.get(value, value) if name.lower() in FILE_OPTIONS else value) for name, value in link.options
        )
        if options != link.options:
            project.add_link(replace(link, options=options))
    channels = read_rules(twin.definitions).channels
    edits = [
        DefinitionEdit(DefinitionKind.CHANNEL, one.id, _with_ca(one, there[channels[one.id].ca]))
        for one in twin.definitions.channels
        if one.id in channels and channels[one.id].ca in there
    ]
    if edits:
        project.change_definitions(edits)


def _with_ca(channel: Definition, ca: str) -> Definition:
    return replace(channel, body=json.dumps(json.loads(channel.body) | {"ca": ca}))


def _sha256(data: bytes) -> str:
    return hashlib.sha256(data).hexdigest()
