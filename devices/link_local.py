"""Zones of link-local IPv6 addresses, which name the network that such an address is on (RFC 4007 section 6).

A zone is kept as the interface's name: its number may be that of another interface after the next start of the machine. On
Windows a zone is always a number.
"""

from __future__ import annotations

import ipaddress
import re
import socket
import sys
from collections.abc import Iterable

_LOOPBACK = ("lo", "lo0")
_IN_URL = re.compile(r"(\w[\w+.-]*://(?:[^/?#@\[]*@)?\[)([^\]]+)")


def zoned(addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses, where every link-local one has a zone, by name.

    One that came without (from a sender with a global address) is left out where it came with one, too; else it may be on any
    interface, and is returned once for each but loopback, whose own zone names no network.
    """
    known: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for text in map(named, addresses):
        host, _, zone = text.partition("%")
        if _is_link_local(host) and (not zone or zone in _LOOPBACK):
            unknown[host] = None
        else:
            known[text] = None
    hosts = {text.partition("%")[0] for text in known}
    guessed = [named(f"{host}%{zone}") for host in unknown if host not in hosts for zone in _zones()]
    return (*known, *guessed)


def named(host: str) -> str:
    """The address with its zone as a name; unchanged where it has none, the interface is not there, or on Windows."""
    address, _, zone = host.partition("%")
    if not zone.isdecimal() or sys.platform == "win32":
        return host
    try:
        return f"{address}%{socket.if_indextoname(int(zone))}"
    except (OSError, OverflowError):
        return host


def named_in_url(url: str) -> str:
    """The URL with the zone of its host as a name."""
    found = _IN_URL.match(url)
    return url if found is None else found[1] + named(found[2]) + url[found.end() :]


def has_number(host: str) -> bool:
    """Whether the address has a zone that is a number, which may be that of another interface by now."""
    return host.partition("%")[2].isdecimal()


def missing_interface(host: str) -> str:
    """The zone of an address whose interface this machine does not have now; empty where it has it, or none is named."""
    zone = host.partition("%")[2]
    if not zone or (":" not in host):
        return ""
    there = {text for index, name in socket.if_nameindex() for text in (str(index), name)}
    return "" if zone in there else zone


def _is_link_local(host: str) -> bool:
    return ":" in host and ipaddress.ip_address(host).is_link_local


def _zones() -> list[int]:
    """The interfaces of this machine but loopback, as numbers."""
    return [index for index, name in socket.if_nameindex() if name not in _LOOPBACK]
