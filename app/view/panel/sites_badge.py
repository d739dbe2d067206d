"""Badge of the alarms of all sites, in the top bar of windows that have a list of sites."""

from __future__ import annotations

from collections.abc import Sequence
from typing import TYPE_CHECKING

from PySide6.QtCore import QTimer

from app.i18n import tr
from app.portfolio.site_status import SiteRank, SiteStatus
from app.view.control.count_badge import CountBadge
from app.view.control.safe_text import set_tip

if TYPE_CHECKING:
    from app.portfolio.portfolio_api import PortfolioApi

LOOK_MS = 1000
"""Interval at which new statuses are looked for."""
GRAVE = (SiteRank.CRITICAL, SiteRank.HIGH)


class SitesBadge(CountBadge):
    """Number of sites with alarms; hidden while the list has no sites."""

    def __init__(self) -> None:
        super().__init__("building")
        self._portfolio: PortfolioApi | None = None
        self._seen: Sequence[SiteStatus] | None = None
        self._timer = QTimer(self)
        self._timer.setInterval(LOOK_MS)
        self._timer.timeout.connect(self.look)
        self.hide()

    def follow(self, portfolio: PortfolioApi) -> None:
        """Has the sites asked in the background, and shows their alarms from now on."""
        if self._portfolio is None:
            self._portfolio = portfolio
            portfolio.watch_slowly()
            self._timer.start()

    def look(self) -> None:
        """Shows new statuses, if there are any."""
        if self._portfolio is not None and self._portfolio.statuses is not self._seen:
            self._seen = self._portfolio.statuses
            self.retranslate()

    def retranslate(self) -> None:
        """Shows the present statuses in the present language."""
        sites = self._seen or ()
        alarmed = [one for one in sites if one.live and one.digest is not None and one.digest.most_urgent]
        self.show_count(len(alarmed), "error" if any(one.rank in GRAVE for one in alarmed) else "warning")
        with_alarms = tr("%n with alarms", len(alarmed)) if alarmed else tr("No alarms")
        words = f"{tr('Sites')} · {with_alarms}"
        set_tip(self, words)
        self.setAccessibleName(words)
        self.setVisible(bool(sites))
