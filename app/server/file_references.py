"""References by which clients of other machines name files, never by paths of the engine's machine: files that they sent,
and files that the engine writes for them. Imports only the standard library, for fast verbs."""

from __future__ import annotations

import re
import secrets
from collections.abc import Callable, Iterable, Mapping
from dataclasses import replace
from typing import cast
from urllib.parse import parse_qsl, urlencode, urlsplit, urlunsplit

from twin.model.problem import Problem

SENT, KEPT, WRITTEN = "blob", "keep", "out"
"""Schemes: a file that was sent, one that the engine is to keep (a link or channel reads it again), one that it writes."""
FILE_OPTIONS = frozenset({"ca", "ede", "keyring", "state_texts", "table", "unit_texts"})
"""Options of links that are files (`OptionKind.FILE`): certificate authority, KNX group addresses and keys, BACnet objects (EDE)
with the texts of their states and units."""
LONGEST_NAME = 100
"""Most characters of a file's name in a reference."""
LONGEST_BYTES = 200
"""Most bytes of it; file systems take 255, and names of parts are longer."""
REFERENCE = re.compile(r"(?P<scheme>blob|keep|out):(?P<key>[0-9a-f]{32}|[0-9a-f]{64})/(?P<name>[^/\\]{1,100})")


def written(name: str) -> str:
    """A new reference to a file that the engine is to write, with this name."""
    return f"{WRITTEN}:{secrets.token_hex(16)}/{short_name(name)}"


def short_name(name: str) -> str:
    """The end of a file's name, as long as a reference and every file system take it."""
    return name[-LONGEST_NAME:].encode("utf-8", "surrogateescape")[-LONGEST_BYTES:].decode("utf-8", "ignore")


def key_of(reference: str) -> str:
    """SHA-256 of a file that was sent, or id of one that is written; empty where the text is no reference."""
    found = REFERENCE.fullmatch(reference)
    return found["key"] if found else ""


def scheme_of(reference: str) -> str:
    """SENT, KEPT or WRITTEN; empty where the text is no reference."""
    found = REFERENCE.fullmatch(reference)
    return found["scheme"] if found else ""


def parted(word: str) -> tuple[str, str]:
    """What comes before the reference in a word of a verb (an option and "="), and the reference; it is empty where there
    is none. Names of files may contain "="."""
    starts = (0, *(at + 1 for at, letter in enumerate(word) if letter == "="))
    at = next((at for at in starts if REFERENCE.fullmatch(word, at)), len(word))
    return word[:at], word[at:]


def file_options(target: str, options: Iterable[str]) -> list[str]:
    """Those options (names) and parts of a link's URL that are files; all of a URL that cannot be read."""
    try:
        asked = [name for name, _ in parse_qsl(urlsplit(target).query, keep_blank_values=True)]
    except ValueError:
        return [target]
    return [name for name in (*options, *asked) if name.strip().lower() in FILE_OPTIONS]


def without_files(target: str) -> tuple[str, dict[str, str]]:
    """A link's URL without the options that are files, and these by name."""
    try:
        parts = urlsplit(target)
        pairs = parse_qsl(parts.query, keep_blank_values=True)
    except ValueError:
        return target, {}
    files = {name.strip().lower(): value for name, value in pairs if name.strip().lower() in FILE_OPTIONS}
    if not files:
        return target, {}
    rest = [(name, value) for name, value in pairs if name.strip().lower() not in FILE_OPTIONS]
    return urlunsplit(parts._replace(query=urlencode(rest))), files


def renamed(value: object, rename: Callable[[str], str]) -> object:
    """A JSON value with all its texts renamed."""
    if isinstance(value, str):
        return rename(value)
    if isinstance(value, Mapping):
        return {key: renamed(one, rename) for key, one in cast("Mapping[str, object]", value).items()}
    if isinstance(value, list | tuple):
        return [renamed(one, rename) for one in cast("list[object]", value)]
    return value


def renamed_problem(problem: Problem, rename: Callable[[str], str]) -> Problem:
    """A problem whose place, detail and arguments are renamed."""
    args = {name: rename(value) if isinstance(value, str) else value for name, value in problem.args.items()}
    return replace(problem, where=rename(problem.where), detail=rename(problem.detail), args=args)


def renaming(names: Mapping[str, str]) -> Callable[[str], str]:
    """Function that replaces names by others within a text, the longest first."""
    order = sorted(names.items(), key=lambda pair: -len(pair[0]))

    def rename(text: str) -> str:
        for old, new in order:
            text = text.replace(old, new)
        return text

    return rename
