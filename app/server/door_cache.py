"""Client-side cache of an engine's answers by digest: only changed ones are transferred again."""

from __future__ import annotations

import hashlib
from pathlib import Path

from twin.files import atomic
from twin.files.opening import regular

TAG_BYTES = 34
"""An ETag: 32 hexadecimal digits of the body's SHA-256 in quotes."""


class DoorCache:
    """One file per call: the answer's ETag, then the answer. Blocks; unreadable or unwritable files are ignored."""

    def __init__(self, folder: Path | None) -> None:
        """`folder` None caches nothing."""
        self._folder = folder

    def find(self, method: str, arguments: bytes) -> tuple[str, bytes] | None:
        """(ETag, answer); None where it is not cached, or damaged."""
        if self._folder is None:
            return None
        try:
            data = regular(self._file(self._folder, method, arguments)).read_bytes()
        except OSError:
            return None
        tag, body = data[:TAG_BYTES], data[TAG_BYTES:]
        return (tag.decode(), body) if tag == tag_of(body).encode() else None

    def keep(self, method: str, arguments: bytes, tag: str, body: bytes) -> None:
        """Saves an answer, replacing the former one; ignored where it does not match its ETag."""
        if self._folder is None or tag != tag_of(body):
            return
        try:
            atomic.private_folder(self._folder)
            atomic.write(self._file(self._folder, method, arguments), tag.encode() + body, mode=0o600)
        except OSError:
            return

    @staticmethod
    def _file(folder: Path, method: str, arguments: bytes) -> Path:
        return folder / f"{method}-{hashlib.sha256(arguments).hexdigest()[:16]}"


def tag_of(body: bytes) -> str:
    """The ETag of an answer: the start of its SHA-256 in quotes."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
