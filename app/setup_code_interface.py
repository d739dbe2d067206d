"""The part of EngineApi for the setup codes of devices, which are kept encrypted."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.ids import DeviceId
from twin.model.setup_code import KeptCode


class SetupCodeApi(Protocol):
    """Setup codes of devices. A code is kept when its device is paired by it, or when a person types it; it stays when the
    device is removed. Futures fail with ProblemError."""

    def setup_codes(self) -> Future[tuple[KeptCode, ...]]:
        """The codes that are kept, without themselves; those of removed devices last."""
        ...

    def setup_code(self, device: DeviceId) -> Future[str]:
        """The code of a device, as it was typed or read: the text of its QR code, or its digits. The event log notes who
        saw it."""
        ...

    def keep_setup_code(self, device: DeviceId, code: str) -> Future[tuple[KeptCode, ...]]:
        """Keeps the code of a device of the project that has none yet and is paired by one; the result is all codes."""
        ...

    def forget_setup_code(self, device: DeviceId) -> Future[tuple[KeptCode, ...]]:
        """Deletes a code; the result is all codes."""
        ...
