"""Moves chip-core's state files into the current folder. Child process only.

chip-core 2025.7.0 has their paths compiled in: three below /data and one in the folder for temporary files
(home-assistant-libs/python-matter-server issue 1102). The strings are changed in memory before the stack starts; the
new ones have the same length, since "./////" equals ".".
"""

from __future__ import annotations

import ctypes
import mmap
import os
import struct
from collections.abc import Iterator
from dataclasses import dataclass
from pathlib import Path

_PATHS = (
    b"/data/chip_factory.ini\0",
    b"/data/chip_config.ini\0",
    b"/data/chip_counters.ini\0",
    b"/tmp/chip_kvs\0",
)
_LOAD = 1
_READ, _WRITE = 1, 2


@dataclass(frozen=True, slots=True)
class _Segment:
    """One PT_LOAD of an ELF file."""

    offset: int
    address: int
    size: int


class UnknownLibraryError(Exception):
    """The native library has another layout than the known one and cannot be changed."""


def relocate(library: Path) -> None:
    """Changes the paths in the loaded library. Raises UnknownLibraryError or OSError."""
    with library.open("rb") as file, mmap.mmap(file.fileno(), 0, access=mmap.ACCESS_READ) as image:
        segments = tuple(_segments(image))
        places = tuple((_address(image, segments, path), path) for path in _PATHS)
    base = _loaded_at(library) - segments[0].address
    for address, path in places:
        _overwrite(base + address, path, _beside(path))


def _segments(image: mmap.mmap) -> Iterator[_Segment]:
    if image[:5] != b"\x7fELF\x02":
        raise UnknownLibraryError("not an ELF file of 64 bits")
    (table,) = struct.unpack_from("<Q", image, 32)
    size, count = struct.unpack_from("<HH", image, 54)
    for index in range(count):
        kind, _, offset, address, _, length, _, _ = struct.unpack_from("<IIQQQQQQ", image, table + index * size)
        if kind == _LOAD:
            yield _Segment(offset, address, length)


def _address(image: mmap.mmap, segments: tuple[_Segment, ...], path: bytes) -> int:
    offset = image.find(path)
    for segment in segments:
        if segment.offset <= offset < segment.offset + segment.size:
            return segment.address + offset - segment.offset
    raise UnknownLibraryError(f"{path[:-1].decode()} is not in it")


def _loaded_at(library: Path) -> int:
    real = str(library.resolve())
    for line in Path("/proc/self/maps").read_text("utf-8").splitlines():
        fields = line.split(maxsplit=5)
        if len(fields) == 6 and fields[5] == real and int(fields[2], 16) == 0:
            return int(fields[0].partition("-")[0], 16)
    raise UnknownLibraryError("it is not loaded")


def _beside(path: bytes) -> bytes:
    folder, _, name = path.rpartition(b"/")
    return b"." + b"/" * len(folder) + name


def _overwrite(address: int, old: bytes, new: bytes) -> None:
    if ctypes.string_at(address, len(old)) != old or len(new) != len(old):
        raise UnknownLibraryError("it looks different in memory")
    libc = ctypes.CDLL(None, use_errno=True)
    page = os.sysconf("SC_PAGE_SIZE")
    start = address & ~(page - 1)
    length = ctypes.c_size_t(address + len(old) - start)
    if libc.mprotect(ctypes.c_void_p(start), length, _READ | _WRITE):
        raise OSError(ctypes.get_errno(), "memory cannot be changed")
    ctypes.memmove(address, new, len(new))
    libc.mprotect(ctypes.c_void_p(start), length, _READ)
