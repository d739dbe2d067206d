"""Entries that a link could not read, listed for the user."""

from __future__ import annotations

from collections.abc import Iterable
from dataclasses import dataclass

from twin.model.text import Text

MAX_SKIPPED = 1_000
"""Most entries that one link lists; a last one counts the rest."""


@dataclass(frozen=True, slots=True)
class Skipped:
    """One entry of a link that is left out: an entity, a component, a message."""

    where: str
    """Topic, register, entity or device, as the link's own system names it; empty for the link as a whole."""
    reason: Text


def bounded(found: Iterable[Skipped]) -> tuple[Skipped, ...]:
    """Each entry once, in the order given; at most MAX_SKIPPED plus one that counts the rest."""
    once = tuple(dict.fromkeys(found))
    if len(once) <= MAX_SKIPPED:
        return once
    return (*once[:MAX_SKIPPED], Skipped("", Text("skipped.more", n=len(once) - MAX_SKIPPED)))
