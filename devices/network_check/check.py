"""Runs the network check: probes all interfaces concurrently and evaluates the results."""

from __future__ import annotations

import asyncio

from devices.network_check import findings
from devices.network_check.clock import is_synchronised
from devices.network_check.interfaces import network_interfaces
from devices.network_check.multicast import LISTEN_S, probe
from devices.network_check.thread_network import border_routers, ignores_routes
from twin.model.network_check import NetworkFinding

MOST_INTERFACES = 8


async def check_network(now_ms: int, built_ms: int, *, seconds: float = LISTEN_S) -> tuple[NetworkFinding, ...]:
    """All findings, in the order in which one would search for a fault; takes `seconds`.

    `built_ms`: build time of the program, UTC ms; a correct clock cannot be before it.
    """
    interfaces = network_interfaces()
    usable = [one for one in interfaces if one.usable][:MOST_INTERFACES]
    own = frozenset(str(address) for one in interfaces for address in one.addresses)
    probes = await asyncio.gather(
        *(probe(one, family, own, seconds=seconds) for one in usable for family in one.families)
    )
    routers = border_routers(packet for one in probes for packet in one.packets)
    ignored = {one.name: ignores_routes(one.name) for one in usable}
    return (
        *findings.of_interfaces(interfaces),
        *findings.of_probes(probes),
        *findings.of_thread(routers, ignored),
        findings.of_clock(now_ms, built_ms, is_synchronised()),
    )
