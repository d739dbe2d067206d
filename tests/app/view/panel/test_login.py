"""A gateway by its address: what is typed next goes where it is wanted."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import Any

import pytest
from fake_api import FakeDesk
from PySide6.QtWidgets import QLineEdit

from app.view.panel.discover import LOGIN
from app.view.window import MainWindow
from tests.english import plain
from twin.model.change import ProblemRaised
from twin.model.problem import ProblemError


@pytest.mark.parametrize(
    ("address", "typed", "field", "selected"),
    [
        ("mqtt://broker", ("", ""), "user", ""),
        ("mqtt://broker", ("me", ""), "password", ""),
        ("mqtt://broker", ("me", "wrong"), "password", "wrong"),
        ("mqtt://me@broker", ("", ""), "password", ""),
        ("mqtt://[broker", ("", ""), "user", ""),
    ],
    ids=["nothing", "a name alone", "a wrong password", "the name in the address", "no address at all"],
)
def test_after_a_refused_login_the_keyboard_is_where_something_has_to_be_typed(
    window: MainWindow, api: FakeDesk, live: Callable[..., None], monkeypatch: pytest.MonkeyPatch,
    address: str, typed: tuple[str, str], field: str, selected: str,
) -> None:  # fmt: skip
    def refused(*_: object, **__: object) -> Future[Any]:
        answer: Future[Any] = Future()
        answer.set_exception(ProblemError(plain("A login is needed", "Give one", code=LOGIN)))
        return answer

    monkeypatch.setattr(api, "add", refused)
    window.show_activity("install")
    panel: Any = window.panel("install")
    panel.url.setText(address)
    panel.user.setText(typed[0])
    panel.password.setText(typed[1])
    window.activateWindow()
    panel.by_url.click()
    live(window)
    wanted: QLineEdit = getattr(panel, field)
    assert window.focusWidget() is wanted
    assert panel.user.text() == (typed[0] or ("me" if "@" in address else ""))
    assert wanted.selectedText() == selected or wanted.selectionLength() == len(selected)


def test_after_a_gateway_was_added_the_next_address_can_be_typed(
    window: MainWindow, api: FakeDesk, live: Callable[..., None]
) -> None:
    window.show_activity("install")
    panel: Any = window.panel("install")
    panel.url.setText("mqtt://broker")
    window.activateWindow()
    panel.password.setFocus()
    panel.password.returnPressed.emit()
    live(window)
    assert window.focusWidget() is panel.url
    assert panel.url.text() == ""


def test_the_bell_counts_the_same_problem_once(window: MainWindow, api: FakeDesk, live: Callable[..., None]) -> None:
    for what in ("No keyring", "No keyring", "Another"):
        api.inbox.put_change(ProblemRaised(plain(what, "", code=what)))
    live(window)
    assert window.parts["bar"].problems.text().strip() == "2"  # pyright: ignore[reportAttributeAccessIssue]
