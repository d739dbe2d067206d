"""Parses the stream of server-sent events of a bridge (HTML Living Standard 9.2; Hue CLIP API v2). Pure."""

from __future__ import annotations

import contextlib
from collections.abc import Iterator, Mapping
from typing import cast

import msgspec

from devices.json_document import Document

MAX_EVENT_BYTES = 2**22
"""Longest event; a longer one is passed over."""


class EventStream:
    """Takes the stream's bytes as they come, and gives the objects that its events carry."""

    def __init__(self) -> None:
        self._rest = b""
        self._data: list[bytes] = []
        self._size = 0

    def feed(self, more: bytes) -> Iterator[Document]:
        """The objects of every event that is now complete."""
        *lines, self._rest = (self._rest + more).split(b"\n")
        if len(self._rest) > MAX_EVENT_BYTES:
            self._rest = b""
        for raw in lines:
            line = raw.rstrip(b"\r")
            if line.startswith(b"data:"):
                self._size += len(line)
                if self._size <= MAX_EVENT_BYTES:
                    self._data.append(line.removeprefix(b"data:").removeprefix(b" "))
            elif not line:
                data, self._data, self._size = b"\n".join(self._data), [], 0
                yield from _objects(data)


def _objects(data: bytes) -> Iterator[Document]:
    with contextlib.suppress(msgspec.DecodeError, UnicodeDecodeError, RecursionError):
        found: object = msgspec.json.decode(data)
        for one in cast("list[object]", found) if isinstance(found, list) else ():
            if isinstance(one, Mapping):
                yield cast(Document, one)
