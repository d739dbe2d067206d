"""Ids that stay the same from import to import and are never given twice, whatever the file repeats."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from twin.model.ids import derived


@dataclass(slots=True)
class StableIds:
    """Gives out ids made of stable parts; the second thing of the same parts gets an id of its own."""

    _given: Counter[tuple[str, ...]] = field(default_factory=Counter[tuple[str, ...]])

    def of(self, *parts: str) -> str:
        """The id of a thing; the same call sequence always gives the same ids."""
        n = self._given[parts]
        self._given[parts] = n + 1
        return derived(*parts, f"again {n}") if n else derived(*parts)

    @property
    def repeated(self) -> int:
        """Number of things whose name was already taken by another."""
        return sum(n - 1 for n in self._given.values())
