"""How a link to a Hue bridge is addressed, its options, and how a bridge names itself in announcements."""

from __future__ import annotations

import re

from devices.contract import Service
from devices.host_link import HostScheme
from devices.timing_options import HEARTBEATS, period_option
from twin.model.link_option import LinkOption, OptionKind
from twin.model.text import Text

SERVICE = "_hue._tcp"
UID = re.compile(r"[0-9a-f]{16}")
"""The id of a bridge: its hardware address as EUI-64."""
OPTIONS = (
    LinkOption(
        name="groups",
        title=Text("hue.option.groups"),
        kind=OptionKind.FLAG,
        default="yes",
        help=Text("hue.option.groups.help"),
    ),
    period_option("30", Text("hue.option.period.help"), title=HEARTBEATS, maximum_s=600.0),
)
ADDRESSES = HostScheme(protocol="hue", title="Hue", port=443, options=OPTIONS, uid=UID.pattern)


def uid_in(service: Service) -> str:
    """The bridge's id in an announcement; empty where it has none."""
    found = service.txt.get("bridgeid", "").lower()
    return found if UID.fullmatch(found) else ""
