"""Hostile multicast DNS: one packet never ends the questions, a flood never hides who is really there."""

from __future__ import annotations

import asyncio
import random
import re
import socket
import struct
from collections.abc import AsyncIterator
from contextlib import asynccontextmanager
from ipaddress import ip_address
from typing import Any

import pytest
from zeroconf import DNSOutgoing, IPVersion, ServiceInfo
from zeroconf.asyncio import AsyncZeroconf

from devices import discovery
from devices.mdns import MdnsBorder, askable
from tests.devices.test_discovery import LO, looking, named
from twin.model.problem import Problem

pytestmark = pytest.mark.blocks  # zeroconf's own set-up reads interfaces on the loop
KIND = "_wled._tcp.local."
POINTER, SERVICE, TEXT, ADDRESS, UNIQUE = 12, 33, 16, 1, 0x8001


def label(data: bytes) -> bytes:
    return bytes([len(data)]) + data


def dns_name(*labels: bytes) -> bytes:
    return b"".join(map(label, labels)) + b"\0"


TYPE = dns_name(b"_wled", b"_tcp", b"local")


def record(name: bytes, type: int, data: bytes, cls: int = 1) -> bytes:
    return name + struct.pack(">HHIH", type, cls, 4500, len(data)) + data


def packet(*records: bytes) -> bytes:
    return struct.pack(">HHHHHH", 0, 0x8400, 0, len(records), 0, 0) + b"".join(records)


def pointer(instance: bytes) -> bytes:
    return record(TYPE, POINTER, label(instance) + TYPE)


def whole(instance: bytes, host: bytes, address: str) -> bytes:
    """Everything about one service in one packet."""
    name, host = label(instance) + TYPE, dns_name(host, b"local")
    return packet(
        pointer(instance), record(name, SERVICE, struct.pack(">HHH", 0, 0, 80) + host, UNIQUE),
        record(name, TEXT, b"\0", UNIQUE), record(host, ADDRESS, socket.inet_aton(address), UNIQUE),
    )  # fmt: skip


@asynccontextmanager
async def speaking() -> AsyncIterator[Any]:
    """Says packets to the group, from the port of multicast DNS."""
    with socket.socket(socket.AF_INET, socket.SOCK_DGRAM) as speaker:
        speaker.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(LO[0]))
        speaker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
        speaker.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
        speaker.bind((LO[0], 5353))
        yield lambda data: speaker.sendto(data, ("224.0.0.251", 5353))


@asynccontextmanager
async def answering(*names: str) -> AsyncIterator[None]:
    """Devices that only answer questions: whoever stops asking never hears of them."""
    zeroconf = AsyncZeroconf(interfaces=list(LO), ip_version=IPVersion.V4Only)
    for number, name in enumerate(names):
        zeroconf.zeroconf.registry.async_add(
            ServiceInfo(KIND, f"{name}.{KIND}", addresses=[ip_address(f"10.9.7.{number + 1}").packed], port=80,
                        server=f"{name}.local.", properties={})
        )  # fmt: skip
    try:
        yield
    finally:
        await zeroconf.async_close()


@pytest.fixture
def mistakes() -> list[str]:
    """What would be called a mistake of ours: exceptions that reached the loop."""
    return []


def listen_for(mistakes: list[str]) -> None:
    asyncio.get_running_loop().set_exception_handler(lambda _, context: mistakes.append(str(context)))


async def started(until: Any) -> None:
    """Returns when the browser listens and has asked its first questions."""
    async with answering("oikos-t-first"):
        await until(lambda some: named(some, "oikos-t-first"))


async def test_a_name_that_cannot_be_asked_for_does_not_end_the_questions(mistakes: list[str]) -> None:
    listen_for(mistakes)
    problems: list[Problem] = []
    async with speaking() as say, looking(on_problem=problems.append) as until:
        await started(until)
        for broken in (b"\xff" * 40, b"\xfe" * 22, b"a" * 20 + b"\x80" * 43):
            say(packet(pointer(broken)))
            say(packet(record(label(broken) + TYPE, SERVICE, struct.pack(">HHH", 0, 0, 80) + dns_name(b"\xff" * 60))))
        async with answering("oikos-t-late"):
            found = await until(lambda some: named(some, "oikos-t-late"))
        assert named(found, "oikos-t-first")
    assert (problems, mistakes) == ([], [])


async def test_a_device_whose_name_cannot_be_asked_for_is_listed_where_it_says_everything_itself() -> None:
    async with speaking() as say, looking() as until:
        await started(until)
        say(whole("厨房灯".encode("gbk") * 10, b"oikos-t-gbk", "10.9.7.66"))
        found = await until(lambda some: any("10.9.7.66" in one.addresses for one in some))
        assert all(one.name.isprintable() for one in found)


async def test_a_good_bye_that_another_says_is_not_believed(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "GONE_S", 3.0)
    async with speaking() as say, looking() as until, answering("oikos-t-here"):
        await until(lambda some: named(some, "oikos-t-here"))
        goal = label(b"oikos-t-here") + TYPE
        say(packet(TYPE + struct.pack(">HHIH", POINTER, 1, 0, len(goal)) + goal))
        with pytest.raises(TimeoutError):
            await until(lambda some: not named(some, "oikos-t-here"), 4.0)


async def test_one_sender_does_not_fill_the_list_of_unknown_kinds(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setattr(discovery, "MAX_UNKNOWN_TYPES_PER_SOURCE", 3)
    problems: list[Problem] = []
    seen: list[discovery.Discovery] = []
    async with looking(on_problem=problems.append, seen=seen) as until:
        await started(until)
        assert seen[0].zeroconf is not None
        border = seen[0].zeroconf.zeroconf.engine.readers[0].transport.get_protocol()
        meta = dns_name(b"_services", b"_dns-sd", b"_udp", b"local")
        for source, count in (("10.9.9.1", 10), ("10.9.9.2", 2)):
            for number in range(count):
                kind = dns_name(b"_x%d-%s" % (number, source[-1].encode()), b"_tcp", b"local")
                border.datagram_received(packet(record(meta, POINTER, kind)), (source, 5353))
        kinds = [kind for kind in seen[0]._types if re.match(r"_x\d-", kind)]
        assert sorted(kinds) == [f"_x{n}._tcp.local." for n in ("0-1", "0-2", "1-1", "1-2", "2-1")]
    assert [problem.code for problem in problems] == ["discover.types"]


async def test_a_hundred_ghosts_do_not_hide_who_is_there() -> None:
    ghosts = [b"oikos-t-ghost-%d" % number for number in range(100)]

    async def haunt(say: Any) -> None:
        while True:
            for start in range(0, len(ghosts), 25):
                say(packet(*map(pointer, ghosts[start : start + 25])))
            await asyncio.sleep(0.05)

    async with speaking() as say, looking() as until:
        haunting = asyncio.ensure_future(haunt(say))
        try:
            await started(until)
            async with answering("oikos-t-real-1", "oikos-t-real-2"):
                found = await until(lambda some: named(some, "oikos-t-real-1", "oikos-t-real-2"))
            assert not [one for one in found if "ghost" in one.name]
        finally:
            haunting.cancel()


@pytest.mark.parametrize(
    ("said", "shown"),
    [
        (b"oikos-t line\r\nbreak", "oikos-t line break"),
        (b"oikos-t\ttab", "oikos-t tab"),
        (b"oikos-t \x1b[31mred\x7f", "oikos-t [31mred"),
        (b"..\\oikos-t", "..\\oikos-t"),
    ],
)
async def test_a_name_with_control_characters_is_cleaned_and_listed(said: bytes, shown: str) -> None:
    async with speaking() as say, looking() as until:
        await started(until)
        say(whole(said, b"oikos-t-odd", "10.9.7.67"))
        await until(lambda some: named(some, shown))


async def test_where_a_kind_is_full_one_that_is_there_takes_the_place_of_one_that_is_not(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr(discovery, "MAX_PER_TYPE", 3)
    full = asyncio.Event()
    async with speaking() as say, looking(on_problem=lambda problem: full.set()) as until:
        await started(until)
        for number in range(6):
            say(packet(pointer(b"oikos-t-ghost-%d" % number)))
        await full.wait()
        say(whole(b"oikos-t-solid", b"oikos-t-solid", "10.9.7.68"))
        found = await until(lambda some: named(some, "oikos-t-solid"))
        assert named(found, "oikos-t-first")


async def test_whatever_becomes_of_packets_nobody_real_is_lost_and_nothing_breaks(mistakes: list[str]) -> None:
    listen_for(mistakes)
    problems: list[Problem] = []
    seen: list[discovery.Discovery] = []
    chance = random.Random(48)
    async with looking(on_problem=problems.append, seen=seen) as until, answering("oikos-t-real-1", "oikos-t-real-2"):
        await until(lambda some: named(some, "oikos-t-real-1", "oikos-t-real-2"))
        assert seen[0].zeroconf is not None
        border = seen[0].zeroconf.zeroconf.engine.readers[0].transport.get_protocol()
        originals = [data for number in range(8) for data in announcement(f"oikos-t-fuzz-{number}")]
        originals.append(packet(record(dns_name(b"_services", b"_dns-sd", b"_udp", b"local"), POINTER, TYPE)))
        for number in range(3_000):
            data = mutated(chance.choice(originals), chance)
            border.datagram_received(data, (f"10.9.8.{number % 250}", 5353))
            if number % 50 == 0:
                await asyncio.sleep(0)
        async with answering("oikos-t-late"):
            found = await until(lambda some: named(some, "oikos-t-late"))
        assert named(found, "oikos-t-real-1", "oikos-t-real-2")
    assert {problem.code for problem in problems} <= {"discover.types", "discover.instances"}
    assert mistakes == []


def announcement(name: str) -> list[bytes]:
    """What a real device says of itself, in the bytes that zeroconf sends."""
    info = ServiceInfo(
        KIND, f"{name}-with-a-long-name-of-its-own.{KIND}", port=80, server=f"{name}.local.", properties={"id": name, "mac": "0200aabbccdd"},
        parsed_addresses=["10.9.7.9", "fe80::9"],
    )  # fmt: skip
    out = DNSOutgoing(0x8400)
    for one in (info.dns_pointer(), info.dns_service(), info.dns_text(), *info.dns_addresses()):
        out.add_answer_at_time(one, 0)
    return out.packets()


def mutated(data: bytes, chance: random.Random) -> bytes:
    """The packet with bytes changed, taken out, put in, cut off or doubled."""
    changed = bytearray(data)
    for _ in range(chance.randint(1, 6)):
        at = chance.randrange(len(changed)) if changed else 0
        match chance.randrange(6):
            case 0:
                changed[at : at + 1] = bytes([chance.randrange(256)])
            case 1:
                del changed[at : at + chance.randint(1, 8)]
            case 2:
                changed[at:at] = chance.randbytes(chance.randint(1, 8))
            case 3:
                changed[at : at + 30] = b"\xff" * 30
            case 4:
                changed[at:at] = label(b"\xfe" * chance.randint(1, 63))
            case _:
                changed = changed[:at] if chance.random() < 0.3 else changed + changed[at:]
    return bytes(changed[:8900])


@pytest.mark.expects_log
def test_a_parser_that_breaks_leaves_out_one_packet_only() -> None:
    class Breaks:
        heard = 0

        def datagram_received(self, data: bytes, address: Any) -> None:
            self.heard += 1
            if data == b"bad":
                raise RecursionError

    border, inner = MdnsBorder(), Breaks()
    for data in (b"bad", b"good", b"bad"):
        border.take(inner, data, ("10.0.0.1", 5353))
    assert inner.heard == 3
    assert border.source == ""


@pytest.mark.parametrize(
    ("name", "good"), [("a" * 63, True), ("é" * 31, True), ("é" * 32, False), ("\ufffd" * 22, False), ("é.é", True)]
)
def test_a_label_of_63_bytes_can_be_asked_for(name: str, good: bool) -> None:
    assert askable(f"{name}.{KIND}") is good
