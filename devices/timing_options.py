"""Options of a link that several protocols have: the seconds between requests, and for an answer."""

from __future__ import annotations

from twin.model.link_option import LinkOption, OptionKind
from twin.model.text import Text

READINGS, HEARTBEATS = Text("link.option.period"), Text("link.option.heartbeat")


def period_option(default_s: str, help: Text, *, title: Text = READINGS, maximum_s: float = 3600.0) -> LinkOption:
    """Seconds between two readings of a device's values, or between HEARTBEATS where the device pushes its values."""
    return LinkOption(
        name="period",
        title=title,
        kind=OptionKind.NUMBER,
        default=default_s,
        minimum=0.2,
        maximum=maximum_s,
        help=help,
    )


def timeout_option(default_s: str, help: Text, *, minimum_s: float) -> LinkOption:
    """Seconds until a request counts as unanswered."""
    return LinkOption(
        name="timeout",
        title=Text("link.option.timeout"),
        kind=OptionKind.NUMBER,
        default=default_s,
        minimum=minimum_s,
        maximum=30.0,
        help=help,
    )
