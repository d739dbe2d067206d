"""Every time of day in the window is told by the clock of the site, on whatever computer the window runs."""

from __future__ import annotations

import ast
import os
import time
from collections.abc import Generator, Iterator
from contextlib import contextmanager
from dataclasses import replace
from datetime import UTC, datetime, timedelta
from pathlib import Path
from zoneinfo import ZoneInfo

import pytest
from fake_api import FakeDesk
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QDate, QTime

import app.view
from app.i18n import sentence
from app.selection import Selection
from app.view import site_clock
from app.view.chart.axis import TimeAxis
from app.view.feed import Feed
from app.view.formatting import format_clock, format_short_time, format_time
from app.view.panel.time_slider import ticks
from app.view.panel.timeline import TimelinePanel
from app.view.site_clock import set_site, site_midnight, site_moment, site_time, zone_note
from twin.model.space import Site
from twin.model.text import Text

HOUR = 3_600_000
ZONES = ("Asia/Shanghai", "Europe/Berlin", "America/New_York", "Asia/Kolkata", "Australia/Lord_Howe", "UTC")
BARRED = {
    "fromMSecsSinceEpoch", "fromSecsSinceEpoch", "currentDateTime", "currentDate", "currentTime", "startOfDay",
    "systemTimeZone", "toLocalTime", "localtime", "fromtimestamp", "astimezone", "QDateTime",
}  # fmt: skip
"""Ways to a clock that is not the site's."""
BESIDE = {
    "site_clock.py": BARRED,
    "daylight.py": {"fromtimestamp"},  # the sun's place in UTC
}
"""Files that may use some of them, and why."""


@pytest.fixture(autouse=True)
def _clocks() -> Iterator[None]:
    yield
    set_site(Site())


@contextmanager
def local_zone(name: str) -> Generator[None]:
    """The computer's clock is that of this zone."""
    if not hasattr(time, "tzset"):
        pytest.skip("the zone of a process cannot be changed here")
    before = os.environ.get("TZ")
    os.environ["TZ"] = name
    time.tzset()
    try:
        yield
    finally:
        os.environ.pop("TZ", None) if before is None else os.environ.update(TZ=before)
        time.tzset()


def at(text: str, zone: str = "UTC") -> int:
    return round(datetime.fromisoformat(text).replace(tzinfo=ZoneInfo(zone)).timestamp() * 1000)


def test_no_view_tells_a_time_by_another_clock() -> None:
    wrong: list[str] = []
    for path in sorted(Path(app.view.__file__).parent.rglob("*.py")):
        for node in ast.walk(ast.parse(path.read_text(encoding="utf-8"))):
            call = node.func if isinstance(node, ast.Call) else None
            name = call.attr if isinstance(call, ast.Attribute) else call.id if isinstance(call, ast.Name) else ""
            if name in BARRED - BESIDE.get(path.name, set()):
                wrong.append(f"{path.name}:{node.lineno} {name}")  # pyright: ignore[reportAttributeAccessIssue]
    assert wrong == [], "app.view.site_clock tells the site's time"


@given(st.sampled_from(ZONES), st.integers(0, 4_000_000_000_000))
def test_a_moment_is_what_the_clock_of_the_site_shows(zone: str, time_ms: int) -> None:
    set_site(Site(time_zone=zone))
    wall = datetime(1970, 1, 1, tzinfo=UTC) + timedelta(milliseconds=time_ms)
    assert format_clock(site_moment(time_ms)) == f"{wall.astimezone(ZoneInfo(zone)):%H:%M}"


def test_a_house_in_shanghai_is_shown_with_its_clock_on_a_computer_in_utc(app: object) -> None:
    with local_zone("UTC"):
        set_site(Site(time_zone="Asia/Shanghai"))
        noon = at("2026-11-30T12:00", "Asia/Shanghai")
        assert format_time(noon).endswith("12:00")
        assert format_short_time(noon, noon + HOUR).endswith("12:00")
        assert zone_note(noon) == "Asia/Shanghai"
        midnights = [one.time_ms for one in ticks(noon - 48 * HOUR, noon, 800) if one.strong]
        assert midnights == [at("2026-11-29T00:00", "Asia/Shanghai"), at("2026-11-30T00:00", "Asia/Shanghai")]
        axis = TimeAxis()
        ((_, found),) = axis.tickValues(noon / 1000 - 86_400, noon / 1000, 900)
        labels = axis.tickStrings(found, 1.0, 3600)
        assert all(
            format_clock(site_moment(int(one) * 1000)) in (text, "00:00")
            for one, text in zip(found, labels, strict=True)
        )
        set_site(Site(time_zone="Etc/UTC"))
        assert zone_note(noon) == "", "the computer's clock shows the same"


def test_on_the_day_of_a_clock_change_no_hour_is_told_twice_or_left_out(app: object) -> None:
    with local_zone("Asia/Shanghai"):
        set_site(Site(time_zone="Europe/Berlin"))
        begin = site_midnight(QDate(2026, 3, 29)).toMSecsSinceEpoch()
        assert begin == at("2026-03-29T00:00", "Europe/Berlin")
        assert site_midnight(QDate(2026, 3, 30)).toMSecsSinceEpoch() - begin == 23 * HOUR
        hours = [format_clock(site_moment(begin + n * HOUR)) for n in range(4)]
        assert hours == ["00:00", "01:00", "03:00", "04:00"]
        seen = [one.time_ms for one in ticks(begin, begin + 8 * HOUR, 900)]
        assert len(seen) == len(set(seen))
        assert site_time(QDate(2026, 3, 29), QTime(12, 0)).toMSecsSinceEpoch() == begin + 11 * HOUR
        autumn = site_midnight(QDate(2026, 10, 25)).toMSecsSinceEpoch()
        assert site_midnight(QDate(2026, 10, 26)).toMSecsSinceEpoch() - autumn == 25 * HOUR


def test_sentences_tell_times_by_the_clock_of_the_site(app: object) -> None:
    told = Text("cli.energy.period", from_ms=at("2026-11-30T04:00"), until_ms=at("2026-11-30T05:30"), zone="there")
    with local_zone("UTC"):
        assert sentence(told) == "2026-11-30 04:00 to 2026-11-30 05:30 (there)"
        set_site(Site(time_zone="Asia/Shanghai"))
        assert sentence(told) == "2026-11-30 12:00 to 2026-11-30 13:30 (there)"
        set_site(Site())
        assert sentence(told).startswith("2026-11-30 04:00")


def test_a_site_without_a_zone_has_the_clock_of_the_computer(app: object) -> None:
    with local_zone("Asia/Shanghai"):
        for unknown in ("", "Mars/Olympus"):
            set_site(Site(time_zone=unknown))
            assert format_clock(site_moment(at("2026-11-30T04:00"))) == "12:00"
            assert zone_note(at("2026-11-30T04:00")) == ""


def test_the_zone_is_named_once_beside_the_clock_where_the_computer_has_another(app: object) -> None:
    with local_zone("UTC"):
        desk = FakeDesk()
        desk.fill()
        desk.twin = replace(desk.twin, site=replace(desk.twin.site, time_zone="Asia/Shanghai"))
        feed = Feed(desk, desk.inbox, Selection())
        feed.tick()
        panel = TimelinePanel(feed)
        assert panel.than.text() == "Asia/Shanghai"
        assert panel.when.text() == format_short_time(desk.now_ms(), desk.now_ms())
        assert bytes(site_clock.site_zone().id().data()).decode() == "Asia/Shanghai"
