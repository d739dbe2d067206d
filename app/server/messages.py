"""The messages of a client's WebSocket: calls up; replies, values, events and what is mirrored down."""

from __future__ import annotations

import msgspec

JSON, MSGPACK, LINES = "application/json", "application/msgpack", "application/x-ndjson"
FINGERPRINT = "Oikos-Api"
"""HTTP header with the client's fingerprint of methods and types."""
HEARTBEAT_S = 20.0
"""Interval of pings in seconds; a client that does not answer within half of it is disconnected."""
NO_ARGUMENTS = msgspec.Raw(b"\x90")


class Call(msgspec.Struct, array_like=True):
    """A call of an EngineApi method, with an id chosen by the client."""

    id: int
    method: str
    arguments: msgspec.Raw = NO_ARGUMENTS


class Reply(msgspec.Struct, array_like=True, tag="reply"):
    """The result of a call: its answer if `ok`, else problems."""

    id: int
    ok: bool
    body: msgspec.Raw


class Values(msgspec.Struct, array_like=True, tag="values"):
    """Newest values since the last message of this kind, as columns. `fresh` are points that get the next numbers."""

    fresh: list[str]
    row: bytes
    time_ms: bytes
    value: bytes
    quality: bytes
    dated: bytes
    restated: bool


class Event(msgspec.Struct, array_like=True, tag="event"):
    """A change of the twin, with the name of its class."""

    kind: str
    body: msgspec.Raw


class Mirror(msgspec.Struct, array_like=True, tag="mirror"):
    """State that a client answers from without a call. `texts` extend its texts from index `first` on; 0 replaces them
    all."""

    project: str
    undo_labels: msgspec.Raw
    undo_authors: tuple[str, str]
    now_ms: int
    first: int
    texts: list[str]


read_call = msgspec.msgpack.Decoder(Call).decode
read_message = msgspec.msgpack.Decoder(Reply | Values | Event | Mirror).decode
