"""Access control of the managed Matter server: requests need its token; browsers are refused.

The server itself has no authentication (python-matter-server 8.1). It listens on a Unix socket in a private folder;
where a machine has none, on loopback, which every user and web page of the machine can reach.
"""

from __future__ import annotations

import hmac
import secrets
from collections.abc import Awaitable, Callable
from typing import Any

from aiohttp import web

from devices.loopback_address import bracketed

UNIX_HOST = "localhost"
"""The Host header of a request over the Unix socket."""

type _Answer = Callable[[web.Request], Awaitable[web.StreamResponse]]


def new_token() -> str:
    """A token of 256 random bits for one start of the server."""
    return secrets.token_urlsafe(32)


def authorization(token: str) -> dict[str, str]:
    """The HTTP header that authenticates a client (RFC 6750)."""
    return {"Authorization": f"Bearer {token}"}


def guard(token: str) -> Any:  # noqa: ANN401 - aiohttp's middleware
    """Middleware that refuses other clients: 403 for a web page, 421 for a foreign Host, 401 without the token. Raises
    ValueError for an empty token.
    """
    if not token:
        raise ValueError("a gate without a token is open")
    wanted = authorization(token)["Authorization"].encode()

    @web.middleware
    async def checked(request: web.Request, handler: _Answer) -> web.StreamResponse:
        if "Origin" in request.headers:
            raise web.HTTPForbidden
        if request.host != _own_host(request):
            raise web.HTTPMisdirectedRequest
        given = request.headers.get("Authorization", "").encode("utf-8", "surrogateescape")
        if not hmac.compare_digest(given, wanted):
            raise web.HTTPUnauthorized(headers={"WWW-Authenticate": "Bearer"})
        return await handler(request)

    return checked


def site(runner: web.BaseRunner, socket_path: str, host: str) -> web.BaseSite:
    """Where the server listens: this Unix socket, or a free port of the loopback address `host` where the path is empty."""
    return web.UnixSite(runner, socket_path) if socket_path else web.TCPSite(runner, host, 0)


def _own_host(request: web.Request) -> str:
    name = request.transport.get_extra_info("sockname") if request.transport else None
    return f"{bracketed(str(name[0]))}:{name[1]}" if isinstance(name, tuple) else UNIX_HOST  # pyright: ignore[reportUnknownArgumentType]
