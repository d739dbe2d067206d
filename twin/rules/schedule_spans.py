"""Entries of a day as spans with a beginning and an end, as people draw them; between spans the default counts."""

from __future__ import annotations

from collections.abc import Iterable
from itertools import pairwise
from typing import NamedTuple

from twin.rules.schedule import Entries
from twin.rules.wall_clock import DAY_MINUTES


class DaySpan(NamedTuple):
    """A value from minute `begin` of the day until `end` (1440 is midnight)."""

    begin: int
    end: int
    value: float


type DaySpans = tuple[DaySpan, ...]


def spans_of(entries: Entries) -> DaySpans:
    """The spans of a day; entries without a value end the span before."""
    bounded = pairwise((*entries, (DAY_MINUTES, None)))
    return tuple(DaySpan(begin, end, value) for (begin, value), (end, _) in bounded if value is not None)


def entries_of(spans: DaySpans) -> Entries:
    """The entries of a day with these spans, which are in order and do not overlap."""
    found: list[tuple[int, float | None]] = []
    for at, span in enumerate(spans):
        found.append((span.begin, span.value))
        follows = at + 1 < len(spans) and spans[at + 1].begin == span.end
        if not follows and span.end < DAY_MINUTES:
            found.append((span.end, None))
    return tuple(found)


def with_span(spans: Iterable[DaySpan], span: DaySpan) -> DaySpans:
    """The spans with one more, which covers what was there."""
    kept: list[DaySpan] = [span]
    for one in spans:
        kept += [one._replace(end=span.begin)] if one.begin < min(span.begin, one.end) and one.end > span.begin else []
        kept += [one._replace(begin=span.end)] if one.end > max(span.end, one.begin) and one.begin < span.end else []
        kept += [one] if one.end <= span.begin or one.begin >= span.end else []
    return tuple(sorted(kept))
