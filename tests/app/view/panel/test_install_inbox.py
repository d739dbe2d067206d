"""The found devices of the Install page while many come and go."""

from __future__ import annotations

from collections.abc import Callable
from dataclasses import replace

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import QRect
from PySide6.QtWidgets import QScrollArea, QWidget
from turns import run_turns

from app.view.control.widgets import ElidedLabel
from app.view.panel.candidate_card import CandidateCard
from app.view.panel.candidate_group import SHOWN, CandidateGroup
from app.view.panel.discover import DiscoverPanel
from app.view.window import MainWindow
from twin.model.candidate import Candidate, Need
from twin.model.change import CandidatesChanged

type Make = Callable[[FakeDesk], MainWindow]


def relay(number: int, *, needs: Need = Need.NOTHING) -> Candidate:
    return Candidate(
        key=f"shelly:{number:04}", name=f"Relay {number:04}", protocol="shelly", addresses=("192.0.2.9",), needs=needs
    )


def told(window: MainWindow, api: FakeDesk, *found: Candidate) -> None:
    api.inbox.put_change(CandidatesChanged(found))
    window.feed.tick()
    run_turns(window)


def names(group: CandidateGroup) -> list[str]:
    """The cards of a group from top to bottom."""
    found = [group.cards.itemAt(at).widget() for at in range(group.cards.count())]
    return [one.candidate.name for one in found if isinstance(one, CandidateCard)]


def install(make_window: Make, api: FakeDesk) -> tuple[MainWindow, DiscoverPanel]:
    window = make_window(api)
    window.show_activity("install")
    run_turns(window)
    panel = window.panel("install")
    assert isinstance(panel, DiscoverPanel)
    return window, panel


def test_cards_stand_in_the_order_of_the_candidates_when_some_go_and_others_come(
    make_window: Make, api: FakeDesk
) -> None:
    window, panel = install(make_window, api)
    told(window, api, relay(1), relay(3))
    told(window, api, relay(3), relay(4))
    assert names(panel.addable) == ["Relay 0003", "Relay 0004"]
    told(window, api, relay(2), relay(3), relay(5))
    assert names(panel.addable) == ["Relay 0002", "Relay 0003", "Relay 0005"]


def test_of_two_thousand_sixty_of_each_group_have_a_card_and_the_others_are_searched(
    make_window: Make, api: FakeDesk
) -> None:
    window, panel = install(make_window, api)
    found = [relay(n, needs=Need.KNOWN if n >= 1000 else Need.NOTHING) for n in range(2000)]
    told(window, api, *found)
    assert names(panel.addable) == [f"Relay {n:04}" for n in range(SHOWN)]
    assert names(panel.known) == [f"Relay {1000 + n:04}" for n in range(SHOWN)]
    panel.search.setText("relay 077")
    run_turns(window)
    assert names(panel.addable) == [f"Relay {n:04}" for n in (77, *range(770, 780))]
    assert names(panel.known) == ["Relay 1077"]
    panel.search.clear()
    run_turns(window)
    assert len(panel.findChildren(CandidateCard)) == 2 * SHOWN, "what went is deleted"


def lines(card: CandidateCard) -> list[tuple[str, str]]:
    """What a card says, with the style of each line."""
    return [(label.text(), label.objectName()) for label in card.findChildren(ElidedLabel)]


def test_a_card_tells_maker_model_and_firmware_and_one_that_is_gone_stays_greyed(
    make_window: Make, api: FakeDesk
) -> None:
    window, panel = install(make_window, api)
    plug = replace(relay(1), maker="Shelly", product="Shelly", model="Plus1", firmware="1.4.4")
    told(window, api, plug, relay(2))
    assert lines(panel.cards[plug.key])[1:3] == [("Shelly · Shelly", "muted"), ("Plus1 · firmware 1.4.4", "faint")]
    assert window.top_bar.inbox.text() == " 2"
    told(window, api, replace(plug, gone=True), relay(2))
    assert names(panel.addable) == ["Relay 0001", "Relay 0002"]
    assert {style for _, style in lines(panel.cards[plug.key])} == {"faint"}
    assert lines(panel.cards[plug.key])[-1][0].startswith("Not there any more")
    assert window.top_bar.inbox.text() == " 1"
    told(window, api, plug, relay(2))
    assert lines(panel.cards[plug.key])[0] == ("Relay 0001", "paneltitle")


def page_of(widget: QWidget) -> QScrollArea:
    above = widget.parentWidget()
    while not isinstance(above, QScrollArea):
        above = above.parentWidget()
    return above


def is_in_sight(widget: QWidget) -> bool:
    """Whether all of the widget is within what its page shows."""
    seen = page_of(widget).viewport()
    return seen.rect().contains(QRect(widget.mapTo(seen, widget.rect().topLeft()), widget.size()))


@pytest.mark.parametrize("needs", [Need.PASSWORD, Need.PIN])
def test_the_login_of_a_card_at_the_lower_edge_is_scrolled_into_view(
    make_window: Make, api: FakeDesk, needs: Need
) -> None:
    window, panel = install(make_window, api)
    window.resize(1280, 800)
    window.show()
    told(window, api, *(relay(number, needs=needs) for number in range(20)))
    run_turns(window)
    card = panel.cards[relay(12).key]
    page = page_of(card)
    page.ensureWidgetVisible(card, 0, 0)
    assert card.mapTo(page.viewport(), card.rect().bottomLeft()).y() >= page.viewport().height() - 2
    card.button.click()
    run_turns(window)
    assert card.password.isVisible()
    assert is_in_sight(card.password)
    assert is_in_sight(card.button)
