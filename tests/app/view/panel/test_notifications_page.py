"""The page of notifications: channels with a test, recipients, and what was delivered."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from msgspec import structs
from PySide6.QtWidgets import QLabel
from turns import run_turns

from app.i18n import set_language
from app.view.panel.notification_dialogs import ChannelDialog, RecipientDialog
from app.view.panel.notifications import EntryCard, NotificationsPanel
from app.view.window import MainWindow
from twin.model.definition import DefinitionEdit, DefinitionKind, Definitions
from twin.model.problem import Problem
from twin.model.text import Text
from twin.rules.definition_body import definition_of, read_body
from twin.rules.notification import ChannelKind, ChannelUse, NotificationChannel, QuietHours, Recipient

MAIL = NotificationChannel(
    id="mail", title="Mail", kind=ChannelKind.EMAIL, address="mail.example.org:587", user="oikos"
)
ANNA = Recipient(
    id="anna", title="Anna", uses=(ChannelUse(channel="mail", to="anna@example.org"),), priority=2,
    classes=("safety", "property"), after_ms=600_000, quiet=QuietHours(begin=1320, end=420, through=2),
)  # fmt: skip


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    found = Definitions(channels=(definition_of(MAIL),), recipients=(definition_of(ANNA),))
    api.twin = replace(api.twin, definitions=found)
    made = make_window(api)
    made.show_activity("notifications")
    run_turns(made)
    made.show()
    settle(made)
    return made


def settle(window: MainWindow) -> None:
    for _ in range(40):
        window.feed.tick()
    run_turns(window)


def page(window: MainWindow) -> NotificationsPanel:
    found = window.panel("notifications")
    assert isinstance(found, NotificationsPanel)
    return found


def edits(api: FakeDesk) -> list[DefinitionEdit]:
    return [edit for what, args in api.asked if what == "change_definitions" for edit in args[0]]  # type: ignore[attr-defined]


def card(window: MainWindow, title: str) -> EntryCard:
    cards = page(window).findChildren(EntryCard)
    return next(one for one in cards if title in [label.text() for label in one.findChildren(QLabel)])


def test_a_channel_is_tried_before_it_is_saved_and_the_servers_reason_is_shown(
    window: MainWindow, api: FakeDesk
) -> None:
    why = Text("notify.login_refused", text="535 no")
    api.test_refusal = Problem(code="notify.not_sent", args={"way": "Mail", "why": why})
    page(window).add_channel.click()
    dialog = next(one for one in page(window).findChildren(ChannelDialog) if one.isVisible())
    assert not dialog.save.isEnabled()
    dialog.title.setText("Post")
    dialog.address.setText("mail.example.org:587")
    dialog.to.setText("bob@example.org")
    dialog.password.setText("secret")
    dialog.test.click()
    settle(window)
    assert "the server refuses the login (535 no)" in dialog.why.text()
    api.test_refusal = None
    dialog.test.click()
    settle(window)
    assert dialog.why.text() == "The test message went out."
    dialog.save.click()
    settle(window)
    (edit,) = edits(api)
    assert edit.definition is not None
    assert "secret" not in edit.definition.body
    assert ("keep_channel_password", (edit.id, "secret")) in api.asked


def test_a_recipient_is_shown_and_saved_as_it_was(window: MainWindow, api: FakeDesk) -> None:
    card(window, "Anna").edit.click()
    dialog = next(one for one in page(window).findChildren(RecipientDialog) if one.isVisible())
    dialog.save.click()
    settle(window)
    (edit,) = edits(api)
    assert edit.definition is not None
    assert read_body(DefinitionKind.RECIPIENT, edit.definition) == ANNA


def test_a_recipient_of_a_channel_that_is_gone_stays_with_it_until_another_is_chosen(
    window: MainWindow, api: FakeDesk
) -> None:
    lost = structs.replace(ANNA, uses=(ChannelUse(channel="gone", to="anna@example.org"),))
    dialog = RecipientDialog(window, window.feed, {MAIL.id: MAIL}, lost)
    assert (dialog.channel.currentText(), dialog.recipient()) == ("missing channel", lost)
    dialog.close()


def test_quiet_hours_that_end_when_they_begin_cannot_be_saved(window: MainWindow) -> None:
    dialog = RecipientDialog(window, window.feed, {MAIL.id: MAIL}, ANNA)
    dialog.end.set_minute(ANNA.quiet.begin if ANNA.quiet else 0)
    assert not dialog.save.isEnabled()
    dialog.is_quiet.setChecked(False)
    assert dialog.save.isEnabled()
    dialog.close()


def test_a_recipient_is_deleted_as_one_change_and_the_page_speaks_chinese(window: MainWindow, api: FakeDesk) -> None:
    card(window, "Mail").remove.click()
    assert edits(api) == [DefinitionEdit(DefinitionKind.CHANNEL, "mail")]
    set_language("zh_CN")
    page(window).retranslate()
    settle(window)
    said = " ".join(one.text() for one in page(window).findChildren(QLabel))
    set_language("en")
    for part in ("收件人", "渠道"):
        assert part in said, said
