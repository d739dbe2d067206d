"""Search of the palette: all words must occur anywhere; filler words are ignored and one typing error is tolerated."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import lru_cache

from app.view.panel.search_text import folded

BEGINS, WORD_BEGINS, ALL_WORDS, WITHOUT_FILLERS, ONE_MISTAKE = 5, 4, 3, 2, 1
FILLERS = frozenset(
    {"turn", "switch", "the", "all", "every", "please", "my", "a", "an", "to", "in", "go", "show", "set", "of"}
)
VERBS = frozenset({"on", "off"})
"""Words that must occur in a title: "lamp on" must not find an entry that switches off."""
_WORDS_END = re.compile(r"[\s·,()]+")
_SHORT = 4
"""Minimum length of a word in which a typing error is tolerated."""


@dataclass(frozen=True, slots=True)
class Haystack:
    """The searchable texts of an entry in lower case: its titles, and these with hidden words."""

    titles: tuple[str, ...]
    text: str

    @classmethod
    def of(cls, text: str, more: str = "", *, english: str = "") -> Haystack:
        """Creates the searchable texts of an entry that shows `text` and is found by `more`, too; by `english` as by
        the shown text.
        """
        titles = tuple(folded(title) for title in dict.fromkeys((text, english)) if title)
        return cls(titles, f"{' '.join(titles)} {folded(more)}")

    def says(self, words: frozenset[str]) -> bool:
        """Whether one of the titles contains all these words."""
        return not words or any(words.issubset(title.split()) for title in self.titles)


class Needle:
    """The search text, split once for all entries."""

    def __init__(self, typed: str) -> None:
        self.wanted = folded(typed).strip()
        self._inside = f" {self.wanted}"
        self._tokens = self.wanted.split()
        self._verbs = VERBS.intersection(self._tokens)
        self._meant = [part for part in self._tokens if part not in FILLERS] or self._tokens

    def matches(self, entry: Haystack) -> int:
        """Score of an entry for this search, higher is better; 0 for no match."""
        text = entry.text
        for title in entry.titles:
            if title.startswith(self.wanted):
                return BEGINS
            if self._inside in title:
                return WORD_BEGINS
        for part in self._meant:
            if part not in text:
                return 0
        if not entry.says(self._verbs):
            return 0
        return ALL_WORDS if all(part in text for part in self._tokens) else WITHOUT_FILLERS

    def nearly(self, entry: Haystack) -> int:
        """Score with one typing error in one word, 0 for no match; used if `matches` finds no entry."""
        text = entry.text
        missing = [part for part in self._meant if part not in text]
        if len(missing) != 1 or len(missing[0]) < _SHORT:
            return 0
        if not entry.says(self._verbs):
            return 0
        part = missing[0]
        return ONE_MISTAKE if any(_begins_nearly(part, word) for word in _WORDS_END.split(text)) else 0


@lru_cache(maxsize=20_000)  # thousands of devices share few words
def _begins_nearly(part: str, word: str) -> bool:
    """Whether the beginning of `word` differs from `part` by one typing error."""
    size = len(part)
    return size - 1 <= len(word) and any(_one_mistake(part, word[:end]) for end in (size - 1, size, size + 1))


def _one_mistake(a: str, b: str) -> bool:
    """Whether the words differ by one letter changed, missing, added or swapped with its neighbour (Damerau 1964)."""
    if abs(len(a) - len(b)) > 1:
        return False
    at = next((i for i, (x, y) in enumerate(zip(a, b, strict=False)) if x != y), min(len(a), len(b)))
    return (
        a[at + 1 :] == b[at + 1 :]
        or a[at + 1 :] == b[at:]
        or a[at:] == b[at + 1 :]
        or (a[at : at + 2] == b[at : at + 2][::-1] and a[at + 2 :] == b[at + 2 :])
    )
