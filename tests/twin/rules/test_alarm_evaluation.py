"""All alarms together: batches and time in, the log out; families of alarms, floods, edits, restarts."""

import math
import random

import msgspec
import numpy as np
import pytest

from twin.rules.alarm_act import Acknowledge, ReturnToService, Shelve, Suppress, TakeOutOfService
from twin.rules.alarm_book import AlarmBook, with_parents
from twin.rules.alarm_defaults import default_alarms
from twin.rules.alarm_definition import (
    AlarmClass,
    AlarmDefinition,
    AlarmPriority,
    Deviation,
    Equals,
    High,
    Low,
    Rate,
    Silent,
)
from twin.rules.alarm_evaluation import AlarmMemory, AlarmOutcome, act, adopt, evaluate_alarms, standing
from twin.rules.alarm_metrics import alarm_metrics
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind, AlarmPhase
from twin.rules.rule_view import RuleView

K, P = AlarmEventKind, AlarmPhase
MINUTE, HOUR, DAY = 60_000, 3_600_000, 86_400_000


class Building:
    """A book, a view and a memory, with the log that comes out of them. `saves`: memory goes through JSON at every step."""

    def __init__(self, *definitions: AlarmDefinition, saves: bool = False) -> None:
        self.book, self.view, self.saves = AlarmBook(definitions), RuleView(), saves
        self.memory, self.log, self.wake = AlarmMemory(), list[AlarmEvent](), None

    def _take(self, outcome: AlarmOutcome) -> tuple[AlarmEvent, ...]:
        self.memory, self.wake = outcome.memory, outcome.wake_ms
        if self.saves:
            self.memory = msgspec.json.decode(msgspec.json.encode(self.memory), type=AlarmMemory)
        self.log += outcome.events
        return outcome.events

    def hears(self, now: int, **values: float) -> tuple[AlarmEvent, ...]:
        return self.reads(now, values)

    def reads(self, now: int, values: dict[str, float]) -> tuple[AlarmEvent, ...]:
        changes = self.view.take((key, value, now) for key, value in values.items())
        return self._take(evaluate_alarms(self.book, self.memory, self.view, changes, now))

    def waits(self, until: int) -> None:
        """Time passes: calls at every wake-up, as the engine does."""
        while self.wake is not None and self.wake <= until:
            self.hears(self.wake)

    def does(self, id: str, what: object, now: int) -> tuple[AlarmEvent, ...]:
        return self._take(act(self.book, self.memory, id, what, now, "me"))  # type: ignore[arg-type]

    def told(self) -> list[str]:
        return [one.alarm for one in self.log if one.annunciated and one.kind in (K.RAISED, K.RE_ANNUNCIATED)]

    def phase(self, id: str) -> AlarmPhase:
        return self.memory.state(id).phase


def temperature_day() -> list[float]:
    """A noisy temperature around its limit of 26 °C, every 10 s for a day."""
    rng, n = np.random.default_rng(3), 8640
    return (26 + 0.25 * np.sin(np.arange(n) / n * 2 * np.pi * 3) + rng.normal(0, 0.15, n)).tolist()


@pytest.mark.parametrize(
    ("deadband", "delay_ms", "alarms"), [(0.0, 0, 1072), (0.5, 0, 57), (0.0, 60_000, 3), (0.5, 60_000, 1)]
)
def test_a_noisy_temperature_at_its_limit_is_one_alarm_a_day(deadband: float, delay_ms: int, alarms: int) -> None:
    house = Building(
        AlarmDefinition(id="t", key="t", condition=High(26.0), deadband=deadband, on_ms=delay_ms, off_ms=delay_ms)
    )
    for k, value in enumerate(temperature_day()):
        house.hears(k * 10_000, t=value)
        if house.phase("t") is P.UNACK:
            house.does("t", Acknowledge(), k * 10_000)
    assert len(house.told()) == alarms


CHILDREN = 40


def gateway(*, parents: bool, interval: int = 300_000) -> Building:
    gate = AlarmDefinition(id="gw", key="gw", condition=Equals(0.0), priority=AlarmPriority.HIGH, notice_ms=90_000)
    return Building(gate, *(
        AlarmDefinition(id=f"d{i}", key=f"d{i}", condition=Equals(0.0), parents=("gw",) * parents, interval_ms=interval)
        for i in range(CHILDREN)
    ))  # fmt: skip


def outage(house: Building, *, back_for_good: bool = True) -> None:
    """The gateway dies at 1 h for 1 h: its children are noticed within a minute, itself after 90 s; on return each child
    needs up to five minutes to be heard again."""
    rng = random.Random(1)
    house.reads(0, {"gw": 1.0} | {f"d{i}": 1.0 for i in range(CHILDREN)})
    moments = [(HOUR + 90_000, "gw", 0.0), (2 * HOUR, "gw", 1.0)]
    for i in range(CHILDREN):
        moments.append((HOUR + rng.randrange(MINUTE), f"d{i}", 0.0))
        if back_for_good or i:
            moments.append((2 * HOUR + rng.randrange(5 * MINUTE), f"d{i}", 1.0))
    for now, key, value in sorted(moments):
        house.waits(now)
        house.reads(now, {key: value})
    house.waits(4 * HOUR)


def test_a_dead_gateway_with_40_sensors_is_one_alarm_where_the_graph_is_known() -> None:
    without, with_it = gateway(parents=False), gateway(parents=True)
    outage(without)
    outage(with_it)
    assert (len(without.told()), with_it.told()) == (41, ["gw"])


def test_while_the_gateway_is_down_its_40_sensors_cannot_be_judged() -> None:
    house = gateway(parents=True)
    outage(house)
    house.reads(5 * HOUR, {"gw": 0.0} | {f"d{i}": 0.0 for i in range(CHILDREN)})
    house.waits(5 * HOUR + 10 * MINUTE)
    assert sum("gw" in state.causes for state in house.memory.states.values() if state.active) == CHILDREN
    assert standing(house.book, house.memory) == ("gw",)


def test_a_sensor_that_does_not_come_back_with_its_gateway_alarms_for_itself() -> None:
    house = gateway(parents=True)
    outage(house, back_for_good=False)
    assert house.told() == ["gw", "d0"]
    raised = next(one for one in house.log if one.alarm == "d0" and one.annunciated)
    assert raised.time_ms == house_returned(house) + 2 * 300_000


def house_returned(house: Building) -> int:
    return next(one.time_ms for one in house.log if one.alarm == "gw" and one.kind is K.RETURNED)


def test_a_gateway_that_is_noticed_late_takes_its_children_in_and_acknowledging_it_acknowledges_them() -> None:
    slow = AlarmDefinition(id="gw", key="gw", condition=Equals(0.0))
    child = AlarmDefinition(id="c", key="c", condition=Equals(0.0), parents=("gw",))
    house = Building(slow, child)
    house.hears(0, gw=1.0, c=1.0)
    house.hears(1, c=0.0)
    house.waits(MINUTE)
    assert standing(house.book, house.memory) == ("c",)
    house.hears(2 * MINUTE, gw=0.0)
    assert standing(house.book, house.memory) == ("gw",)
    house.does("gw", Acknowledge(), 3 * MINUTE)
    assert (house.phase("gw"), house.phase("c")) == (P.ACK, P.ACK)


def test_smoke_is_told_whatever_is_down() -> None:
    smoke = AlarmDefinition(
        id="s",
        key="s",
        condition=Equals(1.0),
        priority=AlarmPriority.CRITICAL,
        category=AlarmClass.SAFETY,
        parents=("gw",),
    )
    house = Building(AlarmDefinition(id="gw", key="gw", condition=Equals(0.0)), smoke)
    house.hears(0, gw=0.0, s=1.0)
    assert house.told() == ["gw", "s"]


def test_parents_in_a_circle_end_nothing_and_hang_nothing() -> None:
    house = Building(
        AlarmDefinition(id="a", key="a", condition=Equals(0.0), parents=("b",)),
        AlarmDefinition(id="b", key="b", condition=Equals(0.0), parents=("a", "b", "gone")),
    )
    house.hears(0, a=0.0, b=0.0)
    house.waits(HOUR)
    assert house.told() == ["a"]


def test_a_flood_begins_above_ten_in_ten_minutes_and_ends_below_five_and_urgent_alarms_keep_a_line_of_their_own() -> (
    None
):
    many = [AlarmDefinition(id=f"a{i}", key=f"a{i}", condition=Equals(1.0)) for i in range(20)]
    urgent = AlarmDefinition(id="u", key="u", condition=Equals(1.0), priority=AlarmPriority.HIGH)
    house = Building(*many, urgent)
    for i in range(20):
        house.reads(i * 10_000, {f"a{i}": 1.0})
    house.hears(201_000, u=1.0)
    house.waits(HOUR)
    kinds = [(one.kind, one.time_ms) for one in house.log if not one.alarm]
    assert kinds[0] == (K.FLOOD_BEGAN, 100_000)
    assert kinds[1][0] is K.FLOOD_ENDED
    assert [one.alarm for one in house.log if one.kind is K.RAISED and one.grouped] == [f"a{i}" for i in range(10, 20)]
    assert not next(one for one in house.log if one.alarm == "u").grouped
    metrics = alarm_metrics(house.log, 0, DAY)
    assert (len(metrics.floods), metrics.floods[0].peak, metrics.annunciated) == (1, 21, 21)
    assert metrics.floods[0].to_ms == kinds[1][1]
    assert metrics.flood_share < 0.01


def test_metrics_name_what_chatters_what_fleets_and_what_is_stale() -> None:
    house = Building(*(AlarmDefinition(id=id, key=id, condition=Equals(1.0)) for id in ("chat", "stale")))
    house.hears(0, stale=1.0, chat=0.0)
    for k in range(4):
        house.hears(HOUR + k * 20_000, chat=1.0)
        house.does("chat", Acknowledge(), HOUR + k * 20_000 + 5_000)
        house.hears(HOUR + k * 20_000 + 10_000, chat=0.0)
    metrics = alarm_metrics(house.log, 0, 2 * DAY)
    assert (metrics.chattering, metrics.fleeting, metrics.stale, metrics.ack_median_s) == (
        ("chat",),
        4,
        ("stale",),
        5.0,
    )
    assert metrics.top_10 == (("chat", 4), ("stale", 1))


def test_silence_deviation_and_rate_are_conditions_too() -> None:
    house = Building(
        AlarmDefinition(id="silent", key="a", condition=Silent(HOUR)),
        AlarmDefinition(id="off", key="a", condition=Deviation("b", 2.0)),
        AlarmDefinition(id="fast", key="a", condition=Rate(3.0, over_ms=10 * MINUTE)),
    )
    house.hears(0, a=20.0, b=21.0)
    house.hears(10 * MINUTE, a=20.4)
    assert house.told() == []
    house.hears(20 * MINUTE, b=22.5)
    house.hears(21 * MINUTE, a=21.2)
    house.waits(90 * MINUTE)
    assert [(one.alarm, one.kind.value, one.time_ms) for one in house.log] == [
        ("off", "raised", 20 * MINUTE), ("fast", "raised", 21 * MINUTE), ("off", "returned", 21 * MINUTE),
        ("silent", "raised", 81 * MINUTE + 1),
    ]  # fmt: skip


def test_an_edit_keeps_the_phase_and_begins_delays_anew_and_a_removed_alarm_is_closed() -> None:
    slow = AlarmDefinition(id="slow", key="a", condition=High(1.0), on_ms=HOUR)
    house = Building(slow, AlarmDefinition(id="gone", key="a", condition=High(1.0)))
    house.hears(0, a=5.0)
    house.book = AlarmBook([msgspec.structs.replace(slow, on_ms=MINUTE, version=2)])
    events = house._take(adopt(house.book, house.memory, house.view, 30 * MINUTE))
    assert [(one.alarm, one.kind) for one in events] == [("gone", K.REMOVED)]
    assert house.wake == 31 * MINUTE
    house.waits(HOUR)
    assert house.told() == ["gone", "slow"]


def random_day(house: Building, seed: int) -> list[AlarmEvent]:
    rng = random.Random(seed)
    now = 0
    for _ in range(400):
        now += rng.choice([1_000, 20_000, 200_000])
        house.waits(now)
        chance = rng.random()
        id = rng.choice(["gw", "c1", "c2", "t"])
        if chance < 0.6:
            house.reads(now, {rng.choice(["gw", "c1", "c2", "t"]): rng.choice([0.0, 1.0, 30.0, math.nan])})
        elif chance < 0.75:
            house.does(id, Acknowledge(), now)
        elif chance < 0.85:
            house.does(id, Shelve(rng.choice([60_000, 300_000]), "w", rng.random() < 0.5), now)
        elif chance < 0.9:
            house.does(id, Suppress("maintenance", now + 100_000), now)
        elif chance < 0.95:
            house.does(id, TakeOutOfService("w"), now)
        else:
            house.does(id, ReturnToService(), now)
    return house.log


@pytest.mark.parametrize("seed", range(10))
def test_a_restart_at_any_step_changes_nothing(seed: int) -> None:
    definitions = (
        AlarmDefinition(id="gw", key="gw", condition=Equals(0.0), on_ms=10_000, priority=AlarmPriority.HIGH),
        *(
            AlarmDefinition(id=c, key=c, condition=Equals(0.0), parents=("gw",), escalate_ms=600_000)
            for c in ("c1", "c2")
        ),
        AlarmDefinition(
            id="t", key="t", condition=High(26.0), deadband=1.0, on_ms=30_000, off_ms=30_000, latching=True
        ),
    )
    plain, saving = Building(*definitions), Building(*definitions, saves=True)
    assert random_day(plain, seed) == random_day(saving, seed)
    assert len(plain.log) > 100
    assert plain.memory == saving.memory


def test_every_default_alarm_has_its_own_id_and_children_stand_below_device_and_link() -> None:
    from twin.model.device import Device, Link, Point, PointInfo
    from twin.model.ids import DeviceId, LinkId, PointId, RoomId
    from twin.model.twin import Twin

    def device(id: str, kind: str, *capabilities: str, interval: float = 0.0) -> Device:
        points = tuple(
            Point(id=PointId(f"{id}.{c}"), device=DeviceId(id), info=PointInfo(key=c, capability=c))
            for c in capabilities
        )
        return Device(
            id=DeviceId(id), link=LinkId("L"), protocol="mqtt", uid=id, name=id, kind=kind, points=points,
            room=RoomId("r"), interval_s=interval,
        )  # fmt: skip

    twin = Twin(
        links=(Link(id=LinkId("L"), protocol="mqtt", address="x"),),
        devices=(
            device("a", "climate_sensor", "temperature", "battery", interval=300.0), device("b", "smoke_alarm", "smoke"),
            device("c", "boiler", "temperature"),
        ),
    )  # fmt: skip
    found = {one.id: one for one in default_alarms(twin)}
    assert set(found) == {
        "link_lost:L", "silent:a", "silent:b", "silent:c", "frost:a.temperature", "too_cold:a.temperature",
        "too_warm:a.temperature", "battery:a.battery", "smoke:b.smoke",
    }  # fmt: skip
    assert found["battery:a.battery"].parents == ("silent:a", "link_lost:L")
    assert found["silent:a"].parents == ("link_lost:L",)
    assert with_parents(found.values(), twin) == tuple(found.values())
    assert found["smoke:b.smoke"].longest_shelf_ms == 0
    assert AlarmBook(found.values()).definitions["silent:b"].on_ms == 120_000


def test_an_alarm_of_a_value_does_not_wait_for_the_silence_of_its_device() -> None:
    silent = AlarmDefinition(id="silent", key="online:d", condition=Silent(3_600_000))
    frost = AlarmDefinition(id="frost", key="t", condition=Low(5.0), on_ms=900_000, parents=("silent",))
    other = AlarmDefinition(id="child", key="online:c", condition=Silent(60_000), parents=("silent",))
    book = AlarmBook((silent, frost, other))
    assert book.definitions["frost"].on_ms == 900_000
    assert book.definitions["child"].on_ms == 3_600_000 + 30_000
