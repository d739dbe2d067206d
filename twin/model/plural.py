"""English sentences that count."""

from __future__ import annotations

import re

_CHOICE = re.compile(r"\[([^\[\]|]*)\|([^\[\]|]*)\]")


def counted(n: int, text: str) -> str:
    """The text for so many: `%n` is the number, of `[one|many]` the first is said of exactly one thing. Names of things do
    not belong into `text`: what they contain would be read as such choices."""
    return _CHOICE.sub(lambda found: found[1 if n == 1 else 2], text).replace("%n", str(n))
