"""Finding one of many announced services."""

from __future__ import annotations

import asyncio
from typing import Any

import pytest

from devices import local_name
from devices.contract import Service


class Announcements:
    """Stands in for the library's browser: announces these names at once."""

    names = ("silent 1", "silent 2", "silent 3", "wanted")

    def __init__(self, zeroconf: Any, type: str, *, handlers: list[Any]) -> None:
        for name in self.names:
            asyncio.get_running_loop().call_soon(lambda name=name: handlers[0](service_type=type, name=name))

    async def async_cancel(self) -> None:
        """Nothing runs."""


async def test_services_that_do_not_answer_delay_no_other(monkeypatch: pytest.MonkeyPatch) -> None:
    ended = list[str]()

    async def resolved(zeroconf: Any, key: tuple[str, str], type: str) -> Service:
        del zeroconf
        if key[1].startswith("silent"):
            try:
                await asyncio.Event().wait()
            finally:
                ended.append(key[1])
        return Service(type=type, name=key[1], host="", addresses=("192.0.2.7",), port=1, txt={})

    monkeypatch.setenv("OIKOS_MDNS_INTERFACES", "127.0.0.1")
    monkeypatch.setattr("zeroconf.asyncio.AsyncServiceBrowser", Announcements)
    monkeypatch.setattr(local_name, "_resolved", resolved)
    found = await local_name.find_service("_hap._tcp", lambda _service: True, 60.0)
    assert found is not None
    assert found.name == "wanted"
    assert sorted(ended) == ["silent 1", "silent 2", "silent 3"]
