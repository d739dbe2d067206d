"""Notifications to a service manager, also to one that does not read."""

from __future__ import annotations

import asyncio
import socket
import sys
from pathlib import Path

import pytest

from app.server import service_notification
from app.server.service_notification import ALIVE, READY, keep_alive, notify

pytestmark = pytest.mark.skipif(sys.platform != "linux", reason="systemd")


def test_a_manager_that_does_not_read_stops_neither_the_loop_nor_the_signs_of_life(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch
) -> None:
    environment = {"NOTIFY_SOCKET": str(tmp_path / "notify"), "WATCHDOG_USEC": "2"}
    plain, full, read_again = notify, asyncio.Event(), asyncio.Event()

    def noted(*args: object, **options: object) -> bool:
        was_sent = plain(*args, **options)  # type: ignore[arg-type]
        if not was_sent:
            full.set()
        elif full.is_set():
            read_again.set()
        return was_sent

    monkeypatch.setattr(service_notification, "notify", noted)

    async def live() -> None:
        alive = asyncio.create_task(keep_alive(environment))
        await full.wait()
        assert manager.recv(100) == ALIVE.encode()
        await read_again.wait()
        assert not alive.done()
        alive.cancel()

    with socket.socket(socket.AF_UNIX, socket.SOCK_DGRAM) as manager:
        manager.bind(environment["NOTIFY_SOCKET"])
        asyncio.run(live())
        while plain(READY, environment, timeout_s=0.0):
            pass
        assert not plain(READY, environment, timeout_s=0.0)
