"""Zones of link-local IPv6 addresses, which name the network that such an address is on (RFC 4007 section 6)."""

from __future__ import annotations

import ipaddress
import socket
from collections.abc import Iterable

_LOOPBACK = ("lo", "lo0")


def zoned(addresses: Iterable[str]) -> tuple[str, ...]:
    """The addresses, where every link-local one has a zone.

    One that came without (from a sender with a global address) is left out where it came with one, too; else it may be on any
    interface, and is returned once for each but loopback, whose own zone names no network.
    """
    known: dict[str, None] = {}
    unknown: dict[str, None] = {}
    for text in addresses:
        host, _, zone = text.partition("%")
        if _is_link_local(host) and (not zone or _name(zone) in _LOOPBACK):
            unknown[host] = None
        else:
            known[text] = None
    hosts = {text.partition("%")[0] for text in known}
    guessed = [f"{host}%{zone}" for host in unknown if host not in hosts for zone in _zones()]
    return (*known, *guessed)


def _is_link_local(host: str) -> bool:
    return ":" in host and ipaddress.ip_address(host).is_link_local


def _name(zone: str) -> str:
    try:
        return socket.if_indextoname(int(zone)) if zone.isdecimal() else zone
    except OSError:
        return zone


def _zones() -> list[int]:
    """The interfaces of this machine but loopback, as numbers."""
    return [index for index, name in socket.if_nameindex() if name not in _LOOPBACK]
