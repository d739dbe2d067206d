"""Matter adapter: devices are commissioned by their code through a server of our own, or one elsewhere."""

from __future__ import annotations

import asyncio
from collections.abc import Callable, Mapping
from dataclasses import replace
from pathlib import Path
from typing import TYPE_CHECKING
from urllib.parse import parse_qsl, urlsplit

from devices.contract import AdapterContext, AdapterSession, KeyedNetwork, Secret, Service
from devices.protocols.matter.attribute_table import KINDS
from devices.protocols.matter.server_programs import OPTIONS, chosen_program
from devices.protocols.matter.setup_code import parse
from twin.model.candidate import Candidate, Need
from twin.model.device import Link
from twin.model.ids import LinkId, clean_name, derived
from twin.model.kind import KINDS as KIND_TABLE
from twin.model.problem import Problem, ProblemError
from twin.model.radio_map import Radio
from twin.model.text import Text, why

if TYPE_CHECKING:
    from devices.protocols.matter.server import ManagedServer

HERE = "matter://this-computer"
COMMISSIONABLE, OPERATIONAL = "_matterc._udp", "_matter._tcp"
_PORT = 5580
FETCH_S = 240.0
"""Seconds for an opening in which the packages of the matter.js server may be fetched."""
START_S = 75.0
"""Seconds for an opening in which the managed server is started and its nodes are read."""


class MatterAdapter:
    """Adapter for Matter servers: one server is one link; `managed` is the one that Oikos runs."""

    protocol = "matter"
    title = "Matter"
    service_types: tuple[str, ...] = (COMMISSIONABLE, OPERATIONAL)
    schemes: tuple[str, ...] = ("matter", "ws", "wss")
    removal = Text("matter.removal")
    options = OPTIONS
    signal_radio = Radio.WIFI
    surveys_radio = True

    def check(self, code: str) -> None:
        """Raises ProblemError for an invalid setup code."""
        parse(code)

    def announced_by(self, code: str) -> Callable[[Candidate], bool]:
        """Whether a candidate announces the discriminator of this setup code."""
        wanted = replace(parse(code), passcode=0)

        def announces(candidate: Candidate) -> bool:
            discriminator = dict(candidate.facts).get("discriminator", "") if candidate.protocol == "matter" else ""
            return discriminator.isdecimal() and wanted.matches(int(discriminator))

        return announces

    def is_same_code(self, code: str, other: str) -> bool:
        """Whether passcode and discriminator are the same, as far as both codes have them."""
        return parse(code).is_of_device(parse(other))

    def managed(self) -> Link:
        """The link to the server that Oikos runs on this computer."""
        return _link(HERE, "Matter on this computer")

    def claim(self, service: Service) -> Candidate | None:
        """The candidate for a device in pairing mode, or one that is in some network already."""
        if service.type == COMMISSIONABLE:
            return _new(service)
        return _taken(service) if service.type == OPERATIONAL else None

    def link(self, target: str | Candidate) -> Link:
        """The link for a server's address. Raises ProblemError for an invalid URL, and for a candidate, because a
        device needs its code.
        """
        if isinstance(target, Candidate):
            raise ProblemError(_needs_code(target))
        try:
            url = urlsplit(target.strip())
            port = url.port
        except ValueError:
            raise ProblemError(_bad_url(Text("url.port"))) from None
        if url.scheme == "matter":
            return replace(self.managed(), options=tuple(parse_qsl(url.query)))
        if url.scheme not in ("ws", "wss") or not url.hostname:
            raise ProblemError(_bad_url(Text("matter.url_form")))
        if url.username or url.password:
            raise ProblemError(_bad_url(Text("matter.url_login")))
        host = f"[{url.hostname}]" if ":" in url.hostname else url.hostname
        return _link(f"{url.scheme}://{host}:{port or _PORT}{url.path.rstrip('/') or '/ws'}", f"Matter {host}")

    def keys(self, link: Link, folder: Path) -> Mapping[str, bytes]:
        """Key files of the managed server's network by name; empty for a server elsewhere, which keeps its own."""
        from devices.protocols.matter import fabric

        program = chosen_program(link.options, folder)
        return fabric.read(folder, program.store) if link.address == HERE else {}

    def network(self, files: Mapping[str, bytes]) -> KeyedNetwork | None:
        """The network that the key files belong to; None where they hold none or are damaged."""
        from devices.protocols.matter import fabric

        return fabric.network(files)

    def put_keys(self, folder: Path, files: Mapping[str, bytes]) -> Path | None:
        """Restores the network's key files; the server must not be running. Returns where earlier files were moved to.
        Raises ProblemError.
        """
        from devices.protocols.matter import fabric

        return fabric.put_back(folder, files)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """Connects to the server, starting the managed one, and reads all nodes. Raises ProblemError, OSError or
        TimeoutError.
        """
        from devices.protocols.matter.matter_session import MatterSession
        from devices.protocols.matter.server_client import NotAMatterServerError, ServerAddress, ServerConnection

        if link.address == HERE:
            adapter_context.allow_s(FETCH_S if _may_fetch(adapter_context) else START_S)
        server = await asyncio.to_thread(_managed, link, adapter_context) if link.address == HERE else None
        wire: ServerConnection | None = None
        try:
            wire = await ServerConnection.open(await server.start() if server else ServerAddress(link.address))
            session = MatterSession(wire, server, link.address, online=adapter_context.online)
            await session.begin()
        except BaseException as error:
            if wire is not None:
                await wire.close()
            if server is not None:
                await server.stop()
            if isinstance(error, NotAMatterServerError):
                raise ProblemError(_stranger(link.address, why(error))) from None
            raise
        return session


def _managed(link: Link, adapter_context: AdapterContext) -> ManagedServer:
    from devices.protocols.matter.server import ManagedServer

    program, online = chosen_program(link.options, adapter_context.folder), adapter_context.online
    return ManagedServer(adapter_context.folder, program, online=online, may_fetch=_may_fetch(adapter_context))


def _may_fetch(adapter_context: AdapterContext) -> bool:
    """Whether packages that are missing may be fetched: the user asked for this opening, or allows the internet at all."""
    return adapter_context.asked or adapter_context.online


def _link(address: str, title: str) -> Link:
    return Link(id=LinkId(derived("link", "matter", address)), protocol="matter", address=address, title=title)


def _new(service: Service) -> Candidate | None:
    """TXT keys of section 4.3.1: D discriminator, VP vendor and product, CM mode, DT type, DN name."""
    txt = service.txt
    discriminator = txt.get("d", "")
    if not discriminator.isdecimal() or int(discriminator) > 0xFFF:
        return None
    maker = clean_name(txt.get("vp", "0+0"), 16)
    type = txt.get("dt", "")
    kind = KINDS.get(int(type)) if type.isdecimal() and len(type) < 10 else None
    product = KIND_TABLE[kind].title if kind else "Matter device"
    ready = txt.get("cm", "1") != "0"
    return Candidate(
        key=f"matter:{maker}-{discriminator}",
        name=clean_name(txt.get("dn", "")) or product,
        protocol="matter",
        product=product,
        addresses=service.addresses,
        port=service.port,
        needs=Need.CODE if ready else Need.KNOWN,
        evidence=(service.type, *(key.upper() for key in ("d", "vp", "cm", "dt") if key in txt)),
        facts=(("discriminator", discriminator), ("vp", maker), ("instance", clean_name(service.name))),
    )


def _taken(service: Service) -> Candidate:
    """The candidate for an operational node, named `<fabric>-<node>`: in this home's network or another one."""
    fabric, _, node = clean_name(service.name).partition("-")
    return Candidate(
        key=f"matter:{fabric}-{node}",
        name=f"Matter device {node.lstrip('0') or '0'}",
        protocol="matter",
        product="Matter device in a network",
        addresses=service.addresses,
        port=service.port,
        needs=Need.KNOWN,
        evidence=(service.type,),
        facts=(("fabric", fabric), ("node", node)),
    )


def _needs_code(candidate: Candidate) -> Problem:
    if candidate.needs is Need.CODE:
        return Problem(code="matter.needs_code", args={"name": candidate.name})
    return Problem(code="matter.taken", args={"name": candidate.name})


def _bad_url(why: Text) -> Problem:
    return Problem(code="matter.url", args={"why": why})


def _stranger(address: str, reason: Text) -> Problem:
    return Problem(code="matter.stranger", args={"why": reason}, where=address)


ADAPTER = MatterAdapter()
