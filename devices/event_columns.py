"""Groups the reports of a parser into columns for a session."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator

from devices.contract import SessionEvent
from twin.model.observation import Report
from twin.model.report_columns import ReportColumns, ReportTable

type ParsedEvent = Report | SessionEvent
"""One element of a protocol parser's result: a single report or another session event."""

MOST = 1000
"""Most events taken from a queue at once, so that other tasks of the loop can run."""


def in_columns(events: Iterable[ParsedEvent], table: ReportTable) -> Iterator[SessionEvent]:
    """The events in order, with consecutive reports combined into one ReportColumns."""
    reports: list[Report] = []
    for event in events:
        if isinstance(event, Report):
            reports.append(event)
            continue
        if reports:
            yield ReportColumns.of(reports, table)
            reports.clear()
        yield event
    if reports:
        yield ReportColumns.of(reports, table)


async def waiting[T](queue: asyncio.Queue[T], most: int = MOST) -> list[T]:
    """Waits for an item of the queue and returns it with all others queued, at most `most`."""
    found = [await queue.get()]
    while len(found) < most and not queue.empty():
        found.append(queue.get_nowait())
    return found
