"""The line: Report -> normalise -> Observation -> State -> history and inbox. One function per step, one writer.

Everything here runs on the loop thread. Reports that arrive in one turn of the loop travel as one batch.
"""

from __future__ import annotations

import math
from collections.abc import Callable, Iterable, Mapping, Sequence
from dataclasses import dataclass, field, replace
from typing import Protocol

import numpy as np

from devices.normalise import believed, normalise, plain_range
from twin.model.capability import ValueType
from twin.model.device import Point
from twin.model.ident import DeviceId, LinkId, PointId
from twin.model.observation import Observation, Quality, Report, Words, decode, encode
from twin.model.problem import Problem
from twin.model.state import State

type Routes = dict[tuple[str, str], tuple[Point, float, float]]
"""Where a link's report goes: (uid, key) to the point and the range in which a float is its value as it is."""

BURST_MS = 60_000
"""What is further ahead of the clock than this was not a burst: the clock was set back."""
FEW = 8
"""Below this many observations, numpy's fixed cost is more than the loop's."""


class Recorder(Protocol):
    """Where observations are kept for ever (twin.store.history)."""

    def put(self, observations: Iterable[Observation]) -> None: ...


class Screen(Protocol):
    """Where observations are shown (app.inbox)."""

    def put(self, observations: Iterable[Observation]) -> None: ...


@dataclass(slots=True)
class Counts:
    """What passed along the line since it was opened."""

    reports: int = 0
    observations: int = 0
    """What went down the line: what reports became, and what we say of devices that went."""
    kept: int = 0
    """Reports that became observations: reports = echoes + strange + refused + unsaid + kept."""
    unsaid: int = 0
    """Reports that said nothing new."""
    echoes: int = 0
    strange: int = 0
    """Reports for a point that no device described."""
    refused: int = 0
    """Reports that no number could be made of."""
    batches: int = 0


@dataclass(slots=True, kw_only=True)
class Line:
    """Holds what the steps share. `soon` runs a function after the present turn of the loop."""

    state: State
    recorder: Recorder
    screen: Screen
    words: Words
    now_ms: Callable[[], int]
    soon: Callable[[Callable[[], None]], object]
    raised: Callable[[Problem], None]
    counts: Counts = field(default_factory=Counts)
    heard: Callable[[Sequence[Observation]], None] | None = None
    """Told every batch of observations after it was recorded: who waits for confirmation, rules."""
    _routes: dict[LinkId, Routes] = field(default_factory=dict[LinkId, Routes])
    _waiting: list[tuple[Routes, Report]] = field(default_factory=list[tuple[Routes, Report]])
    _due: bool = False
    _arrived: dict[PointId, int] = field(default_factory=dict[PointId, int])
    """The time that was last given to what each point said."""
    _complained: set[tuple[PointId, str]] = field(default_factory=set[tuple[PointId, str]])

    def route(self, link: LinkId, uid_of: Mapping[DeviceId, str], points: Iterable[Point]) -> None:
        """Says which points a link's reports mean; replaces what was said before."""
        routes = self._routes.setdefault(link, {})
        points, before = tuple(points), {point.id: point for point, _, _ in routes.values()}
        self._spell_anew((before[point.id], point) for point in points if point.id in before)
        routes.clear()
        routes.update({(uid_of[point.device], point.info.key): (point, *plain_range(point)) for point in points})
        self.state.extend(point.id for point, _, _ in routes.values())

    def _spell_anew(self, pairs: Iterable[tuple[Point, Point]]) -> None:
        """A list of words that changed changes no value: the state gets its position in the new list."""
        for before, after in pairs:
            row = self.state.index(after.id)
            if row is None or before.words == after.words or after.capability.type is not ValueType.ENUM:
                continue
            value = encode(after, decode(before, float(self.state.value[row]), self.words), self.words)
            if value is not None and self.state.quality[row] < Quality.OFFLINE:
                time_ms, quality = int(self.state.time_ms[row]), Quality(int(self.state.quality[row]))
                self.screen.put([again := Observation(after.id, time_ms, value, quality)])
                self.state.apply(again)

    def take(self, link: LinkId, report: Report) -> None:
        """A report enters; it travels with the others of this turn of the loop."""
        self._waiting.append((self._routes.get(link, {}), report))
        if not self._due:
            self._due = True
            self.soon(self.run)

    def run(self) -> None:
        """Sends everything that waits down the line."""
        self._due = False
        batch, self._waiting = self._waiting, []
        if batch:
            self.pass_on(self._normalised(batch))

    def pass_on(self, observations: Sequence[Observation]) -> None:
        """Observations go into state, history and the inbox, in this order."""
        if not observations:
            return
        fresh = applied(self.state, observations, self.now_ms())
        self.recorder.put(observations)
        self.screen.put(fresh)
        self.counts.observations += len(observations)
        if self.heard is not None:
            self.heard(observations)

    def _normalised(self, batch: Sequence[tuple[Routes, Report]]) -> list[Observation]:
        now, words, counts = self.now_ms(), self.words, self.counts
        counts.batches += 1
        counts.reports += len(batch)
        observations: list[Observation] = []
        for routes, report in batch:
            if report.echo:
                counts.echoes += 1  # our own command said back: nothing was measured
                continue
            route = routes.get((report.uid, report.key))
            if route is None:
                counts.strange += 1
                continue
            point, low, high = route
            value = report.value
            if report.retained:
                if (repeated := self._repeated(report, point, now)) is not None:
                    observations.append(repeated)
                continue
            if type(value) is float and low <= value <= high:  # most of all reports, in a third of the time
                if report.time_ms is None:
                    observations.append(Observation(point.id, self.arrival_ms(point.id, now), value))
                    continue
                told = believed(report.time_ms, now)
                observations.append(Observation(point.id, told, value, dated=told == report.time_ms))
                continue
            made = normalise(report, point, words, now)
            if type(made) is Observation:
                if not made.dated:
                    made = replace(made, time_ms=self.arrival_ms(made.point, now))
                observations.append(made)
            elif isinstance(made, Problem):
                counts.refused += 1
                self._complain(point, made)
        counts.kept += len(observations)
        return observations

    def arrival_ms(self, point: PointId, now_ms: int) -> int:
        """The time of what a point says now: never that of what it said before, however fast it speaks."""
        time_ms = self._arrived[point] = _after(self._arrived.get(point, 0), now_ms)
        return time_ms

    def _repeated(self, report: Report, point: Point, now: int) -> Observation | None:
        """What is to be recorded of a value that a peer only repeats: nothing where it is what we knew, else the value at
        its own time, or from now on with the mark that nobody knows how old it is."""
        made = normalise(report, point, self.words, now)
        row = self.state.index(point.id)
        if isinstance(made, Problem) or row is None:
            self.counts.refused += 1
            if isinstance(made, Problem):
                self._complain(point, made)
            return None
        found = self._new_of(made, row, now)
        self.counts.unsaid += found is None
        return found

    def _new_of(self, made: Observation, row: int, now: int) -> Observation | None:
        known, known_ms = float(self.state.value[row]), int(self.state.time_ms[row])
        known = known if self.state.quality[row] < Quality.OFFLINE else math.nan
        if math.isnan(made.value):
            unknown = self.state.quality[row] == Quality.BAD
            return None if unknown else replace(made, time_ms=self.arrival_ms(made.point, now), dated=False)
        if made.dated and made.time_ms > known_ms:
            return made
        if made.value == known and (made.dated or self.state.quality[row] != Quality.STALE):
            if self.state.quality[row] == Quality.STALE:
                again = Observation(made.point, known_ms, known)
                self.screen.put([again] if self.state.apply(again) else [])
            return None
        if made.dated and not math.isnan(known):
            return None  # older than what we heard ourselves
        return replace(made, time_ms=self.arrival_ms(made.point, now), quality=Quality.UNCERTAIN, dated=False)

    def _complain(self, point: Point, problem: Problem) -> None:
        if (key := (point.id, problem.code)) not in self._complained:
            self._complained.add(key)  # once per point and kind: a broken sensor says it every second
            self.raised(problem)


def applied(state: State, observations: Sequence[Observation], now_ms: int) -> list[Observation]:
    """Takes a batch into the state; answers the newest of every point that was not late."""
    if len(observations) < FEW or any(observation.dated for observation in observations):
        return [one for one in observations if not state.is_late(one, now_ms) and state.apply(one)]
    index = state.index
    newest = {row: one for one in observations if (row := index(one.point)) is not None}
    found = list(newest.values())
    rows = np.array(list(newest), np.intp)
    time_ms = np.array([observation.time_ms for observation in found], np.int64)
    value = np.array([observation.value for observation in found], np.float64)
    quality = np.array([observation.quality for observation in found], np.uint8)
    state.apply_rows(rows, value, time_ms, quality)
    return found


def gone(state: State, points: Iterable[PointId], now_ms: int) -> list[Observation]:
    """What the history must show when a device falls silent: no value from now on, for every point that had one."""
    rows = ((point, state.index(point)) for point in points)
    return [
        Observation(point, _after(int(state.time_ms[row]), now_ms), float("nan"), Quality.OFFLINE)
        for point, row in rows
        if row is not None and state.quality[row] < Quality.OFFLINE
    ]


def _after(last_ms: int, now_ms: int) -> int:
    """Now, or just after what was said last where that is a little ahead of the clock: a burst, a device's own time."""
    return last_ms + 1 if now_ms <= last_ms < now_ms + BURST_MS else now_ms
