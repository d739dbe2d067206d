"""Hue bridges. URL: `hue://host[:443][/BRIDGEID]`, with the options of `hue_options.OPTIONS` as its query.

The link's secret is made by pairing: the key that the bridge hands out while its button is pressed, and the fingerprint of
its certificate, by which it is recognised from then on.
"""

from __future__ import annotations

import asyncio

from devices.contract import AdapterContext, AdapterSession, Secret, Service
from devices.protocols.hue.hue_options import ADDRESSES, OPTIONS, SERVICE, uid_in
from twin.model.candidate import Candidate, Need
from twin.model.device import Link
from twin.model.ids import clean_name
from twin.model.text import Text


class HueAdapter:
    """Bridges, each of which is a link with the devices behind it."""

    protocol = "hue"
    title = "Hue"
    service_types = (SERVICE,)
    schemes = ("hue",)
    options = OPTIONS
    pairs_by_button = True
    needs_secret = True
    removal = Text("hue.removal")

    def claim(self, service: Service) -> Candidate | None:
        """A bridge that announces itself."""
        uid = uid_in(service)
        if service.type != SERVICE or not service.port:
            return None
        return Candidate(
            key=f"hue:{uid or service.name.lower()}",
            name=service.name,
            protocol=self.protocol,
            product="Hue bridge",
            maker="Signify",
            model=clean_name(service.txt.get("modelid", "")),
            addresses=service.addresses,
            port=service.port,
            needs=Need.BUTTON,
            evidence=(service.type, *(("bridgeid",) if uid else ())),
            facts=(("id", uid),) if uid else (),
        )

    def link(self, target: str | Candidate) -> Link:
        """The link to a bridge; raises ProblemError for a URL that is none."""
        return ADDRESSES.link(target)

    async def open(self, link: Link, secret: Secret | None, adapter_context: AdapterContext) -> AdapterSession:
        """A session with a bridge, paired first where the user asks for it. Raises AuthError, ProblemError, OSError or
        TimeoutError.
        """
        open_session = await asyncio.to_thread(_opening)
        return await open_session(link, secret, adapter_context)


def _opening():  # noqa: ANN202 - a function of a module that is imported only now, for the library takes time
    from devices.protocols.hue.hue_opening import open_session

    return open_session


ADAPTER = HueAdapter()
