"""How a link to a KNX/IP interface is addressed, and its options."""

from __future__ import annotations

from dataclasses import dataclass

from devices.host_link import HostScheme
from devices.timing_options import HEARTBEATS, period_option
from twin.model.device import Link
from twin.model.link_option import LinkOption, OptionKind, option_values
from twin.model.text import Text

PORT = 3671
OPTIONS = (
    LinkOption(name="table", title=Text("knx.option.table"), help=Text("knx.option.table.help")),
    LinkOption(
        name="writable",
        title=Text("knx.option.writable"),
        kind=OptionKind.FLAG,
        default="no",
        help=Text("knx.option.writable.help"),
    ),
    LinkOption(
        name="transport",
        title=Text("knx.option.transport"),
        kind=OptionKind.CHOICE,
        default="udp",
        choices=("udp", "tcp"),
        help=Text("knx.option.transport.help"),
    ),
    period_option("20", Text("knx.option.period.help"), title=HEARTBEATS, maximum_s=60.0),
)
ADDRESSES = HostScheme(protocol="knx", title="KNX", port=PORT, options=OPTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnxSettings:
    """The parsed options of a link."""

    table: str
    """Path of the group addresses; empty where there is none."""
    writable: bool
    tcp: bool
    period_s: float
    """Seconds between two questions whether the tunnel is still there."""


def knx_settings(link: Link) -> KnxSettings:
    """Parses the options of a link."""
    options = option_values(OPTIONS, link.options)
    return KnxSettings(
        table=options["table"],
        writable=options["writable"] == "yes",
        tcp=options["transport"] == "tcp",
        period_s=float(options["period"]),
    )
