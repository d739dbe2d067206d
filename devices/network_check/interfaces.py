"""The machine's network interfaces with addresses, and whether devices can be behind them."""

from __future__ import annotations

import ipaddress
import re
import socket
import struct
import sys
from dataclasses import dataclass

type Address = ipaddress.IPv4Address | ipaddress.IPv6Address

_TUNNEL = re.compile(r"(tun|tap|wg|ppp|utun|ipsec|gpd|zt|tailscale|nordlynx|proton|cscotun|vpn)\d*", re.IGNORECASE)
"""Names of interfaces made by VPN programs."""
_VIRTUAL = re.compile(
    r"(docker|veth|virbr|br-|vmnet|vboxnet|lxc|lxdbr|podman|cni|flannel|awdl|llw|anpi|bridge\d)", re.IGNORECASE
)
"""Names of interfaces to containers, virtual machines and tethered phones, which have no devices."""
_ELSEWHERE = (("192.0.2.1", socket.AF_INET), ("2001:db8::1", socket.AF_INET6))
"""Documentation addresses (RFC 5737, RFC 3849): asking for their route sends nothing."""

_GET_FLAGS, _UP = 0x8913, 1
"""SIOCGIFFLAGS and IFF_UP, <linux/sockios.h> and <linux/if.h>."""


@dataclass(frozen=True, slots=True, kw_only=True)
class NetworkInterface:
    """One interface with its addresses."""

    name: str
    index: int
    addresses: tuple[Address, ...]
    tunnel: bool = False
    virtual: bool = False
    carries_default_route: bool = False

    @property
    def usable(self) -> bool:
        """Whether the interface has addresses and is neither a tunnel nor virtual."""
        return bool(self.addresses) and not (self.tunnel or self.virtual)

    @property
    def ipv4(self) -> tuple[ipaddress.IPv4Address, ...]:
        """The interface's IPv4 addresses."""
        return tuple(a for a in self.addresses if isinstance(a, ipaddress.IPv4Address))

    @property
    def ipv6(self) -> tuple[ipaddress.IPv6Address, ...]:
        """The interface's IPv6 addresses."""
        return tuple(a for a in self.addresses if isinstance(a, ipaddress.IPv6Address))

    @property
    def families(self) -> tuple[socket.AddressFamily, ...]:
        """The address families that the interface has."""
        return (*((socket.AF_INET,) if self.ipv4 else ()), *((socket.AF_INET6,) if self.ipv6 else ()))


def network_interfaces() -> tuple[NetworkInterface, ...]:
    """All interfaces that are up, without loopback, by name."""
    import ifaddr

    default = _default_sources()
    found: list[NetworkInterface] = []
    for adapter in ifaddr.get_adapters():
        texts = (ip.ip[0] if isinstance(ip.ip, tuple) else ip.ip for ip in adapter.ips)
        addresses = tuple(ipaddress.ip_address(text.partition("%")[0]) for text in texts)
        if adapter.index is None or any(a.is_loopback for a in addresses) or not is_up(adapter.name):
            continue
        found.append(
            NetworkInterface(
                name=adapter.nice_name,
                index=adapter.index,
                addresses=addresses,
                tunnel=_TUNNEL.match(adapter.nice_name) is not None,
                virtual=_VIRTUAL.match(adapter.nice_name) is not None,
                carries_default_route=any(str(a) in default for a in addresses),
            )
        )
    return tuple(sorted(found, key=lambda one: one.name))


def is_up(name: str) -> bool:
    """Whether the interface is up; True where that cannot be determined."""
    if sys.platform != "linux":
        return True
    import fcntl

    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as control:
        try:
            told = fcntl.ioctl(control, _GET_FLAGS, struct.pack("16sH14x", name.encode()[:15], 0))
        except OSError:
            return True
    return bool(struct.unpack_from("H", told, 16)[0] & _UP)


def _default_sources() -> frozenset[str]:
    """The machine's own addresses on the way to everywhere else."""
    found: set[str] = set()
    for target, family in _ELSEWHERE:
        with socket.socket(family, socket.SOCK_DGRAM) as asking:
            try:
                asking.connect((target, 9))
            except OSError:
                continue
            found.add(str(asking.getsockname()[0]).partition("%")[0])
    return frozenset(found)
