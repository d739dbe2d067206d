# pyright: reportUnknownLambdaType=false, reportUnknownArgumentType=false, reportUnknownMemberType=false, reportUnknownVariableType=false
"""The page of work orders: made, given, noted, closed; one undo step each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace
from pathlib import Path
from typing import Any

import pytest
from fake_api import FakeDesk
from msgspec import structs
from PySide6.QtWidgets import QApplication, QFileDialog, QLabel
from turns import run_turns

from app.view.panel import work_order_page
from app.view.panel.work_order_page import WorkOrderCard, WorkOrderDialog, WorkOrdersPanel
from app.view.window import MainWindow
from twin.model.definition import DefinitionEdit, DefinitionKind, Definitions
from twin.rules.definition_body import definition_of, read_body
from twin.rules.work_order import WorkOrder, WorkState

HINGE = WorkOrder(id="hinge", title="Oil the hinge", assignee="Vera", due="2020-01-02", created_ms=1)
DONE = WorkOrder(id="done", title="Old work", state=WorkState.DONE)


@pytest.fixture
def page(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> WorkOrdersPanel:
    api.twin = replace(api.twin, definitions=Definitions(work_orders=(definition_of(HINGE), definition_of(DONE))))
    window = make_window(api)
    window.show_activity("work")
    run_turns(window)
    window.show()
    settle(window)
    found = window.panel("work")
    assert isinstance(found, WorkOrdersPanel)
    return found


def settle(window: MainWindow) -> None:
    for _ in range(40):
        window.feed.tick()
    run_turns(window)


def changed(api: FakeDesk) -> DefinitionEdit:
    ((edit,),) = [args[0] for what, args in api.asked if what == "change_work_orders"]  # type: ignore[attr-defined]
    assert isinstance(edit, DefinitionEdit)
    return edit


def test_what_is_left_to_do_is_listed_and_what_is_late_stands_out(page: WorkOrdersPanel) -> None:
    (card,) = page.findChildren(WorkOrderCard)
    (facts,) = [one for one in card.findChildren(QLabel) if "Vera" in one.text()]
    assert facts.text() == "open · medium · Vera · 2020-01-02"
    assert facts.objectName() == "reason"


def test_a_work_order_is_noted_and_closed_in_one_step(page: WorkOrdersPanel, api: FakeDesk) -> None:
    page.edit(HINGE)
    dialog = next(one for one in page.findChildren(WorkOrderDialog) if one.isVisible())
    dialog.state.setCurrentIndex(dialog.state.findData("done"))
    dialog.note.setPlainText("It was dry")
    dialog.save.click()
    edit = changed(api)
    assert edit.definition is not None
    made = read_body(DefinitionKind.WORK_ORDER, edit.definition)
    assert isinstance(made, WorkOrder)
    assert (made.state, made.due, [one.text for one in made.notes]) == (WorkState.DONE, "2020-01-02", ["It was dry"])


def test_a_long_title_shows_its_beginning(page: WorkOrdersPanel) -> None:
    page.edit(structs.replace(HINGE, title="Bedroom sensor: " + "the temperature drifts " * 5))
    dialog = next(one for one in page.findChildren(WorkOrderDialog) if one.isVisible())
    assert dialog.title.cursorPosition() == 0


def test_a_work_order_is_deleted_as_one_change(page: WorkOrdersPanel, api: FakeDesk) -> None:
    page.findChildren(WorkOrderCard)[0].remove.click()
    assert changed(api) == DefinitionEdit(DefinitionKind.WORK_ORDER, "hinge")


def test_a_photo_is_made_small_and_saved_with_its_note(page: WorkOrdersPanel, api: FakeDesk) -> None:
    page.edit(HINGE)
    dialog = next(one for one in page.findChildren(WorkOrderDialog) if one.isVisible())
    dialog.photo.take(str(Path(__file__).parents[4] / "assets" / "pictures" / "plan-light.png"))
    for _ in range(40):
        page.feed.tick()
    QApplication.sendPostedEvents()
    assert dialog.photo.picture.isVisible()
    assert dialog.note.height() == 90, "the picture takes no room from the note"
    dialog.save.click()
    asked: Any = [args for what, args in api.asked if what == "change_work_orders"]
    ((edits, photos),) = asked
    ((name, data),) = photos.items()
    order = read_body(DefinitionKind.WORK_ORDER, edits[0].definition)
    assert isinstance(order, WorkOrder)
    assert (order.notes[0].photo, data[:3]) == (name, b"\xff\xd8\xff")


def test_one_order_and_the_list_are_written_where_people_say(
    page: WorkOrdersPanel, api: FakeDesk, monkeypatch: pytest.MonkeyPatch, tmp_path: Path
) -> None:
    monkeypatch.setattr(work_order_page, "show_file", lambda path: None)
    monkeypatch.setattr(QFileDialog, "getSaveFileName", lambda *_: (str(tmp_path / "x"), "PDF (*.pdf)"))
    page.findChildren(WorkOrderCard)[0].print.click()
    page.list.click()
    asked = [args for what, args in api.asked if what == "write_work_orders"]
    assert asked == [(orders, str(tmp_path / "x.pdf"), "en") for orders in (("hinge",), ())]
