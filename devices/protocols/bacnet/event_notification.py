"""Event notifications: sent by a device when one of its objects changes its event state (ASHRAE 135-2020, clause 13)."""

from __future__ import annotations

from dataclasses import dataclass

from devices.protocols.bacnet.event_summaries import EVENT, NORMAL, TimeStamp, kind_of, urgency
from twin.model.device_alarm import DeviceAlarmKind, DeviceEvent
from twin.model.ids import clean_name

ACK_NOTIFICATION = 2
"""Notify_Type of a notification that an event was acknowledged (clause 21, BACnetNotifyType)."""
MAX_MESSAGE = 200
"""Characters of a message that are kept."""


@dataclass(frozen=True, slots=True, kw_only=True)
class EventNotification:
    """The content of a confirmed or unconfirmed EventNotification that is read."""

    object: str
    time: TimeStamp
    notification_class: int
    priority: int
    notify_type: int
    message: str
    """The device's own words; may be empty."""
    from_state: int | None
    """None in an acknowledgement."""
    to_state: int
    """The event state that the object came into, or that was acknowledged."""


def device_event(event: EventNotification, key: str, *, shared: bool = False) -> DeviceEvent:
    """A notification as an event of the point with this key; `shared`: which stands for several objects."""
    return DeviceEvent(
        key=key,
        kind=_kind(event.to_state),
        before=_kind(event.from_state or NORMAL),
        priority=urgency(event.priority),
        message=clean_name(event.message, MAX_MESSAGE),
        acknowledged=event.notify_type == ACK_NOTIFICATION,
        notice=event.notify_type == EVENT,
        priority_there=event.priority,
        notification_class=event.notification_class,
        shared=shared,
    )


def _kind(state: int) -> DeviceAlarmKind | None:
    return None if state == NORMAL else kind_of(state)
