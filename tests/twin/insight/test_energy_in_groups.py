"""Where presence is shown in groups of rooms, so is energy: no part is the use of a room or a device of a group."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.insight.test_energy import FRIDGE, HIGH, HOUSE, LOW, MAIN, PLUG, PUMP, RATES, device, point, report
from tests.twin.insight.test_energy_unknown import late
from twin.insight.energy_groups import EnergyGrouping, GroupKind, energy_groups
from twin.insight.energy_in_groups import grouped_use
from twin.insight.presence_groups import grouped_twin
from twin.model.energy import MediumReport
from twin.model.ids import RoomId

ROOMS = ("hall", "shop", "office", "store")
LAMP = device("Lamp", "lamp", "shop", "power")
TWIN = replace(
    HOUSE, devices=(*HOUSE.devices, LAMP, *(device(f"Eye {room}", "sensor", room, "motion") for room in ROOMS))
)


def told(found: MediumReport, **places: int) -> MediumReport:
    return grouped_use(found, TWIN, grouped_twin(TWIN, {RoomId(room): n for room, n in places.items()}))


def amounts(found: MediumReport, by: EnergyGrouping) -> dict[str, float]:
    parts = energy_groups(found, TWIN, by)
    return {
        str(one.title.args.get("text") or one.title.code): round(one.total, 3)
        for one in parts
        if one.kind in (GroupKind.ROOM, GroupKind.DEVICE, GroupKind.ELSEWHERE)
    }


@pytest.mark.parametrize("by", [EnergyGrouping.ROOM, EnergyGrouping.DEVICE])
def test_rooms_of_a_group_and_their_devices_are_one_and_what_is_for_too_few_has_no_room(by: EnergyGrouping) -> None:
    found = told(report(RATES | {point(LAMP, "power"): 10.0}, TWIN), hall=3, shop=2)
    assert {name: one for name, one in amounts(found, by).items() if not name.startswith("Meter")} == {
        "hall, shop": pytest.approx((30 + 90 + 10) * 96 / 1000), "energy.elsewhere": pytest.approx(20 * 96 / 1000),
    }  # fmt: skip
    single = (PLUG, PUMP, LAMP, FRIDGE)
    assert not {one.id for one in single} & {one.meter.device for one in found.meters}
    assert not {point.id for one in single for point in one.points} & {one.meter.point for one in found.meters}
    (group,) = [one for one in energy_groups(found, TWIN, by) if one.kind is GroupKind.ROOM]
    assert (group.rooms, group.devices) == ((RoomId("hall"),), ())


def test_a_room_for_many_is_told_with_its_devices() -> None:
    found = report(RATES, TWIN)
    assert told(found, **dict.fromkeys(ROOMS, 5)) is found


@given(masks=st.lists(st.integers(0, 95), min_size=7, max_size=7), by=st.sampled_from(EnergyGrouping))
def test_the_parts_are_still_the_whole(masks: list[int], by: EnergyGrouping) -> None:
    points = [
        point(MAIN),
        point(LOW),
        point(HIGH),
        point(PLUG),
        point(FRIDGE, "power"),
        point(PUMP),
        point(LAMP, "power"),
    ]
    twin = replace(TWIN, devices=tuple(one for one in TWIN.devices if one.kind != "solar"))
    rates = [300.0, 100.0, 60.0, 30.0, 20.0, 90.0, 10.0]
    whole = report({id: late(rate, at / 96) for id, rate, at in zip(points, rates, masks, strict=True)}, twin)
    found = told(whole, hall=3, shop=2)
    parts = energy_groups(found, twin, by)
    assert np.nansum([one.total for one in parts]) == pytest.approx(whole.total)
    assert {one.coverage for one in parts} <= {
        one.coverage for one in energy_groups(whole, twin, EnergyGrouping.DEVICE)
    }
