"""Oikos' own folder on this machine, and that of the lab."""

from __future__ import annotations

import os
from pathlib import Path


def home() -> Path:
    """The folder of settings, caches, secrets and logs: OIKOS_HOME, or the system's place for it."""
    if folder := os.environ.get("OIKOS_HOME"):
        return Path(folder).expanduser()
    import platformdirs

    return platformdirs.user_data_path("oikos", appauthor=False)


def lab_folder(name: str = "matter") -> Path:
    """The folder in which the lab keeps the files of its virtual devices of one protocol."""
    return home() / "lab" / name
