"""The time bar marks where alarms were."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
from fake_api import NOW_MS, FakeDesk

from app.view.panel.alarm_marks import alarm_points, alarm_times
from app.view.panel.timeline import TimelinePanel
from app.view.window import MainWindow
from twin.model.history_series import ChartColumns

HOUR = 3_600_000


def columns(point: str, highs: list[float]) -> ChartColumns:
    times = NOW_MS - HOUR * np.arange(len(highs), 0, -1)
    high = np.array(highs, float)
    return ChartColumns(point, times, high, high, high, high, np.ones(len(highs), np.int64), HOUR, "tiles")  # type: ignore[arg-type]


def test_moments_at_which_anything_was_in_alarm_are_marked_once() -> None:
    found = [columns("a", [0.0, 1.0, 0.0]), columns("b", [0.0, 1.0, np.nan]), columns("c", [1.0, 0.0, 0.0])]
    assert alarm_times(found) == (NOW_MS - 3 * HOUR, NOW_MS - 2 * HOUR)
    assert alarm_times([]) == ()


def test_smoke_is_asked_for_and_an_empty_battery_is_not(api: FakeDesk) -> None:
    kinds = {point.capability.id for point in alarm_points(api.twin)}
    assert "smoke" in kinds
    assert "battery" not in kinds


def test_the_bar_asks_once_and_again_for_another_stretch(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    strip = window.parts["timeline"]
    assert isinstance(strip, TimelinePanel)
    live(window, 40)
    ids = {point.id for point in alarm_points(api.twin)}
    asked = [rest for name, rest in api.asked if name == "columns" and set(rest[0]) == ids]
    assert len(asked) == 1
    assert strip.bar.marks
    strip.reach.click()
    live(window, 40)
    asked = [rest for name, rest in api.asked if name == "columns" and set(rest[0]) == ids]
    assert len(asked) == 2
    assert asked[1][2] - asked[1][1] == 7 * 24 * HOUR


def test_a_device_that_is_renamed_is_no_reason_to_ask_again_and_one_that_goes_is(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    live(window, 40)
    api.asked.clear()
    alarming = next(one for one in api.twin.devices if alarm_points(api.twin)[0] in one.points)
    api.rename(alarming.id, "Another name").result()
    live(window, 40)
    assert [name for name, _ in api.asked].count("columns") == 0
    api.remove(alarming.id).result()
    live(window, 40)
    left = {point.id for point in alarm_points(api.twin)}
    assert [set(rest[0]) for name, rest in api.asked if name == "columns"] == ([left] if left else [])
