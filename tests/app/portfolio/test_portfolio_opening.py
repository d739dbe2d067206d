"""A window on an engine elsewhere is waited for until it is on the screen, has ended, or nobody waits any more."""

from __future__ import annotations

import subprocess
import sys
from collections.abc import Callable, Iterator
from pathlib import Path
from typing import Any

import pytest

from app.portfolio import portfolio_opening
from app.portfolio.portfolio_opening import SHOWN, OwnPortfolio, tell_shown
from app.portfolio.site_list import FILE, PortfolioSite
from app.server import background_engine
from twin.model.problem import ProblemError

FAR = PortfolioSite(at="https://house.local:8443")
TELLS = f"import os, pathlib; pathlib.Path(os.environ['{SHOWN}']).touch(); import time; time.sleep(600)"
ENDS, SILENT = "raise SystemExit(1)", "import time; time.sleep(600)"


@pytest.fixture
def portfolio(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> OwnPortfolio:
    monkeypatch.setenv("OIKOS_HOME", str(tmp_path))
    return OwnPortfolio(tmp_path)


@pytest.fixture
def windows(monkeypatch: pytest.MonkeyPatch) -> Iterator[Callable[[str], None]]:
    """Makes windows be this Python program; those that were opened are ended."""
    children, real = list[subprocess.Popen[bytes]](), background_engine.detached

    def detached(*args: Any, **named: Any) -> subprocess.Popen[bytes]:
        children.append(real(*args, **named))
        return children[-1]

    def set_program(program: str) -> None:
        monkeypatch.setattr(background_engine, "command", lambda: [sys.executable, "-c", program])

    monkeypatch.setattr(background_engine, "detached", detached)
    yield set_program
    for child in children:
        child.returncode = None  # it lives on, as far as the portfolio is concerned
        child.kill()
        child.wait(60)


def opened(portfolio: OwnPortfolio) -> None:
    portfolio._open(FAR)  # pyright: ignore[reportPrivateUsage]


def test_a_window_that_is_on_the_screen_ends_the_wait(
    portfolio: OwnPortfolio, windows: Callable[[str], None], tmp_path: Path
) -> None:
    windows(TELLS)
    opened(portfolio)
    assert list((tmp_path / "run").iterdir()) == [], "nothing is left behind"


def test_a_window_that_ended_is_a_problem(portfolio: OwnPortfolio, windows: Callable[[str], None]) -> None:
    windows(ENDS)
    with pytest.raises(ProblemError) as error:
        opened(portfolio)
    assert error.value.problems[0].code == "door.unreachable"


@pytest.mark.parametrize("late", [True, False])
def test_the_wait_ends_with_the_program_and_after_a_while(
    portfolio: OwnPortfolio, windows: Callable[[str], None], monkeypatch: pytest.MonkeyPatch, late: bool
) -> None:
    windows(SILENT)
    if late:
        monkeypatch.setattr(portfolio_opening, "SHOWN_S", 0.0)
    else:
        portfolio.stop()
    opened(portfolio)


def test_a_window_tells_only_who_waits(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv(SHOWN, raising=False)
    tell_shown()
    mark = tmp_path / "mark"
    monkeypatch.setenv(SHOWN, str(mark))
    tell_shown()
    assert mark.exists()
    mark.unlink()
    tell_shown()
    assert not mark.exists(), "programs that this window starts are no answer"


def test_a_computer_has_sites_where_there_is_a_list(portfolio: OwnPortfolio, tmp_path: Path) -> None:
    assert not portfolio.has_sites()
    (tmp_path / FILE).write_text("{}")
    assert portfolio.has_sites()
