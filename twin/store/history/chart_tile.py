"""Chart tiles: 288 buckets of a point per SQLite page, with low, high, last, mean, count and share of known time."""

from __future__ import annotations

import struct
import zlib
from dataclasses import dataclass

import numpy as np
from numpy.typing import NDArray

from twin.store.history.block_codec import DamageError
from twin.store.history.rollup import Floats, RollupBuckets, last_of

TILE = 288
"""Buckets per tile."""

_HEAD = struct.Struct("<IBxxxdd")
"""crc32 of the rest, form, base, scale."""
SHORT, FLOAT = 0, 1
_NONE = 65535
"""A short that stands for no value."""
_SCALES = (1.0, 10.0, 100.0, 1000.0)


@dataclass(frozen=True, slots=True, eq=False)
class ChartTile:
    """Arrays of n buckets, NaN for empty ones; `known` is the share of the bucket's time with a value, 0 to 1."""

    low: Floats
    high: Floats
    last: Floats
    mean: Floats
    known: Floats
    count: Floats

    def __len__(self) -> int:
        return len(self.low)

    def put(self, at: int, other: ChartTile) -> None:
        """Replaces the buckets from position `at` with the other's."""
        for name in PARTS:
            getattr(self, name)[at : at + len(other)] = getattr(other, name)

    def part(self, i: int, j: int) -> ChartTile:
        """The tile's buckets [i, j)."""
        return ChartTile(*(getattr(self, name)[i:j] for name in PARTS))


PARTS = ("low", "high", "last", "mean", "known", "count")


def blank(n: int) -> ChartTile:
    """An empty tile with this many buckets."""
    low, high, last, mean = np.full((4, n), np.nan)
    return ChartTile(low, high, last, mean, np.zeros(n), np.zeros(n))


def chart_tile(buckets: RollupBuckets, width_ms: int) -> ChartTile:
    """The chart tile of roll-up buckets; a bucket whose value has no duration gets the smallest weight."""
    there = ~np.isnan(buckets.low)
    known = np.where(there, np.maximum(buckets.held / width_ms, 1 / 255), 0.0)
    return ChartTile(buckets.low, buckets.high, buckets.last, buckets.mean, known, buckets.count)


def coarser(fine: ChartTile, factor: int) -> ChartTile:
    """The tile with `factor` buckets combined into one; the number of buckets must be a multiple."""
    if factor == 1:
        return fine
    shape = (len(fine) // factor, factor)
    known = fine.known.reshape(shape)
    weight = known.sum(axis=1)
    with np.errstate(all="ignore"):
        mean = np.where(known > 0, fine.mean.reshape(shape) * known, 0.0).sum(axis=1) / weight
    return ChartTile(
        low=np.fmin.reduce(fine.low.reshape(shape), axis=1),
        high=np.fmax.reduce(fine.high.reshape(shape), axis=1),
        last=last_of(fine.last.reshape(shape)),
        mean=np.where(weight > 0, mean, np.nan),
        known=weight / factor,
        count=fine.count.reshape(shape).sum(axis=1),
    )


def encode(tile: ChartTile) -> bytes:
    """Encoding of a full tile: uint16 where all values are decimals close together (lossless), else float32 offsets
    from a base.
    """
    there = ~np.isnan(tile.low)
    three = np.concatenate([tile.low, tile.high, tile.last])
    base, scale, shorts = _short(three)
    if shorts is None:
        base = float(np.nanmin(tile.low)) if there.any() else 0.0
        body = (three - base).astype("<f4").tobytes()
    else:
        body = shorts.tobytes()
    with np.errstate(all="ignore"):
        # fmax also takes the NaN away where there is no mean, or nothing between low and high
        share = np.fmin(np.fmax((tile.mean - tile.low) / (tile.high - tile.low), 0.0), 1.0)
    means = np.rint(share * _NONE).astype("<u2")
    known = np.where(there, np.fmin(np.fmax(np.rint(tile.known * 255), 1), 255), 0).astype(np.uint8)
    body += means.tobytes() + known.tobytes() + np.minimum(tile.count, 2**32 - 1).astype("<u4").tobytes()
    packed = _HEAD.pack(0, FLOAT if shorts is None else SHORT, base, scale)[4:] + body
    return struct.pack("<I", zlib.crc32(packed)) + packed


def _short(three: Floats) -> tuple[float, float, NDArray[np.uint16] | None]:
    """(base, scale, values as shorts) where every value is an integer / scale within 65534 of the lowest."""
    there = ~np.isnan(three)
    some = three[there]
    if not len(some):
        return 0.0, 1.0, np.full(len(three), _NONE, "<u2")
    with np.errstate(over="ignore", invalid="ignore"):
        for scale in _SCALES:
            numbers = np.rint(some * scale)
            low = float(numbers.min())
            if not float(numbers.max()) - low < _NONE or abs(low) >= 2.0**52:
                return 0.0, 1.0, None
            if bool((numbers / scale == some).all()):
                out = np.full(len(three), _NONE, "<u2")
                out[there] = (numbers - low).astype("<u2")
                return low, scale, out
    return 0.0, 1.0, None


def decode(data: bytes) -> ChartTile:
    """Inverse of `encode`: low, high and last exact or to 1e-7 of the tile's range, mean to 1e-5 of the bucket's.
    Raises DamageError.
    """
    if (
        type(data) is not bytes
        or len(data) < _HEAD.size
        or zlib.crc32(memoryview(data)[4:]) != _HEAD.unpack_from(data)[0]
    ):
        raise DamageError("wrong checksum of a tile")
    _, form, base, scale = _HEAD.unpack_from(data)
    at = _HEAD.size
    if form == SHORT:
        shorts = np.frombuffer(data, "<u2", 3 * TILE, at)
        three = (shorts + base) / scale
        three[shorts == _NONE] = np.nan
        at += 6 * TILE
    else:
        three = np.frombuffer(data, "<f4", 3 * TILE, at) + base
        at += 12 * TILE
    low, high, last = three[:TILE], three[TILE : 2 * TILE], three[2 * TILE :]
    share = np.frombuffer(data, "<u2", TILE, at) / _NONE
    known = np.frombuffer(data, np.uint8, TILE, at + 2 * TILE) / 255
    count = np.frombuffer(data, "<u4", TILE, at + 3 * TILE).astype(np.float64)
    return ChartTile(low, high, last, low + share * (high - low), known, count)
