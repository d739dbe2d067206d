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
from twin.rules.automation import Automation, Became, Do
from twin.rules.definition_body import definition_of
from twin.rules.home_key import HOME_KEY
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
        house.engine.set_home_presence("asleep").result(60)


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
