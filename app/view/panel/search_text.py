"""How searches compare letters."""

from __future__ import annotations

from unicodedata import normalize


def folded(text: str) -> str:
    """The text in lower case with compatible letters made equal (Unicode NFKC): `co2` finds CO₂."""
    return text.casefold() if text.isascii() else normalize("NFKC", text).casefold()
