"""Energy of which a part is unknown: parts are the whole where it is known, and what is unknown is not zero."""

from __future__ import annotations

from dataclasses import replace
from datetime import UTC, datetime

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st

from tests.twin.insight.test_energy import (
    DAY,
    FRIDGE,
    HIGH,
    HOUSE,
    LOW,
    MAIN,
    PLUG,
    PUMP,
    RATES,
    SUN,
    building,
    device,
    point,
    question,
    report,
)
from twin.insight.energy_figures import degree_day_figures
from twin.insight.energy_groups import EnergyGrouping, GroupKind, energy_groups, energy_rows
from twin.insight.energy_texts import emitted, medium_texts
from twin.insight.meter_tree import meter_places
from twin.model.energy import EnergySetup, EnergySpan, Medium, PriceHours, SupplyTariff
from twin.model.ids import PointId

FLAT = EnergySetup(
    tariffs=(
        SupplyTariff(
            medium=Medium.ELECTRICITY, first="2020-01-01", prices=(PriceHours(price=0.3),), standing_per_day=0.5
        ),
    )
)
NAN = float("nan")
PARTS = [point(LOW), point(HIGH), point(PLUG), point(FRIDGE, "power"), point(PUMP)]


def late(rate: float, share: float = 0.75) -> np.ndarray:
    """Known only in the last part of the day."""
    return np.array([NAN] * int(96 * share) + [rate] * (96 - int(96 * share)))


@given(masks=st.lists(st.integers(0, 95), min_size=6, max_size=6), by=st.sampled_from(EnergyGrouping))
def test_parts_are_the_whole_where_it_is_known_however_the_meters_begin(masks: list[int], by: EnergyGrouping) -> None:
    twin = building(*HOUSE.devices[:6])
    rates = [250.0, 100.0, 60.0, 30.0, 20.0, 90.0]
    series = {id: late(rate, at / 96) for id, rate, at in zip([point(MAIN), *PARTS], rates, masks, strict=True)}
    found = report(series, twin)
    groups = energy_groups(found, twin, by)
    assert np.nansum([one.total for one in groups]) == pytest.approx(found.total)
    assert all(not one.total < -1e-9 for one in groups)


def test_a_storey_meter_that_begins_late_is_not_negative() -> None:
    found = report({point(MAIN): 250.0, point(LOW): late(100.0), point(PLUG): 80.0})
    totals = {one.title.args["meter" if one.kind is GroupKind.SHARED else "text"]: one.total
              for one in energy_groups(found, HOUSE, EnergyGrouping.DEVICE) if one.kind is not GroupKind.REMAINDER and one.total == one.total}  # fmt: skip
    assert totals == {"Meter low": pytest.approx(20 * 24 / 1000), "Plug": pytest.approx(80 * 96 / 1000)}


def test_a_main_meter_that_was_never_recorded_has_no_cost_and_no_emissions() -> None:
    found = report({point(PLUG): 30.0}, asked=question(FLAT, **DAY))
    assert np.isnan([found.total, found.imported]).all()
    assert found.cost is not None
    assert (found.cost.total, emitted(found)) == (None, None)
    assert [one.code for one in medium_texts(found)] == ["energy.cost", "energy.no_import"]


def test_without_a_main_meter_what_no_meter_knows_is_unknown() -> None:
    twin = building(PLUG, FRIDGE)
    silent = report({}, twin, question(FLAT, **DAY))
    assert np.isnan(silent.total)
    assert np.isnan(silent.use).all()
    assert emitted(silent) is None
    half = report({point(PLUG): late(30.0, 0.5)}, twin)
    assert np.isnan(half.use).tolist() == [True] * 12 + [False] * 12


def test_a_tariff_that_begins_later_gives_no_cost_of_zero() -> None:
    later = EnergySetup(tariffs=(replace(FLAT.tariffs[0], first="2026-07-01"),))
    found = report(RATES, asked=question(later, **DAY))
    assert found.cost is not None
    assert found.cost.total is None
    assert all(one.cost is None for one in energy_groups(found, HOUSE, EnergyGrouping.ROOM))


def test_an_inverter_that_sleeps_at_night_does_not_make_the_night_unknown() -> None:
    sun = device("Sun", "solar", "store", "power")
    twin = building(MAIN, sun, PLUG)
    night = np.array([NAN] * 32 + [100.0] * 32 + [NAN] * 32)
    found = report({point(MAIN): 250.0, point(sun, "power"): night, point(PLUG): 30.0}, twin)
    assert (found.total, found.coverage) == pytest.approx((24.0 + 3.2, 1.0))
    assert "energy.production_part" in [one.code for one in found.notes]


def test_unknown_production_while_something_is_fed_in_is_an_unknown_total() -> None:
    found = report(
        {point(MAIN): 0.0, point(MAIN, "energy_export"): 300.0, point(SUN, "energy_export"): late(400.0, 0.5)}
    )
    assert (found.total, found.coverage) == pytest.approx((4.8, 0.5))
    assert "energy.no_production" in [one.code for one in found.notes]


def test_what_a_meter_of_its_own_feeds_in_is_not_used() -> None:
    main, out = device("Main meter", "meter", "hall", "energy_import"), device("Out", "meter", "hall", "energy_export")
    twin = building(main, out, SUN)
    rates = {point(main): 100.0, point(out, "energy_export"): 300.0, point(SUN, "energy_export"): 400.0}
    unstated = report(rates, twin)
    assert np.isnan(unstated.exported)
    assert {"energy.no_export", "energy.export_aside"} <= {one.code for one in unstated.notes}
    stated = report(rates, twin, question(EnergySetup(feeds={point(out, "energy_export"): PointId("")}), **DAY))
    assert (stated.total, stated.exported) == pytest.approx((19.2, 28.8))
    named = building(main, replace(out, name="Feed-in meter"), SUN)
    assert report(rates, named).total == pytest.approx(19.2)


def test_a_battery_is_no_use() -> None:
    store = device("Store", "battery_storage", "hall", "energy_import", "energy_export")
    twin = building(MAIN, store, PLUG, PUMP)
    rates = {
        point(MAIN): 250.0, point(MAIN, "energy_export"): 0.0, point(store): 100.0, point(store, "energy_export"): 95.0,
        point(PLUG): 80.0, point(PUMP): 150.0,
    }  # fmt: skip
    found = report(rates, twin)
    assert (found.total, found.remainder) == pytest.approx((245 * 0.096, 15 * 0.096))
    assert found.before == pytest.approx(found.total)
    assert [one.code for one in found.notes] == ["energy.stored"]


def test_parts_cost_and_emit_as_much_as_came_from_the_grid() -> None:
    rates = {
        point(MAIN): 50.0,
        point(SUN, "energy_export"): 200.0,
        point(PUMP): 250.0,
        point(MAIN, "energy_export"): 0.0,
    }
    found = report(rates, asked=question(FLAT, **DAY))
    (pump,) = [
        one for one in energy_groups(found, HOUSE, EnergyGrouping.DEVICE) if one.title.args.get("text") == "Pump"
    ]
    assert found.cost is not None
    assert (pump.kg, pump.cost) == pytest.approx((emitted(found), found.cost.energy))


def test_a_main_meter_by_power_with_a_sign_is_split() -> None:
    main = device("Main meter", "meter", "hall", "power")
    setup = EnergySetup(feeds={point(main, "power"): PointId("")})
    asked = question(setup, **DAY)
    sun = device("Sun", "solar", "store", "energy_export")
    swing = np.array([-500.0] * 48 + [500.0] * 48)
    found = report({point(main, "power"): swing, point(sun, "energy_export"): 600.0}, building(main, sun), asked)
    assert (found.imported, found.exported, found.total) == pytest.approx((24.0, 24.0, 57.6))


def days_of_may(setup: EnergySetup) -> list[object]:
    asked = (
        question(
            setup, at=datetime(2026, 5, day, 12, tzinfo=UTC), now=datetime(2026, 7, 1, tzinfo=UTC), span=EnergySpan.DAY
        )
        for day in range(1, 32)
    )
    return [report({point(MAIN): 250.0}, asked=one).cost for one in asked]


def test_the_days_of_a_month_cost_together_what_the_month_costs() -> None:
    tiers = replace(FLAT.tariffs[0], tiers=((100.0, 0.0), (None, 0.2)), demand_per_kw=10.0)
    setup = EnergySetup(tariffs=(tiers,))
    month = report(
        {point(MAIN): 250.0},
        asked=question(
            setup, at=datetime(2026, 5, 4, tzinfo=UTC), now=datetime(2026, 7, 1, tzinfo=UTC), span=EnergySpan.MONTH
        ),
    )
    days = days_of_may(setup)
    assert month.cost is not None
    assert month.cost.demand == pytest.approx(10.0)
    assert sum(one.energy for one in days) == pytest.approx(month.cost.energy)  # type: ignore[attr-defined]
    assert {(one.demand, one.total) for one in days} == {(None, None)}  # type: ignore[attr-defined]


def test_a_currency_is_that_of_the_period_and_two_are_not_added() -> None:
    first = replace(FLAT.tariffs[0], currency="BGN")
    setup = EnergySetup(tariffs=(first, replace(first, first="2026-07-01", currency="EUR")))
    may = report(RATES, asked=question(setup, **DAY))
    assert may.cost is not None
    assert may.cost.currency == "BGN"
    year = question(
        setup, at=datetime(2026, 7, 4, tzinfo=UTC), now=datetime(2027, 1, 5, tzinfo=UTC), span=EnergySpan.YEAR
    )
    both = report(RATES, asked=year)
    assert both.cost is None
    assert "energy.currencies" in [one.code for one in both.notes]
    assert all(one.cost is None for one in energy_groups(both, HOUSE, EnergyGrouping.ROOM))


def test_large_numbers_of_the_table_are_whole() -> None:
    found = replace(report(RATES), total=1_234_567.89)
    assert energy_rows(found, (), str)[-1][3] == "1234567.89"


def test_the_battery_and_the_export_are_no_main_meters_of_use() -> None:
    store = device("Main battery", "battery_storage", "hall", "energy_import", "energy_export")
    assert [one.title for one in meter_places(building(MAIN, store), EnergySetup()) if one.main] == ["Main meter"] * 2


@pytest.mark.parametrize(("span", "day", "heating"), [("month", 10, 310.0), ("week", 25, 70.0), ("day", 29, 10.0)])
def test_the_last_day_of_a_period_with_the_change_to_summer_time_has_degree_days(
    span: str, day: int, heating: float
) -> None:
    asked = question(
        at=datetime(2026, 3, day, 10, tzinfo=UTC), now=datetime(2026, 6, 1, tzinfo=UTC), span=EnergySpan(span)
    )
    times = np.arange(asked.period.from_ms, asked.period.to_ms, 3_600_000, dtype=np.int64)
    found = degree_day_figures(asked, PointId("out"), times, np.full(len(times), 5.0))
    assert (found.heating, found.coverage) == pytest.approx((heating, 1.0))
