"""The page of work orders: made, given, noted, closed; one undo step each."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from PySide6.QtWidgets import QLabel
from turns import run_turns

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


def test_a_work_order_is_deleted_as_one_change(page: WorkOrdersPanel, api: FakeDesk) -> None:
    page.findChildren(WorkOrderCard)[0].remove.click()
    assert changed(api) == DefinitionEdit(DefinitionKind.WORK_ORDER, "hinge")
