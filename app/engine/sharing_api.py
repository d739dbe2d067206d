"""The part of EngineApi for devices that belong to several homes, and for their software."""

from __future__ import annotations

from collections.abc import Callable, Coroutine
from concurrent.futures import Future
from functools import partial
from typing import Any

from app.engine.engine_core import EngineCore
from app.engine.session import ProjectSession
from devices.contract import SharesDevices, TellsSoftware
from devices.link import LinkState
from twin.model.device import Device
from twin.model.device_sharing import Membership, PairingWindow, SoftwareState
from twin.model.ids import DeviceId
from twin.model.problem import Problem, ProblemError

READY_S = 60.0
"""How long (seconds) a link that is being opened is waited for."""

type _Asked[S, T] = Callable[[S, str], Coroutine[Any, Any, T]]


class DeviceSharingApi(EngineCore):
    """Implements app.sharing_interface.SharingApi."""

    def share_device(self, device: DeviceId) -> Future[PairingWindow]:
        """Opens a device for another controller."""

        async def work() -> PairingWindow:
            return await self._of_device(device, SharesDevices, lambda session, uid: session.share(uid))

        return self._run(self._logged(work, "share_device", device=device), "share")

    def memberships(self, device: DeviceId) -> Future[tuple[Membership, ...]]:
        """The homes that a device belongs to."""
        asked = self._of_device(device, SharesDevices, lambda session, uid: session.memberships(uid))
        return self._run(asked, "memberships")

    def end_membership(self, device: DeviceId, index: int) -> Future[tuple[Membership, ...]]:
        """Takes a device out of another home."""

        async def end(session: SharesDevices, uid: str) -> tuple[Membership, ...]:
            before = await session.memberships(uid)
            await session.end_membership(uid, index)
            try:
                return await session.memberships(uid)
            except (ProblemError, OSError):  # it is out, and the device sleeps again
                return tuple(one for one in before if one.index != index)

        work = partial(self._of_device, device, SharesDevices, end)
        return self._run(self._logged(work, "end_membership", device=device, index=index), "end membership")

    def software_state(self, device: DeviceId) -> Future[SoftwareState]:
        """A device's software, and whether there is a newer one."""
        asked = self._of_device(device, TellsSoftware, lambda session, uid: session.software_state(uid))
        return self._run(asked, "software")

    async def _of_device[S, T](self, id: DeviceId, kind: type[S], ask: _Asked[S, T]) -> T:
        device = self.session.twin.device_of.get(id)
        if device is None:
            raise ProblemError(Problem(code="share.no_device", where=id))
        try:
            return await ask(await _session_of(self.session, device, kind), device.uid)
        except OSError as error:
            raise ProblemError(
                Problem(code="share.no_answer", where=device.name, retry=True, detail=str(error))
            ) from None


async def _session_of[S](session: ProjectSession, device: Device, kind: type[S]) -> S:
    """The device's session, waited for while its link is being opened. Raises ProblemError where its link is not online, or its
    protocol cannot do this."""
    await session.wait_for_link(device.link, READY_S)
    runner = session.links.runner(device.link)
    if runner is None or runner.state is not LinkState.ONLINE:
        raise ProblemError(Problem(code="share.offline", where=device.name, retry=True))
    if not isinstance(runner.session, kind):
        raise ProblemError(Problem(code="share.unsupported", where=device.name))
    return runner.session
