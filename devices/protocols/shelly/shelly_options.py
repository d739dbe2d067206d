"""How a link to a Shelly is addressed, its options, and how a Shelly names itself in announcements."""

from __future__ import annotations

import re

from devices.contract import Service
from devices.host_link import HostScheme
from devices.timing_options import period_option
from twin.model.link_option import LinkOption, OptionKind
from twin.model.text import Text

SERVICE = "_shelly._tcp"
OPTIONS = (
    period_option("30", Text("shelly.option.period.help")),
    LinkOption(
        name="push",
        title=Text("shelly.option.push"),
        kind=OptionKind.NUMBER,
        default="0",
        minimum=0,
        maximum=65535,
        example="8123",
        help=Text("shelly.option.push.help"),
    ),
)
ADDRESSES = HostScheme(protocol="shelly", title="Shelly", port=80, options=OPTIONS)
_MAC = re.compile(r"[0-9a-f]{12}$")


def mac_of(service: Service) -> str:
    """The hardware address at the end of an instance's or host's name (`shellyplus1-a8032ab12345`); empty for none."""
    for name in (service.name, service.host.partition(".")[0]):
        if found := _MAC.search(name.lower()):
            return found.group()
    return ""
