"""Calendar files: repetitions, exceptions and moved events on the site's wall clock, and files that mean harm."""

from datetime import date
from pathlib import Path

import pytest

from twin.building import calendar_reader
from twin.building.calendar_reader import read_calendar

HEAD, TAIL = "BEGIN:VCALENDAR\r\nVERSION:2.0\r\nPRODID:-//x//x//EN\r\n", "END:VCALENDAR\r\n"
YEAR = (date(2026, 1, 1), date(2026, 12, 31))


def event(*lines: str) -> str:
    return "\r\n".join(("BEGIN:VEVENT", *lines, "END:VEVENT", ""))


OFFICE = (
    event(
        "UID:1", "DTSTART;TZID=Europe/Berlin:20260105T063000", "DTEND;TZID=Europe/Berlin:20260105T083000",
        "RRULE:FREQ=WEEKLY;BYDAY=MO,TU,WE,TH,FR", "EXDATE;TZID=Europe/Berlin:20260406T063000", "SUMMARY:comfort",
    )
    + event(
        "UID:1", "RECURRENCE-ID;TZID=Europe/Berlin:20260330T063000", "DTSTART;TZID=Europe/Berlin:20260330T080000",
        "DTEND;TZID=Europe/Berlin:20260330T100000", "SUMMARY:late",
    )
    + event("UID:2", "DTSTART;VALUE=DATE:20260801", "DTEND;VALUE=DATE:20260815", "SUMMARY:holiday")
)  # fmt: skip


def write(folder: Path, body: str) -> Path:
    file = folder / "x.ics"
    file.write_bytes((HEAD + body + TAIL).encode())
    return file


def test_a_years_events_with_exceptions_moved_ones_and_both_clock_changes(tmp_path: Path) -> None:
    found = read_calendar(write(tmp_path, OFFICE), *YEAR, "Europe/Berlin")
    assert found.refused == ""
    by_day = {one.first: one for one in found.events}
    assert len(found.events) == 261 - 3 + 1, "workdays from 5 January on, but for Easter Monday; and the holiday"
    assert "2026-04-06" not in by_day
    assert (by_day["2026-03-27"].begin, by_day["2026-03-27"].end) == (390, 510)
    assert (by_day["2026-03-30"].begin, by_day["2026-03-30"].title) == (480, "late")
    assert (by_day["2026-10-26"].begin, by_day["2026-10-26"].title) == (390, "comfort")
    assert (by_day["2026-08-01"].last, by_day["2026-08-01"].all_day) == ("2026-08-14", True)


def test_times_are_those_of_the_sites_wall_clock_and_a_time_without_a_zone_is_the_sites_own(tmp_path: Path) -> None:
    body = event("UID:1", "DTSTART:20260601T220000Z", "DURATION:PT3H", "SUMMARY:night") + event(
        "UID:2", "DTSTART:20260603T070000", "DURATION:PT1H"
    )
    found = read_calendar(write(tmp_path, body), *YEAR, "Asia/Shanghai").events
    assert [(one.first, one.begin, one.last, one.end) for one in found] == [
        ("2026-06-02", 360, "2026-06-02", 540), ("2026-06-03", 420, "2026-06-03", 480),
    ]  # fmt: skip


def test_an_event_until_midnight_ends_on_its_own_day(tmp_path: Path) -> None:
    body = event("UID:1", "DTSTART:20260601T200000", "DTEND:20260602T000000")
    found = read_calendar(write(tmp_path, body), *YEAR, "UTC").events
    assert [(one.first, one.last, one.end) for one in found] == [("2026-06-01", "2026-06-01", 1440)]


@pytest.mark.parametrize("frequency", ["HOURLY", "MINUTELY", "SECONDLY"])
def test_what_repeats_more_often_than_daily_is_refused_at_once(tmp_path: Path, frequency: str) -> None:
    body = event("UID:1", "DTSTART:20000101T000000Z", "DURATION:PT1M", f"RRULE:FREQ={frequency}")
    assert read_calendar(write(tmp_path, body), *YEAR, "UTC").refused == "calendar.too_often"


def test_a_rule_that_never_matches_is_ended_by_the_childs_limits(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    monkeypatch.setattr(calendar_reader, "WALL_S", 3.0)
    body = "".join(
        event(f"UID:{n}", "DTSTART:19700101T000000Z", "DURATION:PT1M", "RRULE:FREQ=DAILY;BYMONTH=2;BYMONTHDAY=30") for n in range(400)
    )  # fmt: skip
    assert read_calendar(write(tmp_path, body), *YEAR, "UTC").refused == "calendar.slow"


def test_large_broken_and_crowded_files_are_refused_each_with_its_code(tmp_path: Path) -> None:
    crowded = "".join(event(f"UID:{n}", "DTSTART;VALUE=DATE:20260101") for n in range(5001))
    assert read_calendar(write(tmp_path, crowded), *YEAR, "UTC").refused == "calendar.too_many"
    assert read_calendar(write(tmp_path, "x" * (1 << 20)), *YEAR, "UTC").refused == "calendar.large"
    broken = tmp_path / "broken.ics"
    broken.write_bytes(b"\x00\xffBEGIN:NOTHING")
    found = read_calendar(broken, *YEAR, "UTC")
    assert (found.refused, bool(found.detail)) == ("calendar.broken", True)
