"""Notifications reach the desktop's service over a real session bus, and a click on one comes back."""

from __future__ import annotations

import asyncio
import shutil
import sys
from collections.abc import AsyncIterator
from pathlib import Path
from typing import Any

import pytest

from app.desktop_notification import PATH, SERVICE, DesktopNotification, NotificationService, escaped

pytestmark = [
    pytest.mark.enable_socket,
    pytest.mark.skipif(sys.platform != "linux", reason="the service of Linux desktops"),
    pytest.mark.skipif(shutil.which("dbus-daemon") is None, reason="dbus-daemon is not installed"),
]

CONFIGURATION = """<!DOCTYPE busconfig PUBLIC "-//freedesktop//DTD D-Bus Bus Configuration 1.0//EN"
 "http://www.freedesktop.org/standards/dbus/1.0/busconfig.dtd">
<busconfig><type>session</type><listen>unix:path={socket}</listen>
<policy context="default"><allow send_destination="*" eavesdrop="true"/><allow eavesdrop="true"/>
<allow own="*"/></policy></busconfig>
"""


class Desktop:
    """A notification service on a bus: keeps what it was asked to show and can be clicked."""

    def __init__(self, connection: Any) -> None:
        self.connection = connection
        self.shown: asyncio.Queue[tuple[Any, ...]] = asyncio.Queue()

    async def serve(self, answer: bool = True) -> None:
        from jeepney import HeaderFields, new_method_return

        while True:
            message = await self.connection.receive()
            if message.header.fields.get(HeaderFields.member) == "Notify":
                if answer:
                    await self.connection.send(new_method_return(message, "u", (message.body[1] or 7,)))
                self.shown.put_nowait(message.body)

    async def click(self, number: int) -> None:
        from jeepney import DBusAddress, new_signal

        emitter = DBusAddress(PATH, interface=SERVICE)
        await self.connection.send(new_signal(emitter, "ActionInvoked", "us", (number, "default")))


@pytest.fixture
async def bus(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> AsyncIterator[None]:
    socket, configuration = tmp_path / "bus", tmp_path / "bus.conf"
    configuration.write_text(CONFIGURATION.format(socket=socket))
    daemon = await asyncio.create_subprocess_exec(
        "dbus-daemon", f"--config-file={configuration}", "--print-address", "--nofork",
        stdout=asyncio.subprocess.PIPE, stderr=asyncio.subprocess.DEVNULL,
    )  # fmt: skip
    assert daemon.stdout is not None
    assert await daemon.stdout.readline()
    monkeypatch.setenv("DBUS_SESSION_BUS_ADDRESS", f"unix:path={socket}")
    yield
    daemon.terminate()
    await daemon.wait()


@pytest.fixture
async def desktop(bus: None) -> AsyncIterator[Desktop]:
    from jeepney import message_bus
    from jeepney.io.asyncio import open_dbus_connection

    async with await open_dbus_connection("SESSION") as connection:
        await connection.send(message_bus.RequestName(SERVICE))
        made = Desktop(connection)
        serving = asyncio.create_task(made.serve())
        yield made
        serving.cancel()
        await asyncio.gather(serving, return_exceptions=True)


def smoke(title: str = "Smoke", *, urgent: bool = False) -> DesktopNotification:
    return DesktopNotification(title, "Leave & call <b>112</b>", "Open Oikos", urgent=urgent)


async def test_each_notification_takes_the_place_of_the_one_before_and_its_text_is_no_markup(desktop: Desktop) -> None:
    service = NotificationService(lambda: None)
    try:
        service.send(smoke())
        first = await asyncio.wait_for(desktop.shown.get(), 60)
        service.send(smoke("Gas", urgent=True))
        second = await asyncio.wait_for(desktop.shown.get(), 60)
    finally:
        await asyncio.to_thread(service.close)
    assert first[:5] == ("Oikos", 0, "", "Smoke", "Leave &amp; call &lt;b&gt;112&lt;/b&gt;")
    assert first[5] == ["default", "Open Oikos"]
    assert second[1] == 7, "in place of the first"
    assert (first[6]["urgency"], second[6]["urgency"]) == (("y", 1), ("y", 2))


async def test_a_click_opens_the_program_and_a_click_on_that_of_another_program_does_not(desktop: Desktop) -> None:
    opened: asyncio.Queue[None] = asyncio.Queue()
    loop = asyncio.get_running_loop()
    service = NotificationService(lambda: loop.call_soon_threadsafe(opened.put_nowait, None))
    try:
        service.send(smoke())
        await asyncio.wait_for(desktop.shown.get(), 60)
        service.send(smoke())  # the answer to the first has been read when this one is sent in its place
        await asyncio.wait_for(desktop.shown.get(), 60)
        await desktop.click(99)
        await desktop.click(7)
        await asyncio.wait_for(opened.get(), 60)
        service.send(smoke())
        await asyncio.wait_for(desktop.shown.get(), 60)
    finally:
        await asyncio.to_thread(service.close)
    assert opened.empty(), "one click, one opening"


async def test_a_desktop_without_a_service_loses_only_the_notification(bus: None) -> None:
    service = NotificationService(lambda: pytest.fail("nothing was clicked"))
    service.send(smoke())
    for _ in range(2):
        await asyncio.to_thread(service.close)


def test_without_a_session_bus_nothing_happens(monkeypatch: pytest.MonkeyPatch) -> None:
    monkeypatch.delenv("DBUS_SESSION_BUS_ADDRESS", raising=False)
    service = NotificationService(lambda: None)
    service.send(smoke())
    service.close()


def test_marks_of_markup_are_escaped() -> None:
    assert escaped("a < b & c > d") == "a &lt; b &amp; c &gt; d"
