"""Automations: what starts them and what does not, what they do, and what a restart changes (nothing)."""

import math
import random

import msgspec
import pytest

from tests.twin.rules.rule_house import RuleHouse
from twin.model.ids import PointId
from twin.model.text import Text, as_text
from twin.rules.automation import (
    Activate,
    AllOf,
    AnyOf,
    At,
    Automation,
    Became,
    Between,
    Came,
    Condition,
    Differs,
    Do,
    Every,
    Holds,
    If,
    Notify,
    NotOf,
    Pressed,
    Raise,
    RunMode,
    Scheduled,
    Stop,
    SunEvent,
    SunIs,
    Wait,
    WaitFor,
)
from twin.rules.condition import Moment, failing, judge
from twin.rules.evaluate import RuleInput, switch_on
from twin.rules.rule_memory import CommandAnswer
from twin.rules.rule_view import RuleView, room_key
from twin.rules.schedule import Schedule, ScheduleTarget
from twin.rules.selector import Selector, of_point, of_room

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
START = 20_000 * DAY
NAN = math.nan


def on(point: str = "lamp", value: float = 1.0, **more: int) -> Do:
    return Do(selector=of_point(point), verb="set", value=value, **more)


def rule(*triggers: object, id: str = "r", do: tuple[object, ...] = (on(),), **more: object) -> Automation:
    return Automation(id=id, triggers=triggers, actions=do, **more)  # type: ignore[arg-type]


def became(key: str, **more: float) -> Became:
    return Became(selector=of_point(key), **more)  # type: ignore[arg-type]


def test_a_value_that_comes_into_the_state_starts_once_whatever_is_unknown_in_between() -> None:
    house = RuleHouse(rule(became("t", above=26.0)))
    for n, value in enumerate((25, 27, NAN, 27, 27.5, 25, 27)):
        house.hears(START + n, t=float(value))
    assert house.started() == [START + 1, START + 6]


def test_the_first_reading_teaches_and_starts_nothing() -> None:
    house = RuleHouse(rule(became("t", above=26.0)))
    house.hears(START, t=30.0)
    house.hears(START + 1, t=31.0)
    assert house.started() == []


def test_the_deadband_counts_on_the_way_out() -> None:
    house = RuleHouse(rule(became("t", above=26.0, deadband=0.5)))
    for n, value in enumerate((25, 26.1, 25.9, 26.1, 25.6, 25.5, 26.1)):
        house.hears(START + n, t=float(value))
    assert house.started() == [START + 1, START + 6]


def test_for_counts_from_the_moment_the_state_began_and_the_engine_is_woken_for_it() -> None:
    house = RuleHouse(rule(became("door", to=1.0, for_ms=10 * MINUTE)))
    house.hears(START, door=0.0)
    house.hears(START + MINUTE, door=1.0)
    assert house.wake == START + 11 * MINUTE
    house.hears(START + 5 * MINUTE, door=1.0)
    house.waits(START + HOUR)
    assert house.started() == [START + 11 * MINUTE]


def test_for_is_broken_by_another_value_and_only_by_a_silence_that_is_longer_than_itself() -> None:
    house = RuleHouse(rule(became("door", to=1.0, for_ms=10 * MINUTE)))
    house.hears(START, door=0.0)
    house.hears(START + MINUTE, door=1.0)
    house.hears(START + 2 * MINUTE, door=0.0)
    house.hears(START + 3 * MINUTE, door=1.0)
    house.hears(START + 4 * MINUTE, door=NAN)
    house.waits(START + 20 * MINUTE)
    assert house.started() == [], "unknown fires nothing"
    house.hears(START + 30 * MINUTE, door=1.0)
    assert "trigger.for_anew" in house.codes()
    house.hears(START + 35 * MINUTE, door=NAN)
    house.hears(START + 38 * MINUTE, door=1.0)
    house.waits(START + HOUR)
    assert house.started() == [START + 40 * MINUTE]


def test_a_duration_that_ended_while_the_value_was_unknown_fires_as_soon_as_it_is_known_again() -> None:
    house = RuleHouse(rule(became("door", to=1.0, for_ms=10 * MINUTE)))
    house.hears(START, door=0.0)
    house.hears(START, door=1.0)
    house.hears(START + 8 * MINUTE, door=NAN)
    house.waits(START + 12 * MINUTE)
    house.hears(START + 13 * MINUTE, door=1.0)
    assert house.started() == [START + 13 * MINUTE]


def test_what_it_was_before_can_be_asked_and_any_change_can_be_meant() -> None:
    house = RuleHouse(rule(became("mode", came_from=1.0, to=2.0), id="a"), rule(became("mode"), id="b", do=(on("x"),)))
    for n, value in enumerate((0, 2, 1, NAN, 2, 2)):
        house.hears(START + n, mode=float(value))
    assert [(one.time_ms, one.rule) for one in house.trace if one.reason.code == "run.started"] == [
        (START + 1, "b"), (START + 2, "b"), (START + 4, "a"), (START + 4, "b"),
    ]  # fmt: skip


def test_two_values_can_be_compared() -> None:
    house = RuleHouse(rule(Differs(one=of_point("in"), other=of_point("out"), by=2.0)))
    house.reads(START, {"in": 20.0})
    house.reads(START + 1, {"out": 19.0})
    house.reads(START + 2, {"in": 21.5})
    house.reads(START + 3, {"out": 22.0})
    house.reads(START + 4, {"in": 25.0, "out": 22.5})
    assert house.started() == [START + 2, START + 4]


def test_every_press_counts_and_a_device_that_left_can_start_something() -> None:
    house = RuleHouse(
        rule(Pressed(selector=of_point("b"), word=0.0), id="a", do=(on("x"),)),
        rule(Came(id="dev", online=False, for_ms=MINUTE), id="b", do=(on("y"),)),
    )
    for n in range(3):
        house.hears(START + n, b=0.0)
    house.reads(START, {"online:dev": 1.0})
    house.reads(START + HOUR, {"online:dev": 0.0})
    house.waits(START + 2 * HOUR)
    assert [point for _, point, _ in house.sent()] == ["x", "x", "x", "y"]


def test_a_room_is_meant_by_its_capability_and_a_replaced_device_keeps_its_rules() -> None:
    rooms = {
        room_key("r", "occupancy"): (PointId("o1"), PointId("o2")),
        room_key("r", "on_off"): (PointId("l1"), PointId("l2")),
    }
    house = RuleHouse(
        rule(Became(selector=of_room("r", "occupancy"), to=1.0), do=(Do(selector=of_room("r", "on_off"), verb="on", value=True),)),
        rooms=rooms,
    )  # fmt: skip
    house.hears(START, o1=0.0, o2=0.0)
    house.hears(START + 1, o2=1.0)
    house.hears(START + 2, o1=1.0)
    house.hears(START + 3, o1=0.0, o2=0.0)
    house.hears(START + 4, o1=1.0)
    assert house.sent() == [(START + n, lamp, True) for n in (1, 4) for lamp in ("l1", "l2")]


def test_wall_times_sun_and_minutes_start_rules_and_those_that_passed_while_nothing_ran_are_traced_only() -> None:
    house = RuleHouse(
        rule(At(minute=60), id="a", do=(on("x"),)), rule(SunEvent(event="sunset", offset_ms=-HOUR), id="b", do=(on("y"),)),
        rule(Every(minutes=720), id="c", do=(on("z"),)), sun={"sunset": tuple(START + n * DAY + 18 * HOUR for n in range(5))},
    )  # fmt: skip
    house.hears(START + 1)
    house.waits(START + DAY)
    assert house.sent() == [
        (START + HOUR, "x", 1.0),
        (START + 12 * HOUR, "z", 1.0),
        (START + 17 * HOUR, "y", 1.0),
        (START + DAY, "z", 1.0),
    ]
    house.restarts(START + 2 * DAY + 20 * HOUR)
    missed = [(one.rule, one.reason.args["time_ms"]) for one in house.trace if one.reason.code == "trigger.missed"]
    assert missed == [
        ("a", START + DAY + HOUR),
        ("a", START + 2 * DAY + HOUR),
        ("b", START + DAY + 17 * HOUR),
        ("b", START + 2 * DAY + 17 * HOUR),
    ]
    assert len(house.sent()) == 4


def test_a_clock_that_is_set_back_starts_nothing_twice() -> None:
    house = RuleHouse(rule(At(minute=60)))
    house.hears(START + 59 * MINUTE)
    house.waits(START + 61 * MINUTE)
    house.hears(START + 30 * MINUTE)
    house.waits(START + 2 * HOUR)
    house.hears(START + 2 * HOUR)
    assert len(house.started()) == 1


THREE_VALUED = [
    (NotOf(Holds(selector=of_point("u"), equals=1.0)), None),
    (AllOf((Holds(selector=of_point("u"), equals=1.0), Holds(selector=of_point("one"), equals=1.0))), None),
    (AllOf((Holds(selector=of_point("u"), equals=1.0), Holds(selector=of_point("one"), equals=0.0))), False),
    (AnyOf((Holds(selector=of_point("u"), equals=1.0), Holds(selector=of_point("one"), equals=1.0))), True),
    (AnyOf((Holds(selector=of_point("u"), equals=1.0), Holds(selector=of_point("one"), equals=0.0))), None),
    (SunIs(up=True), None),
]


@pytest.mark.parametrize(("condition", "holds"), THREE_VALUED)
def test_what_is_not_known_is_neither_so_nor_not_so(condition: Condition, holds: bool | None) -> None:
    view = RuleView()
    view.take([("one", 1.0, START)])
    at = Moment(view, {}, START)
    assert judge(condition, at) is holds
    assert (failing((condition,), at) is None) == (holds is True)


def test_a_condition_that_does_not_hold_is_traced_with_the_value_that_it_saw() -> None:
    house = RuleHouse(rule(became("door", to=1.0), conditions=(Holds(selector=of_point("lux"), below=50.0),)))
    house.hears(START, door=0.0, lux=80.0)
    house.hears(START + 1, door=1.0)
    refused = next(one.reason for one in house.trace if one.reason.code == "run.refused")
    why = as_text(refused.args["why"])
    assert isinstance(why, Text)
    assert (why.code, why.args["key"], why.args["value"], why.args["below"]) == ("condition.value", "lux", 80.0, 50.0)


def test_a_stretch_past_midnight_belongs_to_the_day_on_which_it_began() -> None:
    from twin.rules.automation import RuleDays

    thursday = START // DAY % 7  # 1970-01-01 was a Thursday
    monday = START + (4 - thursday) % 7 * DAY
    night = Between(begin=22 * 60, end=2 * 60, days=RuleDays(weekdays=(0,)))
    hours = [hour for hour in range(72) if judge(night, Moment(RuleView(), {}, monday + hour * HOUR))]
    assert hours == [22, 23, 24, 25]


def test_waits_branches_notices_and_alarms_in_their_order() -> None:
    lit = Holds(selector=of_point("lamp"), equals=1.0)
    house = RuleHouse(
        rule(
            became("door", to=1.0),
            do=(
                on(), Wait(for_ms=5 * MINUTE), If(condition=lit, then=(Notify(text="still on in {room}"),), otherwise=(Stop(),)),
                WaitFor(condition=Holds(selector=of_point("door"), equals=0.0), timeout_ms=HOUR), Raise(alarm="open"), Activate(scene="night"),
            ),
        )
    )  # fmt: skip
    house.hears(START, door=0.0)
    house.hears(START, door=1.0)
    house.waits(START + 10 * MINUTE)
    assert [one.text for outcome in house.outcomes for one in outcome.notices] == ["still on in {room}"]
    house.hears(START + 20 * MINUTE, door=0.0)
    assert [one.alarm for outcome in house.outcomes for one in outcome.alarms] == ["open"]
    assert [one.scene for outcome in house.outcomes for one in outcome.scenes] == ["night"]
    assert house.memory.runs == ()
    assert house.trace[-1].reason.code == "run.finished"


@pytest.mark.parametrize(("go_on", "then"), [(True, [(START + HOUR, "lamp", 1.0)]), (False, [])])
def test_a_wait_that_takes_too_long_goes_on_or_gives_up(go_on: bool, then: list[tuple[int, str, float]]) -> None:
    never = WaitFor(condition=Holds(selector=of_point("x"), equals=1.0), timeout_ms=HOUR, go_on=go_on)
    house = RuleHouse(rule(became("door", to=1.0), do=(never, on())))
    house.hears(START, door=0.0)
    house.hears(START, door=1.0)
    house.waits(START + 2 * HOUR)
    assert house.sent() == then
    assert "run.waited_too_long" in house.codes()


def test_waiting_until_something_held_for_a_while_is_woken_when_it_did() -> None:
    vacant = WaitFor(condition=Holds(selector=of_point("o"), equals=0.0, for_ms=10 * MINUTE), timeout_ms=DAY)
    house = RuleHouse(rule(became("o", to=1.0), do=(on(), vacant, on(value=0.0))))
    house.hears(START, o=0.0)
    house.hears(START, o=1.0)
    house.hears(START + MINUTE, o=0.0)
    house.hears(START + 5 * MINUTE, o=1.0)
    house.hears(START + 6 * MINUTE, o=0.0)
    house.waits(START + DAY)
    assert house.sent() == [(START, "lamp", 1.0), (START + 16 * MINUTE, "lamp", 0.0)]


@pytest.mark.parametrize(
    ("mode", "on_at", "off_at", "codes"),
    [
        (RunMode.SINGLE, [1], [6], ["run.busy", "run.busy"]),
        (RunMode.RESTART, [1, 3, 5], [10], ["run.restarted", "run.restarted"]),
        (RunMode.QUEUED, [1, 6, 11], [6, 11, 16], ["run.queued", "run.queued"]),
        (RunMode.PARALLEL, [1, 3, 5], [6, 8, 10], []),
    ],
)
def test_modes(mode: RunMode, on_at: list[int], off_at: list[int], codes: list[str]) -> None:
    house = RuleHouse(rule(became("m", to=1.0), do=(on("a"), Wait(for_ms=5 * MINUTE), on("b")), mode=mode))
    house.hears(START, m=0.0)
    for n in range(6):
        house.waits(START + (n + 1) * MINUTE - 1)
        house.hears(START + (n + 1) * MINUTE, m=float(n % 2 == 0))
    house.waits(START + HOUR)
    assert [(now - START) // MINUTE for now, point, _ in house.sent() if point == "a"] == on_at
    assert [(now - START) // MINUTE for now, point, _ in house.sent() if point == "b"] == off_at
    assert house.codes(without=("run.command", "run.confirmed", "run.finished", "run.started", "run.waits")) == codes


def test_conditions_are_asked_before_the_mode() -> None:
    closed = Holds(selector=of_point("c"), equals=1.0)
    house = RuleHouse(rule(became("m", to=1.0), do=(Wait(for_ms=HOUR),), mode=RunMode.RESTART, conditions=(closed,)))
    house.hears(START, m=0.0, c=1.0)
    house.hears(START, m=1.0)
    house.hears(START + MINUTE, c=0.0, m=0.0)
    house.hears(START + 2 * MINUTE, m=1.0)
    assert len(house.memory.runs) == 1
    assert house.codes()[-1] == "run.refused"


def test_a_command_that_fails_is_tried_again_and_its_failure_is_never_silent() -> None:
    house = RuleHouse(rule(became("m", to=1.0), do=(on(tries=2), on("next"))), confirms=False)
    house.hears(START, m=0.0)
    house.hears(START, m=1.0)
    first = house.commands[0][1]
    house.call(START + 1, RuleInput(answers=[CommandAnswer(id=first.id, ok=False, reason=Text("device.offline"))]))
    second = house.commands[1][1]
    assert (second.point, second.id != first.id) == ("lamp", True)
    house.call(START + 2, RuleInput(answers=[CommandAnswer(id=second.id, ok=False, reason=Text("device.busy"))]))
    failed = next(one.reason for one in house.trace if one.reason.code == "run.failed")
    assert as_text(failed.args["why"]) == Text("device.busy")
    assert house.commands[2][1].point == "next"
    house.waits(START + HOUR)
    assert house.codes()[-1] == "run.no_answer"
    assert house.memory.runs == ()


def test_two_rules_on_one_point_are_settled_and_the_loser_is_told_by_whom() -> None:
    house = RuleHouse(
        rule(became("m", to=1.0), id="b", do=(on(value=0.0), on("after"))), rule(became("m", to=1.0), id="a", do=(on(value=1.0),)),
        rule(became("m", to=1.0), id="c", do=(on(value=1.0),)),
    )  # fmt: skip
    house.hears(START, m=0.0)
    house.hears(START, m=1.0)
    house.waits(START + MINUTE)
    assert house.sent() == [(START, "lamp", 1.0), (START, "after", 1.0)]
    lost = [(one.rule, one.reason.code, one.reason.args["by"]) for one in house.trace if "by" in one.reason.args]
    assert lost == [("b", "run.overruled", "a"), ("c", "run.same_command", "a")]


def test_an_alarms_action_wins_over_a_persons_start_and_that_over_an_automation_and_that_over_a_schedule() -> None:
    from twin.rules.automation import Alarmed

    week = ((60, 5.0),)
    schedule = Schedule(id="s", week=(week,) * 7, targets=(ScheduleTarget(selector=of_point("lamp")),))  # type: ignore[arg-type]
    rules = (
        rule(Alarmed(alarm="fire"), id="z", do=(on(value=1.0),)), rule(id="y", do=(on(value=2.0),)),
        rule(At(minute=60), id="x", do=(on(value=3.0),)),
    )  # fmt: skip

    def winner(*, alarm: bool, asked: bool, automation: bool) -> object:
        house = RuleHouse(
            *(r for r, used in zip(rules, (alarm, asked, automation), strict=True) if used), schedules=(schedule,)
        )
        house.reads(START, {"alarm:fire": 0.0})
        values = house.view.take([("alarm:fire", 1.0, START + HOUR)])
        house.commands.clear()
        house.call(START + HOUR, RuleInput(values=values, asked=("y",) if asked else ()))
        return house.commands[0][1].value

    assert winner(alarm=True, asked=True, automation=True) == 1.0
    assert winner(alarm=False, asked=True, automation=True) == 2.0
    assert winner(alarm=False, asked=False, automation=True) == 3.0
    assert winner(alarm=False, asked=False, automation=False) == 5.0


def test_rules_stay_off_what_somebody_set_by_hand_for_four_hours_unless_the_rule_does_not_yield() -> None:
    house = RuleHouse(
        rule(became("m", to=1.0), id="a"), rule(became("n", to=1.0), id="b", yields_to_hand_ms=0),
        rule(became("m", to=1.0), id="c", yields_to_hand_ms=HOUR, do=(on(value=2.0),)),
    )  # fmt: skip
    house.hears(START, m=0.0, n=0.0)
    house.call(START, RuleInput(by_hand=("lamp",)))
    house.hears(START + MINUTE, m=1.0)
    held = [(one.rule, one.reason.args["until_ms"]) for one in house.trace if one.reason.code == "run.by_hand"]
    assert held == [("a", START + 4 * HOUR), ("c", START + HOUR)]
    house.hears(START + 2 * MINUTE, n=1.0)
    house.hears(START + 2 * HOUR, m=0.0)
    house.hears(START + 2 * HOUR, m=1.0)
    house.waits(START + 4 * HOUR)
    house.hears(START + 4 * HOUR, m=0.0)
    house.hears(START + 4 * HOUR, m=1.0)
    assert [(now, one.rule) for now, one in house.commands] == [
        (START + 2 * MINUTE, "b"), (START + 2 * HOUR, "c"), (START + 4 * HOUR, "a"),
    ]  # fmt: skip


def test_a_hand_ends_when_it_is_given_back_when_the_room_was_empty_for_half_an_hour_and_at_the_schedules_next_step() -> (
    None
):
    week = ((60, 1.0), (600, 2.0))
    schedule = Schedule(id="s", week=(week,) * 7, targets=(ScheduleTarget(selector=of_point("lamp")),))  # type: ignore[arg-type]
    house = RuleHouse(schedules=(schedule,), vacancy={"other": "occupied"})
    house.hears(START + HOUR, occupied=1.0)
    house.call(START + HOUR, RuleInput(by_hand=("lamp", "other", "third")))
    house.call(START + 2 * HOUR, RuleInput(released=("third",)))
    assert set(house.memory.by_hand) == {"lamp", "other"}
    house.hears(START + 3 * HOUR, occupied=0.0)
    assert house.wake == START + 3 * HOUR + 30 * MINUTE
    house.waits(START + 4 * HOUR)
    assert set(house.memory.by_hand) == {"lamp"}
    house.call(START + 9 * HOUR, RuleInput(by_hand=("lamp",)))
    house.waits(START + 10 * HOUR)
    assert house.memory.by_hand == {}
    assert house.sent()[-1] == (START + 10 * HOUR, "lamp", 2.0)


def test_a_schedule_commands_at_its_steps_and_asserts_its_level_after_a_start_but_not_over_a_hand() -> None:
    week = ((60, 20.0), (120, 16.0))
    schedule = Schedule(id="s", week=(week,) * 7, targets=(ScheduleTarget(selector=of_point("heat")),))  # type: ignore[arg-type]
    house = RuleHouse(rule(Scheduled(schedule="s", to=20.0)), schedules=(schedule,))
    house.hears(START + 30 * MINUTE)
    house.waits(START + 3 * HOUR)
    assert house.sent() == [(START + HOUR, "lamp", 1.0), (START + HOUR, "heat", 20.0), (START + 2 * HOUR, "heat", 16.0)]
    house.restarts(START + 4 * HOUR)
    assert house.sent()[3:] == [(START + 4 * HOUR, "heat", 16.0)]
    house.call(START + 5 * HOUR, RuleInput(by_hand=("heat",)))
    house.restarts(START + 6 * HOUR)
    assert len(house.sent()) == 4


def test_rules_that_start_each_other_are_switched_off_with_an_alarm() -> None:
    house = RuleHouse(
        rule(became("x", to=1.0), id="a", do=(on("x", 0.0), on("y", 1.0)), mode=RunMode.PARALLEL),
        rule(became("y", to=1.0), id="b", do=(on("y", 0.0), on("x", 1.0)), mode=RunMode.PARALLEL),
    )
    house.hears(START, x=0.0, y=0.0)
    house.hears(START + 1, x=1.0)
    for n in range(2, 200):
        house.call(START + n, RuleInput())
    assert [one.alarm for outcome in house.outcomes for one in outcome.alarms] == ["circles:a"]
    assert len(house.commands) < 100
    assert "a" in house.memory.switched_off
    house.memory = switch_on(house.memory, "a")
    house.hears(START + HOUR, x=0.0)
    house.hears(START + HOUR + 1, x=1.0)
    assert house.started()[-1] >= START + HOUR


def test_more_starts_than_a_call_takes_are_done_in_the_next_ones_and_none_is_lost() -> None:
    house = RuleHouse(*(rule(At(minute=420), id=f"r{n:03}", do=(on(f"p{n:03}"),)) for n in range(130)), saves=True)
    house.hears(START)
    house.waits(START + DAY)
    assert [one.rule for _, one in house.commands] == [f"r{n:03}" for n in range(130)]
    assert {now for now, _ in house.commands} == {START + 7 * HOUR}
    assert house.memory.deferred == ()


def test_a_rule_whose_actions_never_end_takes_200_steps_a_call() -> None:
    many = tuple(Notify(text=str(n)) for n in range(450))
    house = RuleHouse(rule(became("m", to=1.0), do=many))
    house.hears(START, m=0.0)
    assert len(house.hears(START, m=1.0).notices) == 200
    house.waits(START + MINUTE)
    assert sum(len(outcome.notices) for outcome in house.outcomes) == 450


def test_a_pending_for_a_wait_and_a_queue_go_on_after_a_restart() -> None:
    rules = (
        rule(became("door", to=1.0, for_ms=10 * MINUTE), id="a", do=(on("x"),)),
        rule(became("m", to=1.0), id="b", do=(on("y"), Wait(for_ms=10 * MINUTE), on("z")), mode=RunMode.QUEUED),
    )
    house = RuleHouse(*rules)
    house.hears(START, door=0.0, m=0.0)
    house.hears(START, door=1.0, m=1.0)
    house.hears(START + 1, m=0.0)
    house.hears(START + 2, m=1.0)
    again = RuleHouse(*rules)
    again.memory = msgspec.json.decode(msgspec.json.encode(house.memory), type=type(house.memory))
    again.view.take([("door", 1.0, START + 4 * MINUTE), ("m", 1.0, START + 4 * MINUTE)])
    again.restarts(START + 4 * MINUTE)
    again.waits(START + HOUR)
    assert again.sent() == [
        (START + 10 * MINUTE, "z", 1.0), (START + 10 * MINUTE, "x", 1.0), (START + 10 * MINUTE, "y", 1.0),
        (START + 20 * MINUTE, "z", 1.0),
    ]  # fmt: skip


@pytest.mark.parametrize(("unbroken", "fires_at"), [(False, START + 50 * MINUTE), (True, START + 40 * MINUTE)])
def test_a_for_that_ended_while_nothing_ran_fires_at_once_where_history_has_the_meantime_else_it_begins_anew(
    unbroken: bool, fires_at: int
) -> None:
    house = RuleHouse(rule(became("door", to=1.0, for_ms=10 * MINUTE)))
    house.hears(START, door=0.0)
    house.hears(START, door=1.0)
    house.restarts(START + 40 * MINUTE, unbroken=unbroken)
    house.waits(START + 2 * HOUR)
    assert house.started() == [fires_at]


def test_a_wait_that_ended_long_before_the_start_is_dropped_and_traced() -> None:
    house = RuleHouse(rule(became("m", to=1.0), do=(Wait(for_ms=MINUTE), on())))
    house.hears(START, m=0.0)
    house.hears(START, m=1.0)
    house.restarts(START + HOUR)
    assert house.codes()[-1] == "run.overdue"
    assert (house.sent(), house.memory.runs) == ([], ())


def test_a_run_whose_command_was_under_way_at_the_end_says_so_and_goes_on() -> None:
    house = RuleHouse(rule(became("m", to=1.0), do=(on("x"), on("y"))), confirms=False)
    house.hears(START, m=0.0)
    house.hears(START, m=1.0)
    house.confirms = True
    house.restarts(START + SECOND)
    assert [point for _, point, _ in house.sent()] == ["x", "y"]
    assert "run.no_answer" in house.codes()


def busy_rules() -> tuple[Automation, ...]:
    return (
        rule(became("a", to=1.0, for_ms=90 * SECOND), id="1", do=(on("p"), Wait(for_ms=2 * MINUTE), on("p", 0.0)), mode=RunMode.RESTART),
        rule(became("b", above=10.0, deadband=2.0), id="2", do=(on("q"), WaitFor(condition=Holds(selector=of_point("a"), equals=0.0, for_ms=MINUTE), timeout_ms=5 * MINUTE, go_on=False), on("q", 0.0)), mode=RunMode.QUEUED),
        rule(Every(minutes=3), id="3", do=(on("p", 2.0, tries=2),), conditions=(NotOf(Holds(selector=of_point("a"), equals=1.0)),), mode=RunMode.PARALLEL),
        rule(Differs(one=of_point("b"), other=of_point("c"), by=1.0, for_ms=30 * SECOND), id="4", do=(If(condition=Holds(selector=of_point("a"), equals=1.0), then=(on("r"),), otherwise=(Notify(text="t"),)),)),
        rule(became("q", came_from=1.0), id="5", do=(Activate(scene="s"), Raise(alarm="x"))),
    )  # fmt: skip


def busy_day(house: RuleHouse, seed: int) -> RuleHouse:
    rng, now = random.Random(seed), START
    for _ in range(300):
        now += rng.choice([1, 500, 20_000, 70_000])
        house.waits(now)
        chance = rng.random()
        if chance < 0.9:
            house.reads(now, {rng.choice("abc"): rng.choice([0.0, 1.0, 9.0, 11.0, NAN])})
        else:
            house.call(now, RuleInput(by_hand=(rng.choice("pq"),), asked=("4",) if rng.random() < 0.3 else ()))
    return house


@pytest.mark.parametrize("seed", range(6))
def test_a_kill_at_any_moment_changes_no_start_and_no_command(seed: int) -> None:
    whole = RuleHouse(*busy_rules())
    killed = RuleHouse(*busy_rules(), kills=random.Random(seed + 100))
    busy_day(whole, seed)
    busy_day(killed, seed)
    assert killed.killed >= 30
    assert killed.sent() == whole.sent()
    assert killed.started() == whole.started()
    assert killed.memory.runs == whole.memory.runs


@pytest.mark.parametrize("seed", range(12))
def test_saving_and_loading_at_every_step_changes_nothing(seed: int) -> None:
    week = ((0, 1.0), (600, 2.0), (1200, None))
    schedule = Schedule(id="s", week=(week,) * 7, targets=(ScheduleTarget(selector=Selector(point="r")),))  # type: ignore[arg-type]
    plain, saving = (
        busy_day(RuleHouse(*busy_rules(), schedules=(schedule,), saves=saves, confirms=seed % 3 > 0), seed)
        for saves in (False, True)
    )
    assert plain.trace == saving.trace
    assert plain.commands == saving.commands
    assert plain.memory == saving.memory
    assert len(plain.trace) > 50
