"""The small chart of a device ends where the window is: now, or at the moment that is shown."""

from __future__ import annotations

from collections.abc import Callable
from typing import Any

from fake_api import FakeDesk

from app.view.panel.day_card import DAY_MS, DayCard
from app.view.window import MainWindow
from twin.model.batch import Batch

HOUR_MS = 3_600_000


def card(window: MainWindow) -> DayCard:
    (found,) = window.panel("inspector").findChildren(DayCard)
    return found


def spans(api: FakeDesk, point: str) -> list[tuple[int, int]]:
    """The stretches of time that were asked of the point's history."""
    return [args[1:3] for what, args in api.asked if what == "columns" and args[0] == (point,)]


def test_it_ends_at_the_moment_that_is_shown_and_says_so(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    device = api.twin.find_device("Climate") or api.twin.devices[0]
    window.feed.selection.pick_device(device.id)
    live(window)
    shown = card(window)
    point: Any = shown._point.id
    assert spans(api, point)[-1][1] == api.now_ms()
    assert shown.spark.end_labels() == ("24 h ago", "now")
    then = api.now_ms() - 30 * HOUR_MS
    window.feed.selection.change(moment_ms=then)
    live(window)
    assert card(window) is shown
    assert spans(api, point)[-1] == (then - DAY_MS, then)
    assert "until then" in shown.title.text()
    assert "now" not in " ".join(shown.spark.end_labels())
    window.feed.selection.change(moment_ms=None)
    live(window)
    assert spans(api, point)[-1][1] == api.now_ms()
    assert shown.spark.end_labels()[1] == "now"


def test_what_stays_open_goes_on_with_the_clock_and_is_not_asked_at_every_beat(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    window.feed.selection.pick_device(api.twin.devices[0].id)
    live(window)
    point: Any = card(window)._point.id
    before = len(spans(api, point))
    for _ in range(5):
        api.clock_ms += 1000
        card(window).follow()
    assert len(spans(api, point)) == before
    api.clock_ms += HOUR_MS
    card(window).follow()
    assert len(spans(api, point)) == before + 1


def test_a_changed_value_is_in_the_line_soon(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    device = next(device for device in api.twin.devices if device.point("temperature"))
    window.feed.selection.pick_device(device.id)
    live(window)
    point = card(window)._point
    before = len(spans(api, point.id))
    api.clock_ms += 20_000
    api.inbox.put(Batch.of([api.report(point, 77.0, api.clock_ms)]))
    live(window)
    card(window).follow()
    assert len(spans(api, point.id)) == before  # the history has not written it yet
    api.clock_ms += 5_000
    card(window).follow()
    assert spans(api, point.id)[before:] == [(api.clock_ms - DAY_MS, api.clock_ms)]
    api.clock_ms += 20_000
    card(window).follow()
    assert len(spans(api, point.id)) == before + 1
