"""`oikos attach`: makes an engine of another machine known to this computer: its certificate, and the token for it."""

from __future__ import annotations

import argparse
import sys
from typing import Any

from app.cli.framework.verb import Outcome, Verb
from app.i18n import translate
from twin.model.problem import Problem, ProblemError


def arguments(parser: argparse.ArgumentParser) -> None:
    """Arguments: the URL, where the token comes from, and the fingerprint."""
    parser.add_argument("url", help="https://host:8443, as `oikos serve` says")
    parser.add_argument("--secret-from", metavar="FILE", help="file with the token; - is standard input")
    parser.add_argument("--trust", metavar="FINGERPRINT", help="SHA-256 of its certificate, as `oikos serve` says")
    parser.add_argument("--forget", action="store_true", help="forget the engine and its token")


def run(args: argparse.Namespace) -> Outcome:
    """Checks certificate and token, then keeps them; nothing is kept of an engine that does not let this computer in."""
    from app.engine.machine_secrets import open_secrets
    from app.server.known_engines import engine_url, forget_engine
    from app.settings import home

    url = engine_url(args.url)
    if args.forget:
        known = forget_engine(url, home(), open_secrets)
        return Outcome({"url": url, "known": known}, (translate("cli.attach.forgotten", url=url),))
    shown, said = attached(url, args.secret_from, args.trust)
    project = str(said.get("project", ""))
    return Outcome(
        {"url": url, "fingerprint": shown, "project": project, "version": said.get("version")},
        (translate("cli.attach.done", url=url, project=project), translate("cli.attach.next", url=url)),
    )


def attached(url: str, secret_from: str | None, trust: str | None) -> tuple[str, dict[str, Any]]:
    """Attaches this computer to the engine at a URL: the fingerprint of its certificate, which the user confirms where it is
    not trusted already, and what it answers. Raises ProblemError, and then nothing is kept."""
    from app.engine.machine_secrets import open_secrets
    from app.server.door_address import PROTOCOL, DoorAddress
    from app.server.engine_attaching import examine_engine
    from app.server.known_engines import keep_engine
    from app.server.network_client import hello
    from app.settings import home

    found = examine_engine(url, home(), open_secrets)
    shown = found.fingerprint
    if trust is not None or shown != found.trusted:
        _confirm(url, shown, trust)
    address = DoorAddress(protocol=PROTOCOL, url=url, pin=shown, secret=_token(url, secret_from))
    said = hello(address)
    keep_engine(address, home(), open_secrets)
    return shown, said


def _confirm(url: str, shown: str, trust: str | None) -> None:
    """Raises ProblemError unless the certificate is the one that the user expects."""
    from app.server.problems import other_certificate
    from devices.tls import cleaned_fingerprint, no_fingerprint

    if trust is not None:
        if not (wanted := cleaned_fingerprint(trust)):
            raise ProblemError(no_fingerprint(trust))
        if wanted != shown:
            raise ProblemError(other_certificate(url, shown))
        return
    if not (sys.stdin.isatty() and sys.stderr.isatty()):
        raise ProblemError(Problem(code="attach.unconfirmed", args={"fingerprint": shown}, where=url))
    print(translate("cli.attach.shown", url=url, fingerprint=shown), file=sys.stderr)
    print(translate("cli.attach.ask"), end="", file=sys.stderr, flush=True)
    if sys.stdin.readline().strip().lower() not in ("y", "yes", "是"):
        raise ProblemError(other_certificate(url, shown))


def _token(url: str, source: str | None) -> str:
    """The token from a file, standard input or the terminal. Raises ProblemError where there is none."""
    from getpass import getpass

    from app.cli.framework.secret_input import secret_from

    token = secret_from(source)[1]
    if source is None and sys.stdin.isatty() and sys.stderr.isatty():
        token = getpass(translate("cli.attach.token"), stream=sys.stderr)
    if not (token := token.strip()).isascii() or not token:
        raise ProblemError(Problem(code="attach.token", where=url))
    return token


VERB = Verb(sentence="make an engine of another machine known to this computer", arguments=arguments, run=run)
