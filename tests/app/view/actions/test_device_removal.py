"""The question before a device is removed."""

from __future__ import annotations

from concurrent.futures import Future

from PySide6.QtWidgets import QDialog, QLabel, QPushButton

from app.view.window import MainWindow
from tests.app.view.fake_api import FakeDesk, done
from twin.model.ids import DeviceId
from twin.model.link_option import LinkSchema
from twin.model.text import Text


def shown_words(question: QDialog) -> str:
    """Every text of the question."""
    return "\n".join(label.text() for label in question.findChildren(QLabel))


def asked(window: MainWindow) -> QDialog | None:
    """The question that is open."""
    window.feed.tick()
    return next((one for one in window.findChildren(QDialog) if one.isVisible()), None)


def test_the_question_names_what_the_devices_protocol_does_at_its_peer(window: MainWindow, api: FakeDesk) -> None:
    api.answers["link_options"] = done(LinkSchema(removal=Text("matter.removal")))
    device = api.twin.devices[0].id
    window.feed.selection.pick_device(device)
    window.effects.remove()
    question = asked(window)
    assert question is not None
    assert "It leaves the project. Its history stays." in shown_words(question)
    assert "It leaves its Matter network too, and can be paired again with its code." in shown_words(question)
    next(one for one in question.findChildren(QPushButton) if one.text() == "Remove").click()
    assert DeviceId(device) not in api.twin.device_of


def test_a_protocol_whose_peers_do_not_notice_is_asked_about_without_a_network(
    window: MainWindow, api: FakeDesk
) -> None:
    window.feed.selection.pick_device(api.twin.devices[0].id)
    window.effects.remove()
    question = asked(window)
    assert question is not None
    assert "network" not in shown_words(question)


def test_the_question_comes_even_where_the_protocol_cannot_be_asked(window: MainWindow, api: FakeDesk) -> None:
    unknown: Future[LinkSchema] = Future()
    api.answers["link_options"] = unknown  # type: ignore[assignment]
    window.feed.selection.pick_device(api.twin.devices[0].id)
    window.effects.remove()
    assert asked(window) is None
    unknown.set_exception(OSError("gone"))
    assert asked(window) is not None
