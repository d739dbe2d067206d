"""Resolves host names for each connection; names ending in `.local` by multicast DNS."""

from __future__ import annotations

import asyncio
import contextlib
import socket
from collections.abc import Callable
from typing import TYPE_CHECKING

from devices.contract import Service
from devices.discovery import cleaned, usable
from devices.link_local import missing_interface, zoned
from devices.zeroconf_interfaces import interfaces_from_environment, open_zeroconf
from twin.model.problem import Problem, ProblemError
from twin.model.text import Text

if TYPE_CHECKING:
    from zeroconf.asyncio import AsyncZeroconf

ASK_S = 3.0
MAX_ASKED = 500
"""Services that are asked for their address in one search."""


def is_local(host: str) -> bool:
    """Whether a host name ends in `.local`, the domain of multicast DNS (RFC 6762 section 3)."""
    return host.lower().rstrip(".").endswith(".local")


async def addresses_of(host: str) -> tuple[str, ...]:
    """Addresses to try, IPv4 first; the host itself unless it ends in `.local`. Raises ConnectionError, and ProblemError where
    the interface of a link-local address is not there.
    """
    if not is_local(host):
        if zone := missing_interface(host):
            raise ProblemError(Problem(code="link.no_interface", args={"host": host, "interface": zone}, retry=True))
        return (host,)
    found = await _asked(host)
    if found:
        return found
    loop = asyncio.get_running_loop()
    try:  # a system with its own resolver for .local
        answers = await loop.getaddrinfo(host, None, type=socket.SOCK_STREAM)
    except OSError:
        raise ConnectionError(Text("reason.no_such_host", host=host)) from None
    return tuple(dict.fromkeys(str(answer[4][0]) for answer in answers))


async def find_service(type: str, wanted: Callable[[Service], bool], timeout_s: float = ASK_S) -> Service | None:
    """The first announced service of this type (`_hap._tcp`) that is wanted; None where none is found in time."""
    from zeroconf.asyncio import AsyncServiceBrowser

    try:
        zeroconf = open_zeroconf(interfaces_from_environment())  # on the loop: elsewhere it would start a thread
        await zeroconf.zeroconf.async_wait_for_start()
    except OSError:
        return None
    found: asyncio.Future[Service] = asyncio.get_running_loop().create_future()
    asked: dict[tuple[str, str], asyncio.Task[None]] = {}

    async def resolve(key: tuple[str, str]) -> None:
        service = await _resolved(zeroconf, key, type)
        if service is not None and wanted(service) and not found.done():
            found.set_result(service)

    async with asyncio.TaskGroup() as tasks:  # one that does not answer delays no other

        def announced(service_type: str, name: str, **_more: object) -> None:
            key = service_type, name
            if (key not in asked or asked[key].done()) and len(asked) < MAX_ASKED:
                asked[key] = tasks.create_task(resolve(key))

        browser = AsyncServiceBrowser(zeroconf.zeroconf, f"{type}.local.", handlers=[announced])
        try:
            async with asyncio.timeout(timeout_s):
                return await found
        except TimeoutError:
            return None
        finally:
            await browser.async_cancel()
            for task in asked.values():
                task.cancel()
            await asyncio.gather(*asked.values(), return_exceptions=True)
            await zeroconf.async_close()


async def _resolved(zeroconf: AsyncZeroconf, key: tuple[str, str], type: str) -> Service | None:
    from devices.mdns import described

    with contextlib.suppress(Exception):  # what strangers announce breaks libraries in any way it likes
        info = described(key)
        if info.load_from_cache(zeroconf.zeroconf) or await info.async_request(zeroconf.zeroconf, 1000):
            return cleaned(key, info, type)
    return None


async def _asked(host: str) -> tuple[str, ...]:
    from zeroconf import AddressResolver  # pyright: ignore[reportPrivateImportUsage] - documented, only not listed

    try:
        zeroconf = open_zeroconf(interfaces_from_environment())  # on the loop: elsewhere it would start a thread
        await zeroconf.zeroconf.async_wait_for_start()
    except OSError:
        return ()
    try:
        resolver = AddressResolver(f"{host.rstrip('.')}.")
        await resolver.async_request(zeroconf.zeroconf, ASK_S * 1000)
        found = zoned(text for text in resolver.parsed_scoped_addresses() if usable(text))
        return tuple(sorted(dict.fromkeys(found), key=lambda text: (":" in text, text.startswith("fe80"))))
    finally:
        await zeroconf.async_close()
