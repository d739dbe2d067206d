"""argparse in the reader's language: its own sentences are found in our catalogues by their English text."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise

from app.i18n import tr, tr_counted


def translate_argparse() -> None:
    """Makes argparse ask our catalogues. It takes the system's gettext domain otherwise, whose language is not ours."""
    for name, found in (("_", tr), ("ngettext", tr_counted)):  # the two names by which it asks for its sentences
        setattr(argparse, name, found)


def asked_language(words: Sequence[str]) -> str:
    """The language that `--lang` asks for, found before the grammar is known, so that its errors and help speak it too."""
    for word, after in pairwise((*words, "")):
        if word == "--lang":
            return after
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return ""
