"""Edits of definitions by persons on other machines who are no administrators: they change nothing of another person's
care, nor who is told of it."""

from __future__ import annotations

from collections.abc import Callable, Iterable, Sequence

from twin.model.care import CareConsent
from twin.model.definition import Definition, DefinitionEdit, DefinitionKind, Definitions
from twin.model.problem import Problem, ProblemError
from twin.rules.care_alarms import care_ids
from twin.rules.care_recipients import ways_of_care
from twin.rules.definition_body import read_rules


def refuse_edits_of_care(
    edits: Sequence[DefinitionEdit], there: Definitions, others: Iterable[CareConsent], hides: Callable[[str], bool]
) -> None:
    """Raises ProblemError where edits name alarms that `hides` takes, or change who is told by the consents of others."""
    for one in edits:
        known, new = there.find(one.kind, one.id), one.definition
        named = [one.id, *(id for each in (known, new) if each is not None for id in care_ids(each.body))]
        if any(map(hides, named)):
            raise ProblemError(Problem(code="care.private"))
    told = [one for one in edits if one.kind in (DefinitionKind.RECIPIENT, DefinitionKind.CHANNEL)]
    if not told or not (consents := tuple(others)):
        return
    before, after = (read_rules(each) for each in (_of_ways(there), _of_ways(there, told)))
    for consent in consents:
        contacts = consent.setup.contacts
        old, new = (ways_of_care(contacts, one.recipients.values(), one.channels) for one in (before, after))
        if old != new:
            raise ProblemError(Problem(code="care.recipients", args={"person": consent.setup.person}))


def _of_ways(there: Definitions, edits: Sequence[DefinitionEdit] = ()) -> Definitions:
    """The recipients and channels alone, once these edits are made."""

    def of(kind: DefinitionKind) -> tuple[Definition, ...]:
        changed = {one.id: one.definition for one in edits if one.kind is kind}
        found = {one.id: one for one in there.of(kind)} | changed
        return tuple(one for one in found.values() if one is not None)

    return Definitions(recipients=of(DefinitionKind.RECIPIENT), channels=of(DefinitionKind.CHANNEL))
