# pyright: reportUnknownVariableType=false
"""Encoding of samples: pages of scaled integer deltas, byte-shuffled and compressed, each with its checksum.

A block is `codec u8, pages u8, crc32 of the directory u32`, then per page `first time i64, samples u16, bytes u32,
crc32 u32`, then the pages. A page can be decoded alone, so a single moment costs one page.
"""

from __future__ import annotations

import struct
import threading
import zlib
from collections.abc import Sequence
from contextlib import suppress
from itertools import repeat
from typing import NamedTuple

import numpy as np
import zstandard
from numpy.typing import NDArray

from twin.store.history.samples import Samples

BLOCK = 4096
"""Most samples of a block."""
PAGE = 1024
"""Most samples of a page: below it compression gets worse, above it single moments get slow."""

ZLIB, ZSTD = 1, 2
_HEAD = struct.Struct("<BBI")
_SEALED = np.dtype([("codec", "u1"), ("crc", "<u4")])
_ENTRY = struct.Struct("<qHII")
_TIMES = struct.Struct("<qqBB")
_VALUES = struct.Struct("<BBBqq")
_SCALES = (1.0, 10.0, 100.0, 1000.0)
_WIDTHS: tuple[type[np.unsignedinteger], ...] = (np.uint8, np.uint16, np.uint32, np.uint64)
_LARGEST = 1 << 26
"""Most bytes of an unpacked page: bounds the memory that a damaged length can claim."""

INTEGERS, BITS, GAPS = 1, 2, 3


class DamageError(ValueError):
    """Stored bytes are damaged and cannot be decoded."""


class PageEntry(NamedTuple):
    """Entry of a block's directory: first time, number of samples, place and checksum of a page."""

    first: int
    n: int
    start: int
    length: int
    crc: int


class _Zstd(threading.local):
    """A compressor and decompressor per thread: Zstandard's objects are not thread-safe."""

    def __init__(self) -> None:
        self.compressor = zstandard.ZstdCompressor(level=3, write_checksum=False, write_content_size=True)
        self.decompressor = zstandard.ZstdDecompressor()


_zstd = _Zstd()


def compress(data: bytes, codec: int = ZSTD) -> bytes:
    """The bytes compressed with zstd or zlib, depending on `codec`."""
    return _zstd.compressor.compress(data) if codec == ZSTD else zlib.compress(data, 1)


def decompress(data: bytes | memoryview, codec: int) -> bytes:
    """The decompressed bytes. Raises DamageError where they are damaged or the codec is unknown."""
    try:
        if codec == ZSTD:
            return _zstd.decompressor.decompress(data, max_output_size=_LARGEST)
        if codec == ZLIB:
            return zlib.decompressobj().decompress(data, _LARGEST)
    except (zstandard.ZstdError, zlib.error, MemoryError) as error:
        raise DamageError(str(error)) from error
    raise DamageError(f"unknown codec {codec}")


def seal_bytes(data: bytes) -> bytes:
    """The bytes compressed, preceded by codec and checksum."""
    packed = compress(data)
    return struct.pack("<BI", ZSTD, zlib.crc32(packed)) + packed


def open_bytes(data: bytes) -> bytes:
    """Inverse of `seal_bytes`. Raises DamageError."""
    if type(data) is not bytes or len(data) < 5:
        raise DamageError("too short")
    codec, crc = struct.unpack_from("<BI", data)
    if zlib.crc32(memoryview(data)[5:]) != crc:
        raise DamageError("wrong checksum")
    return decompress(memoryview(data)[5:], codec)


def open_together(blobs: Sequence[bytes]) -> list[bytes | None]:
    """`open_bytes` of many, several times faster than one by one; None for damaged ones."""
    whole = set(map(type, blobs)) <= {bytes} and min(map(len, blobs), default=5) >= 5
    heads = np.frombuffer(b"".join([blob[:5] for blob in blobs]) if whole else b"", _SEALED)
    bodies = [blob[5:] for blob in blobs]
    if whole and (heads["codec"] == ZSTD).all() and heads["crc"].tolist() == list(map(zlib.crc32, bodies)):
        with suppress(zstandard.ZstdError, MemoryError):
            return list(map(_zstd.decompressor.decompress, bodies, repeat(_LARGEST)))
    return [_opened(blob) for blob in blobs]


def _opened(blob: bytes) -> bytes | None:
    try:
        return open_bytes(blob)
    except DamageError:
        return None


def encode(samples: Samples, codec: int = ZSTD) -> bytes:
    """The encoded block of 1 to BLOCK samples; lossless."""
    pages: list[bytes] = []
    directory: list[bytes] = []
    for i in range(0, len(samples.times), PAGE):
        part = samples.part(i, i + PAGE)
        page = compress(_page(part), codec)
        pages.append(page)
        directory.append(_ENTRY.pack(int(part.times[0]), len(part.times), len(page), zlib.crc32(page)))
    table = b"".join(directory)
    return _HEAD.pack(codec, len(pages), zlib.crc32(table)) + table + b"".join(pages)


def directory(block: bytes) -> tuple[int, list[PageEntry]]:
    """Codec and page entries of a block in time order. Raises DamageError."""
    if type(block) is not bytes or len(block) < _HEAD.size:
        raise DamageError("too short")
    codec, pages, crc = _HEAD.unpack_from(block)
    start = _HEAD.size + pages * _ENTRY.size
    if not pages or len(block) < start or zlib.crc32(memoryview(block)[_HEAD.size : start]) != crc:
        raise DamageError("wrong checksum of the directory")
    entries: list[PageEntry] = []
    for first, count, length, page_crc in _ENTRY.iter_unpack(block[_HEAD.size : start]):
        entries.append(PageEntry(first, count, start, length, page_crc))
        start += length
    return codec, entries


def find(block: bytes, time_ms: int) -> tuple[int, int, PageEntry] | None:
    """(page number, codec, entry) of the page that contains `time_ms`; None where the block begins later. Raises
    DamageError.
    """
    if type(block) is not bytes or len(block) < _HEAD.size:
        raise DamageError("too short")
    codec, pages, crc = _HEAD.unpack_from(block)
    end = _HEAD.size + pages * _ENTRY.size
    if not pages or len(block) < end or zlib.crc32(memoryview(block)[_HEAD.size : end]) != crc:
        raise DamageError("wrong checksum of the directory")
    found: PageEntry | None = None
    number = -1
    for first, n, length, page_crc in _ENTRY.iter_unpack(memoryview(block)[_HEAD.size : end]):
        if first > time_ms:
            break
        found, number = PageEntry(first, n, end, length, page_crc), number + 1
        end += length
    return (number, codec, found) if found is not None else None


def last_before(block: bytes, codec: int, entry: PageEntry, time_ms: int) -> tuple[int, float, int] | None:
    """(time, value, quality) of the last sample up to `time_ms` in a page; None where there is none. Raises
    DamageError.

    Faster than `decode_page`, because it decodes one value only.
    """
    data = _page_data(block, codec, entry)
    n = entry.n
    try:
        first, least, width, marked = _TIMES.unpack_from(data)
        times, at = _integers(data, _TIMES.size, (first, least, width, n))
        i = int(times.searchsorted(time_ms, side="right")) - 1
        if i < 0:
            return None
        value, at = _value_at(data, at, n, i)
        return int(times[i]), value, data[at + i] if marked else 0
    except (ValueError, struct.error, IndexError) as error:
        raise DamageError(str(error)) from error


def _value_at(data: bytes, at: int, n: int, i: int) -> tuple[float, int]:
    """The i-th value of encode_values, and the position after all."""
    if data[at] != INTEGERS:
        values, at = decode_values(data, at, n)
        return float(values[i]), at
    _, scale, width, first, least = _VALUES.unpack_from(data, at)
    at += _VALUES.size
    # Shuffled bytes lie in planes, so the sum of the steps is the weighted sum of the planes' sums.
    planes = np.frombuffer(data, np.uint8, width * (n - 1), at).reshape(width, n - 1)[:, :i].sum(axis=1, dtype=np.int64)
    number = first + least * i + sum(int(plane) << (8 * k) for k, plane in enumerate(planes.tolist()))
    return number / _SCALES[scale] if scale else float(number), at + width * (n - 1)


def _page_data(block: bytes, codec: int, entry: PageEntry) -> bytes:
    body = memoryview(block)[entry.start : entry.start + entry.length]
    if zlib.crc32(body) != entry.crc:
        raise DamageError("wrong checksum of a page")
    return decompress(body, codec)


def decode_page(block: bytes, codec: int, entry: PageEntry) -> Samples:
    """The samples of one page. Raises DamageError."""
    data = _page_data(block, codec, entry)
    try:
        first, least, width, marked = _TIMES.unpack_from(data)
        n = entry.n
        times, at = _integers(data, _TIMES.size, (first, least, width, n))
        values, at = decode_values(data, at, n)
        quality = np.frombuffer(data, np.uint8, n, at) if marked else np.zeros(n, np.uint8)
    except (ValueError, struct.error, IndexError) as error:
        raise DamageError(str(error)) from error
    return Samples(times, values, quality)


def decode(block: bytes) -> Samples:
    """All samples of a block. Raises DamageError."""
    codec, entries = directory(block)
    pages = [decode_page(block, codec, entry) for entry in entries]
    return pages[0] if len(pages) == 1 else Samples(*(np.concatenate(column) for column in zip(*pages, strict=True)))


def _page(samples: Samples) -> bytes:
    first, least, width, deltas = _deltas(samples.times)
    marked = bool(samples.quality.any())
    head = _TIMES.pack(first, least, width, marked)
    return head + deltas + encode_values(samples.values) + (samples.quality.tobytes() if marked else b"")


def encode_values(values: NDArray[np.float64]) -> bytes:
    """Lossless encoding of doubles: as scaled integers where possible (up to three decimals), else as XOR of
    consecutive bit patterns.
    """
    bad = np.isnan(values)
    if bad.any():
        # the value before fills the gap, so that it costs nothing; a bit says that it is one
        index = np.maximum.accumulate(np.where(bad, -1, np.arange(len(values))))
        filled = np.where(index >= 0, values[np.maximum(index, 0)], 0.0)
        return bytes([GAPS]) + np.packbits(bad).tobytes() + encode_values(filled)
    if (scaled := _scaled(values)) is not None:
        scale, numbers = scaled
        first, least, width, deltas = _deltas(numbers)
        return _VALUES.pack(INTEGERS, scale, width, first, least) + deltas
    bits = values.view(np.uint64)
    changed = bits.copy()
    changed[1:] ^= bits[:-1]
    return bytes([BITS]) + _shuffled(changed)


def decode_values(data: bytes, at: int, n: int) -> tuple[NDArray[np.float64], int]:
    """Decodes n doubles of `encode_values` from position `at`; returns them and the position after. Raises
    DamageError.
    """
    match data[at]:
        case 1:  # INTEGERS
            _, scale, width, first, least = _VALUES.unpack_from(data, at)
            numbers, at = _integers(data, at + _VALUES.size, (first, least, width, n))
            return (numbers / _SCALES[scale] if scale else numbers.astype(np.float64)), at
        case 2:  # BITS
            changed = _unshuffled(data, at + 1, np.uint64, n)
            return np.bitwise_xor.accumulate(changed).view(np.float64), at + 1 + 8 * n
        case 3:  # GAPS
            length = (n + 7) // 8
            bad = np.unpackbits(np.frombuffer(data, np.uint8, length, at + 1), count=n).astype(np.bool_)
            values, at = decode_values(data, at + 1 + length, n)
            return np.where(bad, np.nan, values), at
        case strange:
            raise DamageError(f"unknown kind of values {strange}")


def decode_alike(rows: Sequence[bytes], n: int) -> NDArray[np.float64] | None:
    """(m, n) values of m encodings of n values that have the same length; None where one of them is no scaled integers."""
    raw = np.frombuffer(b"".join(rows), np.uint8).reshape(len(rows), -1)
    width, rest = divmod(raw.shape[1] - _VALUES.size, n - 1)
    if rest or width not in (0, 1, 2, 4, 8):
        return None
    kind, scale = raw[:, 0], raw[:, 1]
    if (kind != INTEGERS).any() or (raw[:, 2] != width).any() or (scale >= len(_SCALES)).any():
        return None
    numbers = np.empty((len(rows), n), np.int64)
    numbers[:, 0], least = np.ascontiguousarray(raw[:, 3 : _VALUES.size]).view("<i8").T
    numbers[:, 1:] = least[:, None]
    if width:
        planes = raw[:, _VALUES.size :].reshape(len(rows), width, n - 1).transpose(0, 2, 1)
        steps = np.ascontiguousarray(planes).view(_WIDTHS[width.bit_length() - 1]).reshape(len(rows), n - 1)
        numbers[:, 1:] += steps.view(np.int64) if width == 8 else steps
    np.cumsum(numbers, axis=1, out=numbers)
    return numbers / np.array(_SCALES)[scale][:, None]


def _scaled(values: NDArray[np.float64]) -> tuple[int, NDArray[np.int64]] | None:
    """(k, values * 10^k) where that gives integers that divide back bit for bit."""
    with np.errstate(over="ignore", invalid="ignore"):
        if not float(np.abs(values).max(initial=0.0)) * _SCALES[-1] < 2.0**52:
            return None
        bits = values.view(np.int64)
        for k, scale in enumerate(_SCALES):
            numbers = np.rint(values * scale).astype(np.int64)
            if ((numbers / scale).view(np.int64) == bits).all():
                return k, numbers
    return None


def _deltas(numbers: NDArray[np.int64]) -> tuple[int, int, int, bytes]:
    """First number, least step, bytes a step, steps above the least, shuffled; no bytes where all steps are equal."""
    steps = numbers[1:] - numbers[:-1]
    if not len(steps):
        return int(numbers[0]), 0, 0, b""
    least, most = int(steps.min()), int(steps.max())
    if least == most:
        return int(numbers[0]), least, 0, b""
    kind = next(kind for kind in _WIDTHS if most - least <= int(np.iinfo(kind).max))
    above = (steps - least).astype(kind)
    return int(numbers[0]), least, above.itemsize, _shuffled(above)


def _integers(data: bytes, at: int, head: tuple[int, int, int, int]) -> tuple[NDArray[np.int64], int]:
    first, least, width, n = head
    out = np.empty(n, np.int64)
    out[0] = first
    if width == 0:
        out[1:] = least
    elif width in (1, 2, 4, 8):
        above = _unshuffled(data, at, _WIDTHS[width.bit_length() - 1], n - 1)
        np.add(above.view(np.int64) if width == 8 else above, np.int64(least), out=out[1:])
    else:
        raise DamageError(f"numbers of {width} bytes")
    return np.cumsum(out, out=out), at + width * (n - 1)


def _shuffled(numbers: NDArray[np.unsignedinteger]) -> bytes:
    """First bytes of all numbers, then second bytes ...: like stands by like."""
    if numbers.itemsize == 1:
        return numbers.tobytes()
    return numbers.view(np.uint8).reshape(len(numbers), numbers.itemsize).T.tobytes()


def _unshuffled(data: bytes, at: int, kind: type[np.unsignedinteger], n: int) -> NDArray[np.unsignedinteger]:
    width = np.dtype(kind).itemsize
    raw = np.frombuffer(data, np.uint8, width * n, at)
    if width == 1:
        return raw
    return np.ascontiguousarray(raw.reshape(width, n).T).reshape(-1).view(kind)
