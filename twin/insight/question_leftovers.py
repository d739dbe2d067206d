"""Words of a question that were not understood: which may be left out with a note, and which change what is asked."""

from __future__ import annotations

import re
from dataclasses import dataclass
from functools import cache

from twin.insight import question_words as words
from twin.model.capability import CAPABILITIES
from twin.model.kind import KINDS

_CHINESE = re.compile(r"[\u4e00-\u9fff]")
_WORD = re.compile(rf"{words.CUT.strip()}|[\w'’]+")


@dataclass(frozen=True, slots=True)
class Leftovers:
    """Words that were left over and are no fillers: those that may be left out, and those without which another question
    would be answered (numbers, times, negations, comparisons, unknown places and things)."""

    ignored: tuple[str, ...] = ()
    refused: tuple[str, ...] = ()


def leftovers(text: str) -> Leftovers:
    """The words of a text in which a mark stands for each part that was understood."""
    ignored: list[str] = []
    refused: list[str] = []
    left = re.sub(words.CHINESE_FILLERS, " ", text)
    expects_thing = False
    for word in (found.strip("'’") for found in _WORD.findall(left)):
        if word in words.BEFORE_THINGS:
            expects_thing = True
        elif word == words.CUT.strip():
            expects_thing = False
        elif word and word not in words.FILLERS and word not in ("s", "t"):
            (refused if expects_thing or _changes_the_question(word) else ignored).append(word)
    return Leftovers(tuple(ignored), tuple(refused))


def _changes_the_question(word: str) -> bool:
    if any(one.isdigit() for one in word) or word.endswith(("n't", "n’t")):
        return True
    if _CHINESE.search(word):
        return True
    return word in words.NEGATIONS | words.COMPARISONS | words.TIMES | words.PLACES or _is_thing(word)


@cache
def _is_thing(word: str) -> bool:
    """Whether the word is one of the titles of kinds of devices or capabilities: another thing than the one understood."""
    titles = (row.title for row in (*KINDS.values(), *CAPABILITIES.values()))
    named = {one for title in titles for one in title.casefold().split()}
    return word in named or word.removesuffix("s") in named
