"""WLED light controllers. URL: `wled://host[:80]`, with the options of `wled_options.OPTIONS` as its query. They have no login."""

from __future__ import annotations

import asyncio

from devices.contract import AdapterContext, AdapterSession, Secret, Service
from devices.protocols.wled.wled_options import ADDRESSES, OPTIONS, SERVICE, uid_in
from twin.model.candidate import Candidate
from twin.model.device import Link
from twin.model.radio_map import Radio


class WledAdapter:
    """WLED controllers, each of which is a link."""

    protocol = "wled"
    title = "WLED"
    service_types = (SERVICE,)
    schemes = ("wled",)
    options = OPTIONS
    signal_radio = Radio.WIFI

    def claim(self, service: Service) -> Candidate | None:
        """A WLED that announces itself."""
        uid = uid_in(service)
        if service.type != SERVICE or not service.port:
            return None
        return Candidate(
            key=f"wled:{uid or service.name.lower()}",
            name=service.name,
            protocol=self.protocol,
            product="WLED light",
            maker="WLED",
            addresses=service.addresses,
            port=service.port,
            evidence=(service.type, *(("mac",) if uid else ())),
            facts=(("id", uid),) if uid else (),
        )

    def link(self, target: str | Candidate) -> Link:
        """The link to a controller; raises ProblemError for a URL that is none."""
        return ADDRESSES.link(target)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """A session with a controller that has answered. Raises OSError or TimeoutError."""
        del secret, adapter_context
        open_session = await asyncio.to_thread(_opening)
        return await open_session(link)


def _opening():  # noqa: ANN202 - a function of a module that is imported only now, for the library takes time
    from devices.protocols.wled.wled_opening import open_session

    return open_session


ADAPTER = WledAdapter()
