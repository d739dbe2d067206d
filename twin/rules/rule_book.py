"""The rules of a project, indexed once per edit: level triggers by key, wall-clock triggers, schedules."""

from __future__ import annotations

from bisect import bisect_right
from collections.abc import Iterable, Iterator, Mapping
from dataclasses import dataclass
from hashlib import blake2s

import msgspec

from twin.rules.automation import (
    Alarmed,
    At,
    Automation,
    Became,
    Came,
    Differs,
    Every,
    Pressed,
    Scheduled,
    SunEvent,
    Trigger,
    Warned,
)
from twin.rules.rule_memory import WriterRank
from twin.rules.rule_view import RuleView, acked_key, alarm_key, online_key
from twin.rules.schedule import Schedule, schedule_changes
from twin.rules.selector import Selector
from twin.rules.wall_clock import DAY_MS, MINUTE_MS, days_of, instant_ms, offset_ms

AHEAD_MS = 8 * DAY_MS
"""How far ahead the next instant is searched, ms: covers a rule for one weekday."""

type LevelTrigger = Became | Differs | Pressed
type ClockTrigger = At | SunEvent | Every


@dataclass(frozen=True, slots=True, eq=False)
class Watched:
    """A trigger decided by values of the view. `id` is derived from rule and trigger, so that other edits of the rule
    keep its state.
    """

    id: str
    rule: Automation
    trigger: LevelTrigger
    key: str
    rank: WriterRank
    for_ms: int
    by_change: bool
    """Whether it compares with the value before."""


def warning_key(kind: str) -> str:
    """Key that is 1 while a warning of this kind is active."""
    return f"warning:{kind}"


class RuleBook:
    """The enabled automations and schedules; immutable after construction."""

    def __init__(
        self,
        automations: Iterable[Automation] = (),
        schedules: Iterable[Schedule] = (),
        *,
        vacancy: Mapping[str, str] | None = None,
        scene_selectors: Mapping[str, tuple[Selector, ...]] | None = None,
    ) -> None:
        """`vacancy` maps a point to the key that is 0 while its room is empty, which ends values set by hand;
        `scene_selectors` a scene to what it sets."""
        self.rules = {one.id: one for one in sorted(automations, key=lambda one: one.id) if one.on}
        self.schedules = {one.id: one for one in schedules if one.on}
        self.vacancy = dict(vacancy or {})
        self.scene_selectors = dict(scene_selectors or {})
        self.by_key: dict[str, tuple[Watched, ...]] = {}
        self.watched: dict[str, Watched] = {}
        self.clock: list[tuple[Automation, ClockTrigger]] = []
        self.scheduled: list[tuple[Automation, Scheduled]] = []
        for rule in self.rules.values():
            for trigger in dict.fromkeys(rule.triggers):
                self._index(f"{rule.id}#{_fingerprint(trigger)}", rule, trigger)

    def _index(self, id: str, rule: Automation, trigger: Trigger) -> None:
        if isinstance(trigger, At | SunEvent | Every):
            self.clock.append((rule, trigger))
            return
        if isinstance(trigger, Scheduled):
            self.scheduled.append((rule, trigger))
            return
        level = _as_level(trigger)
        rank = WriterRank.ALARM if isinstance(trigger, Alarmed) else WriterRank.AUTOMATION
        keys = (level.one.key, level.other.key) if isinstance(level, Differs) else (level.selector.key,)
        for_ms = 0 if isinstance(level, Pressed) else level.for_ms
        for key in keys:
            one = Watched(id, rule, level, keys[0], rank, for_ms, _by_change(level))
            self.watched[id] = one
            self.by_key[key] = (*self.by_key.get(key, ()), one)

    def next_instant(self, view: RuleView, after_ms: int) -> int:
        """The next instant of a wall-clock trigger or schedule after `after_ms`; a few days later where there is none."""
        until = after_ms + AHEAD_MS
        found = [until]
        for _, trigger in self.clock:
            found += list(_first(instants(trigger, view, after_ms, until)))
        for schedule in self.schedules.values():
            if changes := schedule_changes(schedule, view.zone, view.calendars, after_ms, after_ms + 2 * DAY_MS):
                found.append(changes[0][0])
            else:
                found.append(after_ms + 2 * DAY_MS)
        return min(found)


def _fingerprint(trigger: Trigger) -> str:
    return blake2s(msgspec.json.encode(trigger), digest_size=6).hexdigest()


def _first(times: Iterator[int]) -> Iterator[int]:
    found = next(times, None)
    if found is not None:
        yield found


def _by_change(trigger: LevelTrigger) -> bool:
    if not isinstance(trigger, Became):
        return False
    return trigger.came_from is not None or (trigger.to is None and trigger.above is None and trigger.below is None)


def _as_level(trigger: Became | Differs | Pressed | Came | Alarmed | Warned) -> LevelTrigger:
    match trigger:
        case Came(id=id, online=online, for_ms=for_ms):
            return Became(selector=Selector(point=online_key(id)), to=float(online), for_ms=for_ms)
        case Alarmed(alarm=alarm, acknowledged=True):
            return Became(selector=Selector(point=acked_key(alarm)), to=1.0)
        case Alarmed(alarm=alarm, active=active):
            return Became(selector=Selector(point=alarm_key(alarm)), to=float(active))
        case Warned(kind=kind):
            return Became(selector=Selector(point=warning_key(kind)), to=1.0)
        case Became() | Differs() | Pressed():
            return trigger


def instants(trigger: ClockTrigger, view: RuleView, after_ms: int, until_ms: int) -> Iterator[int]:
    """The instants of a wall-clock trigger in (after, until], ascending; each wall time once a day, also on days of
    clock changes.
    """
    match trigger:
        case At(minute=minute, days=days):
            for day in days_of(after_ms - DAY_MS, until_ms, view.zone):
                if days.has(day, view.calendars):
                    at = instant_ms(day, minute, view.zone)
                    if after_ms < at <= until_ms:
                        yield at
        case SunEvent(event=event, offset_ms=offset):
            times = view.sun.get(event, ())
            for at in times[bisect_right(times, after_ms - offset) :]:
                if at + offset > until_ms:
                    return
                yield at + offset
        case Every(minutes=minutes):
            yield from _every(minutes * MINUTE_MS, view, after_ms, until_ms)


def _every(step_ms: int, view: RuleView, after_ms: int, until_ms: int) -> Iterator[int]:
    at = after_ms
    while step_ms > 0:
        ahead = offset_ms(at, view.zone)
        at = ((at + ahead) // step_ms + 1) * step_ms - ahead
        if at > until_ms:
            return
        yield at
