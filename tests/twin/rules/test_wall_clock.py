"""Wall times on the days on which clocks are changed."""

from datetime import UTC, date, datetime, timedelta
from itertools import pairwise
from zoneinfo import ZoneInfo

import pytest

from twin.rules.wall_clock import clock_changes, instant_ms, local, minute_of_day

ZONES = ("Europe/Berlin", "Australia/Lord_Howe", "America/Santiago", "Africa/Cairo", "Asia/Shanghai")
BERLIN = ZoneInfo("Europe/Berlin")


def iso(ms: int, zone: ZoneInfo = BERLIN) -> str:
    return local(ms, zone).isoformat()


def test_a_time_that_does_not_exist_is_when_the_gap_ends_and_one_that_exists_twice_is_the_first() -> None:
    assert iso(instant_ms(date(2026, 3, 29), 150, BERLIN)) == "2026-03-29T03:00:00+02:00"
    assert iso(instant_ms(date(2026, 10, 25), 150, BERLIN)) == "2026-10-25T02:30:00+02:00"
    assert iso(instant_ms(date(2026, 10, 25), 150, BERLIN, fold=1)) == "2026-10-25T02:30:00+01:00"
    assert iso(instant_ms(date(2026, 6, 1), 450, BERLIN)) == "2026-06-01T07:30:00+02:00"


@pytest.mark.parametrize("name", ZONES)
@pytest.mark.parametrize("minute", [0, 30, 105, 120, 150, 1439])
def test_every_time_of_the_day_comes_exactly_once_each_day_of_a_year(name: str, minute: int) -> None:
    zone = ZoneInfo(name)
    days = [date(2026, 1, 1) + timedelta(days=n) for n in range(365)]
    instants = [instant_ms(day, minute, zone) for day in days]
    gaps = [b - a for a, b in pairwise(instants)]
    assert all(20 * 3_600_000 < gap < 28 * 3_600_000 for gap in gaps)
    assert all(local(at, zone).date() == day for at, day in zip(instants, days, strict=True))
    right = sum(minute_of_day(local(at, zone)) == minute for at in instants)
    assert 364 <= right <= 365, "but for the one day on which that time does not exist"


def test_a_day_that_a_country_left_out_begins_when_the_next_one_does() -> None:
    apia = ZoneInfo("Pacific/Apia")  # no 30 December 2011 there
    assert iso(instant_ms(date(2011, 12, 30), 420, apia), apia) == "2011-12-31T00:00:00+14:00"


def test_the_instants_at_which_a_wall_clock_jumps() -> None:
    year = [int(datetime(y, 1, 1, tzinfo=UTC).timestamp() * 1000) for y in (2026, 2027)]
    assert [iso(at) for at in clock_changes(BERLIN, *year)] == [
        "2026-03-29T03:00:00+02:00",
        "2026-10-25T02:00:00+01:00",
    ]
    assert clock_changes(ZoneInfo("Asia/Shanghai"), *year) == []
