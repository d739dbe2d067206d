"""Reads untrusted zip archives: sizes bounded, nothing written to disk, names checked."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from twin.building.limits import ARCHIVE_BYTES, ENTRY_BYTES, RATIO, refuse

DEFLATE64 = 9
MOST_ENTRIES = 100_000


class Archive:
    """An open zip file. Raises ProblemError where it is damaged, too large, or its entries have unsafe names or sizes."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise refuse("zip.damaged", str(path), detail=str(error)) from error
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        if len(infos) > MOST_ENTRIES:
            raise refuse("zip.many", str(path), most=MOST_ENTRIES)
        for info in infos:
            self._check(info)
        if sum(info.file_size for info in infos) > ARCHIVE_BYTES:
            raise refuse("zip.large", str(path))
        self.names = tuple(info.filename for info in infos)

    def _check(self, info: zipfile.ZipInfo) -> None:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or (name.parts and ":" in name.parts[0]):
            raise refuse("zip.traversal", f"{self.path}, {info.filename[:80]}")
        if info.file_size > ENTRY_BYTES or info.file_size > RATIO * max(info.compress_size, 1) > RATIO * 1024:
            raise refuse("zip.bomb", f"{self.path}, {info.filename[:80]}")
        if info.compress_type == DEFLATE64:
            raise refuse("zip.deflate64", str(self.path))

    def read(self, name: str) -> bytes:
        """The bytes of an entry. Raises ProblemError where it is damaged or larger than ENTRY_BYTES."""
        try:
            with self._zip.open(name) as entry:
                data = entry.read(ENTRY_BYTES + 1)
        except (
            zipfile.BadZipFile,
            zlib.error,
            OSError,
            EOFError,
            KeyError,
            RuntimeError,
            NotImplementedError,
        ) as error:
            raise refuse("zip.part", f"{self.path}, {name[:80]}", detail=str(error)) from error
        if len(data) > ENTRY_BYTES:
            raise refuse("zip.bomb", str(self.path))
        return data

    def close(self) -> None:
        """Closes the file."""
        self._zip.close()
