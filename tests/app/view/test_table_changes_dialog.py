"""The dialog of a link's table: what would change is listed, and taken over only when the user says so."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

import pytest
from fake_api import LINK, FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from turns import run_turns

from app.view.panel.table_changes_dialog import TableChangesDialog
from app.view.window import MainWindow
from twin.model.problem import Problem, ProblemError
from twin.model.table_changes import TableChanges

CHANGES = TableChanges(added=("Lamp 9",), gone=("Lamp 6",), moved=(("Lamp 4", "Hall", ""),), same=2)


def opened(window: MainWindow) -> TableChangesDialog:
    dialog = TableChangesDialog(window.feed, replace(LINK, options=(("table", "old.knxproj"),)), "new.knxproj", window)
    dialog.open()
    window.feed.tick()
    run_turns(window)
    return dialog


def answered(api: FakeDesk, changes: TableChanges) -> None:
    answer: Future[object] = Future()
    answer.set_result(changes)
    api.answers["table_changes"] = answer


def test_changes_are_listed_and_taken_over_with_the_other_file(window: MainWindow, api: FakeDesk) -> None:
    answered(api, CHANGES)
    dialog = opened(window)
    texts = [line.strip() for line in dialog.list.toPlainText().splitlines()]
    assert {"Lamp 9", "Lamp 6", "Lamp 4: Hall → –"} <= set(texts)
    assert dialog.about.text() == "2 devices stay as they are"
    assert [what for what, _ in api.asked if what == "add"] == []
    QTest.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    asked = [about for what, about in api.asked if what == "add"]
    assert len(asked) == 1
    assert "new.knxproj" in str(asked[0])


def test_a_table_that_cannot_be_read_says_why_and_is_not_taken_over(window: MainWindow, api: FakeDesk) -> None:
    answer: Future[object] = Future()
    answer.set_exception(ProblemError(Problem(code="table.none", where="KNX")))
    api.answers["table_changes"] = answer
    dialog = opened(window)
    assert dialog.reason.isVisible()
    assert not dialog.about.isVisible()
    assert not dialog.take.isEnabled()
    dialog.reject()


def test_a_table_that_was_not_taken_over_can_be_taken_over_again(window: MainWindow, api: FakeDesk) -> None:
    answered(api, CHANGES)
    dialog = opened(window)
    refusal: Future[object] = Future()
    refusal.set_exception(ProblemError(Problem(code="table.none", where="KNX")))
    api.answers["add"] = refusal
    QTest.mouseClick(dialog.take, Qt.MouseButton.LeftButton)
    window.feed.tick()
    run_turns(window)
    assert dialog.reason.isVisible()
    assert dialog.take.isEnabled()
    dialog.reject()


@pytest.mark.parametrize("many", [250])
def test_a_long_list_is_cut_and_counted(window: MainWindow, api: FakeDesk, many: int) -> None:
    answered(api, TableChanges(added=tuple(f"Lamp {n}" for n in range(many))))
    dialog = opened(window)
    texts = [line.strip() for line in dialog.list.toPlainText().splitlines()]
    assert "Lamp 99" in texts
    assert "Lamp 100" not in texts
    assert "and 150 more" in texts
    dialog.reject()
