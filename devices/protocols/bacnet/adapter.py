"""BACnet/IP and BACnet/IPv6 devices. URL: `bacnet://host[:47808]`, with the options of `bacnet_options.OPTIONS` as its query. Found by Who-Is."""

from __future__ import annotations

import asyncio
import ipaddress
from collections.abc import AsyncIterator, Awaitable, Iterable, Mapping
from types import ModuleType
from urllib.parse import parse_qsl, urlsplit

from devices.contract import AdapterContext, AdapterSession, Secret, Service
from devices.local_name import addresses_of
from devices.loopback_address import bracketed
from devices.protocols.bacnet.bacnet_options import OPTIONS, bacnet_settings
from devices.protocols.bacnet.command_expiry import Slot
from devices.protocols.bacnet.who_is import PORT, IAm, who_is
from devices.zeroconf_interfaces import interfaces_from_environment
from twin.model.candidate import Candidate, Need
from twin.model.device import Link
from twin.model.ids import LinkId, derived
from twin.model.link_option import checked_options
from twin.model.problem import Problem, ProblemError, Severity
from twin.model.text import Text


class BacnetAdapter:
    """Adapter for BACnet/IP devices, each of which is a link."""

    protocol = "bacnet"
    title = "BACnet"
    service_types: tuple[str, ...] = ()
    schemes = ("bacnet",)
    options = OPTIONS
    scan_every_s = 300.0

    def claim(self, service: Service) -> Candidate | None:
        """None: BACnet devices do not announce themselves by mDNS."""
        del service
        return None

    async def scan(self) -> AsyncIterator[Candidate]:
        """Devices that answer Who-Is on this machine's networks; those behind a router are named, not reached."""
        async for found in who_is(await asyncio.to_thread(_networks), PORT):
            yield _candidate(found)

    def link(self, target: str | Candidate) -> Link:
        """The link to a device; raises ProblemError for a URL that is none."""
        if isinstance(target, Candidate):
            return _link(target.addresses[0] if target.addresses else "", target.port, target.name, ())
        try:
            url = urlsplit(target.strip())
            host, port = url.hostname, url.port
        except ValueError:
            raise ProblemError(_bad_url(Text("url.port"))) from None
        if url.scheme not in self.schemes:
            raise ProblemError(_bad_url(Text("bacnet.url_form")))
        options, problems = checked_options(OPTIONS, parse_qsl(url.query, keep_blank_values=True), target)
        if problems:
            raise ProblemError(*problems)
        return _link(host or "", port or PORT, "", options)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """A session, whose device is asked when it is described. Raises OSError, ProblemError. BACnet/IP has no login."""
        del secret
        url = urlsplit(link.address)
        opening = await asyncio.to_thread(_opening)
        hosts = await addresses_of(url.hostname or "")
        return await opening.open_session(link, bacnet_settings(link), hosts, url.port or PORT, adapter_context)

    async def release_commands(self, link: Link, adapter_context: AdapterContext) -> tuple[Problem, ...]:
        """Takes back what the priority arrays and recipient lists still hold of a removed link by its project; notes of what stays,
        also where the device is not there."""
        url = urlsplit(link.address)
        opening = await asyncio.to_thread(_opening)
        try:
            hosts = await addresses_of(url.hostname or "")
        except OSError:
            hosts = ()
        device = link, bacnet_settings(link), hosts, url.port or PORT, adapter_context
        commanded = _still_commanded(link, opening.take_back(*device))
        notes = await asyncio.gather(commanded, _still_recipient(link, opening.leave_recipients(*device)))
        return tuple(filter(None, notes))


async def _still_commanded(link: Link, taking_back: Awaitable[Mapping[Slot, Text]]) -> Problem | None:
    where = link.title or link.address
    try:
        refused = await taking_back
    except (ProblemError, OSError):
        return Problem(code="link.still_commanded", where=where, severity=Severity.WARNING)
    names = ", ".join(f"{name} ({priority})" for name, priority in refused)
    args = {"names": names}
    return Problem(code="bacnet.still_commanded", args=args, where=where, severity=Severity.WARNING) if names else None


async def _still_recipient(link: Link, leaving: Awaitable[Iterable[str]]) -> Problem | None:
    names, where = ", ".join(await leaving), link.title or link.address
    args = {"names": names}
    return Problem(code="bacnet.still_recipient", args=args, where=where, severity=Severity.WARNING) if names else None


def _opening() -> ModuleType:
    """The module that is imported only now, for the library takes time."""
    from devices.protocols.bacnet import bacnet_opening

    return bacnet_opening


def _networks() -> list[ipaddress.IPv4Interface]:
    """This machine's IPv4 networks that have broadcasts, or those that discovery is limited to. Blocks briefly."""
    import ifaddr

    chosen = interfaces_from_environment()
    return [
        ipaddress.IPv4Interface(f"{one.ip}/{one.network_prefix}")
        for adapter in ifaddr.get_adapters()
        for one in adapter.ips
        if isinstance(one.ip, str) and one.network_prefix < 31
        if (one.ip in chosen if chosen else not one.ip.startswith("127."))
    ]


def _candidate(found: IAm) -> Candidate:
    return Candidate(
        key=f"bacnet:{found.instance}",
        name=f"BACnet device {found.instance}",
        protocol="bacnet",
        product="BACnet device",
        addresses=(found.host,),
        port=found.port,
        needs=Need.KNOWN if found.routed else Need.NOTHING,
        evidence=("answers Who-Is", f"vendor {found.vendor}", *(("behind a router",) if found.routed else ())),
        facts=(("instance", str(found.instance)),),
    )


def _link(host: str, port: int, title: str, options: tuple[tuple[str, str], ...]) -> Link:
    if not host:
        raise ProblemError(_bad_url(Text("bacnet.url_form")))
    where = f"bacnet://{bracketed(host)}:{port}"
    return Link(
        id=LinkId(derived("link", "bacnet", where)),
        protocol="bacnet",
        address=where,
        title=title or f"BACnet {host}",
        options=options,
    )


def _bad_url(why: Text) -> Problem:
    return Problem(code="bacnet.url", args={"why": why})


ADAPTER = BacnetAdapter()
