"""Home and away: by doors and motion, by presence points, by hand; automations read it; it outlives a restart."""

from __future__ import annotations

from collections.abc import Callable

import pytest

from tests.app.conftest import Desk, World, lamp
from tests.app.test_care_watch import moves, report, sensor
from twin.insight.care_activity import MINUTE_MS
from twin.model.definition import DefinitionEdit, DefinitionKind
from twin.model.home_presence import HomeMode, HomeStatus
from twin.model.ids import PointId
from twin.model.observation import Availability
from twin.model.problem import ProblemError
from twin.rules.automation import Automation, Became, Do, Holds
from twin.rules.definition_body import definition_of
from twin.rules.home_key import ASLEEP_KEY, HOME_KEY
from twin.rules.selector import of_point


@pytest.fixture
def house(api: Desk, world: World) -> Desk:
    world.devices = [lamp(), sensor("hall", "Hall", "motion"), sensor("door", "Front door", "contact")]
    api.engine.add("pretend://here").result(60)
    api.until(lambda: len(api.engine.twin.devices) == 3)
    look(api)
    return api


def look(house: Desk, minutes: float = 0.0) -> HomeStatus:
    house.now[0] += round(minutes * MINUTE_MS)
    return house.engine.home_presence().result(60)


def leaves(house: Desk) -> None:
    for value in (False, True, False):
        report(house, "contact", value, "Front door", "door")


def test_before_anything_is_seen_it_is_not_known(house: Desk) -> None:
    assert look(house) == HomeStatus()


def test_motion_is_home_and_a_door_with_ten_quiet_minutes_is_away(house: Desk) -> None:
    moves(house)
    assert look(house).at_home is True
    leaves(house)
    assert look(house, 9).at_home is True
    assert look(house, 2).at_home is False
    moves(house)
    assert look(house).at_home is True


def test_a_door_with_motion_after_it_is_no_leaving(house: Desk) -> None:
    leaves(house)
    moves(house)
    assert look(house, 60).at_home is True


def test_what_is_set_by_hand_holds_until_auto(house: Desk) -> None:
    moves(house)
    assert house.engine.set_home_presence("away").result(60).at_home is False
    moves(house)
    assert look(house).at_home is False
    house.engine.set_home_presence("auto").result(60)
    moves(house)
    assert look(house).at_home is True
    with pytest.raises(ProblemError, match=r"unknown\.home_mode"):
        house.engine.set_home_presence("abroad").result(60)


def test_presence_points_decide_where_there_are_any(house: Desk, world: World) -> None:
    world.describe(*world.devices, sensor("phone", "Phone", "presence"), sensor("key", "Key", "presence"))
    house.until(lambda: len(house.engine.twin.devices) == 5)
    report(house, "presence", True, "Phone", "phone")
    report(house, "presence", False, "Key", "key")
    assert look(house).at_home is True
    report(house, "presence", False, "Phone", "phone")
    moves(house)
    assert look(house).at_home is False


def test_away_by_presence_needs_every_such_point_known(house: Desk, world: World) -> None:
    world.describe(*world.devices, sensor("phone", "Phone", "presence"), sensor("key", "Key", "presence"))
    house.until(lambda: len(house.engine.twin.devices) == 5)
    moves(house)
    report(house, "presence", False, "Key", "key")
    assert look(house).at_home is True, "nothing is known of the phone"
    report(house, "presence", False, "Phone", "phone")
    assert look(house).at_home is False


def test_a_phone_that_is_not_reachable_any_more_keeps_nobody_at_home(house: Desk, world: World) -> None:
    world.describe(*world.devices, sensor("phone", "Phone", "presence"))
    house.until(lambda: len(house.engine.twin.devices) == 4)
    report(house, "presence", True, "Phone", "phone")
    assert look(house).at_home is True
    world.say(Availability("phone", online=False))
    house.until(lambda: not house.engine.session.presence.is_online(house.engine.twin.point_of[PointId(house.point("presence", "Phone"))].device))  # fmt: skip
    leaves(house)
    assert look(house, 11).at_home is False


def test_an_automation_starts_when_the_last_one_leaves(house: Desk) -> None:
    rule = Automation(
        id="leave", title="Leave", triggers=(Became(selector=of_point(HOME_KEY), to=0.0),),
        actions=(Do(selector=of_point(house.point("on")), verb="off"),),
    )  # fmt: skip
    house.engine.change_definitions([DefinitionEdit(DefinitionKind.AUTOMATION, rule.id, definition_of(rule))]).result(
        60
    )
    moves(house)
    look(house)
    assert house.world.sent == []
    leaves(house)
    look(house, 11)
    house.until(lambda: ("lamp", "on", "off", None) in house.world.sent)


def test_it_outlives_a_restart(house: Desk, make_desk: Callable[..., Desk]) -> None:
    house.engine.set_home_presence("away").result(60)
    house.engine.stop()
    again = make_desk(now_ms=house.now[0] + MINUTE_MS)
    again.engine.open(house.path).result(60)
    assert (look(again).at_home, look(again).mode) == (False, HomeMode.AWAY)


def test_asleep_by_hand_is_at_home_and_ends_with_auto(house: Desk) -> None:
    status = house.engine.set_home_presence("asleep").result(60)
    assert (status.word, status.at_home, status.asleep) == ("asleep", True, True)
    moves(house)
    assert look(house).word == "asleep"
    assert house.engine.set_home_presence("auto").result(60).word == "home"


def define(house: Desk, kind: DefinitionKind, rule: Automation) -> None:
    house.engine.change_definitions([DefinitionEdit(kind, rule.id, definition_of(rule))]).result(60)


def test_a_rule_sets_the_home_asleep_and_another_reads_it(house: Desk) -> None:
    night = Automation(
        id="night", title="Night", triggers=(Became(selector=of_point(house.point("on")), to=0.0),),
        actions=(Do(selector=of_point(ASLEEP_KEY), verb="on"),),
    )  # fmt: skip
    dark = Automation(
        id="dark", title="Dark", triggers=(Became(selector=of_point(ASLEEP_KEY), to=1.0),),
        actions=(Do(selector=of_point(house.point("level")), verb="set", value=5.0),),
    )  # fmt: skip
    for rule in (night, dark):
        define(house, DefinitionKind.AUTOMATION, rule)
    moves(house)
    assert look(house).word == "home"
    report(house, "on", True, "Lamp", "lamp")
    report(house, "on", False, "Lamp", "lamp")
    house.until(lambda: look(house).word == "asleep")
    house.until(lambda: ("lamp", "level", "set", 5.0) in house.world.sent)
    leaves(house)
    assert look(house, 11).word == "away", "nobody sleeps in an empty home"


def test_what_is_set_by_hand_or_impossible_is_not_set_by_a_rule_and_the_log_says_so(house: Desk) -> None:
    rule = Automation(
        id="night", title="Night", triggers=(Became(selector=of_point(house.point("on")), to=1.0),),
        actions=(Do(selector=of_point(ASLEEP_KEY), verb="on"),),
    )  # fmt: skip
    define(house, DefinitionKind.AUTOMATION, rule)
    house.engine.set_home_presence("away").result(60)
    report(house, "on", False, "Lamp", "lamp")
    report(house, "on", True, "Lamp", "lamp")
    house.until(lambda: "home.by_hand" in str(house.engine.run_log(0, 1 << 60, 200, "night").result(60)))
    assert look(house).word == "away"


def test_a_schedule_sets_and_ends_the_sleep_of_the_home(house: Desk) -> None:
    moves(house)
    look(house)
    house.engine.context.loop.submit(
        house.engine.session.rules.commands.home(ASLEEP_KEY, "set", 1.0), name="schedule"
    ).result(60)
    assert look(house).word == "asleep"
    house.engine.context.loop.submit(
        house.engine.session.rules.commands.home(ASLEEP_KEY, "set", 0.0), name="schedule"
    ).result(60)
    assert look(house).word == "home"


def test_a_preview_and_why_not_know_the_state_of_the_home_then(house: Desk) -> None:
    rule = Automation(
        id="night", title="Night", triggers=(Became(selector=of_point(house.point("on")), to=1.0),),
        conditions=(Holds(selector=of_point(HOME_KEY), equals=1.0), Holds(selector=of_point(ASLEEP_KEY), equals=0.0)),
        actions=(Do(selector=of_point(house.point("on")), verb="off"),),
    )  # fmt: skip
    begin = house.now[0]
    at: dict[str, int] = {}
    for mode in ("home", "away", "asleep", "home"):
        house.engine.set_home_presence(mode).result(60)
        report(house, "on", False, "Lamp", "lamp")
        report(house, "on", True, "Lamp", "lamp")
        at[mode] = house.now[0]
        house.now[0] += MINUTE_MS
        look(house)
    define(house, DefinitionKind.AUTOMATION, rule)
    found = house.engine.preview_rule(DefinitionKind.AUTOMATION, definition_of(rule), begin, house.now[0]).result(60)
    assert (len(found.starts_ms), found.refused) == (2, 2)
    reasons = house.engine.why_not("night", at["away"] + 10).result(60)
    assert "home.key.presence" in str(reasons), "away then"
    (row,) = house.engine.columns([PointId(HOME_KEY)], begin, house.now[0] + 1, 100).result(60)
    assert len(row.time_ms)


def test_in_a_shared_building_what_the_home_was_is_deleted_with_the_other_presence(house: Desk) -> None:
    house.engine.set_home_presence("home").result(60)
    history = house.engine.session.history
    history.flush()
    assert len(history.raw(PointId(HOME_KEY), 0, 1 << 60).times)
    house.now[0] += 100 * 60 * MINUTE_MS
    house.engine.set_privacy(shared=True, hours=72).result(60)
    assert not len(history.raw(PointId(HOME_KEY), 0, house.now[0]).times)
