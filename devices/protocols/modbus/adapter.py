"""Modbus TCP, and Modbus RTU through a TCP gateway: SunSpec inverters, meters and batteries, and meters by profile.

URL: `modbus://host[:502]`, `modbus+rtu://host[:502]` for a gateway that passes RTU frames on, with the options of
`link_settings.OPTIONS` as its query: `modbus://192.168.1.20?units=1,2&period=2`.
"""

from __future__ import annotations

import asyncio
from urllib.parse import parse_qsl, urlsplit

from devices.contract import AdapterContext, AdapterSession, Secret, Service
from devices.local_name import addresses_of, is_local
from devices.protocols.modbus.link_settings import OPTIONS, link_settings
from twin.model.candidate import Candidate, Need
from twin.model.device import Link
from twin.model.ids import LinkId, clean_name, derived
from twin.model.link_option import checked_options
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

PORT = 502


class ModbusAdapter:
    """Adapter for Modbus hosts: one host is one link, each unit id behind it one or more devices."""

    protocol = "modbus"
    title = "Modbus"
    service_types = ("_solaredge-modbus._tcp", "_modbus._tcp")
    schemes = ("modbus", "modbus+rtu")
    options = OPTIONS

    def claim(self, service: Service) -> Candidate | None:
        """The candidate for a device that announces its Modbus port."""
        if service.type not in self.service_types or not service.port:
            return None
        host = clean_name(service.host.rstrip("."), 128)
        return Candidate(
            key=f"modbus:{'-'.join(clean_name(service.name).lower().split())}@{host}",
            name=service.name,
            protocol=self.protocol,
            product="SolarEdge inverter" if service.type.startswith("_solaredge") else "Modbus device",
            addresses=service.addresses,
            port=service.port,
            needs=Need.NOTHING,
            evidence=(service.type,),
            facts=(("host", host),),
        )

    def link(self, target: str | Candidate) -> Link:
        """The link to a host. Raises ProblemError for an invalid URL or options."""
        if isinstance(target, Candidate):
            name = dict(target.facts).get("host", "").lower().rstrip(".")
            host = name if is_local(name) or not target.addresses else target.addresses[0]
            return _link("modbus", host, target.port, target.name, ())
        try:
            url = urlsplit(target.strip())
            port = url.port
        except ValueError:
            raise ProblemError(_bad_url(Text("url.port"))) from None
        if url.scheme not in self.schemes or not url.hostname:
            raise ProblemError(_bad_url(Text("modbus.url_form")))
        options, problems = checked_options(OPTIONS, parse_qsl(url.query, keep_blank_values=True), target)
        if problems:
            raise ProblemError(*problems)
        return _link(url.scheme, url.hostname, port or PORT, "", options)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """Connects and returns a session. Raises ProblemError, OSError or TimeoutError. Modbus has no login."""
        del secret
        settings = link_settings(link)
        begin = await asyncio.to_thread(_session_library)
        url = urlsplit(link.address)
        hosts = await addresses_of(url.hostname or "")
        return await begin(link, settings, adapter_context.folder, hosts, url.port or PORT)


def _session_library():  # noqa: ANN202 - the function of a module that is imported only now, for pymodbus takes time
    from devices.protocols.modbus.device_profiles import profiles
    from devices.protocols.modbus.modbus_session import open_session

    profiles()  # read now, off the loop
    return open_session


def _link(scheme: str, host: str, port: int, title: str, options: tuple[tuple[str, str], ...]) -> Link:
    shown = f"[{host}]" if ":" in host else host
    where = f"{scheme}://{shown}:{port}"
    link = Link(
        id=LinkId(derived("link", "modbus", where)),
        protocol="modbus",
        address=where,
        title=title or f"Modbus {shown}",
        options=options,
    )
    link_settings(link)
    return link


def _bad_url(why: Text) -> Problem:
    return Problem(code="modbus.url", args={"why": why})


ADAPTER = ModbusAdapter()
