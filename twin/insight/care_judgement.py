"""Judges a person's day at home by what was learned of the days before: whether the person should be asked."""

from __future__ import annotations

from collections.abc import Collection
from dataclasses import dataclass
from datetime import tzinfo

import numpy as np
from numpy.typing import NDArray

from twin.insight.care_activity import (
    FOREVER_MS,
    HOUR_MS,
    Activity,
    Spans,
    away_spans,
    local_minutes,
    silence_now,
    silences,
)
from twin.insight.care_profile import (
    LEARN_DAYS,
    LEARNING_MS,
    SLOT_MIN,
    SLOTS,
    longest_silences,
    silence_line,
)
from twin.insight.care_routine import (
    MORNING_MIN,
    NIGHT_MIN,
    NOON_MIN,
    Routines,
    SlowChange,
    bath_line_ms,
    bath_now_ms,
    changes_of_room,
    morning_line,
    night_line,
    routines,
    slow_changes,
)
from twin.model.care import CareKind

KEPT_DAYS = 60
"""Days of signs that are learned from; older ones are deleted."""
MOST_LEARNED_MS = 16 * HOUR_MS
"""Longest silence, ms, that is learned: a longer one is no ordinary day, and must not excuse the next one."""
SLOW_DAYS = 56
"""Days, whole weeks, in which slow change is looked for."""


@dataclass(frozen=True, slots=True, eq=False)
class LearnedCare:
    """What the days before a local day (since 1970) have taught."""

    day: int
    days: int
    """Days with signs, at most LEARN_DAYS."""
    longest_ms: NDArray[np.float64]
    """(SLOTS,) longest silence of each half hour."""
    line_ms: NDArray[np.float64]
    """(SLOTS,) silence from which the person is asked."""
    morning_min: float
    night_rooms: float
    bath_ms: float
    changes: tuple[SlowChange, ...]


@dataclass(frozen=True, slots=True, kw_only=True)
class CareJudgement:
    """The judgement of a moment. `kind` is what the person is to be asked for, `notices` what others are told at once."""

    silence_ms: int
    limit_ms: int
    away_since_ms: int | None = None
    kind: CareKind | None = None
    notices: frozenset[CareKind] = frozenset()


def learned(
    activity: Activity, today: int, zone: tzinfo, unrecorded: Spans, now_ms: int, away: Spans | None = None
) -> LearnedCare:
    """What the KEPT_DAYS days before `today` teach. `away`: stays away that are known otherwise than by these signs."""
    away = away_spans(activity, now_ms) if away is None else away
    found = silences(activity, away, unrecorded)
    ordinary = found.end_ms - found.begin_ms <= MOST_LEARNED_MS
    found = Spans(found.begin_ms[ordinary], found.end_ms[ordinary])
    of = routines(activity, today - KEPT_DAYS, KEPT_DAYS, zone, unrecorded)
    known = np.flatnonzero(np.isfinite(of.rooms))[-LEARN_DAYS:]
    longest = longest_silences(found, today, zone, KEPT_DAYS)[known]
    line = np.full(SLOTS, float(LEARNING_MS)) if len(known) < LEARN_DAYS else silence_line(longest)
    before = of.before(today)
    return LearnedCare(
        day=today, days=len(known), longest_ms=longest.max(axis=0) if len(known) else np.zeros(SLOTS), line_ms=line,
        morning_min=morning_line(before), night_rooms=night_line(before), bath_ms=bath_line_ms(before),
        changes=tuple(slow_changes(_last_weeks(of))),
    )  # fmt: skip


def _last_weeks(of: Routines) -> Routines:
    skip = slice(KEPT_DAYS - SLOW_DAYS, None)
    return Routines(
        of.first_day + KEPT_DAYS - SLOW_DAYS, of.morning_min[skip], of.night_rooms[skip], of.night_visits[skip],
        of.rooms[skip], of.bath_ms[skip],
    )  # fmt: skip


def judge(
    activity: Activity,
    of: LearnedCare,
    now_ms: int,
    zone: tzinfo,
    *,
    unrecorded: Spans,
    kinds: Collection[CareKind] = tuple(CareKind),
    answered_ms: int = 0,
    away: Spans | None = None,
) -> CareJudgement:
    """Judges the signs until now. A person who answered (UTC ms) was well then: only what is new since counts. `away`: stays
    away that are known otherwise than by these signs."""
    activity = activity.until(now_ms)
    wall = local_minutes(np.array([now_ms], np.int64), zone)
    minute = int(wall.minute[0])
    limit_ms = int(of.line_ms[minute // SLOT_MIN])
    if not len(activity.times_ms):
        return CareJudgement(silence_ms=0, limit_ms=limit_ms)
    away = away_spans(activity, now_ms) if away is None else away
    at = away.holding(now_ms)
    if at >= 0 and away.end_ms[at] == FOREVER_MS:
        return CareJudgement(silence_ms=0, limit_ms=limit_ms, away_since_ms=int(away.begin_ms[at]))
    silence_ms = min(silence_now(activity, now_ms, unrecorded), now_ms - answered_ms)
    midnight_ms = now_ms - minute * 60_000 - now_ms % 60_000
    today = activity.times_ms >= midnight_ms
    kind = None
    if CareKind.SILENCE in kinds and silence_ms > limit_ms:
        kind = CareKind.SILENCE
    elif CareKind.BATH in kinds and _bath_too_long(activity, of, now_ms, midnight_ms, answered_ms):
        kind = CareKind.BATH
    elif CareKind.MORNING in kinds and answered_ms < midnight_ms and of.morning_min < minute < NOON_MIN + 60:
        seen = activity.times_ms >= midnight_ms + MORNING_MIN * 60_000
        kind = CareKind.MORNING if not seen.any() else None
    notices = _notices(activity, of, today, away) if minute < NIGHT_MIN else frozenset[CareKind]()
    if of.changes:
        notices |= {CareKind.CHANGE}
    return CareJudgement(
        silence_ms=silence_ms, limit_ms=limit_ms, kind=kind, notices=frozenset(notices & frozenset(kinds))
    )


def _bath_too_long(activity: Activity, of: LearnedCare, now_ms: int, midnight_ms: int, answered_ms: int) -> bool:
    """Whether a visit to the bathroom that began by night lasts longer than ever."""
    in_bath_ms = bath_now_ms(activity, now_ms)
    begun_ms = now_ms - in_bath_ms
    by_night = midnight_ms <= begun_ms < midnight_ms + NIGHT_MIN * 60_000
    return bool(by_night and in_bath_ms > of.bath_ms and now_ms - answered_ms > of.bath_ms)


def _notices(activity: Activity, of: LearnedCare, today: NDArray[np.bool_], away: Spans) -> frozenset[CareKind]:
    """What is out of the ordinary in the present night. A return home opens a door, too: that is none."""
    found = set[CareKind]()
    if changes_of_room(activity.room[today & ~activity.door]) > of.night_rooms:
        found.add(CareKind.NIGHT)
    doors = activity.times_ms[today & activity.door]
    if not np.isin(doors, away.end_ms).all():
        found.add(CareKind.DOOR)
    return frozenset(found)
