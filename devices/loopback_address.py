"""The loopback address of this machine."""

from __future__ import annotations

import socket

LOOPBACKS = ("127.0.0.1", "::1")
"""Of IPv4 and IPv6."""


def loopback() -> str:
    """127.0.0.1, or ::1 where this machine has no IPv4."""
    ipv4, ipv6 = LOOPBACKS
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as one:
        try:
            one.bind((ipv4, 0))
        except OSError:
            return ipv6
    return ipv4


def bracketed(host: str) -> str:
    """A host as URLs have it: IPv6 addresses in brackets (RFC 3986 section 3.2.2)."""
    return f"[{host}]" if ":" in host else host
