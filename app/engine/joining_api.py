"""The part of EngineApi for networks that new devices join, and for the software of devices."""

from __future__ import annotations

import asyncio
from concurrent.futures import Future
from dataclasses import replace
from functools import partial
from pathlib import Path

from app.engine.engine_core import EngineCore
from app.engine.sharing_api import READY_S
from devices.contract import AdapterSession, LetsDevicesJoin, UpdatesSoftware
from devices.link import LinkRunner, LinkState
from devices.software_files import LoadsSoftware
from twin.files.errors import os_problem
from twin.files.opening import regular
from twin.model.device import Device
from twin.model.device_sharing import DeviceSoftware, UpdateAct
from twin.model.ids import DeviceId, LinkId
from twin.model.joining import JoinNetwork
from twin.model.problem import Problem, ProblemError


class DeviceJoiningApi(EngineCore):
    """Implements app.joining_interface.JoiningApi."""

    def join_networks(self) -> Future[tuple[JoinNetwork, ...]]:
        """The networks of all links that are online."""

        async def work() -> tuple[JoinNetwork, ...]:
            return tuple(
                replace(network, link=runner.link.id)
                for runner in self.session.links.running
                if isinstance(session := runner.session, LetsDevicesJoin)
                for network in session.join_networks()
            )

        return self._run(work(), "join networks")

    def permit_join(self, link: LinkId, network: str, seconds: int, through: str = "") -> Future[None]:
        """Opens a network for new devices, or closes it."""

        async def work() -> None:
            runner = await self._online(link)
            if not isinstance(runner.session, LetsDevicesJoin):
                raise ProblemError(Problem(code="join.unsupported_link", where=runner.link.address))
            try:
                await runner.session.permit_join(network, seconds, through)
            except OSError as error:
                raise ProblemError(
                    Problem(code="join.no_answer", where=network, retry=True, detail=str(error))
                ) from None

        return self._run(self._logged(work, "permit_join", link=link, network=network, seconds=seconds), "permit join")

    def software_states(self) -> Future[tuple[DeviceSoftware, ...]]:
        """The software of every device that can get a newer one."""

        async def work() -> tuple[DeviceSoftware, ...]:
            there, registration = self.session.twin.device_of, self.session.registration
            return tuple(
                DeviceSoftware(device=device.id, state=state)
                for runner in self.session.links.running
                if isinstance(session := runner.session, UpdatesSoftware)
                for uid, state in session.software_states().items()
                if (device := registration.device(runner.link.id, uid)) is not None and device.id in there
            )

        return self._run(work(), "software states")

    def change_software(self, device: DeviceId, act: UpdateAct) -> Future[None]:
        """Checks for, installs, schedules or stops an update."""
        work = partial(self._change_software, device, act)
        return self._run(self._logged(work, "change_software", device=device, act=act.value), "change software")

    def load_software(self, device: DeviceId, path: str) -> Future[None]:
        """Takes newer software for a device from an image file."""
        work = partial(self._load_software, device, path)
        return self._run(self._logged(work, "load_software", device=device, file=Path(path).name), "load software")

    async def _change_software(self, id: DeviceId, act: UpdateAct) -> None:
        device, session = await self._updated(id)
        if not isinstance(session, UpdatesSoftware):
            raise ProblemError(Problem(code="update.unsupported", where=device.name))
        try:
            await session.change_software(device.uid, act)
        except OSError as error:
            raise ProblemError(_no_answer(device, error)) from None

    async def _load_software(self, id: DeviceId, path: str) -> None:
        device, session = await self._updated(id)
        if not isinstance(session, LoadsSoftware):
            raise ProblemError(Problem(code="update.no_files", where=device.name))
        try:
            file = await asyncio.to_thread(_image, path)
        except OSError as error:
            raise ProblemError(os_problem(error, Path(path), code="attach.file")) from error
        try:
            await session.load_software(device.uid, file)
        except OSError as error:
            raise ProblemError(_no_answer(device, error)) from None

    async def _updated(self, id: DeviceId) -> tuple[Device, AdapterSession | None]:
        """A device and the session of its link. Raises ProblemError where there is none."""
        device = self.session.twin.device_of.get(id)
        if device is None:
            raise ProblemError(Problem(code="share.no_device", where=id))
        return device, (await self._online(device.link)).session

    async def _online(self, link: LinkId) -> LinkRunner:
        """The runner of a link, waited for while it is being opened. Raises ProblemError where it is not online."""
        await self.session.wait_for_link(link, READY_S)
        runner = self.session.links.runner(link)
        if runner is None or runner.state is not LinkState.ONLINE:
            raise ProblemError(Problem(code="share.offline", where=link, retry=True))
        return runner


def _no_answer(device: Device, error: OSError) -> Problem:
    return Problem(code="update.no_answer", where=device.name, retry=True, detail=str(error))


def _image(path: str) -> Path:
    return regular(Path(path).absolute())
