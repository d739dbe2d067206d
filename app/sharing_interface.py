"""The part of EngineApi for devices that belong to several homes, and for their software."""

from __future__ import annotations

from concurrent.futures import Future
from typing import Protocol

from twin.model.device_sharing import Membership, PairingWindow, SoftwareState
from twin.model.ids import DeviceId


class SharingApi(Protocol):
    """Sharing of devices with other homes. Futures fail with ProblemError, also for devices of protocols without it."""

    def share_device(self, device: DeviceId) -> Future[PairingWindow]:
        """Opens a device for another controller, for some minutes; it stays in this home."""
        ...

    def memberships(self, device: DeviceId) -> Future[tuple[Membership, ...]]:
        """The homes that a device belongs to, as it reports them now."""
        ...

    def end_membership(self, device: DeviceId, index: int) -> Future[tuple[Membership, ...]]:
        """Takes a device out of another home; the result is what is left. This home is left by `remove` only."""
        ...

    def software_state(self, device: DeviceId) -> Future[SoftwareState]:
        """A device's software version, and whether there is a newer one; asks a server on the internet where the settings
        allow it."""
        ...
