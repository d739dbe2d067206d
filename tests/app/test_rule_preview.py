"""Rules tried on recorded readings: bounded in what is read and replayed, one at a time, and what was left out is said."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace
from threading import Event, Lock

import pytest

from app.engine import rule_preview
from app.engine.rule_preview import RecordedHouse
from tests.app.conftest import Desk
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind
from twin.model.ids import PointId
from twin.model.problem import ProblemError
from twin.model.rule_status import RulePreview
from twin.rules.automation import Automation, Became, Notify, SunEvent
from twin.rules.definition_body import definition_of
from twin.rules.selector import of_point
from twin.rules.wall_clock import DAY_MS, MINUTE_MS
from twin.store.history import History
from twin.store.history.reader import Samples


@pytest.fixture
def house(api: Desk) -> Desk:
    api.engine.add("pretend://house").result(60)
    return api


def warmth(api: Desk) -> Automation:
    above = Became(selector=of_point(api.point("t")), above=26.0)
    return Automation(id="warm", title="Warm", triggers=(above,), actions=(Notify(text="Warm"),))


def hears(api: Desk, value: float) -> None:
    before = api.engine.session.ingest.counts.observations
    api.world.report("t", value)
    api.until(lambda: api.engine.session.ingest.counts.observations > before, "heard")


def warm_days(api: Desk, days: int) -> int:
    """Four readings at the beginning of each day, two of them a start; returns the first day's beginning."""
    begin = api.now[0]
    for day in range(days):
        for minute, value in enumerate((20.0, 27.0, 20.0, 28.0)):
            api.now[0] = begin + day * DAY_MS + minute * MINUTE_MS
            hears(api, value)
    return begin


def asked(api: Desk, rule: Automation, from_ms: int) -> Future[RulePreview]:
    return api.engine.preview_rule(DefinitionKind.AUTOMATION, definition_of(rule), from_ms, api.now[0])


def test_only_the_newest_readings_are_read_and_replayed_and_it_says_from_when_on(
    house: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    rule = warmth(house)
    house.engine.change_definitions([DefinitionEdit(DefinitionKind.AUTOMATION, rule.id, definition_of(rule))]).result(
        60
    )
    house.engine.rules().result(60)
    begin = warm_days(house, 4)
    last = begin + 3 * DAY_MS
    spans: list[tuple[int, int]] = []
    raw = History.raw

    def watched(history: History, point: PointId, from_ms: int, to_ms: int) -> Samples:
        spans.append((from_ms, to_ms))
        return raw(history, point, from_ms, to_ms)

    monkeypatch.setattr(History, "raw", watched)
    monkeypatch.setattr(rule_preview, "MOST_READINGS", 3)
    found = asked(house, rule, begin).result(60)
    assert (found.from_ms, found.shortened, found.readings) == (last + MINUTE_MS, True, 3)
    assert [at - last for at in found.starts_ms] == [3 * MINUTE_MS]
    assert all(at >= found.from_ms for at in found.happened_ms)
    assert len(found.happened_ms) == 2
    assert min(from_ms for from_ms, _ in spans) > begin, "what is not replayed is not read"
    monkeypatch.setattr(rule_preview, "MOST_READINGS", 500_000)
    whole = asked(house, rule, begin).result(60)
    assert (whole.from_ms, whole.shortened, whole.readings, len(whole.starts_ms)) == (begin, False, 16, 8)
    assert len(whole.happened_ms) == 8


def test_more_days_than_are_replayed_are_cut_and_that_is_said(house: Desk) -> None:
    hears(house, 20.0)
    found = asked(house, warmth(house), house.now[0] - 10**6 * DAY_MS).result(60)
    assert (found.from_ms, found.shortened) == (house.now[0] - rule_preview.MOST_DAYS * DAY_MS, True)


def test_a_rule_of_the_sun_is_replayed_on_every_day_of_a_long_time(house: Desk) -> None:
    twin = house.engine.twin
    twin = replace(twin, site=replace(twin.site, latitude=48.0, longitude=11.0, time_zone="Europe/Berlin"))
    rule = Automation(id="dawn", triggers=(SunEvent(event="sunrise"),), actions=(Notify(text="Morning"),))
    recorded = RecordedHouse(twin, house.engine.session.history)
    to_ms = house.now[0]
    found = recorded.preview(DefinitionKind.AUTOMATION, definition_of(rule), to_ms - 60 * DAY_MS, to_ms)
    assert len(found.starts_ms) in (59, 60, 61)
    assert max(b - a for a, b in zip(found.starts_ms, found.starts_ms[1:], strict=False)) < DAY_MS + 10 * MINUTE_MS


def test_previews_work_one_at_a_time_and_a_newer_one_of_a_rule_takes_an_olders_place(
    house: Desk, monkeypatch: pytest.MonkeyPatch
) -> None:
    lock, begun, at_work = Lock(), Event(), 0
    preview = RecordedHouse.preview

    def slow(
        recorded: RecordedHouse, kind: DefinitionKind, definition: Definition, from_ms: int, to_ms: int
    ) -> RulePreview:
        nonlocal at_work
        with lock:
            at_work += 1
            assert at_work == 1
        try:
            begun.set()
            if definition.title != "newest":
                assert recorded.dropped.wait(60), "nobody said that it is out of date"
            return preview(recorded, kind, definition, from_ms, to_ms)
        finally:
            with lock:
                at_work -= 1

    monkeypatch.setattr(RecordedHouse, "preview", slow)
    rule = definition_of(warmth(house))
    ends = house.now[0]
    first = house.engine.preview_rule(DefinitionKind.AUTOMATION, rule, ends - DAY_MS, ends)
    assert begun.wait(60)
    older = [house.engine.preview_rule(DefinitionKind.AUTOMATION, rule, ends - DAY_MS, ends) for _ in range(3)]
    newest = replace(rule, title="newest")
    answer = house.engine.preview_rule(DefinitionKind.AUTOMATION, newest, ends - DAY_MS, ends)
    for one in (first, *older):
        with pytest.raises(ProblemError, match=r"rules\.preview_dropped"):
            one.result(60)
    assert answer.result(60).to_ms == ends
