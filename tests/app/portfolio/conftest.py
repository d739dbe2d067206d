"""A watch of real engines and of peers that misbehave."""

from __future__ import annotations

import contextlib
import socket
import threading
from collections.abc import Callable, Iterator
from pathlib import Path

import pytest

from app.engine.clock import utc_ms
from app.portfolio.portfolio_watch import PortfolioWatch
from app.portfolio.site_list import PortfolioSite, add_site
from app.portfolio.site_status import SiteStatus
from app.server.door_address import PROTOCOL, DoorAddress
from app.server.known_engines import keep_engine
from devices.secrets import Secrets
from tests.app.server.conftest import attach as attach
from tests.app.server.conftest import door as door

LONGEST_S = 60.0


def secrets(home: Path) -> Secrets:
    return Secrets(home, passphrase="test", keyring=False)


class Watched:
    """A portfolio and its watch."""

    def __init__(self, folder: Path) -> None:
        self.file, self.home, self.opened = folder / "portfolio.json", folder / "home", list[PortfolioSite]()
        self.watch = self.made()

    def made(self) -> PortfolioWatch:
        return PortfolioWatch(self.file, self.home, utc_ms, secrets, self.opened.append)

    def again(self) -> None:
        """Ends the watch, and makes another of the same list."""
        self.watch.stop()
        self.watch = self.made()

    def add(self, site: PortfolioSite) -> None:
        add_site(self.file, site)

    def know(self, address: DoorAddress) -> None:
        """Attaches this computer to an engine."""
        keep_engine(address, self.home, secrets)

    def until(self, test: Callable[[tuple[SiteStatus, ...]], object], what: str) -> tuple[SiteStatus, ...]:
        """The statuses, once they pass."""
        pause = threading.Event()
        for _ in range(round(LONGEST_S / 0.01)):
            if test(found := self.watch.statuses):
                return found
            pause.wait(0.01)
        raise AssertionError(f"no {what}: {self.watch.statuses}")

    def all_asked(self) -> dict[str, SiteStatus]:
        """Every status by title, once each site answered or failed."""
        found = self.until(lambda found: found and all(one.asked for one in found), "answer")
        return {one.site.title: one for one in found}


@pytest.fixture
def watched(tmp_path: Path) -> Iterator[Watched]:
    one = Watched(tmp_path)
    yield one
    one.watch.stop()


@pytest.fixture
def peer() -> Iterator[Callable[[bytes | None], int]]:
    """Listens on a port of loopback; each connection gets these bytes once it has asked, None: nothing ever."""
    ends: list[socket.socket] = []

    def listen(answer: bytes | None) -> int:
        server = socket.create_server(("127.0.0.1", 0))
        ends.append(server)

        def serve() -> None:
            with contextlib.suppress(OSError):
                while True:
                    wire, _ = server.accept()
                    ends.append(wire)
                    if answer is not None:
                        wire.recv(4096)
                        wire.sendall(answer)
                        wire.close()

        threading.Thread(target=serve, daemon=True).start()
        return server.getsockname()[1]

    yield listen
    for end in ends:
        with contextlib.suppress(OSError):
            end.shutdown(socket.SHUT_RDWR)
        end.close()


def port_address(port: int, folder: Path) -> DoorAddress:
    """A door on a port of loopback."""
    token = folder / "token"
    token.write_text("secret", encoding="ascii")
    return DoorAddress(protocol=PROTOCOL, port=port, token_file=str(token))
