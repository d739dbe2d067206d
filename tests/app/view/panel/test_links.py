"""The page of gateways, and a certificate that is trusted with the mouse."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest
from fake_api import LINK, FakeDesk, done
from PySide6.QtWidgets import QLabel, QLineEdit, QWidget
from turns import run_turns

from app.view.panel.links import LinksPanel
from app.view.window import MainWindow
from tests.english import plain, words
from twin.model.candidate import Candidate, Need
from twin.model.certificate import Certificate
from twin.model.change import CandidatesChanged, LinkSkipped
from twin.model.ids import LinkId
from twin.model.link_option import LinkOption, LinkSchema, OptionKind
from twin.model.link_status import LinkStatus
from twin.model.problem import ProblemError
from twin.model.skipped import Skipped

SHOWN = Certificate(
    name="Hub", issuer="Hub CA", fingerprint=":".join(["AB"] * 32), names=("hub.local",), valid_from="2026-01-01",
    valid_to="2027-01-01",
)  # fmt: skip
BROKER = replace(LINK, address="mqtts://hub.local:8883", title="Hub", options=(("pin", SHOWN.fingerprint),))
REFUSED = plain("Nobody signed it", "Trust it", code="certificate.unknown")


def shown_words(widget: object) -> str:
    return " | ".join(label.text() for label in widget.findChildren(QLabel) if label.isVisibleTo(widget))  # type: ignore[attr-defined]


@pytest.fixture
def window(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> MainWindow:
    api.statuses = (
        LinkStatus(link=BROKER, state="online", user="ann", devices=3, online=2, points=7, skipped=(Skipped("a/b", words("Why")),)),
    )  # fmt: skip
    api.shown = SHOWN
    made = make_window(api)
    made.show_activity("links")
    run_turns(made)
    made.feed.tick()
    return made


def panel(window: MainWindow) -> LinksPanel:
    found = window.panel("links")
    assert isinstance(found, LinksPanel)
    return found


def test_a_gateway_says_how_it_stands_and_what_it_could_not_read(window: MainWindow, api: FakeDesk) -> None:
    (card,) = panel(window).cards.values()
    said = shown_words(card)
    for part in ("Hub", "online", "MQTT · mqtts://hub.local:8883", "3 devices (2 online) · 7 points · as ann", "AB:AB"):
        assert part in said
    assert "Why" not in said
    assert "still reading" not in said
    card.show_status(replace(card.status, complete=False))
    assert "as ann · still reading its devices" in shown_words(card)
    card.more.click()
    assert "Why" in shown_words(card)
    api.statuses = (replace(api.statuses[0], state="waiting", reason=words("no answer"), skipped=()),)
    api.inbox.put_change(LinkSkipped(BROKER.id, ()))
    panel(window).request_status()
    window.feed.tick()
    assert "| No answer" in shown_words(card)
    assert not card.more.isVisibleTo(card)


def test_the_login_of_a_gateway_at_the_lower_edge_is_scrolled_into_view(window: MainWindow, api: FakeDesk) -> None:
    one = replace(api.statuses[0], skipped=())
    api.statuses = tuple(replace(one, link=replace(BROKER, id=LinkId(f"hub{number}"))) for number in range(9))
    window.resize(1280, 800)
    window.show()
    page = panel(window)
    page.request_status()
    window.feed.tick()
    run_turns(window)

    def edge(widget: QWidget) -> int:
        return widget.mapTo(page.area.viewport(), widget.rect().bottomLeft()).y()

    card, height = [*page.cards.values()][6], page.area.viewport().height()
    page.area.ensureWidgetVisible(card, 0, 0)
    assert edge(card) >= height - 2
    card.login.click()
    run_turns(window)
    window.feed.tick()
    run_turns(window)
    assert card.send.isVisible()
    assert 0 < edge(card.send) <= height


def test_login_trust_and_removal_are_asked_of_the_engine(window: MainWindow, api: FakeDesk) -> None:
    (card,) = panel(window).cards.values()
    card.login.click()
    assert card.user.text() == "ann"
    card.password.setText("word")
    card.send.click()
    assert ("log_in", (BROKER.id, "ann", "word")) in api.asked
    assert card.password.text() == ""
    card.trust.click()
    window.feed.tick()
    assert "Hub CA" in shown_words(card.trusting)
    card.trusting.pin.click()
    assert ("trust", (BROKER.id, {"pin": SHOWN.fingerprint})) in api.asked
    card.trust.click()
    card.usual.click()
    assert ("trust", (BROKER.id, {})) in api.asked


def test_a_further_password_is_asked_for_with_the_login_and_not_kept_in_the_form(
    window: MainWindow, api: FakeDesk
) -> None:
    further = LinkOption(name="table_password", title=words("Password of the project"), kind=OptionKind.SECRET)
    plain = LinkOption(name="table", title=words("Table"))
    api.answers["link_options"] = done(LinkSchema(has_login=True, options=(plain, further)))
    (card,) = panel(window).cards.values()
    card.login.click()
    window.feed.tick()
    assert set(card.passwords.fields) == {"table_password"}
    field = card.passwords.fields["table_password"]
    assert isinstance(field, QLineEdit)
    assert field.echoMode() is QLineEdit.EchoMode.Password
    field.setText(" other ")
    card.password.setText("word")
    card.send.click()
    assert ("log_in", (BROKER.id, "ann", "word", {"table_password": " other "})) in api.asked
    assert card.passwords.values() == {}


def test_the_status_bar_opens_the_page(window: MainWindow) -> None:
    window.show_activity("live")
    mark = next(iter(window.parts["status"].marks.values()))  # type: ignore[attr-defined]
    mark.label.click()
    assert window.activities["links"].isChecked()
    assert not window.docks["links"].isHidden()


def test_a_found_broker_with_an_unknown_certificate_is_trusted_with_the_mouse(
    window: MainWindow, api: FakeDesk
) -> None:
    broker = Candidate(key="mqtt:hub", name="Hub", protocol="mqtt", needs=Need.PASSWORD, port=8883)
    window.show_activity("install")
    api.inbox.put_change(CandidatesChanged((broker,)))
    window.feed.tick()
    card = window.panel("install").cards["mqtt:hub"]  # type: ignore[attr-defined]
    failed: Future[object] = Future()
    failed.set_exception(ProblemError(REFUSED))
    api.answers["add"] = failed
    card.button.click()
    card.user.setText("ann")
    card.button.click()
    window.feed.tick()
    window.feed.tick()
    assert "Hub CA" in shown_words(card.trusting)
    del api.answers["add"]
    card.trusting.pin.click()
    assert api.asked[-1] == ("add", (broker, "ann", "", None, {"pin": SHOWN.fingerprint}))


def test_an_address_takes_a_login_and_a_certificate(window: MainWindow, api: FakeDesk) -> None:
    install = window.panel("install")
    assert install.login.isHidden()  # type: ignore[attr-defined]
    install.url.setText("mqtts://hub.local")  # type: ignore[attr-defined]
    window.feed.tick()
    assert not install.login.isHidden()  # type: ignore[attr-defined]
    install.user.setText("ann")  # type: ignore[attr-defined]
    install.password.setText("word")  # type: ignore[attr-defined]
    install.by_url.click()  # type: ignore[attr-defined]
    assert api.asked[-1] == ("add", ("mqtts://hub.local", "ann", "word", None))


def test_the_page_keeps_its_place_while_the_project_changes(window: MainWindow, api: FakeDesk) -> None:
    api.change(replace(api.twin, name="Another"))
    window.feed.tick()
    window.feed.selection.pick_device(api.twin.devices[0].id)
    assert window.docks["inspector"].isHidden()
    assert not window.docks["links"].isHidden()


def test_a_gateway_fits_into_a_narrow_panel(window: MainWindow) -> None:
    page = panel(window)
    window.feed.tick()
    (card,) = page.cards.values()
    assert card.minimumSizeHint().width() <= 280
