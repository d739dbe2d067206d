"""The dialog that attaches this computer to an engine elsewhere, against a real engine that listens on a network."""

from __future__ import annotations

from collections.abc import Callable, Iterator
from pathlib import Path
from threading import Event

import pytest
from fake_api import FakeDesk
from PySide6.QtCore import Qt
from PySide6.QtTest import QTest
from PySide6.QtWidgets import QApplication, QLineEdit, QPushButton

from app.engine.clock import utc_ms
from app.engine.machine_secrets import open_secrets
from app.portfolio.portfolio_watch import PortfolioWatch
from app.portfolio.site_list import PortfolioSite
from app.server import engine_attaching
from app.server.door_address import PROTOCOL, DoorAddress
from app.server.known_engines import keep_engine, known_engine
from app.view.panel.attach_dialog import AttachDialog
from app.view.window import MainWindow
from tests.app.server.conftest import OpenDoor, door  # noqa: F401 - a fixture
from tests.app.server.test_network_door import Far
from twin.model.problem import ProblemError

pytestmark = pytest.mark.timeout(300)


@pytest.fixture
def far(door: OpenDoor) -> Far:  # noqa: F811
    return Far(door)


@pytest.fixture
def home(tmp_path: Path) -> Path:
    return tmp_path / "this computer"


class Opened(list[str]):
    """Addresses of the windows that were opened."""

    def add(self, site: PortfolioSite) -> None:
        self.append(site.at)


@pytest.fixture
def opened() -> Opened:
    return Opened()


@pytest.fixture
def dialog(window: MainWindow, home: Path, opened: Opened) -> Iterator[AttachDialog]:
    """The dialog of a window of another computer, opened by its menu entry."""
    watch = PortfolioWatch(home / "portfolio.json", home, utc_ms, open_secrets, opened.add)
    window.make_portfolio = lambda: watch
    window.trigger("attach")
    (found,) = window.findChildren(AttachDialog)
    yield found
    watch.stop()


def wait(window: MainWindow, holds: Callable[[], object]) -> None:
    def beat() -> bool:
        window.feed.tick()
        QApplication.processEvents()
        return bool(holds())

    while not beat():  # the test's own time limit ends it
        QTest.qWait(5)


def press(dialog: AttachDialog, window: MainWindow) -> None:
    """Presses the main button and waits for the answer."""
    QTest.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    wait(window, lambda: not dialog.busy)


def codes(error: pytest.ExceptionInfo[ProblemError]) -> list[str]:
    return [problem.code for problem in error.value.problems]


def test_the_certificate_is_compared_before_the_token_is_sent_then_the_window_opens(
    dialog: AttachDialog, window: MainWindow, far: Far, home: Path, opened: Opened
) -> None:
    assert dialog.token.echoMode() is QLineEdit.EchoMode.Password
    token = far.grant("Ada", "operator").token
    dialog.address.setText(far.url)
    dialog.token.setText(token)
    press(dialog, window)
    assert dialog.pin.text().replace(" ", "") == far.served.fingerprint
    assert (dialog.yes.text(), opened) == ("It is the same", [])
    with pytest.raises(ProblemError) as error:
        known_engine(far.url, home, open_secrets)
    assert codes(error) == ["door.not_attached"], "nothing is kept before that"
    press(dialog, window)
    wait(window, lambda: opened == [far.url])
    known = known_engine(far.url, home, open_secrets)
    assert (known.pin, known.secret) == (far.served.fingerprint, token)
    wait(window, lambda: not window.findChildren(AttachDialog) or not dialog.isVisible())


def test_each_failure_has_its_sentence_and_can_be_mended_in_the_dialog(
    dialog: AttachDialog, window: MainWindow, far: Far, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog.address.setText("no address at all/?")
    press(dialog, window)
    assert "no address of an engine" in dialog.reason.text()
    dialog.address.setText("127.0.0.1:1")
    press(dialog, window)
    assert "does not answer" in dialog.reason.text()
    dialog.address.setText(far.url)
    press(dialog, window)
    assert dialog.reason.text() == ""
    press(dialog, window)
    assert "There is no token" in dialog.reason.text()
    dialog.token.setText("wrong")
    press(dialog, window)
    assert "does not know this token" in dialog.reason.text()
    with monkeypatch.context() as other:
        other.setattr(engine_attaching, "fingerprint", lambda: "another")
        dialog.token.setText(far.grant("Cleo", "operator").token)
        press(dialog, window)
        assert "do not fit together" in dialog.reason.text()
    assert opened == []
    press(dialog, window)
    wait(window, lambda: opened == [far.url])


def test_another_certificate_than_the_trusted_one_is_told_before_anything_is_sent(
    dialog: AttachDialog, window: MainWindow, far: Far, home: Path, opened: Opened
) -> None:
    trusted = ":".join(["AB"] * 32)
    keep_engine(DoorAddress(protocol=PROTOCOL, url=far.url, pin=trusted, secret="kept"), home, open_secrets)
    dialog.address.setText(far.url)
    press(dialog, window)
    assert trusted in dialog.warning.text().replace("\u200b", "")
    assert dialog.warning.isVisible()
    press(dialog, window)
    assert "There is no token" in dialog.reason.text(), "the kept one is not sent to another certificate"
    assert opened == []


def test_an_engine_that_is_known_opens_with_its_kept_token(
    dialog: AttachDialog, window: MainWindow, far: Far, home: Path, opened: Opened
) -> None:
    keep_engine(far.address(far.grant("Ada", "viewer").token), home, open_secrets)
    dialog.address.setText(far.url.removeprefix("https://"))
    QTest.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    wait(window, lambda: opened == [far.url])


def test_what_was_cancelled_keeps_nothing_and_opens_nothing(
    dialog: AttachDialog, window: MainWindow, far: Far, home: Path, opened: Opened, monkeypatch: pytest.MonkeyPatch
) -> None:
    dialog.address.setText(far.url)
    dialog.token.setText(far.grant("Ada", "viewer").token)
    press(dialog, window)
    asked, go_on, said = Event(), Event(), engine_attaching.hello

    def slow(address: DoorAddress) -> dict[str, object]:
        asked.set()
        assert go_on.wait(60)
        return said(address)

    monkeypatch.setattr(engine_attaching, "hello", slow)
    QTest.mouseClick(dialog.yes, Qt.MouseButton.LeftButton)
    wait(window, asked.is_set)
    QTest.mouseClick(dialog.no, Qt.MouseButton.LeftButton)
    assert not dialog.isVisible(), "at once, whatever the network does"
    go_on.set()
    wait(window, window.feed.is_quiet)
    with pytest.raises(ProblemError) as error:
        known_engine(far.url, home, open_secrets)
    assert (codes(error), opened, list(window.feed.problems)) == (["door.not_attached"], [], [])


def test_the_welcome_page_offers_it_too(window: MainWindow, dialog: AttachDialog) -> None:
    dialog.reject()
    welcome = window.panel("welcome")
    found = next(one for one in welcome.findChildren(QPushButton) if "Attach" in one.text())
    found.click()
    wait(window, lambda: any(one.isVisible() for one in window.findChildren(AttachDialog)))


@pytest.mark.parametrize("empty", [True, False])
def test_an_empty_window_closes_once_the_attached_one_is_there_and_another_one_stays(
    dialog: AttachDialog, window: MainWindow, far: Far, opened: Opened, api: FakeDesk, empty: bool
) -> None:
    if empty:
        api.path = ""
        window.feed.tick()
    token = far.grant("Ada", "operator").token
    dialog.address.setText(far.url)
    dialog.token.setText(token)
    press(dialog, window)
    press(dialog, window)
    wait(window, lambda: opened == [far.url] and window.isVisible() is not empty)
