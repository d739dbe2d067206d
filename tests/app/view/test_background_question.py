"""Closing a window whose engine ends with it: asked once, and the answer becomes the setting."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from PySide6.QtWidgets import QPushButton

from app.settings import BACKGROUND
from app.view import startup
from app.view.window import MainWindow

type Made = Callable[[FakeDesk], MainWindow]


@pytest.fixture
def window(make_window: Made, api: FakeDesk) -> MainWindow:
    """A window with an engine of its own that records."""
    made = make_window(api)
    startup._ask_when_closed(made)
    made.feed.tick()
    return made


def press(window: MainWindow, text: str) -> None:
    (button,) = [one for one in window.findChildren(QPushButton) if one.text() == text and one.isVisible()]
    button.click()


@pytest.mark.parametrize(("text", "answer", "keeps"), [("Keep recording", "always", True), ("Stop recording", "never", False)])  # fmt: skip
def test_the_answer_closes_the_window_and_is_kept(window: MainWindow, text: str, answer: str, keeps: bool) -> None:
    assert window.close() is False
    assert window.isVisible()
    press(window, text)
    assert not window.isVisible()
    assert window.settings.text(BACKGROUND) == answer
    assert startup._end_of(window, own_engine=True).keeps_recording is keeps


def test_cancel_keeps_the_window_and_asks_again(window: MainWindow) -> None:
    for _ in range(2):
        assert window.close() is False
        assert window.close() is False, "a second press of the cross opens no second question"
        press(window, "Cancel")
        assert window.isVisible()
    assert window.settings.text(BACKGROUND) == "ask"


@pytest.mark.parametrize("answer", ["always", "never"])
def test_who_has_answered_is_not_asked_again(window: MainWindow, answer: str) -> None:
    window.settings.set(BACKGROUND, answer)
    assert window.close() is True


def test_a_project_that_records_nothing_is_not_asked_for(make_window: Made, api: FakeDesk) -> None:
    api.twin = replace(api.twin, links=(), devices=())
    made = make_window(api)
    startup._ask_when_closed(made)
    made.feed.tick()
    made.feed.twin = api.twin
    assert made.close() is True


def test_a_project_whose_devices_are_all_simulated_is_not_asked_for(make_window: Made, api: FakeDesk) -> None:
    links = tuple(replace(link, protocol="simulated") for link in api.twin.links)
    api.twin = replace(api.twin, links=links)
    made = make_window(api)
    startup._ask_when_closed(made)
    made.feed.tick()
    made.feed.twin = api.twin
    assert made.close() is True


def test_enter_keeps_recording_for_that_button_has_the_focus_and_is_the_default(window: MainWindow) -> None:
    window.close()
    (keep,) = [one for one in window.findChildren(QPushButton) if one.text() == "Keep recording"]
    assert keep.isDefault()
    dialog = keep.window()
    assert dialog.focusWidget() is keep


def test_the_end_of_the_session_asks_nothing_and_leaves_nothing_behind(window: MainWindow) -> None:
    window.settings.set(BACKGROUND, "always")
    window._ending = True
    assert window.close() is True
    end = startup._end_of(window, own_engine=True)
    assert (end.keeps_recording, end.tray) == (False, False)


def test_a_window_on_another_engine_is_closed_without_a_question(make_window: Made, api: FakeDesk) -> None:
    made = make_window(api)
    made.feed.tick()
    assert made.close() is True
    assert startup._end_of(made, own_engine=False).keeps_recording is False
