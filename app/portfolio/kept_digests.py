"""Digests kept on disk, so that a site that does not answer shows what it sent last."""

from __future__ import annotations

import contextlib
from collections.abc import Mapping
from pathlib import Path

import msgspec

from twin.files import atomic
from twin.files.opening import regular
from twin.model.site_digest import SiteDigest

FOLDER, FILE = "cache", "portfolio-digests.json"
MOST_BYTES = 4 << 20


class KeptDigest(msgspec.Struct):
    """A digest and when it came, UTC ms of this computer."""

    received_ms: int
    digest: SiteDigest


_read = msgspec.json.Decoder(dict[str, KeptDigest]).decode


def read_kept(home: Path) -> dict[str, KeptDigest]:
    """Kept digests by the site's address; none where the file is missing or damaged. Blocks."""
    with contextlib.suppress(OSError, msgspec.DecodeError, ValueError, RecursionError):
        file = regular(home / FOLDER / FILE)
        if file.stat().st_size <= MOST_BYTES:
            return _read(file.read_bytes())
    return {}


def write_kept(home: Path, found: Mapping[str, KeptDigest]) -> None:
    """Keeps digests beside those of other sites; of two the newer stays. Blocks; a disk that is full costs nothing but
    the memory of it."""
    file = home / FOLDER / FILE
    with contextlib.suppress(OSError):
        file.parent.mkdir(parents=True, exist_ok=True)
        with atomic.exclusive(file, timeout_s=5.0):
            kept = read_kept(home)
            for at, one in found.items():
                if at not in kept or kept[at].received_ms <= one.received_ms:
                    kept[at] = one
            atomic.write(file, msgspec.json.encode(kept), mode=0o600)
