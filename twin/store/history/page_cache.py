"""Cache of decoded pages of blocks, least recently used ones dropped first; shared by all readers."""

from __future__ import annotations

import threading
from collections import OrderedDict

from twin.store.history import block_codec
from twin.store.history.samples import Samples

type PageKey = tuple[int, int, int]
"""(block id, page number, checksum); a block sealed again has other checksums."""


class PageCache:
    """Cache of decoded pages, at most `limit` bytes of samples."""

    def __init__(self, limit: int = 64 * 1024 * 1024) -> None:
        self._limit = limit
        self._size = 0
        self._pages: OrderedDict[PageKey, Samples] = OrderedDict()
        self._lock = threading.Lock()

    def known(self, key: PageKey) -> Samples | None:
        """The decoded page; None where it is not in the cache."""
        with self._lock:
            return self._pages.get(key)

    def page(self, id: int, block: bytes, place: tuple[int, int], entry: block_codec.PageEntry) -> Samples:
        """The page at place = (number, codec) of the block with this id, decoded where needed; read-only arrays.
        Raises DamageError.
        """
        number, packing = place
        key = (id, number, entry.crc)
        with self._lock:
            if (known := self._pages.get(key)) is not None:
                self._pages.move_to_end(key)
                return known
        samples = block_codec.decode_page(block, packing, entry)
        for column in samples:
            column.flags.writeable = False
        with self._lock:
            if key not in self._pages:
                self._pages[key] = samples
                self._size += _bytes(samples)
            while self._size > self._limit:
                self._size -= _bytes(self._pages.popitem(last=False)[1])
        return samples


def _bytes(samples: Samples) -> int:
    return sum(column.nbytes for column in samples) + 200
