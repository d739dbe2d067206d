"""What the window uses of the portfolio: statuses to show, sites to add, remove and open."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from pathlib import Path
from typing import TYPE_CHECKING, Protocol

from app.portfolio.site_list import PortfolioSite
from app.portfolio.site_status import SiteStatus

if TYPE_CHECKING:
    from twin.model.grant import ShownCertificate


class PortfolioSource(Protocol):
    """Makes the portfolio of this computer at the first call."""

    def __call__(self) -> PortfolioApi: ...

    def has_sites(self) -> bool:
        """Whether there is a list of sites; nothing is read."""
        ...


class PortfolioApi(Protocol):
    """The sites of this computer's portfolio. Every method returns at once; futures fail with ProblemError."""

    @property
    def statuses(self) -> tuple[SiteStatus, ...]:
        """How each site stands, in the order of the file; the same object until something changed."""
        ...

    @property
    def file(self) -> Path:
        """The portfolio file."""
        ...

    def now_ms(self) -> int:
        """This computer's clock, UTC ms."""
        ...

    def watch(self, on: bool) -> Future[None]:
        """Begins or ends to ask the sites; fails where the file cannot be read."""
        ...

    def watch_slowly(self) -> None:
        """Begins to ask the sites once a minute, also while `watch` is off; of a file that cannot be read there are none."""
        ...

    def ask_again(self) -> None:
        """Asks every site now; one that is being asked, once more."""
        ...

    def certificate(self, url: str) -> Future[ShownCertificate | None]:
        """The certificate shown at the URL of an engine that needs a token: one that this computer does not know, or that
        does not let it in any more. None for another one, also while it does not answer."""
        ...

    def examine(self, address: str) -> Future[ShownCertificate]:
        """The certificate that the engine at an address shows, and the one trusted so far; sends no token."""
        ...

    def attach(self, shown: ShownCertificate, token: str, given_up: Callable[[], bool]) -> Future[None]:
        """Tries the token (empty: the kept one) at the engine with this certificate, and keeps both unless `given_up`."""
        ...

    def add(self, site: PortfolioSite, pin: str = "", token: str = "") -> Future[None]:
        """Adds a site; of an engine elsewhere with the certificate that the user trusts, and its token. It is asked at
        once."""
        ...

    def remove(self, site: PortfolioSite) -> Future[None]:
        """Removes a site from the list; nothing of the site itself changes."""
        ...

    def open(self, site: PortfolioSite) -> Future[None]:
        """Opens a site in a window of its own, attached to its engine."""
        ...

    def compute[T](self, work: Callable[[], T]) -> Future[T]:
        """Runs a function on another thread."""
        ...
