"""Samples as CSV (RFC 4180): a row per sample, streamed, without a limit of time or size."""

from __future__ import annotations

import csv
import io
from collections.abc import Callable, Iterable, Iterator
from datetime import UTC, datetime

from twin.model.device import Point
from twin.model.ids import PointId
from twin.model.observation import Quality, StringTable, decode
from twin.model.twin import Twin

HEAD = ("time", "device", "name", "room", "point", "capability", "value", "unit", "quality", "counted", "estimated")

type Sample = tuple[int, float, int, float | None, bool]
"""(UTC ms, value, quality, consumption since the previous sample or None, whether that is an estimate)."""

type SampleReader = Callable[[PointId], Iterable[Sample]]
"""Function that returns all samples of a point in time order."""

_FORMULA = ("=", "+", "-", "@", "\t", "\r")
CHUNK = 2000


def rows(twin: Twin, samples: SampleReader, strings: StringTable) -> Iterator[str]:
    """The CSV in pieces of text, point by point; names that a spreadsheet would execute as a formula are escaped."""
    yield csv_lines([HEAD])
    for device in twin.devices:
        room = twin.room_of.get(device.room) if device.room else None
        for point in device.points:
            facts = (
                device.id,
                cell_text(device.name),
                cell_text(room.title if room else ""),
                point.id,
                point.info.capability,
            )
            batch: list[tuple[object, ...]] = []
            for time_ms, value, quality, used, guess in samples(point.id):
                count = ("" if used is None else round(used, 6), "estimated" if guess else "")
                batch.append((utc_text(time_ms), *facts, *_cells(point, value, quality, strings), *count))
                if len(batch) >= CHUNK:
                    yield csv_lines(batch)
                    batch.clear()
            if batch:
                yield csv_lines(batch)


def _cells(point: Point, value: float, quality: int, strings: StringTable) -> tuple[object, str, str]:
    known = Quality(quality)
    shown = decode(point, value, strings) if known < Quality.OFFLINE else None
    if isinstance(shown, str):
        shown = cell_text(shown)
    elif isinstance(shown, bool):
        shown = int(shown)
    elif isinstance(shown, tuple):
        shown = f"{shown[0]:.5f} {shown[1]:.5f}"
    return "" if shown is None else shown, point.capability.unit, known.name.lower()


def csv_lines(batch: Iterable[tuple[object, ...]]) -> str:
    """Rows as CSV text (RFC 4180)."""
    out = io.StringIO()
    csv.writer(out).writerows(batch)
    return out.getvalue()


def cell_text(text: str) -> str:
    """Text that no spreadsheet interprets as a formula: preceded by an apostrophe where needed (CWE-1236)."""
    return f"'{text}" if text.startswith(_FORMULA) else text


def utc_text(time_ms: int) -> str:
    """A time as ISO 8601 in UTC, to the millisecond."""
    return datetime.fromtimestamp(time_ms / 1000, UTC).isoformat(timespec="milliseconds").replace("+00:00", "Z")
