"""Columns hand over what a parser found: everything, in its order."""

from __future__ import annotations

import asyncio
from itertools import pairwise

from hypothesis import given
from hypothesis import strategies as st

from devices.contract import Redescribed, SkippedChanged
from devices.event_columns import ParsedEvent, in_columns, waiting
from tests.devices.conftest import spread
from twin.model.observation import Availability, Report
from twin.model.report_columns import ReportColumns, ReportTable

EVENTS = st.one_of(
    st.builds(
        Report, st.sampled_from("ab"), st.sampled_from("xy"), st.one_of(st.integers(), st.booleans(), st.just("on"))
    ),
    st.builds(Availability, st.sampled_from("ab"), st.booleans()),
    st.sampled_from([Redescribed(), SkippedChanged()]),
)


@given(st.lists(st.lists(EVENTS, max_size=8), max_size=8))
def test_however_events_are_cut_the_same_is_handed_over_in_the_same_order(batches: list[list[ParsedEvent]]) -> None:
    table = ReportTable()
    handed = [event for batch in batches for event in in_columns(batch, table)]
    assert [one for event in handed for one in spread(event)] == [one for batch in batches for one in batch]
    assert all(len(event) for event in handed if isinstance(event, ReportColumns))


@given(st.lists(EVENTS, min_size=1, max_size=30))
def test_reports_between_two_other_events_are_handed_over_together(events: list[ParsedEvent]) -> None:
    handed = list(in_columns(events, ReportTable()))
    kinds = [isinstance(event, ReportColumns) for event in handed]
    assert not any(a and b for a, b in pairwise(kinds))


def test_everything_that_waits_in_a_queue_is_taken_at_once_but_not_more_than_allowed() -> None:
    async def main() -> list[list[int]]:
        queue: asyncio.Queue[int] = asyncio.Queue()
        for number in range(7):
            queue.put_nowait(number)
        return [await waiting(queue, 5), await waiting(queue, 5)]

    assert asyncio.run(main()) == [[0, 1, 2, 3, 4], [5, 6]]
