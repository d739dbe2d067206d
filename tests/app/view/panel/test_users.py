"""The page of users: other machines are let in and kept out, access is given, shown once and revoked."""

from __future__ import annotations

from concurrent.futures import Future
from dataclasses import replace

from fake_api import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QLabel, QPushButton
from turns import run_turns

from app.view.i18n import set_language
from app.view.panel.users import EVERY_TICKS, GrantCard, UsersPanel
from app.view.window import MainWindow
from twin.model.change import TwinChanged
from twin.model.grant import ROLES
from twin.model.problem import Problem, ProblemError


def settle(window: MainWindow) -> None:
    """Answers come in a tick each: that of the change, then that of the question about the new state."""
    for _ in range(3):
        run_turns(window)
        window.feed.tick()
    run_turns(window)


def opened(window: MainWindow) -> UsersPanel:
    """Opens the page by its menu entry."""
    window.trigger("users")
    settle(window)
    found = window.panel("users")
    assert isinstance(found, UsersPanel)
    assert found.isVisible()
    return found


def said(panel: UsersPanel) -> str:
    return "\n".join(label.text() for label in panel.findChildren(QLabel) if label.isVisibleTo(panel))


def click(button: QPushButton, window: MainWindow) -> None:
    QTest.mouseClick(button, Qt.MouseButton.LeftButton)
    settle(window)


def test_an_access_is_given_with_its_rooms_and_its_token_is_shown_once(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    assert not panel.shown_token.isVisible()
    panel.name.setText("Olga")
    panel.role.setCurrentIndex(ROLES.index("operator"))
    for at in range(panel.places.count()):
        if panel.places.item(at).text() == "Kitchen":
            panel.places.item(at).setCheckState(Qt.CheckState.Checked)
    panel.end.setCurrentIndex(2)
    click(panel.give, window)
    (grant,) = api.people
    assert (grant.name, grant.role, grant.rooms) == ("Olga", "operator", ("room-Kitchen",))
    assert grant.expires_ms is not None
    assert panel.token.text() == "token-of-32-bytes"
    assert panel.shown_token.isVisible()
    (card,) = panel.findChildren(GrantCard)
    assert card.grant == grant
    assert "Kitchen" in said(panel)
    click(panel.give, window)
    assert panel.reason.isVisible() is (len(api.people) == 1)


def test_only_viewers_and_operators_are_limited_to_rooms(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    panel.places.item(0).setCheckState(Qt.CheckState.Checked)
    for role in ROLES:
        panel.role.setCurrentIndex(ROLES.index(role))
        assert panel.places.isVisible() is (role in ("viewer", "operator"))
    panel.name.setText("Anna")
    click(panel.give, window)
    assert (api.people[0].role, api.people[0].rooms) == ("admin", ())


def test_a_checked_room_that_is_gone_stays_checked(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    kitchen = next(one for one in map(panel.places.item, range(panel.places.count())) if one.text() == "Kitchen")
    kitchen.setCheckState(Qt.CheckState.Checked)
    twin = window.feed.twin
    without = replace(twin, rooms=tuple(room for room in twin.rooms if room.title != "Kitchen"))
    api.inbox.put_change(TwinChanged(without))
    settle(window)
    assert all(room.title != "Kitchen" for room in window.feed.twin.rooms)
    panel.name.setText("Olga")
    click(panel.give, window)
    assert [grant.rooms for grant in api.people] == [("room-Kitchen",)], "the engine refuses it; never all rooms"


def test_revoking_asks_first(window: MainWindow, api: FakeDesk) -> None:
    api.add_grant("Vera", "viewer")
    panel = opened(window)
    (card,) = panel.findChildren(GrantCard)
    click(card.revoke, window)
    (dialog,) = [one for one in window.findChildren(QDialog) if one.isVisible()]
    assert api.people
    dialog.accept()
    settle(window)
    assert api.people == []
    assert [one for one in panel.findChildren(GrantCard) if one.isVisibleTo(panel)] == []


def test_other_machines_are_let_in_and_kept_out(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    assert "not let in" in panel.door.text()
    click(panel.listen, window)
    assert api.network is not None
    assert "https://house.local:8443" in panel.door.text()
    assert "AB:AB" in panel.pin.text()
    click(panel.listen, window)
    assert api.network is None
    assert "not let in" in panel.door.text()


def test_what_the_engine_refuses_is_said_in_the_page(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    refused: Future[None] = Future()
    refused.set_exception(ProblemError(Problem(code="serve.address", where="x")))
    api.serve = lambda address: refused  # type: ignore[assignment, method-assign, return-value]
    click(panel.listen, window)
    assert "no address to listen on" in panel.reason.text()


def test_the_page_speaks_the_language_of_the_window(window: MainWindow, api: FakeDesk) -> None:
    api.add_grant("Vera", "viewer")
    panel = opened(window)
    set_language("zh_CN")
    try:
        panel.retranslate()
        panel.refresh()
        settle(window)
        assert panel.give.text() == "授予访问权限"
        assert "观看者" in said(panel)
    finally:
        set_language("en")


def tick_slowly(window: MainWindow, panel: UsersPanel, times: int) -> None:
    for _ in range(times):
        panel.on_slow(None)
        settle(window)


def test_an_access_given_or_revoked_elsewhere_appears_while_the_page_is_open(window: MainWindow, api: FakeDesk) -> None:
    panel = opened(window)
    given = api.add_grant("Olga", "operator").result(60).grant
    tick_slowly(window, panel, 2 * EVERY_TICKS)
    assert [card.grant for card in panel.findChildren(GrantCard) if card.isVisible()] == [given]
    api.revoke_grant(given.id).result(60)
    tick_slowly(window, panel, 2 * EVERY_TICKS)
    assert [card for card in panel.findChildren(GrantCard) if card.isVisible()] == []


def test_who_may_not_see_the_accesses_is_told_so_and_nothing_is_claimed_or_asked(
    window: MainWindow, api: FakeDesk
) -> None:
    asked: list[str] = []
    api.forbidden = {"grants"}
    api.grants = api.served = lambda: asked.append("asked")  # type: ignore[method-assign, assignment]
    panel = opened(window)
    tick_slowly(window, panel, 4 * EVERY_TICKS)
    assert asked == [], "each refusal is a row of the event log"
    assert said(panel).splitlines() == ["Only an admin sees and changes who has access."]
    assert not panel.give.isVisible()
    assert not panel.listen.isVisible()


def test_what_a_role_refuses_is_asked_once_and_not_every_two_seconds(window: MainWindow, api: FakeDesk) -> None:
    refused: Future[object] = Future()
    refused.set_exception(ProblemError(Problem(code="door.role", args={"name": "grants", "role": "viewer"})))
    asked: list[str] = []

    def question(_twin: object) -> Future[object]:
        asked.append("asked")
        return refused

    panel = opened(window)
    panel.add_query(question, lambda _: None, lambda _: None)
    tick_slowly(window, panel, 4 * EVERY_TICKS)
    assert len(asked) == 1, "each refusal is a row of the event log"
