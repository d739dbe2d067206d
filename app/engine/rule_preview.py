"""Rules on recorded readings: what a rule would have done on past days, and why it did not start at a past moment.

The history is read and the rule replayed on the pool; nothing is sent.
"""

from __future__ import annotations

from collections.abc import Callable, Iterable, Iterator, Sequence
from dataclasses import dataclass, field
from datetime import tzinfo
from threading import Event
from typing import NamedTuple

import numpy as np
from msgspec.structs import replace
from numpy.typing import NDArray

from app.calendars import renewed_all
from app.engine.history_recorder import PRESENCE
from app.engine.rule_commands import order_for
from app.engine.rule_compiling import CompiledRules, sun_table
from app.engine.rule_log import alarm_event, key_name, run_entries, run_entry, with_names
from app.site_time import zone_of
from twin.model.command import expected
from twin.model.definition import Definition, DefinitionKind
from twin.model.ids import DeviceId, PointId, RoomId, point_id
from twin.model.observation import Quality
from twin.model.problem import Problem, ProblemError
from twin.model.rule_status import PreviewedCommand, RuleClash, RulePreview
from twin.model.text import EARLIER, Text
from twin.model.twin import Twin
from twin.rules.alarm_list import rule_title
from twin.rules.alarm_state import ACTIVE, AlarmPhase
from twin.rules.automation import Automation
from twin.rules.condition import Moment
from twin.rules.definition_body import RuleSet, read_body, read_rules
from twin.rules.home_key import HOME_IDS
from twin.rules.replay import Replay, keys_read, replay
from twin.rules.room_effect import room_effects
from twin.rules.rule_book import AHEAD_MS, RuleBook, instants
from twin.rules.rule_conflict import conflicts
from twin.rules.rule_memory import RuleCommand
from twin.rules.rule_view import RuleView, ValueChange, acked_key, alarm_key, online_key, room_members
from twin.rules.schedule import Schedule, schedule_changes
from twin.rules.wall_clock import DAY_MS, MINUTE_MS, local
from twin.rules.why_not import why_not
from twin.store.history import History
from twin.store.history.rule_records import LogRow

MOST_READINGS = 500_000
"""Most readings of a replay; of more, only the newest are replayed."""
MOST_DAYS = 366
"""Most days of a replay; of more, only the newest are replayed."""
PAUSE_S = 0.001
"""Pause (s) between parts of a replay, in which other threads run."""
MOST_STEPS = 300
"""Most steps that a preview lists; all are counted."""
WHY_DAYS = 7
"""Days before a moment that are replayed to know what the rule remembered then."""
_ALARM, _ACKED, _ONLINE = alarm_key(""), acked_key(""), online_key("")
_RAN = 10 * MINUTE_MS
"""Steps of the log this close (ms) to a moment are about it."""


class _Readings(NamedTuple):
    """Readings of one key (its place in the list of keys), times in UTC ms."""

    place: int
    times: NDArray[np.int64]
    values: NDArray[np.float64]


@dataclass(frozen=True, slots=True)
class RecordedHouse:
    """A project's structure and history, to replay rules on."""

    twin: Twin
    history: History
    dropped: Event = field(default_factory=Event)
    """Set to end the reading or replay under way with a ProblemError."""

    def preview(self, kind: DefinitionKind, definition: Definition, from_ms: int, to_ms: int) -> RulePreview:
        """What an automation or schedule would have done; ProblemError where its definition cannot be read."""
        value = read_body(kind, definition)
        rules = read_rules(self.twin.definitions)
        if isinstance(value, Automation):
            value = replace(value, on=True)
            book = self._book(rules, automations=(value,))
        elif isinstance(value, Schedule):
            value = replace(value, on=True)
            book = RuleBook((), (value,))
        else:
            raise ProblemError(Problem(code="rules.no_preview", where=definition.id))
        played, since_ms = self._replayed(book, rules, from_ms, to_ms)
        steps = [one for one in played.trace if one.rule == value.id and one.reason.code != "run.confirmed"]
        begun = self.history.rules.run_log(since_ms, to_ms + 1, 10_000, value.id)
        return RulePreview(
            from_ms=since_ms,
            to_ms=to_ms,
            shortened=since_ms > from_ms,
            starts_ms=tuple(one.time_ms for one in steps if one.reason.code == "run.started"),
            refused=sum(one.reason.code == "run.refused" for one in steps),
            happened_ms=tuple(
                sorted(one.time_ms for one in run_entries(begun, self.twin) if one.reason.code == "run.started")
            ),
            steps=tuple(run_entry(one, self.twin) for one in steps[-MOST_STEPS:]),
            commands=tuple(
                PreviewedCommand(one.time_ms, PointId(one.command.point), one.command.verb, one.command.value)
                for one in played.commands[-MOST_STEPS:]
            ),
            commanded=len(played.commands),
            readings=played.readings,
            clashes=_clashes_of(value, rules, self.twin),
        )

    def why_not(self, rule: str, at_ms: int) -> tuple[Text, ...]:
        """Why a rule did not run at a moment: its log entries around it, then the unmet conditions by the recorded values."""
        rules = read_rules(self.twin.definitions)
        logged = self.history.rules.run_log(at_ms - _RAN, at_ms + _RAN, 20, rule)
        found = [
            Text("why.logged", time_ms=one.time_ms, what=one.reason) for one in run_entries(reversed(logged), self.twin)
        ]
        automation = rules.automations.get(rule)
        if automation is None:
            return (*found, Text("why.rule_off"))
        book = self._book(rules, automations=(automation,))
        from_ms = at_ms - WHY_DAYS * DAY_MS
        view = self._view(rules, from_ms, at_ms)
        played, _ = self._replayed(book, rules, from_ms, at_ms, view)
        reasons = why_not(book, rule, Moment(view, book.schedules, at_ms), played.memory)
        return (*found, *(with_names(one, self.twin) for one in reasons))

    def _book(self, rules: RuleSet, automations: Iterable[Automation]) -> RuleBook:
        """These automations, with the schedules that they may look at: those command nothing."""
        return RuleBook(automations, (replace(one, targets=()) for one in rules.schedules.values()))

    def _view(self, rules: RuleSet, from_ms: int, to_ms: int) -> RuleView:
        zone: tzinfo = zone_of(self.twin.site)
        sun = sun_table(self.twin.site, local(from_ms, zone).date(), local(to_ms, zone).date())
        calendars = renewed_all(rules.calendars, local(to_ms, zone).date())
        return RuleView(zone=zone, sun=sun, calendars=calendars, rooms=room_members(self.twin))

    def _replayed(
        self, book: RuleBook, rules: RuleSet, from_ms: int, to_ms: int, view: RuleView | None = None
    ) -> tuple[Replay, int]:
        """The replay, and from when on it is one: as far back as MOST_DAYS and MOST_READINGS reach."""
        from_ms = max(from_ms, to_ms - MOST_DAYS * DAY_MS)
        view = view or self._view(rules, from_ms, to_ms)
        keys = sorted(keys_read(book, view))
        readings, whole = self._newest_readings(keys, from_ms, to_ms + 1)
        if not whole:
            from_ms = readings[0][2]
        view.take(self._known(keys, from_ms))
        played = replay(book, view, readings, from_ms, to_ms, number_of=self._number_of(), breathe=self._breathe)
        return played, from_ms

    def _breathe(self) -> None:
        """Pauses for other threads; ProblemError once `dropped` is set."""
        if self.dropped.wait(PAUSE_S):
            raise ProblemError(Problem(code="rules.preview_dropped"))

    def _known(self, keys: Iterable[str], at_ms: int) -> list[ValueChange]:
        """What was known of these keys at a moment."""
        points = {key: id for key in keys if (id := self._recorded_as(key)) is not None}
        then = self.history.moment(at_ms, tuple(points.values()))
        found: list[ValueChange] = [
            (key, float(value), at_ms)
            for key, value, quality in zip(points, then.value, then.quality, strict=True)
            if quality < Quality.STALE and value == value
        ]
        for id in (key.removeprefix(_ALARM) for key in keys if key.startswith(_ALARM)):
            before = self.history.rules.alarm_log(0, at_ms, 1, id)
            found.append((alarm_key(id), _active(before[0]) if before else 0.0, at_ms))
        for id in (key.removeprefix(_ACKED) for key in keys if key.startswith(_ACKED)):
            before = self.history.rules.alarm_log(0, at_ms, 1, id)
            found.append((acked_key(id), _acked(before[0]) if before else 0.0, at_ms))
        return found

    def _newest_readings(self, keys: Sequence[str], from_ms: int, to_ms: int) -> tuple[list[ValueChange], bool]:
        """The newest MOST_READINGS recorded of these keys in [from, to), in time order, and whether these are all.

        Reads backwards, in spans that grow while little is recorded.
        """
        parts: list[_Readings] = []
        count, end_ms, span_ms = 0, to_ms, DAY_MS
        while end_ms > from_ms and count <= MOST_READINGS:
            self._breathe()
            begin_ms = max(from_ms, end_ms - span_ms)
            parts += self._recorded(keys, begin_ms, end_ms)
            added = sum(len(one.times) for one in parts) - count
            count, end_ms = count + added, begin_ms
            span_ms *= 2 if added < MOST_READINGS // 8 else 1
        if not parts:
            return [], True
        times = np.concatenate([one.times for one in parts])
        newest = np.argsort(times, kind="stable")[-MOST_READINGS:]
        places = np.repeat([one.place for one in parts], [len(one.times) for one in parts])[newest]
        values = np.concatenate([one.values for one in parts])[newest]
        of: list[str] = [keys[int(one)] for one in places]
        found: list[ValueChange] = list(zip(of, values.tolist(), times[newest].tolist(), strict=True))
        return found, count <= MOST_READINGS

    def _recorded(self, keys: Sequence[str], from_ms: int, to_ms: int) -> Iterator[_Readings]:
        """What was recorded of these keys in [from, to); nothing of a key without."""
        for place, key in enumerate(keys):
            if key.startswith((_ALARM, _ACKED)):
                value_of = _active if key.startswith(_ALARM) else _acked
                log = self.history.rules.alarm_log(from_ms, to_ms, 10_000, key.partition(":")[2])[::-1]
                times = np.array([one.time_ms for one in log], np.int64)
                values = np.array([value_of(one) for one in log], np.float64)
            elif (id := self._recorded_as(key)) is not None:
                samples = self.history.raw(id, from_ms, to_ms)
                times, values = samples.times, np.where(samples.quality < Quality.STALE, samples.values, np.nan)
            else:
                continue
            if len(times):
                yield _Readings(place, times, values)

    def _recorded_as(self, key: str) -> PointId | None:
        """The point of the history that has a key's values; None where it has none (a gateway's presence, a room)."""
        if key.startswith(_ONLINE):
            device = DeviceId(key.removeprefix(_ONLINE))
            return point_id(device, PRESENCE) if device in self.twin.device_of else None
        return PointId(key) if PointId(key) in self.twin.point_of or PointId(key) in HOME_IDS else None

    def _number_of(self) -> Callable[[RuleCommand], float | None]:
        def number(command: RuleCommand) -> float | None:
            point = self.twin.point_of.get(PointId(command.point))
            verb, value = order_for(point, command.verb, command.value)
            shown = expected(point, verb, value, None) if point is not None else None
            if isinstance(shown, str):
                return float(point.options.index(shown)) if point is not None and shown in point.options else None
            return float(shown) if isinstance(shown, bool | int | float) else None

        return number


def next_runs(compiled: CompiledRules, now_ms: int) -> dict[str, int]:
    """By automation and schedule, when the clock starts or moves it next (UTC ms), within the days that are looked ahead."""
    book, view, until_ms = compiled.book, compiled.view, now_ms + AHEAD_MS
    found: dict[str, int] = {}
    for rule, trigger in book.clock:
        at = next(instants(trigger, view, now_ms, until_ms), None)
        if at is not None:
            found[rule.id] = min(at, found.get(rule.id, at))
    for id, schedule in book.schedules.items():
        changes = schedule_changes(schedule, view.zone, view.calendars, now_ms, until_ms)
        if changes:
            found[id] = changes[0][0]
    for rule, trigger in book.scheduled:
        at = found.get(trigger.schedule)
        if at is not None and trigger.to is None:
            found[rule.id] = min(at, found.get(rule.id, at))
    return found


def clashes(twin: Twin, automations: Iterable[Automation], schedules: Iterable[Schedule]) -> tuple[RuleClash, ...]:
    """Conflicts between rules, with their titles and the names of what they are about."""
    alarms = (alarm_key(one.id) for one in twin.definitions.alarms)
    known = {*(str(point.id) for point in twin.points), *room_members(twin), *alarms}
    known |= HOME_IDS
    known |= {online_key(one.id) for one in (*twin.devices, *twin.links)}
    automations, schedules = tuple(automations), tuple(schedules)
    titles = {one.id: rule_title(one.id, one.title, twin) for one in (*automations, *schedules)}
    return tuple(
        RuleClash(
            kind=one.kind.value,
            rules=one.rules,
            titles=tuple(titles[id] for id in one.rules),
            key=one.key,
            name=_concerned(one.key, twin) if one.key else None,
        )
        for one in conflicts(automations, schedules, known=known, effects=room_effects(twin))
    )


def _concerned(key: str, twin: Twin) -> Text:
    """The name of a room, or of what a key is of."""
    room = twin.room_of.get(RoomId(key))
    name = key_name(key, twin) if room is None else room.title
    return name if isinstance(name, Text) else Text(EARLIER, text=name)


def _clashes_of(value: Automation | Schedule, rules: RuleSet, twin: Twin) -> tuple[RuleClash, ...]:
    """The conflicts that a rule has with the others, as if it were on."""
    automations, schedules = dict(rules.automations), dict(rules.schedules)
    if isinstance(value, Automation):
        automations[value.id] = value
    else:
        schedules[value.id] = value
    return tuple(one for one in clashes(twin, automations.values(), schedules.values()) if value.id in one.rules)


def _acked(row: LogRow) -> float:
    return float(alarm_event(row).phase is AlarmPhase.ACK)


def _active(row: LogRow) -> float:
    """1 where an alarm was active after this row of its log, else 0."""
    return float(alarm_event(row).phase in ACTIVE)
