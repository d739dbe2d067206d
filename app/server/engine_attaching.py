"""Attaching this computer to an engine of another machine: its certificate is compared, then its token is tried and kept."""

from __future__ import annotations

from collections.abc import Callable
from pathlib import Path
from typing import TYPE_CHECKING

from app.server.door_address import PROTOCOL, DoorAddress
from app.server.known_engines import engine_url, keep_engine, known_engine
from app.server.listening import version
from app.server.method_table import fingerprint
from app.server.network_client import hello, shown_certificate
from app.server.problems import another_version
from twin.model.grant import ShownCertificate
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from devices.secrets import Secrets


def examine_engine(address: str, home: Path, secrets: Callable[[Path], Secrets]) -> ShownCertificate:
    """The certificate shown at an address; sends no token. Blocks up to 10 s. Raises ProblemError: no address, no answer."""
    url = engine_url(address)
    try:
        trusted = known_engine(url, home, secrets).pin
    except ProblemError as error:
        if error.problems[0].code != "door.not_attached":
            raise
        trusted = ""
    return ShownCertificate(url=url, fingerprint=shown_certificate(url), trusted=trusted)


def attach_engine(
    shown: ShownCertificate,
    token: str,
    home: Path,
    secrets: Callable[[Path], Secrets],
    given_up: Callable[[], bool] = lambda: False,
) -> None:
    """Tries the token at an engine with exactly this certificate, then keeps both; nothing is kept where `given_up`, and
    nothing new of an engine whose kept token is used (empty `token`). Blocks. Raises ProblemError: another certificate,
    no token, wrong or expired token, no answer, another version."""
    if token:
        if not token.isascii():
            raise ProblemError(Problem(code="door.unknown_token"))
        address = DoorAddress(protocol=PROTOCOL, url=shown.url, pin=shown.fingerprint, secret=token)
    elif shown.trusted and shown.trusted == shown.fingerprint:
        address = known_engine(shown.url, home, secrets)
    else:
        raise ProblemError(Problem(code="attach.no_token", where=shown.url))
    answer = hello(address)
    if answer.get("api") != fingerprint():
        raise ProblemError(another_version(str(answer.get("version", "")), version()))
    if token and not given_up():
        keep_engine(address, home, secrets)
