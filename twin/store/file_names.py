"""File names of a project: `name.oikos`, its history, the keys of a backup."""

from __future__ import annotations

import errno
import os
from collections.abc import Callable
from pathlib import Path

PROJECT_SUFFIX = ".oikos"
HISTORY_SUFFIX = ".oikos-history"
KEYS_SUFFIX = ".oikos-keys"
SIDECARS = ("-wal", "-shm", "-journal")
"""Suffixes of journals that SQLite leaves after a crash; they belong to the file."""
_LONGEST = 255
"""Bytes of a name that usual file systems take (ext4, APFS, NTFS: that many characters, of which the latter two take
some more bytes)."""


def project_file(given: Path) -> Path:
    """The real path of a project: links resolved, `.oikos` added where missing.

    An existing file without that suffix (older versions allowed any name) is returned as it is.
    """
    path = Path(os.path.realpath(given))
    if path.suffix.lower() == PROJECT_SUFFIX or _is(path, Path.is_file):
        return path
    whole = Path(os.path.realpath(path.with_name(path.name + PROJECT_SUFFIX)))
    return whole if _is(whole, Path.is_file) or not _is(path, Path.exists) else path


def history_file(project: Path) -> Path:
    """Path of a project's history: beside its real file, with the same stem.

    A project without the suffix `.oikos` whose stem is also used by one with it has `<name>-history`.
    """
    path = project_file(project)
    usual = path.with_suffix(HISTORY_SUFFIX)
    if path.suffix.lower() == PROJECT_SUFFIX or (
        _is(usual, Path.exists) and not _is(path.with_suffix(PROJECT_SUFFIX), Path.exists)
    ):
        return usual
    return path.with_name(f"{path.name}-history")


def keys_file(project: Path) -> Path:
    """Path of the encrypted keys in a backup of this project."""
    path = project_file(project)
    return path.with_suffix(KEYS_SUFFIX) if path.suffix.lower() == PROJECT_SUFFIX else Path(f"{path}-keys")


def check_length(project: Path) -> None:
    """Raises OSError where the name of a project to be made is too long for the files that will lie beside it."""
    longest = f"{history_file(project).name}{max(SIDECARS, key=len)}"
    if len(os.fsencode(longest)) > _LONGEST:
        raise OSError(errno.ENAMETOOLONG, os.strerror(errno.ENAMETOOLONG), str(project))


def _is(path: Path, question: Callable[[Path], bool]) -> bool:
    """The result of `question`; False if the folder may not be read (opening the file will report that)."""
    try:
        return question(path)
    except OSError:
        return False
