"""The page of several sites: cards and map, order, search, keys, adding and removing, lost sites."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from dataclasses import replace
from pathlib import Path

import pytest
from PySide6.QtCore import QMimeData, QPointF, Qt, QUrl
from PySide6.QtGui import QDropEvent
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QDialog, QPushButton
from turns import run_turns

from app.portfolio.site_list import PortfolioSite
from app.portfolio.site_status import SiteStatus
from app.view.i18n import set_language
from app.view.panel.add_site_dialog import AddSiteDialog
from app.view.panel.site_card import tone_of
from app.view.panel.sites import SitesPage
from app.view.window import MainWindow
from twin.model.grant import ShownCertificate
from twin.model.problem import Problem, ProblemError
from twin.model.site_digest import SiteDigest

NOW_MS = 1_764_000_000_000
GONE = Problem(code="portfolio.not_running", args={"project": "/school.oikos"}, where="/school.oikos")


def status(name: str, latitude: float, **figures: object) -> SiteStatus:
    digest = SiteDigest(time_ms=NOW_MS, newest_ms=NOW_MS, name=name, latitude=latitude, longitude=12.0, **figures)  # type: ignore[arg-type]
    return SiteStatus(site=PortfolioSite(at=f"/{name}.oikos"), digest=digest, received_ms=NOW_MS, asked=True)


SITES = (
    status("bakery", 50.0, devices=4),
    status("school", 51.0, devices=9, alarms=(1, 0, 0, 0), power_w=18_400.0),
    status("library", 52.0, devices=9, offline=2),
)


class FakePortfolio:
    """A portfolio whose statuses are set by hand."""

    def __init__(self, *sites: SiteStatus) -> None:
        self.statuses: tuple[SiteStatus, ...] = sites
        self.file, self.watching, self.asked = Path("/portfolio.json"), list[bool](), 0
        self.opened, self.pin, self.refuses = list[PortfolioSite](), "", list[Problem]()
        self.trusted, self.slowly = "", False
        self.added: list[tuple[PortfolioSite, str, str]] = []

    def now_ms(self) -> int:
        return NOW_MS

    def watch(self, on: bool) -> Future[None]:
        self.watching.append(on)
        return self._done()

    def watch_slowly(self) -> None:
        self.slowly = True

    def ask_again(self) -> None:
        self.asked += 1

    def certificate(self, url: str) -> Future[ShownCertificate | None]:
        return self._done(ShownCertificate(url=url, fingerprint=self.pin, trusted=self.trusted) if self.pin else None)

    def examine(self, address: str) -> Future[ShownCertificate]:
        return self._done(ShownCertificate(url=address, fingerprint=self.pin))

    def attach(self, shown: ShownCertificate, token: str, given_up: Callable[[], bool]) -> Future[None]:
        del shown, token, given_up
        return self._done()

    def add(self, site: PortfolioSite, pin: str = "", token: str = "") -> Future[None]:
        self.added.append((site, pin, token))
        return self._done()

    def remove(self, site: PortfolioSite) -> Future[None]:
        self.statuses = tuple(one for one in self.statuses if one.site != site)
        return self._done()

    def open(self, site: PortfolioSite) -> Future[None]:
        self.opened.append(site)
        return self._done()

    def compute[T](self, work: Callable[[], T]) -> Future[T]:
        return self._done(work())

    def _done[T](self, value: T = None) -> Future[T]:
        made: Future[T] = Future()
        if self.refuses:
            made.set_exception(ProblemError(self.refuses.pop()))
        else:
            made.set_result(value)
        return made


def settle(window: MainWindow) -> None:
    for _ in range(3):
        run_turns(window)
        window.feed.tick()
    run_turns(window)


@pytest.fixture
def portfolio() -> FakePortfolio:
    return FakePortfolio(*SITES)


@pytest.fixture
def page(window: MainWindow, portfolio: FakePortfolio) -> SitesPage:
    """The page, opened by its menu entry."""
    window.make_portfolio = lambda: portfolio
    window.trigger("sites")
    settle(window)
    found = window.pages.currentWidget()
    assert isinstance(found, SitesPage)
    return found


def order(page: SitesPage) -> list[str]:
    return [Path(one.site.at).stem for one in page._shown]


def test_the_worst_site_comes_first_and_its_card_says_why(page: SitesPage) -> None:
    assert order(page) == ["school", "library", "bakery"]
    assert page.summary.text() == "3 sites · 1 with alarms"
    card = page.cards["/school.oikos"]
    assert card.alarms.text() == "1 critical"
    assert "18.4 kW" in card.accessibleName()
    assert page.cards["/library.oikos"].figures[2][1].text() == "2 of 9"


def test_a_lost_site_stays_and_says_since_when(page: SitesPage, portfolio: FakePortfolio) -> None:
    lost = replace(SITES[1], problem=GONE, received_ms=NOW_MS - 14 * 60_000)
    portfolio.statuses = (SITES[0], lost, SITES[2])
    page.look()
    card = page.cards["/school.oikos"]
    assert card.state.text() == "Does not answer, last heard 14 min ago"
    assert card.figures[0][1].objectName() == "faint", "old figures are greyed"
    assert card.figures[5][1].text() == "14 min ago", "its data have not grown younger"
    assert "oikos run" in card.toolTip()
    assert page.summary.text() == "3 sites · 1 not answering"


def test_figures_that_are_shown_before_a_site_answers_tell_how_old_they_are(
    page: SitesPage, portfolio: FakePortfolio
) -> None:
    kept = replace(SITES[1], asked=False, received_ms=NOW_MS - 14 * 60_000)
    portfolio.statuses = (kept, replace(SITES[0], asked=False, digest=None, received_ms=None))
    page.look()
    assert page.cards["/school.oikos"].state.text() == "Asking…, last heard 14 min ago"
    assert page.cards["/school.oikos"].figures[0][1].objectName() == "faint"
    assert page.cards["/bakery.oikos"].state.text() == "Asking…"


def test_search_filter_and_order_choose_what_is_shown(page: SitesPage) -> None:
    page.search.setText("LIB")
    assert order(page) == ["library"]
    page.search.setText("nowhere")
    assert (order(page), page.none.text()) == ([], "No site fits the search and the filter.")
    page.search.clear()
    page.filter.setCurrentIndex(1)
    assert order(page) == ["school"]
    page.filter.setCurrentIndex(0)
    page.order.setCurrentIndex(1)
    assert order(page) == ["bakery", "library", "school"]


def test_keys_choose_open_and_remove_and_escape_leaves(
    page: SitesPage, portfolio: FakePortfolio, window: MainWindow
) -> None:
    QTest.keyClick(page, Qt.Key.Key_Down)
    assert page.chosen == "/school.oikos"
    QTest.keyClick(page.cards[page.chosen], Qt.Key.Key_Right)
    assert page.chosen == "/library.oikos"
    QTest.keyClick(page.cards[page.chosen], Qt.Key.Key_Return)
    assert [one.at for one in portfolio.opened] == ["/library.oikos"]
    QTest.keyClick(page.cards[page.chosen], Qt.Key.Key_Delete)
    dialog = next(one for one in window.findChildren(QDialog) if one.isVisible())
    next(one for one in dialog.findChildren(QPushButton) if one.text() == "Remove").click()
    settle(window)
    page.look()
    assert order(page) == ["school", "bakery"]
    QTest.keyClick(page, Qt.Key.Key_Escape)
    assert window.pages.currentWidget() is not page
    assert portfolio.watching == [True, False], "nothing is asked for a page that nobody sees"


def test_a_site_on_the_map_is_chosen_by_a_click_and_opened_by_two(page: SitesPage, portfolio: FakePortfolio) -> None:
    page.map.grab()  # painted: the places are known
    (one, at), *_ = [pair for pair in page.map._shown if pair[0].site.at == "/library.oikos"]
    assert page.map.site_at(QPointF(at)) == one
    QTest.mouseClick(page.map, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert page.chosen == "/library.oikos"
    QTest.mouseDClick(page.map, Qt.MouseButton.LeftButton, pos=at.toPoint())
    assert [one.at for one in portfolio.opened] == ["/library.oikos"]


def test_an_empty_list_offers_to_add_a_site(window: MainWindow) -> None:
    window.make_portfolio = FakePortfolio
    window.trigger("sites")
    settle(window)
    page = window.parts["sites"]
    assert isinstance(page, SitesPage)
    assert page.empty.isVisible()
    assert not page.tools.isVisible()
    page.empty.button.click()
    assert any(one.isVisible() for one in window.findChildren(AddSiteDialog))


def test_a_project_file_that_is_dropped_is_added(page: SitesPage, portfolio: FakePortfolio) -> None:
    mime = QMimeData()
    mime.setUrls([QUrl.fromLocalFile("/tmp/house.oikos"), QUrl.fromLocalFile("/tmp/picture.png")])
    none = Qt.KeyboardModifier.NoModifier
    page.dropEvent(QDropEvent(QPointF(9, 9), Qt.DropAction.CopyAction, mime, Qt.MouseButton.LeftButton, none))
    assert [Path(site.at).name for site, _, _ in portfolio.added] == ["house.oikos"]


def test_an_engine_elsewhere_shows_its_certificate_before_it_gets_the_token(
    page: SitesPage, portfolio: FakePortfolio, window: MainWindow
) -> None:
    portfolio.pin = "AB:CD"
    page.ask_site("house.local")
    dialog = window.findChildren(AddSiteDialog)[-1]
    dialog.at.setText("https://house.local")
    assert not dialog.token.isVisible()
    dialog.yes.click()
    settle(window)
    assert "AB:CD" in dialog.shown.text()
    assert (dialog.token.isVisible(), portfolio.added) == (True, [])
    dialog.token.setText(" secret ")
    dialog.yes.click()
    settle(window)
    assert [(site.at, pin, token) for site, pin, token in portfolio.added] == [
        ("https://house.local:8443", "AB:CD", "secret")
    ]
    assert not any(one.isVisible() for one in window.findChildren(AddSiteDialog))


def test_a_site_whose_access_has_ended_asks_for_a_new_token(
    page: SitesPage, portfolio: FakePortfolio, window: MainWindow
) -> None:
    """Enter, a double click, or its menu; the certificate that is trusted needs no comparison."""
    url = "https://house.local:8443"
    ended = SiteStatus(
        site=PortfolioSite(at=url), problem=Problem(code="door.expired", args={"name": "Vera"}), asked=True
    )
    portfolio.statuses, portfolio.pin, portfolio.trusted = (ended,), "AB:CD", "AB:CD"
    page.look()
    assert page.cards[url].state.text() == "Does not let this computer in"
    page.cards[url].open_wanted.emit(url)
    assert portfolio.opened == []
    dialog = window.findChildren(AddSiteDialog)[-1]
    dialog.yes.click()
    settle(window)
    assert "AB:CD" not in dialog.shown.text()
    dialog.yes.click()
    assert dialog.reason.text(), "an empty token is not sent"
    dialog.token.setText("new")
    dialog.yes.click()
    settle(window)
    assert [(site.at, pin, token) for site, pin, token in portfolio.added] == [(url, "AB:CD", "new")]


def test_commands_in_texts_stand_in_quotation_marks(page: SitesPage, portfolio: FakePortfolio) -> None:
    portfolio.statuses = (replace(SITES[1], problem=GONE),)
    page.look()
    assert "“oikos run" in page.cards["/school.oikos"].toolTip()


def test_another_url_than_the_one_whose_certificate_was_shown_is_asked_anew(
    page: SitesPage, portfolio: FakePortfolio, window: MainWindow
) -> None:
    portfolio.pin = "AB:CD"
    page.ask_site("https://house.local")
    dialog = window.findChildren(AddSiteDialog)[-1]
    dialog.yes.click()
    settle(window)
    dialog.at.setText("https://other.local")
    assert not dialog.token.isVisible()
    dialog.yes.click()
    settle(window)
    assert portfolio.added == []


def test_what_cannot_be_added_is_told_in_the_dialog(
    page: SitesPage, portfolio: FakePortfolio, window: MainWindow
) -> None:
    page.ask_site("https://")
    dialog = window.findChildren(AddSiteDialog)[-1]
    dialog.yes.click()
    assert dialog.reason.isVisible()
    dialog.at.setText("/tmp/a.oikos")
    dialog.latitude.setText("north")
    dialog.yes.click()
    assert "coordinates" in dialog.reason.text()
    dialog.latitude.clear()
    portfolio.refuses.append(Problem(code="portfolio.unwritable", remedy=None))
    dialog.yes.click()
    settle(window)
    assert (dialog.isVisible(), dialog.yes.isEnabled()) == (True, True)


def test_a_damaged_list_is_told_on_the_page(window: MainWindow) -> None:
    portfolio = FakePortfolio()
    portfolio.refuses.append(Problem(code="portfolio.damaged", where="/portfolio.json"))
    window.make_portfolio = lambda: portfolio
    window.trigger("sites")
    settle(window)
    page = window.parts["sites"]
    assert isinstance(page, SitesPage)
    assert "damaged" in page.reason.text()


def test_the_page_speaks_chinese(page: SitesPage, portfolio: FakePortfolio, window: MainWindow) -> None:
    window.set_language("zh_CN")
    settle(window)
    assert page.heading.text() == "站点"
    portfolio.statuses = (status("school", 51.0, alarms=(1, 0, 0, 2)),)
    page.look()
    assert page.cards["/school.oikos"].alarms.text() == "1 危急、2 低"
    set_language("en", "°C")


# -- the badge in the top bar


def test_the_top_bar_tells_how_many_sites_have_alarms_also_when_their_page_is_not_shown(
    window: MainWindow, portfolio: FakePortfolio
) -> None:
    window.make_portfolio = lambda: portfolio
    assert window.top_bar.sites is None, "it costs nothing where nothing is followed"
    window.follow_sites()
    settle(window)
    badge = window.top_bar.sites
    assert badge is not None
    assert portfolio.slowly
    assert portfolio.watching == []
    badge.look()
    assert (badge.isVisible(), badge.text().strip(), badge.property("level")) == (True, "1", "error")
    assert "1 with alarms" in badge.toolTip()
    portfolio.statuses = (status("depot", 50.0, alarms=(0, 0, 2, 0)), status("mill", 51.0, alarms=(0, 0, 0, 1)))
    badge.look()
    assert (badge.text().strip(), badge.property("level")) == ("2", "warning")
    set_language("zh_CN")
    window.top_bar.retranslate()
    assert badge.toolTip() == "站点 · 2 个有警报"
    portfolio.statuses = ()
    badge.look()
    assert not badge.isVisible()
    QTest.mouseClick(badge, Qt.MouseButton.LeftButton)
    settle(window)
    assert isinstance(window.pages.currentWidget(), SitesPage)


@pytest.mark.parametrize(
    ("alarms", "style"), [((1, 0, 1, 0), "reason"), ((0, 2, 0, 0), "reason"), ((0, 0, 1, 3), "caution"), ((0, 0, 0, 1), "caution")]
)  # fmt: skip
def test_the_text_of_alarms_has_the_tone_of_the_gravest(
    page: SitesPage, portfolio: FakePortfolio, alarms: tuple[int, ...], style: str
) -> None:
    one = status("bakery", 50.0, alarms=alarms)
    portfolio.statuses = (one,)
    page.look()
    card = page.cards[one.site.at]
    assert card.alarms.objectName() == style
    assert tone_of(one) == {"reason": "error", "caution": "warning"}[style]


def test_cards_in_a_line_are_equally_high_whether_or_not_a_site_answers(
    window: MainWindow, page: SitesPage, portfolio: FakePortfolio
) -> None:
    silent = replace(status("mill", 50.0), digest=None, received_ms=None, problem=GONE)
    portfolio.statuses = (silent, status("school", 52.0, alarms=(0, 0, 1, 0)))
    window.resize(1280, 800)
    page.look()
    settle(window)
    cards = [*page.cards.values()]
    assert cards[0].x() != cards[1].x(), "side by side"
    assert (cards[0].y(), cards[0].height()) == (cards[1].y(), cards[1].height())
