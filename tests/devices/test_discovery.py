"""Looking for devices on loopback, with real and with hostile announcements."""

from __future__ import annotations

import asyncio
import json
import socket
from collections.abc import AsyncIterator, Callable
from contextlib import asynccontextmanager
from ipaddress import ip_address
from pathlib import Path
from types import SimpleNamespace
from typing import Any

import pytest
from zeroconf import IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from devices.discovery import Discovery, cleaned, interfaces_from_environment, usable
from devices.protocol_registry import adapters
from twin.model.candidate import Candidate
from twin.model.problem import Problem

LO = ("127.0.0.1",)
pytestmark = pytest.mark.blocks  # zeroconf's own set-up reads interfaces on the loop


@asynccontextmanager
async def announcing(*services: tuple[str, str, str, str, dict[str, str]]) -> AsyncIterator[AsyncZeroconf]:
    """Announces (type, name, host, address, TXT) on loopback."""
    zeroconf = AsyncZeroconf(interfaces=list(LO), ip_version=IPVersion.V4Only)
    infos = [
        ServiceInfo(f"{type}.local.", f"{name}.{type}.local.", addresses=[ip_address(address).packed], port=80 + n,
                    server=f"{host}.local.", properties=txt)
        for n, (type, name, host, address, txt) in enumerate(services)
    ]  # fmt: skip
    try:
        await asyncio.gather(
            *[await zeroconf.async_register_service(info, cooperating_responders=True) for info in infos]
        )
        yield zeroconf
    finally:
        await zeroconf.async_close()


@asynccontextmanager
async def looking(**more: Any) -> AsyncIterator[Callable[[Callable[[tuple[Candidate, ...]], bool]], Any]]:
    """A discovery on loopback; call what it gives to wait until the candidates are as told."""
    last: list[tuple[Candidate, ...]] = [()]
    news = asyncio.Event()

    def found(candidates: tuple[Candidate, ...]) -> None:
        last[0] = candidates
        news.set()

    mine, seen = more.pop("adapters", {}), more.pop("seen", [])
    seen.append(Discovery(mine, found, interfaces=LO, **more))
    task = asyncio.create_task(seen[0].run())

    async def until(good: Callable[[tuple[Candidate, ...]], bool], seconds: float = 60.0) -> tuple[Candidate, ...]:
        async with asyncio.timeout(seconds):
            while not good(last[0]):
                news.clear()
                await news.wait()
        return last[0]

    try:
        yield until
    finally:
        task.cancel()
        await asyncio.gather(task, return_exceptions=True)


def named(candidates: tuple[Candidate, ...], *names: str) -> bool:
    return set(names) <= {one.name for one in candidates}


async def test_announced_devices_are_listed_once_each_and_merged() -> None:
    services = (
        ("_shelly._tcp", "oikos-t-plug", "oikos-t-plug", "10.9.0.1", {"app": "Plus1", "gen": "2"}),
        ("_http._tcp", "oikos-t-plug", "oikos-t-plug", "10.9.0.1", {}),
        ("_hue._tcp", "oikos-t-hue", "oikos-t-hue", "10.9.0.2", {"bridgeid": "1", "modelid": "BSB002"}),
        ("_secure-mqtt._tcp", "oikos-t-broker", "oikos-t-broker", "10.9.0.3", {}),
        ("_mqtt._tcp", "oikos-t-broker", "oikos-t-broker", "10.9.0.3", {}),
        ("_oikostest._tcp", "oikos-t-new", "oikos-t-new", "10.9.0.4", {}),
    )
    heard: list[str] = []
    async with (
        announcing(*services),
        looking(adapters=adapters(), on_service=lambda one: heard.append(one.name)) as until,
    ):
        names = ("oikos-t-plug", "oikos-t-hue", "oikos-t-broker", "oikos-t-new")
        found = await until(
            lambda some: (
                named(some, *names)
                and all_evidence(some, "oikos-t-plug") == 2
                and all_evidence(some, "oikos-t-broker") == 2
            )
        )
        mine = {one.name: one for one in found if one.name.startswith("oikos-t")}
        assert len([one for one in found if one.name.startswith("oikos-t")]) == 4
        assert mine["oikos-t-plug"].product == "Shelly"
        assert mine["oikos-t-hue"].model == "BSB002"
        assert mine["oikos-t-broker"].protocol == "mqtt"
        assert dict(mine["oikos-t-broker"].facts)["scheme"] == "mqtts"
        assert set(names) <= set(heard)


def all_evidence(candidates: tuple[Candidate, ...], name: str) -> int:
    return next((len(one.evidence) for one in candidates if one.name == name), 0)


async def test_a_good_bye_is_believed_after_a_while_and_the_row_stays_marked(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.discovery.GONE_S", 0.05)
    async with looking() as until:
        async with announcing(("_wled._tcp", "oikos-t-bye", "oikos-t-bye", "10.9.0.7", {})):
            await until(lambda some: named(some, "oikos-t-bye"))
        await until(lambda some: [one.gone for one in some if one.name == "oikos-t-bye"] == [True])
        async with announcing(("_wled._tcp", "oikos-t-bye", "oikos-t-bye", "10.9.0.7", {})):
            await until(lambda some: [one.gone for one in some if one.name == "oikos-t-bye"] == [False])


async def test_hostile_announcements_are_cleaned_and_bounded(shared_data: Path) -> None:
    problems: list[Problem] = []
    folder = shared_data / "protocols" / "mdns"
    packets = [
        bytes.fromhex(line)
        for file in ("hostile_names", "hostile_txt", "hostile_fuzz1", "hostile_bye")
        for line in json.loads((folder / f"{file}.json").read_text("utf-8"))
    ]
    honest = ("_wled._tcp", "oikos-t-honest", "oikos-t-honest", "10.9.0.8", {})
    async with announcing(honest), looking(on_problem=problems.append) as until:
        await until(lambda some: named(some, "oikos-t-honest"))
        with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
            speaker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LO[0]))
            speaker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
            speaker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
            speaker.bind((LO[0], 5353))
            for packet in packets:
                speaker.sendto(packet, ("224.0.0.251", 5353))
                await asyncio.sleep(0)
        found = await until(lambda some: len(some) > 5)
        assert named(found, "oikos-t-honest")
        for one in found:
            for text in (one.name, one.model, one.maker, one.key, *(value for _, value in one.facts)):
                assert all(ch.isprintable() for ch in text)
                assert len(text) <= 400
            assert len(one.name) <= 64
            assert len(one.facts) <= 64
            assert all(usable(address) for address in one.addresses)


async def test_a_flood_of_devices_of_one_kind_is_cut_and_told(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.discovery.MAX_PER_TYPE", 3)
    problems: list[Problem] = []
    services = [("_wled._tcp", f"oikos-t-f{n}", f"oikos-t-f{n}", f"10.9.1.{n + 1}", {}) for n in range(8)]
    async with announcing(*services), looking(on_problem=problems.append) as until:
        found = await until(lambda some: len(some) >= 3 and bool(problems))
        assert len([one for one in found if one.name.startswith("oikos-t-f")]) <= 3
        assert [problem.code for problem in problems] == ["discover.instances"]


async def test_no_mdns_is_one_problem_and_scans_go_on(monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(interfaces: tuple[str, ...]) -> None:
        raise OSError("no network")

    class Scans:
        protocol, title, service_types, schemes = "scan", "", (), ()
        scan_every_s = 30.0

        async def scan(self) -> AsyncIterator[Candidate]:
            yield Candidate(key="scan:1", name="scanned", protocol="scan")

        def claim(self, service: object) -> None: ...

        def link(self, target: object) -> None: ...

        async def open(self, link: object, secret: object, adapter_context: object) -> None: ...

    monkeypatch.setattr("devices.discovery.open_zeroconf", deaf)
    problems: list[Problem] = []
    async with looking(adapters={"scan": Scans()}, on_problem=problems.append) as until:
        await until(lambda some: named(some, "scanned"))
    assert [problem.code for problem in problems] == ["discover.no_mdns"]


class Passes:
    """An adapter whose scans find what is listed, one after another, and then wait."""

    protocol, title, service_types, schemes = "scan", "", (), ()
    scan_every_s = 0.0

    def __init__(self, *passes: tuple[str, ...] | Exception) -> None:
        self.passes = list(passes)

    async def scan(self) -> AsyncIterator[Candidate]:
        if not self.passes:
            await asyncio.Event().wait()
        found = self.passes.pop(0)
        if isinstance(found, Exception):
            raise found
        for name in found:
            yield Candidate(key=f"scan:{name}", name=name, protocol="scan")

    def claim(self, service: object) -> None: ...

    def link(self, target: object) -> None: ...

    async def open(self, link: object, secret: object, adapter_context: object) -> None: ...


@pytest.fixture
def without_mdns(monkeypatch: pytest.MonkeyPatch) -> None:
    def deaf(interfaces: tuple[str, ...]) -> None:
        raise OSError("no network")

    monkeypatch.setattr("devices.discovery.open_zeroconf", deaf)


@pytest.mark.usefixtures("without_mdns")
async def test_a_scanned_device_that_two_scans_miss_is_gone_until_one_finds_it_again() -> None:
    missed_once = Passes(("stays", "leaves"), ("stays",))
    async with looking(adapters={"scan": missed_once}) as until:
        await until(lambda some: not missed_once.passes and named(some, "stays", "leaves"))
    missed_twice = Passes(("stays", "leaves"), ("stays",), ("stays",))
    async with looking(adapters={"scan": missed_twice}) as until:
        await until(lambda some: [(one.name, one.gone) for one in some] == [("leaves", True), ("stays", False)])
    back = Passes(("leaves",), (), (), ("leaves", "last"))
    async with looking(adapters={"scan": back}) as until:
        await until(lambda some: [(one.name, one.gone) for one in some] == [("last", False), ("leaves", False)])


@pytest.mark.usefixtures("without_mdns")
@pytest.mark.parametrize(("every_s", "waits"), [(300.0, [30.0, 30.0, 300.0, 300.0]), (5.0, [5.0] * 4)])
async def test_the_first_scans_follow_soon_and_later_ones_at_the_adapters_own_interval(
    every_s: float, waits: list[float], monkeypatch: pytest.MonkeyPatch
) -> None:
    waited: list[float] = []
    sleep = asyncio.sleep

    async def sleep_not(seconds: float) -> None:
        if seconds in (5.0, 30.0, 300.0):
            waited.append(seconds)
        await sleep(0)

    monkeypatch.setattr("devices.network_scans.asyncio.sleep", sleep_not)
    scans = Passes(("a",), ("a",), ("a",), ("last",))
    scans.scan_every_s = every_s
    async with looking(adapters={"scan": scans}) as until:
        await until(lambda some: named(some, "last") and len(waited) == 4)
    assert waited == waits


@pytest.mark.usefixtures("without_mdns")
async def test_a_scan_adds_a_limited_number_of_candidates(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr("devices.network_scans.MAX_SCANNED", 3)
    flood = Passes(tuple(f"n{n}" for n in range(50)), ("last",))
    async with looking(adapters={"scan": flood}) as until:
        found = await until(lambda some: named(some, "last"))
    assert len(found) == 4


@pytest.mark.usefixtures("without_mdns")
async def test_a_scan_that_fails_in_any_way_is_one_problem_and_the_others_go_on() -> None:
    problems: list[Problem] = []
    broken = Passes(ZeroDivisionError("odd"), ZeroDivisionError("odd"), ("after",))
    async with looking(adapters={"scan": broken, "other": Passes(("other",))}, on_problem=problems.append) as until:
        await until(lambda some: named(some, "after", "other"))
    assert sorted(problem.detail for problem in problems) == ["ZeroDivisionError: odd", "no network"]


def test_texts_of_a_service_are_cleaned() -> None:
    info = SimpleNamespace(
        parsed_scoped_addresses=lambda: ["10.0.0.1", "224.0.0.1", "0.0.0.0", "fe80::1%eth0"],
        properties={b"MD": b"a\x1b[1m<b>", b"md": b"second", b"": b"x", b"k" * 200: b"v" * 5000}
        | {f"n{n}".encode(): None for n in range(100)},
        server="ho\x00st.local.",
        port=None,
    )
    service = cleaned(("_x._tcp.local.", "na\u202eme\n._x._tcp.local."), info, "_x._tcp")  # pyright: ignore[reportArgumentType]
    assert service is not None
    assert service.name == "name"
    assert service.addresses == ("10.0.0.1", "fe80::1%eth0")
    assert service.txt["md"] == "a[1m<b>"
    assert len(service.txt) <= 64
    assert max(map(len, service.txt.values())) <= 1024
    assert service.host == "host.local."


def test_the_environment_names_interfaces(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIKOS_MDNS_INTERFACES", " 127.0.0.1, ::1 ,")
    assert interfaces_from_environment() == ("127.0.0.1", "::1")
