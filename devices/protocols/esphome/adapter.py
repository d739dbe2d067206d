"""ESPHome devices. URL: `esphome://host[:6053]`, with the options of `esphome_options.OPTIONS` as its query.

The link's password is the device's encryption key (`api: encryption: key:`); a device without encryption has none.
"""

from __future__ import annotations

import asyncio

from devices.contract import AdapterContext, AdapterSession, Secret, Service
from devices.protocols.esphome.esphome_options import ADDRESSES, OPTIONS, SERVICE, uid_in
from twin.model.candidate import Candidate, Need
from twin.model.device import Link
from twin.model.ids import clean_name
from twin.model.radio_map import Radio


class EspHomeAdapter:
    """ESPHome devices, each of which is a link."""

    protocol = "esphome"
    title = "ESPHome"
    service_types = (SERVICE,)
    schemes = ("esphome",)
    options = OPTIONS
    has_login = True
    signal_radio = Radio.WIFI

    def claim(self, service: Service) -> Candidate | None:
        """A device that announces itself."""
        uid = uid_in(service)
        if service.type != SERVICE or not service.port:
            return None
        encrypted = "api_encryption" in service.txt
        return Candidate(
            key=f"esphome:{uid or service.name.lower()}",
            name=clean_name(service.txt.get("friendly_name") or service.name),
            protocol=self.protocol,
            product="ESPHome device",
            maker="ESPHome",
            model=clean_name(service.txt.get("project_name") or service.txt.get("board", "")),
            addresses=service.addresses,
            port=service.port,
            needs=Need.KEY if encrypted else Need.NOTHING,
            evidence=(service.type, *(("api_encryption",) if encrypted else ())),
            facts=(("firmware", clean_name(service.txt.get("version", ""))), *((("id", uid),) if uid else ())),
        )

    def link(self, target: str | Candidate) -> Link:
        """The link to a device; raises ProblemError for a URL that is none."""
        return ADDRESSES.link(target)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """A connected session. Raises AuthError, OSError or TimeoutError."""
        del adapter_context
        open_session = await asyncio.to_thread(_opening)
        return await open_session(link, secret or Secret())


def _opening():  # noqa: ANN202 - a function of a module that is imported only now, for the library takes time
    from devices.protocols.esphome.esphome_opening import open_session

    return open_session


ADAPTER = EspHomeAdapter()
