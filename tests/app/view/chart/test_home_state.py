"""The recorded state of the home as a band: runs of home, away and asleep, nothing where nothing is known."""

from __future__ import annotations

from pathlib import Path

import numpy as np
from fake_api import NOW_MS, FakeDesk

from app.i18n import set_language
from app.selection import Selection
from app.view.chart.home_state import COLUMNS, HomeHistory, HomeSpan, home_spans, with_present
from app.view.chart.home_strip import HomeStrip
from app.view.feed import Feed
from twin.model.history_series import ChartColumns
from twin.model.home_presence import HomeStatus
from twin.model.ids import PointId
from twin.model.observation import Observation
from twin.rules.home_key import ASLEEP_KEY, HOME_KEY, HOME_POINTS
from twin.store.history import History

HOUR = 3_600_000


def line(*steps: tuple[int, float]) -> ChartColumns:
    times, values = np.array([one[0] for one in steps], np.int64), np.array([one[1] for one in steps], np.float64)
    return ChartColumns(
        PointId("x"), times, values, values, values, values, np.ones(len(steps), np.int64), 0, "samples"
    )


def test_the_state_is_held_until_it_changes_and_gaps_stay_empty() -> None:
    presence, asleep = line((0, 1), (50, 0), (70, np.nan), (90, 1)), line((20, 1), (40, 0))
    assert home_spans(presence, asleep, 100) == (
        HomeSpan(0, 20, "home"), HomeSpan(20, 40, "asleep"), HomeSpan(40, 50, "home"), HomeSpan(50, 70, "away"),
        HomeSpan(90, 100, "home"),
    )  # fmt: skip
    assert home_spans(line(), line(), 100) == ()


def test_a_month_of_the_real_history_is_as_many_runs_as_the_home_had_states(tmp_path: Path) -> None:
    begin = 1_795_900_000_000 // HOUR * HOUR
    now = [begin]
    with History.open(tmp_path / "x.oikos-history", now_ms=lambda: now[0]) as history:
        history.declare(HOME_POINTS)
        for day in range(30):
            for hour, key, value in (
                (8, HOME_KEY, 0.0),
                (17, HOME_KEY, 1.0),
                (22, ASLEEP_KEY, 1.0),
                (23, ASLEEP_KEY, 0.0),
            ):
                now[0] = begin + (24 * day + hour) * HOUR
                history.put([Observation(PointId(key), now[0], value)])
        history.flush()
        ids = [point.id for point in HOME_POINTS]
        found = history.columns(ids, begin, begin + 30 * 24 * HOUR, 720)
        spans = home_spans(*found, begin + 30 * 24 * HOUR)
        spans = with_present(spans, HomeStatus(at_home=True, since_ms=now[0]), begin + 30 * 24 * HOUR)
    words = [one.word for one in spans]
    assert words[:118] == (["away", "home", "asleep", "home"] * 30)[:118]
    assert spans[-1] == HomeSpan(now[0], begin + 30 * 24 * HOUR, "home")
    assert spans[0].from_ms == begin + 8 * HOUR, "nothing is known before"


def test_the_band_asks_once_for_a_span_and_says_its_words_in_both_languages(app: object) -> None:
    desk = FakeDesk()
    desk.fill()
    feed, shown = Feed(desk, desk.inbox, Selection()), list[tuple[HomeSpan, ...]]()
    home = HomeHistory(feed, shown.append)
    for _ in range(3):
        home.request(NOW_MS - 30 * 24 * HOUR, NOW_MS)
        feed.tick()
    asked = [one for name, one in desk.asked if name == "columns"]
    assert asked == [((HOME_KEY, ASLEEP_KEY), NOW_MS - 30 * 24 * HOUR, NOW_MS, COLUMNS)]
    strip = HomeStrip()
    strip.show_spans(shown[-1])
    assert strip.isHidden(), "nothing is known"
    strip.show_spans((HomeSpan(0, HOUR, "asleep"),))
    assert (strip.isHidden(), strip.accessibleDescription()) == (False, "Asleep")
    set_language("zh_CN")
    try:
        strip.show_spans((HomeSpan(0, HOUR, "away"),))
        assert strip.accessibleDescription() == "外出"
    finally:
        set_language("en")
