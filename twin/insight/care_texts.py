"""Sentences of the state of care, for the window and the command line."""

from __future__ import annotations

from collections.abc import Iterator, Sequence

from twin.insight.care_profile import LEARN_DAYS
from twin.model.care import CareConsent, CareState, CareStatus
from twin.model.problem import Problem
from twin.model.text import Text

HOUR_MS = 3_600_000


def state_texts(status: CareStatus) -> Iterator[Text]:
    """The state now, what is learned, what is missing, and who would be told."""
    consent = status.consent
    if consent is None:
        yield Text("care.state.off")
        return
    person = consent.setup.person
    if status.question is not None and status.state in (CareState.ASKING, CareState.ALARM):
        why = Text("care.kind.household" if status.question.household else f"care.kind.{status.question.kind.value}")
        yield Text(f"care.state.{status.state.value}", person=person, why=why)
    else:
        yield Text(f"care.state.{status.state.value}", person=person)
    if status.last_sign_ms is not None and status.state in (CareState.WELL, CareState.ASKING, CareState.ALARM):
        yield Text("care.silence", silence=_hours(status.silence_ms), limit=_hours(status.limit_ms))
    if status.common:
        yield Text("care.common", n=len(status.common), of=len(consent.setup.sources))
        if not status.own:
            yield Text("care.none_own", person=person)
        if status.state is CareState.AWAY:
            yield Text("care.who_went")
    if status.profile_ms and status.learned_days < LEARN_DAYS:
        yield Text("care.learning", days=status.learned_days, of=LEARN_DAYS)
    if status.unreachable:
        yield Text("care.unreachable", n=len(status.unreachable), of=len(consent.setup.sources))
    yield Text("care.tells", who=list(status.told)) if status.told else Text("care.tells_nobody")


def not_agreed(person: str, consents: Sequence[CareConsent]) -> Problem:
    """The problem where a person (empty: any) has not agreed; with the names of those who have."""
    if not person or not consents:
        return Problem(code="care.no_consent")
    return Problem(
        code="care.not_agreed", args={"person": person.strip(), "names": [one.setup.person for one in consents]}
    )


def _hours(time_ms: int) -> str:
    return f"{time_ms // HOUR_MS}:{time_ms // 60_000 % 60:02d}"
