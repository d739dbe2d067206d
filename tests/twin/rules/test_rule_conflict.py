"""Rules that get in each other's way: six planted conflicts are found, harmless pairs are left alone."""

import random
import time

from twin.rules.automation import At, Automation, Became, Between, Do, Holds, RuleDays, Wait
from twin.rules.replay import replay
from twin.rules.rule_book import RuleBook
from twin.rules.rule_conflict import conflicts, in_replay
from twin.rules.rule_view import RuleView
from twin.rules.schedule import Schedule, ScheduleTarget
from twin.rules.selector import of_point

START = 20_000 * 86_400_000


def rule(id: str, trigger: object, point: str, value: float, *conditions: object, wait: bool = False) -> Automation:
    waits = (Wait(for_ms=1),) if wait else ()
    do = Do(selector=of_point(point), verb="set", value=value)
    return Automation(id=id, triggers=(trigger,), conditions=conditions, actions=(*waits, do))  # type: ignore[arg-type]


def became(key: str, **more: float) -> Became:
    return Became(selector=of_point(key), **more)  # type: ignore[arg-type]


def found(*rules: Automation, **more: object) -> list[tuple[str, tuple[str, ...]]]:
    return [(one.kind.value, one.rules) for one in conflicts(rules, **more)]  # type: ignore[arg-type]


PLANTED = (
    rule("heat", became("t", below=20.0), "radiator", 1.0),
    rule("window", became("w", to=1.0), "radiator", 0.0),
    rule("never", became("t", above=25.0), "x", 1.0, Holds(selector=of_point("t"), below=20.0)),
    rule("never2", At(minute=180), "x", 1.0, Between(begin=480, end=540)),
    rule("a", became("p", to=1.0), "q", 1.0),
    rule("b", became("q", to=1.0), "p", 0.0),
    rule("c", became("p", to=0.0), "p", 1.0),
    rule("dup1", became("m", to=1.0), "n", 1.0),
    rule("dup2", became("m", to=1.0), "n", 1.0),
    rule("day", At(minute=420), "blind", 1.0),
    rule("night", At(minute=1320), "blind", 0.0),
    rule("cold", became("u", below=18.0), "fan", 1.0),
    rule("warm", became("u", above=22.0), "fan", 0.0),
)


def test_six_planted_conflicts_are_found_and_harmless_pairs_left_alone() -> None:
    assert sorted(found(*PLANTED)) == sorted(
        [
            ("never", ("never",)), ("never", ("never2",)), ("against", ("heat", "window")), ("twice", ("dup1", "dup2")),
            ("loop", ("a", "b", "c")),
            ("against", ("b", "c")),
        ]
    )  # fmt: skip


def test_limits_that_only_touch_do_not_meet_and_what_comes_after_a_wait_is_not_compared() -> None:
    assert found(rule("a", became("t", above=20.0), "x", 1.0), rule("b", became("t", below=20.0), "x", 0.0)) == []
    assert (
        found(rule("a", became("t", above=20.0), "x", 1.0), rule("b", became("m", to=1.0), "x", 0.0, wait=True)) == []
    )


def test_days_of_the_week_keep_rules_apart_and_a_night_past_midnight_does_not() -> None:
    work, free = RuleDays(weekdays=(0, 1, 2, 3, 4)), RuleDays(weekdays=(5, 6))
    at = [rule("a", At(minute=420, days=work), "x", 1.0), rule("b", At(minute=420, days=free), "x", 0.0)]
    assert found(*at) == []
    friday_night = Between(begin=1320, end=480, days=RuleDays(weekdays=(4,)))
    assert found(rule("a", became("m", to=1.0), "x", 1.0, friday_night), at[1]) == [("against", ("a", "b"))]


def test_what_is_not_there_and_what_a_schedule_writes_is_said() -> None:
    schedule = Schedule(id="s", targets=(ScheduleTarget(selector=of_point("x")),))
    one = rule("a", became("gone", to=1.0), "x", 1.0)
    assert found(one, schedules=[schedule], known={"x"}) == [("schedule", ("a", "s")), ("orphan", ("a",))]


def test_heating_and_cooling_one_room_and_heating_by_an_open_window_are_found_by_their_effect() -> None:
    effects = {"radiator": "heat:r", "cooler": "cool:r", "w": "window:r"}
    rules = (
        rule("h", became("t", below=22.0), "radiator", 50.0), rule("c", became("t", above=21.0), "cooler", 1.0),
        rule("o", became("m", to=1.0), "radiator", 50.0, Holds(selector=of_point("w"), equals=1.0)),
        rule("off", became("t", above=21.0), "radiator", 0.0, Holds(selector=of_point("w"), equals=1.0)),
    )  # fmt: skip
    effect = [one for one in found(*rules, effects=effects) if one[0] == "effect"]
    assert effect == [("effect", ("h", "c")), ("effect", ("o", "c")), ("effect", ("o",))]


def test_a_recorded_day_shows_two_rules_on_one_point_with_the_moment() -> None:
    rules = (rule("a", became("m", to=1.0), "x", 1.0), rule("b", became("n", to=1.0), "x", 0.0))
    readings = [("m", 0.0, START), ("n", 0.0, START), ("m", 1.0, START + 5000), ("n", 1.0, START + 40_000)]
    done = replay(RuleBook(rules), RuleView(), readings, START, START + 600_000)
    assert [(one.rules, one.key, one.time_ms) for one in in_replay(done.commands)] == [
        (("a", "b"), "x", START + 40_000)
    ]


def test_300_rules_are_compared_in_less_than_two_seconds_of_cpu() -> None:
    rng = random.Random(1)
    rules = [
        rule(
            f"r{i}", became(f"p{rng.randrange(300)}", above=rng.uniform(0, 10)), f"p{rng.randrange(300, 600)}", float(rng.randrange(2)),
            Between(begin=rng.randrange(24) * 60, end=rng.randrange(24) * 60),
        )
        for i in range(300)
    ]  # fmt: skip
    began = time.thread_time()
    assert len(conflicts(rules)) > 10
    assert time.thread_time() - began < 2.0
