"""The ports that sleeping devices report to. Imports no HTTP: the adapter has it before there is a link."""

from __future__ import annotations

from typing import TYPE_CHECKING

if TYPE_CHECKING:
    from devices.protocols.shelly.push_listener import PushListener, TakeFrame


class PushPorts:
    """The listening ports, each opened by the first link that needs it and closed by the last."""

    def __init__(self) -> None:
        self._open: dict[int, PushListener] = {}

    async def wait_for(self, uid: str, port: int, take: TakeFrame) -> None:
        """Calls `take` with every frame of the device. Raises OSError where the port cannot be had."""
        from devices.protocols.shelly.push_listener import PushListener

        listener = self._open.get(port)
        if listener is None:
            listener = PushListener()
            await listener.start(port)
            self._open[port] = listener
        listener.waiting[uid] = take

    async def end(self, uid: str, port: int) -> None:
        """Waits no longer; the port is closed where no other session waits at it."""
        listener = self._open.get(port)
        if listener is None:
            return
        listener.waiting.pop(uid, None)
        if not listener.waiting:
            del self._open[port]
            await listener.stop()
