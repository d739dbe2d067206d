"""Alarms, automations, schedules and scenes in a running engine: who and when are kept, nothing acts on what is not known."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Iterator
from concurrent.futures import ThreadPoolExecutor
from itertools import pairwise
from typing import cast

import pytest
from hypothesis import given
from hypothesis import strategies as st
from msgspec.structs import replace

from app.engine.rule_compiling import CompiledRules
from app.engine.rule_inputs import in_turn
from app.engine.rule_log import with_names
from app.i18n import current_language, sentence, set_language
from devices.link import LinkState
from tests.app.conftest import Desk, lamp, rooms_building
from twin.model.alarm import AlarmOverlay, AlarmStatus
from twin.model.change import AlarmsChanged, CommandUpdated, DeviceOnline, LinkChanged, ProblemRaised
from twin.model.command import CommandState
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.ids import DeviceId, PointId, RoomId
from twin.model.observation import Availability, Report
from twin.model.problem import ProblemError
from twin.model.report_columns import ReportColumns, ReportTable
from twin.model.rule_status import RulePreview, RuleStatus
from twin.model.text import Text
from twin.rules.alarm_act import Acknowledge, Reset, ReturnToService, Shelve, TakeOutOfService, Unshelve
from twin.rules.alarm_definition import (
    MINUTE_MS,
    AlarmClass,
    AlarmDefinition,
    AlarmPriority,
    Equals,
    Low,
    SetByRule,
    Silent,
)
from twin.rules.automation import Activate, At, Automation, Became, Do, Holds, Notify, Raise
from twin.rules.definition_body import RuleValue, definition_of, read_body
from twin.rules.rule_view import ValueChange, online_key, room_key
from twin.rules.scene import Scene, SceneTarget
from twin.rules.schedule import Schedule, ScheduleTarget
from twin.rules.selector import Selector, of_point
from twin.rules.trace_history import start_outcome

KINDS = {
    AlarmDefinition: DefinitionKind.ALARM,
    Automation: DefinitionKind.AUTOMATION,
    Schedule: DefinitionKind.SCHEDULE,
    Scene: DefinitionKind.SCENE,
}


@pytest.fixture(autouse=True)
def english() -> Iterator[None]:
    """Whatever language a test before has chosen."""
    spoken = current_language()
    set_language("en")
    yield
    set_language(spoken)


@pytest.fixture
def house(api: Desk) -> Desk:
    """A lamp with a thermometer, online and in the kitchen."""
    api.engine.add("pretend://house").result(60)

    async def work() -> None:
        await api.engine.session.edits.edit(lambda project: project.set_building(rooms_building("Kitchen")))

    api.engine.context.loop.submit(work(), name="rooms").result(60)
    api.engine.bind(DeviceId(api.engine.twin.devices[0].id), RoomId("room-Kitchen")).result(60)
    return api


def define(api: Desk, *values: RuleValue) -> None:
    api.engine.change_definitions(
        [DefinitionEdit(KINDS[type(one)], one.id, definition_of(one)) for one in values]
    ).result(60)


def on_loop(api: Desk, work: Callable[[], object]) -> None:
    async def carried() -> None:
        work()

    api.engine.context.loop.submit(carried(), name="by hand").result(60)


def passes(api: Desk, ms: int) -> None:
    """Time goes on, and the engine looks, by the definitions of the newest edit."""
    api.engine.alarms().result(60)
    api.now[0] += ms
    on_loop(api, api.engine.session.rules.look)


def says(api: Desk, key: str, value: float | bool, *, time_ms: int | None = None) -> None:
    """The lamp reports, and the engine has heard it."""
    before = api.engine.session.ingest.counts.observations
    api.world.report(key, value, time_ms=time_ms)
    api.until(lambda: api.engine.session.ingest.counts.observations > before, f"{key} heard")


def frost(api: Desk, **more: object) -> AlarmDefinition:
    fields = {"priority": AlarmPriority.HIGH, "on_ms": 15 * MINUTE_MS, "off_ms": MINUTE_MS, "deadband": 0.5} | more
    return AlarmDefinition(id="frost:t", key=api.point("t"), condition=Low(5.0), **fields)  # type: ignore[arg-type]


def standing(api: Desk, id: str = "frost:t") -> AlarmStatus:
    return next(one for one in api.engine.alarms().result(60) if one.id == id)


def log(api: Desk, id: str = "frost:t") -> list[tuple[str, str]]:
    """(event, who), oldest first."""
    rows = api.engine.alarm_log(0, 1 << 60, 100, id).result(60)
    return [(row.event, row.who) for row in reversed(rows)]


def runs(api: Desk, rule: str) -> list[str]:
    """The codes of what an automation did, oldest first."""
    return [one.reason.code for one in reversed(api.engine.run_log(0, 1 << 60, 100, rule).result(60))]


def senders(api: Desk) -> list[tuple[str, str]]:
    """(sender, verb) of every command that began."""
    return [
        (one.result.command.sender, one.result.command.verb)
        for one in api.seen(CommandUpdated)
        if one.result.state is CommandState.PENDING
    ]


def freezing(api: Desk, **more: object) -> None:
    """The frost alarm stands, unacknowledged."""
    define(api, frost(api, **more))
    says(api, "t", 3.0)
    passes(api, 15 * MINUTE_MS)
    assert standing(api).phase == "unack"


def test_an_alarm_is_raised_after_its_delay_and_returns_beyond_its_deadband_and_the_log_says_when(house: Desk) -> None:
    define(house, frost(house))
    says(house, "t", 3.0)
    passes(house, 14 * MINUTE_MS)
    assert standing(house).phase == "normal"
    passes(house, MINUTE_MS)
    assert (standing(house).phase, standing(house).value, standing(house).room) == ("unack", 3.0, "room-Kitchen")
    says(house, "t", 5.3)  # within the deadband
    passes(house, 10 * MINUTE_MS)
    assert standing(house).active
    says(house, "t", 6.0)
    passes(house, MINUTE_MS)
    assert standing(house).phase == "normal"
    assert log(house) == [("raised", ""), ("returned", "")]
    told = [one for change in house.seen(AlarmsChanged) for one in change.alarms if one.id == "frost:t"]
    assert [one.phase for one in told] == ["unack", "normal"]


def test_an_alarm_and_an_automation_see_what_was_so_for_a_moment_only_however_much_comes_together(house: Desk) -> None:
    lit = AlarmDefinition(id="lit", key=house.point("on"), condition=Equals(1.0), priority=AlarmPriority.HIGH)
    dimmed = Automation(
        id="dimmed", triggers=(Became(selector=of_point(house.point("t")), above=30.0),), actions=(Notify(text="Brr"),)
    )
    define(house, lit, dimmed)
    house.engine.alarms().result(60)  # by the new definitions
    says(house, "on", False)
    says(house, "t", 20.0)
    flicker = [Report("lamp", key, value) for key, value in (("on", True), ("t", 31.0), ("on", False), ("t", 20.0)) * 2]
    before = house.engine.session.ingest.counts.observations
    house.world.say(ReportColumns.of(flicker, ReportTable()))
    house.until(lambda: house.engine.session.ingest.counts.observations == before + len(flicker), "flicker heard")
    assert log(house, "lit") == [("raised", ""), ("returned", "")] * 2
    assert runs(house, "dimmed").count("run.told") == 2


@given(st.lists(st.tuples(st.sampled_from("abc"), st.floats(0, 1), st.integers(0, 9))))
def test_what_rules_are_told_is_cut_only_where_a_point_speaks_again(changes: list[ValueChange]) -> None:
    parts = in_turn(changes)
    assert [one for part in parts for one in part] == changes
    assert all(len({key for key, _, _ in part}) == len(part) for part in parts)
    assert all(part[0][0] in {key for key, _, _ in before} for before, part in pairwise(parts))


def test_who_acknowledged_shelved_and_took_out_of_service_is_kept_with_the_time(house: Desk) -> None:
    freezing(house)
    act = house.engine.act_on_alarms
    (acked,) = act(["frost:t"], Acknowledge(), sender="Ada").result(60)
    assert (acked.phase, acked.acked_by) == ("ack", "Ada")
    (shelved,) = act(["frost:t"], Shelve(for_ms=3_600_000, why="window is being mended"), sender="Ben").result(60)
    assert (shelved.overlay, shelved.until_ms) == (AlarmOverlay.SHELVED, house.now[0] + 3_600_000)
    act(["frost:t"], Unshelve(), sender="Ada").result(60)
    act(["frost:t"], TakeOutOfService(why="sensor is broken"), sender="Cem").result(60)
    assert standing(house).overlay is AlarmOverlay.OUT_OF_SERVICE
    act(["frost:t"], ReturnToService(), sender="Cem").result(60)
    assert standing(house).phase == "unack"  # told anew: an old acknowledgement does not count
    assert log(house) == [
        ("raised", ""),
        ("acknowledged", "Ada"),
        ("shelved", "Ben"),
        ("unshelved", "Ada"),
        ("re_annunciated", ""),
        ("out_of_service", "Cem"),
        ("in_service", "Cem"),
        ("re_annunciated", ""),
    ]
    rows = house.engine.alarm_log(0, 1 << 60, 1, "frost:t").result(60)
    assert [row.time_ms for row in rows] == [house.now[0]]


def test_a_shelf_ends_by_itself_at_its_time(house: Desk) -> None:
    freezing(house)
    house.engine.act_on_alarms(["frost:t"], Shelve(for_ms=MINUTE_MS, why="later")).result(60)
    passes(house, MINUTE_MS - 1)
    assert standing(house).overlay is AlarmOverlay.SHELVED
    passes(house, 1)
    assert (standing(house).overlay, standing(house).phase) == (AlarmOverlay.NONE, "unack")


def test_an_act_that_cannot_be_is_refused_in_words_and_changes_nothing(house: Desk) -> None:
    define(house, frost(house, category=AlarmClass.SAFETY))
    for act, why in ((Acknowledge(), "alarm.nothing_to_acknowledge"), (Reset(), "alarm.nothing_to_reset"),
                     (Shelve(for_ms=1000, why="quiet"), "alarm.shelving_too_long"),
                     (Shelve(for_ms=1000, why=" "), "alarm.shelving_needs_reason")):  # fmt: skip
        with pytest.raises(ProblemError) as caught:
            house.engine.act_on_alarms(["frost:t"], act).result(60)
        (problem,) = caught.value.problems
        assert (problem.code, problem.args["why"]["code"]) == ("alarm.refused", why)
    with pytest.raises(ProblemError) as caught:
        house.engine.act_on_alarms(["nothing"], Acknowledge()).result(60)
    assert caught.value.problems[0].code == "unknown.alarm"
    assert standing(house).at_rest


def test_states_and_pending_acknowledgements_are_there_again_after_a_restart(
    house: Desk, make_desk: Callable[..., Desk]
) -> None:
    freezing(house)
    house.engine.act_on_alarms(["frost:t"], Acknowledge(), sender="Ada").result(60)
    house.engine.stop()
    again = make_desk(now_ms=house.now[0] + 3_600_000)
    again.engine.open(house.path, links=()).result(60)
    again.world = house.world
    known = standing(again)
    assert (known.phase, known.acked_by, known.uncertain) == ("ack", "Ada", True)  # silence never clears
    again.engine.stop()
    third = make_desk(now_ms=again.now[0])
    third.engine.open(house.path, links=()).result(60)
    told = [one for change in third.seen(AlarmsChanged) if change.whole for one in change.alarms]
    assert [(one.id, one.phase) for one in told] == [("frost:t", "ack")]  # also where nothing is news
    again = third
    assert log(again)[:2] == [("raised", ""), ("acknowledged", "Ada")]


def test_an_alarm_stays_as_it_is_while_its_value_is_not_known_and_no_delay_runs_on(house: Desk) -> None:
    define(house, frost(house))
    says(house, "t", 3.0)
    passes(house, 10 * MINUTE_MS)
    house.world.die()
    house.until(lambda: standing(house).uncertain, "gone")
    passes(house, 60 * MINUTE_MS)
    assert standing(house).phase == "normal"


def test_what_was_known_last_is_no_reason_to_act_after_a_restart(house: Desk, make_desk: Callable[..., Desk]) -> None:
    define(house, frost(house, on_ms=0), automation(house))
    house.engine.stop()
    # the lamp's last temperature is in the history; the restarted engine shows it as stale and does nothing by it
    again = make_desk(now_ms=house.now[0])
    again.engine.open(house.path).result(60)
    passes(again, 3_600_000)
    assert standing(again).phase == "normal"
    assert house.world.sent == []


def test_a_late_report_is_the_past_and_raises_nothing(house: Desk) -> None:
    define(house, frost(house, on_ms=0), automation(house))
    says(house, "t", 20.0, time_ms=house.now[0])
    passes(house, MINUTE_MS)
    says(house, "t", 3.0, time_ms=house.now[0] - 10 * MINUTE_MS)
    assert standing(house).phase == "normal"
    assert house.world.sent == []


def automation(api: Desk, **more: object) -> Automation:
    """Cold switches the lamp on."""
    fields = {
        "triggers": (Became(selector=of_point(api.point("t")), below=5.0),),
        "actions": (Do(selector=of_point(api.point("on")), verb="on"),),
    } | more
    return Automation(id="warm", title="Warm light", **fields)  # type: ignore[arg-type]


def test_an_automation_commands_on_the_ordinary_road_as_automation_and_its_run_is_written_down(house: Desk) -> None:
    define(house, automation(house))
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    house.until(lambda: runs(house, "warm")[-1:] == ["run.finished"], "run")
    assert senders(house) == [("automation", "on")]
    assert house.world.sent == [("lamp", "on", "on", None)]
    assert runs(house, "warm") == ["run.started", "run.command", "run.confirmed", "run.finished"]
    (status,) = house.engine.rules().result(60)
    assert (status.kind, status.title.args["text"], status.enabled) == ("automation", "Warm light", True)
    assert status.running == 0


def test_the_first_reading_teaches_and_starts_nothing(house: Desk) -> None:
    define(house, automation(house))
    says(house, "t", 3.0)
    says(house, "t", 2.0)
    assert runs(house, "warm") == []
    assert [text.code for text in house.engine.why_not("warm").result(60)] == ["why.was_so_already"]


def test_a_rule_that_is_edited_while_its_value_is_known_learns_it_and_does_not_start(house: Desk) -> None:
    says(house, "t", 3.0)
    define(house, automation(house))
    says(house, "t", 3.5)
    assert runs(house, "warm") == []
    says(house, "t", 8.0)
    says(house, "t", 3.0)
    house.until(lambda: runs(house, "warm")[-1:] == ["run.finished"])


def test_an_automation_stays_off_a_lamp_that_somebody_switched_by_hand_until_it_is_given_back(house: Desk) -> None:
    define(house, automation(house))
    says(house, "on", False)
    says(house, "on", True)  # at its own switch: no command explains it
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    house.until(lambda: "run.by_hand" in runs(house, "warm"), "left alone")
    assert house.world.sent == []
    house.engine.release_points([house.point("on")]).result(60)
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    house.until(lambda: house.world.sent, "commanded")


def test_a_command_of_a_person_counts_as_their_hand(house: Desk) -> None:
    define(house, automation(house))
    house.engine.command(PointId(house.point("on")), "off").result(60)
    house.until(lambda: house.engine.session.rules.memory.by_hand, "hand")
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    house.until(lambda: "run.by_hand" in runs(house, "warm"), "left alone")


def test_a_command_that_the_device_refuses_ends_the_run_with_its_reason(house: Desk) -> None:
    define(house, automation(house, actions=(Do(selector=of_point(house.point("level")), verb="set", value=13.0),)))
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    house.until(lambda: runs(house, "warm")[-1:] == ["run.finished"])
    assert "run.failed" in runs(house, "warm")


def test_a_wall_time_starts_a_rule_once_and_one_that_passed_while_nothing_ran_starts_nothing(
    house: Desk, make_desk: Callable[..., Desk]
) -> None:
    rule = automation(house, triggers=(At(minute=minute_in(house, 30)),))
    define(house, rule)
    passes(house, 29 * MINUTE_MS)
    assert house.world.sent == []
    passes(house, 2 * MINUTE_MS)
    house.until(lambda: runs(house, "warm")[-1:] == ["run.finished"])
    passes(house, MINUTE_MS)
    assert len(house.world.sent) == 1
    house.engine.stop()
    again = make_desk(now_ms=house.now[0] + 24 * 3_600_000 + 3_600_000)
    again.engine.open(house.path).result(60)
    again.until(lambda: "trigger.missed" in runs(again, "warm"), "traced")
    assert len(house.world.sent) == 1


def minute_in(api: Desk, minutes: int) -> int:
    """The wall time of so many minutes from now, in the engine's zone."""
    from twin.rules.wall_clock import local, minute_of_day

    zone = api.engine.session.rules.compiled.view.zone
    return minute_of_day(local(api.now[0] + minutes * MINUTE_MS, zone))


def test_a_clock_that_is_set_back_starts_no_rule_twice(house: Desk) -> None:
    define(house, automation(house, triggers=(At(minute=minute_in(house, 30)),)))
    passes(house, 31 * MINUTE_MS)
    house.until(lambda: runs(house, "warm")[-1:] == ["run.finished"])
    passes(house, -20 * MINUTE_MS)
    passes(house, 25 * MINUTE_MS)
    assert len(house.world.sent) == 1


def test_a_schedule_switches_a_lamp_as_schedule(house: Desk) -> None:
    minute = minute_in(house, 10)
    week = (((0, 0.0), (minute, 1.0)),) * 7
    define(house, Schedule(id="s", week=week, targets=(ScheduleTarget(selector=of_point(house.point("on"))),)))  # type: ignore[arg-type]
    passes(house, 11 * MINUTE_MS)
    house.until(lambda: ("schedule", "on") in senders(house), "switched")


def test_a_scene_is_set_in_its_order_and_what_failed_is_named(house: Desk) -> None:
    targets = (
        SceneTarget(selector=of_point(house.point("level")), verb="set", value=40.0),
        SceneTarget(selector=of_point(house.point("on")), verb="on"),
        SceneTarget(selector=of_point("gone"), verb="on"),
    )
    define(house, Scene(id="evening", title="Evening", targets=targets))
    outcome = house.engine.set_scene("evening", sender="Ada").result(60)
    assert [verb for _, _, verb, _ in house.world.sent] == ["on", "set"]
    assert outcome.confirmed == (house.point("on"), house.point("level"))
    assert [(point, why.code) for point, why in outcome.failed] == [("gone", "scene.point_gone")]
    with pytest.raises(ProblemError):
        house.engine.set_scene("morning").result(60)


def test_a_rule_raises_an_alarm_that_another_rule_answers_and_tells(house: Desk) -> None:
    from twin.rules.alarm_definition import SetByRule
    from twin.rules.automation import Alarmed

    told = AlarmDefinition(id="own:cold", key="told:own:cold", condition=SetByRule(), title="Too cold")
    define(
        house,
        told,
        automation(house, actions=(Raise(alarm="own:cold"),)),
        Automation(id="z answers", triggers=(Alarmed(alarm="own:cold"),), actions=(Notify(text="Brr"),)),
    )
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    house.until(lambda: "run.told" in runs(house, "z answers"), "answered")
    assert standing(house, "own:cold").phase == "unack"
    notices = [one.problem for one in house.seen(ProblemRaised) if one.problem.code == "rules.notice"]
    assert [one.args["text"] for one in notices] == ["Brr"]


def test_a_rule_that_goes_in_circles_is_switched_off_with_an_alarm_and_can_be_started_again(house: Desk) -> None:
    on, level = of_point(house.point("on")), of_point(house.point("level"))
    define(house, automation(house, triggers=(Became(selector=on),), actions=(Notify(text="x"),), yields_to_hand_ms=0))
    del level
    for number in range(24):
        says(house, "on", bool(number % 2))
    house.until(lambda: standing(house, "circles:warm").active, "alarm")
    (status,) = house.engine.rules().result(60)
    assert status.circles_since_ms is not None
    house.engine.run_rule("warm").result(60)
    assert house.engine.rules().result(60)[0].circles_since_ms is None


def test_a_silent_device_is_an_alarm_after_its_time_and_speaking_ends_it(house: Desk) -> None:
    device = house.engine.twin.devices[0].id
    define(house, AlarmDefinition(id="silent:lamp", key=online_key(device), condition=Silent(3_600_000)))
    says(house, "t", 20.0)
    passes(house, 3_600_000)
    assert standing(house, "silent:lamp").phase == "normal"
    passes(house, MINUTE_MS)
    assert standing(house, "silent:lamp").phase == "unack"
    says(house, "t", 20.0)
    assert standing(house, "silent:lamp").phase == "normal"


def test_a_device_that_its_gateway_calls_offline_is_an_alarm_at_once(house: Desk) -> None:
    device = house.engine.twin.devices[0].id
    define(house, AlarmDefinition(id="silent:lamp", key=online_key(device), condition=Equals(0.0)))
    house.world.die()
    house.until(lambda: standing(house, "silent:lamp").active, "offline")


def test_undo_of_an_alarm_closes_it_and_redo_watches_anew(house: Desk) -> None:
    freezing(house)
    house.engine.undo().result(60)
    assert [one.id for one in house.engine.alarms().result(60)] == []
    assert log(house)[-1] == ("removed", "")
    assert house.seen(AlarmsChanged)[-1].gone == ("frost:t",)
    house.engine.redo().result(60)
    passes(house, 15 * MINUTE_MS)
    assert standing(house).phase == "unack"  # the value is known, its delay began anew


def test_an_alarm_of_a_device_that_is_removed_is_closed(house: Desk) -> None:
    freezing(house)
    house.engine.remove(house.engine.twin.devices[0].id).result(60)
    assert house.engine.alarms().result(60) == ()
    assert log(house)[-1] == ("removed", "")


@pytest.mark.parametrize(
    "body",
    ['{"id":"x","key":"","condition":{"type":"Low","limit":5}}', '{"id":"x","key":"k","condition":{"type":"Nonsense"}}',
     '{"id":"x","key":"k","condition":{"type":"Low","limit":5},"on_ms":-1}'],
)  # fmt: skip
def test_a_definition_that_cannot_be_read_is_refused_and_nothing_changes(house: Desk, body: str) -> None:
    edit = DefinitionEdit(DefinitionKind.ALARM, "x", Definition("x", "X", True, body))
    with pytest.raises(ProblemError) as caught:
        house.engine.change_definitions([edit]).result(60)
    assert caught.value.problems[0].code == "rules.unreadable"
    assert house.engine.twin.definitions.alarms == ()


def test_a_definition_of_the_file_that_nobody_can_read_costs_only_itself(house: Desk) -> None:
    bad = DefinitionEdit(DefinitionKind.ALARM, "x", Definition("x", "X", True, '{"nonsense":1}'))

    async def work() -> None:
        await house.engine.session.edits.edit(lambda project: project.change_definitions([bad]))

    house.engine.context.loop.submit(work(), name="old file").result(60)
    define(house, frost(house))
    assert [one.id for one in house.engine.alarms().result(60)] == ["frost:t"]
    problems = [one.problem for one in house.seen(ProblemRaised) if one.problem.code == "rules.unreadable"]
    assert [one.where for one in problems] == ["x"]


def test_values_that_no_rule_reads_are_not_even_taken_in(house: Desk) -> None:
    define(house, frost(house))
    says(house, "t", 20.0)
    says(house, "level", 40.0)
    view = house.engine.session.rules.compiled.view
    assert (view.get(house.point("t")), house.point("level") in view.value) == (20.0, False)


def test_a_value_that_moved_while_no_rule_read_it_is_known_as_it_is_once_one_reads_it_again(house: Desk) -> None:
    freezing(house)
    house.engine.undo().result(60)
    house.engine.alarms().result(60)
    says(house, "t", 20.0)
    house.engine.redo().result(60)
    passes(house, 60 * MINUTE_MS)
    assert (standing(house).phase, standing(house).value) == ("normal", 20.0)


@pytest.fixture
def ticking(house: Desk, monkeypatch: pytest.MonkeyPatch) -> list[int]:
    """Time that passed, moved by hand beside the clock: what a set clock and a sleep are told by."""
    lived = [house.now[0]]
    house.engine.context.lived_ms = lambda: lived[0]
    on_loop(house, house.engine.session.rules.look)
    return lived


def both(api: Desk, lived: list[int], ms: int) -> None:
    """Clock and time go on together, a little at a time, as they do while somebody watches."""
    api.engine.alarms().result(60)
    for _ in range(ms // 30_000):
        lived[0] += 30_000
        passes(api, 30_000)


def test_a_clock_that_is_set_forward_raises_nothing_before_its_delay_has_passed(
    house: Desk, ticking: list[int]
) -> None:
    define(house, frost(house))
    says(house, "t", 3.0)
    both(house, ticking, 10 * MINUTE_MS)
    passes(house, 3 * 3_600_000)  # the clock was set, no time passed
    assert standing(house).phase == "normal"
    both(house, ticking, 4 * MINUTE_MS)
    assert standing(house).phase == "normal"
    both(house, ticking, 2 * MINUTE_MS)
    assert standing(house).phase == "unack"


def test_after_a_sleep_nobody_knows_what_was_meanwhile_and_delays_begin_anew(house: Desk, ticking: list[int]) -> None:
    device = house.engine.twin.devices[0].id
    silent = AlarmDefinition(id="silent:lamp", key=online_key(device), condition=Silent(3_600_000))
    define(house, frost(house), silent)
    says(house, "t", 3.0)
    both(house, ticking, 10 * MINUTE_MS)
    ticking[0] += 8 * 3_600_000  # the computer slept
    passes(house, 8 * 3_600_000)
    assert (standing(house).phase, standing(house, "silent:lamp").phase) == ("normal", "normal")
    both(house, ticking, 14 * MINUTE_MS)
    assert standing(house).phase == "normal"
    both(house, ticking, 2 * MINUTE_MS)
    assert standing(house).phase == "unack"


def always_on(api: Desk) -> Schedule:
    return Schedule(id="s", week=(((0, 1.0),),) * 7, targets=(ScheduleTarget(selector=of_point(api.point("on"))),))  # type: ignore[arg-type]


def test_a_schedule_asserts_its_value_after_a_start_once_its_link_is_there(
    house: Desk, make_desk: Callable[..., Desk]
) -> None:
    define(house, always_on(house))
    house.until(lambda: house.world.sent, "switched")
    house.engine.stop()
    house.world.sent.clear()
    again = make_desk(now_ms=house.now[0] + MINUTE_MS)
    again.engine.open(house.path).result(60)
    again.until(lambda: house.world.sent == [("lamp", "on", "on", None)], "asserted")
    again.until(lambda: [one for one in again.seen(CommandUpdated) if one.result.state is CommandState.CONFIRMED])


def test_a_schedule_asserts_its_value_once_a_gateway_that_was_away_at_the_start_is_there(
    house: Desk, make_desk: Callable[..., Desk]
) -> None:
    define(house, always_on(house))
    house.until(lambda: house.world.sent, "switched")
    house.engine.stop()
    house.world.sent.clear()
    house.world.alive = False
    again = make_desk(now_ms=house.now[0] + MINUTE_MS)
    again.engine.open(house.path).result(60)
    again.until(lambda: "run.failed" in runs(again, "s"), "the failure is in the log")
    house.world.alive = True
    again.until(lambda: house.world.sent == [("lamp", "on", "on", None)], "asserted")
    again.until(lambda: [one for one in again.seen(CommandUpdated) if one.result.state is CommandState.CONFIRMED])
    house.world.die()
    again.until(lambda: again.seen(LinkChanged)[-1].state != LinkState.ONLINE.value, "away")
    house.world.alive = True
    again.until(lambda: again.seen(LinkChanged)[-1].state == LinkState.ONLINE.value, "back")
    again.engine.rules().result(60)
    assert len(house.world.sent) == 1, "what it got is not sent again"


def away_and_back(api: Desk) -> None:
    for online in (False, True):
        api.world.say(Availability("lamp", online))
        api.until(lambda online=online: api.seen(DeviceOnline)[-1].online is online, "away, back")
    api.engine.rules().result(60)


def test_what_a_schedule_could_not_set_is_set_once_the_device_is_back_unless_a_person_set_it_meanwhile(
    house: Desk,
) -> None:
    level = ScheduleTarget(selector=of_point(house.point("level")))
    define(house, Schedule(id="s", week=(((0, 13.0),),) * 7, targets=(level,)))  # type: ignore[arg-type]
    house.until(lambda: runs(house, "s") == ["run.failed"], "the lamp refuses 13, and the log says so")
    away_and_back(house)
    house.until(lambda: runs(house, "s") == ["run.failed"] * 2, "tried again")
    assert house.world.sent == [("lamp", "level", "set", 13.0)] * 2
    house.engine.command(PointId(house.point("level")), "set", 50.0).result(60)
    away_and_back(house)
    assert house.world.sent[2:] == [("lamp", "level", "set", 50.0)]


def test_what_a_schedules_scene_could_not_set_is_set_once_the_device_is_back(house: Desk) -> None:
    targets = (
        SceneTarget(selector=of_point(house.point("level")), verb="set", value=13.0),
        SceneTarget(selector=of_point(house.point("on")), verb="on"),
    )
    week = (((0, 0.0),),) * 7
    define(house, Scene(id="dim", targets=targets), Schedule(id="s", week=week, scenes=("dim",)))  # type: ignore[arg-type]
    house.until(lambda: runs(house, "s") == ["run.failed"], "the lamp refuses 13")
    away_and_back(house)
    house.until(lambda: runs(house, "s") == ["run.failed"] * 2, "tried again")
    assert [one for one in house.world.sent if one[1] == "level"] == [("lamp", "level", "set", 13.0)] * 2
    assert len([one for one in house.world.sent if one[1] == "on"]) == 1, "what it had set is not sent again"


def test_a_time_that_comes_while_a_verb_without_links_works_is_left_to_the_engine_that_runs_them(
    house: Desk, make_desk: Callable[..., Desk]
) -> None:
    define(house, always_on(house), automation(house, triggers=(At(minute=minute_in(house, 30)),)))
    house.until(lambda: house.world.sent, "switched")
    house.engine.release_points([]).result(60)
    passes(house, 29 * MINUTE_MS)
    house.engine.stop()
    house.world.sent.clear()
    verb = make_desk(now_ms=house.now[0] + 2 * MINUTE_MS)
    verb.engine.open(house.path, links=()).result(60)
    passes(verb, 1)
    assert [one.id for one in verb.engine.rules().result(60)] == ["warm", "s"]
    assert verb.seen(CommandUpdated) == []
    assert runs(verb, "warm") == []
    verb.engine.stop()
    copy = make_desk(now_ms=verb.now[0])
    copy.engine.open(house.path, automations=False).result(60)
    copy.until(lambda: house.world.sessions, "links run")
    passes(copy, 1)
    assert (copy.seen(CommandUpdated), runs(copy, "warm"), house.world.sent) == ([], [], [])
    copy.engine.stop()
    third = make_desk(now_ms=copy.now[0])
    third.engine.open(house.path).result(60)
    third.until(lambda: runs(third, "warm")[-1:] == ["run.finished"], "run")
    assert runs(third, "warm") == ["run.started", "run.command", "run.confirmed", "run.finished"]


def test_a_hand_is_remembered_by_an_engine_that_judges_no_rules(house: Desk, make_desk: Callable[..., Desk]) -> None:
    define(house, automation(house))
    (link,) = house.engine.twin.links
    house.engine.stop()
    verb = make_desk(now_ms=house.now[0])
    verb.engine.open(house.path, links=[link.id]).result(60)
    verb.until(lambda: house.world.sessions, "link runs")
    verb.engine.command(PointId(verb.point("on")), "off").result(60)
    verb.until(lambda: verb.engine.session.rules.memory.by_hand, "hand")
    verb.engine.stop()
    again = make_desk(now_ms=verb.now[0])
    again.engine.open(house.path).result(60)
    assert list(again.engine.session.rules.memory.by_hand) == [again.point("on")]


def test_an_engine_closes_while_a_rule_waits_for_a_link_that_never_answers(
    house: Desk, make_desk: Callable[..., Desk], monkeypatch: pytest.MonkeyPatch
) -> None:
    define(house, always_on(house))
    house.engine.stop()
    house.world.sent.clear()
    again = make_desk(now_ms=house.now[0] + MINUTE_MS)

    async def silent(*_: object) -> None:
        await asyncio.Event().wait()

    monkeypatch.setattr(again.engine.context.adapters["pretend"], "open", silent)
    again.engine.open(house.path).result(60)
    again.until(lambda: again.engine.session.links.running, "connecting")
    with ThreadPoolExecutor(1) as pool:
        pool.submit(again.engine.stop).result(30)
    assert house.world.sent == []


def back(api: Desk) -> None:
    """The gateway answers again, and its link is online."""
    api.world.alive = True
    (runner,) = api.engine.session.links.running
    api.until(lambda: runner.state is LinkState.WAITING, "gave up")
    on_loop(api, runner.wake)
    api.until(lambda: runner.state is LinkState.ONLINE, "online")


def offline(api: Desk) -> AlarmDefinition:
    device = api.engine.twin.devices[0].id
    return AlarmDefinition(id="silent:lamp", key=online_key(device), condition=Silent(3_600_000))


def test_a_device_that_was_away_only_with_its_gateway_is_no_alarm_once_the_gateway_is_back(house: Desk) -> None:
    define(house, offline(house))
    house.world.assumed = True  # nobody says whether its devices are there
    house.world.die()
    house.until(lambda: standing(house, "silent:lamp").active, "raised")
    back(house)
    house.until(lambda: not standing(house, "silent:lamp").active, "returned")
    passes(house, 3_600_000 + MINUTE_MS)
    assert standing(house, "silent:lamp").active  # its silence counts from the gateway's return


def test_a_device_that_was_away_before_its_gateway_went_is_still_an_alarm_when_that_is_back(house: Desk) -> None:
    define(house, offline(house))
    house.world.say(Availability("lamp", False))
    house.until(lambda: standing(house, "silent:lamp").active, "raised")
    house.world.assumed = True
    house.world.die()
    back(house)
    house.until(lambda: house.seen(DeviceOnline)[-1].assumed, "assumed")
    passes(house, MINUTE_MS)
    assert standing(house, "silent:lamp").active
    says(house, "t", 20.0)
    house.until(lambda: not standing(house, "silent:lamp").active, "spoke")


def test_that_a_device_was_away_when_the_program_ended_says_nothing_of_now(
    house: Desk, make_desk: Callable[..., Desk]
) -> None:
    device = house.engine.twin.devices[0].id
    define(house, AlarmDefinition(id="silent:lamp", key=online_key(device), condition=Equals(0.0)))
    house.world.die()
    house.until(lambda: standing(house, "silent:lamp").active, "raised")
    house.engine.stop()
    again = make_desk(now_ms=house.now[0] + 3_600_000)
    again.engine.open(house.path, links=()).result(60)
    assert (standing(again, "silent:lamp").uncertain, standing(again, "silent:lamp").value) == (True, None)


def cold_room(**more: object) -> AlarmDefinition:
    key = room_key("room-Kitchen", "temperature")
    return AlarmDefinition(id="cold", key=key, condition=Low(5.0), **more)  # type: ignore[arg-type]


def test_a_room_whose_only_sensor_was_moved_away_says_nothing_any_more_and_no_delay_runs_on(house: Desk) -> None:
    cold = Became(selector=Selector(room="room-Kitchen", capability="temperature"), below=5.0, for_ms=10 * MINUTE_MS)
    define(house, cold_room(), Automation(id="warm", triggers=(cold,), actions=(Notify(text="Brr"),)))
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    assert standing(house, "cold").active
    passes(house, 5 * MINUTE_MS)
    house.engine.unbind(house.engine.twin.devices[0].id).result(60)
    passes(house, 6 * MINUTE_MS)
    assert standing(house, "cold").uncertain
    assert "run.told" not in runs(house, "warm")


def test_a_room_that_loses_one_of_two_sensors_says_what_the_other_says(house: Desk) -> None:
    house.world.describe(lamp(), lamp("two", "Two"))
    house.until(lambda: len(house.engine.twin.devices) == 2, "two")
    one, two = sorted(house.engine.twin.devices, key=lambda device: device.name)
    house.engine.bind(two.id, RoomId("room-Kitchen")).result(60)
    define(house, cold_room())
    says(house, "t", 3.0)
    before = house.engine.session.ingest.counts.observations
    house.world.report("t", 21.0, uid="two")
    house.until(lambda: house.engine.session.ingest.counts.observations > before, "heard")
    view = house.engine.session.rules.compiled.view
    assert view.get(room_key("room-Kitchen", "temperature")) == 12.0
    house.engine.unbind(two.id).result(60)
    assert (standing(house, "cold").phase, one.name) == ("unack", "Lamp")
    assert house.engine.session.rules.compiled.view.get(room_key("room-Kitchen", "temperature")) == 3.0


def test_a_day_that_is_over_compiles_the_rules_once_however_often_somebody_looks(
    house: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    define(house, frost(house))
    rules, times = house.engine.session.rules, list[int]()
    compile_rules: Callable[[], CompiledRules] = getattr(rules, "_made")  # noqa: B009 - of its own class only

    def watched() -> CompiledRules:
        times.append(house.now[0])
        if len(times) < 9:
            on_loop(house, rules.look)  # a second later, while they are being compiled
        return compile_rules()

    monkeypatch.setattr(rules, "_made", watched)
    passes(house, 24 * 3_600_000)
    house.engine.alarms().result(60)
    assert len(times) == 1


@pytest.mark.parametrize("by_hand", [False, True])
def test_a_device_that_answers_a_rule_late_is_nobodys_hand_and_another_value_is(house: Desk, by_hand: bool) -> None:
    sets = Do(selector=of_point(house.point("level")), verb="set", value=40.0)
    define(house, automation(house, actions=(sets,)))
    says(house, "level", 20.0)
    says(house, "t", 20.0)
    house.world.deaf = True  # asleep
    house.engine.context.settings.values["command_deadline_s"] = 0.2
    says(house, "t", 3.0)
    house.until(lambda: "run.failed" in runs(house, "warm"), "not answered")
    passes(house, MINUTE_MS)
    says(house, "level", 30.0 if by_hand else 40.0)
    assert list(house.engine.session.rules.memory.by_hand) == ([house.point("level")] if by_hand else [])
    passes(house, MINUTE_MS)
    says(house, "level", 20.0)  # now it is somebody
    says(house, "level", 40.0)
    assert list(house.engine.session.rules.memory.by_hand) == [house.point("level")]


def test_an_alarm_that_stands_is_told_with_its_devices_new_name(house: Desk) -> None:
    freezing(house)
    house.engine.rename(house.engine.twin.devices[0].id, "Cellar").result(60)
    house.until(lambda: [one.title.args["name"] for one in house.seen(AlarmsChanged)[-1].alarms] == ["Cellar"], "told")


def test_the_logs_and_what_keeps_a_rule_from_starting_name_devices_and_rooms_and_no_ids(house: Desk) -> None:
    in_room = Automation(
        id="room",
        triggers=(Became(selector=Selector(room="room-Kitchen", capability="temperature"), below=5.0),),
        actions=(Notify(text="Brr"),),
    )
    define(house, automation(house), in_room)
    says(house, "t", 20.0)
    says(house, "t", 3.0)
    house.until(lambda: runs(house, "warm")[-1:] == ["run.finished"], "run")
    told = [sentence(one.reason) for one in house.engine.run_log(0, 1 << 60, 100).result(60)]
    told += [sentence(one) for one in house.engine.why_not("warm").result(60)]
    assert any(one.startswith("Lamp / Temperature was 3") for one in told)
    assert any("Lamp / Temperature became 3" in one for one in told)
    assert any("Kitchen / Temperature became 3" in one for one in told)
    assert any(one.startswith("Lamp / Power switch was told") for one in told)
    assert [one for one in told if house.engine.twin.devices[0].id in one or "room:" in one] == []


def automation_of_warmth(api: Desk, **more: object) -> Automation:
    warm = Became(selector=of_point(api.point("t")), above=26.0)
    lit = Do(selector=of_point(api.point("on")), verb="on")
    fields = {"triggers": (warm,), "actions": (lit,)} | more
    return Automation(id="warm", title="Warm", **fields)  # type: ignore[arg-type]


def recorded_day(api: Desk) -> int:
    """A day on which it was warm twice while the lamp was off, and once while it was on; returns its beginning."""
    begin = api.now[0]
    for hour, key, value in (
        (0, "t", 20.0), (0, "on", False), (1, "t", 27.0), (2, "t", 20.0), (3, "t", 28.0), (4, "t", 21.0), (5, "on", True),
        (6, "t", 29.0), (7, "t", 20.0),
    ):  # fmt: skip
        api.now[0] = begin + hour * 60 * MINUTE_MS
        says(api, key, value)
    api.now[0] = begin + 24 * 60 * MINUTE_MS
    return begin


def dark(api: Desk) -> Holds:
    return Holds(selector=of_point(api.point("on")), equals=0.0)


def previewed(api: Desk, rule: Automation | Schedule, from_ms: int) -> RulePreview:
    return api.engine.preview_rule(KINDS[type(rule)], definition_of(rule), from_ms, api.now[0]).result(60)


def test_a_rule_that_is_not_there_yet_is_tried_on_a_recorded_day_and_nothing_is_sent(house: Desk) -> None:
    begin = recorded_day(house)
    unlit = Do(selector=of_point(house.point("on")), verb="off")
    found = previewed(house, automation_of_warmth(house, conditions=(dark(house),), actions=(unlit,)), begin)
    hours = [(at - begin) / (60 * MINUTE_MS) for at in found.starts_ms]
    assert (hours, found.refused, found.happened_ms) == ([1.0, 3.0], 1, ())
    assert [(one.point, one.verb) for one in found.commands] == [(house.point("on"), "off")] * 2
    assert found.readings == 9
    assert "it did not start upon “Lamp / Temperature became 29 °C”: Lamp / Power switch was on" in sentence(
        found.steps[-1].reason
    )
    assert house.world.sent == []
    assert house.engine.twin.definitions.automations == ()


def test_a_preview_says_beside_it_when_the_rule_really_started_and_what_it_conflicts_with(house: Desk) -> None:
    rule = automation_of_warmth(house)
    off = Do(selector=of_point(house.point("on")), verb="off")
    against = automation_of_warmth(house, actions=(off,))
    define(house, rule, replace(against, id="against", title="Against"))
    house.engine.rules().result(60)
    begin = recorded_day(house)
    found = previewed(house, rule, begin)
    assert len(found.starts_ms) == 3
    assert [at - begin for at in found.happened_ms] == [at - begin for at in found.starts_ms]
    (clash,) = [one for one in found.clashes if one.kind == "against"]
    assert [sentence(one) for one in clash.titles] == ["Against", "Warm"]
    assert sentence(clash.name) == "Lamp / Power switch"


def test_a_schedule_is_tried_on_recorded_days_too_and_a_scene_is_refused_in_words(house: Desk) -> None:
    begin = house.now[0]
    house.now[0] += 24 * 60 * MINUTE_MS
    found = previewed(house, always_on(house), begin)
    assert {one.verb for one in found.commands} == {"set"}
    with pytest.raises(ProblemError, match=r"rules\.no_preview"):
        house.engine.preview_rule(DefinitionKind.SCENE, definition_of(Scene(id="s")), begin, house.now[0]).result(60)


def test_why_a_rule_did_not_start_at_a_past_time_is_told_by_its_log_and_by_what_was_recorded(house: Desk) -> None:
    begin = recorded_day(house)  # before there was any rule: nothing of it is in the log
    define(house, automation_of_warmth(house, conditions=(dark(house),)))
    house.engine.rules().result(60)
    at = begin + 6 * 60 * MINUTE_MS + MINUTE_MS
    said = [sentence(one) for one in house.engine.why_not("warm", at).result(60)]
    assert said[0].startswith("Lamp / Temperature was 29 °C already, since")
    assert said[1] == "its condition did not hold: Lamp / Power switch was on, which its condition does not allow"
    says(house, "t", 20.0)
    says(house, "t", 30.0)
    said = [sentence(one) for one in house.engine.why_not("warm", house.now[0]).result(60)]
    assert "it did not start upon “Lamp / Temperature became 30 °C”" in said[0]


def test_the_list_says_when_each_rule_ran_last_and_when_the_clock_starts_it_next_also_after_a_restart(
    house: Desk, make_desk: Callable[..., Desk]
) -> None:
    now = house.now[0]
    on = SceneTarget(selector=of_point(house.point("on")), verb="on")
    daily = automation_of_warmth(house, triggers=(At(minute=minute_in(house, 30)),), actions=(Notify(text="Hi"),))
    define(house, daily, Scene(id="lit", targets=(on,)))
    house.engine.rules().result(60)

    def times(api: Desk) -> list[tuple[int | None, int | None]]:
        return [(one.last_run_ms, one.next_run_ms) for one in api.engine.rules().result(60)]

    in_half_an_hour = now // MINUTE_MS * MINUTE_MS + 30 * MINUTE_MS
    assert times(house) == [(None, in_half_an_hour), (None, None)]
    house.engine.run_rule("warm").result(60)
    house.engine.set_scene("lit").result(60)
    assert times(house) == [(now, in_half_an_hour), (now, None)]
    house.engine.stop()
    again = make_desk(now_ms=now + MINUTE_MS)
    again.engine.open(house.path).result(60)
    assert times(again) == [(now, in_half_an_hour), (now, None)]


def test_when_a_deleted_rule_ran_is_forgotten_at_the_next_start_and_the_others_stay(
    house: Desk, make_desk: Callable[..., Desk]
) -> None:
    warm = automation_of_warmth(house, actions=(Notify(text="Hi"),))
    define(house, warm, replace(warm, id="kept"), replace(warm, id="off"), Scene(id="lit"))
    house.engine.rules().result(60)
    for rule in ("warm", "kept", "off"):
        house.engine.run_rule(rule).result(60)
    house.engine.set_scene("lit").result(60)
    off = DefinitionEdit(DefinitionKind.AUTOMATION, "off", definition_of(replace(warm, id="off"), enabled=False))
    gone = [DefinitionEdit(DefinitionKind.AUTOMATION, "warm"), DefinitionEdit(DefinitionKind.SCENE, "lit")]
    house.engine.change_definitions([off, *gone]).result(60)
    assert sorted(house.engine.session.rules.memory.ran) == ["kept", "lit", "off", "warm"], "undo brings them back"
    house.engine.stop()
    again = make_desk(now_ms=house.now[0])
    again.engine.open(house.path).result(60)
    assert sorted(again.engine.session.rules.memory.ran) == ["kept", "off"]


def test_what_came_of_a_start_by_hand_is_known_from_its_log_at_once(house: Desk) -> None:
    cold = Holds(selector=of_point(house.point("t")), below=10.0)
    says(house, "t", 20.0)
    warm = automation_of_warmth(house, triggers=(), actions=(Notify(text="Hi"),), conditions=(cold,))
    define(house, warm)

    def started() -> tuple[str, int]:
        before = house.engine.run_log(0, 1 << 60, 50, "warm").result(60)
        house.engine.run_rule("warm", sender="Ada").result(60)
        after = house.engine.run_log(0, 1 << 60, 50, "warm").result(60)
        outcome = start_outcome(before, after)
        assert outcome is not None
        assert start_outcome(after, after) is None
        return sentence(outcome.reason), outcome.run

    said, run = started()
    assert said.startswith("it did not start upon “Ada asked for it”: "), said
    assert run == 0
    says(house, "t", 5.0)
    assert started() == ("it started: Ada asked for it", 1)


def test_who_started_a_rule_stands_in_its_log(house: Desk) -> None:
    define(house, automation_of_warmth(house))
    house.engine.run_rule("warm", sender="Ada").result(60)
    rows = house.engine.run_log(0, 1 << 60, 100, "warm").result(60)
    assert sentence(rows[-1].reason) == "it started: Ada asked for it"


def test_the_log_names_scenes_schedules_alarms_and_the_rule_that_decided_otherwise(house: Desk) -> None:
    strong = automation_of_warmth(house, actions=(Raise(alarm="told"), Activate(scene="lit")))
    alarm = AlarmDefinition(id="told", title="Too warm", key="told:told", condition=SetByRule())
    define(house, strong, Scene(id="lit", title="Evening"), alarm, replace(always_on(house), title="Days"))
    house.engine.run_rule("warm").result(60)
    said = [sentence(one.reason) for one in house.engine.run_log(0, 1 << 60, 100, "warm").result(60)]
    assert "it called the scene Evening" in said
    assert any(one.startswith("it set the alarm Too warm to active") for one in said)
    twin = house.engine.twin
    named = [
        with_names(Text("run.overruled", by="s", point=house.point("on")), twin),
        with_names(Text("trigger.schedule", schedule="s", value=1.0), twin),
    ]
    assert [sentence(one) for one in named] == [
        "Days decided otherwise about Lamp / Power switch",
        "the schedule Days changed to on",
    ]


def test_an_alarm_hidden_behind_another_says_the_title_of_its_cause(house: Desk) -> None:
    gateway = AlarmDefinition(
        id="gateway:g", key=house.point("on"), condition=Equals(0.0), title="Gateway down", category=AlarmClass.SERVICE
    )
    define(house, gateway, frost(house, on_ms=0, parents=("gateway:g",)))
    says(house, "t", 3.0)
    assert standing(house).phase == "unack"
    says(house, "on", False)
    why = standing(house).why
    assert why is not None
    assert sentence(why) == "hidden by Gateway down, its cause"
    assert standing(house).overlay is AlarmOverlay.SUPPRESSED
    rows = house.engine.alarm_log(0, 1 << 60, 100, "frost:t").result(60)
    assert [sentence(one.reason) for one in rows if one.reason is not None] == ["hidden by Gateway down, its cause"]


def evening(api: Desk) -> Scene:
    targets = (
        SceneTarget(selector=of_point(api.point("level")), verb="set", value=40.0),
        SceneTarget(selector=of_point(api.point("on")), verb="on"),
    )
    return Scene(id="evening", title="Evening", targets=targets)


def scene_status(api: Desk, id: str = "evening") -> RuleStatus:
    return next(one for one in api.engine.rules().result(60) if one.id == id)


def test_a_scene_is_captured_from_a_room_with_the_colours_and_levels_of_lamps_that_are_off(house: Desk) -> None:
    says(house, "on", True)
    says(house, "level", 70.0)
    house.now[0] += MINUTE_MS
    says(house, "on", False)
    says(house, "level", 0.0)
    made = house.engine.capture_scene(RoomId("room-Kitchen"), "Dark").result(60)
    scene = cast("Scene", read_body(DefinitionKind.SCENE, made))
    found = {one.selector.point: (one.verb, one.value) for one in scene.targets}
    assert found == {house.point("on"): ("off", None), house.point("level"): ("set", 70.0)}
    assert (made.title, scene.room, house.engine.twin.definitions.scenes) == ("Dark", "room-Kitchen", ())


def test_a_room_without_anything_to_command_and_one_that_is_not_there_are_problems_in_words(house: Desk) -> None:
    for room, code in ((RoomId("room-Attic"), "unknown.room"), (RoomId("room-Kitchen"), "rules.nothing_to_capture")):
        with pytest.raises(ProblemError) as refused:
            house.engine.capture_scene(room).result(60)
        assert [one.code for one in refused.value.problems] == [code]


def test_a_scene_says_how_much_of_it_stands_and_is_put_back_once_also_after_a_restart(
    house: Desk, make_desk: Callable[..., Desk]
) -> None:
    define(house, evening(house))
    says(house, "on", False)
    says(house, "level", 10.0)
    says(house, "on", True)
    assert (scene_status(house).matches, scene_status(house).differs) == (1, (house.point("level"),))
    assert not scene_status(house).can_put_back
    house.engine.set_scene("evening").result(60)
    house.until(lambda: scene_status(house).is_active, "the scene stands")
    house.engine.set_scene("evening").result(60)  # again: what was before stays what it was
    house.engine.stop()
    again = make_desk(now_ms=house.now[0] + MINUTE_MS)
    again.engine.open(again.path).result(60)
    assert scene_status(again).can_put_back
    sent = len(again.world.sent)
    outcome = again.engine.put_back_scene("evening").result(60)
    assert outcome.failed == ()
    assert [(key, verb, value) for _, key, verb, value in again.world.sent[sent:]] == [
        ("on", "on", None),
        ("level", "set", 10.0),
    ]
    assert not scene_status(again).can_put_back
    with pytest.raises(ProblemError) as refused:
        again.engine.put_back_scene("evening").result(60)
    assert [one.code for one in refused.value.problems] == ["rules.no_before"]


def test_a_schedule_that_is_edited_while_in_force_commands_what_it_has_now(house: Desk) -> None:
    define(house, always_on(house))
    house.until(lambda: house.world.sent == [("lamp", "on", "on", None)], "switched")
    level = ScheduleTarget(selector=of_point(house.point("level")))
    define(house, replace(always_on(house), targets=(*always_on(house).targets, level)))
    house.until(lambda: ("lamp", "level", "set", 1.0) in house.world.sent, "commanded as well")


def test_a_schedule_that_is_renamed_or_gets_other_times_of_the_same_value_commands_nothing(house: Desk) -> None:
    define(house, always_on(house))
    house.until(lambda: [one for one in house.seen(CommandUpdated) if one.result.state is CommandState.CONFIRMED])
    define(house, replace(always_on(house), title="Evenings"))
    define(house, replace(always_on(house), default=0.0))
    house.engine.rules().result(60)
    assert senders(house) == [("schedule", "on")]


def test_a_scene_that_is_set_again_where_a_point_differs_keeps_where_the_others_were(house: Desk) -> None:
    define(house, evening(house))
    says(house, "level", 10.0)
    says(house, "on", False)
    house.engine.set_scene("evening").result(60)
    house.until(lambda: scene_status(house).is_active, "the scene stands")
    says(house, "level", 60.0)
    house.engine.set_scene("evening").result(60)
    house.until(lambda: scene_status(house).is_active, "the scene stands again")
    sent = len(house.world.sent)
    house.engine.put_back_scene("evening").result(60)
    assert {(key, verb, value) for _, key, verb, value in house.world.sent[sent:]} == {
        ("on", "off", None),
        ("level", "set", 60.0),
    }


def test_a_point_that_was_not_put_back_can_still_be(house: Desk) -> None:
    define(house, evening(house))
    says(house, "level", 13.0)  # a level that the lamp reports and refuses
    says(house, "on", True)
    house.engine.set_scene("evening").result(60)
    house.until(lambda: scene_status(house).is_active, "the scene stands")
    outcome = house.engine.put_back_scene("evening").result(60)
    assert [point for point, _ in outcome.failed] == [house.point("level")]
    assert scene_status(house).can_put_back
    sent = len(house.world.sent)
    house.engine.put_back_scene("evening").result(60)
    assert house.world.sent[sent:] == [("lamp", "level", "set", 13.0)]


def test_a_scene_that_a_schedule_sets_is_sent_as_schedule(house: Desk) -> None:
    targets = (SceneTarget(selector=of_point(house.point("level")), verb="set", value=40.0),)
    week = (((0, 0.0),),) * 7
    define(house, Scene(id="dim", targets=targets), Schedule(id="s", week=week, scenes=("dim",)))  # type: ignore[arg-type]
    house.until(lambda: ("schedule", "set") in senders(house), "set")


@pytest.mark.parametrize("known", [True, False])
def test_putting_back_while_a_scene_is_being_set_sends_no_more_of_the_scene(house: Desk, known: bool) -> None:
    define(house, evening(house))
    says(house, "on", False)
    if known:
        says(house, "level", 10.0)
    house.world.deaf = True  # the first stage waits for its report
    setting = house.engine.set_scene("evening")
    house.until(lambda: ("lamp", "on", "on", None) in house.world.sent, "the first stage is sent")
    assert scene_status(house).running == 1
    putting = house.engine.put_back_scene("evening")
    house.until(lambda: ("lamp", "on", "off", None) in house.world.sent, "and put back")
    house.world.deaf = False
    says(house, "on", True)
    says(house, "on", False)
    setting.result(60)
    assert putting.result(60).failed == ()
    assert scene_status(house).running == 0
    assert ("lamp", "level", "set", 40.0) not in house.world.sent


def test_only_a_scene_that_was_set_as_a_whole_has_a_last_run(house: Desk) -> None:
    define(house, evening(house))
    says(house, "on", False)
    says(house, "level", 10.0)
    house.engine.set_scene("evening").result(60)
    first = scene_status(house).last_run_ms
    house.now[0] += MINUTE_MS
    house.engine.put_back_scene("evening").result(60)
    assert scene_status(house).last_run_ms == first
