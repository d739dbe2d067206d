"""While a project is on its way the window says what is done; where it cannot be opened, why, and how to go on."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_api import FakeDesk
from PySide6.QtWidgets import QApplication, QLabel

from app.view.i18n import set_language
from app.view.window import MainWindow
from tests.english import plain, words
from twin.model.building import Building, Source
from twin.model.change import (
    ImportPreviewed,
    ProblemRaised,
    ProblemsSolved,
    Progress,
    ProjectOpened,
    ProjectOpenFailed,
    ProjectOpening,
)
from twin.model.problem import Problem
from twin.model.text import Text
from twin.model.twin import Twin

PATH = "/homes/house.oikos"
LOCKED = Problem(
    code="store.locked",
    args={"file": "house.oikos", "holder": Text("store.holder", program="oikos run", pid="4711", since="09:12")},
    where=PATH,
    retry=True,
)


@pytest.fixture
def api() -> FakeDesk:
    return FakeDesk(twin=Twin(), path="")


def tell(window: MainWindow, *changes: object) -> None:
    for change in changes:
        window.feed.inbox.put_change(change)  # type: ignore[arg-type]
    window.feed.tick()


def page(window: MainWindow) -> str:
    return next((name for name in ("welcome", "opening") if window.pages.currentWidget() is window.parts[name]), "twin")


def shown(window: MainWindow) -> list[str]:
    QApplication.processEvents()
    labels = window.parts["opening"].findChildren(QLabel)
    return [label.text() for label in labels if label.text() and not label.isHidden()]


def test_what_is_prepared_is_named_step_by_step_with_progress_and_can_be_stopped(
    window: MainWindow, api: FakeDesk
) -> None:
    tell(
        window,
        ProjectOpening(PATH, words("Preparing the demo home")),
        Progress("demo", words("Reading the plan"), None),
    )
    assert page(window) == "opening"
    assert not any(dock.isVisible() for dock in window.docks.values())
    tell(
        window,
        Progress("demo", words("Waking the devices"), None),
        Progress("demo", words("Remembering three months"), 0.25),
    )
    opening = window.parts["opening"]
    lines = shown(window)
    assert lines[0] == "Preparing the demo home"
    assert lines[1:] == ["Reading the plan", "Waking the devices", "Remembering three months"]
    assert opening.gauge.value() == 250
    opening.stop.click()
    assert api.asked[-1] == ("cancel", ("demo",))
    stopped = plain("The import was cancelled", "Nothing was changed", code="import.cancelled")
    tell(window, Progress("demo", None, 1.0, done=True), ProjectOpenFailed(PATH, (stopped,)))
    assert page(window) == "welcome"


def test_a_project_that_is_open_at_once_flashes_no_page_and_never_the_empty_state(
    make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    window = make_window(api)
    window.show_opening(True)
    tell(window, ProjectOpening(PATH, words("Opening house")))
    assert page(window) == "twin"
    assert not window.parts["tree"].empty.isVisible()
    api.change(FakeDesk().twin)
    tell(window, ProjectOpened(PATH))
    assert page(window) == "twin"


def test_what_takes_longer_is_said(window: MainWindow, qtbot: object) -> None:
    tell(window, ProjectOpening(PATH, words("Opening house")))
    window._lose_patience()
    assert page(window) == "opening"
    assert shown(window) == ["Opening house"]


def test_the_building_is_shown_as_soon_as_it_is_read_with_one_line_under_it(
    window: MainWindow, monkeypatch: pytest.MonkeyPatch
) -> None:
    tell(
        window,
        ProjectOpening(PATH, words("Preparing the demo home")),
        Progress("demo", words("Reading the plan"), None),
    )
    assert page(window) == "opening"
    monkeypatch.setattr(type(window.effects.importing), "arriving", True)
    tell(
        window,
        ImportPreviewed(Building(source=Source(path="", sha256="", importer=""))),
        Progress("demo", words("Waking"), None),
    )
    assert page(window) == "twin"
    strip = window.parts["strip"]
    assert not strip.isHidden()
    assert strip.step.text() == "Waking"
    tell(window, Progress("demo", None, 1.0, done=True), ProjectOpened(PATH))
    assert strip.isHidden()


def test_a_project_that_another_process_holds_says_who_stays_and_is_tried_again(
    window: MainWindow, api: FakeDesk
) -> None:
    tell(window, ProjectOpening(PATH, words("Opening house")), ProjectOpenFailed(PATH, (LOCKED,)))
    assert page(window) == "opening"
    shown_words = " ".join(shown(window))
    assert "process 4711" in shown_words
    assert "since 09:12" in shown_words
    assert "try again" in shown_words
    opening = window.parts["opening"]
    assert opening.again.isVisible()
    window.feed.tick()
    assert page(window) == "opening"
    opening.again.click()
    assert api.asked[-1] == ("open_again", ())
    tell(window, ProjectOpening(PATH, words("Opening house")), ProjectOpenFailed(PATH, (LOCKED,)))
    assert page(window) == "opening"
    opening.back.click()
    assert page(window) == "welcome"


def test_why_it_could_not_be_opened_leaves_the_bell_when_it_is_open(window: MainWindow) -> None:
    other = plain("Something else", "Look", code="other")
    bar, panel = window.parts["bar"], window.parts["problems"]
    tell(
        window,
        ProjectOpening(PATH, None),
        ProjectOpenFailed(PATH, (LOCKED,)),
        ProblemRaised(LOCKED),
        ProblemRaised(other),
    )
    window.show_panel("problems", True)
    panel.rebuild()
    assert (bar.problems.text().strip(), len(panel.cards._there)) == ("2", 2)
    tell(window, ProjectOpening(PATH, None), ProjectOpened(PATH), ProblemsSolved((LOCKED,)))
    panel.rebuild()
    assert (bar.problems.text().strip(), len(panel.cards._there)) == ("1", 1)
    assert list(window.feed.problems) == [other]


def test_a_project_that_stays_open_is_there_again_after_turning_back(
    make_window: Callable[[FakeDesk], MainWindow],
) -> None:
    api = FakeDesk()
    api.fill()
    window = make_window(api)
    tell(window, ProjectOpening("/other.oikos", words("Opening other")), ProjectOpenFailed("/other.oikos", (LOCKED,)))
    assert page(window) == "opening"
    window.parts["opening"].back.click()
    assert page(window) == "twin"
    assert window.docks["tree"].isVisible()


def test_it_speaks_chinese(window: MainWindow) -> None:
    tell(window, ProjectOpening(PATH, words("Opening house")), ProjectOpenFailed(PATH, (LOCKED,)))
    window.set_language("zh_CN")
    shown_words = " ".join(shown(window))
    assert "house.oikos 已在另一个 Oikos 中打开" in shown_words
    assert "4711" in shown_words
    set_language("en", "°C")
