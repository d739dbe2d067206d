"""Old rows of the event log are deleted, and no young one, whatever the clock said when they were written."""

from __future__ import annotations

import sqlite3
from collections.abc import Iterable, Sequence
from contextlib import closing
from itertools import accumulate

from hypothesis import given
from hypothesis import strategies as st

from twin.store.history.event_log import TRIM, TRIM_STEP_MS, LoggedEvent, append, check, trim
from twin.store.migrations import history_0006_event_log

DAY_MS = 86_400_000
KEEP_MS = 400 * DAY_MS
BEGIN_MS = 1_700_000_000_000
FAR_MS = 8000 * DAY_MS
"""A clock that is wrong by this much shows a time before 2002 or after 2045."""


def left_of(times_ms: Iterable[int], now_ms: int) -> list[int]:
    """Places of the rows that are left of rows with these times, after a sweep now."""
    with closing(sqlite3.connect(":memory:", isolation_level=None)) as db:
        for statement in history_0006_event_log.DDL:
            db.execute(statement)
        rows = [LoggedEvent(time_ms=ts, who="", origin="", kind="edit", body="{}") for ts in times_ms]
        append(db, rows)
        trim(db, now_ms - KEEP_MS, now_ms)
        assert check(db).broken is None
        found = db.execute("select id - 1 from event_log where kind != ? order by id", (TRIM,)).fetchall()
        return [int(row[0]) for row in found]


def test_a_row_of_a_clock_that_was_ahead_keeps_no_older_ones() -> None:
    old = [BEGIN_MS + day * DAY_MS for day in range(300)]
    now_ms = BEGIN_MS + 3000 * DAY_MS
    for place in (0, 1, 150, 298):
        times = [*old[:place], old[place] + FAR_MS, *old[place:], now_ms - DAY_MS]
        assert left_of(times, now_ms) == [301], place


def test_a_row_of_a_clock_that_was_behind_deletes_no_young_ones() -> None:
    young = [BEGIN_MS + day * DAY_MS for day in range(300)]
    times = [*young[:200], 0, 1, *young[200:]]
    assert left_of(times, young[-1]) == [*range(302)]


def test_rows_that_are_later_than_a_clock_that_is_set_back_now_outvote_single_old_ones() -> None:
    rows = [BEGIN_MS + day * DAY_MS for day in range(300)]
    assert left_of([*rows, 0], BEGIN_MS - 2000 * DAY_MS) == [*range(301)]


STEPS = st.lists(
    st.tuples(st.integers(0, 60), st.sampled_from([0, 0, 0, 0, 3, 300, 8000, -3, -300, -8000])), min_size=1, max_size=80
)
"""Days until the next row, and by how many days the clock was ahead (less than 0: behind) when it was written."""


def written(steps: Sequence[tuple[int, int]]) -> tuple[list[int], list[int]]:
    """(when each row was written, what its clock said), ms."""
    true = [BEGIN_MS + days * DAY_MS for days in accumulate(step for step, _ in steps)]
    return true, [at + wrong * DAY_MS for at, (_, wrong) in zip(true, steps, strict=True)]


@given(STEPS, st.integers(0, 900))
def test_no_row_goes_that_was_young_by_its_own_clock_and_no_young_one_by_a_clock_that_was_ahead(
    steps: list[tuple[int, int]], later: int
) -> None:
    true, said = written(steps)
    now_ms = true[-1] + later * DAY_MS
    left = set(left_of(said, now_ms))
    gone = [row for row in range(len(steps)) if row not in left]
    assert not any(now_ms - KEEP_MS <= said[row] <= now_ms for row in gone)
    if all(wrong >= 0 for _, wrong in steps):
        assert not any(true[row] >= now_ms - KEEP_MS for row in gone)


@given(st.lists(st.integers(0, 60), min_size=1, max_size=80), st.data())
def test_every_old_row_goes_where_the_clock_was_ahead_once(days: list[int], data: st.DataObject) -> None:
    """Those before the row stay until as many follow it; a row is old where a sweep is worth it."""
    wrong = data.draw(st.integers(0, len(days) - 1))
    true, said = written([(step, 8000 * (at == wrong)) for at, step in enumerate(days)])
    now_ms = true[-1] + 1
    left = left_of(said, now_ms)
    old = [row for row, at in enumerate(true) if at < now_ms - KEEP_MS]
    worth = any(true[row] < now_ms - KEEP_MS - TRIM_STEP_MS for row in old if row != wrong)
    enough = sum(row > wrong for row in old) != 1
    if worth and enough and old[-1:] != [wrong]:
        assert not set(left) & set(old)
