"""Rules that get in each other's way: six planted conflicts are found, harmless pairs are left alone."""

import random
import time
from dataclasses import replace

from tests.twin.store.worlds import device
from twin.model.device import Device
from twin.model.ids import RoomId
from twin.model.twin import Twin
from twin.rules.automation import At, Automation, Became, Between, Do, Holds, RuleDays, Wait
from twin.rules.replay import replay
from twin.rules.room_effect import EffectKind, room_effects
from twin.rules.rule_book import RuleBook
from twin.rules.rule_conflict import ConflictKind, conflicts, in_replay
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


def effect(*rules: Automation) -> list[tuple[tuple[str, ...], str]]:
    found = conflicts(rules, effects=room_effects(ROOM))
    return [(one.rules, one.key) for one in found if one.kind is ConflictKind.EFFECT]


def do(point: str, value: float | str) -> Do:
    return Do(selector=of_point(point), verb="set", value=value)


def in_room(kind: str, *capabilities: str) -> Device:
    return replace(device(kind, *capabilities), kind=kind, room=RoomId("r"))


ROOM = Twin(
    devices=(
        in_room("radiator", "valve", "setpoint_heat"), in_room("air_conditioner", "setpoint_cool", "hvac_mode", "on_off"),
        in_room("contact_sensor", "contact"), in_room("valve", "valve"),
    )
)  # fmt: skip


def at(kind: str, capability: str) -> str:
    return next(
        str(p.id) for p in ROOM.points if ROOM.device_of[p.device].kind == kind and p.capability.id == capability
    )


RADIATOR, TAP, PANE = at("radiator", "valve"), at("valve", "valve"), at("contact_sensor", "contact")
COOLER, MODE = at("air_conditioner", "on_off"), at("air_conditioner", "hvac_mode")
HEAT_TO, COOL_TO = at("radiator", "setpoint_heat"), at("air_conditioner", "setpoint_cool")


def test_heating_and_cooling_one_room_and_heating_by_an_open_window_are_found_by_what_points_do_to_their_room() -> None:
    open_pane = Holds(selector=of_point(PANE), equals=1.0)
    warm, cold = became("t", below=22.0), became("t", above=21.0)
    rules = (
        rule("h", warm, RADIATOR, 50.0), rule("c", cold, COOLER, 1.0),
        rule("o", became("m", to=1.0), RADIATOR, 50.0, open_pane), rule("off", cold, RADIATOR, 0.0, open_pane),
        rule("water", became("m", to=1.0), TAP, 100.0, open_pane),
    )  # fmt: skip
    assert effect(*rules) == [(("h", "c"), "r"), (("o", "c"), "r"), (("o",), PANE)]


def test_set_points_fight_only_where_the_room_is_heated_further_than_it_is_cooled() -> None:
    def at_once(first: Do, second: Do) -> list[tuple[tuple[str, ...], str]]:
        made = Automation(id="both", triggers=(At(minute=420),), actions=(first, second))
        return effect(made)

    assert at_once(do(HEAT_TO, 20.0), do(COOL_TO, 26.0)) == []
    assert at_once(do(HEAT_TO, 24.0), do(COOL_TO, 22.0)) == [(("both",), "r")]
    assert at_once(do(HEAT_TO, 24.0), do(MODE, "fan_only")) == []
    assert at_once(do(HEAT_TO, 24.0), do(MODE, "cool")) == [(("both",), "r")]


def test_a_capability_of_a_room_has_the_effect_that_all_its_points_have() -> None:
    effects = room_effects(ROOM)
    assert effects["room:r/setpoint_heat"].kind is EffectKind.HEATS_TO
    assert "room:r/valve" not in effects, "one of them is of water"


def test_two_rules_that_choose_different_modes_at_once_are_against_each_other_and_the_same_mode_is_twice() -> None:
    def chooses(id: str, mode: str) -> Automation:
        return Automation(id=id, triggers=(At(minute=420),), actions=(do(MODE, mode),))

    assert found(chooses("a", "heat"), chooses("b", "cool")) == [("against", ("a", "b"))]
    assert found(chooses("a", "heat"), chooses("b", "heat")) == [("twice", ("a", "b"))]


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
