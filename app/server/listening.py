"""The socket that a door listens on: made, and removed, on a thread that may block."""

from __future__ import annotations

import contextlib
import secrets
import socket
from dataclasses import dataclass
from functools import cache
from importlib.metadata import PackageNotFoundError
from importlib.metadata import version as version_of
from pathlib import Path

from app.server.door_address import HAS_UNIX_SOCKETS, PROTOCOL, DoorAddress, file_name, private, socket_path
from app.server.problems import no_place
from twin.files import atomic
from twin.model.problem import ProblemError


@dataclass(frozen=True, slots=True)
class Listening:
    """A bound socket, its address for other programs, and its token."""

    socket: socket.socket
    address: DoorAddress
    token: str = ""

    def close(self) -> None:
        """Deletes the files of the socket and token; the socket itself is closed by the server."""
        for name in (self.address.socket, self.address.token_file):
            if name:
                with contextlib.suppress(OSError):
                    Path(name).unlink()


def listen(project: Path, home: Path, *, unix: bool = HAS_UNIX_SOCKETS) -> Listening:
    """Binds the door of a project whose lock is held by this process; ProblemError or OSError on failure."""
    return _unix(project, home) if unix else _loopback(project, home)


def _unix(project: Path, home: Path) -> Listening:
    path = socket_path(project, home)
    if path is None:
        raise ProblemError(no_place(str(home)))
    with contextlib.suppress(FileNotFoundError):
        path.unlink()  # left over from one that was killed: the project's lock is ours
    bound = socket.socket(socket.AF_UNIX, socket.SOCK_STREAM)
    try:
        bound.setblocking(False)
        bound.bind(str(path))
        path.chmod(0o600)
    except BaseException:
        bound.close()
        raise
    return Listening(bound, DoorAddress(protocol=PROTOCOL, version=version(), socket=str(path)))


def _loopback(project: Path, home: Path) -> Listening:
    folder = home / "run"
    if not private(folder):
        raise ProblemError(no_place(str(folder)))
    token, file = secrets.token_urlsafe(32), folder / file_name(project, ".token")
    atomic.write(file, token, mode=0o600)
    bound = socket.socket(socket.AF_INET, socket.SOCK_STREAM)
    try:
        bound.setblocking(False)
        bound.bind(("127.0.0.1", 0))
    except BaseException:
        bound.close()
        raise
    port = bound.getsockname()[1]
    return Listening(bound, DoorAddress(protocol=PROTOCOL, version=version(), port=port, token_file=str(file)), token)


@cache
def version() -> str:
    """This program's version."""
    try:
        return version_of("oikos-twin")
    except PackageNotFoundError:
        return "unknown"
