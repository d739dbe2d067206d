"""Care of a person for callers from other machines who are no administrators: only the person herself is answered, and
only as an installer may she name what is looked at, and delete recordings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from app.author import author
from app.server.later_answers import after
from app.server.problems import forbidden
from app.server.roles import NEED, Role
from twin.model.care import CareSetup, CareStatus
from twin.model.problem import Problem, ProblemError

if TYPE_CHECKING:
    from app.server.calls import Host


class OwnCare:
    """The methods of CareApi for the person who calls. Fail with ProblemError `care.private` for any other caller."""

    def __init__(self, host: Host, role: Role) -> None:
        self._care_host, self._care_role = host, role

    def care(self) -> Future[CareStatus]:
        """What is known of the caller."""
        return self._own(self._care_host.care)

    def agree_to_care(self, setup: CareSetup) -> Future[None]:
        """Records the caller's own consent."""
        return self._own(lambda: self._care_host.agree_to_care(setup), person=setup.person)

    def withdraw_care(self, *, recordings: bool = False) -> Future[None]:
        """Ends the care of the caller. Fails with ProblemError `door.role` where the role may not delete recordings."""
        need = NEED["agree_to_care"]
        if recordings and self._care_role < need:
            problem = forbidden("withdraw_care", self._care_role.name.lower(), need.name.lower())
            refused = Future[None]()
            refused.set_exception(ProblemError(problem))
            return refused
        return self._own(lambda: self._care_host.withdraw_care(recordings=recordings))

    def pause_care(self, until_ms: int) -> Future[None]:
        """Pauses the care of the caller."""
        return self._own(lambda: self._care_host.pause_care(until_ms))

    def answer_care(self) -> Future[None]:
        """Takes the caller's answer."""
        return self._own(self._care_host.answer_care)

    def _own[T](self, ask: Callable[[], Future[T]], person: str | None = None) -> Future[T]:
        """The answer, if the caller is the person in care and `person`; without a consent every caller is."""
        name = author().casefold()

        def checked(status: CareStatus) -> Future[T]:
            consent = status.consent
            persons = [one for one in (person, consent.setup.person if consent else None) if one is not None]
            if any(one.casefold() != name for one in persons):
                raise ProblemError(Problem(code="care.private"))
            return ask()

        return after(self._care_host.care(), checked)
