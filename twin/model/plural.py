"""English sentences that count."""

from __future__ import annotations

import re

_CHOICE = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")


def counted(n: int, text: str) -> str:
    """The text for so many: `%n` is the number, of `[one|many]` the first is said of exactly one thing. Names of things do
    not belong into `text`: what they contain would be read as such choices."""
    return _CHOICE.sub(lambda found: found[1 if n == 1 else 2], text).replace("%n", str(n))


def pattern(text: str) -> str:
    """A regular expression for what `counted` makes of a text, for whatever number; the rest is taken as it stands."""
    parts, at = list[str](), 0
    for found in _CHOICE.finditer(text):
        parts += [re.escape(text[at : found.start()]), f"(?:{re.escape(found[1])}|{re.escape(found[2])})"]
        at = found.end()
    return "".join([*parts, re.escape(text[at:])])
