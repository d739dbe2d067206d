"""Answers of an engine that are kept on this side, each with its digest: only what changed travels again."""

from __future__ import annotations

import hashlib
from pathlib import Path

from twin.files import atomic
from twin.files.opening import regular

TAG_BYTES = 34
"""An ETag: 32 hexadecimal digits of the body's SHA-256 in quotes."""


class DoorCache:
    """One file per question: the answer's tag, then the answer. Blocks; what cannot be read or written is not kept."""

    def __init__(self, folder: Path | None) -> None:
        """None keeps nothing."""
        self._folder = folder

    def find(self, method: str, arguments: bytes) -> tuple[str, bytes] | None:
        """Tag and answer; None where there is none, or it is damaged."""
        if self._folder is None:
            return None
        try:
            data = regular(self._file(self._folder, method, arguments)).read_bytes()
        except OSError:
            return None
        tag, body = data[:TAG_BYTES], data[TAG_BYTES:]
        return (tag.decode(), body) if tag == tag_of(body).encode() else None

    def keep(self, method: str, arguments: bytes, tag: str, body: bytes) -> None:
        """Keeps an answer in place of the one before."""
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
    """The ETag of an answer."""
    return f'"{hashlib.sha256(body).hexdigest()[:32]}"'
