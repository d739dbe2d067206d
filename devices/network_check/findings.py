"""What the probes mean: evidence in, findings out. Pure."""

from __future__ import annotations

import socket
from collections.abc import Iterable, Mapping, Sequence

from devices.network_check.interfaces import NetworkInterface
from devices.network_check.multicast import MulticastProbe
from devices.network_check.thread_network import BorderRouter
from twin.model.network_check import CheckVerdict, Fact, NetworkFinding

_FAMILY = {socket.AF_INET: "IPv4", socket.AF_INET6: "IPv6"}
_SHOWN = 12
"""Addresses and names that a finding lists."""


def of_interfaces(interfaces: Sequence[NetworkInterface]) -> list[NetworkFinding]:
    """Interfaces, VPN, IPv6."""
    usable = [one for one in interfaces if one.usable]
    found = [_interfaces(usable), _vpn(interfaces)]
    for one in usable:
        local = all(address.is_link_local for address in one.ipv6)
        code = "ipv6.off" if not one.ipv6 else "ipv6.link_local" if local else "ipv6.on"
        verdict = CheckVerdict.PASS if one.ipv6 else CheckVerdict.FAIL
        found.append(_finding(code, verdict, one.name, addresses=_listed(map(str, one.ipv6))))
    return found


def of_probes(probes: Sequence[MulticastProbe]) -> list[NetworkFinding]:
    """Multicast on each interface with each kind of addresses, port 5353, firewall."""
    found = [_multicast(one) for one in probes]
    taken = [one for one in probes if one.taken]
    if taken:
        found.append(_finding("port.taken", CheckVerdict.FAIL, "", reason=taken[0].taken))
    elif probes:
        found.append(_finding("port.shared", CheckVerdict.PASS, ""))
    by_name: dict[str, list[MulticastProbe]] = {}
    for one in probes:
        by_name.setdefault(one.interface.name, []).append(one)
    return [*found, *(_firewall(name, both) for name, both in by_name.items())]


def of_thread(routers: Sequence[BorderRouter], ignored: Mapping[str, str]) -> list[NetworkFinding]:
    """Border routers, and the interfaces (name → kernel setting) on which their routes are ignored."""
    if not routers:
        return [_finding("thread.none", CheckVerdict.UNKNOWN, "")]
    names = _listed(f"{one.vendor} {one.name}".strip() for one in routers)
    networks = _listed(dict.fromkeys(one.network for one in routers if one.network))
    found = [_finding("thread.found", CheckVerdict.PASS, "", names=names, networks=networks)]
    return found + [
        _finding("thread.routes_ignored", CheckVerdict.FAIL, name, setting=setting)
        for name, setting in ignored.items()
        if setting
    ]


def of_clock(now_ms: int, built_ms: int, synchronised: bool | None) -> NetworkFinding:
    """Whether the clock says a time that can be (UTC milliseconds), and who keeps it."""
    if now_ms < built_ms:
        return _finding("clock.before_build", CheckVerdict.FAIL, "", now_ms=now_ms, built_ms=built_ms)
    if synchronised is None:
        return _finding("clock.unknown", CheckVerdict.UNKNOWN, "", now_ms=now_ms)
    if not synchronised:
        return _finding("clock.unsynchronised", CheckVerdict.UNKNOWN, "", now_ms=now_ms)
    return _finding("clock.kept", CheckVerdict.PASS, "", now_ms=now_ms)


def _interfaces(usable: Sequence[NetworkInterface]) -> NetworkFinding:
    names = _listed(one.name for one in usable)
    if not usable:
        return _finding("interfaces.none", CheckVerdict.FAIL, "")
    return _finding("interfaces.one" if len(usable) == 1 else "interfaces.several", CheckVerdict.PASS, "", names=names)


def _vpn(interfaces: Iterable[NetworkInterface]) -> NetworkFinding:
    tunnels = [one for one in interfaces if one.tunnel]
    names = _listed(one.name for one in tunnels)
    if any(one.carries_default_route for one in tunnels):
        return _finding("vpn.everything", CheckVerdict.FAIL, "", names=names)
    return _finding("vpn.beside" if tunnels else "vpn.none", CheckVerdict.PASS, "", names=names)


def _multicast(one: MulticastProbe) -> NetworkFinding:
    name, family, heard = one.interface.name, _FAMILY[one.family], one.by_group | one.by_port
    if one.refused:
        return _finding("multicast.refused", CheckVerdict.FAIL, name, family=family, reason=one.refused)
    if heard:
        return _finding(
            "multicast.heard",
            CheckVerdict.PASS,
            name,
            family=family,
            hosts=len(heard),
            addresses=_listed(sorted(heard)),
        )
    if not one.taken and not one.own_heard:
        return _finding("multicast.silent", CheckVerdict.FAIL, name, family=family)
    return _finding("multicast.alone", CheckVerdict.UNKNOWN, name, family=family)


def _firewall(name: str, probes: Sequence[MulticastProbe]) -> NetworkFinding:
    by_group = set[str]().union(*(one.by_group for one in probes))
    by_port = set[str]().union(*(one.by_port for one in probes))
    if by_group:
        return _finding("firewall.open", CheckVerdict.PASS, name, hosts=len(by_group))
    if by_port:
        return _finding(
            "firewall.filtered", CheckVerdict.FAIL, name, hosts=len(by_port), addresses=_listed(sorted(by_port))
        )
    return _finding("firewall.nobody", CheckVerdict.UNKNOWN, name)


def _finding(code: str, verdict: CheckVerdict, interface: str, **args: Fact) -> NetworkFinding:
    return NetworkFinding(
        check=code.partition(".")[0], verdict=verdict, code=f"network.{code}", interface=interface, args=args
    )


def _listed(texts: Iterable[str]) -> tuple[str, ...]:
    return tuple(texts)[:_SHOWN]
