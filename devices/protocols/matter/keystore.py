"""The file with the fabric's root key, `chip.json`: written atomically, readable by its owner only, never replaced
silently.

chip-core rewrites it in place and replaces an unreadable one by a new fabric, which loses every device
(home-assistant-libs/python-matter-server issue 977).
"""

from __future__ import annotations

import json
from pathlib import Path
from typing import Any, cast

from twin.files import atomic

FILE, BACKUP, DAMAGED = "chip.json", "chip.json.bak", "chip.json.damaged"
_PARTS = ("sdk-config", "repl-config")


class DamagedError(Exception):
    """The key file is damaged and there is no backup."""


def guard(folder: Path) -> bool:
    """Verifies the key file and keeps a backup of it; True where the backup had to be restored. Raises DamagedError."""
    file, backup = folder / FILE, folder / BACKUP
    if not file.exists() and not backup.exists():
        return False
    if whole(file):
        write(backup, file.read_text("utf-8"))
        return False
    if not whole(backup):
        raise DamagedError(str(file))
    if file.exists():
        atomic.write(folder / DAMAGED, file.read_bytes(), mode=0o600)
    write(file, backup.read_text("utf-8"))
    return True


def whole(file: Path) -> bool:
    """Whether the file contains the complete keys of a fabric."""
    try:
        content: Any = json.loads(file.read_text("utf-8"))
    except (OSError, ValueError):
        return False
    if not isinstance(content, dict):
        return False
    parts = cast("dict[str, object]", content)
    return all(isinstance(parts.get(part), dict) for part in _PARTS)


def commit(path: str | None, content: Any) -> None:  # noqa: ANN401 - chip's own tree of strings
    """Writes `content` to `path` as JSON; called by the native stack after every change. Nothing where `path` is None."""
    if path is not None:
        write(Path(path), json.dumps(content, indent=1))


def write(file: Path, text: str) -> None:
    """Writes atomically, mode 0600: after a crash either the old file or the new one is there."""
    atomic.write(file, text, mode=0o600)
