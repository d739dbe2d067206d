"""Signs of several persons in one home. A sensor that several have agreed to does not tell which of them it saw: what is judged
of one person is judged by sensors of that person alone, the common ones count for the household."""

from __future__ import annotations

from collections.abc import Iterable

import numpy as np
from numpy.typing import NDArray

from twin.insight.care_activity import AWAY_MS, FOREVER_MS, Activity, Spans


def together(parts: Iterable[Activity]) -> Activity:
    """The signs of several persons as those of one household, in the order of time."""
    found = tuple(parts)
    times = np.concatenate([one.times_ms for one in found]) if found else np.zeros(0, np.int64)
    order = np.argsort(times, kind="stable")

    def column(name: str) -> NDArray[np.int64]:
        whole = np.concatenate([getattr(one, name) for one in found]) if found else np.zeros(0, np.int64)
        return whole[order]

    return Activity(times[order], column("door") != 0, column("room"), column("bath") != 0)


def empty_spans(household: Activity, now_ms: int) -> Spans:
    """Times when the home was empty: an outer door, then nothing for AWAY_MS, until the next sign of anyone; FOREVER_MS while
    it lasts at `now_ms`."""
    times = household.times_ms
    doors = np.flatnonzero(household.door)
    following = np.append(times, FOREVER_MS)[doors + 1]
    left = np.minimum(following, now_ms) - times[doors] > AWAY_MS
    return Spans(times[doors][left], following[left])


def apart(activity: Activity, common: NDArray[np.bool_], empty: Spans) -> Activity:
    """The signs (n,) of a person that no common source (n,) gave, and as outer doors the begin and end of each time when the
    home was empty: with them a silence ends."""
    own = Activity(activity.times_ms[~common], activity.door[~common], activity.room[~common], activity.bath[~common])
    edges = np.concatenate([empty.begin_ms, empty.end_ms[empty.end_ms < FOREVER_MS]])
    none = np.zeros(len(edges), np.int64)
    return together((own, Activity(edges, np.ones(len(edges), np.bool_), none, none != 0)))
