"""KNX installations. URL: `knx://host[:3671]`, with the options of `knx_options.OPTIONS` as its query; the host is an
interface, or in routing the multicast group (`knx://224.0.23.12?transport=routing`). Found by KNX search.

KNX describes no devices: they come from the link's table of group addresses (option `table`).
"""

from __future__ import annotations

import asyncio
from collections.abc import AsyncIterator
from importlib import import_module

from devices.contract import AdapterContext, AdapterSession, Secret, Service
from devices.protocols.knx.knx_options import ADDRESSES, OPTIONS, Transport
from devices.protocols.knx.knx_search import GROUP, FoundInterface, search
from devices.protocols.knx.network_card import card_of
from devices.zeroconf_interfaces import interfaces_from_environment
from twin.model.candidate import Candidate, Need
from twin.model.device import DeviceInfo, Link
from twin.model.ids import clean_name
from twin.model.link_option import option_values


class KnxAdapter:
    """Adapter for KNX/IP interfaces, each of which is a link to its installation."""

    protocol = "knx"
    title = "KNX"
    service_types: tuple[str, ...] = ()
    schemes = ("knx",)
    options = OPTIONS
    has_login = True
    scan_every_s = 300.0
    table_option = "table"

    def claim(self, service: Service) -> Candidate | None:
        """None: KNX/IP interfaces do not announce themselves by mDNS."""
        del service
        return None

    async def scan(self) -> AsyncIterator[Candidate]:
        """Interfaces and routers that answer a KNX search on this machine's networks."""
        hosts = await asyncio.to_thread(_hosts)
        async for found in search(hosts):
            yield _candidate(found, found.network if len(hosts) > 1 else "")

    def link(self, target: str | Candidate) -> Link:
        """The link to an interface or, of a router without tunnelling, to its multicast; raises ProblemError for a URL that is
        none.
        """
        facts = dict(target.facts) if isinstance(target, Candidate) else {}
        if group := facts.get("group"):
            card = f"&network={facts['network']}" if facts.get("network") else ""
            return ADDRESSES.link(f"knx://{group}?transport=routing{card}")
        return ADDRESSES.link(target)

    def distinction(self, link: Link) -> str:
        """This computer's card in the network of the routers, given by name or address, or an address that no card has now; empty for
        a tunnel, to which any card leads. Blocks briefly."""
        options = option_values(OPTIONS, link.options)
        routes = options["transport"] in (Transport.ROUTING, Transport.SECURE_ROUTING)
        return card_of(options["network"]) if routes and options["network"] else ""

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """A connected session. Raises ProblemError for a table or keyring that cannot be read, AuthError where either has
        another password, OSError, TimeoutError. KNX/IP without KNX Secure has no login.
        """
        open_session = await asyncio.to_thread(_opening)
        return await open_session(link, secret, adapter_context)

    async def listed(self, link: Link, secret: Secret | None, root: str) -> tuple[DeviceInfo, ...]:
        """The devices of the link's table. Raises ProblemError for one that cannot be read, AuthError for its password."""
        opening = await asyncio.to_thread(import_module, "devices.protocols.knx.knx_opening")
        found: tuple[DeviceInfo, ...] = await opening.listed(link, secret, root)
        return found


def _opening():  # noqa: ANN202 - a function of a module that is imported only now, for the library takes time
    from devices.protocols.knx.knx_opening import open_session

    return open_session


def _hosts() -> list[str]:
    """This machine's IPv4 addresses, or those that discovery is limited to. Blocks briefly."""
    import ifaddr

    chosen = interfaces_from_environment()
    found = [one.ip for adapter in ifaddr.get_adapters() for one in adapter.ips if isinstance(one.ip, str)]
    return [ip for ip in found if (ip in chosen if chosen else not ip.startswith("127."))]


def _candidate(found: FoundInterface, network: str) -> Candidate:
    """The candidate; `network`: this computer's address in its network, empty where there is only one."""
    routes = found.routing and not found.tunnelling
    return Candidate(
        key=f"knx:{found.serial or found.host}",
        name=clean_name(found.name) or f"KNX {found.host}",
        protocol="knx",
        product="KNX/IP interface",
        addresses=(found.host,),
        port=found.port,
        needs=Need.NOTHING if found.tunnelling or found.routing else Need.KNOWN,
        evidence=(
            *("answers KNX search", found.address),
            *(() if found.tunnelling else ("no tunnelling",)),
            *(("routing",) if found.routing else ()),
        ),
        facts=(
            *((("id", found.serial),) if found.serial else ()),
            *((("group", GROUP),) if routes else ()),
            *((("network", network),) if routes and network else ()),
        ),
    )


ADAPTER = KnxAdapter()
