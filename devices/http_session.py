"""HTTP sessions with devices: a device has no reason to name another address, so a redirection ends the request."""

from __future__ import annotations

from typing import Any

import aiohttp

from twin.model.text import Text


def device_session(**more: Any) -> aiohttp.ClientSession:  # noqa: ANN401 - the library's own arguments
    """A session that follows no redirection, of a WebSocket neither: requests raise ConnectionError instead."""
    traces = aiohttp.TraceConfig()
    traces.on_request_redirect.append(_refuse)
    return aiohttp.ClientSession(trace_configs=[traces], **more)


async def _refuse(*_event: object) -> None:
    raise ConnectionError(Text("reason.redirected"))
