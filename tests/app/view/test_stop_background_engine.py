"""The engine that works without this window is ended from its menu, where there is one."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future

from fake_api import FakeDesk
from PySide6.QtWidgets import QPushButton

from app.view.panel.palette import CommandPalette
from app.view.window import MainWindow
from tests.english import plain
from twin.model.problem import ProblemError

type Made = Callable[[FakeDesk], MainWindow]


def press(window: MainWindow, text: str) -> None:
    (button,) = [one for one in window.findChildren(QPushButton) if one.text() == text and one.isVisible()]
    button.click()
    window.feed.tick()


def test_a_window_with_an_engine_of_its_own_offers_nothing(make_window: Made, api: FakeDesk) -> None:
    window = make_window(api)
    assert not window.actions_by_id["stop_engine"].isVisible()
    window.trigger("stop_engine")
    assert not [one for one in window.findChildren(QPushButton) if one.text() == "Stop recording"]


def test_it_is_found_by_its_words_only_where_there_is_one(make_window: Made, api: FakeDesk) -> None:
    window = make_window(api)

    def found() -> bool:
        window.effects.palette()
        palette = window.findChildren(CommandPalette)[-1]
        palette.field.setText("stop recording in the background")
        texts = [palette.list.item(row).text() for row in range(palette.list.count())]
        palette.close()
        return any(text.startswith("Stop recording") for text in texts)

    assert not found()
    window.actions_by_id["stop_engine"].setVisible(True)
    assert found()


def test_it_is_ended_when_a_person_says_so_and_a_refusal_is_a_problem(make_window: Made, api: FakeDesk) -> None:
    window = make_window(api)
    asked: list[Future[None]] = []
    window.stop_engine = lambda: asked.append(Future()) or asked[-1]  # type: ignore[func-returns-value]
    window.trigger("stop_engine")
    press(window, "Cancel")
    assert asked == []
    for n in range(2):
        window.trigger("stop_engine")
        press(window, "Stop recording")
        assert len(asked) == n + 1
    asked[0].set_result(None)
    window.feed.tick()
    assert window.toast.label.text() == "Recording has stopped."
    asked[1].set_exception(ProblemError(plain("It hangs", "Wait", code="engine.busy")))
    window.feed.tick()
    assert [problem.code for problem in window.feed.problems] == ["engine.busy"]
