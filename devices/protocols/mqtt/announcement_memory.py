"""The announcements of a broker in a file, for the next start: the whole, and beside it what has changed since, as lines of JSON,
so that one changed device of a thousand writes one line and not all of them.
"""

from __future__ import annotations

import contextlib
import secrets
from pathlib import Path

from devices.protocols.mqtt.discovery_registry import DiscoveryRegistry
from twin.files import atomic

MAX_CHANGES_BYTES = 2_000_000
"""Longest file of changes; then the whole is written anew."""


class AnnouncementMemory:
    """Loads and keeps what a registry holds. Errors of writing are ignored: the next start asks the broker."""

    def __init__(self, file: Path) -> None:
        self._file, self._changes = file, file.with_suffix(".changes")
        self._is_whole = False
        """Whether the files, together, are what the registry held when it was last kept."""

    def read(self) -> tuple[str, str]:
        """The texts of both files; empty where they are missing. Blocks."""
        return _text(self._file), _text(self._changes)

    def load(self, registry: DiscoveryRegistry, whole: str, changes: str) -> None:
        """Fills a registry with what was read; changes of an older whole, and a last line that was cut, are passed over."""
        self._is_whole = registry.load(whole) is not None
        for line in changes.splitlines() if self._is_whole else ():
            registry.load_change(line)
        registry.mark_kept()

    def due(self, registry: DiscoveryRegistry) -> tuple[str, bool] | None:
        """What `write` has to write, and whether it is the whole; None where nothing has changed."""
        if self._is_whole and (change := registry.change()) is not None:
            registry.mark_kept()
            return (change, False) if change else None
        registry.generation = secrets.token_hex(8)
        registry.mark_kept()
        return registry.dump(), True

    def write(self, text: str, *, whole: bool) -> None:
        """Writes what was due. Blocks."""
        self._is_whole = False
        with contextlib.suppress(OSError):
            if whole:
                atomic.write(self._file, text, mode=0o600)
                self._changes.unlink(missing_ok=True)
                self._is_whole = True
                return
            self._changes.touch(mode=0o600)
            with self._changes.open("a", encoding="utf-8", newline="") as file:
                file.write(f"\n{text}\n")  # a line that was cut ends here
                self._is_whole = file.tell() <= MAX_CHANGES_BYTES


def _text(file: Path) -> str:
    with contextlib.suppress(OSError, UnicodeDecodeError):
        return file.read_text("utf-8")
    return ""
