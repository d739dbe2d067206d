"""Notifications: channels, recipients, and the outbox of messages that are still to be delivered.

An annunciation of an alarm becomes one message, and one delivery for each recipient that it concerns. Deliveries have
stable ids: at-least-once delivery repeats the same id after a crash, so that a receiver can tell a repetition.
"""

from __future__ import annotations

from collections.abc import Collection, Iterable
from datetime import timedelta, tzinfo
from email.errors import MessageError
from email.headerregistry import AddressHeader
from email.message import EmailMessage
from enum import StrEnum
from hashlib import blake2s
from typing import cast

from msgspec import Struct
from msgspec.structs import replace

from twin.rules.alarm_flood import TOLD
from twin.rules.alarm_state import AlarmEvent, AlarmEventKind, AlarmPhase
from twin.rules.automation import EVERY_DAY, RuleDays
from twin.rules.schedule import Calendars
from twin.rules.wall_clock import DAY_MINUTES, instant_ms, local, minute_of_day

FIRST_RETRY_MS, LONGEST_RETRY_MS = 30_000, 3_600_000
GIVE_UP_MS = 24 * 3_600_000
"""Age (ms) from which a delivery that keeps failing is given up."""
MOST_DELIVERIES = 5_000
"""Most deliveries that wait; beyond that the least urgent are dropped, the oldest of them first, and traced."""
GIVE_UP_TRIES = 20
"""Fewest tries before a delivery is given up for its age: a time in which no engine ran does not count."""
NOTICE_PRIORITY = 3
"""Priority of the message of an automation."""


class ChannelKind(StrEnum):
    """Way of a message to its recipient."""

    EMAIL = "email"
    WEBHOOK = "webhook"
    NTFY = "ntfy"
    MQTT = "mqtt"


class ChannelSecurity(StrEnum):
    """Encryption of an SMTP connection."""

    STARTTLS = "starttls"
    TLS = "tls"
    NONE = "none"


class NotificationChannel(Struct, frozen=True, kw_only=True):
    """A server that carries messages; its password or token is in the keyring."""

    id: str
    title: str = ""
    kind: ChannelKind
    address: str
    """`host:port` of an SMTP server, URL of a webhook or ntfy server, `mqtt://` or `mqtts://` URL of a broker."""
    security: ChannelSecurity = ChannelSecurity.STARTTLS
    user: str = ""
    sender: str = ""
    """Address that e-mails come from."""
    topic: str = ""
    """Topic of ntfy or MQTT."""
    pin: str = ""
    """SHA-256 of the only certificate that is trusted; empty: those signed by an authority."""
    ca: str = ""
    """File with the certificates of an authority of one's own; empty: those of the system."""


class ChannelUse(Struct, frozen=True, kw_only=True):
    """A channel of a recipient. `to`: e-mail address, or a topic of its own."""

    channel: str
    to: str = ""


class QuietHours(Struct, frozen=True, kw_only=True):
    """Local hours, minutes of the day, in which only urgent messages are delivered; `end` may be on the next day."""

    begin: int
    end: int
    days: RuleDays = EVERY_DAY
    through: int = 1
    """Priority that is delivered nevertheless, and all more urgent ones; 0: none."""

    def end_of(self, now_ms: int, zone: tzinfo, calendars: Calendars) -> int | None:
        """When the present quiet hours end, UTC ms; None outside of them. The day is that on which they began."""
        moment = local(now_ms, zone)
        for back in (0, 1):
            day = moment.date() - timedelta(days=back)
            minute = minute_of_day(moment) + back * DAY_MINUTES
            end = self.end + (DAY_MINUTES if self.end <= self.begin else 0)
            if self.begin <= minute < end and self.days.has(day, calendars):
                return instant_ms(day + timedelta(days=end // DAY_MINUTES), end % DAY_MINUTES, zone)
        return None


class Recipient(Struct, frozen=True, kw_only=True):
    """A person or duty that gets messages."""

    id: str
    title: str = ""
    uses: tuple[ChannelUse, ...] = ()
    priority: int = 4
    """Least urgent priority that is delivered, 1 to 4."""
    classes: tuple[str, ...] = ()
    """Classes of alarms (`AlarmClass`); empty: all."""
    places: tuple[str, ...] = ()
    """Ids of rooms and storeys; empty: the whole building, and what has no place."""
    after_ms: int = 0
    """Escalation: time (ms) without acknowledgement after which the message is delivered; 0: at once."""
    quiet: QuietHours | None = None
    returns: bool = False
    """Whether the end of an alarm is delivered, too."""
    notices: bool = True
    """Whether messages of automations are delivered."""


class MessageKind(StrEnum):
    """What a message is about."""

    ALARM = "alarm"
    RETURNED = "returned"
    FLOOD = "flood"
    NOTICE = "notice"
    TEST = "test"


class Message(Struct, frozen=True, kw_only=True):
    """A message in the language of the engine; times UTC ms."""

    id: str
    kind: MessageKind
    time_ms: int
    title: str
    text: str = ""
    alarm: str = ""
    priority: int = NOTICE_PRIORITY
    category: str = ""
    places: tuple[str, ...] = ()
    """Ids of the room and storey that it is about."""
    to: tuple[str, ...] = ()
    """Ids of the only recipients; empty: everyone that it concerns."""


class Delivery(Struct, frozen=True, kw_only=True):
    """A message on its way to one recipient."""

    id: str
    message: Message
    recipient: str
    use: ChannelUse
    due_ms: int
    tries: int = 0
    unless_over: bool = False
    """Whether it is dropped once its alarm is acknowledged or over: an escalation, or one delayed by quiet hours."""
    first_try_ms: int = 0
    """When it was tried first, UTC ms; 0: not yet."""
    over: bool = False
    """Whether its alarm has returned to normal since, which the title of a later try includes."""


class Outbox(Struct, frozen=True, kw_only=True):
    """Deliveries that wait for their time, their first try or the next one."""

    deliveries: tuple[Delivery, ...] = ()

    @property
    def due_ms(self) -> int | None:
        """When the next delivery is due, UTC ms; None where nothing waits."""
        return min((one.due_ms for one in self.deliveries), default=None)


def is_mail_address(text: str) -> bool:
    """Whether a text is one or more e-mail addresses (RFC 5322), also with names of people, or mailboxes of the server."""
    mail = EmailMessage()
    try:
        mail["To"] = text
        found = cast("AddressHeader", mail["To"]).addresses
        return bool(found) and all(one.username and (one.domain or "@" not in one.addr_spec) for one in found)
    except (IndexError, AttributeError, ValueError, MessageError):  # what the standard library raises for parts of one
        return False


def message_id(*parts: object) -> str:
    """A stable id of a message or delivery."""
    return blake2s("\0".join(map(str, parts)).encode(), digest_size=10).hexdigest()


def announced(events: Iterable[AlarmEvent]) -> list[tuple[MessageKind, AlarmEvent]]:
    """The events of which people are told, one message each: those of a flood only by its begin and end."""
    found: list[tuple[MessageKind, AlarmEvent]] = []
    for one in events:
        if one.kind in (AlarmEventKind.FLOOD_BEGAN, AlarmEventKind.FLOOD_ENDED):
            found.append((MessageKind.FLOOD, one))
        elif one.annunciated and one.kind in TOLD and not one.grouped:
            found.append((MessageKind.ALARM, one))
        elif one.annunciated and one.kind is AlarmEventKind.RETURNED:
            found.append((MessageKind.RETURNED, one))
    return found


_HIDES = frozenset((AlarmEventKind.SHELVED, AlarmEventKind.SUPPRESSED, AlarmEventKind.OUT_OF_SERVICE, AlarmEventKind.REMOVED))  # fmt: skip
_WAITS = frozenset((AlarmPhase.UNACK, AlarmPhase.RTN_UNACK, AlarmPhase.LATCHED_UNACK))


def ended_alarms(events: Iterable[AlarmEvent]) -> frozenset[str]:
    """Alarms that wait for no person any more: acknowledged, returned to normal, or hidden."""
    last = {one.alarm: one for one in events if one.kind is not AlarmEventKind.REFUSED}
    return frozenset(id for id, one in last.items() if one.kind in _HIDES or one.phase not in _WAITS)


def concerns(message: Message, recipient: Recipient) -> bool:
    """Whether a recipient gets a message."""
    if message.kind is MessageKind.NOTICE:
        return recipient.id in message.to if message.to else recipient.notices
    if message.kind is MessageKind.RETURNED and not recipient.returns:
        return False
    if message.to:
        return recipient.id in message.to
    if message.priority > recipient.priority:
        return False
    if message.kind is MessageKind.FLOOD:
        return True
    in_class = not recipient.classes or message.category in recipient.classes
    return in_class and (not recipient.places or bool(set(recipient.places) & set(message.places)))


def addressed(
    message: Message, recipients: Iterable[Recipient], now_ms: int, zone: tzinfo, calendars: Calendars
) -> list[Delivery]:
    """The deliveries of a message: escalations after their time, others at once, or when quiet hours end."""
    found: list[Delivery] = []
    for one in recipients:
        if not concerns(message, one):
            continue
        after_ms = one.after_ms if message.kind is MessageKind.ALARM else 0
        due_ms = now_ms + after_ms
        later = _quiet_end(message, one, due_ms, zone, calendars)
        found += [
            Delivery(
                id=message_id(message.id, one.id, use.channel, use.to), message=message, recipient=one.id, use=use,
                due_ms=later or due_ms,
                unless_over=message.kind is MessageKind.ALARM and bool(after_ms or later is not None),
            )
            for use in dict.fromkeys(one.uses)
        ]  # fmt: skip
    return found


_URGENT = frozenset((MessageKind.ALARM, MessageKind.FLOOD))


def put(outbox: Outbox, deliveries: Iterable[Delivery]) -> Outbox:
    """The outbox with more deliveries; one whose id is in it already is not put twice. A full one loses the least urgent:
    notices and ends of alarms first, then by priority and age."""
    known = {one.id for one in outbox.deliveries}
    more = [one for one in deliveries if one.id not in known]
    if not more:
        return outbox
    found = (*outbox.deliveries, *more)
    if len(found) > MOST_DELIVERIES:
        least = sorted(
            found, key=lambda one: (one.message.kind not in _URGENT, one.message.priority, -one.message.time_ms)
        )
        kept = {one.id for one in least[:MOST_DELIVERIES]}
        found = tuple(one for one in found if one.id in kept)
    return replace(outbox, deliveries=found)


def withdrawn(outbox: Outbox, alarms: Collection[str]) -> tuple[Outbox, tuple[Delivery, ...]]:
    """The outbox without what is not to be delivered once these alarms wait for no person any more, and that."""
    gone = tuple(one for one in outbox.deliveries if one.unless_over and one.message.alarm in alarms)
    if not gone:
        return outbox, ()
    ids = {one.id for one in gone}
    return replace(outbox, deliveries=tuple(one for one in outbox.deliveries if one.id not in ids)), gone


def unaddressed(outbox: Outbox, alarms: Collection[str]) -> Outbox:
    """The outbox without all that tells of these alarms; the same object where there is nothing of it."""
    rest = tuple(one for one in outbox.deliveries if one.message.alarm not in alarms)
    return outbox if len(rest) == len(outbox.deliveries) else replace(outbox, deliveries=rest)


def marked_over(outbox: Outbox, alarms: Collection[str]) -> Outbox:
    """The outbox once these alarms returned to normal: what still waits for its next try is marked."""

    def stale(one: Delivery) -> bool:
        return one.message.kind is MessageKind.ALARM and one.message.alarm in alarms and not one.over

    if not any(map(stale, outbox.deliveries)):
        return outbox
    return replace(
        outbox, deliveries=tuple(replace(one, over=True) if stale(one) else one for one in outbox.deliveries)
    )


def shifted(outbox: Outbox, by_ms: int) -> Outbox:
    """The outbox after the clock jumped by `by_ms`: escalations and retries keep the time that they have waited."""
    return replace(
        outbox,
        deliveries=tuple(
            replace(one, due_ms=one.due_ms + by_ms, first_try_ms=one.first_try_ms and one.first_try_ms + by_ms)
            for one in outbox.deliveries
        ),
    )


def still_wanted(
    one: Delivery, recipient: Recipient | None, now_ms: int, zone: tzinfo, calendars: Calendars
) -> Delivery | None:
    """A due delivery as its recipient is told now: to the present address, after quiet hours that have begun since; None
    where the recipient is gone, or does not ask for it any more."""
    if recipient is None or not concerns(one.message, recipient):
        return None
    use = next((each for each in recipient.uses if each == one.use), None)
    use = use or next((each for each in recipient.uses if each.channel == one.use.channel), None)
    if use is None:
        return None
    quiet_end_ms = _quiet_end(one.message, recipient, now_ms, zone, calendars)
    return replace(one, use=use, due_ms=one.due_ms if quiet_end_ms is None else quiet_end_ms)


def _quiet_end(message: Message, recipient: Recipient, at_ms: int, zone: tzinfo, calendars: Calendars) -> int | None:
    """When the quiet hours end that hold a message back, UTC ms; None where there are none."""
    if recipient.quiet is None or message.priority <= recipient.quiet.through:
        return None
    return recipient.quiet.end_of(at_ms, zone, calendars)


def without(outbox: Outbox, id: str) -> Outbox:
    """The outbox without one delivery."""
    return replace(outbox, deliveries=tuple(one for one in outbox.deliveries if one.id != id))


def due_on(outbox: Outbox, channel: str, now_ms: int) -> list[Delivery]:
    """What is due on a channel, the most urgent first, and the oldest of those."""
    due = (one for one in outbox.deliveries if one.use.channel == channel and one.due_ms <= now_ms)
    return sorted(due, key=lambda one: (one.message.priority, one.message.time_ms))


def failed(outbox: Outbox, ids: Collection[str], now_ms: int, *, lasting: bool) -> tuple[Outbox, tuple[Delivery, ...]]:
    """The outbox after tries failed, and the deliveries that are given up: after a `lasting` refusal, or a day and
    GIVE_UP_TRIES of tries; each pause is twice as long as the one before."""
    kept, gone = list[Delivery](), list[Delivery]()
    for one in outbox.deliveries:
        if one.id not in ids:
            kept.append(one)
        elif lasting or (one.tries >= GIVE_UP_TRIES and now_ms - (one.first_try_ms or now_ms) >= GIVE_UP_MS):
            gone.append(one)
        else:
            pause_ms = min(FIRST_RETRY_MS << min(one.tries, 20), LONGEST_RETRY_MS)
            first_ms = one.first_try_ms or now_ms
            kept.append(replace(one, tries=one.tries + 1, due_ms=now_ms + pause_ms, first_try_ms=first_ms))
    return replace(outbox, deliveries=tuple(kept)), tuple(gone)
