"""Messages of the camera's process to the window: a kind, a length, and bytes. The window takes none of it on trust, for
a stream of the network may take that process over.
"""

from __future__ import annotations

import json
import struct
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.model.problem import Problem

PICTURE, TEXT, PROBLEM = b"f", b"c", b"p"
CODES = (
    "camera.no_library", "camera.absent", "camera.no_permission", "camera.not_opened", "camera.no_stream", "camera.stopped",
    "camera.silent", "camera.ended",
)  # fmt: skip
"""Codes of the problems that the process tells of."""
MOST_BYTES = 1 << 21
"""Largest message in bytes."""
MOST_TEXT, MOST_DETAIL = 4096, 300
_HEAD, _SIZE = struct.Struct(">cI"), struct.Struct(">HH")


@dataclass(frozen=True, slots=True)
class Picture:
    """A picture to look at: `width` times `height` pixels of red, green and blue bytes."""

    width: int
    height: int
    data: bytes


type Message = Picture | str | Problem
"""A picture, the text of a code, or why it ended."""


def packed(kind: bytes, payload: bytes = b"") -> bytes:
    """One message as bytes."""
    return _HEAD.pack(kind, len(payload)) + payload


def packed_picture(colours: NDArray[np.uint8]) -> bytes:
    """A picture, (height, width, 3), as a message."""
    height, width = colours.shape[:2]
    return packed(PICTURE, _SIZE.pack(width, height) + colours.tobytes())


def packed_problem(problem: Problem) -> bytes:
    """A problem as a message; its place is known to who asked."""
    return packed(PROBLEM, json.dumps({"code": problem.code, "detail": problem.detail[:MOST_DETAIL]}).encode())


class MessageReader:
    """Takes bytes as they come and returns the messages that are complete."""

    def __init__(self) -> None:
        self._bytes = bytearray()

    def messages(self, more: bytes) -> list[Message]:
        """Raises ValueError for bytes that are no message."""
        self._bytes += more
        found: list[Message] = []
        while len(self._bytes) >= _HEAD.size:
            kind, length = _HEAD.unpack_from(self._bytes)
            if length > MOST_BYTES:
                raise ValueError("a message is too long")
            end = _HEAD.size + length
            if len(self._bytes) < end:
                break
            found.append(_message(kind, bytes(self._bytes[_HEAD.size : end])))
            del self._bytes[:end]
        return found


def _message(kind: bytes, payload: bytes) -> Message:
    if kind == TEXT:
        return payload[:MOST_TEXT].decode(errors="replace")
    if kind == PICTURE and len(payload) > _SIZE.size:
        width, height = _SIZE.unpack_from(payload)
        if width and height and len(payload) == _SIZE.size + 3 * width * height:
            return Picture(width, height, payload[_SIZE.size :])
    if kind == PROBLEM:
        told = json.loads(payload)
        if isinstance(told, dict) and told.get("code") in CODES:  # pyright: ignore[reportUnknownMemberType] - checked here
            return Problem(code=told["code"], detail=str(told.get("detail", ""))[:MOST_DETAIL], retry=True)  # pyright: ignore[reportUnknownMemberType,reportUnknownArgumentType]
    raise ValueError("no message")
