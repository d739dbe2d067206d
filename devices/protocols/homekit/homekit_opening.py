"""Opens sessions with accessories whose keys are known."""

from __future__ import annotations

from devices.contract import AuthError
from devices.host_link import HostPlace
from devices.protocols.homekit.accessory_connection import AccessoryConnection, NotPairedError
from devices.protocols.homekit.homekit_session import HomeKitSession
from devices.protocols.homekit.pairing_keys import PairingKeys
from twin.model.device import Link
from twin.model.text import Text


async def open_session(link: Link, keys: PairingKeys, place: HostPlace, period_s: float) -> HomeKitSession:
    """A connected session. Raises AuthError if the accessory no longer accepts these keys, OSError or TimeoutError."""

    async def at(hosts: tuple[str, ...], port: int) -> HomeKitSession:
        connection = AccessoryConnection(hosts, port, keys)
        session = HomeKitSession(connection, link, keys, period_s)
        try:
            await connection.open()
        except BaseException:
            await session.close()
            raise
        return session

    try:
        return await place.first(at)
    except NotPairedError:
        raise AuthError(Text("homekit.forgotten")) from None
