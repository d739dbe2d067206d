"""Engines of other machines that this computer was attached to: certificate by URL in a file, token with the passwords."""

from __future__ import annotations

import json
import re
import shutil
from collections.abc import Callable, Mapping
from pathlib import Path
from typing import TYPE_CHECKING, cast
from urllib.parse import urlsplit

from app.server.door_address import PROTOCOL, DoorAddress
from app.server.problems import not_attached
from twin.files import atomic
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.ids import LinkId
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from devices.secrets import Secrets

FILE = "engines.json"
PORT = 8443
_SCHEMES = ("https://", "oikos://")
_NO_NAME = re.compile(r"[^A-Za-z0-9.]+")
_PIN = re.compile(r"[0-9A-F]{2}(:[0-9A-F]{2}){31}")


def is_url(text: str) -> bool:
    """Whether a project's name is the URL of an engine on another machine."""
    return text.lower().startswith(_SCHEMES)


def engine_url(text: str) -> str:
    """`https://host:port` of what a user typed; the port is 8443 where none is named. Raises ProblemError."""
    try:
        parts = urlsplit(text.strip() if is_url(text.strip()) else f"https://{text.strip()}")
        host, port = parts.hostname or "", parts.port or PORT
        sound = (
            host
            and host.isprintable()
            and " " not in host
            and parts.username is None
            and parts.password is None
            and parts.path in ("", "/")
            and not parts.query
        )
    except ValueError:
        sound, host, port = False, "", 0
    if not sound:
        raise ProblemError(Problem(code="attach.url", where=text[:80]))
    return f"https://{f'[{host}]' if ':' in host else host}:{port}"


def known_engine(text: str, home: Path, secrets: Callable[[Path], Secrets]) -> DoorAddress:
    """The door at a URL, with trusted certificate and token; `secrets` opens those of this computer. Blocks. Raises ProblemError where this computer was never
    attached to it."""
    url = engine_url(text)
    pin, secret = _pins(home).get(url, ""), ""
    if pin:
        found = secrets(home).get(_id(url))
        secret = found.password if found else ""
    if not secret:
        raise ProblemError(not_attached(url))
    return DoorAddress(protocol=PROTOCOL, url=url, pin=pin, secret=secret)


def keep_engine(address: DoorAddress, home: Path, secrets: Callable[[Path], Secrets]) -> None:
    """Remembers a door, in place of what was known of its URL. Blocks. Raises ProblemError."""
    from devices.link_secret import Secret

    pins = {**_readable_pins(home), address.url: address.pin}
    secrets(home).put(_id(address.url), Secret(password=address.secret))
    _write(home, pins)


def forget_engine(url: str, home: Path, secrets: Callable[[Path], Secrets]) -> bool:
    """Deletes what is stored of a door: its token, and its building; False where it was not known. Blocks. Raises
    ProblemError."""
    pins = _readable_pins(home)
    shutil.rmtree(cache_folder(home, url), ignore_errors=True)
    if pins.pop(url, None) is None:
        return False
    secrets(home).delete(_id(url))
    _write(home, pins)
    return True


def cache_folder(home: Path, url: str) -> Path:
    """The folder in which answers of a door are kept by their digest."""
    return home / "cache" / "engine" / _NO_NAME.sub("-", url)


def _id(url: str) -> LinkId:
    return LinkId(f"engine {url}")


def _pins(home: Path) -> dict[str, str]:
    """Fingerprint by URL; empty where there is no readable file."""
    try:
        return _readable_pins(home)
    except ProblemError:
        return {}


def _readable_pins(home: Path) -> dict[str, str]:
    """Fingerprint by URL. Raises ProblemError where the file cannot be read: nothing may be written over it."""
    try:
        found = json.loads(regular(home / FILE).read_text(encoding="utf-8"))
    except FileNotFoundError:
        return {}
    except OSError as error:
        raise ProblemError(os_problem(error, home / FILE, code="attach.unreadable")) from error
    except ValueError as error:
        raise ProblemError(Problem(code="attach.damaged", where=str(home / FILE))) from error
    rows = cast("dict[object, object]", found) if isinstance(found, dict) else {}
    return {str(url): str(pin) for url, pin in rows.items() if _PIN.fullmatch(str(pin))}


def _write(home: Path, pins: Mapping[str, str]) -> None:
    try:
        atomic.private_folder(home)
        atomic.write(home / FILE, json.dumps(dict(sorted(pins.items())), indent=1), mode=0o600)
    except OSError as error:
        raise ProblemError(os_problem(error, home / FILE, code="attach.unwritable")) from error
