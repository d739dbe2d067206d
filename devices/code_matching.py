"""What an adapter may tell about pairing codes beside whether they are valid."""

from __future__ import annotations

from collections.abc import Callable
from typing import Protocol, runtime_checkable

from twin.model.candidate import Candidate


@runtime_checkable
class MatchesCodes(Protocol):
    """An adapter that tells which found devices a pairing code may be of."""

    def announced_by(self, code: str) -> Callable[[Candidate], bool]:
        """Whether a candidate may be the device of this code; the answer holds no secret. Raises ProblemError."""
        ...

    def is_same_code(self, code: str, other: str) -> bool:
        """Whether two codes are of one device, such as its digits and the text of its QR code. Raises ProblemError."""
        ...
