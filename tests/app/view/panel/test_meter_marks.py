"""The chart of a meter: what it counted, what of it is an estimate, changes marked and taken back, damage shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_api import FakeDesk

from app.view.panel.meter_marks import MeterDialog
from app.view.panel.trends import Trends
from app.view.window import Window
from app.view.words import speak
from twin.model.change import TwinChanged
from twin.model.device import Point
from twin.model.meter import Consumption, meter_change

HOUR_MS = 3_600_000


def meter(desk: FakeDesk) -> Point:
    point = desk.twin.find_point("Main meter/energy_import")
    assert point is not None
    return point


def chart(window: Window, desk: FakeDesk, *, suspected_ms: tuple[int, ...] = ()) -> Trends:
    """A day of the main meter: half a kilowatt-hour an hour, the last six hours estimated."""
    edges = desk.clock_ms - 24 * HOUR_MS + np.arange(26, dtype=np.int64) * HOUR_MS
    guess = np.arange(25) >= 18
    desk.counts = [Consumption(meter(desk).id, edges, np.full(25, 500.0), guess, suspected_ms)]
    window.go("trends")
    panel = window.parts["trends"]
    assert isinstance(panel, Trends)
    panel.points = []
    panel.show_point(meter(desk).id)
    window.feed.tick()
    return panel


def said(panel: Trends, desk: FakeDesk, hours_ago: float) -> str:
    """The legend's value with the crosshair at this moment."""
    assert panel.plot is not None
    panel.plot.pointed.emit(desk.clock_ms / 1000 - hours_ago * 3600)
    return panel.legends[meter(desk).id].value.text()


def test_under_the_crosshair_a_meter_says_what_it_counted_and_whether_that_is_an_estimate(
    window: Window, desk: FakeDesk
) -> None:
    panel = chart(window, desk)
    assert "+0.50 kWh" in said(panel, desk, 12.5)
    assert "estimated" not in said(panel, desk, 12.5)
    assert said(panel, desk, 2.5).endswith("+0.50 kWh (estimated)")
    speak("zh_CN")
    assert said(panel, desk, 2.5).endswith("+0.50 kWh（估算）")
    speak("en")


def test_a_suspected_change_is_drawn_and_offered_and_what_is_answered_is_asked_of_the_engine(
    window: Window, desk: FakeDesk
) -> None:
    at_ms = desk.clock_ms - 5 * HOUR_MS - 123
    panel = chart(window, desk, suspected_ms=(at_ms,))
    assert panel.plot is not None
    assert panel.meters is not None
    assert [(mark.time_ms, mark.id) for mark in panel.plot.marks.changes] == [(at_ms, "")]
    offers = panel.meters.offers(at_ms / 1000 + 60)
    assert [words for words, _ in offers] == ["Meter changed here: Main meter…"]
    dialog = offers[0][1]()
    assert isinstance(dialog, MeterDialog)
    dialog.old.setText("18.5")
    dialog.new.setText("nonsense")
    assert not dialog.yes.isEnabled()
    dialog.new.setText("")
    assert dialog.yes.isEnabled()
    dialog.accept()
    assert desk.asked[-1] == ("mark_meter", (meter(desk).id, at_ms, pytest.approx(18_500.0), None))


def test_a_mark_is_drawn_once_it_is_made_and_can_be_taken_back(window: Window, desk: FakeDesk) -> None:
    panel = chart(window, desk)
    mark = meter_change(meter(desk).id, desk.clock_ms - 5 * HOUR_MS, 18_500.0, 0.0)
    desk.twin = replace(desk.twin, meter_changes=(mark,))
    desk.inbox.tell(TwinChanged(desk.twin, "Meter changed at Main meter"))
    window.feed.tick()
    window.feed.tick()
    assert panel.plot is not None
    assert panel.meters is not None
    assert [shown.id for shown in panel.plot.marks.changes] == [mark.id]
    ((words, take_back),) = panel.meters.offers(mark.time_ms / 1000)
    assert words.startswith("Meter not changed: Main meter, ")
    take_back()
    assert desk.asked[-1] == ("unmark_meter", (mark.id,))
    ((words, _),) = panel.meters.offers(mark.time_ms / 1000 - 3 * 3600)
    assert words == "Meter changed here: Main meter…"


def test_a_chart_without_meters_has_no_menu(window: Window, desk: FakeDesk) -> None:
    panel = chart(window, desk)
    climate = desk.twin.find_point("Climate sensor/temperature")
    assert climate is not None
    panel.drop_point(meter(desk).id)
    panel.show_point(climate.id)
    window.feed.tick()
    assert panel.meters is not None
    assert panel.meters.offers(desk.clock_ms / 1000 - 3600) == []


def test_a_damaged_stretch_is_shown_as_damaged_and_not_as_a_value(window: Window, desk: FakeDesk) -> None:
    desk.damaged = ((desk.clock_ms - 6 * HOUR_MS, desk.clock_ms - 4 * HOUR_MS),)
    panel = chart(window, desk)
    assert said(panel, desk, 5) == "damaged"
    assert said(panel, desk, 3) != "damaged"
    desk.damaged = ()
    panel.fetch()
    window.feed.tick()
    assert said(panel, desk, 5) != "damaged"
