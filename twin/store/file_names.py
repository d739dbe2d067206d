"""File names of a project: `name.oikos`, its history, the keys of a backup."""

from __future__ import annotations

import os
from collections.abc import Callable
from pathlib import Path

PROJECT_SUFFIX = ".oikos"
HISTORY_SUFFIX = ".oikos-history"
KEYS_SUFFIX = ".oikos-keys"
SIDECARS = ("-wal", "-shm", "-journal")
"""Suffixes of files that SQLite leaves beside a file whose program was killed; they belong to the file."""


def project_file(given: Path) -> Path:
    """The real file that a project is called by: links are followed, and `house` is `house.oikos`.

    Older versions made projects of any name: a file that is there is meant itself.
    """
    path = Path(os.path.realpath(given))
    if path.suffix.lower() == PROJECT_SUFFIX or _is(path, Path.is_file):
        return path
    whole = Path(os.path.realpath(path.with_name(path.name + PROJECT_SUFFIX)))
    return whole if _is(whole, Path.is_file) or not _is(path, Path.exists) else path


def history_file(project: Path) -> Path:
    """The history of a project: beside its real file, same name.

    A project whose name has not our ending shares its stem with one that has: then it has a history of its own.
    """
    path = project_file(project)
    usual = path.with_suffix(HISTORY_SUFFIX)
    if path.suffix.lower() == PROJECT_SUFFIX or (
        _is(usual, Path.exists) and not _is(path.with_suffix(PROJECT_SUFFIX), Path.exists)
    ):
        return usual
    return path.with_name(f"{path.name}-history")


def keys_file(project: Path) -> Path:
    """Path of the file in which a backup keeps the encrypted keys of a project's links."""
    path = project_file(project)
    return path.with_suffix(KEYS_SUFFIX) if path.suffix.lower() == PROJECT_SUFFIX else Path(f"{path}-keys")


def _is(path: Path, question: Callable[[Path], bool]) -> bool:
    """The answer; no where the folder may not be looked into (opening the file will say so)."""
    try:
        return question(path)
    except OSError:
        return False
