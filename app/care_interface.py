"""The part of the engine's interface that looks after persons who have agreed to it."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from app.home_interface import HomeApi
from app.privacy_interface import PrivacyApi
from twin.model.care import CareSetup, CareStatus


class CareApi(HomeApi, PrivacyApi, Protocol):
    """Care of persons. Futures fail with ProblemError. From other machines only administrators and the person herself are
    answered."""

    def care(self) -> Future[tuple[CareStatus, ...]]:
        """Of each person in care the consent, what is watched, what was learned, and the state now; empty without a consent."""
        ...

    def agree_to_care(self, setup: CareSetup) -> Future[None]:
        """Records the consent of a person, in place of an earlier one of hers, and what is looked at from now on; no undo step.
        Fails with ProblemError where it names no person or no sensor, or an unknown point or recipient."""
        ...

    def withdraw_care(self, person: str = "", *, recordings: bool = False) -> Future[None]:
        """Ends the care of a person (empty: of the only one) and deletes what was learned; with `recordings` also what the
        watched sensors recorded, but those of meters and those that others have agreed to. No undo step. Fails with
        ProblemError without a consent."""
        ...

    def pause_care(self, until_ms: int, person: str = "") -> Future[None]:
        """Looks at nothing of a person (empty: the only one) until a time (UTC ms); a past one ends the pause. Fails with
        ProblemError."""
        ...

    def answer_care(self, person: str = "") -> Future[None]:
        """Takes the answer of a person (empty: the only one) that she is well. Fails with ProblemError."""
        ...
