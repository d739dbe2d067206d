"""While a past moment is shown nothing tells today's state as if it were that of then, and nothing is sent without saying so."""

from __future__ import annotations

from collections.abc import Callable

import numpy as np
import pytest
from fake_api import NOW_MS, FakeDesk

from app.view.panel.device_condition import condition_text
from app.view.panel.device_table_model import COLUMNS
from app.view.panel.devices import DevicesPanel
from app.view.shown_moment import is_past, is_shown_online, refuses_in_past
from app.view.window import MainWindow
from twin.model.change import DeviceOnline
from twin.model.history_series import PastMoment
from twin.model.home_presence import HomeMode
from twin.model.ids import DeviceId
from twin.model.observation import Quality

HOUR = 3_600_000


@pytest.fixture
def then(window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch) -> MainWindow:
    """Yesterday: the guest lamp, which is offline now, was there; the one that is there now was not yet."""
    live(window)
    gone, came = lamps(window)
    api.inbox.put_change(DeviceOnline(gone, online=False, time_ms=NOW_MS))
    api.inbox.put_change(DeviceOnline(came, online=True, time_ms=NOW_MS))

    def moments(times_ms: list[int]) -> object:
        points = tuple(point.id for point in api.twin.points)
        absent = [point.device == came for point in api.twin.points]
        quality = np.where(absent, Quality.OFFLINE, Quality.GOOD).astype(np.uint8)
        value = np.where(absent, np.nan, 1.0)
        from fake_api import done

        return done([PastMoment(at, points, value, quality) for at in times_ms])

    monkeypatch.setattr(api, "moments", moments)
    window.feed.selection.change(moment_ms=NOW_MS - 24 * HOUR)
    for _ in range(5):
        live(window)
    assert is_past(window.feed)
    return window


def lamps(window: MainWindow) -> tuple[DeviceId, DeviceId]:
    found = [one.id for one in window.feed.twin.devices if one.kind == "light" and one.points]
    return found[0], found[1]


def cell(panel: DevicesPanel, device: DeviceId, title: str) -> str:
    row = panel.lines.ids().index(device)
    column = [one.title for one in COLUMNS].index(title)
    return str(panel.lines.data(panel.lines.index(row, column)))


def test_the_table_has_the_state_of_then_and_says_so(then: MainWindow, live: Callable[..., None]) -> None:
    gone, came = lamps(then)
    then.effects.run("devices", on=True)
    live(then)
    panel = then.parts["devices"]
    assert isinstance(panel, DevicesPanel)
    panel._look()
    assert (cell(panel, gone, "State"), cell(panel, came, "State")) == ("online", "offline")
    assert (cell(panel, gone, "Last heard"), cell(panel, came, "Value")) == ("–", "")
    assert "As it was" in panel.count.text()
    then.feed.selection.change(moment_ms=None)
    live(then)
    panel._look()
    assert (cell(panel, gone, "State"), cell(panel, came, "State")) == ("offline", "online")
    assert "As it was" not in panel.count.text()


def test_search_words_and_the_3d_view_mean_that_moment(then: MainWindow) -> None:
    gone, came = lamps(then)
    of = then.feed.twin.device_of
    assert [is_shown_online(then.feed, one) for one in (gone, came)] == [True, False]
    assert "offline" not in condition_text(then.feed, of[gone])
    assert "offline" in condition_text(then.feed, of[came])


def test_neither_the_presence_of_the_home_nor_a_rule_is_commanded_from_the_past(
    then: MainWindow, api: FakeDesk
) -> None:
    told: list[int] = []
    then.feed.refused_in_past.connect(lambda: told.append(1))
    then.parts["bar"].home.choose(HomeMode.AWAY)  # pyright: ignore[reportAttributeAccessIssue]
    assert (len(told), [one for one in api.asked if one[0] == "set_home_presence"]) == (1, [])
    assert refuses_in_past(then.feed)
    then.feed.selection.change(moment_ms=None)
    assert not refuses_in_past(then.feed)
