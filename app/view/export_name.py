"""Proposed names of files that windows write."""

from __future__ import annotations

from pathlib import Path

from twin.model.ids import clean_name

_FORBIDDEN = str.maketrans(dict.fromkeys('/\\:*?"<>|', " "))
"""Characters that Windows does not allow in names of files (Microsoft, Naming Files, Paths, and Namespaces)."""


def export_name(project: str, title: str) -> str:
    """Name without ending for what is written of a project: that of its file; `title` where the engine is on another
    machine, whose address is no name."""
    return file_name(title if "://" in project else Path(project).stem)


def file_name(title: str) -> str:
    """Name without ending for a file with this title, which every system allows."""
    return " ".join(clean_name(title, 60).translate(_FORBIDDEN).split()).strip(". ") or "oikos"
