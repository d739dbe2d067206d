"""UPnP search (SSDP) for devices that are only named: routers, televisions, speakers, printers, cameras.

A search goes to the group of every network, each root device answers with the address of its description, which is read from
the address that answered and no other (UPnP Device Architecture 2.0, sections 1.3 and 2.3).
"""

from __future__ import annotations

import asyncio
import contextlib
import ipaddress
import logging
import socket
from collections import Counter
from collections.abc import AsyncIterator, Mapping
from dataclasses import dataclass
from fnmatch import fnmatchcase
from functools import partial
from typing import override
from urllib.parse import urlsplit

import aiohttp

from devices.candidate_merge import UPNP
from devices.http_session import device_session
from devices.link_local import named
from devices.zeroconf_interfaces import interfaces_from_environment
from twin.model.candidate import Candidate, Need
from twin.model.ids import clean_name

_LOG = logging.getLogger("oikos.discover")
GROUPS = {socket.AF_INET: "239.255.255.250", socket.AF_INET6: "ff02::c"}
PORT = 1900
WAIT_S = 2
"""Devices answer within so many seconds, at a moment of their own choice."""
LISTEN_S = WAIT_S + 2.0
DESCRIPTION_S = 5.0
MAX_DESCRIPTION = 64 * 1024
MAX_FOUND = 300
MAX_OF_ONE = 30
"""Most root devices of one address: a computer may host several, and none may crowd out the others."""
_PIECE = 4096
"""Bytes that are parsed in one go: no other thread runs meanwhile."""
AT_A_TIME = 20
_ROOT = "upnp:rootdevice"

PRODUCTS: tuple[tuple[str, str, str], ...] = (
    ("*:internetgatewaydevice:*", "*", "Router"),
    ("*:wfadevice:*", "*", "Router"),
    ("*:zoneplayer:*", "*", "Sonos speaker"),
    ("*:mediarenderer:*", "*sonos*", "Sonos speaker"),
    ("*:basic:*", "*hue bridge*", "Hue bridge"),
    ("*:printer:*", "*", "Printer"),
    ("*:scanner:*", "*", "Scanner"),
    ("*:digitalsecuritycamera:*", "*", "Network camera"),
    ("*:dial-multiscreen-org:*", "*", "Television"),
    ("urn:belkin:*", "*", "Wemo device"),
    ("*:mediarenderer:*", "*", "Media player"),
    ("*:mediaserver:*", "*", "Media server"),
)
"""Globs on the device type, and on maker and model, in lower case (UPnP Forum device control protocols), to the product."""


@dataclass(frozen=True, slots=True)
class SearchAnswer:
    """What a root device answered: its unique name, where its description lies, and from which address and port."""

    udn: str
    location: str
    host: str
    port: int


class UpnpSearch:
    """The search as a scan of discovery."""

    scan_every_s = 60.0

    async def scan(self) -> AsyncIterator[Candidate]:
        """Root devices as their descriptions are read. Ends by itself."""
        limit = asyncio.Semaphore(AT_A_TIME)
        candidates: asyncio.Queue[Candidate | None] = asyncio.Queue()

        async def describe(http: aiohttp.ClientSession, answer: SearchAnswer) -> None:
            async with limit:
                try:
                    candidates.put_nowait(candidate_of(answer, await described(http, answer)))
                except Exception as error:  # what one device says ends the search for no other
                    _LOG.debug("root device left out: %s", type(error).__name__)

        async def search(http: aiohttp.ClientSession) -> None:
            async with asyncio.TaskGroup() as tasks:
                async for answer in answers(await asyncio.to_thread(_networks)):
                    tasks.create_task(describe(http, answer))
            candidates.put_nowait(None)

        async with (
            device_session(timeout=aiohttp.ClientTimeout(total=DESCRIPTION_S)) as http,
            asyncio.TaskGroup() as searching,
        ):
            searching.create_task(search(http))
            while (candidate := await candidates.get()) is not None:
                yield candidate


async def answers(networks: list[str]) -> AsyncIterator[SearchAnswer]:
    """Root devices that answer a search sent from these addresses of this machine, each once."""
    heard: asyncio.Queue[SearchAnswer] = asyncio.Queue(MAX_FOUND)
    transports: list[asyncio.DatagramTransport] = []
    try:
        for host in networks:
            with contextlib.suppress(OSError):
                transports.append(await _asking(host, heard))
        seen, of_one = set[str](), Counter[str]()
        with contextlib.suppress(TimeoutError):
            async with asyncio.timeout(LISTEN_S):
                while len(seen) < MAX_FOUND:
                    answer = await heard.get()
                    if answer.udn not in seen and of_one[answer.host] < MAX_OF_ONE:
                        seen.add(answer.udn)
                        of_one[answer.host] += 1
                        yield answer
    finally:
        for transport in transports:
            transport.close()


class _Ears(asyncio.DatagramProtocol):
    def __init__(self, heard: asyncio.Queue[SearchAnswer]) -> None:
        self._heard = heard

    @override
    def datagram_received(self, data: bytes, addr: tuple[str | int, ...]) -> None:
        zone = "".join(f"%{index}" for index in addr[3:4] if index)
        answer = answer_in(data, named(str(addr[0]).partition("%")[0] + zone))
        if answer is not None and not self._heard.full():
            self._heard.put_nowait(answer)


async def _asking(host: str, heard: asyncio.Queue[SearchAnswer]) -> asyncio.DatagramTransport:
    """Sends the search from one address, twice, for datagrams get lost."""
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    loop = asyncio.get_running_loop()
    transport, _ = await loop.create_datagram_endpoint(partial(_Ears, heard), local_addr=(host, 0), family=family)
    own = transport.get_extra_info("socket")
    if family is socket.AF_INET:
        own.setsockopt(socket.IPPROTO_IP, socket.IP_MULTICAST_IF, socket.inet_aton(host))
    else:
        own.setsockopt(socket.IPPROTO_IPV6, socket.IPV6_MULTICAST_IF, own.getsockname()[3])
    group = GROUPS[family]
    shown = f"[{group}]" if ":" in group else group
    lines = ("M-SEARCH * HTTP/1.1", f"HOST: {shown}:{PORT}", 'MAN: "ssdp:discover"', f"MX: {WAIT_S}", f"ST: {_ROOT}")
    for _ in range(2):
        transport.sendto("\r\n".join((*lines, "", "")).encode(), (group, PORT))
    return transport


def answer_in(data: bytes, host: str) -> SearchAnswer | None:
    """The answer in a datagram; None where it is none, or its description lies on another host than the one that sent it."""
    head, *lines = data[:4096].decode("utf-8", "replace").split("\r\n")
    if not head.startswith("HTTP/1.1 200"):
        return None
    fields = {
        key.strip().lower(): text.strip() for key, colon, text in (line.partition(":") for line in lines) if colon
    }
    location, udn = fields.get("location", ""), fields.get("usn", "").partition("::")[0]
    try:
        url = urlsplit(location)
        same = ipaddress.ip_address(url.hostname or "") == ipaddress.ip_address(host.partition("%")[0])
        port = url.port or 80
    except ValueError:
        return None
    if url.scheme != "http" or not same or not udn:
        return None
    return SearchAnswer(clean_name(udn.removeprefix("uuid:").lower(), 80), location, host, port)


async def described(http: aiohttp.ClientSession, answer: SearchAnswer) -> Mapping[str, str]:
    """The texts of a root device's description by element; empty where it cannot be read."""
    where = f"[{answer.host}]" if ":" in answer.host else answer.host
    address = urlsplit(answer.location)._replace(netloc=f"{where}:{answer.port}", fragment="").geturl()
    try:
        async with http.get(address) as response:
            body = bytearray()
            async for part in response.content.iter_any():
                body += part
                if len(body) > MAX_DESCRIPTION:
                    return {}
        return await asyncio.to_thread(texts_of, bytes(body)) if response.status == 200 else {}
    except (aiohttp.ClientError, OSError, TimeoutError, ValueError):
        return {}


def texts_of(body: bytes) -> Mapping[str, str]:
    """Texts of the root device in a description, cleaned, by element without namespace. Blocks; never raises."""
    from xml.etree.ElementTree import ParseError

    from defusedxml import DefusedXmlException
    from defusedxml.ElementTree import XMLParser

    parser = XMLParser(forbid_dtd=True)
    try:
        for at in range(0, len(body), _PIECE):
            parser.feed(body[at : at + _PIECE])
        root = parser.close()
    except (ParseError, DefusedXmlException, ValueError, LookupError):
        return {}
    device = next((one for one in root if one.tag.rpartition("}")[2] == "device"), None)
    parts = () if device is None else (one for one in device if not len(one))
    texts = ((one.tag.rpartition("}")[2], clean_name(one.text or "")) for one in parts)
    return {name: text for name, text in texts if text}


def candidate_of(answer: SearchAnswer, texts: Mapping[str, str]) -> Candidate:
    """The row of a root device."""
    type, maker = texts.get("deviceType", ""), texts.get("manufacturer", "")
    model = " ".join(dict.fromkeys(filter(None, (texts.get("modelName", ""), texts.get("modelNumber", "")))))
    product = _product(type.lower(), f"{maker} {model}".lower())
    return Candidate(
        key=f"upnp:{answer.udn}",
        name=texts.get("friendlyName") or product,
        protocol=UPNP,
        product=product,
        maker=maker,
        model=model,
        firmware=texts.get("softwareVersion") or texts.get("swVersion", ""),
        addresses=(answer.host,),
        port=answer.port,
        needs=Need.KNOWN,
        evidence=("answers an SSDP search", *((type,) if type else ())),
    )


def _product(type: str, what: str) -> str:
    fitting = (title for kind, glob, title in PRODUCTS if fnmatchcase(type, kind) and fnmatchcase(what, glob))
    return next(fitting, "UPnP device")


def _networks() -> list[str]:
    """This machine's addresses in networks where devices may be, or those that discovery is limited to. Blocks briefly."""
    from devices.network_check.interfaces import network_interfaces

    chosen = interfaces_from_environment()
    if chosen:
        return list(chosen)
    usable = [one for one in network_interfaces() if one.usable]
    four = [str(address) for one in usable for address in one.ipv4]
    six = [f"{address}%{one.index}" for one in usable for address in one.ipv6 if address.is_link_local]
    return four + six
