"""The three places where a peer with a button is paired with: found, by its address, and on its gateway's card."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace

import pytest
from fake_api import LINK, FakeDesk, done
from turns import run_turns

from app.view.panel.discover import DiscoverPanel
from app.view.panel.links import LinkCard, LinksPanel
from app.view.panel.panel_base import Panel
from app.view.window import MainWindow
from tests.english import plain, words
from twin.model.candidate import BUTTON_JOB, Candidate, Need
from twin.model.change import CandidatesChanged
from twin.model.link_option import LinkSchema
from twin.model.link_status import LinkStatus
from twin.model.problem import ProblemError

ADDRESS = "hue://192.0.2.9"
BRIDGE = replace(LINK, protocol="hue", address=ADDRESS, title="Bridge")
FOUND = Candidate(key="hue:9", name="Hue Bridge", protocol="hue", addresses=("192.0.2.9",), port=443, needs=Need.BUTTON)
LATE = plain("The button was not pressed", "Try again", code="hue.button")
ASKED = "Press the button on it now"


def shown[P: Panel](window: MainWindow, page: str, kind: type[P]) -> P:
    window.show_activity(page)
    run_turns(window)
    window.feed.tick()
    found = window.panel(page)
    assert isinstance(found, kind)
    return found


def waits(api: FakeDesk, call: str) -> Future[object]:
    """What the engine has not answered yet."""
    answer = api.answers[call] = Future[object]()
    return answer


def late(answer: Future[object], window: MainWindow) -> None:
    answer.set_exception(ProblemError(LATE))
    window.feed.tick()


def test_a_found_bridge_asks_for_its_button_and_may_be_given_up(
    make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    window = make_window(api)
    install, answer = shown(window, "install", DiscoverPanel), waits(api, "add")
    api.inbox.put_change(CandidatesChanged((FOUND,)))
    window.feed.tick()
    card = install.cards[FOUND.key]
    card.button.click()
    assert (card.button.text(), card.button.isEnabled()) == ("Cancel", True)
    assert card.reason.text().startswith(ASKED)
    assert card.reason.objectName() != "reason"  # it is no failure
    card.button.click()
    assert ("cancel", (BUTTON_JOB,)) in api.asked
    late(answer, window)
    assert card.button.text() == "Add"
    assert (card.reason.text(), card.reason.objectName()) == ("The button was not pressed. Try again.", "reason")


def test_a_bridge_by_its_address_asks_for_its_button_and_may_be_given_up(
    make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk
) -> None:
    api.answers["link_options"] = done(LinkSchema(has_button=True))
    window = make_window(api)
    install, answer = shown(window, "install", DiscoverPanel), waits(api, "add")
    install.url.setText(ADDRESS)
    window.feed.tick()
    install.by_url.click()
    assert install.by_url.text() == "Cancel"
    assert install.url_reason.text().startswith(ASKED)
    install.retranslate()
    assert install.by_url.text() == "Cancel"
    install.by_url.click()
    assert ("cancel", (BUTTON_JOB,)) in api.asked
    assert len([what for what, _ in api.asked if what == "add"]) == 1
    late(answer, window)
    assert install.by_url.text() == "Add"
    assert install.url.text() == ADDRESS
    assert install.url_reason.text().startswith("The button was not pressed")


@pytest.fixture
def card(make_window: Callable[[FakeDesk], MainWindow], api: FakeDesk) -> LinkCard:
    api.statuses = (LinkStatus(link=BRIDGE, state="needs login", has_button=True, reason=words("other certificate")),)
    (one,) = shown(make_window(api), "links", LinksPanel).cards.values()
    return one


def test_a_gateway_that_must_be_paired_anew_keeps_asking_for_its_button_whatever_its_state(
    card: LinkCard, api: FakeDesk
) -> None:
    answer = waits(api, "log_in")
    assert card.login.text() == "Pair…"
    card.login.click()
    card.show_status(replace(card.status, state="connecting", reason=None))  # so it is while the button is waited for
    assert card.reason.text().startswith(ASKED)
    assert not card.login.isHidden()
    assert card.login.text() == "Cancel"
    card.login.click()
    assert ("cancel", (BUTTON_JOB,)) in api.asked
    card.show_status(replace(card.status, state="needs login", reason=words("other certificate")))
    answer.set_exception(ProblemError(LATE))
    card.feed.tick()
    assert card.login.text() == "Pair…"
    assert card.reason.text() == "The button was not pressed. Try again."


def test_a_gateway_that_was_paired_anew_asks_for_nothing_more(card: LinkCard, api: FakeDesk) -> None:
    answer = waits(api, "log_in")
    card.login.click()
    card.show_status(replace(card.status, state="online", reason=None))
    answer.set_result(None)
    card.feed.tick()
    assert card.reason.isHidden()
    assert card.login.isHidden()
