"""argparse in the user's language: its messages are looked up in our catalogues by their English text."""

from __future__ import annotations

import argparse
from collections.abc import Sequence
from itertools import pairwise

from app.i18n import tr, tr_counted


def translate_argparse() -> None:
    """Makes argparse use our catalogues instead of the system's gettext domain."""
    for name, found in (("_", tr), ("ngettext", tr_counted)):  # the two names by which it asks for its sentences
        setattr(argparse, name, found)


def asked_language(words: Sequence[str]) -> str:
    """The language given by `--lang`, read before parsing, so that errors and help use it too."""
    for word, after in pairwise((*words, "")):
        if word == "--lang":
            return after
        if word.startswith("--lang="):
            return word.removeprefix("--lang=")
    return ""
