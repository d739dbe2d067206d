"""One UTC day of a point as 96 quarter-hours. Quarter-hours, because every zone's midnight lies on one."""

from __future__ import annotations

import numpy as np

from twin.store.history import codec
from twin.store.history.rollup import FIELDS, Buckets, Floats

DAY = 96
"""Buckets of a row."""
_BODY = tuple(name for name in FIELDS if name != "increase")


def encode(day: Buckets) -> tuple[bytes, bytes | None]:
    """A row's two BLOBs: everything but a counter's increase, and that, None where nothing was counted."""
    body = b"".join(codec.encode_values(np.ascontiguousarray(getattr(day, name))) for name in _BODY)
    if not day.increase.any():
        return codec.seal_bytes(body), None
    return codec.seal_bytes(body), codec.seal_bytes(codec.encode_values(np.ascontiguousarray(day.increase)))


def decode(body: bytes, increase: bytes | None) -> Buckets:
    """The inverse of encode; DamageError."""
    data = codec.open_bytes(body)
    at = 0
    out: dict[str, Floats] = {}
    try:
        for name in _BODY:
            out[name], at = codec.decode_values(data, at, DAY)
    except (IndexError, ValueError) as error:
        raise codec.DamageError(str(error)) from error
    return Buckets(increase=decode_increase(increase), **out)


def decode_increase(increase: bytes | None) -> Floats:
    """What a counter counted in each quarter-hour; DamageError."""
    if increase is None:
        return np.zeros(DAY)
    try:
        return codec.decode_values(codec.open_bytes(increase), 0, DAY)[0]
    except (IndexError, ValueError) as error:
        raise codec.DamageError(str(error)) from error
