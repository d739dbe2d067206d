"""Opens sessions with ESPHome devices."""

from __future__ import annotations

from devices.contract import Secret
from devices.host_link import host_place, uid_of
from devices.protocols.esphome.esphome_options import OPTIONS, SERVICE, uid_in
from devices.protocols.esphome.esphome_session import EspHomeSession
from devices.protocols.esphome.native_connection import NativeConnection
from twin.model.device import Link
from twin.model.link_option import option_values


async def open_session(link: Link, secret: Secret) -> EspHomeSession:
    """A session with the device, wherever it is now. Raises AuthError, OSError or TimeoutError."""
    keepalive_s = float(option_values(OPTIONS, link.options)["period"])

    async def at(hosts: tuple[str, ...], port: int) -> NativeConnection:
        return await NativeConnection.opened(hosts, port, secret.password, uid_of(link), keepalive_s)

    place = await host_place(link, SERVICE, uid_in)
    connection = await place.first(at)
    try:
        return EspHomeSession(connection, link)
    except BaseException:
        await connection.close()
        raise
