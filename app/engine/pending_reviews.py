"""Import reviews that may be accepted: the engine stores them, clients name them by id."""

from __future__ import annotations

from dataclasses import replace

from twin.model.import_review import Review
from twin.model.problem import Problem, ProblemError

MOST_REVIEWS = 8
"""Most reviews kept, as each holds a whole building; the oldest are dropped beyond that."""


class PendingReviews:
    """Import reviews of one open project, by id. Event loop only."""

    def __init__(self) -> None:
        self._kept: dict[str, Review] = {}

    def keep(self, review: Review) -> Review:
        """Keeps a review and returns it with its new, unguessable id."""
        from secrets import token_hex  # brings OpenSSL, which no window needs before its first frame

        kept = replace(review, id=token_hex(16))
        self._kept[kept.id] = kept
        while len(self._kept) > MOST_REVIEWS:
            del self._kept[next(iter(self._kept))]
        return kept

    def find(self, id: str) -> Review:
        """The review with this id. Raises ProblemError where it was accepted, dropped or never made."""
        review = self._kept.get(id)
        if review is None:
            raise ProblemError(Problem(code="review.gone", retry=True))
        return review

    def forget(self, id: str) -> None:
        """Removes a review that was accepted."""
        self._kept.pop(id, None)
