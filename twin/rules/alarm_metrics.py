"""Performance figures of an alarm system from its log (ISA-18.2 chapter 16, IEC 62682, OPC UA part 9)."""

from __future__ import annotations

from bisect import bisect_left, bisect_right
from collections import Counter
from collections.abc import Iterable, Sequence

from msgspec import Struct

from twin.model.energy import EnergySpan
from twin.model.text import Text
from twin.rules.alarm_flood import BEGINS_ABOVE, ENDS_BELOW, TOLD, WINDOW_MS
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind, AlarmPhase

UNACKNOWLEDGED = frozenset((AlarmPhase.UNACK, AlarmPhase.RTN_UNACK, AlarmPhase.LATCHED_UNACK))
"""Phases that wait for an acknowledgement."""
CHATTER_MS = 60_000
CHATTERS = 3
FLEETING_MS = 60_000
STALE_MS = 86_400_000


class FloodSpan(Struct, frozen=True, kw_only=True):
    """One flood: UTC ms, number of alarms annunciated, most within ten minutes."""

    from_ms: int
    to_ms: int
    count: int
    peak: int


class AlarmMetrics(Struct, frozen=True, kw_only=True):
    """Figures for a time span of the log.

    Targets: at most one annunciation in ten minutes, in floods less than 1 % of the time, fewer than 5 stale on any
    day, the ten most frequent alarms at most 5 % of all.
    """

    annunciated: int
    per_day: float
    peak_per_10_min: int
    flood_share: float
    """Share of the time spent in floods, 0 to 1."""
    floods: tuple[FloodSpan, ...]
    chattering: tuple[str, ...]
    """Alarms annunciated at least three times within a minute."""
    fleeting: int
    """Number of episodes shorter than a minute."""
    stale: tuple[str, ...]
    """Alarms that stayed active for longer than a day."""
    top_10: tuple[tuple[str, int], ...]
    top_10_share: float
    ack_median_s: float | None
    ack_mean_s: float | None
    """Mean time from the annunciation to the acknowledgement; None where none was acknowledged."""
    longest_active_s: float | None
    """Longest time for which an alarm was active, its part before the span included; None where none was."""
    longest_unack_s: float | None
    """Longest wait for an acknowledgement that ended in the span or still goes on; None where nothing waited."""
    by_priority: dict[int, float]
    """Share of the annunciations by priority; the target is 5, 15 and 80 % for priorities 2, 3 and 4, below 1 % for 1.
    """


class AlarmMetricsReport(Struct, frozen=True, kw_only=True):
    """The figures of a day, week, month or year of the site's calendar up to `until_ms`, and what stands or is hidden now."""

    span: EnergySpan
    from_ms: int
    to_ms: int
    until_ms: int
    before_ms: int
    """Begin of the period before, UTC ms."""
    zone: str
    """Name of the site's time zone."""
    metrics: AlarmMetrics
    titles: dict[str, Text]
    """Titles of the alarms that the figures name; a deleted alarm's is its id."""
    standing: int = 0
    unacked: int = 0
    """How many of those that stand wait for an acknowledgement."""
    hidden: dict[str, int] = {}
    """How many are hidden now, by overlay."""
    first_ms: int = 0
    """Time of the oldest entry of the log that was read; 0 where there is none."""
    cut: bool = False
    """Whether older entries of the log were not read: there are too many."""


def alarm_metrics(log: Iterable[AlarmEvent], from_ms: int, to_ms: int) -> AlarmMetrics:
    """The figures for [from_ms, to_ms), UTC ms; `log` must be in time order, and tells from its entries before `from_ms` what
    was active then."""
    known = [row for row in log if row.time_ms < to_ms and row.alarm]
    rows = [row for row in known if row.time_ms >= from_ms]
    announced = [row for row in rows if row.annunciated and row.kind in TOLD]
    times = [row.time_ms for row in announced]
    floods = _floods(times, to_ms)
    counts = Counter(row.alarm for row in announced).most_common(10)
    episodes = [one for one in _episodes(known) if one[2] is None or one[2] >= from_ms]
    lasted = [(id, (to_ms if ended is None else ended) - began) for id, began, ended in episodes]
    acked, waiting = _ack_times(known, from_ms, to_ms)
    acks = sorted(acked)
    priorities = Counter(int(row.priority) for row in announced)
    return AlarmMetrics(
        annunciated=len(announced),
        per_day=len(announced) * 86_400_000 / max(1, to_ms - from_ms),
        peak_per_10_min=max((_within(times, i) for i in range(len(times))), default=0),
        flood_share=sum(one.to_ms - one.from_ms for one in floods) / max(1, to_ms - from_ms),
        floods=floods,
        chattering=_chattering(announced),
        fleeting=sum(
            began >= from_ms and ended is not None and ended - began < FLEETING_MS for _, began, ended in episodes
        ),
        stale=tuple(sorted({id for id, ms in lasted if ms > STALE_MS})),
        top_10=tuple(counts),
        top_10_share=sum(n for _, n in counts) / max(1, len(announced)),
        ack_median_s=acks[len(acks) // 2] / 1000 if acks else None,
        ack_mean_s=sum(acks) / len(acks) / 1000 if acks else None,
        longest_active_s=max((ms / 1000 for _, ms in lasted), default=None),
        longest_unack_s=max((ms / 1000 for ms in waiting), default=None),
        by_priority={priority: n / len(announced) for priority, n in sorted(priorities.items())},
    )


def _within(times: Sequence[int], last: int) -> int:
    """Number of alarms raised in the ten minutes that end with the one at index `last`."""
    return last + 1 - bisect_right(times, times[last] - WINDOW_MS, 0, last + 1)


def _floods(times: Sequence[int], to_ms: int) -> tuple[FloodSpan, ...]:
    """Begins above ten in ten minutes, ends below five."""
    found: list[FloodSpan] = []
    at = 0
    while at < len(times):
        if _within(times, at) <= BEGINS_ABOVE:
            at += 1
            continue
        begin, peak = at, _within(times, at)
        end = times[at - ENDS_BELOW + 1] + WINDOW_MS
        while at + 1 < len(times) and times[at + 1] < end:
            at += 1
            peak = max(peak, _within(times, at))
            end = times[at - ENDS_BELOW + 1] + WINDOW_MS
        first = bisect_right(times, times[begin] - WINDOW_MS)
        found.append(FloodSpan(from_ms=times[begin], to_ms=min(end, to_ms), count=at - first + 1, peak=peak))
        at += 1
    return tuple(found)


def _chattering(announced: Sequence[AlarmEvent]) -> tuple[str, ...]:
    by_alarm: dict[str, list[int]] = {}
    for row in announced:
        by_alarm.setdefault(row.alarm, []).append(row.time_ms)
    return tuple(
        sorted(
            id
            for id, times in by_alarm.items()
            if any(i + CHATTERS <= bisect_left(times, at + CHATTER_MS + 1) for i, at in enumerate(times))
        )
    )


def _episodes(rows: Sequence[AlarmEvent]) -> list[tuple[str, int, int | None]]:
    """(alarm, raised, returned); None where it still stands."""
    open_ms: dict[str, int] = {}
    found: list[tuple[str, int, int | None]] = []
    for row in rows:
        if row.kind is AlarmEventKind.RAISED:
            open_ms[row.alarm] = row.time_ms
        elif row.kind in (AlarmEventKind.RETURNED, AlarmEventKind.REMOVED) and row.alarm in open_ms:
            found.append((row.alarm, open_ms.pop(row.alarm), row.time_ms))
    return found + [(id, began, None) for id, began in open_ms.items()]


def _ack_times(rows: Sequence[AlarmEvent], from_ms: int, to_ms: int) -> tuple[list[int], list[int]]:
    """ms from the first telling to each acknowledgement since `from_ms`; and all waits that ended since or go on."""
    since: dict[str, int] = {}
    acked: list[int] = []
    waits: list[int] = []
    for row in rows:
        if row.kind in TOLD and row.annunciated and row.phase in UNACKNOWLEDGED:
            since.setdefault(row.alarm, row.time_ms)
        elif row.alarm in since and row.phase not in UNACKNOWLEDGED:
            waited = row.time_ms - since.pop(row.alarm)
            if row.time_ms >= from_ms:
                waits.append(waited)
                if row.kind is AlarmEventKind.ACKNOWLEDGED:
                    acked.append(waited)
    return acked, waits + [to_ms - at for at in since.values()]
