"""The portfolio of this computer for one window: made when it is first shown, ended with the window."""

from __future__ import annotations

from collections.abc import Callable, Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from app.portfolio.portfolio_api import PortfolioApi
    from app.portfolio.portfolio_watch import PortfolioWatch
    from app.portfolio.site_list import PortfolioSite


@contextmanager
def own_portfolio(home: Path) -> Generator[Callable[[], PortfolioApi]]:
    """Context with a function that makes the portfolio at its first call."""
    made: list[PortfolioWatch] = []

    def make() -> PortfolioApi:
        if not made:
            from app.engine.clock import utc_ms
            from app.engine.machine_secrets import open_secrets
            from app.portfolio.portfolio_watch import PortfolioWatch
            from app.portfolio.site_list import FILE

            made.append(PortfolioWatch(home / FILE, home, utc_ms, open_secrets, _open))
        return made[0]

    try:
        yield make
    finally:
        for one in made:
            one.stop()


def _open(site: PortfolioSite) -> None:
    """Opens a window on a site in a process of its own."""
    from app.server.background_engine import detached
    from app.settings import home

    folder = home() if site.far else Path(site.at).parent
    detached([site.at], folder).returncode = 0  # it lives on: nobody here waits for it
