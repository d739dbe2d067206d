"""How the palette finds: all words anywhere, words that only make it a sentence left out, one typing mistake forgiven."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

BEGINS, WORD_BEGINS, ALL_WORDS, WITHOUT_FILLERS, ONE_MISTAKE = 5, 4, 3, 2, 1
FILLERS = frozenset(
    {"turn", "switch", "the", "all", "every", "please", "my", "a", "an", "to", "in", "go", "show", "set", "of"}
)
VERBS = frozenset({"on", "off"})
"""These must be among the words themselves: "lamp on" must never find what switches a lamp off that is on."""
_WORDS_END = re.compile(r"[\s·,()]+")
_SHORT = 4
"""A word of fewer letters is not guessed at."""


@dataclass(frozen=True, slots=True)
class Haystack:
    """What one entry is found by, folded to lower case once: its words, and the words with more that it does not show."""

    words: str
    text: str

    @classmethod
    def of(cls, text: str, more: str = "") -> Haystack:
        """An entry that shows `text` and is found by `more`, too."""
        low = text.casefold()
        return cls(low, f"{low} {more.casefold()}")


class Needle:
    """What was typed, taken apart once for thousands of entries."""

    def __init__(self, typed: str) -> None:
        self.wanted = typed.casefold().strip()
        self._inside = f" {self.wanted}"
        self._tokens = self.wanted.split()
        self._verbs = VERBS.intersection(self._tokens)
        self._meant = [part for part in self._tokens if part not in FILLERS] or self._tokens

    def matches(self, entry: Haystack) -> int:
        """How well this entry is meant, 0 not at all."""
        low, text = entry.words, entry.text
        if low.startswith(self.wanted):
            return BEGINS
        if self._inside in low:
            return WORD_BEGINS
        for part in self._meant:
            if part not in text:
                return 0
        if self._verbs and not self._verbs <= set(low.split()):
            return 0
        return ALL_WORDS if all(part in text for part in self._tokens) else WITHOUT_FILLERS

    def nearly(self, entry: Haystack) -> int:
        """The same where one word has one letter wrong, missing, too many, or two swapped; for when nothing else fits."""
        text = entry.text
        missing = [part for part in self._meant if part not in text]
        if len(missing) != 1 or len(missing[0]) < _SHORT:
            return 0
        if self._verbs and not self._verbs <= set(entry.words.split()):
            return 0
        part = missing[0]
        return ONE_MISTAKE if any(_begins_nearly(part, word) for word in _WORDS_END.split(text)) else 0


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
