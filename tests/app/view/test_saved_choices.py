"""What is chosen in the window is saved on another thread: the disk may take its time."""

from __future__ import annotations

import errno
from collections.abc import Callable
from concurrent.futures import Future

import pytest
from fake_api import FakeDesk

from app.settings import Settings
from app.view.window import MainWindow
from twin.files import atomic


@pytest.mark.parametrize(
    ("choose", "name", "value"),
    [
        (lambda window: window.trigger("dark"), "theme", "dark"),
        (lambda window: window.trigger("fahrenheit"), "temperature_unit", "°F"),
        (lambda window: window.effects.set_language("zh_CN"), "language", "zh_CN"),
        (lambda window: window.trigger("smooth"), "smooth", True),
    ],
)
def test_a_choice_takes_effect_at_once_and_is_written_on_another_thread(
    window: MainWindow,
    api: FakeDesk,
    monkeypatch: pytest.MonkeyPatch,
    choose: Callable[[MainWindow], None],
    name: str,
    value: object,
) -> None:
    later: list[Callable[[], object]] = []

    def compute(work: Callable[[], object]) -> Future[object]:
        later.append(work)
        return Future()

    monkeypatch.setattr(api, "compute", compute)
    file = window.settings.file
    assert file is not None
    choose(window)
    assert window.settings[name] == value
    assert not file.exists()
    for work in later:
        work()
    assert Settings.load(file.parent)[name] == value


def test_a_choice_that_cannot_be_saved_is_a_problem(window: MainWindow, monkeypatch: pytest.MonkeyPatch) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(atomic, "write", full)
    window.trigger("dark")
    window.feed.tick()
    assert [problem.code for problem in window.feed.problems] == ["settings.unwritable"]


def test_a_choice_made_just_before_the_window_closes_is_saved(
    window: MainWindow, api: FakeDesk, monkeypatch: pytest.MonkeyPatch
) -> None:
    file = window.settings.file
    assert file is not None
    window.keep_layout()  # the layout is the same when the window closes
    monkeypatch.setattr(api, "compute", lambda _: Future[object]())  # the pool never comes to it
    window.trigger("dark")
    assert Settings.load(file.parent)["theme"] != "dark"
    window.close()
    assert Settings.load(file.parent)["theme"] == "dark"


def test_a_window_closes_where_its_settings_cannot_be_saved(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    def full(*_: object, **__: object) -> None:
        raise OSError(errno.ENOSPC, "full")

    monkeypatch.setattr(atomic, "write", full)
    assert window.close()
