"""Preview: a recorded day replayed, why a rule did not start, what the history keeps."""

import math
from zoneinfo import ZoneInfo

import pytest

from tests.twin.rules.rule_house import RuleHouse
from twin.model.text import Text, as_text
from twin.rules.automation import At, Automation, Became, Between, Do, Every, Holds, Pressed, Wait
from twin.rules.condition import Moment
from twin.rules.evaluate import RuleInput
from twin.rules.replay import CALLS_APART, keys_read, moved_on, replay
from twin.rules.rule_book import RuleBook
from twin.rules.rule_memory import RuleMemory
from twin.rules.rule_view import RuleView
from twin.rules.selector import of_point
from twin.rules.why_not import why_not

SECOND, MINUTE, HOUR, DAY = 1000, 60_000, 3_600_000, 86_400_000
START = 20_000 * DAY


def do(point: str, value: float = 1.0) -> Do:
    return Do(selector=of_point(point), verb="set", value=value)


def became(key: str, **more: float) -> Became:
    return Became(selector=of_point(key), **more)  # type: ignore[arg-type]


LAMP = Automation(
    id="lamp", triggers=(became("motion", to=1.0),), conditions=(Holds(selector=of_point("lux"), below=50.0),),
    actions=(do("lamp"), Wait(for_ms=5 * MINUTE), do("lamp", 0.0)),
)  # fmt: skip
CHAIN = Automation(id="chain", triggers=(became("lamp", to=1.0, for_ms=MINUTE),), actions=(do("fan"),))


def test_a_day_is_replayed_as_it_would_have_been_evaluated_live() -> None:
    readings = [("motion", 0.0, START + 1), ("lux", 20.0, START + 2)]
    readings += [
        (key, value, START + n * 10 * MINUTE + shift)
        for n in range(1, 100)
        for key, value, shift in (("motion", 1.0, 0), ("noise", 1.0, 5), ("motion", 0.0, 3000))
    ]
    found = replay(RuleBook([LAMP, CHAIN]), RuleView(), readings, START, START + DAY)
    live = RuleHouse(LAMP, CHAIN)
    live.hears(START)
    for key, value, at in readings:
        live.waits(at)
        live.reads(at, {key: value})
    live.waits(START + DAY)
    assert [(one.time_ms, one.command.point, one.command.value) for one in found.commands] == live.sent()
    assert found.trace == tuple(live.trace)
    assert len(found.commands) == 297
    assert found.readings == 200, "what no rule reads is passed over"


def test_a_command_changes_its_point_until_the_record_changes_it_again() -> None:
    readings = [
        ("motion", 0.0, START),
        ("lux", 20.0, START),
        ("lamp", 0.0, START),
        ("motion", 1.0, START + MINUTE),
        ("lamp", 0.0, START + 90 * SECOND),
    ]
    found = replay(RuleBook([LAMP, CHAIN]), RuleView(), readings, START, START + HOUR)
    assert [one.command.point for one in found.commands] == ["lamp", "lamp"], (
        "the record switched it off before its minute"
    )


def test_the_next_24_hours_are_yesterdays_readings_moved_on() -> None:
    readings = moved_on([("motion", 0.0, START - DAY), ("lux", 9.0, START - DAY), ("motion", 1.0, START - HOUR)], DAY)
    found = replay(RuleBook([LAMP]), RuleView(), readings, START, START + DAY)
    assert found.commands[0].time_ms == START + 23 * HOUR


def test_a_preview_begins_with_what_was_so_before_and_starts_nothing_by_it() -> None:
    view = RuleView()
    view.take([("motion", 1.0, START - HOUR), ("lux", 20.0, START - HOUR), ("lamp", 1.0, START - MINUTE // 2)])
    found = replay(RuleBook([LAMP, CHAIN]), view, [], START, START + HOUR)
    assert [(one.time_ms, one.command.point) for one in found.commands] == [(START + MINUTE // 2, "fan")]


def test_replaying_reads_what_conditions_inside_of_actions_read() -> None:
    from twin.rules.automation import AllOf, If, NotOf, WaitFor

    inner = NotOf(Holds(selector=of_point("x"), equals=1.0))
    rule = Automation(
        id="r", triggers=(Every(minutes=5),),
        actions=(If(condition=AllOf((inner,)), then=(WaitFor(condition=Holds(selector=of_point("y"), equals=1.0), timeout_ms=1),)),),
    )  # fmt: skip
    assert keys_read(RuleBook([rule]), RuleView()) == {"x", "y"}


def codes(reasons: tuple[Text, ...]) -> list[str]:
    return [one.code for one in reasons]


def test_why_not_at_2114_is_worked_out_from_what_was_so_then() -> None:
    house = RuleHouse(LAMP)
    house.hears(START, motion=0.0, lux=80.0)
    house.hears(START + 21 * HOUR, motion=1.0)
    at = Moment(house.view, house.book.schedules, START + 21 * HOUR + 14 * MINUTE)
    reasons = why_not(house.book, "lamp", at, house.memory)
    assert codes(reasons) == ["why.was_so_already", "why.condition"]
    assert reasons[0].args["since_ms"] == START + 21 * HOUR
    why = as_text(reasons[1].args["why"])
    assert isinstance(why, Text)
    assert (why.args["key"], why.args["value"], why.args["below"]) == ("lux", 80.0, 50.0)


def test_why_not_names_every_trigger_what_is_pending_and_what_is_off() -> None:
    rule = Automation(
        id="r",
        triggers=(
            became("a", to=1.0, for_ms=HOUR), became("b", above=5.0), became("c", to=1.0), Pressed(selector=of_point("d"), word=0.0),
            At(minute=420),
        ),
        conditions=(Between(begin=0, end=60),), actions=(Wait(for_ms=HOUR),),
    )  # fmt: skip
    house = RuleHouse(rule, zone=ZoneInfo("UTC"))
    house.hears(START, a=0.0, b=3.0)
    house.hears(START + MINUTE, a=1.0, c=math.nan)
    reasons = why_not(house.book, "r", Moment(house.view, {}, START + 2 * HOUR), house.memory)
    assert codes(reasons) == [
        "why.not_long_enough", "why.value_not_so", "why.value_unknown", "why.not_pressed", "why.not_the_time", "why.condition",
    ]  # fmt: skip
    assert reasons[0].args["due_ms"] == START + 61 * MINUTE
    assert reasons[4].args["next_ms"] == START + 7 * HOUR
    assert codes(why_not(house.book, "gone", Moment(house.view, {}, START), house.memory)) == ["why.rule_off"]
    house.call(START + 30 * MINUTE, RuleInput(asked=("r",)))
    assert codes(why_not(house.book, "r", Moment(house.view, {}, START + 31 * MINUTE), house.memory))[-1] == "why.busy"
    assert codes(why_not(RuleBook([Automation(id="r")]), "r", Moment(house.view, {}, START), RuleMemory())) == [
        "why.only_by_hand"
    ]


def test_a_replay_breathes_between_its_evaluations_and_ends_where_that_raises() -> None:
    readings = [("motion", float(n % 2), START + n * SECOND) for n in range(1000)]
    calls: list[int] = []
    found = replay(RuleBook([LAMP]), RuleView(), readings, START, START + HOUR, breathe=lambda: calls.append(0))
    assert len(calls) == found.calls // CALLS_APART > 1

    def stop() -> None:
        raise InterruptedError

    with pytest.raises(InterruptedError):
        replay(RuleBook([LAMP]), RuleView(), readings, START, START + HOUR, breathe=stop)
