"""Turns the results of the probes into findings. Pure functions."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence

from devices.network_check.interfaces import NetworkInterface
from devices.network_check.multicast import MulticastProbe
from devices.network_check.thread_network import BorderRouter
from twin.model.network_check import CheckVerdict, NetworkFinding
from twin.model.text import Text

_FAMILY = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
_SHOWN = 12
"""Most addresses and names listed in a finding."""


def of_interfaces(interfaces: Sequence[NetworkInterface]) -> list[NetworkFinding]:
    """Findings about interfaces, VPN and IPv6."""
    usable = [one for one in interfaces if one.usable]
    return [_interfaces(usable), _vpn(interfaces), *map(_ipv6, usable)]


def of_probes(probes: Sequence[MulticastProbe]) -> list[NetworkFinding]:
    """Findings about multicast per interface and address family, port 5353, and firewalls."""
    found = [_multicast(one) for one in probes]
    taken = [one for one in probes if one.taken]
    if taken:
        found.append(_fail(Text("network.port.taken", reason=taken[0].taken)))
    elif probes:
        found.append(_pass(Text("network.port.shared")))
    by_name: dict[str, list[MulticastProbe]] = {}
    for one in probes:
        by_name.setdefault(one.interface.name, []).append(one)
    return [*found, *(_firewall(name, both) for name, both in by_name.items())]


def of_thread(routers: Sequence[BorderRouter], ignored: Mapping[str, str]) -> list[NetworkFinding]:
    """Findings about border routers, and about interfaces that ignore their routes (name to kernel setting)."""
    if not routers:
        return [_unknown(Text("network.thread.none"))]
    names = _listed(f"{one.vendor} {one.name}".strip() for one in routers)
    networks = _listed(dict.fromkeys(one.network for one in routers if one.network))
    return [
        _pass(Text("network.thread.found", names=names, networks=networks)),
        *(_fail(Text("network.thread.routes_ignored", setting=what), name) for name, what in ignored.items() if what),
    ]


def of_clock(now_ms: int, built_ms: int, synchronised: bool | None) -> NetworkFinding:
    """Finding about the clock: FAIL before the build time, UNKNOWN unless synchronised. Times in UTC ms."""
    if now_ms < built_ms:
        return _fail(Text("network.clock.before_build", now_ms=now_ms, built_ms=built_ms))
    if synchronised is None:
        return _unknown(Text("network.clock.unknown", now_ms=now_ms))
    if not synchronised:
        return _unknown(Text("network.clock.unsynchronised", now_ms=now_ms))
    return _pass(Text("network.clock.kept", now_ms=now_ms))


def _interfaces(usable: Sequence[NetworkInterface]) -> NetworkFinding:
    names = _listed(one.name for one in usable)
    if not usable:
        return _fail(Text("network.interfaces.none"))
    return _pass(Text("network.interfaces.found", n=len(usable), names=names))


def _vpn(interfaces: Iterable[NetworkInterface]) -> NetworkFinding:
    tunnels = [one for one in interfaces if one.tunnel]
    names = _listed(one.name for one in tunnels)
    if any(one.carries_default_route for one in tunnels):
        return _fail(Text("network.vpn.everything", names=names))
    return _pass(Text("network.vpn.beside", names=names) if tunnels else Text("network.vpn.none"))


def _ipv6(one: NetworkInterface) -> NetworkFinding:
    if not one.ipv6:
        return _fail(Text("network.ipv6.off"), one.name)
    addresses = _listed(map(str, one.ipv6))
    if all(address.is_link_local for address in one.ipv6):
        return _pass(Text("network.ipv6.link_local", addresses=addresses), one.name)
    return _pass(Text("network.ipv6.on", addresses=addresses), one.name)


def _multicast(one: MulticastProbe) -> NetworkFinding:
    name, family, answered = one.interface.name, _FAMILY[one.family], one.by_group | one.by_port
    if one.refused:
        return _fail(Text("network.multicast.refused", family=family, reason=one.refused), name)
    if answered:
        addresses = _listed(sorted(answered))
        return _pass(Text("network.multicast.heard", family=family, n=len(answered), addresses=addresses), name)
    if not one.taken and not one.own_heard:
        return _fail(Text("network.multicast.silent", family=family), name)
    return _unknown(Text("network.multicast.alone", family=family), name)


def _firewall(name: str, probes: Sequence[MulticastProbe]) -> NetworkFinding:
    by_group = set[str]().union(*(one.by_group for one in probes))
    by_port = set[str]().union(*(one.by_port for one in probes))
    if by_group:
        return _pass(Text("network.firewall.open", n=len(by_group)), name)
    if by_port:
        return _fail(Text("network.firewall.filtered", n=len(by_port), addresses=_listed(sorted(by_port))), name)
    return _unknown(Text("network.firewall.nobody"), name)


def _pass(evidence: Text, interface: str = "") -> NetworkFinding:
    return NetworkFinding(verdict=CheckVerdict.PASS, evidence=evidence, interface=interface)


def _fail(evidence: Text, interface: str = "") -> NetworkFinding:
    return NetworkFinding(verdict=CheckVerdict.FAIL, evidence=evidence, interface=interface)


def _unknown(evidence: Text, interface: str = "") -> NetworkFinding:
    return NetworkFinding(verdict=CheckVerdict.UNKNOWN, evidence=evidence, interface=interface)


def _listed(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)[:_SHOWN]
