"""Schedules the reads of a polled protocol over one link: a period per item, back-off per device, limited rate.

`PollSchedule` is pure: time (seconds of any monotonic clock) and randomness are passed in. `Poller` runs it on a loop.
A device that does not answer costs a whole time-out per try; so silent devices are tried one at a time, ever more
rarely, and together get at most a tenth of the link's time; a slow device gets at most half. An overdue item is read
once, not once per missed period.
"""

from __future__ import annotations

import asyncio
import contextlib
import math
import random as chance
from collections import deque
from collections.abc import AsyncIterator, Awaitable, Callable, Iterable
from dataclasses import dataclass, field

SILENT_AFTER = 2
"""Consecutive tries without an answer after which a device counts as silent."""
RETRY_S, RETRY_CAP_S = 1.0, 60.0
"""First and longest pause (s) before a device that did not answer is tried again; doubled each time, half of it
random.
"""
SILENT_PAUSE = 9.0
"""Pause between attempts at a link's silent devices, as a multiple of the time that the last attempt took."""
MAX_DELIVERED = 10_000
"""Notifications that wait to be handed out; of more than that the oldest are dropped."""
JITTER = 0.05
"""Largest random shift of an item's next read, as a share of its period, so that links do not synchronise."""


@dataclass(frozen=True, slots=True)
class PollItem:
    """One read request; `key` is unique within the device, `period_s` in seconds."""

    device: str
    key: str
    period_s: float


@dataclass(frozen=True, slots=True, kw_only=True)
class PollLimits:
    """Limits of a link: parallel requests, and least seconds between the starts of two."""

    parallel: int = 1
    gap_s: float = 0.0


@dataclass(slots=True)
class _PolledDevice:
    busy: bool = False
    failures: int = 0
    ready_s: float = -math.inf
    """Earliest time of the next read: later after a slow answer or a failure."""


@dataclass(slots=True)
class PollSchedule:
    """Decides what is read next. Not thread-safe; the present time is passed to every method."""

    limits: PollLimits = field(default_factory=PollLimits)
    random: Callable[[], float] = chance.random
    _due_s: dict[PollItem, float] = field(default_factory=dict[PollItem, float])
    _devices: dict[str, _PolledDevice] = field(default_factory=dict[str, _PolledDevice])
    _under_way: int = 0
    _retries_under_way: int = 0
    _start_s: float = -math.inf
    """Not before: the gap between two requests."""
    _retry_s: float = -math.inf
    """Not before: the next try of a device that did not answer."""

    def set_items(self, items: Iterable[PollItem], now_s: float) -> None:
        """Replaces the items: new ones are due at once, known ones keep their time."""
        items = tuple(items)
        self._due_s = {item: self._due_s.get(item, now_s) for item in items}
        devices = dict.fromkeys(item.device for item in items)
        self._devices = {name: self._devices.get(name) or _PolledDevice() for name in devices}

    def hasten(self, device: str, now_s: float) -> None:
        """Makes all items of a device due now (after a command); a device that failed keeps its pause."""
        state = self._devices.get(device)
        if state is not None and not state.failures:
            state.ready_s = now_s
        for item in self._due_s:
            if item.device == device:
                self._due_s[item] = min(self._due_s[item], now_s)

    def is_silent(self, device: str) -> bool:
        """Whether the device failed to answer SILENT_AFTER times in a row."""
        state = self._devices.get(device)
        return state is not None and state.failures >= SILENT_AFTER

    def next(self, now_s: float) -> PollItem | float:
        """The item to read now (call `start`), or the seconds until the next may be due; infinite while none is."""
        if self._under_way >= self.limits.parallel:
            return math.inf
        best: PollItem | None = None
        best_s = waits_since_s = math.inf
        for item, due_s in self._due_s.items():
            state = self._devices[item.device]
            since_s = max(due_s, state.ready_s)
            when_s = self._earliest_s(state, since_s)
            if (when_s, since_s) < (best_s, waits_since_s):
                best, best_s, waits_since_s = item, when_s, since_s
        if best is None:
            return math.inf
        return best if best_s <= now_s else best_s - now_s

    def _earliest_s(self, state: _PolledDevice, since_s: float) -> float:
        if state.busy or (state.failures and self._retries_under_way):
            return math.inf
        return max(since_s, self._start_s, self._retry_s if state.failures else since_s)

    def start(self, item: PollItem, now_s: float) -> None:
        """Registers that the item is being read; `finish` must follow."""
        state = self._devices[item.device]
        state.busy = True
        self._under_way += 1
        self._retries_under_way += bool(state.failures)
        self._start_s = now_s + self.limits.gap_s

    def finish(self, item: PollItem, now_s: float, took_s: float, *, answered: bool) -> None:
        """Registers the end of a read that took `took_s`; `answered` False where it timed out."""
        self._under_way -= 1
        state = self._devices.get(item.device)
        if state is None:  # taken out meanwhile
            self._retries_under_way = 0
            return
        was_retry = bool(state.failures)
        self._retries_under_way -= was_retry and self._retries_under_way > 0
        state.busy = False
        if item in self._due_s:
            period_s = item.period_s * (1.0 + JITTER * (2.0 * self.random() - 1.0))
            self._due_s[item] = max(self._due_s[item] + period_s, now_s)
        if answered:
            state.failures = 0
            state.ready_s = now_s + took_s if len(self._devices) > 1 else now_s
            return
        state.failures += 1
        pause_s = min(RETRY_CAP_S, RETRY_S * 2.0 ** min(state.failures - 1, 16))
        state.ready_s = now_s + pause_s * (0.5 + 0.5 * self.random())
        if was_retry:
            self._retry_s = now_s + SILENT_PAUSE * took_s
        if item in self._due_s:
            self._due_s[item] = now_s  # tried again as soon as the device may be


@dataclass(frozen=True, slots=True)
class PollAnswer[T]:
    """Result of one read; `answer` is None where the device did not answer in time."""

    item: PollItem
    answer: T | None


class Poller[T]:
    """Performs the reads of a schedule, at most `limits.parallel` at once, and yields the results.

    `read` raises TimeoutError where the device did not answer; any other exception ends `answers`.
    """

    def __init__(self, schedule: PollSchedule, read: Callable[[PollItem], Awaitable[T]]) -> None:
        self.schedule = schedule
        self._read = read
        self._hastened = asyncio.Event()
        self._error: Exception | None = None
        self._under_way: dict[asyncio.Task[T], tuple[PollItem, float]] = {}
        self._delivered: deque[PollAnswer[T]] = deque(maxlen=MAX_DELIVERED)

    def hasten(self, device: str) -> None:
        """Polls a device now instead of at its next turn."""
        self.schedule.hasten(device, asyncio.get_running_loop().time())
        self._hastened.set()

    def set_items(self, items: Iterable[PollItem]) -> None:
        """Replaces the items that are polled."""
        self.schedule.set_items(items, asyncio.get_running_loop().time())
        self._hastened.set()

    def deliver(self, item: PollItem, answer: T) -> None:
        """Queues an unsolicited answer (a notification) for `answers`. At most MAX_DELIVERED wait."""
        self._delivered.append(PollAnswer(item, answer))
        self._hastened.set()

    def end(self, error: Exception) -> None:
        """Makes `answers` raise this error at once, because the link is gone."""
        self._error = error
        self._hastened.set()

    async def answers(self) -> AsyncIterator[PollAnswer[T]]:
        """Yields every result, endlessly; raises what `read` raises, except TimeoutError. One caller at a time."""
        loop = asyncio.get_running_loop()
        hastened = asyncio.ensure_future(self._hastened.wait())  # noqa: TID251 - the poller owns it, awaited in stop()
        try:
            while True:
                if self._error is not None:
                    raise self._error
                wait_s = self._start_due()
                timeout = None if math.isinf(wait_s) else wait_s
                await asyncio.wait({hastened, *self._under_way}, timeout=timeout, return_when="FIRST_COMPLETED")
                if hastened.done():
                    self._hastened.clear()
                    hastened = asyncio.ensure_future(self._hastened.wait())  # noqa: TID251 - as above
                while self._delivered:
                    yield self._delivered.popleft()
                for task in [task for task in self._under_way if task.done()]:
                    item, started_s = self._under_way.pop(task)
                    answer = _answer(task)
                    now_s = loop.time()
                    self.schedule.finish(item, now_s, now_s - started_s, answered=answer is not None)
                    yield PollAnswer(item, answer)
        finally:
            hastened.cancel()
            await asyncio.gather(hastened, return_exceptions=True)
            await self.stop()

    def _start_due(self) -> float:
        """Starts the reads that are due; returns the seconds until the next one."""
        now_s = asyncio.get_running_loop().time()
        while isinstance(item := self.schedule.next(now_s), PollItem):
            self.schedule.start(item, now_s)
            task = asyncio.ensure_future(self._read(item))  # noqa: TID251 - the poller owns it, awaited in stop()
            self._under_way[task] = item, now_s
        return item

    async def stop(self) -> None:
        """Cancels the reads in progress; may be called twice."""
        tasks = tuple(self._under_way)
        self._under_way.clear()
        for task in tasks:
            task.cancel()
        await asyncio.gather(*tasks, return_exceptions=True)


def _answer[T](task: asyncio.Task[T]) -> T | None:
    with contextlib.suppress(TimeoutError):
        return task.result()
    return None
