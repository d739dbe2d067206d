"""Notifications through the desktop's notification service (Desktop Notifications Specification 1.2), on Linux."""

from __future__ import annotations

import asyncio
import sys
from collections.abc import Callable
from concurrent.futures import Future, wait
from contextlib import suppress
from dataclasses import dataclass
from typing import Any

from app.log import topic
from app.loop import Loop

_LOG = topic("app")
SERVICE, PATH = "org.freedesktop.Notifications", "/org/freedesktop/Notifications"
ANSWER_S = 5.0
"""Time in seconds for the bus and the service to answer."""
END_S = 1.0
"""Time in seconds to wait for what is under way when the service is closed."""
MOST_WAITING = 8
"""Notifications beyond this number are dropped while the desktop does not answer."""
_NORMAL, _CRITICAL = 1, 2
_DEFAULT_TIME_MS = -1
_SIGNATURE = "susssasa{sv}i"


@dataclass(frozen=True, slots=True)
class DesktopNotification:
    """Title and text (plain, one line each), and the caption of the action that opens the program."""

    title: str
    text: str
    open_caption: str
    urgent: bool = False
    """The desktop shows it until the user dismisses it."""


class NotificationService:
    """Shows notifications, each in place of the one before. `opened` is called, on a thread of its own, if the user
    clicks on one. Nothing happens where there is no session bus or no service."""

    def __init__(self, opened: Callable[[], object]) -> None:
        self._opened = opened
        self._waiting: asyncio.Queue[DesktopNotification | None] = asyncio.Queue()
        self._loop: Loop | None = None
        self._working: Future[None] | None = None

    @staticmethod
    def is_supported() -> bool:
        """Whether this platform has the service."""
        return sys.platform == "linux"

    def send(self, notification: DesktopNotification) -> None:
        """Shows a notification soon; returns at once."""
        if self._loop is None:
            self._loop = Loop(lambda error, where: _LOG.error("lost in %s", where, exc_info=error))
            self._loop.start()
            self._working = self._loop.submit(self._work(), name="desktop notifications")
        self._loop.call(self._put, notification)

    def close(self) -> None:
        """Ends the connection; notifications that wait are dropped."""
        if self._loop is None or self._working is None:
            return
        self._loop.call(self._put, None)
        wait((self._working,), END_S)
        self._loop.stop(END_S)

    def _put(self, notification: DesktopNotification | None) -> None:
        if notification is None or self._waiting.qsize() < MOST_WAITING:
            self._waiting.put_nowait(notification)

    async def _work(self) -> None:
        """Shows what waits. A bus that is lost is looked for at the next notification."""
        while (asked := await self._waiting.get()) is not None:
            try:
                async with asyncio.timeout(ANSWER_S):
                    bus = await _session_bus()
                async with bus:
                    await _Session(bus, self._opened).serve(asked, self._waiting)
                return
            except* (OSError, KeyError, ValueError, ImportError, EOFError) as errors:
                _LOG.info("no desktop notification: %r", errors.exceptions)


class _Session:
    """One connection to the session bus."""

    def __init__(self, bus: Any, opened: Callable[[], object]) -> None:  # noqa: ANN401 - jeepney has no types
        self._bus, self._opened = bus, opened
        self._jeepney = _library()
        self._serial = 0
        """Number of the call that showed the last notification."""
        self._answered = asyncio.Event()
        self._shown = 0
        """The service's number of the notification shown last; 0 for none."""

    async def serve(self, asked: DesktopNotification, waiting: asyncio.Queue[DesktopNotification | None]) -> None:
        """Shows `asked` and what is put into `waiting` until None, and follows clicks. Raises an exception group where
        the bus is lost."""
        clicks = self._jeepney.MatchRule(type="signal", interface=SERVICE, member="ActionInvoked", path=PATH)
        await self._bus.send(self._jeepney.message_bus.AddMatch(clicks))
        async with asyncio.TaskGroup() as tasks:
            receiving = tasks.create_task(self._receive())
            await self._show(asked)
            while (following := await waiting.get()) is not None:
                await self._show(following)
            receiving.cancel()

    async def _show(self, asked: DesktopNotification) -> None:
        """Shows a notification in place of the one before; waits for the service's answer, as it has the number."""
        self._answered.clear()
        service = self._jeepney.DBusAddress(PATH, bus_name=SERVICE, interface=SERVICE)
        hints = {"urgency": ("y", _CRITICAL if asked.urgent else _NORMAL), "desktop-entry": ("s", "oikos")}
        actions = ["default", asked.open_caption]
        body = ("Oikos", self._shown, "", asked.title, escaped(asked.text), actions, hints, _DEFAULT_TIME_MS)
        self._serial = next(self._bus.outgoing_serial)
        call = self._jeepney.new_method_call(service, "Notify", _SIGNATURE, body)
        async with asyncio.timeout(ANSWER_S):
            await self._bus.send(call, serial=self._serial)
        with suppress(TimeoutError):
            async with asyncio.timeout(ANSWER_S):
                await self._answered.wait()

    async def _receive(self) -> None:
        fields, kinds = self._jeepney.HeaderFields, self._jeepney.MessageType
        while True:
            message = await self._bus.receive()
            first = message.body[0] if message.body else None
            if message.header.message_type in (kinds.method_return, kinds.error):
                if message.header.fields.get(fields.reply_serial) == self._serial:
                    self._shown = first if isinstance(first, int) else 0
                    self._answered.set()
            elif message.header.fields.get(fields.member) == "ActionInvoked" and first == self._shown:
                self._opened()


def _library() -> Any:  # noqa: ANN401 - it has no types
    """The library jeepney, imported when it is first needed."""
    import jeepney  # pyright: ignore[reportMissingTypeStubs]

    return jeepney


async def _session_bus() -> Any:  # noqa: ANN401 - it has no types
    """A connection to the session bus. Raises OSError, KeyError or EOFError where there is none."""
    from jeepney.io.asyncio import open_dbus_connection  # pyright: ignore[reportMissingTypeStubs, reportUnknownVariableType]

    return await open_dbus_connection("SESSION")


def escaped(text: str) -> str:
    """The text with the three marks replaced that a notification service takes for markup (specification, Markup)."""
    return text.replace("&", "&amp;").replace("<", "&lt;").replace(">", "&gt;")
