"""Reviews of building files that somebody may accept: the engine keeps them, clients name them by id."""

from __future__ import annotations

import secrets
from dataclasses import replace

from twin.model.import_review import Review
from twin.model.problem import Problem, ProblemError

MOST_REVIEWS = 8
"""Each holds a whole building; older ones are forgotten."""


class PendingReviews:
    """Of one open project. Event loop only."""

    def __init__(self) -> None:
        self._kept: dict[str, Review] = {}

    def keep(self, review: Review) -> Review:
        """The review with an id that nobody can guess."""
        kept = replace(review, id=secrets.token_hex(16))
        self._kept[kept.id] = kept
        while len(self._kept) > MOST_REVIEWS:
            del self._kept[next(iter(self._kept))]
        return kept

    def find(self, id: str) -> Review:
        """The review with this id; ProblemError where it was accepted, forgotten or never made."""
        review = self._kept.get(id)
        if review is None:
            raise ProblemError(Problem(code="review.gone", retry=True))
        return review

    def forget(self, id: str) -> None:
        """It was accepted."""
        self._kept.pop(id, None)
