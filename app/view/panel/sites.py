"""Page of several sites: cards and a map, the worst first; a site opens in a window of its own."""

from __future__ import annotations

from collections.abc import Sequence
from pathlib import Path
from typing import override

from PySide6.QtCore import Qt, QTimer, Signal
from PySide6.QtGui import QDragEnterEvent, QDropEvent, QHideEvent, QKeyEvent, QResizeEvent, QShowEvent
from PySide6.QtWidgets import QGridLayout, QLineEdit, QSplitter, QVBoxLayout, QWidget

from app.i18n import in_full, tr
from app.portfolio.portfolio_api import PortfolioApi
from app.portfolio.site_list import new_site
from app.portfolio.site_status import SiteFilter, SiteOrder, SiteRank, SiteStatus, shown_sites
from app.view.control.form_fields import ChoiceBox
from app.view.control.slots import calling
from app.view.control.widgets import IconButton, button, row, text_label
from app.view.feed import Feed
from app.view.panel.add_site_dialog import AddSiteDialog
from app.view.panel.panel_base import EmptyState, Panel, scrolled
from app.view.panel.prompts import ask_user
from app.view.panel.site_card import ARROWS, CARD_PX, SiteCard
from app.view.panel.site_map import SiteMap
from twin.model.problem import Problem

LOOK_MS = 250
"""Interval at which new statuses are looked for."""
AGES_MS = 10_000
"""Interval at which ages are written anew."""
GAP_PX = 12
MAP_LEAST_PX = 760
"""Width of the page below which the map is left out."""
SHARES = [3000, 2000]
"""Widths of cards and map, in proportion."""
ORDERS = (SiteOrder.WORST, SiteOrder.NAME, SiteOrder.POWER, SiteOrder.ENERGY)


class SitesPage(Panel):
    """Cards and map of the sites. They are asked while the page is visible."""

    left = Signal()
    """The user leaves the page."""
    title, icon = "Sites", "building"

    def __init__(self, feed: Feed, portfolio: PortfolioApi) -> None:
        super().__init__(feed)
        self.portfolio = portfolio
        self.setAcceptDrops(True)
        self.setFocusPolicy(Qt.FocusPolicy.StrongFocus)
        self._seen: Sequence[SiteStatus] | None = None
        self._shown: list[SiteStatus] = []
        self.chosen = ""
        """Address of the chosen site."""
        self.cards: dict[str, SiteCard] = {}
        self._columns = 1
        self.heading, self.summary = text_label("", "heading"), text_label("", "muted")
        self.back, self.add, self.again = IconButton("left"), button("", "primary"), IconButton("redo")
        self.search, self.order, self.filter = QLineEdit(), ChoiceBox(), ChoiceBox()
        self.search.setClearButtonEnabled(True)
        self.search.setMaximumWidth(260)
        self.reason, self.none = text_label("", "reason", wrap=True), text_label("", "muted", wrap=True)
        self.map, self.empty = SiteMap(), EmptyState("building", self.ask_site)
        self._build()
        self._connect()
        self.retranslate()

    def _build(self) -> None:
        inside, self.grid = QWidget(), QGridLayout()
        self.grid.setSpacing(GAP_PX)
        self.grid.setContentsMargins(0, 0, 8, 0)
        column = QVBoxLayout(inside)
        column.setContentsMargins(0, 0, 0, 0)
        column.addLayout(self.grid)
        column.addWidget(self.none)
        column.addStretch(1)
        self.area = scrolled(inside)
        self.split = QSplitter(Qt.Orientation.Horizontal)
        self.split.setChildrenCollapsible(False)
        self.split.addWidget(self.area)
        self.split.addWidget(self.map)
        self.area.setMinimumWidth(CARD_PX + 2 * GAP_PX)
        self.split.setSizes(SHARES)
        outer = QVBoxLayout(self)
        outer.setContentsMargins(18, 14, 18, 14)
        outer.setSpacing(10)
        outer.addLayout(row(self.back, self.heading, self.summary, 1, self.again, self.add))
        self.tools = QWidget()
        tools = row(self.search, self.filter, self.order, 1)
        tools.setContentsMargins(0, 0, 0, 0)
        self.tools.setLayout(tools)
        outer.addWidget(self.tools)
        outer.addWidget(self.reason)
        outer.addWidget(self.split, 1)
        outer.addWidget(self.empty, 1)
        self.reason.hide()

    def _connect(self) -> None:
        self.back.clicked.connect(calling(self.left.emit))
        self.add.clicked.connect(calling(self.ask_site))
        self.again.clicked.connect(calling(self.portfolio.ask_again))
        self.search.textChanged.connect(calling(self._fill))
        self.order.currentIndexChanged.connect(calling(self._fill))
        self.filter.currentIndexChanged.connect(calling(self._fill))
        self.map.chosen.connect(self.choose)
        self.map.open_wanted.connect(self.open)
        self._look, self._ages = QTimer(self), QTimer(self)
        self._look.setInterval(LOOK_MS)
        self._look.timeout.connect(self.look)
        self._ages.setInterval(AGES_MS)
        self._ages.timeout.connect(self._fill)

    @override
    def retranslate(self) -> None:
        self.heading.setText(tr("Sites"))
        for part, text in (
            (self.back, tr("Back")),
            (self.again, tr("Ask all sites now")),
        ):
            part.set_description(text)
        self.add.setText(tr("Add site…"))
        self.search.setPlaceholderText(tr("Search sites"))
        self.search.setAccessibleName(tr("Search sites"))
        for box, name, texts in (
            (self.filter, tr("Which sites"), [tr("All sites"), tr("With alarms"), tr("Not answering"),
                                              tr("Devices offline"), tr("Uncomfortable")]),
            (self.order, tr("Order"), [tr("Worst first"), tr("By name"), tr("By power"), tr("By energy today")]),
        ):  # fmt: skip
            at = max(box.currentIndex(), 0)
            box.blockSignals(True)
            box.clear()
            box.addItems(texts)
            box.setCurrentIndex(at)
            box.blockSignals(False)
            box.setAccessibleName(name)
        self.empty.set_texts(
            tr("Watch several buildings from one place."),
            tr("Add site…"),
            tr("or drop a project file here"),
        )
        self._fill()

    @override
    def apply_theme(self) -> None:
        self.map.update()

    # -- what is shown

    @override
    def showEvent(self, event: QShowEvent) -> None:
        super().showEvent(event)
        self.feed.when(self.portfolio.watch(True), lambda _: self._failed(None), self._failed)
        self._look.start()
        self._ages.start()

    @override
    def hideEvent(self, event: QHideEvent) -> None:
        super().hideEvent(event)
        self._look.stop()
        self._ages.stop()
        self.portfolio.watch(False)

    def look(self) -> None:
        """Shows new statuses, if there are any."""
        if self.portfolio.statuses is not self._seen:
            self._fill()

    def _fill(self) -> None:
        self._seen = found = self.portfolio.statuses
        order, only = ORDERS[max(self.order.currentIndex(), 0)], [*SiteFilter][max(self.filter.currentIndex(), 0)]
        self._shown = shown_sites(found, order=order, only=only, text=self.search.text())
        wanted = {one.site.at: one for one in self._shown}
        for at in [at for at in self.cards if at not in wanted]:
            card = self.cards.pop(at)
            self.grid.removeWidget(card)
            card.hide()
            card.deleteLater()
        for at, one in wanted.items():
            if (card := self.cards.get(at)) is not None:
                card.show_status(one)
            else:
                self.cards[at] = self._card(one)
        self._arrange()
        self.map.show_sites(self._shown, self.chosen, self.portfolio.now_ms())
        self.summary.setText(_summary(found))
        self.empty.setVisible(not found)
        for part in (self.split, self.tools, self.add, self.again):
            part.setVisible(bool(found))
        self.none.setText(tr("No site fits the search and the filter.") if found and not self._shown else "")

    def _card(self, one: SiteStatus) -> SiteCard:
        card = SiteCard(one, self.portfolio.now_ms)
        card.chosen.connect(self.choose)
        card.open_wanted.connect(self.open)
        card.remove_wanted.connect(self.ask_removal)
        card.step_wanted.connect(self.step)
        return card

    def _arrange(self) -> None:
        """Places the cards in order into as many columns as fit; the Tab key follows the order."""
        room = self.area.viewport().width()
        self._columns = max(1, (room - 8 + GAP_PX) // (CARD_PX + GAP_PX))
        before: QWidget | None = None
        for number, one in enumerate(self._shown):
            card = self.cards[one.site.at]
            line, column = divmod(number, self._columns)
            there = self.grid.itemAtPosition(line, column)
            if there is None or there.widget() is not card:  # pyright: ignore[reportUnnecessaryComparison]
                self.grid.addWidget(card, line, column)
            if before is not None:
                QWidget.setTabOrder(before, card)
            before = card
            card.mark(one.site.at == self.chosen)
        for column in range(self.grid.columnCount()):
            self.grid.setColumnStretch(column, int(column < self._columns))

    @override
    def resizeEvent(self, event: QResizeEvent) -> None:
        super().resizeEvent(event)
        self.map.setVisible(self.width() >= MAP_LEAST_PX)
        QTimer.singleShot(0, self, self._arrange)

    # -- what people do

    def choose(self, at: str) -> None:
        """Chooses a site on cards and map."""
        self.chosen = at
        for name, card in self.cards.items():
            card.mark(name == at)
        if (card := self.cards.get(at)) is not None:
            self.area.ensureWidgetVisible(card)
            card.setFocus()
        self.map.show_sites(self._shown, at, self.portfolio.now_ms())

    def step(self, right: int, down: int) -> None:
        """Chooses the card so many columns to the right and lines down; the first where none is chosen."""
        places = [one.site.at for one in self._shown]
        if places:
            at = places.index(self.chosen) + right + down * self._columns if self.chosen in places else 0
            self.choose(places[min(max(at, 0), len(places) - 1)])

    def open(self, at: str) -> None:
        """Opens a site in a window of its own; asks for a token where its engine does not let this computer in."""
        if (card := self.cards.get(at)) is not None and card.status.needs_token:
            self.ask_site(at)
        elif (card := self.cards.get(at)) is not None:
            opening = self.portfolio.open(card.status.site)
            self.feed.when(opening, lambda _: self._failed(None), self._failed)

    def ask_site(self, at: str = "") -> None:
        """Opens the dialog that adds a site."""
        AddSiteDialog(self.feed, self.portfolio, self.window(), at).open()

    def ask_removal(self, at: str) -> None:
        """Asks whether a site shall leave the list."""
        if (card := self.cards.get(at)) is None:
            return
        site = card.status.site
        ask_user(
            self.window(),
            tr("Remove {name} from the list?", name=card.status.title),
            tr("Nothing of the site itself changes; it can be added again."),
            tr("Remove"),
            lambda: self.feed.when(self.portfolio.remove(site), lambda _: self._failed(None), self._failed),
        )

    @override
    def keyPressEvent(self, event: QKeyEvent) -> None:
        if event.key() == Qt.Key.Key_Escape:
            self.left.emit()
        elif (step := ARROWS.get(Qt.Key(event.key()))) is not None:
            self.step(*step)
        else:
            super().keyPressEvent(event)

    @override
    def dragEnterEvent(self, event: QDragEnterEvent) -> None:
        if _projects(event):
            event.acceptProposedAction()

    @override
    def dropEvent(self, event: QDropEvent) -> None:
        for path in _projects(event):
            self.feed.when(self.portfolio.add(new_site(path)), lambda _: self._failed(None), self._failed)
        event.acceptProposedAction()

    def _failed(self, problem: Problem | None) -> None:
        self.reason.setText(in_full(problem) if problem is not None else "")
        self.reason.setVisible(problem is not None)
        self._fill()


def _projects(event: QDropEvent) -> list[str]:
    """Project files that are dragged."""
    paths = [url.toLocalFile() for url in event.mimeData().urls() if url.isLocalFile()]
    return [path for path in paths if Path(path).suffix.lower() == ".oikos"]


def _summary(found: Sequence[SiteStatus]) -> str:
    """How many sites there are, and how many have alarms or do not answer."""
    if not found:
        return ""
    alarms = sum(bool(one.live and one.digest and one.digest.most_urgent) for one in found)
    gone = sum(one.rank is SiteRank.UNREACHED for one in found)
    texts = (
        tr("%n sites", len(found)),
        tr("%n with alarms", alarms) if alarms else "",
        tr("%n not answering", gone) if gone else "",
    )
    return " · ".join(text for text in texts if text)
