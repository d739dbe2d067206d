"""Secrets for the command line: from a file, stdin or a prompt, never from an argument."""

from __future__ import annotations

import getpass
import json
import sys
from pathlib import Path
from typing import cast

from app.cli.framework.running_engine import running
from app.i18n import translate
from twin.files.opening import regular
from twin.model.problem import Problem, ProblemError

MAX_BYTES = 65536
_SHELL = ("/dev/fd/", "/proc/self/fd/")
"""Pipes that the shell opened: `--secret-from <(pass show broker)`."""


def secret_from(source: str | None) -> tuple[str, str]:
    """(user, password) from a file or stdin (`-`), parsed by `parsed`; empty without a source. Raises ProblemError."""
    if (here := running()) is not None:  # who asked has read it already
        return here.given.get("user", ""), here.given.get("password", "")
    return ("", "") if source is None else parsed(_text(source))


def further_password(name: str, source: str | None) -> dict[str, str]:
    """A password that a link has besides that of its login, by the name of its option: the first line of a file or stdin
    (`-`); empty without a source. Raises ProblemError.
    """
    if (here := running()) is not None:
        return {name: here.given[name]} if name in here.given else {}
    first = "" if source is None else _text(source).partition("\n")[0].rstrip("\r")
    return {name: first} if first else {}


def _text(source: str) -> str:
    try:
        if source == "-":
            return sys.stdin.read(MAX_BYTES)
        if not source.startswith(_SHELL):
            regular(Path(source))  # a pipe that nobody fills would be waited for
        with Path(source).open(encoding="utf-8") as file:  # bounded: it may be a device or huge
            return file.read(MAX_BYTES)
    except (OSError, UnicodeDecodeError) as error:
        raise ProblemError(Problem(code="secret.unreadable", where=source, detail=str(error))) from error


def parsed(text: str) -> tuple[str, str]:
    """User and password of a text: a JSON object, two lines, one line `user:password`, or the password alone."""
    if text.lstrip().startswith("{"):
        try:
            found = cast("dict[str, object]", json.loads(text))
            return str(found.get("user", "")), str(found.get("password", ""))
        except ValueError:
            pass
    lines = [line for line in text.splitlines() if line]
    if len(lines) >= 2:
        return lines[0], lines[1]
    user, colon, password = (lines[0] if lines else "").partition(":")
    return (user, password) if colon else ("", user)


def ask_secret(what: str) -> tuple[str, str] | None:
    """User and password typed on the terminal; None without a terminal."""
    if running() is not None or not (sys.stdin.isatty() and sys.stderr.isatty()):
        return None
    print(translate("cli.secret.wanted", link=what), file=sys.stderr)
    print(translate("cli.secret.user"), end="", file=sys.stderr, flush=True)
    return sys.stdin.readline().strip(), getpass.getpass(translate("cli.secret.password"), stream=sys.stderr)
