"""Care of a person for callers from other machines who are no administrators: only a person herself is answered, and
only as an installer may she name what is looked at, and delete recordings."""

from __future__ import annotations

from collections.abc import Callable
from concurrent.futures import Future
from typing import TYPE_CHECKING

from app.author import author
from app.server.later_answers import then
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

    def care(self) -> Future[tuple[CareStatus, ...]]:
        """What is known of the caller; empty without a consent."""

        def own(found: tuple[CareStatus, ...]) -> tuple[CareStatus, ...]:
            mine = tuple(one for one in found if one.consent is not None and _is_caller(one.consent.setup.person))
            if found and not mine:
                raise ProblemError(Problem(code="care.private"))
            return mine

        return then(self._care_host.care(), own)

    def agree_to_care(self, setup: CareSetup) -> Future[None]:
        """Records the caller's own consent."""
        return self._own(setup.person, lambda _: self._care_host.agree_to_care(setup), agreed=False)

    def withdraw_care(self, person: str = "", *, recordings: bool = False) -> Future[None]:
        """Ends the care of the caller. Fails with ProblemError `door.role` where the role may not delete recordings."""
        need = NEED["agree_to_care"]
        if recordings and self._care_role < need:
            return _refused(forbidden("withdraw_care", self._care_role.name.lower(), need.name.lower()))
        return self._own(person, lambda name: self._care_host.withdraw_care(name, recordings=recordings))

    def pause_care(self, until_ms: int, person: str = "") -> Future[None]:
        """Pauses the care of the caller."""
        return self._own(person, lambda name: self._care_host.pause_care(until_ms, name))

    def answer_care(self, person: str = "") -> Future[None]:
        """Takes the caller's answer."""
        return self._own(person, self._care_host.answer_care)

    def _own(self, person: str, ask: Callable[[str], Future[None]], *, agreed: bool = True) -> Future[None]:
        """The answer for the caller's name, if `person` is the caller, or empty; with `agreed` only once she has agreed."""
        if not author() or (person and not _is_caller(person)):
            return _refused(Problem(code="care.private"))
        if agreed and not any(_is_caller(one.setup.person) for one in self._care_host.care_consents()):
            return _refused(Problem(code="care.not_agreed_alone", args={"person": author()}))  # not who else has
        return ask(author())


def _is_caller(person: str) -> bool:
    return person.strip().casefold() == author().casefold()


def _refused(problem: Problem) -> Future[None]:
    refused = Future[None]()
    refused.set_exception(ProblemError(problem))
    return refused
