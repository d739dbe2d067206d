"""Where presence is shown in groups, so is energy: no part, and no difference of parts, is the use of rooms for few people."""

from __future__ import annotations

from dataclasses import replace
from itertools import combinations

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.insight.test_energy import FRIDGE, HIGH, HOUSE, LOW, MAIN, PLUG, PUMP, RATES, device, point, report
from tests.twin.insight.test_energy_unknown import late
from twin.insight.energy_groups import EnergyGrouping, energy_groups
from twin.insight.energy_in_groups import grouped_use
from twin.insight.use_groups import use_groups, use_places, withheld_use
from twin.model.energy import MediumReport
from twin.model.ids import RoomId
from twin.model.privacy import LEAST_PLACES

ROOMS = ("hall", "shop", "office", "store")
LAMP = device("Lamp", "lamp", "shop", "power")
TWIN = replace(
    HOUSE, devices=(*HOUSE.devices, LAMP, *(device(f"Eye {room}", "sensor", room, "motion") for room in ROOMS))
)
UNMEASURED = replace(TWIN, devices=tuple(one for one in TWIN.devices if one.kind not in ("meter", "solar")))


def places(**places: int) -> dict[RoomId, int]:
    return {RoomId(room): n for room, n in places.items()}


def told(found: MediumReport, **of: int) -> MediumReport:
    made = grouped_use(found, TWIN, places(**of))
    assert made is not None
    return made


def amounts(found: MediumReport, by: EnergyGrouping) -> dict[str, float]:
    parts = energy_groups(found, TWIN, by)
    return {str(one.title.args.get("text") or one.title.code): round(one.total, 3) for one in parts}


@pytest.mark.parametrize("by", [EnergyGrouping.ROOM, EnergyGrouping.DEVICE])
def test_rooms_of_a_group_are_one_with_their_devices_and_the_meter_that_feeds_no_others(by: EnergyGrouping) -> None:
    found = told(report(RATES | {point(LAMP, "power"): 10.0}, TWIN), hall=3, shop=2, office=6, store=1)
    assert amounts(found, by) == {
        "hall, shop": 18.24, "energy.shared": 3.84, "office" if by is EnergyGrouping.ROOM else "Fridge": 1.92,
        "energy.remainder": 4.8,
    }  # fmt: skip
    single = (PLUG, PUMP, LAMP, LOW)
    assert not {one.id for one in single} & {one.meter.device for one in found.meters}
    assert not {point.id for one in single for point in one.points} & {one.meter.point for one in found.meters}
    (group,) = [one for one in energy_groups(found, TWIN, by) if RoomId("hall") in one.rooms]
    assert (group.rooms, group.devices) == ((RoomId("hall"),), ())


@pytest.mark.parametrize("by", EnergyGrouping)
def test_a_group_is_not_told_where_the_whole_without_it_would_tell_of_a_room_for_few(by: EnergyGrouping) -> None:
    found = told(report(RATES | {point(LAMP, "power"): 10.0}, TWIN), hall=3, shop=2)
    assert amounts(found, by) == {"energy.elsewhere": 24.0, "energy.remainder": 4.8}, (
        "the fridge is of one person's office"
    )


@pytest.mark.parametrize("by", EnergyGrouping)
def test_of_a_building_for_few_only_what_its_main_meter_measures_is_told(by: EnergyGrouping) -> None:
    assert amounts(told(report(RATES, TWIN)), by) == {"energy.remainder": 28.8}
    assert grouped_use(report(RATES, UNMEASURED), UNMEASURED, {}) is None


def test_a_room_for_many_is_told_with_its_devices() -> None:
    found = report(RATES, TWIN)
    assert told(found, **dict.fromkeys(ROOMS, 5)) is found


@given(
    masks=st.lists(st.integers(0, 95), min_size=7, max_size=7), by=st.sampled_from(EnergyGrouping),
    meant=st.lists(st.integers(0, 6), min_size=4, max_size=4),
)  # fmt: skip
def test_the_parts_are_still_the_whole(masks: list[int], by: EnergyGrouping, meant: list[int]) -> None:
    powers = [point(FRIDGE, "power"), point(LAMP, "power")]
    points = [point(MAIN), point(LOW), point(HIGH), point(PLUG), point(PUMP), *powers]
    twin = replace(TWIN, devices=tuple(one for one in TWIN.devices if one.kind != "solar"))
    rates = [300.0, 100.0, 60.0, 30.0, 90.0, 20.0, 10.0]
    whole = report({id: late(rate, at / 96) for id, rate, at in zip(points, rates, masks, strict=True)}, twin)
    found = told(whole, **dict(zip(ROOMS, meant, strict=True)))
    parts = energy_groups(found, twin, by)
    assert np.nansum([one.total for one in parts]) == pytest.approx(whole.total)
    known = {one.coverage for one in energy_groups(whole, twin, EnergyGrouping.DEVICE)}
    assert {one.coverage for one in parts} <= known


@given(
    meant=st.dictionaries(st.sampled_from(ROOMS), st.integers(0, 12)),
    measured=st.sets(st.sampled_from([RoomId(room) for room in ROOMS])),
)
def test_no_sum_and_no_difference_of_what_is_told_is_of_rooms_for_few(
    meant: dict[str, int], measured: set[RoomId]
) -> None:
    found, size = use_groups(TWIN, places(**meant), measured), use_places(TWIN, places(**meant))
    assert sorted(room for rooms in (*found.groups, found.rest) for room in rooms) == sorted(measured)
    parts = [rooms for rooms in (*found.groups, found.rest) if rooms] if found.rest_told else []
    assert found.rest_told or not found.groups
    for number in range(1, len(parts) + 1):
        for some in combinations(parts, number):
            assert sum(size[room] for rooms in some for room in rooms) >= LEAST_PLACES


def test_values_of_meters_and_switches_are_withheld_but_those_of_main_meters_generators_and_rooms_for_many() -> None:
    def shown(**of: int) -> set[str]:
        hidden = withheld_use(TWIN, places(**of), {MAIN.id})
        return {device.name for device in TWIN.devices for point in device.points if point.id not in hidden}

    eyes = {f"Eye {room}" for room in ROOMS}
    assert shown() == {"Main meter", "Sun", *eyes}
    assert shown(office=6, hall=5, shop=5) == {"Main meter", "Sun", "Fridge", "Pump", "Plug", "Lamp", *eyes}
    assert shown(office=6) == {"Main meter", "Sun", *eyes}, "the main meter without the fridge is of two people"
    assert shown(office=6, hall=3, shop=3) == {"Main meter", "Sun", "Fridge", *eyes}
