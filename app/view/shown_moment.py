"""What the panels show of a past moment besides values: which devices told something then; and that no command leaves it.

`Feed.state` has the values. A preview shows the present.
"""

from __future__ import annotations

from app.view.feed import Feed
from twin.model.ids import DeviceId


def is_past(feed: Feed) -> bool:
    """Whether the values shown are those of a past moment."""
    return feed.past is not None and not feed.is_previewing


def is_shown_online(feed: Feed, device: DeviceId) -> bool:
    """Whether a device is online, or at the past moment that is shown had a value; one without points counts as online then."""
    past, found = feed.past, feed.twin.device_of.get(device)
    if past is None or feed.is_previewing or found is None:
        return feed.is_online(device)
    return not found.points or past.has_value(point.id for point in found.points)


def refuses_in_past(feed: Feed) -> bool:
    """Whether nothing may be sent since a past moment is chosen; the user is then told so."""
    if feed.selection.state.moment_ms is None:
        return False
    feed.refused_in_past.emit()
    return True
