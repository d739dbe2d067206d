"""How searches compare letters."""

from __future__ import annotations

from collections.abc import Iterable
from unicodedata import normalize


def folded(text: str) -> str:
    """The text in lower case with compatible letters made equal (Unicode NFKC): `co2` finds CO₂."""
    return text.casefold() if text.isascii() else normalize("NFKC", text).casefold()


def words_of(wanted: str) -> list[str]:
    """The words of a search, as `has_words` takes them."""
    return folded(wanted).split()


def has_words(text: str, words: Iterable[str]) -> bool:
    """Whether every word of a search occurs in the text."""
    known = folded(text)
    return all(word in known for word in words)
