"""One logger per topic. `--debug TOPIC` shows one on stderr; warnings go to a file under OIKOS_HOME. No secrets."""

from __future__ import annotations

import logging
import re
import sys
from collections.abc import Sequence
from logging.handlers import RotatingFileHandler
from pathlib import Path

from twin.files import atomic

TOPICS = (
    "app", "engine", "door", "pipeline", "links", "discover", "import", "store", "view", "mqtt", "matter", "simulated",
)  # fmt: skip
"""Topics of `--debug`; any other word names a library's logger (`zeroconf`)."""

_SECRETS = (
    (
        re.compile(r"(?i)\b(pass(?:word|wd)?|pin|psk|token|secret|key|code)(\"?'?\s*[=:]\s*\"?'?)[^\s,;&\"']+"),
        r"\1\2***",
    ),
    (re.compile(r"(\w+://[^\s:/@]+:)[^\s@/]+@"), r"\1***@"),
    (re.compile(r"\bMT:[A-Z0-9.\-]{8,}"), "MT:***"),
    (re.compile(r"\b\d{4}-?\d{3}-?\d{4}\b(?!-)"), "***"),
)


def topic(name: str) -> logging.Logger:
    """The logger of a topic."""
    return logging.getLogger(f"oikos.{name}")


def without_secrets(text: str) -> str:
    """The text with everything that looks like a password, key or pairing code replaced by stars."""
    for pattern, shown in _SECRETS:
        text = pattern.sub(shown, text)
    return text


class _Discreet(logging.Formatter):
    """Formats a record, then removes secrets: also those in a traceback."""

    def format(self, record: logging.LogRecord) -> str:
        return without_secrets(super().format(record))


_LINE = "%(asctime)s %(levelname).1s %(name)s: %(message)s"


def start(home: Path, debug: Sequence[str] = ()) -> None:
    """Logs warnings to `home`/log/oikos.log and the topics in `debug` to stderr; may be called again."""
    root = logging.getLogger()
    for old in [handler for handler in root.handlers if getattr(handler, "oikos", False)]:
        root.removeHandler(old)
        old.close()
    for handler in (_file(home), _screen(debug)):
        if handler is not None:
            handler.setFormatter(_Discreet(_LINE))
            handler.oikos = True  # pyright: ignore[reportAttributeAccessIssue]
            root.addHandler(handler)
    for name in debug:
        logging.getLogger(_logger(name)).setLevel(logging.DEBUG)


def _file(home: Path) -> logging.Handler | None:
    try:
        atomic.private_folder(home)
        (home / "log").mkdir(parents=True, exist_ok=True, mode=0o700)
        handler = RotatingFileHandler(
            home / "log" / "oikos.log", maxBytes=1_000_000, backupCount=3, delay=True, encoding="utf-8"
        )
    except OSError:
        return None
    handler.setLevel(logging.WARNING)
    return handler


def _screen(debug: Sequence[str]) -> logging.Handler | None:
    if not debug:
        return None
    names = tuple(_logger(name) for name in debug)
    handler = logging.StreamHandler(sys.stderr)
    handler.addFilter(lambda record: record.name.startswith(names))
    return handler


def _logger(name: str) -> str:
    return f"oikos.{name}" if name in TOPICS else name
