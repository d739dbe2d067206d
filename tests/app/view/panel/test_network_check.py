"""The page of the network check: begun by opening it, cancelled, and what is wrong stands first with its next step."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

import pytest
from fake_api import FINDINGS, FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QLabel
from turns import run_turns

from app.view.i18n import set_language
from app.view.panel.network_check import FindingCard, NetworkCheckPanel
from app.view.window import MainWindow
from twin.model.change import Progress
from twin.model.network_check import JOB, NetworkFinding
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text


@pytest.fixture
def running(api: FakeDesk) -> Future[tuple[NetworkFinding, ...]]:
    """The check that the engine is carrying out."""
    api.answers["check_network"] = asked = Future()
    return asked


def opened(window: MainWindow) -> NetworkCheckPanel:
    """Opens the page as a user does: Install, then its button."""
    window.show_activity("install")
    run_turns(window)
    QTest.mouseClick(window.panel("install").network, Qt.MouseButton.LeftButton)  # type: ignore[attr-defined]
    run_turns(window)
    window.feed.tick()
    run_turns(window)
    found = window.panel("network")
    assert isinstance(found, NetworkCheckPanel)
    return found


def said(panel: NetworkCheckPanel) -> list[str]:
    return [label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel)]


def test_opening_the_page_checks_and_what_is_wrong_stands_first(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    assert [asked for asked, _ in api.asked].count("check_network") == 1
    assert [one.verdict.value for one in panel.findings or ()] == ["fail", "unknown", "pass"]
    texts = said(panel)
    assert "1 check failed. 1 could not tell." in texts
    assert "IPv6 · eth0" in texts
    assert sum(text.startswith("Next: ") for text in texts) == 2
    assert window.rail.current == "install"
    panel.hide()
    panel.show()
    assert [asked for asked, _ in api.asked].count("check_network") == 1


def test_a_running_check_shows_how_far_it_is_and_can_be_cancelled(
    window: MainWindow, api: FakeDesk, running: Future[tuple[NetworkFinding, ...]]
) -> None:
    panel = opened(window)
    api.inbox.put_change(Progress(JOB, Text("job.network_check"), 0.4))
    window.feed.tick()
    assert panel.gauge.isVisibleTo(panel)
    assert panel.gauge.value() == 400
    assert not panel.start.isVisibleTo(panel)
    QTest.mouseClick(panel.stop, Qt.MouseButton.LeftButton)
    assert ("cancel", (JOB,)) in api.asked
    running.set_exception(ProblemError(Problem(code="network.check_cancelled", retry=True)))
    window.feed.tick()
    assert "The network check was cancelled. Start it again when you like." in said(panel)
    assert panel.start.isVisibleTo(panel)


def test_the_page_speaks_the_language_that_is_chosen(window: MainWindow) -> None:
    panel = opened(window)
    set_language("zh_CN", "°C")
    panel.retranslate()
    assert "1 项检查未通过。 1 项无法判断。" in said(panel)
    assert panel.start.text() == "再次检查"
    assert len(panel.findChildren(FindingCard)) >= len(FINDINGS)


def test_closing_the_page_returns_to_install(window: MainWindow, make_window: Callable[..., MainWindow]) -> None:
    opened(window)
    window._close_panel("network")
    assert window.is_panel_shown("install")
    assert not window.is_panel_shown("network")
