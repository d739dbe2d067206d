"""UPnP devices: what they answer is read from where it came, and whatever else they send breaks nothing."""

from __future__ import annotations

import asyncio
import socket
import threading
from collections.abc import AsyncGenerator
from contextlib import asynccontextmanager

import pytest
from aiohttp import web
from hypothesis import given
from hypothesis import strategies as st

from devices.http_session import device_session
from devices.upnp_search import (
    GROUPS,
    MAX_OF_ONE,
    PORT,
    SearchAnswer,
    UpnpSearch,
    answer_in,
    candidate_of,
    described,
    texts_of,
)
from twin.model.candidate import Candidate, Need

ROUTER = """<?xml version="1.0"?>
<root xmlns="urn:schemas-upnp-org:device-1-0"><specVersion><major>1</major><minor>0</minor></specVersion><device>
<deviceType>urn:schemas-upnp-org:device:InternetGatewayDevice:1</deviceType><friendlyName>Home\u202e router</friendlyName>
<manufacturer>AVM</manufacturer><modelName>Box</modelName><modelNumber>7590</modelNumber><softwareVersion>8.02</softwareVersion>
<deviceList><device><friendlyName>WAN</friendlyName></device></deviceList></device></root>"""


def said(location: str, usn: str = "uuid:AB-1::upnp:rootdevice") -> bytes:
    return f"HTTP/1.1 200 OK\r\nST: upnp:rootdevice\r\nLocation:  {location}\r\nUSN: {usn}\r\n\r\n".encode()


@pytest.mark.parametrize(
    ("data", "udn"),
    [
        (said("http://10.0.0.1:49000/root.xml"), "ab-1"),
        (said("http://10.0.0.2:49000/root.xml"), None),  # of another host: it would be asked in the sender's name
        (said("https://10.0.0.1/root.xml"), None),
        (said("http://router.local/root.xml"), None),
        (said("http://10.0.0.1/root.xml", ""), None),
        (said("http://10.0.0.1:65536/root.xml"), None),
        (b"M-SEARCH * HTTP/1.1\r\n\r\n", None),
        (b"HTTP/1.1 200 OK\r\nLOCATION: http://[::1\r\nUSN: uuid:a\r\n\r\n", None),
    ],
)
def test_an_answer_names_a_description_on_the_host_that_sent_it(data: bytes, udn: str | None) -> None:
    answer = answer_in(data, "10.0.0.1")
    assert (answer and answer.udn) == udn


async def test_one_device_that_cannot_be_read_and_one_that_floods_hide_no_other(
    monkeypatch: pytest.MonkeyPatch,
) -> None:
    monkeypatch.setattr("devices.upnp_search.LISTEN_S", 1.0)
    monkeypatch.setattr("devices.upnp_search._networks", lambda: ["10.0.0.9"])

    class Asked:
        def close(self) -> None:
            pass

    async def asking(_host: str, heard: asyncio.Queue[SearchAnswer]) -> Asked:
        for number in range(200):
            heard.put_nowait(SearchAnswer(f"flood-{number}", "http://10.0.0.1/", "10.0.0.1", 80))
        heard.put_nowait(SearchAnswer("bad", "http://10.0.0.2/", "10.0.0.2", 80))
        heard.put_nowait(SearchAnswer("good", "http://10.0.0.3/", "10.0.0.3", 80))
        return Asked()

    async def read(_http: object, answer: SearchAnswer) -> dict[str, str]:
        if answer.udn == "bad":
            raise RuntimeError
        return {}

    monkeypatch.setattr("devices.upnp_search._asking", asking)
    monkeypatch.setattr("devices.upnp_search.described", read)
    found = [one.key async for one in UpnpSearch().scan()]
    assert len(found) == MAX_OF_ONE + 1
    assert "upnp:good" in found


async def test_a_description_is_parsed_beside_the_event_loop(monkeypatch: pytest.MonkeyPatch) -> None:
    threads: list[int] = []

    def noted(body: bytes) -> dict[str, str]:
        threads.append(threading.get_ident())
        return {}

    monkeypatch.setattr("devices.upnp_search.texts_of", noted)
    async with web_server(web.Response(text=ROUTER.replace("\u202e", ""))) as port, device_session() as http:
        await described(http, SearchAnswer("a", f"http://127.0.0.1:{port}/d.xml", "127.0.0.1", port))
    assert threads
    assert threading.get_ident() not in threads


@given(st.binary(max_size=300))
def test_whatever_is_sent_is_an_answer_or_none(data: bytes) -> None:
    answer_in(data, "10.0.0.1")
    answer_in(b"HTTP/1.1 200 OK\r\nLOCATION: http://" + data + b"\r\nUSN: uuid:a\r\n\r\n", "fe80::1%2")
    texts_of(data)
    texts_of(b"<root><device>" + data + b"</device></root>")


def test_a_description_tells_product_maker_model_and_firmware() -> None:
    row = candidate_of(
        SearchAnswer("ab-1", "http://10.0.0.1:49000/root.xml", "10.0.0.1", 49000), texts_of(ROUTER.encode())
    )
    assert (row.name, row.product, row.maker, row.model, row.firmware) == (
        "Home router",
        "Router",
        "AVM",
        "Box 7590",
        "8.02",
    )
    assert (row.key, row.addresses, row.port, row.needs) == ("upnp:ab-1", ("10.0.0.1",), 49000, Need.KNOWN)
    bare = candidate_of(SearchAnswer("ab-1", "http://10.0.0.1/", "10.0.0.1", 80), {})
    assert (bare.name, bare.product, bare.port) == ("UPnP device", "UPnP device", 80)


@pytest.mark.parametrize(
    ("texts", "product"),
    [
        ({"deviceType": "urn:schemas-upnp-org:device:ZonePlayer:1", "manufacturer": "Sonos, Inc."}, "Sonos speaker"),
        ({"deviceType": "urn:schemas-upnp-org:device:Basic:1", "modelName": "Philips hue bridge 2015"}, "Hue bridge"),
        ({"deviceType": "urn:schemas-upnp-org:device:MediaServer:1"}, "Media server"),
        ({"deviceType": "urn:Belkin:device:insight:1"}, "Wemo device"),
        ({"deviceType": "urn:x"}, "UPnP device"),
    ],
)
def test_the_device_type_tells_what_it_is(texts: dict[str, str], product: str) -> None:
    assert candidate_of(SearchAnswer("a", "http://10.0.0.1/", "10.0.0.1", 80), texts).product == product


def test_a_description_with_entities_is_not_read() -> None:
    bomb = b'<!DOCTYPE r [<!ENTITY a "aaaa">]><root><device><friendlyName>&a;</friendlyName></device></root>'
    assert texts_of(bomb) == {}


@asynccontextmanager
async def web_server(reply: web.StreamResponse) -> AsyncGenerator[int]:
    async def answer(_request: web.Request) -> web.StreamResponse:
        return reply

    application = web.Application()
    application.router.add_get("/{path:.*}", answer)
    runner = web.AppRunner(application)
    await runner.setup()
    site = web.TCPSite(runner, "127.0.0.1", 0)
    await site.start()
    try:
        yield runner.addresses[0][1]
    finally:
        await runner.cleanup()


@pytest.mark.parametrize(
    ("reply", "name"),
    [
        (web.Response(text=ROUTER.replace("\u202e", "")), "Home router"),
        (web.Response(text=ROUTER + " " * 300_000), None),
        (web.Response(status=302, headers={"Location": "/other"}), None),
        (web.Response(status=404, text=ROUTER), None),
    ],
    ids=["whole", "too long", "elsewhere", "none"],
)
async def test_a_description_is_read_from_the_device_itself(reply: web.Response, name: str | None) -> None:
    async with web_server(reply) as port, device_session() as http:
        texts = await described(http, SearchAnswer("a", f"http://127.0.0.1:{port}/d.xml", "127.0.0.1", port))
    assert texts.get("friendlyName") == name


class Responder(asyncio.DatagramProtocol):
    """Answers a search as a root device does, and says something else before."""

    def __init__(self, location: str) -> None:
        self.location = location

    def connection_made(self, transport: asyncio.DatagramTransport) -> None:  # pyright: ignore[reportIncompatibleMethodOverride]
        self.transport = transport

    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        if b"M-SEARCH" in data and b"ST: upnp:rootdevice" in data:
            self.transport.sendto(b"\xff\x00 nonsense", addr)
            self.transport.sendto(said(self.location), addr)


async def test_a_device_that_answers_the_group_is_a_row_and_the_scan_ends(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.setenv("OIKOS_MDNS_INTERFACES", "127.0.0.1")
    monkeypatch.setattr("devices.upnp_search.LISTEN_S", 1.0)
    group = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    group.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    group.bind((GROUPS[socket.AF_INET], PORT))
    member = socket.inet_aton(GROUPS[socket.AF_INET]) + socket.inet_aton("127.0.0.1")
    group.setsockopt(socket.IPPROTO_IP, socket.IP_ADD_MEMBERSHIP, member)
    async with web_server(web.Response(text=ROUTER)) as port:
        where = f"http://127.0.0.1:{port}/d.xml"
        transport, _ = await asyncio.get_running_loop().create_datagram_endpoint(lambda: Responder(where), sock=group)
        try:
            found: list[Candidate] = []
            async with asyncio.timeout(60):
                while not found:  # datagrams get lost
                    found = [one async for one in UpnpSearch().scan() if one.key == "upnp:ab-1"]
        finally:
            transport.close()
    assert [(one.name, one.product, one.port) for one in found] == [("Home router", "Router", port)]
