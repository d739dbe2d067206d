"""One UTC day of a point as 96 quarter-hour values. Quarter-hours, because midnight of every time zone is on one."""

from __future__ import annotations

import struct
from collections.abc import Sequence

import numpy as np

from twin.store.history import block_codec
from twin.store.history.rollup import FIELDS, Floats, RollupBuckets, blank

DAY = 96
"""Buckets per row."""
_BODY = tuple(name for name in FIELDS if name != "increase")


def encode(day: RollupBuckets) -> tuple[bytes, bytes | None]:
    """The two BLOBs of a day: all fields but `increase`, and `increase`, None where all are 0.

    The first begins with one bit per bucket for known ones, followed by the known buckets field by field.
    """
    known = ~np.isnan(day.low)
    parts = [np.packbits(known).tobytes()]
    if known.any():
        parts += [block_codec.encode_values(getattr(day, name)[known]) for name in _BODY]
    increase = block_codec.encode_values(np.ascontiguousarray(day.increase)) if day.increase.any() else None
    return block_codec.seal_bytes(b"".join(parts)), None if increase is None else block_codec.seal_bytes(increase)


def decode(body: bytes, increase: bytes | None) -> RollupBuckets:
    """Inverse of `encode`. Raises DamageError."""
    data = block_codec.open_bytes(body)
    fields = blank(DAY)
    try:
        known = np.unpackbits(np.frombuffer(data, np.uint8, DAY // 8), count=DAY).astype(np.bool_)
        n, at = int(known.sum()), DAY // 8
        for name in _BODY if n else ():
            fields[name][known], at = block_codec.decode_values(data, at, n)
    except (IndexError, ValueError) as error:
        raise block_codec.DamageError(str(error)) from error
    fields["increase"] = decode_increase(increase)
    return RollupBuckets(**fields)


def decode_increases(blobs: Sequence[bytes]) -> tuple[Floats, tuple[int, ...]]:
    """(n, 96) increases of many days at once, several times faster than one by one, and the numbers of the damaged ones,
    which are 0."""
    opened = block_codec.open_together(blobs)
    same = [data for data in opened if data is not None]
    if len(same) == len(blobs) and len(set(map(len, same))) == 1:  # as most meters are, each day
        values = block_codec.decode_alike(same, DAY)
        if values is not None:
            return values, ()
    return _decode_different(opened)


def _decode_different(opened: Sequence[bytes | None]) -> tuple[Floats, tuple[int, ...]]:
    """`decode_increases` of opened BLOBs, group by group of equal length; None stands for a damaged one."""
    out, damaged = np.zeros((len(opened), DAY)), list[int]()
    alike: dict[int, tuple[list[int], list[bytes]]] = {}
    for number, data in enumerate(opened):
        if data is None:
            damaged.append(number)
        else:
            numbers, rows = alike.setdefault(len(data), ([], []))
            numbers.append(number)
            rows.append(data)
    for numbers, rows in alike.values():
        if (values := block_codec.decode_alike(rows, DAY)) is not None:
            out[numbers] = values
            continue
        for number, data in zip(numbers, rows, strict=True):
            try:
                out[number] = block_codec.decode_values(data, 0, DAY)[0]
            except (IndexError, ValueError, struct.error):
                damaged.append(number)
    return out, tuple(sorted(damaged))


def decode_increase(increase: bytes | None) -> Floats:
    """(96,) increase of a counter in each quarter-hour; zeros for None. Raises DamageError."""
    if increase is None:
        return np.zeros(DAY)
    try:
        return block_codec.decode_values(block_codec.open_bytes(increase), 0, DAY)[0]
    except (IndexError, ValueError) as error:
        raise block_codec.DamageError(str(error)) from error
