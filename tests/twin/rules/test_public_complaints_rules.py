"""What users of Home Assistant complain about in public, each as a test under the number of its thread: automations."""

import math
from datetime import datetime
from zoneinfo import ZoneInfo

import msgspec
import pytest

from tests.twin.rules.rule_house import RuleHouse
from twin.rules.automation import At, Automation, Became, Between, Do, Holds, RunMode, Wait, WaitFor
from twin.rules.condition import Moment, judge
from twin.rules.evaluate import RuleInput, resume
from twin.rules.rule_book import RuleBook
from twin.rules.rule_view import RuleView
from twin.rules.schedule import Schedule, schedule_changes
from twin.rules.selector import of_point
from twin.rules.wall_clock import local

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
START = 20_000 * DAY
NAN = math.nan


def do(point: str, value: float = 1.0) -> Do:
    return Do(selector=of_point(point), verb="set", value=value)


def rule(trigger: object, *actions: object, id: str = "r", **more: object) -> Automation:
    return Automation(id=id, triggers=(trigger,), actions=actions or (do("lamp"),), **more)  # type: ignore[arg-type]


def became(key: str, **more: float) -> Became:
    return Became(selector=of_point(key), **more)  # type: ignore[arg-type]


def restarted(house: RuleHouse, at: int, *rules: Automation, **values: float) -> RuleHouse:
    """The program is killed, and started anew with nothing but the memory that was saved; devices say what they are."""
    again = RuleHouse(*rules)
    again.memory = msgspec.json.decode(msgspec.json.encode(house.memory), type=type(house.memory))
    again._take(at, resume(again.book, again.memory, at))
    again.hears(at, **values)
    return again


def edited(house: RuleHouse, at: int, *rules: Automation) -> None:
    """The rules are edited while the program runs."""
    house.book = RuleBook(rules)
    house._take(at, resume(house.book, house.memory, at, started=False))
    house.call(at, RuleInput())


def test_core_56642_a_door_unlocked_for_30_minutes_is_noticed_though_it_was_restarted_meanwhile() -> None:
    door = rule(became("lock", to=1.0, for_ms=30 * MINUTE))
    house = RuleHouse(door)
    house.hears(START, lock=0.0)
    house.hears(START, lock=1.0)
    house = restarted(house, START + 20 * MINUTE, door, lock=1.0)
    house.waits(START + HOUR)
    assert house.started() == [START + 30 * MINUTE]


def test_core_37739_five_seconds_after_a_reboot_at_the_first_of_them() -> None:
    desk = rule(became("desk", to=1.0, for_ms=5 * SECOND))
    house = RuleHouse(desk)
    house.hears(START, desk=0.0)
    house.hears(START, desk=1.0)
    house = restarted(house, START + SECOND, desk, desk=1.0)
    house.waits(START + HOUR)
    assert house.started() == [START + 5 * SECOND]


def test_core_41354_editing_an_unrelated_rule_does_not_stop_a_heater_that_is_switched_every_minute() -> None:
    on = rule(became("heater", to=0.0, for_ms=MINUTE), do("heater", 1.0), id="on")
    off = rule(became("heater", to=1.0, for_ms=MINUTE), do("heater", 0.0), id="off")
    house = RuleHouse(on, off)
    house.hears(START, heater=1.0)
    house.hears(START, heater=0.0)
    for n in range(1, 11):
        house.waits(START + n * MINUTE - 30 * SECOND)
        edited(house, START + n * MINUTE - 30 * SECOND, on, off, rule(became("x", to=float(n)), id="other"))
    house.waits(START + 10 * MINUTE)
    assert len(house.started()) == 10


def test_core_44882_away_for_24_hours_counts_through_reloads_and_an_edit_of_the_rule_itself() -> None:
    away = rule(became("jim", to=2.0, for_ms=24 * HOUR))
    house = RuleHouse(away)
    house.hears(START, jim=0.0)
    house.hears(START, jim=2.0)
    edited(house, START + HOUR, away)
    edited(house, START + 2 * HOUR, msgspec.structs.replace(away, version=2, title="Jim is away"))
    house.waits(START + 3 * DAY)
    assert house.started() == [START + 24 * HOUR]


@pytest.mark.parametrize("down_for", [SECOND, 3 * MINUTE, 7 * MINUTE])
@pytest.mark.parametrize("thread", [92017, 131961])
def test_core_threads_on_restarts_the_rest_of_a_for_is_waited_after_one(thread: int, down_for: int) -> None:
    held = rule(became("s", to=1.0, for_ms=10 * MINUTE))
    house = RuleHouse(held)
    house.hears(START, s=0.0)
    house.hears(START, s=1.0)
    house.hears(START + 2 * MINUTE)
    house = restarted(house, START + 2 * MINUTE + down_for, held, s=1.0)
    house.waits(START + DAY)
    assert house.started() == [START + 10 * MINUTE], f"core #{thread}"


def test_core_63324_a_value_that_is_another_one_after_the_restart_ends_the_for() -> None:
    held = rule(became("s", to=1.0, for_ms=10 * MINUTE))
    house = RuleHouse(held)
    house.hears(START, s=0.0)
    house.hears(START, s=1.0)
    house = restarted(house, START + 2 * MINUTE, held, s=0.0)
    house.waits(START + DAY)
    assert house.started() == []


def test_core_173971_nobody_says_that_a_state_held_while_nobody_watched_for_longer_than_it_should() -> None:
    held = rule(became("s", to=1.0, for_ms=10 * MINUTE))
    house = RuleHouse(held)
    house.hears(START, s=0.0)
    house.hears(START, s=1.0)
    house = restarted(house, START + DAY, held, s=1.0)
    house.waits(START + 2 * DAY)
    assert house.started() == [START + DAY + 10 * MINUTE]
    assert house.codes()[0] == "trigger.for_anew"


def test_core_128797_a_delay_goes_on_after_a_restart() -> None:
    pump = rule(became("b", to=1.0), do("pump", 1.0), Wait(for_ms=10 * MINUTE), do("pump", 0.0))
    house = RuleHouse(pump)
    house.hears(START, b=0.0)
    house.hears(START, b=1.0)
    house = restarted(house, START + 4 * MINUTE, pump, b=1.0)
    house.waits(START + HOUR)
    assert house.sent() == [(START + 10 * MINUTE, "pump", 0.0)]


@pytest.mark.parametrize(
    ("thread", "values"),
    [(119004, (0, 1, NAN, 1, NAN, 1)), (42855, (0, 1, NAN, NAN, 1)), (58130, (NAN, 0, NAN, 1, NAN, 1))],
)
def test_core_threads_on_reconnecting_it_starts_nothing(thread: int, values: tuple[float, ...]) -> None:
    house = RuleHouse(rule(became("door", to=1.0)))
    for n, value in enumerate(values):
        house.hears(START + n * MINUTE, door=float(value))
    assert len(house.started()) == 1, f"core #{thread}"


def test_core_28596_what_is_heard_first_after_a_restart_starts_nothing_either() -> None:
    home = rule(became("home", to=1.0))
    house = RuleHouse(home)
    house.hears(START, home=1.0)
    house = restarted(house, START + HOUR, home, home=NAN)
    house.hears(START + HOUR + 1, home=1.0)
    assert house.started() == []


def at_times(name: str, minute: int, first: str, days: int) -> list[str]:
    """The wall times at which a time trigger starts its rule."""
    zone = ZoneInfo(name)
    begin = int(datetime.fromisoformat(first).replace(tzinfo=zone).timestamp() * 1000)
    house = RuleHouse(rule(At(minute=minute)), zone=zone)
    house.hears(begin)
    house.waits(begin + days * DAY)
    return [f"{local(at, zone):%m-%d %H:%M}" for at in house.started()]


@pytest.mark.parametrize(
    ("thread", "name", "minute", "first", "times"),
    [
        (6545, "America/New_York", 120, "2017-03-11T12:00", ["03-12 03:00", "03-13 02:00"]),
        (49049, "Europe/Athens", 390, "2021-03-27T12:00", ["03-28 06:30", "03-29 06:30"]),
        (68726, "Europe/Prague", 420, "2022-03-26T12:00", ["03-27 07:00", "03-28 07:00"]),
        (90293, "Europe/Prague", 420, "2023-03-25T12:00", ["03-26 07:00", "03-27 07:00"]),
        (114521, "Europe/Prague", 420, "2024-03-30T12:00", ["03-31 07:00", "04-01 07:00"]),
        (114612, "Europe/Paris", 120, "2024-03-30T12:00", ["03-31 03:00", "04-01 02:00"]),
        (140771, "America/Chicago", 120, "2025-03-08T12:00", ["03-09 03:00", "03-10 02:00"]),
        (166783, "Europe/Amsterdam", 720, "2026-03-28T13:00", ["03-29 12:00", "03-30 12:00"]),
        (48460, "Europe/Copenhagen", 150, "2026-10-24T12:00", ["10-25 02:30", "10-26 02:30"]),
    ],
)
def test_core_threads_on_daylight_saving_each_day_has_its_time_once(
    thread: int, name: str, minute: int, first: str, times: list[str]
) -> None:
    assert at_times(name, minute, first, 2) == times, f"home-assistant/core #{thread}"


@pytest.mark.parametrize(
    ("thread", "name", "first"),
    [(103639, "America/Los_Angeles", "2023-11-04T00:00"), (89636, "America/New_York", "2023-03-11T00:00"), (81382, "Europe/Berlin", "2022-10-29T00:00")],
)  # fmt: skip
def test_core_threads_on_stretches_of_the_day_follow_the_clock_on_the_wall(thread: int, name: str, first: str) -> None:
    zone = ZoneInfo(name)
    day = Between(begin=450, end=1350)
    schedule = Schedule(id="s", week=(((450, 1.0), (1350, 0.0)),) * 7, default=0.0)  # type: ignore[arg-type]
    begin = int(datetime.fromisoformat(first).replace(tzinfo=zone).timestamp() * 1000)
    view = RuleView(zone=zone)
    minutes = [n for n in range(3 * 1440) if judge(day, Moment(view, {}, begin + n * MINUTE))]
    edges = [n for n in minutes if n - 1 not in minutes] + [n + 1 for n in minutes if n + 1 not in minutes]
    assert sorted({f"{local(begin + n * MINUTE, zone):%H:%M}" for n in edges}) == ["07:30", "22:30"], f"core #{thread}"
    steps = schedule_changes(schedule, zone, {}, begin, begin + 3 * DAY)
    assert [f"{local(at, zone):%H:%M}" for at, _ in steps] == ["07:30", "22:30"] * 3


def test_core_180988_restart_begins_the_wait_anew_with_every_start() -> None:
    dark = rule(became("motion", to=0.0), Wait(for_ms=900 * SECOND), do("light", 0.0), mode=RunMode.RESTART)
    house = RuleHouse(dark)
    house.hears(START, motion=1.0)
    for n in (0, 4, 10):
        house.hears(START + n * MINUTE, motion=0.0)
        house.hears(START + (n + 1) * MINUTE, motion=1.0)
    house.waits(START + HOUR)
    assert house.sent() == [(START + 25 * MINUTE, "light", 0.0)]


def test_core_118638_of_three_starts_at_the_same_time_the_last_one_runs() -> None:
    again = Automation(
        id="r",
        triggers=tuple(became(key, to=1.0) for key in "abc"),
        actions=(Wait(for_ms=SECOND), do("x")),
        mode=RunMode.RESTART,
    )
    house = RuleHouse(again)
    house.hears(START, a=0.0, b=0.0, c=0.0)
    house.hears(START + 1, a=1.0, b=1.0, c=1.0)
    house.waits(START + MINUTE)
    assert house.sent() == [(START + 1 + SECOND, "x", 1.0)]


def test_core_97854_a_run_that_gets_no_answer_ends_and_does_not_block_the_next_start() -> None:
    house = RuleHouse(rule(became("m", to=1.0), do("x")), confirms=False)
    house.hears(START, m=0.0)
    house.hears(START, m=1.0)
    house.waits(START + 10 * MINUTE)
    house.hears(START + 10 * MINUTE, m=0.0)
    house.hears(START + 10 * MINUTE, m=1.0)
    assert len(house.started()) == 2
    assert "run.no_answer" in house.codes()


@pytest.mark.parametrize("thread", [73606, 70042])
def test_core_threads_on_queues_starts_run_in_their_order_and_none_is_lost(thread: int) -> None:
    slow = rule(
        became("m", to=1.0),
        do("x"),
        WaitFor(condition=Holds(selector=of_point("go"), equals=1.0), timeout_ms=HOUR),
        mode=RunMode.QUEUED,
        most=5,
    )
    house = RuleHouse(slow)
    house.hears(START, m=0.0, go=0.0)
    for n in range(4):
        house.hears(START + n * MINUTE, m=1.0)
        house.hears(START + n * MINUTE + 1, m=0.0)
    assert (len(house.memory.runs), len(house.memory.queue)) == (1, 3)
    for n in range(10, 14):
        house.hears(START + n * MINUTE, go=1.0)
        house.hears(START + n * MINUTE + 1, go=0.0)
    assert len([one for one in house.sent() if one[1] == "x"]) == 4, f"core #{thread}"
    assert (house.memory.runs, house.memory.queue) == ((), ())


@pytest.mark.parametrize("thread", ["skills #97", "spook #1582"])
def test_threads_on_unknown_leaving_and_coming_back_through_it_arms_nothing(thread: str) -> None:
    house = RuleHouse(rule(became("t", above=26.0)))
    for n, value in enumerate((25, 27, NAN, 27, 27.5, 25, 27)):
        house.hears(START + n, t=float(value))
    assert len(house.started()) == 2, thread


@pytest.mark.parametrize(
    ("thread", "name"),
    [
        ("openhab-core #1049", "Europe/Berlin"),
        ("openhab-core #127", "Australia/Lord_Howe"),
        ("openhab-distro #521", "America/Santiago"),
        ("openhab-distro #660", "Africa/Cairo"),
        ("openhab-distro #660", "Asia/Shanghai"),
    ],
)
def test_openhab_threads_on_stopping_rules_on_time_go_on_for_a_year(thread: str, name: str) -> None:
    times = at_times(name, 150, "2026-01-01T00:00", 365)
    assert len({one[:5] for one in times}) == len(times) == 365, thread
    assert sum(one[6:] != "02:30" for one in times) <= 1, "but for the day on which that time does not exist"


@pytest.mark.parametrize(("thread", "restarts"), [("#1934", 1), ("#1934", 2), ("#746", 5)])
def test_openhab_threads_on_restarts_every_rule_is_at_work_at_once(thread: str, restarts: int) -> None:
    rules = [rule(became(f"t{n}", above=26.0), id=f"r{n}") for n in range(5)]
    house = RuleHouse(*rules)
    cold = {f"t{n}": 20.0 for n in range(5)}
    house.hears(START, **cold)
    for n in range(restarts):
        house = restarted(house, START + (n + 1) * HOUR, *rules, **cold)
    house.hears(START + restarts * HOUR + SECOND, **{f"t{n}": 27.0 for n in range(5)})
    assert len(house.started()) == 5, f"openhab-core {thread}"
