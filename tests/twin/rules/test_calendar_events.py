"""What schedules make of a calendar's events."""

from datetime import UTC, date, datetime

from twin.model.calendar_event import CalendarEvent
from twin.rules.calendar_events import calendar_of_events, exceptions_of_events
from twin.rules.schedule import Schedule, value_at


def timed(day: str, begin: int, end: int, last: str = "") -> CalendarEvent:
    return CalendarEvent(title="x", first=day, last=last or day, begin=begin, end=end, all_day=False)


def test_all_day_events_are_days_off() -> None:
    events = [CalendarEvent(title="x", first="2026-08-01", last="2026-08-03"), timed("2026-09-01", 60, 120)]
    assert calendar_of_events("school", events).days == {date(2026, 8, day) for day in (1, 2, 3)}


def test_a_value_holds_during_events_and_the_week_before_and_after_them() -> None:
    events = [
        timed("2026-06-01", 480, 600),
        timed("2026-06-01", 590, 660),
        timed("2026-06-01", 1200, 120, "2026-06-02"),
    ]
    schedule = Schedule(id="s", week=(((0, 16.0),),) * 7, exceptions=exceptions_of_events(events, 21.0))  # type: ignore[arg-type]
    seen = {
        (day, hour): value_at(schedule, datetime(2026, 6, day, hour, 30, tzinfo=UTC), {})
        for day, hour in ((1, 7), (1, 8), (1, 10), (1, 11), (1, 19), (1, 20), (1, 23), (2, 1), (2, 2), (3, 1))
    }
    warm = [when for when, value in seen.items() if value == 21.0]
    assert warm == [(1, 8), (1, 10), (1, 20), (1, 23), (2, 1)]
