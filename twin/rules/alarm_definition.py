"""Definition of an alarm: condition, delays, priority and instruction (ISA-18.2-2016, IEC 62682:2022)."""

from __future__ import annotations

from enum import IntEnum, StrEnum

from msgspec import Struct

MINUTE_MS = 60_000
HOUR_MS = 3_600_000


class AlarmPriority(IntEnum):
    """Priority, 1 is the most urgent. BACnet priorities: 0 to 63, to 127, to 191, to 255."""

    CRITICAL = 1
    HIGH = 2
    MEDIUM = 3
    LOW = 4


class AlarmClass(StrEnum):
    """Category of the harm that an alarm warns of."""

    SAFETY = "safety"
    """Danger to life: cannot be shelved. Suppression depends on the priority: critical alarms are never suppressed."""
    SECURITY = "security"
    CARE = "care"
    """A person may need help. Nothing here is a medical alarm."""
    PROPERTY = "property"
    COMFORT = "comfort"
    ENERGY = "energy"
    SERVICE = "service"


class High(Struct, frozen=True, tag=True):
    """Condition: the value is above a limit."""

    limit: float


class Low(Struct, frozen=True, tag=True):
    """Condition: the value is below a limit."""

    limit: float


class Equals(Struct, frozen=True, tag=True):
    """Condition: the value equals this number (a bool, or the code of an enum)."""

    value: float


class Deviation(Struct, frozen=True, tag=True):
    """Condition: the value is more than `by` away from that of another key, such as a set-point or a second sensor."""

    other: str
    by: float


class Rate(Struct, frozen=True, tag=True):
    """Condition: the value changes faster than `per_hour`, up or down, measured over `over_ms`."""

    per_hour: float
    over_ms: int = 10 * MINUTE_MS


class Silent(Struct, frozen=True, tag=True):
    """Condition: no report for longer than `after_ms`; for an online key also while it is 0."""

    after_ms: int


class SetByRule(Struct, frozen=True, tag="Told"):
    """Condition: set by a rule, a warning or a device; holds while the key is 1."""


type AlarmCondition = High | Low | Equals | Deviation | Rate | Silent | SetByRule


class AlarmDefinition(Struct, frozen=True, kw_only=True):
    """One alarm. Limits and deadband are in the key's canonical unit, times in ms."""

    id: str
    key: str
    """The watched key of `RuleView`."""
    condition: AlarmCondition
    priority: AlarmPriority = AlarmPriority.MEDIUM
    category: AlarmClass = AlarmClass.SERVICE
    deadband: float = 0.0
    """Hysteresis: distance that the value must return by before the condition counts as over."""
    on_ms: int = 0
    off_ms: int = 0
    latching: bool = False
    """True: the alarm stays until it is reset."""
    needs_ack: bool = True
    """False: a notice that needs no acknowledgement."""
    ack_return: bool = False
    """True: an alarm that returned before it was acknowledged still needs an acknowledgement."""
    max_shelf_ms: int = 8 * HOUR_MS
    escalate_ms: int = 0
    """Time without acknowledgement, ms, after which the priority rises by one and the alarm is annunciated again; 0:
    never.
    """
    realarm_ms: int = 0
    """Time after which an acknowledged alarm that is still active is annunciated again, ms; 0: never."""
    parents: tuple[str, ...] = ()
    """Alarms that explain this one: it is suppressed while one of them is active."""
    notice_ms: int = 0
    """Longest delay from the cause to the key's change (a keep-alive, a poll), ms; child alarms are held back by it."""
    interval_ms: int = 0
    """Longest interval between reports of the watched key, ms; 0 where not known."""
    version: int = 1
    """Increased with every edit: delays restart, the phase is kept."""
    title: str = ""
    to: tuple[str, ...] = ()
    """Ids of the only recipients of its notifications; empty: everyone that it concerns."""
    room: str = ""
    limit_source: str = ""
    cause: str = ""
    consequence: str = ""
    what_to_do: str = ""
    """Instruction in the user's words; empty for default alarms, whose texts follow from the first part of `id`."""
    respond_ms: int = 0
    review_on: str = ""

    @property
    def longest_shelf_ms(self) -> int:
        """Longest time for which the alarm may be shelved, ms; 0: never."""
        return 0 if self.category is AlarmClass.SAFETY else self.max_shelf_ms

    @property
    def detection_ms(self) -> int:
        """Longest time from the cause to the active alarm, ms."""
        return self.notice_ms + self.on_ms + (self.condition.after_ms if isinstance(self.condition, Silent) else 0)


def priority_of(consequence: int, respond_ms: int) -> AlarmPriority:
    """Priority from the consequence (1 slight to 4 grave) and the time to respond, ms (ISA-18.2 rationalisation
    matrix).
    """
    urgency = 0 if respond_ms > 30 * MINUTE_MS else 1 if respond_ms >= 10 * MINUTE_MS else 2
    return AlarmPriority(min(4, max(1, 6 - consequence - urgency)))
