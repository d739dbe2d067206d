"""Costs by local time, on days of 23 and 25 hours too; tiers, demand, dated tariffs; carbon back to its factor."""

from datetime import UTC, date, datetime
from importlib import resources
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from twin.insight.carbon import carbon, factor_for, factor_table
from twin.insight.load_figures import base_load, duration, load_factor, share_outside, use_intensity
from twin.insight.tariff import PriceBand, PriceTier, Tariff, cost
from twin.model.text import Text

LONDON = ZoneInfo("Europe/London")
THREE_RATES = Tariff(
    first=date(2026, 1, 1), currency="GBP",
    bands=(PriceBand(price=0.07, begin=0, end=420), PriceBand(price=0.40, begin=960, end=1140), PriceBand(price=0.25)),
)  # fmt: skip
QUARTER = 900_000


def quarters(first: date, last: date, zone: ZoneInfo = LONDON) -> np.ndarray:
    """Edges from the midnight of one day to that of another."""
    begin, end = (int(datetime(d.year, d.month, d.day, tzinfo=zone).timestamp() * 1000) for d in (first, last))
    return np.arange(begin, end + 1, QUARTER)


@pytest.mark.parametrize(
    ("day", "count", "total"),
    [(date(2026, 3, 29), 92, 6 * 0.07 + 3 * 0.40 + 14 * 0.25), (date(2026, 6, 1), 96, 7 * 0.07 + 3 * 0.40 + 14 * 0.25), (date(2026, 10, 25), 100, 8 * 0.07 + 3 * 0.40 + 14 * 0.25)],
)  # fmt: skip
def test_a_day_is_billed_by_its_own_hours_however_many_it_has(day: date, count: int, total: float) -> None:
    edges = quarters(day, date(day.year, day.month, day.day + 1))
    assert len(edges) - 1 == count
    assert cost([THREE_RATES], edges, np.full(count, 0.25), LONDON).total == pytest.approx(total)


def test_tiers_split_the_quarter_hour_that_crosses_them_and_begin_anew_each_period() -> None:
    tiers = (PriceTier(upto=10.0, surcharge=0.0), PriceTier(upto=np.inf, surcharge=0.10))
    monthly = Tariff(first=date(2026, 1, 1), bands=(PriceBand(price=0.5),), tiers=tiers)
    edges = quarters(date(2026, 1, 31), date(2026, 2, 2), ZoneInfo("UTC"))
    used = np.zeros(192)
    used[[0, 1, 100, 101]] = (8.0, 4.0, 9.0, 2.0)
    bill = cost([monthly], edges, used, UTC)
    assert bill.energy[[0, 1, 100, 101]].tolist() == pytest.approx([4.0, 2.2, 4.5, 1.1])
    yearly = Tariff(first=date(2026, 1, 1), bands=(PriceBand(price=0.5),), tiers=tiers, yearly_tiers=True)
    assert cost([yearly], edges, used, UTC).energy.sum() == pytest.approx(23 * 0.5 + 13 * 0.1)


def test_standing_demand_export_and_tax() -> None:
    tariff = Tariff(
        first=date(2026, 1, 1),
        bands=(PriceBand(price=0.2),),
        standing_per_day=0.3,
        demand_per_kw=5.0,
        export_price=0.08,
        tax=0.1,
    )
    edges = quarters(date(2026, 1, 1), date(2026, 1, 3), ZoneInfo("UTC"))
    used = np.full(192, 0.25)
    used[40] = 1.0
    bill = cost([tariff], edges, used, UTC, exported=np.full(192, 0.1))
    assert bill.standing.sum() == pytest.approx(0.66)
    assert (int(bill.demand.argmax()), bill.demand.sum()) == (40, pytest.approx(4 * 5.0 * 1.1))
    assert bill.export.sum() == pytest.approx(-19.2 * 0.08)
    assert bill.energy.sum() == pytest.approx(48.75 * 0.2 * 1.1)


DEMAND = Tariff(first=date(2026, 1, 1), bands=(PriceBand(price=0.2),), demand_per_kw=5.0)


def test_shorter_intervals_are_combined_to_the_quarter_hours_whose_mean_is_the_demand() -> None:
    begin = int(datetime(2026, 1, 1, tzinfo=UTC).timestamp() * 1000)
    edges = begin + np.arange(0, 31) * 60_000
    used = np.full(30, 0.05)  # 3 kW
    used[3] = 0.4  # a minute of 24 kW, in a quarter-hour of 14 x 0.05 + 0.4 = 1.1 kWh: 4.4 kW
    bill = cost([DEMAND], edges, used, UTC)
    assert bill.demand.tolist() == pytest.approx([4.4 * 5.0, *[0.0] * 29])
    assert bill.demand_unknown is None
    uneven = cost([DEMAND], begin + np.array([0, 5, 15, 30]) * 60_000, np.array([0.3, 0.1, 0.5]), UTC)
    assert uneven.demand.tolist() == pytest.approx([0.0, 0.0, 0.5 * 4 * 5.0]), "0.4 kWh are 1.6 kW, 0.5 kWh are 2 kW"


def test_the_demand_of_a_month_with_longer_intervals_is_unknown_with_its_reason() -> None:
    begin = int(datetime(2026, 1, 31, 23, tzinfo=UTC).timestamp() * 1000)
    hours = cost([DEMAND], begin + np.array([0, 60]) * 60_000, np.array([4.0]), UTC)
    assert np.isnan(hours.demand[0])
    assert np.isnan(hours.total)
    assert hours.demand_unknown == Text("tariff.demand_intervals")
    then_quarters = cost([DEMAND], begin + np.array([0, 60, 75]) * 60_000, np.array([4.0, 0.25]), UTC)
    assert np.isnan(then_quarters.demand[0])
    assert then_quarters.demand[1] == pytest.approx(5.0), "the hour ends with January: February's demand is known"
    across = cost([DEMAND], begin + np.array([45, 75, 90]) * 60_000, np.array([1.0, 0.25]), UTC)
    assert np.isnan(across.demand[1])
    without = Tariff(first=date(2026, 1, 1), bands=(PriceBand(price=0.2),))
    assert cost([without], begin + np.array([0, 60]) * 60_000, np.array([4.0]), UTC).total == pytest.approx(0.8)


def test_a_new_tariff_never_changes_the_past_and_a_time_without_one_is_called_so() -> None:
    later = Tariff(first=date(2026, 1, 2), bands=(PriceBand(price=9.0, workdays=True),))
    edges = quarters(date(2025, 12, 31), date(2026, 1, 4), ZoneInfo("UTC"))
    before = cost([THREE_RATES], edges, np.ones(384), UTC)
    after = cost([THREE_RATES, later], edges, np.ones(384), UTC)
    assert (before.energy[:192] == after.energy[:192]).all()
    assert after.energy[192] == 9.0, "2 January 2026 is a Friday"
    assert after.unpriced.tolist() == [True] * 96 + [False] * 192 + [True] * 96


def test_bands_past_midnight_months_and_worked_saturdays() -> None:
    night = Tariff(
        first=date(2026, 1, 1),
        bands=(PriceBand(price=1.0, begin=1320, end=360, months=(2,), workdays=True), PriceBand(price=2.0)),
    )
    edges = quarters(date(2026, 2, 14), date(2026, 2, 15), ZoneInfo("UTC"))
    worked = cost([night], edges, np.ones(96), UTC, is_workday=lambda day: True)
    assert worked.energy.tolist() == [1.0] * 24 + [2.0] * 64 + [1.0] * 8
    assert cost([night], edges, np.ones(96), UTC).energy.tolist() == [2.0] * 96


FACTORS = factor_table(
    "region,year,what,value,unit,gas,source\nXX,2022,electricity,0.5,kg/kWh,CO2,a\nXX,2024,electricity,0.4,kg/kWh,CO2,b\n"
    "XX-North,2022,electricity,0.7,kg/kWh,CO2,c\nXX,2022,gas,0.2,kg/kWh,CO2e,d\n"
)


def test_each_kilogram_unfolds_to_its_factor_its_year_and_whether_that_is_older_or_wider() -> None:
    found = carbon(FACTORS, "XX", "electricity", [2021, 2022, 2022, 2023, 2024], np.array([1.0, 2.0, 3.0, 4.0, np.nan]))
    assert [(one.year, one.used, one.kg) for one in found] == [
        (2021, 1.0, None),
        (2022, 5.0, 2.5),
        (2023, 4.0, 2.0),
        (2024, 0.0, 0.0),
    ]
    older = found[2].factor
    assert older is not None
    assert (older.older, older.factor.year, older.factor.source) == (True, 2022, "a")
    north = factor_for(FACTORS, "XX-North", "electricity", 2025)
    south = factor_for(FACTORS, "XX-South", "electricity", 2025)
    assert north is not None
    assert south is not None
    assert (north.factor.value, north.wider, south.factor.value, south.wider) == (0.7, False, 0.4, True)
    assert factor_for(FACTORS, "XX", "heat", 2025) is None


def test_our_table_is_complete_and_a_text_that_is_no_table_is_refused() -> None:
    folder = resources.files("assets") / "carbon"
    names = ("factors.csv", "ember.csv")
    rows = [one for name in names for one in factor_table((folder / name).read_text(encoding="utf-8"))]
    assert len(rows) > 240
    assert all(row.source and row.gas in ("CO2", "CO2e") and 0 < row.value < 5 for row in rows)
    assert len({(row.region, row.year, row.what) for row in rows}) == len(rows)
    china, britain = (factor_for(rows, region, "electricity", 2026) for region in ("CN", "GB"))
    assert china is not None
    assert britain is not None
    assert (china.factor.value, china.factor.gas, britain.factor.value, britain.factor.gas) == (
        0.5306,
        "CO2",
        0.177,
        "CO2e",
    )
    germany = factor_for(rows, "DE", "electricity", 2026)
    assert germany is not None
    assert (germany.factor.value, germany.older, germany.factor.second_hand) == (0.34206, True, True)
    with pytest.raises(ValueError, match="not a table"):
        factor_table("a,b\n1,2\n")


def test_a_factor_says_whether_it_was_read_in_its_own_publication() -> None:
    rows = factor_table((resources.files("assets") / "carbon" / "factors.csv").read_text(encoding="utf-8"))
    by_region = {one.region.partition("-")[0]: one for one in rows}
    assert (by_region["GB"].second_hand, by_region["GB"].provenance) == (False, "official")
    assert (by_region["CN"].second_hand, by_region["CN"].provenance) == (True, "press")
    assert (by_region["US"].second_hand, by_region["US"].provenance) == (True, "second_hand")
    with pytest.raises(ValueError, match="hearsay"):
        factor_table("region,year,what,value,unit,gas,source,provenance\nXX,2020,electricity,1,kg/kWh,CO2,a,hearsay\n")


def test_figures_of_a_load() -> None:
    power = np.tile(np.array([10.0] * 12 + [50.0] * 12), 3)
    day = np.repeat(np.arange(3), 24)
    power[5] = np.nan
    assert base_load(power, day) == 10.0
    assert load_factor(power) == pytest.approx(0.606, abs=0.01)
    assert duration(power, np.array([0.01, 0.9])).tolist() == [50.0, 10.0]
    assert share_outside(np.ones(4), np.array([True, False, False, False])) == 0.75
    assert (use_intensity(1000.0, 100.0), use_intensity(1.0, 0.0)) == (10.0, None)
    assert np.isnan(
        [base_load(power[:0], day[:0]), load_factor(np.zeros(3)), share_outside(np.zeros(2), np.zeros(2, np.bool_))]
    ).all()
