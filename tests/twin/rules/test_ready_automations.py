"""Ready automations: what homes ask for most, with the devices that are there, and nothing that would do harm."""

from dataclasses import replace

import pytest

from tests.twin.rules.ready_home import placed, ready_home
from twin.model.definition import DefinitionKind, Definitions
from twin.model.twin import Twin
from twin.rules.automation import Activate, At, Automation, Became, Do, Holds, Notify
from twin.rules.definition_body import definition_of, read_body
from twin.rules.home_key import ASLEEP_KEY, HOME_KEY
from twin.rules.ready_automations import ReadyKind, ready_automations
from twin.rules.scene import Scene


def offered(twin: Twin) -> dict[ReadyKind, Automation]:
    return {one.kind: one.rule for one in ready_automations(twin, leak_found="Leak", air_the_room="Open a window")}


def commands(rule: Automation, twin: Twin) -> list[tuple[str, str, object]]:
    """Device, verb and value of each command."""
    name = {point.id: one.name for one in twin.devices for point in one.points}
    found = [one for one in rule.actions if isinstance(one, Do)]
    return [(name.get(one.selector.point, one.selector.point), one.verb, one.value) for one in found]  # type: ignore[call-overload]


def test_each_kind_is_offered_once_its_devices_are_there_and_survives_being_kept() -> None:
    found = offered(ready_home())
    assert set(found) == set(ReadyKind) - {ReadyKind.LEAK_TOLD}
    for rule in found.values():
        assert read_body(DefinitionKind.AUTOMATION, definition_of(rule)) == rule
    assert offered(Twin()) == {}


@pytest.mark.parametrize("kind", sorted(set(ReadyKind) - {ReadyKind.LEAK_TOLD}))
def test_no_plug_is_switched_and_no_radiators_valve_is_taken_for_the_waters(kind: ReadyKind) -> None:
    home = ready_home()
    assert not [one for one in commands(offered(home)[kind], home) if one[0] == "Fridge"]
    assert ("Radiator", "close", None) not in commands(offered(home)[kind], home)


def test_a_leak_closes_the_waters_valve_and_says_so() -> None:
    home = ready_home()
    rule = offered(home)[ReadyKind.LEAK]
    assert commands(rule, home) == [("Water", "close", None)]
    assert rule.actions[-1] == Notify(text="Leak")
    dry = replace(home, devices=tuple(one for one in home.devices if one.kind != "valve"))
    assert ReadyKind.LEAK not in offered(dry)
    assert offered(dry)[ReadyKind.LEAK_TOLD].actions == (Notify(text="Leak"),)


def test_heating_stops_by_an_open_window_and_goes_on_once_it_is_closed() -> None:
    home = ready_home()
    found = offered(home)
    assert commands(found[ReadyKind.WINDOW_OPEN], home) == [("Radiator", "set", 12.0)]
    assert commands(found[ReadyKind.WINDOW_CLOSED], home) == [("Radiator", "set", 20.0)]
    assert isinstance(found[ReadyKind.WINDOW_CLOSED].conditions[0], Holds)


def test_light_comes_on_in_the_dark_only_and_goes_when_nobody_is_there() -> None:
    home = ready_home()
    found = offered(home)
    (dark,) = found[ReadyKind.PRESENCE_LIGHT_ON].conditions
    assert isinstance(dark, Holds)
    assert dark.below == 100.0
    assert commands(found[ReadyKind.PRESENCE_LIGHT_ON], home) == [("Lamp", "on", None)]
    assert commands(found[ReadyKind.PRESENCE_LIGHT_OFF], home) == [("Lamp", "off", None)]


def test_without_a_fan_stuffy_air_is_told() -> None:
    home = ready_home()
    assert commands(offered(home)[ReadyKind.AIR_ON], home) == [("Fan", "set", 60.0)]
    bare = replace(home, devices=tuple(one for one in home.devices if one.kind != "fan"))
    assert offered(bare)[ReadyKind.AIR_ON].actions == (Notify(text="Open a window"),)
    assert ReadyKind.AIR_OFF not in offered(bare)


def test_night_and_away_begin_by_the_clock_and_by_an_empty_home() -> None:
    home = ready_home()
    found = offered(home)
    assert found[ReadyKind.NIGHT].triggers == (At(minute=23 * 60),)
    for kind in (ReadyKind.AWAY_LIGHT, ReadyKind.AWAY_HEATING):
        (away,) = found[kind].triggers
        assert isinstance(away, Became)
        assert (away.selector.point, away.to) == (HOME_KEY, 0.0)
    assert commands(found[ReadyKind.AWAY_LIGHT], home) == [("Lamp", "off", None)]
    assert commands(found[ReadyKind.AWAY_HEATING], home) == [("Radiator", "set", 17.0)]


def test_heating_that_went_down_with_an_empty_home_goes_up_when_somebody_is_back() -> None:
    home = ready_home()
    rule = offered(home)[ReadyKind.HOME_HEATING]
    (back,) = rule.triggers
    assert isinstance(back, Became)
    assert (back.selector.point, back.to) == (HOME_KEY, 1.0)
    assert commands(rule, home) == [("Radiator", "set", 20.0)]
    cold = replace(home, devices=tuple(one for one in home.devices if one.kind != "radiator"))
    assert {ReadyKind.AWAY_HEATING, ReadyKind.HOME_HEATING}.isdisjoint(offered(cold))


def test_good_night_turns_lamps_off_whatever_scenes_there_are() -> None:
    party = definition_of(Scene(id="party", title="Party"))
    home = replace(ready_home(), definitions=Definitions(scenes=(party,)))
    night = offered(home)[ReadyKind.NIGHT]
    assert commands(night, home) == [("Lamp", "off", None), (ASLEEP_KEY, "on", None)]
    assert not [one for one in night.actions if isinstance(one, Activate)]


def test_in_a_room_with_two_sensors_light_goes_only_when_neither_sees_anybody() -> None:
    home = ready_home()
    second = placed("desk", "motion_sensor", "kitchen", "motion")
    found = offered(replace(home, devices=(*home.devices, second)))
    sensors = [point.id for one in (*home.devices, second) for point in one.points if point.capability.id == "motion"]
    for kind in (ReadyKind.PRESENCE_LIGHT_ON, ReadyKind.PRESENCE_LIGHT_OFF):
        assert [one.selector.point for one in found[kind].triggers if isinstance(one, Became)] == sensors
    off = [one for one in found[ReadyKind.PRESENCE_LIGHT_OFF].conditions if isinstance(one, Holds)]
    assert [(one.selector.point, one.equals, one.for_ms) for one in off] == [(one, 0.0, 600_000) for one in sensors]


def test_in_a_room_with_two_air_sensors_airing_ends_only_when_both_are_fresh() -> None:
    home = ready_home()
    second = placed("shelf", "air_sensor", "kitchen", "co2")
    found = offered(replace(home, devices=(*home.devices, second)))
    assert len(found[ReadyKind.AIR_ON].triggers) == 2
    assert [one.below for one in found[ReadyKind.AIR_OFF].conditions if isinstance(one, Holds)] == [800.0, 800.0]
