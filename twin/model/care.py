"""Care: what a person has agreed to be watched for, and what is known of her day. It is no medical alarm."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from twin.model.ids import PointId
from twin.model.text import Text


class CareRole(StrEnum):
    """What a sign of a sensor means."""

    INSIDE = "inside"
    BATH = "bath"
    """Inside, in a bathroom."""
    DOOR = "door"
    """An outer door was opened or closed."""


class CareKind(StrEnum):
    """What is watched for."""

    SILENCE = "silence"
    """Nothing stirs for longer than ever at this time of the day."""
    MORNING = "morning"
    BATH = "bath"
    NIGHT = "night"
    """More changes of the room by night than usual."""
    DOOR = "door"
    """An outer door by night."""
    CHANGE = "change"
    """A routine that changes over weeks."""


class CareState(StrEnum):
    """What the watch does now."""

    OFF = "off"
    """No person has agreed: nothing is looked at."""
    PAUSED = "paused"
    BLIND = "blind"
    """None of the sensors can be reached."""
    WAITING = "waiting"
    """Nothing was seen since the agreement."""
    AWAY = "away"
    WELL = "well"
    ASKING = "asking"
    ALARM = "alarm"
    """The question was not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareSource:
    """A point whose changes are signs of the person."""

    point: PointId
    role: CareRole = CareRole.INSIDE


@dataclass(frozen=True, slots=True, kw_only=True)
class CareSetup:
    """What a person agrees to. Only this is looked at."""

    person: str
    sources: tuple[CareSource, ...] = ()
    kinds: tuple[CareKind, ...] = tuple(CareKind)
    lamp: PointId | None = None
    """The switch of a lamp that blinks as a question; None: only a notification asks."""
    contacts: tuple[str, ...] = ()
    """Ids of the recipients of notifications who are told; empty: all those who get alarms of the class care."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareConsent:
    """A recorded agreement. Times are UTC ms."""

    setup: CareSetup
    given_ms: int
    recorded_by: str
    """Who recorded it; empty where unknown."""
    pauses: tuple[tuple[int, int], ...] = ()
    """Times [begin, end), UTC ms, in which nothing is looked at: vacations and visits."""
    key: str = ""
    """What tells its alarms from those of others in care; made by chance, so that nothing else has to name the person."""

    def paused_until(self, now_ms: int) -> int | None:
        """End of the pause that lasts at a time (UTC ms); None outside of pauses."""
        return max((end for begin, end in self.pauses if begin <= now_ms < end), default=None)


@dataclass(frozen=True, slots=True, kw_only=True)
class CareQuestion:
    """A question to the person that is not answered yet. Times are UTC ms."""

    kind: CareKind
    asked_ms: int
    household: bool = False
    """Whether it is asked because nothing stirs in the whole home: then any sign in it answers."""
    told: bool = False
    """Whether others were told because the question was not answered."""


@dataclass(frozen=True, slots=True, kw_only=True)
class CareEvent:
    """One row of the log of care: UTC ms."""

    time_ms: int
    text: Text


@dataclass(frozen=True, slots=True, kw_only=True)
class CareStatus:
    """What is known now. Times are UTC ms, None or NaN where not known."""

    at_ms: int = 0
    state: CareState = CareState.OFF
    consent: CareConsent | None = None
    learned_days: int = 0
    """Recorded days since the agreement, at most 28: with fewer, 12 hours of silence are the limit."""
    last_sign_ms: int | None = None
    silence_ms: int = 0
    limit_ms: int = 0
    """Silence from which the person is asked now."""
    away_since_ms: int | None = None
    question: CareQuestion | None = None
    profile_ms: tuple[float, ...] = ()
    """By half hour of the local day from midnight on: the silence from which the person is asked."""
    longest_ms: tuple[float, ...] = ()
    """By half hour: the longest silence that was learned."""
    morning_min: float = float("nan")
    """Minute of the day until which a sign is expected."""
    common: tuple[PointId, ...] = ()
    """Sources that others in care have agreed to, too: they tell of the household only."""
    own: bool = True
    """Whether a source inside is the person's alone; else only the silence of the household is judged."""
    unreachable: tuple[PointId, ...] = ()
    """Sources whose device is offline."""
    told: tuple[str, ...] = ()
    """Titles of the recipients of notifications who are told without an answer."""
    events: tuple[CareEvent, ...] = ()
    """What happened, the newest first."""
