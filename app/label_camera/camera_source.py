"""What can be read as a camera: those of this machine, and addresses of streams in the network."""

from __future__ import annotations

import sys
from dataclasses import dataclass
from pathlib import Path
from urllib.parse import urlsplit

from twin.model.problem import Problem, ProblemError

SCHEMES = ("http", "https", "rtsp", "rtsps")
MAX_ADDRESS = 1024
"""Maximum length of an address in characters."""
_LISTED = Path("/sys/class/video4linux")
_NUMBERS = 4
"""Cameras that are offered by their number where the system's list cannot be read."""


@dataclass(frozen=True, slots=True)
class Camera:
    """A camera of this machine."""

    number: int
    """Index by which the system's interface (V4L2, AVFoundation, Media Foundation) opens it."""
    title: str
    """Its own name; empty where it is not known."""


def cameras(listed: Path = _LISTED) -> tuple[Camera, ...]:
    """The cameras of this machine. Only Linux has a list that may be read without opening them: elsewhere the first few
    numbers, which may not be there. Reads files.
    """
    if sys.platform != "linux":
        return tuple(Camera(number, "") for number in range(_NUMBERS))
    found = (_camera(folder) for folder in listed.glob("video[0-9]*"))
    return tuple(sorted((one for one in found if one is not None), key=lambda one: one.number))


def _camera(folder: Path) -> Camera | None:
    """None where it is no camera but a second node of one, which tells of its pictures (`index` above 0)."""
    number = folder.name.removeprefix("video")
    try:
        if not number.isdecimal() or int((folder / "index").read_text()) > 0:
            return None
        return Camera(int(number), (folder / "name").read_text(errors="replace").strip()[:80])
    except (OSError, ValueError):
        return None


def stream_address(text: str) -> str:
    """The address of a stream as it was typed; http:// is added where it has no scheme. Raises ProblemError for what is no
    address of the network, a file among them.
    """
    address = text.strip()
    if "://" not in address:
        address = f"http://{address}"
    try:
        parts = urlsplit(address)
        host, _ = parts.hostname, parts.port
    except ValueError:
        host, parts = None, urlsplit("")
    if not host or parts.scheme.casefold() not in SCHEMES or len(address) > MAX_ADDRESS or not address.isprintable():
        raise ProblemError(Problem(code="camera.address"))
    return address


def address_shown(address: str) -> str:
    """An address without user, password and query, which may hold a key."""
    parts = urlsplit(address)
    return f"{parts.scheme}://{parts.netloc.rpartition('@')[2]}{parts.path}"
