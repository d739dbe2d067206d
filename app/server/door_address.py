"""Where a project's engine listens for other programs of this computer. Imports only the standard library, for fast
verbs.

On Unix a socket in a private folder; on Windows a port of the loopback interface with a token in a private file.
The project's lock file holds the address.
"""

from __future__ import annotations

import hashlib
import os
import stat
import tempfile
from collections.abc import Iterator, Mapping
from dataclasses import dataclass, field
from pathlib import Path

from twin.store.file_lock import LockHolder, read_holder

PROTOCOL = 2
"""Version of the message format; signatures and types are covered by `fingerprint`."""
PROTOCOL_HEADER = "Oikos-Protocol"
"""HTTP header with the version of a verb's client; without it, the engine takes it for its own."""
LONGEST = 107
"""Longest path of a socket in bytes (sun_path without its terminator, unix(7)); macOS allows 103."""
HAS_UNIX_SOCKETS = os.name == "posix"
FOLDER = "oikos"
ENGINE_PROGRAMS = ("oikos run", "oikos serve")
"""Program names in the lock files of engines without a window."""


@dataclass(frozen=True, slots=True, kw_only=True)
class DoorAddress:
    """Address of a door, as announced in the lock file."""

    protocol: int
    version: str = ""
    """Version of the program that opened the door."""
    socket: str = ""
    port: int = 0
    token_file: str = ""
    url: str = ""
    """`https://host:port` of an engine on another machine; empty for one on this machine."""
    pin: str = ""
    """SHA-256 of the only certificate that is trusted at `url`, as `AB:CD:…`."""
    secret: str = field(default="", repr=False)
    """The token for `url`."""

    @property
    def base_url(self) -> str:
        """What requests to the door are relative to."""
        return self.url or ("http://oikos" if self.socket else f"http://127.0.0.1:{self.port}")

    @property
    def pin_bytes(self) -> bytes:
        """The SHA-256 of the trusted certificate."""
        return bytes.fromhex(self.pin.replace(":", ""))

    def as_json(self) -> dict[str, object]:
        """JSON of the address for the lock file."""
        place = {"socket": self.socket} if self.socket else {"port": self.port, "token_file": self.token_file}
        return {"protocol": self.protocol, "version": self.version, **place}

    def token(self) -> str:
        """The secret of a port or URL; empty where a socket is used, or the token file cannot be read."""
        if self.url:
            return self.secret
        try:
            return Path(self.token_file).read_text(encoding="ascii").strip() if self.token_file else ""
        except (OSError, UnicodeDecodeError):
            return ""


def fingerprint_text(digest: bytes) -> str:
    """A SHA-256 as `AB:CD:…`."""
    return ":".join(f"{byte:02X}" for byte in digest)


def address_of(holder: LockHolder | None) -> DoorAddress | None:
    """The door announced by the lock's holder; None where there is no valid one, or it is on another computer."""
    if holder is None or not holder.here:
        return None
    announced = holder.door
    protocol, port = announced.get("protocol"), announced.get("port", 0)
    texts = [announced.get(name, "") for name in ("version", "socket", "token_file")]
    if not isinstance(protocol, int) or not isinstance(port, int) or not 0 <= port < 65536:
        return None
    version, socket, token_file = (text if isinstance(text, str) else "" for text in texts)
    if not socket and not (port and token_file):
        return None
    return DoorAddress(protocol=protocol, version=version[:40], socket=socket, port=port, token_file=token_file)


def door_of(project: Path) -> DoorAddress | None:
    """The door of the engine that has the project open, from its lock file; it may already be closed."""
    return address_of(read_holder(project))


def file_name(project: Path, suffix: str) -> str:
    """File name of a project's socket or token: the same for every path or link to the project."""
    return hashlib.sha256(os.fsencode(os.path.realpath(project))).hexdigest()[:16] + suffix


def socket_path(project: Path, home: Path, environment: Mapping[str, str] = os.environ) -> Path | None:
    """Path of the socket for a project, in the first folder that can be private and is short enough; None where there
    is none."""
    name = file_name(project, ".sock")
    for folder in _folders(home, environment):
        path = folder / name
        if len(os.fsencode(path)) <= LONGEST and private(folder):
            return path
    return None


def _folders(home: Path, environment: Mapping[str, str]) -> Iterator[Path]:
    if runtime := environment.get("XDG_RUNTIME_DIR"):
        yield Path(runtime) / FOLDER
    yield home / "run"
    if HAS_UNIX_SOCKETS:
        yield Path(tempfile.gettempdir()) / f"{FOLDER}-{os.getuid()}"


def private(folder: Path) -> bool:
    """Creates the folder if needed; whether it belongs to this user and has mode 0700."""
    try:
        folder.mkdir(mode=0o700, parents=True, exist_ok=True)
        there = folder.lstat()
        if not HAS_UNIX_SOCKETS:
            return True  # a folder of the user's profile
        if not stat.S_ISDIR(there.st_mode) or there.st_uid != os.getuid():
            return False
        if stat.S_IMODE(there.st_mode) & 0o077:
            folder.chmod(0o700)
    except OSError:
        return False
    return True


def is_ours(path: str) -> bool:
    """Whether a socket or token file belongs to this user, in a folder that only they can write to: lock files are not
    trusted."""
    if not HAS_UNIX_SOCKETS:
        return True
    try:
        there, folder = os.lstat(path), os.stat(os.path.dirname(path))  # noqa: PTH116, PTH120 - imported by every verb
    except OSError:
        return False
    mine = there.st_uid == os.getuid() == folder.st_uid
    return mine and not stat.S_ISLNK(there.st_mode) and not stat.S_IMODE(folder.st_mode) & 0o022
