"""Pairing with a bridge: its certificate is taken as it is, once, while the user presses the button on it."""

from __future__ import annotations

import asyncio
import contextlib
import socket

from devices.contract import AdapterContext, AuthError, Secret
from devices.json_document import Document
from devices.protocols.hue.hue_connection import HueConnection
from devices.protocols.hue.hue_keys import HueKeys
from devices.protocols.hue.hue_options import UID
from devices.tls import fetched
from twin.model.ids import clean_name
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

BUTTON_S = 30.0
"""Seconds that a bridge is asked for a key after its button was pressed, or before."""
PAIRING_S = BUTTON_S + 30.0
ASK_S = 1.0
NOT_PRESSED = 101
"""Error of the bridge: the link button was not pressed within the last 30 s."""


async def pair(hosts: tuple[str, ...], port: int, uid: str, where: str, adapter_context: AdapterContext) -> HueKeys:
    """Keys of the bridge with this id (empty: whichever is there), kept before anything else happens. Raises AuthError where
    the button was not pressed, ProblemError, OSError or TimeoutError.
    """
    adapter_context.allow_s(PAIRING_S)
    certificate = await fetched(hosts, port, uid or hosts[0])
    if certificate is None:
        raise TimeoutError
    for host in hosts:
        connection = HueConnection(host, port, pin=certificate.fingerprint)
        try:
            about = await connection.config()
            found = _checked(about, uid, certificate.name, where)
            keys = HueKeys(uid=found, app_key=await _pressed(connection, where), pin=certificate.fingerprint)
        except (ConnectionError, TimeoutError):
            if host == hosts[-1]:
                raise
            continue
        finally:
            await connection.close()
        await adapter_context.keep_secret(Secret(data=keys.text()))
        return keys
    raise TimeoutError


def _checked(about: Document, uid: str, common_name: str, where: str) -> str:
    """The id of a bridge that is the wanted one and has a certificate of its own. Raises ProblemError or ConnectionError."""
    found = clean_name(about.get("bridgeid", "")).lower()
    if not UID.fullmatch(found):
        raise ConnectionError(Text("hue.no_hue"))
    if uid and found != uid:
        raise ConnectionError(Text("reason.other_device"))
    if common_name.lower() != found:
        raise ProblemError(Problem(code="hue.certificate", args={"name": common_name, "bridge": found}, where=where))
    return found


async def _pressed(connection: HueConnection, where: str) -> str:
    """The key that the bridge hands out once its button is pressed."""
    name = f"oikos#{clean_name(socket.gethostname().partition('.')[0], 19)}"
    with contextlib.suppress(TimeoutError):
        async with asyncio.timeout(BUTTON_S):
            while True:
                key, error = await connection.new_key(name)
                if key:
                    return key
                if error != NOT_PRESSED:
                    raise ProblemError(Problem(code="hue.no_key", args={"error": error}, where=where))
                await asyncio.sleep(ASK_S)
    raise AuthError(Text("hue.button_needed"), problem=Problem(code="hue.button", where=where, retry=True))
