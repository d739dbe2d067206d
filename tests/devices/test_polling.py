"""The schedule of polled protocols: who is read when, and how little a dead or slow device costs the others."""

from __future__ import annotations

import asyncio
import math
from collections import Counter
from collections.abc import Callable, Coroutine
from itertools import pairwise
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.polling import SILENT_AFTER, PollAnswer, Poller, PollItem, PollLimits, PollSchedule

type ByHand = Callable[[Coroutine[Any, Any, Any]], Any]
TIMEOUT_S = 1.0


def items(*names: str, period_s: float = 5.0) -> list[PollItem]:
    return [PollItem(name, "values", period_s) for name in names]


class Bus:
    """Devices on one link and a clock that the test moves: how long each takes to answer, None where it never does."""

    def __init__(self, took_s: dict[str, float | None], *, period_s: float = 5.0, parallel: int = 1) -> None:
        self.took_s = took_s
        self.now = 0.0
        self.schedule = PollSchedule(PollLimits(parallel=parallel), random=lambda: 0.5)
        self.schedule.set_items(items(*took_s, period_s=period_s), 0.0)
        self.read: list[tuple[float, str]] = []
        self.busy_s: Counter[str] = Counter()
        self._ends: list[tuple[float, PollItem, float, bool]] = []

    def run(self, until_s: float) -> None:
        while self.now < until_s:
            step = self.schedule.next(self.now)
            if isinstance(step, PollItem):
                self._begin(step)
                continue
            ends = min((end for end, *_ in self._ends), default=math.inf)
            self.now = min(self.now + step, ends, until_s)
            self._finish()

    def _begin(self, item: PollItem) -> None:
        self.schedule.start(item, self.now)
        self.read.append((self.now, item.device))
        took = self.took_s[item.device]
        spent = TIMEOUT_S if took is None else took
        self.busy_s[item.device] += spent  # pyright: ignore[reportArgumentType]
        self._ends.append((self.now + spent, item, spent, took is not None))

    def _finish(self) -> None:
        for end in [end for end in self._ends if end[0] <= self.now]:
            self._ends.remove(end)
            _, item, spent, answered = end
            self.schedule.finish(item, self.now, spent, answered=answered)

    def gaps(self, device: str, since_s: float = 0.0) -> list[float]:
        times = [at for at, name in self.read if name == device and at >= since_s]
        return [later - earlier for earlier, later in pairwise(times)]


def test_every_item_is_read_once_per_period() -> None:
    bus = Bus({"a": 0.01, "b": 0.01})
    bus.run(60.0)
    assert Counter(name for _, name in bus.read) == {"a": 12, "b": 12}
    assert all(abs(gap - 5.0) < 0.1 for gap in bus.gaps("a") + bus.gaps("b"))


def test_periods_of_one_device_are_its_points_own() -> None:
    schedule = PollSchedule(random=lambda: 0.5)
    schedule.set_items([PollItem("a", "fast", 1.0), PollItem("a", "slow", 30.0)], 0.0)
    read: Counter[str] = Counter()
    now = 0.0
    while now < 60.0:
        step = schedule.next(now)
        if isinstance(step, PollItem):
            schedule.start(step, now)
            schedule.finish(step, now, 0.0, answered=True)
            read[step.key] += 1
        else:
            now += step
    assert read == {"fast": 60, "slow": 2}


def test_a_dead_device_costs_the_others_at_most_one_time_out_and_a_tenth_of_the_time() -> None:
    bus = Bus({"dead": None, "a": 0.02, "b": 0.02})
    bus.run(600.0)
    for healthy in ("a", "b"):
        assert max(bus.gaps(healthy)) <= 5.0 + TIMEOUT_S + 0.5
    settled = [at for at, name in bus.read if name == "dead" and at > 120.0]
    assert len(settled) * TIMEOUT_S <= 0.1 * 480.0 + TIMEOUT_S
    assert bus.schedule.is_silent("dead")
    assert not bus.schedule.is_silent("a")


def test_thirty_dead_devices_cost_no_more_than_one() -> None:
    bus = Bus({f"dead{n}": None for n in range(30)} | {"a": 0.02})
    bus.run(900.0)
    assert max(bus.gaps("a", since_s=120.0)) <= 5.0 + TIMEOUT_S + 0.5
    settled = [at for at, name in bus.read if name != "a" and at > 120.0]
    assert len(settled) * TIMEOUT_S <= 0.1 * 780.0 + TIMEOUT_S
    assert len({name for at, name in bus.read if name != "a" and at > 120.0}) == 30, "each of them is tried again"


def test_a_slow_device_leaves_half_of_the_time_to_the_others() -> None:
    bus = Bus({"slow": 0.9, "a": 0.1, "b": 0.1}, period_s=1.0)
    bus.run(120.0)
    assert bus.busy_s["slow"] <= 0.55 * 120.0
    assert max(bus.gaps("a", since_s=5.0)) <= 1.0 + 0.9 + 0.2


def test_with_two_requests_at_once_a_dead_device_delays_nobody() -> None:
    bus = Bus({"dead1": None, "dead2": None, "a": 0.02, "b": 0.02}, parallel=2)
    bus.run(300.0)
    assert max(bus.gaps("a", since_s=30.0)) <= 5.1


def test_a_device_that_answers_again_is_read_at_its_period_at_once() -> None:
    bus = Bus({"a": None, "b": 0.02})
    bus.run(300.0)
    bus.took_s["a"] = 0.02
    bus.run(400.0)
    assert not bus.schedule.is_silent("a")
    assert all(abs(gap - 5.0) < 0.2 for gap in bus.gaps("a", since_s=380.0))


def test_a_device_is_silent_after_two_tries_and_a_single_loss_is_forgiven() -> None:
    schedule = PollSchedule(random=lambda: 0.5)
    (item,) = items("a")
    schedule.set_items([item], 0.0)
    now = 0.0
    for tries in range(1, SILENT_AFTER + 1):
        wait_s = schedule.next(now)
        now += wait_s if isinstance(wait_s, float) else 0.0
        schedule.start(item, now)
        schedule.finish(item, now, TIMEOUT_S, answered=False)
        assert schedule.is_silent("a") is (tries == SILENT_AFTER)
    assert now < 2.0, "the second try comes soon"


def test_a_gap_between_requests_is_kept() -> None:
    schedule = PollSchedule(PollLimits(gap_s=0.5), random=lambda: 0.5)
    schedule.set_items(items("a", "b", "c"), 0.0)
    first = schedule.next(0.0)
    assert isinstance(first, PollItem)
    schedule.start(first, 0.0)
    schedule.finish(first, 0.1, 0.1, answered=True)
    assert schedule.next(0.1) == pytest.approx(0.4)
    assert isinstance(schedule.next(0.5), PollItem)


def test_what_is_hastened_is_due_at_once_but_a_silent_device_keeps_its_pause() -> None:
    bus = Bus({"a": 0.0, "dead": None})
    bus.run(31.0)
    bus.schedule.hasten("a", 31.0)
    step = bus.schedule.next(31.0)
    assert isinstance(step, PollItem)
    assert step.device == "a"
    bus.schedule.start(step, 31.0)
    bus.schedule.finish(step, 31.0, 0.0, answered=True)
    bus.schedule.hasten("dead", 31.0)
    assert isinstance(bus.schedule.next(31.0), float)


def test_reads_that_were_missed_are_not_made_up_for() -> None:
    schedule = PollSchedule(random=lambda: 0.5)
    (item,) = items("a", period_s=1.0)
    schedule.set_items([item], 0.0)
    schedule.start(item, 100.0)  # the machine slept
    schedule.finish(item, 100.0, 0.0, answered=True)
    assert schedule.next(100.0) == item
    schedule.start(item, 100.0)
    schedule.finish(item, 100.0, 0.0, answered=True)
    assert schedule.next(100.0) == pytest.approx(1.0)


class CountedSchedule(PollSchedule):
    """Counts how many requests are under way at once."""

    under_way = most = 0

    def start(self, item: PollItem, now_s: float) -> None:
        self.under_way += 1
        self.most = max(self.most, self.under_way)
        super().start(item, now_s)

    def finish(self, item: PollItem, now_s: float, took_s: float, *, answered: bool) -> None:
        self.under_way -= 1
        super().finish(item, now_s, took_s, answered=answered)


@given(st.lists(st.sampled_from([0.0, 0.05, 0.7, None]), min_size=1, max_size=8), st.integers(1, 3))
def test_whatever_devices_do_the_link_is_never_overbooked_and_nobody_is_forgotten(
    took: list[float | None], parallel: int
) -> None:
    bus = Bus({f"d{n}": one for n, one in enumerate(took)})
    bus.schedule = counted = CountedSchedule(PollLimits(parallel=parallel), random=lambda: 0.5)
    counted.set_items(items(*bus.took_s), 0.0)
    bus.run(700.0)
    assert counted.most <= parallel
    assert {name for at, name in bus.read if at > 60.0} == set(bus.took_s)


def test_the_poller_hands_on_answers_and_silence_and_ends_with_the_link(by_hand: ByHand) -> None:
    async def main() -> None:
        lost = False

        async def read(item: PollItem) -> str:
            await asyncio.sleep(TIMEOUT_S if item.device == "dead" else 0.01)
            if lost:
                raise ConnectionResetError("gone")
            if item.device == "dead":
                raise TimeoutError
            return item.device.upper()

        schedule = PollSchedule(random=lambda: 0.5)
        poller = Poller(schedule, read)
        poller.set_items(items("dead", "a"))
        heard: list[PollAnswer[str]] = []

        async def listen() -> None:
            nonlocal lost
            async for answer in poller.answers():
                heard.append(answer)
                lost = asyncio.get_running_loop().time() > 1060.0

        with pytest.raises(ConnectionResetError):
            await listen()
        assert {answer.answer for answer in heard if answer.item.device == "a"} == {"A"}
        assert {answer.answer for answer in heard if answer.item.device == "dead"} == {None}
        assert schedule.is_silent("dead")
        assert len(asyncio.all_tasks()) == 1

    by_hand(main())


def test_a_hastened_device_is_read_while_the_poller_waits(by_hand: ByHand) -> None:
    async def main() -> None:
        loop = asyncio.get_running_loop()

        async def read(item: PollItem) -> float:
            return loop.time()

        poller = Poller(PollSchedule(random=lambda: 0.5), read)
        poller.set_items(items("a", period_s=60.0))
        loop.call_later(10.0, poller.hasten, "a")
        times: list[float] = []
        answers = poller.answers()
        async for answer in answers:
            times.append(answer.answer or 0.0)
            if len(times) == 3:
                break
        await answers.aclose()  # pyright: ignore[reportAttributeAccessIssue]
        assert [round(at - times[0]) for at in times] == [0, 10, 70]

    by_hand(main())
