"""Energy of a period: the tree of meters, parts that are the whole, what is unknown, cost, emissions, the calendar."""

from __future__ import annotations

from collections.abc import Mapping
from dataclasses import replace
from datetime import UTC, date, datetime
from importlib import resources
from zoneinfo import ZoneInfo

import numpy as np
import pytest
from hypothesis import given
from hypothesis import strategies as st
from numpy.typing import NDArray

from twin.insight.calendar_span import local_times, midnight, span_at
from twin.insight.carbon import factor_table
from twin.insight.energy_cost import EnergyQuestion, as_tariff, unit_prices
from twin.insight.energy_figures import degree_day_figures, load_figures
from twin.insight.energy_groups import EnergyGrouping, GroupKind, energy_groups, energy_rows
from twin.insight.energy_texts import emitted
from twin.insight.energy_use import medium_report
from twin.insight.meter_tree import meter_places
from twin.insight.tariff import cost
from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.energy import EnergySetup, EnergySpan, Flow, Medium, MediumReport, PriceHours, SupplyTariff
from twin.model.ids import LinkId, PointId, RoomId, StoreyId
from twin.model.meter import QuarterUse
from twin.model.space import Room, Storey
from twin.model.twin import Twin

BERLIN, LONDON = ZoneInfo("Europe/Berlin"), ZoneInfo("Europe/London")
FACTORS = factor_table(resources.files("assets").joinpath("carbon", "factors.csv").read_text(encoding="utf-8"))
LINK = Link(id=LinkId("l"), protocol="test", address="here", title="Bench")
HOUR, QUARTER = 3_600_000, 900_000


def device(name: str, kind: str, room: str, *capabilities: str) -> Device:
    """A device whose points have these capabilities, several of one with numbers."""
    points = tuple(PointInfo(key=f"{at}.{one}", capability=one) for at, one in enumerate(capabilities))
    made = device_from_description(DeviceInfo(uid=name, name=name, points=points, kind=kind), LINK)
    return replace(made, room=RoomId(room) if room else None)


def building(*devices: Device) -> Twin:
    """Two storeys with two rooms each."""
    storeys = tuple(Storey(id=StoreyId(s), name=s, elevation_m=z, height_m=3) for s, z in (("low", 0.0), ("high", 3.0)))
    rooms = tuple(
        Room(id=RoomId(name), storey=StoreyId(storey), name=name, area_m2=20)
        for name, storey in (("hall", "low"), ("shop", "low"), ("office", "high"), ("store", "high"))
    )
    return Twin(storeys=storeys, rooms=rooms, links=(LINK,), devices=devices)


MAIN = device("Main meter", "meter", "hall", "energy_import", "energy_export")
LOW, HIGH = (
    device("Meter low", "meter", "hall", "energy_import"),
    device("Meter high", "meter", "store", "energy_import"),
)
PLUG, FRIDGE = device("Plug", "plug", "shop", "energy_import"), device("Fridge", "plug", "office", "power")
PUMP, SUN = (
    device("Pump", "heat_pump", "hall", "energy_import"),
    device("Sun", "solar", "store", "power", "energy_export"),
)
HOUSE = building(MAIN, LOW, HIGH, PLUG, FRIDGE, PUMP, SUN)


def point(one: Device, capability: str = "energy_import") -> PointId:
    return next(point.id for point in one.points if point.capability.id == capability)


def question(
    setup: EnergySetup | None = None, *, at: datetime, now: datetime, span: EnergySpan, zone: ZoneInfo = BERLIN
) -> EnergyQuestion:
    """The period that contains `at`, as it stands `now`."""
    period = span_at(span, int(at.timestamp() * 1000), zone)
    until = max(period.from_ms, min(int(now.timestamp() * 1000), period.to_ms))
    return EnergyQuestion(
        period=period, until_ms=until, zone=zone, setup=setup or EnergySetup(), factors=FACTORS, region="GB"
    )


DAY = {"at": datetime(2026, 5, 4, 12, tzinfo=UTC), "now": datetime(2026, 6, 1, tzinfo=UTC), "span": EnergySpan.DAY}


def report(
    rates: Mapping[PointId, float | NDArray[np.float64]], twin: Twin = HOUSE, asked: EnergyQuestion | None = None
) -> MediumReport:
    """The report of meters that count so many Wh in each quarter-hour; others were never recorded."""

    def read(id: PointId, from_ms: int, to_ms: int) -> QuarterUse | None:
        n = (to_ms - from_ms) // QUARTER
        if id not in rates:
            return None
        return QuarterUse(from_ms, np.resize(np.asarray(rates[id], np.float64), n), np.zeros(n, np.bool_))

    asked = asked or question(**DAY)
    found = medium_report(asked, Medium.ELECTRICITY, meter_places(twin, asked.setup), read)
    assert found is not None
    return found


RATES = {
    point(MAIN): 250.0, point(MAIN, "energy_export"): 50.0, point(SUN, "energy_export"): 100.0, point(LOW): 100.0,
    point(HIGH): 60.0, point(PLUG): 30.0, point(FRIDGE, "power"): 20.0, point(PUMP): 90.0,
}  # fmt: skip


def test_the_tree_is_proposed_from_names_kinds_and_storeys() -> None:
    tree = {place.title: place for place in meter_places(HOUSE, EnergySetup()) if place.flow is not Flow.EXPORTED}
    fed = {title: place.parent for title, place in tree.items() if place.flow is Flow.USED}
    assert fed == {
        "Main meter": None, "Meter low": point(MAIN), "Meter high": point(MAIN), "Plug": point(LOW),
        "Fridge": point(HIGH), "Pump": point(MAIN),
    }  # fmt: skip
    assert [title for title, place in tree.items() if place.main] == ["Main meter"]
    assert (tree["Meter low"].room, tree["Plug"].room, tree["Fridge"].by_power) == (None, "shop", True)
    assert [one.flow for one in meter_places(HOUSE, EnergySetup()) if one.title == "Sun"] == [Flow.PRODUCED]


def test_what_is_set_up_wins_and_a_circle_of_feeds_is_cut() -> None:
    setup = EnergySetup(
        feeds={point(PLUG): point(PUMP), point(PUMP): point(PLUG), point(LOW): PointId("")}, left_out=(point(HIGH),)
    )
    tree = {place.title: place for place in meter_places(HOUSE, setup) if place.flow is Flow.USED}
    assert tree["Meter low"].main
    assert not tree["Main meter"].main
    assert "Meter high" not in tree
    assert None in (tree["Plug"].parent, tree["Pump"].parent)


def test_several_counters_of_a_device_are_meters_of_their_own() -> None:
    board = device("Board", "board", "hall", "energy_import", "energy_import", "energy_import")
    titles = [place.title for place in meter_places(building(board), EnergySetup())]
    assert len(titles) == len({place.point for place in meter_places(building(board), EnergySetup())}) == 3
    assert all(title.startswith("Board / ") for title in titles)


@pytest.mark.parametrize("by", EnergyGrouping)
def test_the_parts_and_the_remainder_are_the_main_meters_total(by: EnergyGrouping) -> None:
    found = report(RATES)
    assert (found.imported, found.exported, found.produced) == pytest.approx((24.0, 4.8, 9.6))
    assert found.total == pytest.approx(28.8)
    groups = energy_groups(found, HOUSE, by)
    assert sum(one.total for one in groups) == pytest.approx(found.total)
    assert groups[-1].kind is GroupKind.REMAINDER
    assert groups[-1].total == pytest.approx((300 - 250) * 96 / 1000)


@given(
    rates=st.lists(st.floats(0, 1e6), min_size=6, max_size=6),
    unknown=st.sets(st.sampled_from([point(LOW), point(HIGH), point(PLUG), point(FRIDGE, "power"), point(PUMP)])),
    by=st.sampled_from(EnergyGrouping),
)
def test_parts_are_the_whole_whatever_is_known(rates: list[float], unknown: set[PointId], by: EnergyGrouping) -> None:
    ids = [point(MAIN), point(LOW), point(HIGH), point(PLUG), point(FRIDGE, "power"), point(PUMP)]
    found = report(
        {id: rate for id, rate in zip(ids, rates, strict=True) if id not in unknown}, building(*HOUSE.devices[:6])
    )
    groups = energy_groups(found, HOUSE, by)
    assert np.nansum([one.total for one in groups]) == pytest.approx(found.total, abs=1e-6 * max(rates) + 1e-9)


def test_what_was_not_recorded_is_unknown_and_not_zero() -> None:
    asked = question(**DAY)

    def read(id: PointId, from_ms: int, to_ms: int) -> QuarterUse | None:
        n = (to_ms - from_ms) // QUARTER
        use = np.full(n, 250.0)
        use[: n // 2] = np.nan
        return QuarterUse(from_ms, use, np.zeros(n, np.bool_)) if id == point(MAIN) else None

    twin = building(MAIN, PLUG)
    found = medium_report(asked, Medium.ELECTRICITY, meter_places(twin, asked.setup), read)
    assert found is not None
    assert (found.coverage, found.total) == pytest.approx((0.5, 12.0))
    assert np.isnan(found.use[:12]).all()
    assert found.use[12:].tolist() == pytest.approx([1.0] * 12)
    (plug,) = [one for one in found.meters if one.meter.title == "Plug"]
    assert np.isnan(plug.total)
    assert [one.code for one in found.notes] == ["energy.known_part", "energy.unknown"]
    rows = energy_rows(found, energy_groups(found, twin, EnergyGrouping.ROOM), str)
    assert [row[3] for row in rows] == ["", "12", "12"]


def test_without_a_main_meter_the_sum_of_the_meters_counts_and_the_remainder_is_unknown() -> None:
    twin = building(PLUG, PUMP)
    found = report(RATES, twin)
    assert not found.measured
    assert found.total == pytest.approx(120 * 96 / 1000)
    assert np.isnan(found.remainder)
    assert [one.kind for one in energy_groups(found, twin, EnergyGrouping.ROOM)] == [GroupKind.ROOM, GroupKind.ROOM]
    assert found.notes[0].code == "energy.no_main"


def test_a_wrong_tree_names_the_meter_whose_removal_helps() -> None:
    found = report(RATES | {point(MAIN): 150.0, point(SUN, "energy_export"): 0.0, point(MAIN, "energy_export"): 0.0})
    assert found.remainder == pytest.approx(-100 * 96 / 1000)
    assert (found.notes[0].code, found.notes[0].args["meter"]) == ("energy.wrong_tree", "Meter low")


def test_a_period_that_runs_is_compared_with_the_same_part_of_the_one_before() -> None:
    asked = question(
        at=datetime(2026, 5, 4, 11, tzinfo=UTC), now=datetime(2026, 5, 4, 10, tzinfo=UTC), span=EnergySpan.DAY
    )
    found = report(RATES, asked=asked)
    assert np.isfinite(found.use).sum() == 12
    assert found.before == pytest.approx(found.total)
    assert asked.compared_to_ms - asked.period.before_ms == 12 * HOUR


@pytest.mark.parametrize(("day", "hours"), [(date(2026, 3, 29), 23), (date(2026, 6, 1), 24), (date(2026, 10, 25), 25)])
def test_a_local_day_has_23_24_or_25_hours(day: date, hours: int) -> None:
    at_ms = int(datetime(day.year, day.month, day.day, 12, tzinfo=BERLIN).timestamp() * 1000)
    span = span_at(EnergySpan.DAY, at_ms, BERLIN)
    assert len(span.edges_ms) - 1 == hours
    assert span.from_ms == midnight(day, BERLIN)


@given(
    at_s=st.integers(1_600_000_000, 1_900_000_000),
    span=st.sampled_from(EnergySpan),
    zone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns", "UTC"]),
)
def test_periods_follow_each_other_without_a_gap(at_s: int, span: EnergySpan, zone: str) -> None:
    found = span_at(span, at_s * 1000, ZoneInfo(zone))
    assert found.from_ms <= at_s * 1000 < found.to_ms
    before = span_at(span, found.from_ms - 1, ZoneInfo(zone))
    assert (before.from_ms, before.to_ms) == (found.before_ms, found.from_ms)
    assert (np.diff(found.edges_ms) > 0).all()
    assert (found.edges_ms % QUARTER == 0).all()


@given(
    at_s=st.integers(1_600_000_000, 1_900_000_000),
    zone=st.sampled_from(["Europe/Berlin", "Australia/Lord_Howe", "Asia/Kathmandu", "America/St_Johns"]),
)
def test_local_times_are_those_of_the_zone(at_s: int, zone: str) -> None:
    times = (at_s // 900 * 900 + np.arange(200) * 900) * 1000
    local = local_times(times, ZoneInfo(zone))
    walls = [datetime.fromtimestamp(at / 1000, ZoneInfo(zone)) for at in times.tolist()]
    assert local.minute.tolist() == [wall.hour * 60 + wall.minute for wall in walls]
    assert local.weekday.tolist() == [wall.weekday() for wall in walls]
    assert list(zip(local.year.tolist(), local.month.tolist(), strict=True)) == [
        (wall.year, wall.month) for wall in walls
    ]


TARIFFS = (
    SupplyTariff(
        medium=Medium.ELECTRICITY, first="2026-01-01", currency="GBP", standing_per_day=0.5, tax=0.05, export_price=0.1,
        prices=(PriceHours(price=0.07, begin=0, end=420, workdays=True), PriceHours(price=0.40, begin=1320, end=120), PriceHours(price=0.25)),
    ),
    SupplyTariff(medium=Medium.ELECTRICITY, first="2026-03-29", currency="GBP", prices=(PriceHours(price=0.5),)),
)  # fmt: skip


@pytest.mark.parametrize("day", [28, 29, 30])
def test_prices_of_quarter_hours_are_those_of_the_bill(day: int) -> None:
    setup = EnergySetup(tariffs=TARIFFS)
    asked = question(
        setup,
        at=datetime(2026, 3, day, 12, tzinfo=UTC),
        now=datetime(2026, 6, 1, tzinfo=UTC),
        span=EnergySpan.DAY,
        zone=LONDON,
    )
    prices = unit_prices(asked, Medium.ELECTRICITY)
    edges = np.arange(asked.period.from_ms, asked.period.to_ms + 1, QUARTER)
    bill = cost([as_tariff(one) for one in TARIFFS], edges, np.ones(len(edges) - 1), LONDON)
    assert prices is not None
    assert prices.tolist() == pytest.approx(bill.energy.tolist())


def test_cost_has_its_parts_and_what_has_no_price_is_named() -> None:
    found = report(RATES, asked=question(EnergySetup(tariffs=TARIFFS[1:]), **DAY))
    assert found.cost is not None
    assert (found.cost.energy, found.cost.standing, found.cost.unpriced) == pytest.approx((12.0, 0.0, 0.0))
    before = {
        "at": datetime(2026, 2, 4, 12, tzinfo=UTC),
        "now": datetime(2026, 6, 1, tzinfo=UTC),
        "span": EnergySpan.DAY,
    }
    early = report(RATES, asked=question(EnergySetup(tariffs=TARIFFS[1:]), **before))
    assert early.cost is not None
    assert early.cost.unpriced == pytest.approx(24.0)
    groups = energy_groups(found, HOUSE, EnergyGrouping.DEVICE)
    assert sum(one.cost for one in groups if one.cost is not None) == pytest.approx(
        250 * 96 / 1000 * 0.5 * 250 / 300  # as much of each part as of the whole came from the grid
    )


def test_every_kilogram_unfolds_to_its_factor_year_and_source() -> None:
    found = report(RATES)
    (row,) = found.emissions
    assert (row.used, row.factor, row.kg) == pytest.approx((24.0, 0.177, 24.0 * 0.177))
    assert (row.region, row.factor_year, row.gas, row.older, row.provenance) == ("GB", 2025, "CO2e", True, "official")
    assert "DESNZ" in row.source
    assert emitted(found) == row.kg
    contract = report(RATES, asked=question(EnergySetup(contract_kg=0.02, contract_source="supplier"), **DAY))
    assert [(one.market, one.kg) for one in contract.emissions] == [(False, row.kg), (True, pytest.approx(0.48))]
    unknown = report(RATES, asked=replace(question(**DAY), region="DE"))
    assert [one.kg for one in unknown.emissions] == [None]
    assert emitted(unknown) is None


def test_load_figures_of_the_main_meter() -> None:
    asked, places = question(**DAY), meter_places(HOUSE, EnergySetup())

    def read(id: PointId, from_ms: int, to_ms: int) -> QuarterUse:
        n = (to_ms - from_ms) // QUARTER
        use = np.full(n, 100.0)
        use[: n // 4] = 25.0
        return QuarterUse(from_ms, use, np.zeros(n, np.bool_))

    found = load_figures(asked, places, read, 80.0)
    assert (found.base_w, found.peak_w, found.area_m2) == (100.0, 400.0, 80.0)
    assert found.load_factor == pytest.approx(0.8125)
    assert found.intensity == pytest.approx((0.25 * 100 + 0.75 * 400) * 8.76 / 80)
    assert load_figures(asked, (), read, 80.0).base_w is None


def test_degree_days_need_a_recorded_outdoor_temperature() -> None:
    asked = question(
        at=datetime(2026, 5, 4, 12, tzinfo=UTC), now=datetime(2026, 6, 1, tzinfo=UTC), span=EnergySpan.WEEK
    )
    times = asked.period.from_ms + np.arange(7 * 24) * HOUR
    some = degree_day_figures(asked, PointId("out"), times, np.full(len(times), 5.0))
    assert (some.heating, some.cooling) == (pytest.approx(70.0), pytest.approx(0.0))
    part = degree_day_figures(asked, PointId("out"), times[:48], np.full(48, 5.0))
    assert (part.heating, part.coverage) == (None, pytest.approx(2 / 7, abs=0.02))
    assert degree_day_figures(asked, None, times, times * 0.0).heating is None
