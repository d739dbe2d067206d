"""Who is told of a person's care: those whom the consent names, or all those who get alarms of the class care."""

from __future__ import annotations

from collections.abc import Collection, Iterable, Mapping

from msgspec.structs import replace

from twin.rules.alarm_definition import AlarmClass, AlarmPriority
from twin.rules.notification import ChannelUse, NotificationChannel, Recipient


def told_of_care(contacts: Collection[str], recipients: Iterable[Recipient]) -> tuple[Recipient, ...]:
    """The recipients with an address who are told; `contacts`: ids of the only ones, empty: all those of the class care."""
    return tuple(one for one in recipients if one.uses and (one.id in contacts if contacts else _gets_care(one)))


def ways_of_care(
    contacts: Collection[str], recipients: Iterable[Recipient], channels: Mapping[str, NotificationChannel]
) -> frozenset[tuple[Recipient, ChannelUse, NotificationChannel | None]]:
    """Who is told where, over which servers, and when; titles make no difference."""
    return frozenset(
        (_way(one), use, replace(way, title="") if (way := channels.get(use.channel)) is not None else None)
        for one in told_of_care(contacts, recipients)
        for use in one.uses
    )


def _way(one: Recipient) -> Recipient:
    return replace(one, title="", uses=(), classes=(), places=(), notices=True)


def _gets_care(one: Recipient) -> bool:
    in_class = not one.classes or AlarmClass.CARE.value in one.classes
    return in_class and not one.places and one.priority >= AlarmPriority.HIGH
