"""Opens sessions with bridges, paired first where the user asks for it."""

from __future__ import annotations

import contextlib

from devices.contract import AdapterContext, AuthError, Secret
from devices.host_link import HostPlace, host_place, uid_of
from devices.protocols.hue.hue_connection import HueConnection, KeyRefusedError
from devices.protocols.hue.hue_keys import HueKeys, keys_of
from devices.protocols.hue.hue_options import OPTIONS, SERVICE, uid_in
from devices.protocols.hue.hue_pairing import pair
from devices.protocols.hue.hue_session import HueSession, HueSettings
from devices.tls import OtherCertificateError
from twin.model.device import Link
from twin.model.link_option import option_values
from twin.model.problem import Problem
from twin.model.text import Text


async def open_session(link: Link, secret: Secret | None, adapter_context: AdapterContext) -> HueSession:
    """A session with the bridge, wherever it is now. Raises AuthError, ProblemError, OSError or TimeoutError."""
    keys = keys_of(secret.data) if secret is not None else None
    place = await host_place(link, SERVICE, uid_in, uid=keys.uid if keys else uid_of(link))
    if keys is not None:
        try:
            return await _with_keys(link, keys, place)
        except AuthError:
            if not adapter_context.asked:
                raise
    elif not adapter_context.asked:
        raise AuthError(Text("hue.button_needed"))
    where = link.title or link.address
    uid = keys.uid if keys else uid_of(link)
    keys = await place.first(lambda hosts, port: pair(hosts, port, uid, where, adapter_context))
    return await _with_keys(link, keys, place)


async def _with_keys(link: Link, keys: HueKeys, place: HostPlace) -> HueSession:
    options = option_values(OPTIONS, link.options)
    settings = HueSettings(groups=options["groups"] == "yes", period_s=float(options["period"]))

    async def at(hosts: tuple[str, ...], port: int) -> HueSession:
        for host in hosts[:-1]:
            with contextlib.suppress(OSError, TimeoutError):
                return await _opened(host, port)
        return await _opened(hosts[-1], port)

    async def _opened(host: str, port: int) -> HueSession:
        connection = HueConnection(host, port, pin=keys.pin, app_key=keys.app_key)
        session = HueSession(connection, link, keys, settings)
        try:
            await session.read_all()
        except BaseException:
            await session.close()
            raise
        return session

    try:
        return await place.first(at)
    except KeyRefusedError:
        raise AuthError(Text("hue.forgotten")) from None
    except OtherCertificateError:
        problem = Problem(code="hue.other_certificate", where=link.title or link.address, retry=True)
        raise AuthError(Text("hue.other_certificate"), problem=problem) from None
