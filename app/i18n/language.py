"""The current language: one per process, loaded when the first sentence is needed."""

from __future__ import annotations

import os
from collections.abc import Iterator
from contextvars import ContextVar, copy_context
from dataclasses import dataclass, field
from pathlib import Path
from typing import cast

from app.i18n.catalogue import FOLDER, Catalogue, languages, load

SOURCE = "en"
"""Language of the texts in the code, and fallback for those that another language lacks."""


@dataclass(slots=True)
class LanguageSettings:
    """The language in force and the catalogues that were loaded."""

    language: str = SOURCE
    requested: str = ""
    """What the command line named."""
    folder: Path = FOLDER
    loaded: dict[tuple[Path, str], Catalogue] = field(default_factory=dict[tuple[Path, str], Catalogue])


_settings = LanguageSettings()


def known_languages() -> dict[str, str]:
    """Code and own name of every language that can be chosen; English first."""
    return languages(_settings.folder)


_ASKED: ContextVar[str] = ContextVar("language asked for", default="")


def current_language() -> str:
    """The language in force: `en`, `zh_CN`, ..."""
    return _ASKED.get() or _settings.language


def system_language(requested: str = "") -> str:
    """The known language that is nearest to a locale's name (`zh_CN.UTF-8`, `de-AT`), by default the environment's."""
    if not requested:
        requested = next((value for name in ("LC_ALL", "LC_MESSAGES", "LANG") if (value := os.environ.get(name))), "")
    wanted = requested.partition(".")[0].partition("@")[0].replace("-", "_")
    known = known_languages()
    if wanted in known:
        return wanted
    kin = wanted.partition("_")[0]
    return next((code for code in known if code.partition("_")[0] == kin), SOURCE)


def set_language(language: str) -> str:
    """Changes the language of all later sentences and returns it; `system` is the environment's, an unknown one is
    replaced
    by English.
    """
    if language == "system":
        language = system_language()
    _settings.language = language if language in known_languages() else SOURCE
    return _settings.language


def request_language(language: str) -> str:
    """Sets the language that the command line names (empty: the environment's), which goes before the setting of windows
    in this process; returns the language in force."""
    _settings.requested = language
    return set_language(language or "system")


def requested_language() -> str:
    """The language that the command line named; empty where it named none."""
    return _settings.requested


def set_context_language(language: str) -> None:
    """Changes the language of the current context only (used for a command that the engine runs for another process)."""
    _ASKED.set(language if language in known_languages() else "")


def in_language[T](language: str, items: Iterator[T]) -> Iterator[T]:
    """The items, each created in another language; between them the language in force is as it was."""
    context = copy_context()
    context.run(_ASKED.set, language)
    end = object()
    while (item := context.run(next, items, end)) is not end:
        yield cast("T", item)


def read_from(folder: Path) -> None:
    """Sets the folder that catalogues are read from."""
    _settings.folder = folder


def is_loaded(language: str) -> bool:
    """Whether changing to this language reads no file; the very first load compiles one (0.3 s). An unknown language
    counts
    as English, `system` is that of the environment.
    """
    if language == "system":
        language = system_language()
    return language not in known_languages() or (_settings.folder, language) in _settings.loaded


def catalogue(language: str = "") -> Catalogue:
    """The catalogue of a language, by default the current one; loaded once."""
    wanted = language or current_language()
    key = (_settings.folder, wanted)
    if key not in _settings.loaded:
        rest = catalogue(SOURCE) if wanted != SOURCE else None
        _settings.loaded[key] = load(wanted, _settings.folder, rest)
    return _settings.loaded[key]
