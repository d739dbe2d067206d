"""Simulated residents whose days are known, with sensors that miss signs and see some that nobody made."""

from __future__ import annotations

import numpy as np

from twin.insight.care_activity import DAY_MS, MINUTE_MS, Activity

BEDROOM, BATH, KITCHEN, LIVING, DOOR = 0, 1, 2, 3, 9


def resident(days: int, seed: int, *, missed: float = 0.1, false_per_hour: float = 0.05) -> Activity:
    """A resident of that many days from 1970-01-01 UTC: rises at about 7:00, sleeps in now and then, naps, goes out."""
    random = np.random.default_rng(seed)
    signs: list[tuple[float, int]] = []
    for day in range(days):
        signs += _day(day * 1440.0, random)
    signs = [one for one in signs if one[1] == DOOR or random.random() > missed]
    wrong = random.uniform(0, days * 1440, random.poisson(false_per_hour * 24 * days))
    return activity([*signs, *((float(at), int(random.integers(0, 4))) for at in wrong)])


def activity(signs: list[tuple[float, int]]) -> Activity:
    """Activity of (minute since 1970 UTC, room), DOOR for an outer door."""
    rows = sorted(signs)
    times, rooms = np.array([one[0] for one in rows]), np.array([one[1] for one in rows], np.int64)
    return Activity((times * MINUTE_MS).astype(np.int64), rooms == DOOR, rooms, rooms == BATH)


def _day(begin: float, random: np.random.Generator) -> list[tuple[float, int]]:
    wake, bed = begin + random.normal(420, 40), begin + random.normal(1365, 40)
    if random.random() < 0.08:
        wake += random.uniform(60, 150)
    found: list[tuple[float, int]] = []
    for _ in range(random.poisson(1.3)):  # to the bathroom by night
        at = begin + random.choice([random.uniform(0, 360), random.uniform(1380, 1440)])
        found += [(at, BEDROOM), (at + 1, BATH), (at + random.uniform(3, 9), BATH), (at + 10, BEDROOM)]
    nap = (begin + random.normal(822, 30), random.uniform(30, 130)) if random.random() < 0.4 else None
    out = None
    if random.random() < 0.65:
        left = begin + random.uniform(540, 1020)
        out = (left, left + random.uniform(30, 240))
    now = wake
    while now < bed:
        if out is not None and out[0] <= now < out[1]:
            found += [(out[0], DOOR), (out[1], DOOR), (out[1] + 0.5, LIVING)]
            now = out[1] + 1
        if nap is not None and nap[0] <= now < nap[0] + nap[1]:
            now, nap = nap[0] + nap[1], None
        found.append((now, int(random.choice([BATH, KITCHEN, LIVING], p=[0.15, 0.35, 0.5]))))
        now += min(random.lognormal(np.log(5), 1.15), 150)
    return [*found, (bed, BEDROOM)]


def day_ms(day: float) -> int:
    """UTC ms of a simulated day."""
    return round(day * DAY_MS)
