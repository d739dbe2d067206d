"""Holidays of countries, as plain dates."""

from datetime import date

import pytest

from app.calendars import country_calendar


def test_china_works_on_six_weekend_days_of_2026_and_rests_on_its_spring_festival() -> None:
    china = country_calendar("CN", years=[2026])
    assert sorted(china.worked) == [
        date(2026, month, day) for month, day in ((1, 4), (2, 14), (2, 28), (5, 9), (9, 20), (10, 10))
    ]
    assert date(2026, 2, 17) in china.days
    assert china.is_workday(date(2026, 2, 14))
    assert not china.is_workday(date(2026, 2, 17))


def test_a_part_of_a_country_has_its_own_holidays() -> None:
    bavaria, berlin = country_calendar("DE", "BY", years=[2026]), country_calendar("DE", "BE", years=[2026])
    assert date(2026, 1, 6) in bavaria.days - berlin.days
    assert date(2026, 12, 25) in bavaria.days & berlin.days


def test_a_country_that_nobody_knows_is_an_error_and_no_empty_calendar() -> None:
    with pytest.raises(NotImplementedError):
        country_calendar("XX", years=[2026])
