"""Samples as CSV (RFC 4180): a row per sample, streamed, no cap on time or size."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from twin.model.device import Point
from twin.model.ident import PointId
from twin.model.observation import Quality, Words, decode
from twin.model.twin import Twin

HEAD = ("time", "device", "name", "room", "point", "capability", "value", "unit", "quality")

type Samples = Callable[[PointId], Iterable[tuple[int, float, int]]]
"""All samples of a point in time order: UTC ms, value, quality."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
CHUNK = 2000


def rows(twin: Twin, samples: Samples, words: Words) -> Iterator[str]:
    """The file in pieces of text, point by point; a spreadsheet runs nothing that a device is called."""
    yield _lines([HEAD])
    for device in twin.devices:
        room = twin.room_of.get(device.room) if device.room else None
        for point in device.points:
            facts = (
                device.id,
                _plain(device.name),
                _plain(room.title if room else ""),
                point.id,
                point.info.capability,
            )
            batch: list[tuple[object, ...]] = []
            for time_ms, value, quality in samples(point.id):
                batch.append((_utc(time_ms), *facts, *_said(point, value, quality, words)))
                if len(batch) >= CHUNK:
                    yield _lines(batch)
                    batch.clear()
            if batch:
                yield _lines(batch)


def _said(point: Point, value: float, quality: int, words: Words) -> tuple[object, str, str]:
    known = Quality(quality)
    shown = decode(point, value, words) if known < Quality.OFFLINE else None
    if isinstance(shown, str):
        shown = _plain(shown)
    elif isinstance(shown, bool):
        shown = int(shown)
    elif isinstance(shown, tuple):
        shown = f"{shown[0]:.5f} {shown[1]:.5f}"
    return "" if shown is None else shown, point.capability.unit, known.name.lower()


def _lines(batch: Iterable[tuple[object, ...]]) -> str:
    out = io.StringIO()
    csv.writer(out).writerows(batch)
    return out.getvalue()


def _plain(text: str) -> str:
    """Text that no spreadsheet takes for a formula (CWE-1236)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def _utc(time_ms: int) -> str:
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
