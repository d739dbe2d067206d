"""What users of other programs complain about in public, each as a test under the number of its thread: alarms."""

import math

import pytest

from twin.rules.alarm_act import Acknowledge, Reset, Shelve
from twin.rules.alarm_book import AlarmBook
from twin.rules.alarm_definition import AlarmDefinition, AlarmPriority, Equals, High, Silent
from twin.rules.alarm_evaluation import AlarmMemory, act, evaluate_alarms, standing
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind, AlarmPhase
from twin.rules.rule_view import RuleView
from twin.rules.work_order import OriginKind, WorkOrder, WorkOrigin, WorkState, noted

K = AlarmEventKind
MINUTE = 60_000


class House:
    """One sensor `a`, one alarm or several on it."""

    def __init__(self, *definitions: AlarmDefinition) -> None:
        self.book, self.view, self.memory = AlarmBook(definitions), RuleView(), AlarmMemory()
        self.log: list[AlarmEvent] = []
        self.wake: int | None = None

    def hears(self, now: int, value: float | None = None) -> None:
        changes = self.view.take([] if value is None else [("a", value, now)])
        outcome = evaluate_alarms(self.book, self.memory, self.view, changes, now)
        self.memory, self.wake = outcome.memory, outcome.wake_ms
        self.log += outcome.events

    def does(self, what: Acknowledge | Reset | Shelve, now: int) -> None:
        outcome = act(self.book, self.memory, "hot", what, now, "me")
        self.memory, self.wake = outcome.memory, outcome.wake_ms
        self.log += outcome.events

    def kinds(self) -> list[AlarmEventKind]:
        return [one.kind for one in self.log]


HOT = AlarmDefinition(id="hot", key="a", condition=High(26.0))
SLOW = AlarmDefinition(id="hot", key="a", condition=High(26.0), on_ms=5 * MINUTE)


def test_thingsboard_10590_an_alarm_is_not_made_before_its_duration_is_over() -> None:
    house = House(SLOW)
    house.hears(0, 27)
    house.hears(4 * MINUTE, 27.5)
    house.hears(5 * MINUTE - 1, 20)
    house.hears(9 * MINUTE, 27)
    assert house.kinds() == []


def test_thingsboard_16118_a_duration_ends_by_itself_without_waiting_for_the_next_telemetry() -> None:
    house = House(SLOW)
    house.hears(0, 27)
    assert house.wake == 5 * MINUTE
    house.hears(5 * MINUTE)
    assert house.kinds() == [K.RAISED]


def test_thingsboard_14301_a_duration_of_nothing_alarms_at_once() -> None:
    house = House(HOT)
    house.hears(0, 27)
    assert house.kinds() == [K.RAISED]


def test_thingsboard_10979_silence_is_an_alarm_of_its_own_and_what_it_freezes_is_judged_when_it_ends() -> None:
    house = House(HOT, AlarmDefinition(id="silent", key="a", condition=Silent(10 * MINUTE)))
    house.hears(0, 27)
    house.hears(MINUTE, math.nan)
    assert house.memory.state("hot").uncertain_since_ms == MINUTE
    house.hears(11 * MINUTE)
    assert house.memory.state("silent").active
    house.hears(12 * MINUTE, 20)
    assert (house.memory.state("hot").phase, house.memory.state("silent").phase) == (
        AlarmPhase.NORMAL,
        AlarmPhase.NORMAL,
    )


def test_thingsboard_7811_after_it_was_cleared_by_hand_the_next_one_is_a_new_alarm() -> None:
    house = House(AlarmDefinition(id="hot", key="a", condition=High(26.0), latching=True))
    for now in (0, 10 * MINUTE):
        house.hears(now, 27)
        house.does(Acknowledge(), now + 1)
        house.hears(now + 2, 20)
        house.does(Reset(), now + 3)
    assert house.memory.state("hot").count == 2
    assert [one.time_ms for one in house.log if one.kind is K.RAISED and one.annunciated] == [0, 10 * MINUTE]


def test_mango_69_what_one_person_acknowledged_stays_in_sight_of_all_while_it_is_active() -> None:
    house = House(HOT)
    house.hears(0, 27)
    house.does(Acknowledge(), 1)
    assert standing(house.book, house.memory) == ("hot",)
    assert house.memory.state("hot").acked_by == "me"


def test_desigo_what_is_hidden_is_still_in_the_log_with_its_reason_and_its_end() -> None:
    house = House(HOT)
    house.does(Shelve(for_ms=60 * MINUTE, why="filter is being changed"), 0)
    house.hears(1, 27)
    house.hears(2, 20)
    assert house.kinds() == [K.SHELVED, K.RAISED, K.RETURNED]
    assert not any(one.annunciated for one in house.log)
    reason = house.log[0].reason
    assert reason is not None
    assert reason.args == {"why": "filter is being changed", "until_ms": 60 * MINUTE, "once": False}


@pytest.mark.parametrize("value", [26.0, 20.0])
def test_a_limit_itself_is_not_exceeded(value: float) -> None:
    house = House(HOT)
    house.hears(0, value)
    assert house.kinds() == []


def test_thingsboard_11803_an_alarm_grows_graver_and_milder_by_time_with_two_limits_of_one_sensor() -> None:
    """Warning at once, critical after a minute; back to warning two minutes after its end, and gone after five."""
    house = House(
        AlarmDefinition(id="warning", key="a", condition=Equals(1.0), priority=AlarmPriority.MEDIUM, off_ms=5 * MINUTE),
        AlarmDefinition(
            id="critical", key="a", condition=Equals(1.0), priority=AlarmPriority.HIGH, on_ms=MINUTE, off_ms=2 * MINUTE
        ),
    )

    def active() -> list[str]:
        return sorted(id for id, state in house.memory.states.items() if state.phase is AlarmPhase.UNACK)

    house.hears(0, 1.0)
    assert active() == ["warning"]
    house.hears(MINUTE)
    assert active() == ["critical", "warning"]
    house.hears(10 * MINUTE, 0.0)
    assert active() == ["critical", "warning"]
    house.hears(12 * MINUTE)
    assert active() == ["warning"]
    house.hears(15 * MINUTE)
    assert active() == []


def test_openremote_1210_an_alarm_is_given_to_a_person_as_a_work_order_with_a_last_day() -> None:
    order = WorkOrder(
        id="w", title="Too warm", origin=WorkOrigin(kind=OriginKind.ALARM, id="hot"), assignee="Vera", due="2026-12-24"
    )
    assert (order.assignee, order.overdue("2026-12-24"), order.overdue("2026-12-25")) == ("Vera", False, True)
    done = noted(order, 1, "Vera", text="Valve mended", state=WorkState.DONE)
    assert done.closed
    assert not done.overdue("2026-12-25")
