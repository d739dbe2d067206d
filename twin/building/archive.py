"""Zip archives from strangers: bounded, nothing written anywhere, names checked."""

from __future__ import annotations

import zipfile
import zlib
from pathlib import Path, PurePosixPath

from twin.building.limits import ARCHIVE_BYTES, ENTRY_BYTES, RATIO, refuse

DEFLATE64 = 9
MOST_ENTRIES = 100_000


class Archive:
    """An open zip file; raises ProblemError for anything that is not one, or not an honest one."""

    def __init__(self, path: Path) -> None:
        self.path = path
        try:
            self._zip = zipfile.ZipFile(path)
        except (zipfile.BadZipFile, OSError, ValueError) as error:
            raise refuse(
                "zip.damaged",
                "The file is not a readable archive",
                str(path),
                "It may be cut off; fetch or save it again",
                detail=str(error),
            ) from error
        infos = [info for info in self._zip.infolist() if not info.is_dir()]
        if len(infos) > MOST_ENTRIES:
            raise refuse(
                "zip.bomb",
                f"The archive holds more than {MOST_ENTRIES:,} files",
                str(path),
                "Do not open it; it is not a building file",
            )
        for info in infos:
            self._check(info)
        if sum(info.file_size for info in infos) > ARCHIVE_BYTES:
            raise refuse(
                "zip.bomb",
                "The archive unpacks to more than 1 GB",
                str(path),
                "Do not open it; it is not a building file",
            )
        self.names = tuple(info.filename for info in infos)

    def _check(self, info: zipfile.ZipInfo) -> None:
        name = PurePosixPath(info.filename.replace("\\", "/"))
        if name.is_absolute() or ".." in name.parts or (name.parts and ":" in name.parts[0]):
            raise refuse(
                "zip.traversal",
                "The archive wants to write outside its folder",
                f"{self.path}, {info.filename[:80]}",
                "Do not trust this file; ask whoever sent it",
            )
        if info.file_size > ENTRY_BYTES or info.file_size > RATIO * max(info.compress_size, 1) > RATIO * 1024:
            raise refuse(
                "zip.bomb",
                "The archive unpacks to far more than a building needs",
                f"{self.path}, {info.filename[:80]}",
                "Do not open it; it is not a building file",
            )
        if info.compress_type == DEFLATE64:
            raise refuse(
                "zip.deflate64",
                "The archive is packed with Deflate64, which cannot be read",
                str(self.path),
                "Unpack it and open the file inside, or pack it again with plain Deflate",
            )

    def read(self, name: str) -> bytes:
        """An entry's bytes, bounded."""
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
            raise refuse(
                "zip.damaged",
                "A part of the archive cannot be read",
                f"{self.path}, {name[:80]}",
                "It may be cut off; fetch or save it again",
                detail=str(error),
            ) from error
        if len(data) > ENTRY_BYTES:
            raise refuse(
                "zip.bomb",
                "The archive unpacks to far more than a building needs",
                str(self.path),
                "Do not open it; it is not a building file",
            )
        return data

    def close(self) -> None:
        """Lets go of the file."""
        self._zip.close()
