"""The chart of a meter: what it counted, what of it is an estimate, changes marked and taken back, damage shown."""

from __future__ import annotations

from dataclasses import replace

import numpy as np
import pytest
from fake_api import FakeDesk

from app.view.i18n import set_language
from app.view.panel.meter_marks import MeterDialog
from app.view.panel.trends import TrendsPanel
from app.view.window import MainWindow
from tests.english import words
from twin.model.change import TwinChanged
from twin.model.device import Point
from twin.model.meter import Consumption, meter_change

HOUR_MS = 3_600_000


def meter(api: FakeDesk) -> Point:
    point = api.twin.find_point("Main meter/energy_import")
    assert point is not None
    return point


def chart(window: MainWindow, api: FakeDesk, *, suspected_ms: tuple[int, ...] = ()) -> TrendsPanel:
    """A day of the main meter: half a kilowatt-hour an hour, the last six hours estimated."""
    edges = api.clock_ms - 24 * HOUR_MS + np.arange(26, dtype=np.int64) * HOUR_MS
    guess = np.arange(25) >= 18
    api.counts = [Consumption(meter(api).id, edges, np.full(25, 500.0), guess, suspected_ms)]
    window.show_activity("trends")
    panel = window.parts["trends"]
    assert isinstance(panel, TrendsPanel)
    panel.points = []
    panel.show_point(meter(api).id)
    window.feed.tick()
    return panel


def said(panel: TrendsPanel, api: FakeDesk, hours_ago: float) -> str:
    """The legend's value with the crosshair at this moment."""
    assert panel.plot is not None
    panel.plot.pointed.emit(api.clock_ms / 1000 - hours_ago * 3600)
    return panel.legends[meter(api).id].value.text()


def test_under_the_crosshair_a_meter_says_what_it_counted_and_whether_that_is_an_estimate(
    window: MainWindow, api: FakeDesk
) -> None:
    panel = chart(window, api)
    assert "+0.50 kWh" in said(panel, api, 12.5)
    assert "estimated" not in said(panel, api, 12.5)
    assert said(panel, api, 2.5).endswith("+0.50 kWh (estimated)")
    set_language("zh_CN")
    assert said(panel, api, 2.5).endswith("+0.50 kWh（估算）")
    set_language("en")


def test_a_suspected_change_is_drawn_and_offered_and_what_is_answered_is_asked_of_the_engine(
    window: MainWindow, api: FakeDesk
) -> None:
    at_ms = api.clock_ms - 5 * HOUR_MS - 123
    panel = chart(window, api, suspected_ms=(at_ms,))
    assert panel.plot is not None
    assert panel.meters is not None
    assert [(mark.time_ms, mark.id) for mark in panel.plot.marks.changes] == [(at_ms, "")]
    offers = panel.meters.menu_entries(at_ms / 1000 + 60)
    assert [text for text, _ in offers] == ["Meter changed here: Main meter…"]
    dialog = offers[0][1]()
    assert isinstance(dialog, MeterDialog)
    dialog.old.setText("18.5")
    dialog.new.setText("nonsense")
    assert not dialog.yes.isEnabled()
    dialog.new.setText("")
    assert dialog.yes.isEnabled()
    dialog.accept()
    assert api.asked[-1] == ("mark_meter", (meter(api).id, at_ms, pytest.approx(18_500.0), None))


def test_a_mark_is_drawn_once_it_is_made_and_can_be_taken_back(window: MainWindow, api: FakeDesk) -> None:
    panel = chart(window, api)
    mark = meter_change(meter(api).id, api.clock_ms - 5 * HOUR_MS, 18_500.0, 0.0)
    api.twin = replace(api.twin, meter_changes=(mark,))
    api.inbox.put_change(TwinChanged(api.twin, words("Meter changed at Main meter")))
    window.feed.tick()
    window.feed.tick()
    assert panel.plot is not None
    assert panel.meters is not None
    assert [shown.id for shown in panel.plot.marks.changes] == [mark.id]
    ((offer, take_back),) = panel.meters.menu_entries(mark.time_ms / 1000)
    assert offer.startswith("Meter not changed: Main meter, ")
    take_back()
    assert api.asked[-1] == ("unmark_meter", (mark.id,))
    ((offer, _),) = panel.meters.menu_entries(mark.time_ms / 1000 - 3 * 3600)
    assert offer == "Meter changed here: Main meter…"


def test_a_chart_without_meters_has_no_menu(window: MainWindow, api: FakeDesk) -> None:
    panel = chart(window, api)
    climate = api.twin.find_point("Climate sensor/temperature")
    assert climate is not None
    panel.drop_point(meter(api).id)
    panel.show_point(climate.id)
    window.feed.tick()
    assert panel.meters is not None
    assert panel.meters.menu_entries(api.clock_ms / 1000 - 3600) == []


def test_a_damaged_stretch_is_shown_as_damaged_and_not_as_a_value(window: MainWindow, api: FakeDesk) -> None:
    api.damaged = ((api.clock_ms - 6 * HOUR_MS, api.clock_ms - 4 * HOUR_MS),)
    panel = chart(window, api)
    assert said(panel, api, 5) == "damaged"
    assert said(panel, api, 3) != "damaged"
    api.damaged = ()
    panel.fetch()
    window.feed.tick()
    assert said(panel, api, 5) != "damaged"
