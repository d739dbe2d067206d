"""How a link to a KNX/IP interface is addressed, and its options."""

from __future__ import annotations

from dataclasses import dataclass
from enum import StrEnum

from devices.host_link import HostScheme
from devices.protocols.knx.group_table import address_number
from devices.timing_options import HEARTBEATS, period_option
from twin.model.device import Link
from twin.model.link_option import LinkOption, OptionKind, checked_options, option_values
from twin.model.problem import ProblemError
from twin.model.text import Text

PORT = 3671


class Transport(StrEnum):
    """How the bus is reached: a tunnel to an interface, or the multicast of routers; each also with KNX IP Secure."""

    UDP = "udp"
    TCP = "tcp"
    SECURE = "secure"
    ROUTING = "routing"
    SECURE_ROUTING = "secure_routing"

    @property
    def routes(self) -> bool:
        """Whether telegrams are multicast, so that there is no connection."""
        return self in (Transport.ROUTING, Transport.SECURE_ROUTING)

    @property
    def is_secure(self) -> bool:
        """Whether telegrams are encrypted with keys of the ETS keyring."""
        return self in (Transport.SECURE, Transport.SECURE_ROUTING)


_MAIN, _FREE = r"(3[01]|[0-2]?\d)", r"(6553[0-5]|655[0-2]\d|65[0-4]\d\d|6[0-4]\d{3}|[1-5]\d{4}|[1-9]\d{0,3})"
_GROUP = rf"(?!0+(/0+)+\b(?!/))({_MAIN}/[0-7]/(25[0-5]|2[0-4]\d|[01]?\d?\d)|{_MAIN}/(20[0-3]\d|204[0-7]|[01]?\d{{1,3}})|{_FREE})"
"""A group address of three levels, of two, or of none (free style); none of them is 0."""
_NIBBLE, _BYTE = r"(1[0-5]|\d)", r"(25[0-5]|2[0-4]\d|1\d\d|[1-9]?\d)"
OPTIONS = (
    LinkOption(name="table", title=Text("knx.option.table"), kind=OptionKind.FILE, help=Text("knx.option.table.help")),
    LinkOption(
        name="table_password",
        title=Text("knx.option.table_password"),
        kind=OptionKind.SECRET,
        help=Text("knx.option.table_password.help"),
    ),
    LinkOption(
        name="writable",
        title=Text("knx.option.writable"),
        default="no",
        pattern=rf"yes|no|{_GROUP}(,\s*{_GROUP})*",
        example="no, yes, or devices such as 1/0/1,1/0/7",
        is_list=True,
        help=Text("knx.option.writable.help"),
    ),
    LinkOption(
        name="transport",
        title=Text("knx.option.transport"),
        kind=OptionKind.CHOICE,
        default="udp",
        choices=tuple(Transport),
        help=Text("knx.option.transport.help"),
    ),
    LinkOption(
        name="keyring", title=Text("knx.option.keyring"), kind=OptionKind.FILE, help=Text("knx.option.keyring.help")
    ),
    LinkOption(
        name="address",
        title=Text("knx.option.address"),
        pattern=rf"{_NIBBLE}\.{_NIBBLE}\.{_BYTE}",
        example="1.1.240",
        help=Text("knx.option.address.help"),
    ),
    LinkOption(
        name="network",
        title=Text("knx.option.network"),
        pattern=rf"{_BYTE}(\.{_BYTE}){{3}}|(?![\d.]*$)[^/?#&:]{{1,64}}",
        example="192.168.1.20",
        help=Text("knx.option.network.help"),
    ),
    period_option("20", Text("knx.option.period.help"), title=HEARTBEATS, maximum_s=60.0),
)
ADDRESSES = HostScheme(protocol="knx", title="KNX", port=PORT, options=OPTIONS)


@dataclass(frozen=True, slots=True, kw_only=True)
class KnxSettings:
    """The parsed options of a link."""

    table: str
    """Path of the group addresses; empty where there is none."""
    writable: frozenset[int] | None
    """Devices that may be commanded, by their first group address; None: all."""
    transport: Transport
    keyring: str
    """Path of the keys for KNX Secure (`.knxkeys`); empty where there are none."""
    address: str
    """Individual address: the tunnel to use, or this computer's own in routing; empty for any."""
    network: str
    """This computer's IPv4 address in the network of the routers, or the name of its network card there; empty for the system's
    choice."""
    period_s: float
    """Seconds between two questions whether the tunnel is still there."""

    def may_write(self, device: str) -> bool:
        """Whether the device with this first group address may be commanded."""
        return self.writable is None or address_number(device) in self.writable


def _number(text: str) -> int | None:
    return int(text) if text.isdecimal() else address_number(text)


def _writable(text: str) -> frozenset[int] | None:
    if text in ("yes", "no"):
        return None if text == "yes" else frozenset()
    numbers = (_number(part.strip()) for part in text.split(","))
    return frozenset(number for number in numbers if number is not None)


def knx_settings(link: Link) -> KnxSettings:
    """Parses the options of a link. Raises ProblemError for an address out of range, which an earlier version took."""
    kept = [(name, value) for name, value in link.options if name in ("address", "network")]
    _, problems = checked_options(OPTIONS, kept, link.address)
    if problems:
        raise ProblemError(*problems)
    options = option_values(OPTIONS, link.options)
    return KnxSettings(
        table=options["table"],
        writable=_writable(options["writable"]),
        transport=Transport(options["transport"]),
        keyring=options["keyring"],
        address=options["address"],
        network=options["network"],
        period_s=float(options["period"]),
    )
