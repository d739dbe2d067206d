"""The strip of the last days: ticks in local time, a handle, a pin, and a button that lets it all run by."""

from __future__ import annotations

import os
import time
from collections.abc import Callable, Iterator
from itertools import pairwise

import numpy as np
import pytest
from fake_api import FakeDesk
from hypothesis import given
from hypothesis import strategies as st
from PySide6.QtCore import QDateTime, QPoint, Qt
from PySide6.QtTest import QTest

from app.view.i18n import set_language
from app.view.panel.time_slider import SPANS_S, TimeSlider, ticks
from app.view.panel.timeline import TimelinePanel
from app.view.window import MainWindow
from tests.english import words
from twin.model.change import TwinChanged

HOUR, DAY = 3_600_000, 86_400_000
NOON = QDateTime.fromString("2026-11-23T12:30:00", Qt.DateFormat.ISODate).toMSecsSinceEpoch()  # where the test runs


@pytest.mark.parametrize(("width", "first"), [(1600, "13:00"), (700, "15:00"), (300, "18:00"), (160, "Mon 23")])
def test_a_day_has_hours_as_far_apart_as_their_labels_need(app: object, width: int, first: str) -> None:
    found = [tick for tick in ticks(NOON - DAY, NOON, width) if tick.label]
    assert found[0].label == first
    assert [tick.label for tick in found if tick.strong] == ["Mon 23"]


def test_a_week_has_days_and_a_month_every_other_day(app: object) -> None:
    week = [tick.label for tick in ticks(NOON - 7 * DAY, NOON, 800) if tick.label]
    assert week == ["Tue 17", "Wed 18", "Thu 19", "Fri 20", "Sat 21", "Sun 22", "Mon 23"]
    month = ticks(NOON - 30 * DAY, NOON, 1200)
    assert "1 Nov" in [tick.label for tick in month if tick.strong]
    set_language("zh_CN")
    assert "23日周一" in [tick.label for tick in ticks(NOON - 7 * DAY, NOON, 800)]
    set_language("en")


@given(st.integers(0, 4_000_000_000), st.sampled_from(SPANS_S), st.integers(120, 4000))
def test_ticks_lie_inside_rise_and_leave_labels_their_room(end_s: int, span_s: int, width: int) -> None:
    found = ticks((end_s - span_s) * 1000, end_s * 1000, width)
    times = [tick.time_ms for tick in found]
    assert times == sorted(set(times))
    assert all((end_s - span_s) * 1000 <= at <= end_s * 1000 for at in times)
    assert len(found) < 300


@pytest.fixture
def berlin(monkeypatch: pytest.MonkeyPatch) -> Iterator[None]:
    before = os.environ.get("TZ")
    monkeypatch.setenv("TZ", "Europe/Berlin")
    time.tzset()
    yield
    os.environ.pop("TZ", None) if before is None else os.environ.update(TZ=before)
    time.tzset()


@pytest.mark.skipif(not hasattr(time, "tzset"), reason="the zone of a process cannot be changed here")
@pytest.mark.parametrize(("day", "hours"), [("2026-03-29", 23), ("2026-10-25", 25)])
def test_a_night_of_changed_clocks_has_each_hour_once(app: object, berlin: None, day: str, hours: int) -> None:
    start = QDateTime.fromString(f"{day}T00:00:00", Qt.DateFormat.ISODate).toMSecsSinceEpoch()
    found = ticks(start, start + hours * HOUR, 2000)
    times = [tick.time_ms for tick in found]
    assert times == sorted(set(times))
    assert [tick.time_ms for tick in found if tick.strong] == [start, start + hours * HOUR]


@pytest.fixture
def bar(app: object) -> Iterator[TimeSlider]:
    made = TimeSlider()
    made.resize(500, 48)
    made.show_moments(NOON, None, None)
    yield made
    made.deleteLater()


def test_a_place_and_its_moment_are_each_others_inverse(bar: TimeSlider) -> None:
    assert bar.moment_at(bar.x_of(None)) is None
    assert bar.moment_at(-50) == bar.start_ms // bar.grid_ms * bar.grid_ms
    for hours in (1, 7, 23):
        at = bar.moment_at(bar.x_of(NOON - hours * HOUR))
        assert at is not None
        assert abs(at - (NOON - hours * HOUR)) <= bar.grid_ms
        assert at % bar.grid_ms == 0


def test_dragging_tells_every_moment_on_the_way_and_the_right_end_is_the_present(bar: TimeSlider) -> None:
    told: list[int | None] = []
    bar.moved.connect(lambda at: (told.append(at), bar.show_moments(NOON, at, None)))
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(250, 15))
    for x in (240, 200, 100):
        QTest.mouseMove(bar, QPoint(x, 15))
    QTest.mouseMove(bar, QPoint(499, 15))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(499, 15))
    past = [at for at in told if at is not None]
    assert past == sorted(past, reverse=True)
    assert len(past) == 4
    assert told[-1] is None


def test_the_pin_is_dragged_without_the_handle(bar: TimeSlider) -> None:
    bar.show_moments(NOON, None, NOON - 12 * HOUR)
    moved: list[object] = []
    pinned: list[int] = []
    bar.moved.connect(moved.append)
    bar.pinned.connect(pinned.append)
    x = round(bar.x_of(NOON - 12 * HOUR))
    QTest.mousePress(bar, Qt.MouseButton.LeftButton, pos=QPoint(x, 15))
    QTest.mouseMove(bar, QPoint(x - 100, 15))
    QTest.mouseRelease(bar, Qt.MouseButton.LeftButton, pos=QPoint(x - 100, 15))
    assert not moved
    assert pinned[-1] < NOON - 14 * HOUR


@pytest.mark.parametrize(("key", "back"), [
    (Qt.Key.Key_Left, 5 * 60_000), (Qt.Key.Key_PageUp, HOUR), (Qt.Key.Key_Home, DAY), (Qt.Key.Key_End, 0),
])  # fmt: skip
def test_keys_step_leap_and_go_to_the_ends(bar: TimeSlider, key: Qt.Key, back: int) -> None:
    told: list[int | None] = []
    bar.moved.connect(told.append)
    if key in (Qt.Key.Key_PageUp, Qt.Key.Key_End):  # pages of a slider go up to the right
        bar.show_moments(NOON, NOON - 2 * HOUR, None)
    QTest.keyClick(bar, key)
    wanted = {Qt.Key.Key_PageUp: NOON - HOUR, Qt.Key.Key_End: None}.get(key, NOON - back)
    assert told[-1] == wanted


def test_with_shift_an_arrow_moves_the_pin(bar: TimeSlider) -> None:
    bar.show_moments(NOON, None, NOON - HOUR)
    told: list[int] = []
    bar.pinned.connect(told.append)
    QTest.keyClick(bar, Qt.Key.Key_Left, Qt.KeyboardModifier.ShiftModifier)
    assert told == [NOON - HOUR - bar.grid_ms]


# in the window


@pytest.fixture
def strip(window: MainWindow) -> TimelinePanel:
    found = window.parts["timeline"]
    assert isinstance(found, TimelinePanel)
    return found


def test_the_chip_compares_now_with_the_beginning_of_the_strip(
    window: MainWindow, strip: TimelinePanel, api: FakeDesk
) -> None:
    strip.compare.click()
    assert window.feed.selection.state.compare_ms == api.now_ms() - DAY
    assert strip.bar.pin_ms == api.now_ms() - DAY
    assert strip.than.text().startswith("and ")
    strip.compare.click()
    assert window.feed.selection.state.compare_ms is None
    assert strip.than.isHidden()


def test_at_a_past_moment_the_chip_shows_what_changed_since(
    window: MainWindow, strip: TimelinePanel, api: FakeDesk
) -> None:
    then = api.now_ms() - 5 * HOUR
    window.feed.selection.change(moment_ms=then)
    strip.compare.click()
    picked = window.feed.selection.state
    assert (picked.compare_ms, picked.moment_ms) == (then, None)


def test_the_strip_follows_a_tick_only_where_the_live_button_is_behind(
    window: MainWindow, strip: TimelinePanel, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    followed: list[bool] = []
    monkeypatch.setattr(strip, "_follow", lambda: followed.append(True))
    none = np.empty(0, np.intp)
    strip._rows(none)
    strip.live.setChecked(False)
    strip._rows(none)
    assert followed == [True]
    strip.live.setChecked(True)
    monkeypatch.undo()
    window.feed.selection.change(moment_ms=api.now_ms() - 5 * HOUR)
    monkeypatch.setattr(strip, "_follow", lambda: followed.append(True))
    strip._rows(none)
    assert followed == [True]


def test_a_moment_beyond_the_strip_makes_it_longer(window: MainWindow, strip: TimelinePanel, api: FakeDesk) -> None:
    window.feed.selection.change(compare_ms=api.now_ms() - 3 * DAY)
    assert strip.bar.span_s == SPANS_S[1]
    window.feed.selection.change(moment_ms=api.now_ms() - 300 * DAY)
    assert strip.bar.span_s == SPANS_S[2]
    assert strip.bar.x_of(api.now_ms() - 300 * DAY) == strip.bar.x_of(strip.bar.start_ms)


def test_the_strip_keeps_its_length_as_time_goes_on_while_two_moments_are_compared(
    window: MainWindow, strip: TimelinePanel, api: FakeDesk
) -> None:
    strip.compare.click()
    for _ in range(3):
        api.clock_ms += 10 * 60_000
        window.feed.tick()
        strip.on_slow(None)
        window.feed.selection.change(moment_ms=api.now_ms() - HOUR)
        assert strip.bar.span_s == SPANS_S[0]
    assert strip.bar.pin_ms is not None
    assert strip.bar.x_of(strip.bar.pin_ms) == strip.bar.x_of(strip.bar.start_ms)


def test_the_strip_is_as_long_as_chosen_again_once_the_present_is_shown(
    window: MainWindow, strip: TimelinePanel, api: FakeDesk
) -> None:
    strip.reach.click()
    window.feed.selection.change(compare_ms=api.now_ms() - 20 * DAY, moment_ms=api.now_ms() - HOUR)
    assert strip.bar.span_s == SPANS_S[2]
    window.feed.selection.change(compare_ms=None)
    assert strip.bar.span_s == SPANS_S[2]  # not under the hand that holds the handle
    strip.live.click()
    assert (strip.bar.span_s, strip.reach.text()) == (SPANS_S[1], "7 d")


def play(
    strip: TimelinePanel, window: MainWindow, clock: list[float], steps: int, each_s: float = 0.1
) -> list[int | None]:
    seen: list[int | None] = []
    for _ in range(steps):
        clock[0] += each_s
        strip.step()
        window.feed.tick()
        window.feed.tick()
        seen.append(window.feed.selection.state.moment_ms)
    return seen


@pytest.fixture
def clock(strip: TimelinePanel) -> list[float]:
    made = [100.0]
    strip._clock = lambda: made[0]
    return made


def test_playing_runs_from_the_left_end_to_the_present_and_stops_there(
    window: MainWindow, strip: TimelinePanel, api: FakeDesk, clock: list[float]
) -> None:
    strip.play.click()
    assert strip.playing
    assert strip.play.accessibleName() == "Pause"
    seen = play(strip, window, clock, 400)
    past = [at for at in seen if at is not None]
    assert past[0] <= api.now_ms() - DAY + 20 * 60_000
    assert past == sorted(past)
    assert seen[-1] is None
    assert not strip.playing


def test_playing_waits_for_the_picture(window: MainWindow, strip: TimelinePanel, clock: list[float]) -> None:
    strip.play.click()
    play(strip, window, clock, 3)
    at = window.feed.selection.state.moment_ms
    assert at is not None
    window.feed.selection.change(compare_ms=at - HOUR)  # is wanted, and not there yet
    clock[0] += 5.0
    strip.step()
    assert window.feed.selection.state.moment_ms == at


def test_whoever_takes_the_handle_ends_the_playing(
    window: MainWindow, strip: TimelinePanel, clock: list[float]
) -> None:
    for end in (strip.play.click, lambda: strip.bar.moved.emit(strip.bar.start_ms), strip.live.click, strip.hide):
        strip.play.click()
        play(strip, window, clock, 2)
        end()
        assert not strip.playing


def test_where_nothing_changes_playing_hurries(
    window: MainWindow, strip: TimelinePanel, api: FakeDesk, clock: list[float]
) -> None:
    strip.play.click()
    past = [at for at in play(strip, window, clock, 40) if at is not None]
    steps = [b - a for a, b in pairwise(past)]
    assert steps[-1] > 4 * steps[0]


def test_a_period_is_played_as_slowly_as_a_whole_span_and_its_end_stays_shown(
    window: MainWindow, strip: TimelinePanel, api: FakeDesk, clock: list[float]
) -> None:
    end = api.now_ms() - 5 * HOUR
    strip.play_period(end - HOUR, end)
    assert window.feed.selection.state.moment_ms == end - HOUR
    past = [at for at in play(strip, window, clock, 20) if at is not None]
    assert past == sorted(past)
    assert end - HOUR < past[-1] < end - HOUR // 2
    for _ in range(400):
        if strip.playing:
            play(strip, window, clock, 1)
    assert not strip.playing
    assert window.feed.selection.state.moment_ms == end
    strip.play.click()
    assert play(strip, window, clock, 400)[-1] is None, "playing on from there goes to the present, as always"


def test_comparing_goes_on_while_storey_values_and_twin_change(
    window: MainWindow, strip: TimelinePanel, api: FakeDesk, live: Callable[..., None]
) -> None:
    strip.compare.click()
    live(window)
    pinned = window.feed.selection.state.compare_ms
    for fields in ({"colour_by": "co2"}, {"storey": api.twin.storeys[1].id}, {"moment_ms": api.now_ms() - DAY}):
        window.feed.selection.change(**fields)
        live(window)
        assert window.feed.compared is not None
    api.inbox.put_change(TwinChanged(api.twin, words("Bind")))
    live(window)
    assert window.feed.compared is not None
    assert window.feed.selection.state.compare_ms == pinned
    told = [value for name, value in window.scene.told if name == "set_compared"]  # type: ignore[union-attr]
    assert told[-1] == (window.feed.compared,)
    strip.compare.click()
    live(window)
    told = [value for name, value in window.scene.told if name == "set_compared"]  # type: ignore[union-attr]
    assert told[-1] == (None,)


def test_the_menu_and_the_palette_can_compare_and_play_too(window: MainWindow, strip: TimelinePanel) -> None:
    window.actions_by_id["compare"].trigger()
    assert strip.compare.isChecked()
    strip.compare.click()
    assert not window.actions_by_id["compare"].isChecked()
    window.actions_by_id["play"].trigger()
    assert strip.playing
    window.actions_by_id["play"].trigger()
    assert not strip.playing
