"""The page of radio links: reads what is known, asks on demand, cancels, and shows it in the 3D view until it is hidden."""

from __future__ import annotations

from concurrent.futures import Future

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from turns import run_turns

from app.view.panel.radio_survey import RadioPanel
from app.view.window import MainWindow
from twin.model.change import Progress
from twin.model.problem import Problem, ProblemError
from twin.model.radio_map import JOB, Radio, RadioLink, RadioMap, RadioNode, RadioRole


def found(api: FakeDesk, many: int = 1) -> RadioMap:
    device = api.twin.devices[0]
    nodes = (
        RadioNode(key=device.id, name=device.name, device=device.id, role=RadioRole.ROUTER, answered=False),
        RadioNode(key="hub", name="Hub", role=RadioRole.COORDINATOR),
    )
    link = RadioLink(radio=Radio.ZIGBEE, start="hub", end=device.id, heard_ms=api.now_ms(), lqi=33)
    return RadioMap(nodes=nodes, links=(link,) * many, asked_ms=api.now_ms(), can_ask=True)


def known(value: object) -> Future[object]:
    made: Future[object] = Future()
    made.set_result(value)
    return made


def opened(window: MainWindow) -> RadioPanel:
    """Opens the page as a user does: Install, then its button."""
    window.show_activity("install")
    run_turns(window)
    QTest.mouseClick(window.panel("install").radio, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    for _ in range(3):
        run_turns(window)
        window.feed.tick()
    panel = window.panel("radio")
    assert isinstance(panel, RadioPanel)
    return panel


def said(panel: RadioPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel)]


def test_the_page_lists_the_weakest_links_and_who_has_no_place_or_did_not_answer(
    window: MainWindow, api: FakeDesk
) -> None:
    api.answers["radio_map"] = known(found(api, 40))
    panel = opened(window)
    texts, name = said(panel), api.twin.devices[0].name
    assert texts.count(f"Hub ↔ {name}") == 30
    assert any(text.startswith("Zigbee · LQI 33 · weak · ") for text in texts)
    assert "and 10 more, which are stronger or not known" in texts
    assert any("Without a place: " in text and "Hub" in text for text in texts)
    assert any(f"Did not answer: {name}" in text for text in texts)
    assert window.actions_by_id["radio"].isChecked()


def test_nothing_is_asked_before_the_user_does_and_then_it_can_be_cancelled(window: MainWindow, api: FakeDesk) -> None:
    api.answers["survey_radio"] = asking = Future()
    panel = opened(window)
    assert "The devices were not asked yet." in said(panel)
    assert "survey_radio" not in [what for what, _ in api.asked]
    panel.start.click()
    window.feed.tick()
    assert (panel.running, panel.start.isVisibleTo(panel), panel.stop.isVisibleTo(panel)) == (True, False, True)
    panel.on_change(Progress(JOB, None, 0.4))
    panel.stop.click()
    assert ("cancel", (JOB,)) in api.asked
    asking.set_exception(ProblemError(Problem(code="radio.cancelled", retry=True)))
    window.feed.tick()
    run_turns(window)
    assert not panel.running
    assert any("not asked to the end" in text for text in said(panel))
    panel.read()
    window.feed.tick()
    run_turns(window)
    assert not any("not asked to the end" in text for text in said(panel)), "what is known now is shown without it"


def test_without_a_gateway_that_can_tell_the_page_says_so(window: MainWindow, api: FakeDesk) -> None:
    api.answers["radio_map"] = known(RadioMap())
    panel = opened(window)
    assert "No gateway of this project can tell radio links." in said(panel)
    assert not panel.start.isEnabled()


def test_links_that_were_hidden_stay_hidden_while_the_page_reads_them_anew(window: MainWindow, api: FakeDesk) -> None:
    api.answers["radio_map"] = known(found(api))
    panel = opened(window)
    assert window.feed.selection.state.colour_by == ""
    window.trigger("radio")
    assert not window.actions_by_id["radio"].isChecked()
    assert window.feed.selection.state.colour_by == "temperature"
    panel.read()
    window.feed.tick()
    assert not window.actions_by_id["radio"].isChecked()


@pytest.mark.parametrize("code", ["radio.offline", "mqtt.map_refused"])
def test_what_could_not_be_asked_is_told_beside_the_links(window: MainWindow, api: FakeDesk, code: str) -> None:
    from dataclasses import replace

    api.answers["radio_map"] = known(replace(found(api), problems=(Problem(code=code, where="Broker"),)))
    panel = opened(window)
    assert "Broker" in panel.reason.text()
    assert panel.reason.isVisibleTo(panel)
