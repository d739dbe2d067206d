"""How the palette finds: all words anywhere, words that only make it a sentence left out, one typing mistake forgiven."""

from __future__ import annotations

import re
from functools import lru_cache

BEGINS, WORD_BEGINS, ALL_WORDS, WITHOUT_FILLERS, ONE_MISTAKE = 5, 4, 3, 2, 1
FILLERS = frozenset(
    {"turn", "switch", "the", "all", "every", "please", "my", "a", "an", "to", "in", "go", "show", "set", "of"}
)
VERBS = frozenset({"on", "off"})
"""These must be among the words themselves: "lamp on" must never find what switches a lamp off that is on."""
_SHORT = 4
"""A word of fewer letters is not guessed at."""


def matches(needle: str, words: str, more: str = "") -> int:
    """How well this is meant, 0 not at all. `more` are words that it is found by but does not show first."""
    wanted, low = needle.casefold().strip(), words.casefold()
    if not wanted or low.startswith(wanted):
        return BEGINS
    if f" {wanted}" in low:
        return WORD_BEGINS
    tokens, own, text = wanted.split(), set(low.split()), f"{low} {more.casefold()}"
    if not (VERBS & set(tokens)) <= own:
        return 0
    if all(part in text for part in tokens):
        return ALL_WORDS
    return WITHOUT_FILLERS if all(part in text for part in _meant(tokens)) else 0


def nearly(needle: str, words: str, more: str = "") -> int:
    """As `matches` where one word has one letter wrong, missing, too many, or two swapped; for when nothing else fits."""
    tokens, low = needle.casefold().split(), words.casefold()
    if not (VERBS & set(tokens)) <= set(low.split()):
        return 0
    text = f"{low} {more.casefold()}"
    missing = [part for part in _meant(tokens) if part not in text]
    if len(missing) != 1 or len(missing[0]) < _SHORT:
        return 0
    part = missing[0]
    return ONE_MISTAKE if any(_begins_nearly(part, word) for word in re.split(r"[\s·,()]+", text)) else 0


def _meant(tokens: list[str]) -> list[str]:
    return [part for part in tokens if part not in FILLERS] or tokens


@lru_cache(maxsize=20_000)  # thousands of devices share few words
def _begins_nearly(part: str, word: str) -> bool:
    """Whether the word, or its beginning, is one mistake away."""
    size = len(part)
    return size - 1 <= len(word) and any(_one_mistake(part, word[:end]) for end in (size - 1, size, size + 1))


def _one_mistake(a: str, b: str) -> bool:
    """Whether one letter was changed, left out, put in, or swapped with its neighbour (Damerau 1964)."""
    if abs(len(a) - len(b)) > 1:
        return False
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return (
        a[at + 1 :] == b[at + 1 :]
        or a[at + 1 :] == b[at:]
        or a[at:] == b[at + 1 :]
        or (a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :])
    )
