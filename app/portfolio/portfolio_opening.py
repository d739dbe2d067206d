"""The portfolio of this computer for one window: made when it is first shown, ended with the window."""

from __future__ import annotations

import os
import threading
import time
from collections.abc import Generator
from contextlib import contextmanager
from pathlib import Path
from typing import TYPE_CHECKING
from uuid import uuid4

from app.settings import home
from twin.model.problem import ProblemError

if TYPE_CHECKING:
    from app.portfolio.portfolio_api import PortfolioApi
    from app.portfolio.portfolio_watch import PortfolioWatch
    from app.portfolio.site_list import PortfolioSite

SHOWN = "OIKOS_WINDOW_SHOWN"
"""Environment variable: the file that a window makes once its building is on the screen."""
SHOWN_S, LOOK_S = 30.0, 0.05
"""Longest time (seconds) that a window is waited for, and the interval at which its file is looked for."""


class OwnPortfolio:
    """Makes the portfolio at the first call."""

    def __init__(self, folder: Path) -> None:
        self._folder, self._made = folder, list["PortfolioWatch"]()
        self._ended = threading.Event()

    def __call__(self) -> PortfolioApi:
        if not self._made:
            from app.engine.clock import utc_ms
            from app.engine.machine_secrets import open_secrets
            from app.portfolio.portfolio_watch import PortfolioWatch
            from app.portfolio.site_list import FILE

            file = self._folder / FILE
            self._made.append(PortfolioWatch(file, self._folder, utc_ms, open_secrets, self._open))
        return self._made[0]

    def has_sites(self) -> bool:
        """Whether there is a list of sites; nothing is read."""
        from app.portfolio.site_list import FILE

        return (self._folder / FILE).is_file()

    def stop(self) -> None:
        """Ends the portfolio, if it was made, and all waits for windows."""
        self._ended.set()
        for one in self._made:
            one.stop()

    def _open(self, site: PortfolioSite) -> None:
        """Opens a window on a site in a process of its own. Blocks until one on an engine elsewhere is on the screen, or for
        SHOWN_S; ProblemError where it ended instead."""
        from app.server.background_engine import detached

        if not site.far:
            detached([site.at], Path(site.at).parent).returncode = 0  # it lives on: nobody here waits for it
            return
        from app.server.problems import unreachable

        mark = self._folder / "run" / f"window-{uuid4().hex}"
        mark.parent.mkdir(parents=True, exist_ok=True)
        child, end = detached([site.at], home(), more={SHOWN: str(mark)}), time.monotonic() + SHOWN_S
        try:
            while not mark.exists() and time.monotonic() < end and not self._ended.wait(LOOK_S):
                if child.poll() is not None and not mark.exists():
                    raise ProblemError(unreachable(site.at, ""))
        finally:
            mark.unlink(missing_ok=True)
        child.returncode = 0  # it lives on: nobody here waits for it


@contextmanager
def own_portfolio(folder: Path) -> Generator[OwnPortfolio]:
    """Context with this computer's portfolio, which is made at the first call."""
    portfolio = OwnPortfolio(folder)
    try:
        yield portfolio
    finally:
        portfolio.stop()


def tell_shown() -> None:
    """Tells the program that opened this window, if one waits for it, that the building is on the screen."""
    if mark := os.environ.pop(SHOWN, ""):
        Path(mark).touch()
