"""From the reports of a parser to the columns that a session hands over."""

from __future__ import annotations

import asyncio
from collections.abc import Iterable, Iterator
from itertools import groupby

from devices.contract import SessionEvent
from twin.model.observation import Report
from twin.model.report_columns import ReportColumns, ReportTable

type ParsedEvent = Report | SessionEvent
"""One element of a protocol parser's result: a single report or another session event."""

MOST = 1000
"""Most events taken from a queue at a time, so that other tasks of the loop run in between."""


def in_columns(events: Iterable[ParsedEvent], table: ReportTable) -> Iterator[SessionEvent]:
    """The events in their order, the reports between two others as one ReportColumns."""
    for _, same in groupby(events, key=_is_report):
        group = list(same)
        if reports := [one for one in group if isinstance(one, Report)]:
            yield ReportColumns.of(reports, table)
        else:
            yield from (one for one in group if not isinstance(one, Report))


async def waiting[T](queue: asyncio.Queue[T], most: int = MOST) -> list[T]:
    """Everything that waits in a queue, at least one."""
    found = [await queue.get()]
    while len(found) < most and not queue.empty():
        found.append(queue.get_nowait())
    return found


def _is_report(event: ParsedEvent) -> bool:
    return isinstance(event, Report)
