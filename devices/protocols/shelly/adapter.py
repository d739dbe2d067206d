"""Shelly devices of the second generation and later. URL: `shelly://host[:80]`, with the options of OPTIONS as its query.

Devices that run on a battery sleep; they report by connecting to this machine, where the link's option `push` allows it.
"""

from __future__ import annotations

import asyncio

from devices.contract import AdapterContext, AdapterSession, Secret, Service
from devices.protocols.shelly.push_ports import PushPorts
from devices.protocols.shelly.shelly_options import ADDRESSES, OPTIONS, SERVICE, mac_of
from twin.model.candidate import Candidate, Need
from twin.model.device import Link
from twin.model.ids import clean_name
from twin.model.radio_map import Radio


class ShellyAdapter:
    """Shelly devices, each of which is a link."""

    protocol = "shelly"
    title = "Shelly"
    service_types = (SERVICE,)
    schemes = ("shelly",)
    options = OPTIONS
    has_login = True
    signal_radio = Radio.WIFI

    def __init__(self) -> None:
        self._listeners = PushPorts()
        """Ports that sleeping devices report to, shared by the links that name them."""

    def claim(self, service: Service) -> Candidate | None:
        """A Shelly that announces itself; those of the first generation do not announce this type."""
        uid = mac_of(service)
        if service.type != SERVICE or not service.port:
            return None
        return Candidate(
            key=f"shelly:{uid or service.name.lower()}",
            name=service.name,
            protocol=self.protocol,
            product="Shelly",
            maker="Shelly",
            model=clean_name(service.txt.get("app", "")),
            addresses=service.addresses,
            port=service.port,
            needs=Need.PASSWORD,
            evidence=(service.type,),
            facts=(("firmware", clean_name(service.txt.get("ver", ""))), *((("id", uid),) if uid else ())),
        )

    def link(self, target: str | Candidate) -> Link:
        """The link to a device; raises ProblemError for a URL that is none."""
        return ADDRESSES.link(target)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """A session, awake or waiting for a sleeping device. Raises AuthError, ProblemError, OSError or TimeoutError."""
        open_session = await asyncio.to_thread(_opening)
        return await open_session(link, secret or Secret(), adapter_context.folder, self._listeners)


def _opening():  # noqa: ANN202 - a function of a module that is imported only now, for the library takes time
    from devices.protocols.shelly.shelly_opening import open_session

    return open_session


ADAPTER = ShellyAdapter()
