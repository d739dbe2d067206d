"""Holidays of countries, as plain dates."""

from datetime import UTC, date, datetime

import pytest
from msgspec.structs import replace

from app.calendars import country_calendar, holiday_names, named_days_ahead, renewed
from app.engine.rule_compiling import compiled
from twin.model.definition import Definitions
from twin.model.twin import Twin
from twin.rules.day_calendar import DayCalendar
from twin.rules.definition_body import definition_of
from twin.rules.schedule import Schedule, ScheduleDays, ScheduleException, value_at
from twin.rules.schedule_edit import holiday_exceptions


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


def test_public_holidays_go_on_after_the_years_that_were_stored_and_what_was_stored_is_kept() -> None:
    stored = country_calendar("CN", years=[2020, 2021])
    own = replace(stored, days=stored.days | {date(2021, 3, 3)})
    found = renewed(own, date(2026, 3, 1))
    assert own.days <= found.days
    assert {day.year for day in found.days} == {2020, 2021, *range(2026, 2031)}
    assert date(2026, 2, 28) in found.worked
    assert renewed(found, date(2027, 1, 1)) is found, "it still reaches far enough"
    assert max(day.year for day in renewed(found, date(2030, 12, 31)).days) == 2034


def test_a_calendar_of_a_file_and_one_of_a_place_that_the_library_does_not_know_stay_as_they_are() -> None:
    for id in ("file:closed", "holidays:XX", "holidays:"):
        calendar = DayCalendar(id=id, days=frozenset({date(2020, 1, 1)}))
        assert renewed(calendar, date(2026, 1, 1)) is calendar


def test_an_engine_that_runs_for_years_knows_the_holidays_of_each() -> None:
    calendar = country_calendar("DE", years=[2020])
    weekdays = (((0, 1.0),),) * 7
    holiday = ScheduleException(days=(ScheduleDays(calendar=calendar.id),), times=((0, 5.0),))
    schedule = Schedule(id="s", week=weekdays, exceptions=(holiday,))  # type: ignore[arg-type]
    definitions = Definitions(schedules=(definition_of(schedule),), calendars=(definition_of(calendar),))
    for year in (2026, 2033):
        made = compiled(Twin(definitions=definitions), date(year, 5, 1))
        moment = datetime(year, 10, 3, 12, tzinfo=UTC)
        assert value_at(made.rules.schedules["s"], moment, made.view.calendars) == 5.0


@pytest.mark.parametrize(
    ("place", "language", "day", "name"),
    [
        ("CN", "zh_CN", date(2026, 10, 1), "国庆节"), ("CN", "en", date(2026, 10, 1), "National Day"),
        ("DE-BY", "en", date(2026, 1, 6), "Epiphany"), ("DE-BY", "zh_CN", date(2026, 1, 6), "Epiphany"),
    ],
)  # fmt: skip
def test_a_holiday_has_its_name_in_the_language_asked_for_else_in_english(
    place: str, language: str, day: date, name: str
) -> None:
    assert holiday_names(f"holidays:{place}", [2026], language)[day] == name


def test_days_of_a_file_and_of_an_unknown_place_have_no_names_of_their_own() -> None:
    assert holiday_names("file:closed", [2026], "en") == holiday_names("holidays:XX", [2026], "en") == {}


def test_the_days_ahead_are_named_and_a_worked_weekend_is_none_of_the_holidays() -> None:
    china, closed = (
        country_calendar("CN", years=[2026]),
        DayCalendar(id="file:closed", title="Closed", days=frozenset({date(2026, 10, 12)})),
    )
    calendars = {one.id: one for one in (china, closed)}
    exceptions = (*holiday_exceptions(china), *holiday_exceptions(closed))
    found = named_days_ahead(exceptions, calendars, date(2026, 10, 7), 3, "en")
    assert [(one.day, one.worked, name) for one, name in found] == [
        (date(2026, 10, 7), False, "Day off (substituted from 10/10/2026)"),
        (date(2026, 10, 10), True, ""),
        (date(2026, 10, 12), False, "Closed"),
    ]
