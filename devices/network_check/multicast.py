"""Multicast DNS probe of one interface: whether packets are sent and received, who answers, and how.

A question is sent twice: from port 5353, answered to the group, and from an ephemeral port, answered to that port (RFC
6762 sections 5.1 and 6.7). A host that answers the second but is never received on the group indicates a filter in
between: a firewall, or a switch or access point that drops multicast.
"""

from __future__ import annotations

import asyncio
import contextlib
import errno
import socket
import struct
import sys
from dataclasses import dataclass, field

from devices.network_check.interfaces import NetworkInterface
from twin.model.text import Text, why

PORT = 5353
GROUPS = {socket.AF_INET: "224.0.0.251", socket.AF_INET6: "ff02::fb"}
"""Multicast groups of mDNS (RFC 6762 section 3)."""
ASKED = ("_services._dns-sd._udp.local", "_meshcop._udp.local")
"""Names queried: all service types (RFC 6763 section 9), and Thread border routers, whose answers contain names."""
ROUNDS_S = (0.0, 0.8, 2.0)
"""Times of the queries, seconds; repeated because a packet may be lost."""
LISTEN_S = 3.5
MOST = 4_000
"""Most packets read per interface."""
_ANY_GROUP = {socket.AF_INET: (socket.IPPROTO_IP, 49), socket.AF_INET6: (socket.IPPROTO_IPV6, 29)}
"""IP_MULTICAST_ALL and IPV6_MULTICAST_ALL, <linux/in.h> and <linux/in6.h>: only groups that this socket joined."""
_POINTER, _INTERNET, _ANSWER = 12, 1, 0x8000


@dataclass(slots=True, kw_only=True)
class MulticastProbe:
    """Result of probing one interface with one address family."""

    interface: NetworkInterface
    family: socket.AddressFamily
    taken: Text | None = None
    """Reason why port 5353 cannot be used; None where it can."""
    refused: Text | None = None
    """Reason why nothing could be sent; None where it could."""
    own_heard: bool = False
    """Whether our own query was received from the group."""
    by_group: set[str] = field(default_factory=set[str])
    """Other hosts received on the group."""
    by_port: set[str] = field(default_factory=set[str])
    """Other hosts that answered to the ephemeral port."""
    own: frozenset[str] = frozenset()
    """Addresses of this machine, on any interface."""
    packets: list[bytes] = field(default_factory=list[bytes])
    """Packets received."""


async def probe(
    interface: NetworkInterface, family: socket.AddressFamily, own: frozenset[str], *, seconds: float = LISTEN_S
) -> MulticastProbe:
    """Queries and listens on one interface for `seconds`; `own` are this machine's addresses. Errors are part of the
    result; OSError is never raised.
    """
    found = MulticastProbe(interface=interface, family=family, own=own)
    loop = asyncio.get_running_loop()
    with contextlib.ExitStack() as stack:
        group = _opened(stack, found, PORT)
        alone = _opened(stack, found, 0)
        sockets = [one for one in (group, alone) if one is not None]
        for one in sockets:
            loop.add_reader(one, _receive, one, one is group, found)
            stack.callback(loop.remove_reader, one)
        began = loop.time()
        for at in ROUNDS_S:
            if at < seconds:
                await asyncio.sleep(began + at - loop.time())
                for one in sockets:
                    _ask(one, 0 if one is group else 1, found)
        await asyncio.sleep(max(0.0, began + seconds - loop.time()))
    return found


def question(number: int, names: tuple[str, ...] = ASKED) -> bytes:
    """A DNS query for the pointers of these names (RFC 1035 section 4.1).

    Responders treat two queries with the same number within a second as one.
    """
    rows = b""
    for name in names:
        labels = b"".join(bytes([len(label)]) + label.encode() for label in name.split("."))
        rows += labels + struct.pack(">xHH", _POINTER, _INTERNET)
    return struct.pack(">6H", number, 0, len(names), 0, 0, 0) + rows


def _opened(stack: contextlib.ExitStack, found: MulticastProbe, port: int) -> socket.socket | None:
    try:
        made = stack.enter_context(socket.socket(found.family, socket.SOCK_DGRAM))
        made.setblocking(False)
        _prepare(made, found)
        made.bind(("" if found.family == socket.AF_INET else "::", port))
        if port:
            _join(made, found)
    except OSError as error:
        if port:
            found.taken = why(error)
        else:
            found.refused = why(error)
        return None
    return made


def _prepare(made: socket.socket, found: MulticastProbe) -> None:
    made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    if hasattr(socket, "SO_REUSEPORT"):
        made.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    if found.family == socket.AF_INET6:
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_V6ONLY, 1)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, found.interface.index)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_HOPS, 255)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_LOOP, 1)
    else:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, found.interface.ipv4[0].packed)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_TTL, 255)
        made.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_LOOP, 1)
    if sys.platform == "linux":
        made.setsockopt(*_ANY_GROUP[found.family], 0)


def _join(made: socket.socket, found: MulticastProbe) -> None:
    packed = socket.inet_pton(found.family, GROUPS[found.family])
    if found.family == socket.AF_INET6:
        member = packed + struct.pack("@I", found.interface.index)
        made.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_JOIN_GROUP, member)
    else:
        made.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, packed + found.interface.ipv4[0].packed)


def _ask(one: socket.socket, number: int, found: MulticastProbe) -> None:
    place = (GROUPS[found.family], PORT)
    target = place if found.family == socket.AF_INET else (*place, 0, found.interface.index)
    try:
        one.sendto(question(number), target)
    except BlockingIOError:
        return
    except OSError as error:
        found.refused = why(error)


def _receive(one: socket.socket, by_group: bool, found: MulticastProbe) -> None:
    while len(found.packets) < MOST:
        try:
            data, sender = one.recvfrom(9_000)
        except (BlockingIOError, InterruptedError):
            return
        except OSError as error:
            if error.errno != errno.ECONNREFUSED:  # somebody's answer to our question: not a listener
                found.refused = why(error)
            return
        host = str(sender[0]).partition("%")[0]
        if host in found.own:
            found.own_heard |= by_group
            continue
        (found.by_group if by_group else found.by_port).add(host)
        if len(data) > 3 and int.from_bytes(data[2:4]) & _ANSWER:
            found.packets.append(data)
