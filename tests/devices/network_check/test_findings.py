"""What a network check says, from what was seen."""

from __future__ import annotations

import ipaddress
import socket
from pathlib import Path
from typing import Any

import pytest
from hypothesis import given
from hypothesis import strategies as st

from devices.mdns import texts_of
from devices.network_check import findings
from devices.network_check.interfaces import NetworkInterface
from devices.network_check.multicast import MulticastProbe
from devices.network_check.thread_network import BorderRouter, border_routers, ignores_routes
from twin.model.network_check import CheckVerdict, NetworkFinding
from twin.model.text import Text


def interface(name: str = "eth0", *addresses: str, **more: Any) -> NetworkInterface:
    listed = addresses or ("192.168.1.5", "fe80::1")
    return NetworkInterface(name=name, index=2, addresses=tuple(map(ipaddress.ip_address, listed)), **more)


def probe(**more: Any) -> MulticastProbe:
    fields: dict[str, Any] = {"interface": interface(), "family": socket.AF_INET, "own_heard": True}
    return MulticastProbe(**fields | more)


def told(found: list[NetworkFinding], check: str) -> list[tuple[str, str]]:
    return [(one.evidence.code.removeprefix("network."), one.verdict) for one in found if one.check == check]


@pytest.mark.parametrize(
    ("interfaces", "check", "expected"),
    [
        ([], "interfaces", ("interfaces.none", CheckVerdict.FAIL)),
        ([interface("docker0", virtual=True)], "interfaces", ("interfaces.none", CheckVerdict.FAIL)),
        ([interface()], "interfaces", ("interfaces.found", CheckVerdict.PASS)),
        ([interface(), interface("wlan0")], "interfaces", ("interfaces.found", CheckVerdict.PASS)),
        ([interface()], "vpn", ("vpn.none", CheckVerdict.PASS)),
        ([interface(), interface("wg0", tunnel=True)], "vpn", ("vpn.beside", CheckVerdict.PASS)),
        (
            [interface(), interface("wg0", tunnel=True, carries_default_route=True)],
            "vpn",
            ("vpn.everything", CheckVerdict.FAIL),
        ),
        ([interface("eth0", "192.168.1.5")], "ipv6", ("ipv6.off", CheckVerdict.FAIL)),
        ([interface("eth0", "fe80::1")], "ipv6", ("ipv6.link_local", CheckVerdict.PASS)),
        ([interface("eth0", "fe80::1", "fd00::5")], "ipv6", ("ipv6.on", CheckVerdict.PASS)),
    ],
)
def test_interfaces_tell_where_devices_may_hang(
    interfaces: list[NetworkInterface], check: str, expected: tuple[str, str]
) -> None:
    assert told(findings.of_interfaces(interfaces), check) == [expected]


@pytest.mark.parametrize(
    ("seen", "check", "expected"),
    [
        (probe(by_group={"192.168.1.9"}), "multicast", ("multicast.heard", CheckVerdict.PASS)),
        (probe(), "multicast", ("multicast.alone", CheckVerdict.UNKNOWN)),
        (probe(own_heard=False), "multicast", ("multicast.silent", CheckVerdict.FAIL)),
        (probe(refused=Text("reason.no_route")), "multicast", ("multicast.refused", CheckVerdict.FAIL)),
        (
            probe(own_heard=False, taken=Text("reason.port_in_use")),
            "multicast",
            ("multicast.alone", CheckVerdict.UNKNOWN),
        ),
        (probe(taken=Text("reason.port_in_use")), "port", ("port.taken", CheckVerdict.FAIL)),
        (probe(), "port", ("port.shared", CheckVerdict.PASS)),
        (probe(by_group={"192.168.1.9"}, by_port={"192.168.1.9"}), "firewall", ("firewall.open", CheckVerdict.PASS)),
        (probe(by_port={"192.168.1.9"}), "firewall", ("firewall.filtered", CheckVerdict.FAIL)),
        (probe(), "firewall", ("firewall.nobody", CheckVerdict.UNKNOWN)),
    ],
)
def test_who_is_heard_and_by_which_way_tells_what_is_in_between(
    seen: MulticastProbe, check: str, expected: tuple[str, str]
) -> None:
    assert told(findings.of_probes([seen]), check) == [expected]


def test_one_kind_of_addresses_that_gets_through_is_an_open_firewall() -> None:
    both = [probe(by_port={"192.168.1.9"}), probe(family=socket.AF_INET6, by_group={"fe80::9"})]
    assert told(findings.of_probes(both), "firewall") == [("firewall.open", CheckVerdict.PASS)]


@pytest.mark.parametrize(
    ("now_ms", "kept", "expected"),
    [
        (5, True, ("clock.before_build", CheckVerdict.FAIL)),
        (20, True, ("clock.kept", CheckVerdict.PASS)),
        (20, False, ("clock.unsynchronised", CheckVerdict.UNKNOWN)),
        (20, None, ("clock.unknown", CheckVerdict.UNKNOWN)),
    ],
)
def test_a_clock_before_this_program_was_made_is_wrong(
    now_ms: int, kept: bool | None, expected: tuple[str, str]
) -> None:
    assert told([findings.of_clock(now_ms, 10, kept)], "clock") == [expected]


def test_a_border_router_whose_routes_are_ignored_is_told_with_the_setting() -> None:
    assert told(findings.of_thread([], {"eth0": "x"}), "thread") == [("thread.none", CheckVerdict.UNKNOWN)]
    found = findings.of_thread(
        [BorderRouter("Hall", "Home", "Acme")], {"eth0": "accept_ra_rt_info_max_plen=0", "wlan0": ""}
    )
    assert told(found, "thread") == [("thread.found", CheckVerdict.PASS), ("thread.routes_ignored", CheckVerdict.FAIL)]
    assert found[0].evidence.args == {"names": ["Acme Hall"], "networks": ["Home"]}
    assert found[1].interface == "eth0"


@pytest.mark.parametrize(
    ("settings", "expected"),
    [
        ({"accept_ra": 1, "forwarding": 0, "accept_ra_rt_info_max_plen": 0}, "accept_ra_rt_info_max_plen=0"),
        ({"accept_ra": 1, "forwarding": 0, "accept_ra_rt_info_max_plen": 64}, ""),
        ({"accept_ra": 1, "forwarding": 1, "accept_ra_rt_info_max_plen": 64}, "accept_ra=1, forwarding=1"),
        ({"accept_ra": 2, "forwarding": 1, "accept_ra_rt_info_max_plen": 64}, ""),
        ({"accept_ra": 0, "forwarding": 0, "accept_ra_rt_info_max_plen": 0}, ""),
        ({}, ""),
    ],
)
def test_linux_ignores_the_route_to_a_thread_mesh_by_these_settings(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, settings: dict[str, int], expected: str
) -> None:
    monkeypatch.setattr("sys.platform", "linux")
    (tmp_path / "eth0").mkdir()
    for name, value in settings.items():
        (tmp_path / "eth0" / name).write_text(f"{value}\n")
    assert ignores_routes("eth0", tmp_path) == expected


@given(st.lists(st.binary(max_size=200), max_size=8))
def test_whatever_strangers_send_is_read_or_left_out(packets: list[bytes]) -> None:
    assert isinstance(border_routers(packets), tuple)
    assert list(texts_of(packets, "_x._udp.local.")) is not None
