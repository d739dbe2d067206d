"""The messages of a client's WebSocket: calls up; replies, values, events and what is mirrored down."""

from __future__ import annotations

import msgspec

JSON, MSGPACK, LINES = "application/json", "application/msgpack", "application/x-ndjson"
FINGERPRINT = "Oikos-Api"
"""Header of a client: what methods and types it knows."""
HEARTBEAT_S = 20.0
"""Who does not answer a ping for half of this is cut off."""
NO_ARGUMENTS = msgspec.Raw(b"\x90")


class Call(msgspec.Struct, array_like=True):
    """A method of the engine's interface, with an id of the client's own."""

    id: int
    method: str
    arguments: msgspec.Raw = NO_ARGUMENTS


class Reply(msgspec.Struct, array_like=True, tag="reply"):
    """What a call ended in: its answer, or problems."""

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
    """A change of the twin, by the name of its class."""

    kind: str
    body: msgspec.Raw


class Mirror(msgspec.Struct, array_like=True, tag="mirror"):
    """What a client answers without asking. `texts` follow the ones that it has, from `first` on; 0 begins anew."""

    project: str
    undo_labels: msgspec.Raw
    undo_authors: tuple[str, str]
    now_ms: int
    first: int
    texts: list[str]


read_call = msgspec.msgpack.Decoder(Call).decode
read_message = msgspec.msgpack.Decoder(Reply | Values | Event | Mirror).decode
