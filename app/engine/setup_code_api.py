"""The part of EngineApi for the setup codes of devices."""

from __future__ import annotations

from concurrent.futures import Future
from functools import partial

from app.engine.engine_core import EngineCore
from devices.contract import ManagesServer, PairsBySetupCode
from twin.model.device import Device
from twin.model.ids import DeviceId
from twin.model.problem import Problem, ProblemError
from twin.model.setup_code import KeptCode, plain_code


class DeviceSetupCodeApi(EngineCore):
    """Implements app.setup_code_interface.SetupCodeApi."""

    def setup_codes(self) -> Future[tuple[KeptCode, ...]]:
        """The codes that are kept, without themselves."""

        async def work() -> tuple[KeptCode, ...]:
            return self.pairing.setup_codes.kept

        return self._run(work(), "setup codes")

    def setup_code(self, device: DeviceId) -> Future[str]:
        """The code of a device."""
        work = partial(self._setup_code, device)
        return self._run(self._logged(work, "setup_code", device=device), "setup code")

    def keep_setup_code(self, device: DeviceId, code: str) -> Future[tuple[KeptCode, ...]]:
        """Keeps the code that was typed for a device which has none, once its protocol has judged it."""

        async def work() -> tuple[KeptCode, ...]:
            found = self.session.twin.device_of.get(device)
            if found is None:
                raise ProblemError(Problem(code="setup_code.none", args={"name": device}))
            await self.pairing.setup_codes.keep(found, await self._checked(found, code), instead=False)
            return self.pairing.setup_codes.kept

        return self._run(self._logged(work, "keep_setup_code", device=device), "keep setup code")

    def forget_setup_code(self, device: DeviceId) -> Future[tuple[KeptCode, ...]]:
        """Deletes a code."""

        async def work() -> tuple[KeptCode, ...]:
            await self.pairing.setup_codes.forget(device)
            return self.pairing.setup_codes.kept

        return self._run(self._logged(work, "forget_setup_code", device=device), "forget setup code")

    async def _setup_code(self, device: DeviceId) -> str:
        return await self.pairing.setup_codes.code(device)

    async def _checked(self, device: Device, code: str) -> str:
        """The code as it is kept, judged by the device's protocol. Raises ProblemError, also where that pairs by no code."""
        link = self.session.link(device.link)
        plain = plain_code(code)
        adapter = await self.context.run_blocking(lambda: self.context.adapter(link.protocol) if link else None)
        if isinstance(adapter, ManagesServer):
            adapter.check(plain)
        elif isinstance(adapter, PairsBySetupCode):
            adapter.check_setup_code(plain)
        else:
            raise ProblemError(Problem(code="setup_code.without", args={"name": device.name}))
        return plain
