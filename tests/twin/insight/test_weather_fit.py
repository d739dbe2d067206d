"""A year of daily use against degree days: the fit, the day on which the use bends, and what too few days do not say."""

from __future__ import annotations

from datetime import date, datetime, timedelta
from zoneinfo import ZoneInfo

import numpy as np
import pytest

from twin.insight.calendar_span import midnight, span_at
from twin.insight.energy_cost import EnergyQuestion
from twin.insight.energy_texts import fit_texts
from twin.insight.meter_tree import meter_places
from twin.insight.weather_fit import OutdoorHours, weather_fit
from twin.model.device import Device, DeviceInfo, Link, PointInfo, device_from_description
from twin.model.energy import EnergySetup, EnergySpan, Medium, MediumReport, WeatherFit
from twin.model.ids import LinkId, PointId
from twin.model.meter import QuarterUse
from twin.model.twin import Twin

BERLIN = ZoneInfo("Europe/Berlin")
LINK = Link(id=LinkId("l"), protocol="test", address="here")
HOUR, QUARTER = 3_600_000, 900_000
LAST = date(2026, 6, 1)
CHANGED = date(2025, 12, 20)


def meter() -> Device:
    point = PointInfo(key="import", capability="energy_import")
    return device_from_description(DeviceInfo(uid="m", name="Main meter", kind="meter", points=(point,)), LINK)


HOUSE = Twin(links=(LINK,), devices=(meter(),))


def found(
    seed: int = 1, *, change: float = 0.0, days: int = 365, heat: float = 3.0, cold: bool = True, guessed: bool = False
) -> WeatherFit | None:
    """The fit of a house: 10 kWh a day and `heat` per degree day, weeks and noise; from December on `change` more. Its
    sensor was put up `days` before the end."""
    rng = np.random.default_rng(seed)
    begin, end = midnight(LAST - timedelta(days=367), BERLIN), midnight(LAST, BERLIN)
    hours = np.arange(begin // HOUR * HOUR, end, HOUR, dtype=np.int64)
    day = np.arange(370)
    means = 10 + (10 if cold else -10) * np.sin((day - 20) / 58.1) + rng.normal(0, 2, 370)
    hourly = means[(hours - begin) // (24 * HOUR)] + 4 * np.sin(np.arange(len(hours)) / 24 * 2 * np.pi)
    hourly[hours < end - days * 24 * HOUR] = np.nan
    quarters = np.arange(begin, end, QUARTER, dtype=np.int64)
    below = np.maximum(15.5 - hourly[(quarters - hours[0]) // HOUR], 0)
    noise = rng.normal(0, 2, 370)[(quarters - begin) // (96 * QUARTER)]
    week = np.where((quarters // (96 * QUARTER)) % 7 < 5, 3.0, -3.0)
    use = (10 + heat * np.nan_to_num(below) + noise + week) * 1000 / 96
    use[quarters >= midnight(CHANGED, BERLIN)] *= 1 + change

    def read(id: PointId, from_ms: int, to_ms: int) -> QuarterUse:
        part = slice((from_ms - begin) // QUARTER, (to_ms - begin) // QUARTER)
        return QuarterUse(from_ms, use[part], np.full(len(use[part]), guessed))

    period = span_at(EnergySpan.MONTH, midnight(date(2026, 5, 20), BERLIN), BERLIN)
    asked = EnergyQuestion(period=period, until_ms=end, zone=BERLIN, setup=EnergySetup(), factors=(), region="")
    places = meter_places(HOUSE, asked.setup)
    return weather_fit(asked, Medium.ELECTRICITY, places, read, OutdoorHours(hours, hourly))


def said(fit: WeatherFit) -> list[str]:
    none = np.zeros(0)
    medium = MediumReport(
        medium=Medium.ELECTRICITY, unit="kWh", total=1.0, use=none, before=0.0, remainder=0.0, remainder_use=none,
        imported=1.0, exported=0.0, produced=0.0, measured=True, coverage=1.0, meters=(), weather=fit,
    )  # fmt: skip
    return [one.code for one in fit_texts(medium)]


def test_a_steady_house_is_fitted_and_has_no_bend() -> None:
    fit = found()
    assert fit is not None
    assert (fit.days, fit.base_c, fit.cooling) == (365, 15.5, False)
    assert (fit.base, fit.slope) == (pytest.approx(11, abs=1), pytest.approx(3, abs=0.1))
    assert fit.r2 is not None
    assert fit.r2 > 0.9
    assert fit.cusum[-1] == pytest.approx(0, abs=1e-6), "a fit leaves nothing in sum"
    assert said(fit) == ["energy.fit_heating", "energy.no_bend"]


@pytest.mark.parametrize(("change", "code"), [(0.3, "energy.bend_more"), (-0.3, "energy.bend_less")])
def test_a_change_up_or_down_is_dated(change: float, code: str) -> None:
    fit = found(change=change)
    assert fit is not None
    assert fit.bend_ms is not None
    off = date.fromisoformat(fit.bend_day) - CHANGED
    assert abs(off.days) <= 10
    assert said(fit)[-1] == code
    assert datetime.fromtimestamp(fit.bend_ms / 1000, BERLIN).date().isoformat() == fit.bend_day


def test_steady_houses_are_hardly_ever_told_that_they_changed() -> None:
    fits = [found(seed) for seed in range(12)]
    assert sum(one is not None and one.bend_ms is not None for one in fits) <= 1


def test_too_few_days_say_so() -> None:
    few = found(days=20)
    assert few is not None
    assert (few.r2, few.days, said(few)) == (None, 20, ["energy.fit_days"])
    some = found(days=80, change=0.5)
    assert some is not None
    assert some.bend_ms is None
    assert said(some)[-1] == "energy.bend_days"


def test_days_that_were_guessed_do_not_count() -> None:
    guessed = found(guessed=True)
    assert guessed is not None
    assert guessed.days == 0


def test_use_that_the_weather_does_not_move_has_no_strong_fit() -> None:
    fit = found(heat=0.0)
    assert fit is not None
    assert fit.bend_ms is None
    assert said(fit)[0] == "energy.fit_none" or "energy.fit_weak" in said(fit)
