"""The metrics on the page of alarms: figures with their targets, floods, frequent alarms that lead to their definition."""

from __future__ import annotations

import csv
from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from fake_api import FakeDesk, done
from PySide6.QtWidgets import QLabel, QPushButton
from turns import run_turns

from app.view.panel.alarm_editor import AlarmEditor
from app.view.panel.alarm_metrics_page import AlarmMetricsPage
from app.view.panel.alarms import AlarmsPanel
from app.view.window import MainWindow
from twin.model.energy import EnergySpan
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text
from twin.rules.alarm_metrics import AlarmMetricsReport, alarm_metrics
from twin.rules.alarm_proposals import proposals
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind, AlarmPhase

DAY = 86_400_000


def flooded(api: FakeDesk, alarms: list[str]) -> AlarmMetricsReport:
    """A week in which the alarms came one a minute, three times round."""
    end = api.clock_ms
    log = [
        AlarmEvent(
            alarm=id, kind=AlarmEventKind.RAISED, time_ms=end - 7 * DAY + n * 20_000, phase=AlarmPhase.UNACK,
            annunciated=True,
        )
        for n, id in enumerate(alarms * 3)
    ]  # fmt: skip
    return AlarmMetricsReport(
        span=EnergySpan.WEEK, from_ms=end - 7 * DAY, to_ms=end, until_ms=end, before_ms=end - 14 * DAY, zone="UTC",
        metrics=alarm_metrics(log, end - 7 * DAY, end), titles={id: Text("text.earlier", text=id.title()) for id in alarms},
        standing=len(alarms), first_ms=log[0].time_ms,
    )  # fmt: skip


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    made = make_window(api)
    made.show()
    return made


def page(window: MainWindow) -> AlarmMetricsPage:
    window.show_activity("alarms")
    run_turns(window)
    panel = window.panel("alarms")
    assert isinstance(panel, AlarmsPanel)
    panel.show_metrics(on=True)
    for _ in range(4):
        window.feed.tick()
    run_turns(window)
    assert panel.metrics is not None
    return panel.metrics


def said(widget: AlarmMetricsPage) -> list[str]:
    return [label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget) and label.text()]


def test_figures_stand_with_their_targets_and_floods_are_listed(window: MainWindow, api: FakeDesk) -> None:
    api.answers["alarm_metrics"] = done(flooded(api, [f"alarm {n}" for n in range(12)]))
    found = said(page(window))
    assert "36" in found
    assert "too many · more than 10 is a flood" in found
    assert any("36 alarms in" in one and "30 within ten minutes" in one for one in found)
    assert "Alarm 3" in found


def test_an_empty_log_is_said_and_what_is_not_known_is_a_dash(window: MainWindow) -> None:
    found = said(page(window))
    assert "The log of alarms is empty: no alarm was raised, or none was watched." in found
    assert "–" in found


def test_a_frequent_alarm_opens_its_definition(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> None:
    made = proposals(api.twin)[0].edits[0].definition
    assert made is not None
    api.twin = replace(api.twin, definitions=replace(api.twin.definitions, alarms=(made,)))
    id = made.id
    api.answers["alarm_metrics"] = done(flooded(api, [id]))
    window = make_window(api)
    window.show()
    shown = page(window)
    links = [one for one in shown.findChildren(QPushButton) if one.objectName() == "link" and one.text() == id.title()]
    links[0].click()
    panel = window.panel("alarms")
    (editor,) = panel.findChildren(AlarmEditor)
    assert editor.isVisible()
    editor.reject()


def test_the_table_has_all_figures_with_times_that_people_read(
    window: MainWindow, api: FakeDesk, tmp_path: Path
) -> None:
    api.answers["alarm_metrics"] = done(flooded(api, ["=cmd", "b"]))
    page(window).save_table(str(tmp_path / "alarms.csv"))
    rows = list(csv.reader((tmp_path / "alarms.csv").read_text(encoding="utf-8").splitlines()))
    assert rows[0] == ["figure", "alarm", "from", "to", "value", "unit", "verdict"]
    assert rows[1][0] == "alarms"
    assert rows[1][2].endswith("Z")
    assert ["frequent", "'=Cmd"] in [row[:2] for row in rows]


def test_a_role_that_does_not_suffice_is_told_why(window: MainWindow, api: FakeDesk) -> None:
    refused = Future[object]()
    refused.set_exception(ProblemError(Problem(code="door.scope", args={"name": "alarm_metrics"})))
    api.answers["alarm_metrics"] = refused
    assert page(window).reason.text()


def test_the_list_comes_back_and_the_period_is_asked_for(window: MainWindow, api: FakeDesk) -> None:
    shown = page(window)
    shown.show_span(EnergySpan.MONTH, 0)
    assert [args for what, args in api.asked if what == "alarm_metrics"][-1][0] is EnergySpan.MONTH
    panel = window.panel("alarms")
    assert isinstance(panel, AlarmsPanel)
    panel.views.button(0).click()
    assert panel.area.isVisibleTo(panel)
    assert not shown.isVisibleTo(panel)
