"""Ids that are the same in every import of a file, and unique even where the file repeats names."""

from __future__ import annotations

from collections import Counter
from dataclasses import dataclass, field

from twin.model.ids import derived


@dataclass(slots=True)
class StableIds:
    """Derives ids from stable parts; repetitions of the same parts get further ids."""

    _given: Counter[tuple[str, ...]] = field(default_factory=Counter[tuple[str, ...]])

    def of(self, *parts: str) -> str:
        """The id for these parts; the same sequence of calls always gives the same ids."""
        n = self._given[parts]
        self._given[parts] = n + 1
        return derived(*parts, f"again {n}") if n else derived(*parts)

    @property
    def repeated(self) -> int:
        """Number of ids given to repetitions."""
        return sum(n - 1 for n in self._given.values())
