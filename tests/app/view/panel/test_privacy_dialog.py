"""The dialog of privacy: what applies, purposes, and for how many people rooms are meant; saved at once."""

from __future__ import annotations

from collections.abc import Callable

import pytest
from fake_api import FakeDesk, done
from PySide6.QtWidgets import QLabel
from turns import run_turns

from app.view.panel.privacy_dialog import PrivacyDialog
from app.view.panel.users import UsersPanel
from app.view.window import MainWindow
from twin.insight.presence_groups import presence_groups
from twin.model.privacy import PrivacyStatus


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    made = make_window(api)
    made.show()
    made.show_activity("users")
    run_turns(made)
    return made


def opened(window: MainWindow) -> PrivacyDialog:
    panel = window.panel("users")
    assert isinstance(panel, UsersPanel)
    panel.privacy.click()
    for _ in range(4):
        window.feed.tick()
    (dialog,) = panel.findChildren(PrivacyDialog)
    return dialog


def said(dialog: PrivacyDialog) -> str:
    return " | ".join(label.text() for label in dialog.findChildren(QLabel) if label.isVisibleTo(dialog))


def test_at_home_nothing_of_it_can_be_chosen_and_the_purposes_are_told(window: MainWindow) -> None:
    dialog = opened(window)
    assert not dialog.grouped.isEnabled()
    assert not any(box.isEnabled() for box in dialog.places.values())
    assert "Purposes" in said(dialog)


def test_what_is_chosen_is_saved_and_only_numbers_that_were_set(window: MainWindow, api: FakeDesk) -> None:
    dialog = opened(window)
    dialog.shared.setChecked(True)
    dialog.grouped.setChecked(True)
    room, box = next(iter(dialog.places.items()))
    box.setValue(12)
    dialog.save.click()
    assert [args for what, args in api.asked if what == "set_privacy"] == [(72, True, True, {room: 12})]


def test_groups_are_listed_with_whether_anyone_is_there(window: MainWindow, api: FakeDesk) -> None:
    groups = presence_groups(api.twin, {})
    api.answers["privacy"] = done(PrivacyStatus(shared=True, grouped=True, groups=groups))
    assert "too few to be shown" in said(opened(window)) or "not known" in said(opened(window))
