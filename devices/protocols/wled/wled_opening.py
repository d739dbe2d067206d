"""Opens sessions with WLED controllers."""

from __future__ import annotations

import contextlib

from devices.host_link import host_place, uid_of
from devices.protocols.wled.wled_connection import CONNECT_S, WledConnection
from devices.protocols.wled.wled_options import OPTIONS, SERVICE, uid_in
from devices.protocols.wled.wled_session import WledSession
from twin.model.device import Link
from twin.model.link_option import option_values


async def open_session(link: Link) -> WledSession:
    """A session with the controller, wherever it is now. Raises OSError or TimeoutError."""

    async def at(hosts: tuple[str, ...], port: int) -> WledConnection:
        for host in hosts[:-1]:
            with contextlib.suppress(OSError, TimeoutError):
                return await WledConnection.opened(host, port, uid_of(link), CONNECT_S / len(hosts))
        return await WledConnection.opened(hosts[-1], port, uid_of(link))

    period_s = float(option_values(OPTIONS, link.options)["period"])
    place = await host_place(link, SERVICE, uid_in)
    return WledSession(await place.first(at), link, period_s)
